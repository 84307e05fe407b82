// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/storage/sealing.hpp>

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using posthorn::encryption_key;
using posthorn::errc;
using posthorn::result;
using posthorn::secret;
using posthorn::uuid;
using posthorn::detail::seal;
using posthorn::detail::seal_place;
using posthorn::detail::unseal;

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t overhead = 1 + nonce_size + tag_size;

constexpr std::string_view hush = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i != digits.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    std::string digits;
    for (char const byte : bytes) {
        digits += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
        digits += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
    }
    return digits;
}

// 00010203-0405-0607-0809-0a0b0c0d0e0f
uuid webhook() {
    uuid id{};
    for (std::size_t i = 0; i != 16; ++i)
        id.data[i] = static_cast<std::uint8_t>(i);
    return id;
}

encryption_key key(std::string id = "k1", char filler = '\x2a') {
    return {std::move(id), secret(std::string(encryption_key::size, filler))};
}

seal_place place(std::string_view field = "signing") {
    return {webhook(), field};
}

std::string sealed(std::string_view plain, seal_place const& where = place(),
                   encryption_key const& with = key(), std::uint64_t a = 1, std::uint64_t b = 2) {
    auto record = seal(secret(plain), where, with, a, b);
    BOOST_REQUIRE(record.has_value());
    return *record;
}

bool is_unreadable(result<secret> const& outcome) {
    return outcome.has_error() && outcome.error() == errc::secret_unreadable;
}

bool is_unreadable(std::string_view record) {
    return is_unreadable(unseal(record, place(), key()));
}

unsigned char const* raw(std::string_view text) {
    return reinterpret_cast<unsigned char const*>(text.data());
}

/// AES-256-GCM with OpenSSL alone, by other calls than the library's.
class reference_gcm {
  public:
    reference_gcm(std::string_view key_bytes, std::string_view nonce, std::string_view context)
        : key_(key_bytes), nonce_(nonce), context_(context) {}

    /// None: the tag is wrong.
    [[nodiscard]] std::optional<std::string> open(std::string_view ciphertext, std::string_view tag) const {
        auto const cipher = started(0);
        std::string wanted(tag);
        BOOST_REQUIRE(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(wanted.size()),
                                          wanted.data()) == 1);
        std::string plain;
        if (!finish(*cipher, ciphertext, plain))
            return std::nullopt;
        return plain;
    }

    /// The ciphertext and its tag.
    [[nodiscard]] std::string close(std::string_view plain) const {
        auto const cipher = started(1);
        std::string closed;
        std::string tag(tag_size, '\0');
        BOOST_REQUIRE(finish(*cipher, plain, closed));
        BOOST_REQUIRE(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(tag.size()),
                                          tag.data()) == 1);
        return closed + tag;
    }

  private:
    struct context_free {
        void operator()(EVP_CIPHER_CTX* p) const { EVP_CIPHER_CTX_free(p); }
    };
    using cipher_ptr = std::unique_ptr<EVP_CIPHER_CTX, context_free>;

    [[nodiscard]] cipher_ptr started(int encrypts) const {
        cipher_ptr cipher(EVP_CIPHER_CTX_new());
        auto* const c = cipher.get();
        int written = 0;
        BOOST_REQUIRE(EVP_CipherInit_ex(c, EVP_aes_256_gcm(), nullptr, nullptr, nullptr, encrypts) == 1);
        BOOST_REQUIRE(
            EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_IVLEN, static_cast<int>(nonce_.size()), nullptr) == 1);
        BOOST_REQUIRE(EVP_CipherInit_ex(c, nullptr, nullptr, raw(key_), raw(nonce_), encrypts) == 1);
        BOOST_REQUIRE(
            EVP_CipherUpdate(c, nullptr, &written, raw(context_), static_cast<int>(context_.size())) == 1);
        return cipher;
    }

    [[nodiscard]] static bool finish(EVP_CIPHER_CTX& cipher, std::string_view from, std::string& to) {
        int written = 0;
        int rest = 0;
        to.resize(from.size() + 16);
        auto* const out = reinterpret_cast<unsigned char*>(to.data());
        BOOST_REQUIRE(EVP_CipherUpdate(&cipher, out, &written, raw(from), static_cast<int>(from.size())) ==
                      1);
        bool const good = EVP_CipherFinal_ex(&cipher, out + written, &rest) == 1;
        to.resize(from.size());
        return good;
    }

    std::string key_;
    std::string nonce_;
    std::string context_;
};

/// What a record of place(field) and key() is bound to.
std::string context_of(std::string_view field) {
    std::string size(8, '\0');
    for (std::size_t i = 0; i != size.size(); ++i)
        size[i] = static_cast<char>(static_cast<unsigned char>(field.size() >> (56 - 8 * i)));
    return from_hex("01000102030405060708090a0b0c0d0e0f") + size + std::string(field) +
           from_hex("0000000000000002") + "k1";
}

/// A record that the library did not make.
std::string foreign_record(std::string_view plain, std::string_view field) {
    std::string const nonce = "twelve bytes";
    return '\x01' + nonce + reference_gcm(key().bytes.reveal(), nonce, context_of(field)).close(plain);
}

/// While it lives, OpenSSL finds no algorithm that it has not fetched before.
class openssl_without_algorithms {
  public:
    openssl_without_algorithms() { EVP_set_default_properties(nullptr, "provider=absent"); }
    openssl_without_algorithms(openssl_without_algorithms const&) = delete;
    openssl_without_algorithms& operator=(openssl_without_algorithms const&) = delete;
    ~openssl_without_algorithms() { EVP_set_default_properties(nullptr, ""); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(detail_sealing)

// The reference of the tests below: test case 16 of the specification of GCM that was submitted to NIST.
BOOST_AUTO_TEST_CASE(the_reference_opens_the_published_vector) {
    auto const bytes = from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    auto const nonce = from_hex("cafebabefacedbaddecaf888");
    auto const context = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    auto const ciphertext = from_hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
    auto const tag = from_hex("76fc6ece0f4e1768cddf8853bb2d551b");
    reference_gcm const reference(bytes, nonce, context);
    auto const plain = reference.open(ciphertext, tag);
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(to_hex(reference.close(*plain)) == to_hex(ciphertext + tag));
    BOOST_TEST(to_hex(*plain) == "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    BOOST_TEST(!reference_gcm(bytes, nonce, context.substr(1)).open(ciphertext, tag).has_value());
}

BOOST_AUTO_TEST_CASE(a_record_is_aes_256_gcm_bound_to_its_place_and_key_id) {
    auto const record = sealed(hush);
    std::string_view const view = record;
    BOOST_TEST(view.size() == overhead + hush.size());
    BOOST_TEST(view.front() == '\x01');
    BOOST_TEST(view.find(hush.substr(0, 8)) == view.npos);
    reference_gcm const reference(key().bytes.reveal(), view.substr(1, nonce_size), context_of("signing"));
    auto const plain =
        reference.open(view.substr(1 + nonce_size, hush.size()), view.substr(view.size() - tag_size));
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(*plain == hush);
}

BOOST_AUTO_TEST_CASE(a_record_that_was_made_elsewhere_opens_within_the_limits) {
    using posthorn::detail::longest_sealed;
    using posthorn::detail::longest_sealed_field;
    auto const opens = [](std::size_t secret_size, std::size_t field_size) {
        std::string const field(field_size, 'f');
        std::string const plain(secret_size, 'p');
        auto const opened = unseal(foreign_record(plain, field), place(field), key());
        BOOST_TEST((opened ? opened->reveal() == plain : is_unreadable(opened)));
        return opened.has_value();
    };
    BOOST_TEST(opens(38, 7));
    BOOST_TEST(opens(0, 0));
    BOOST_TEST(opens(longest_sealed, longest_sealed_field));
    BOOST_TEST(!opens(longest_sealed + 1, 7));
    BOOST_TEST(!opens(38, longest_sealed_field + 1));
}

// What is stored today must be readable for ever.
BOOST_AUTO_TEST_CASE(records_of_version_1_stay_readable) {
    auto const record =
        from_hex("01234c1abaa0b5517be8416ba7"
                 "ec97c47b1e526df8a545303b7fe90b2f693a72e7e05e0c8ec0b7d4ce385806a2eda180369729"
                 "80e01c0cf1e00e71bddf3d8a55416907");
    auto const plain = unseal(record, place(), key());
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->reveal() == hush);
    BOOST_TEST(to_hex(sealed(hush)) == to_hex(record));
}

BOOST_AUTO_TEST_CASE(secrets_of_every_size_come_back) {
    std::string plain;
    for (std::size_t size = 0; size != 301; ++size) {
        auto const record = sealed(plain);
        auto const opened = unseal(record, place(), key());
        BOOST_TEST_CONTEXT("size " << size) {
            BOOST_TEST(record.size() == overhead + size);
            BOOST_REQUIRE(opened.has_value());
            BOOST_TEST(opened->reveal() == plain);
        }
        plain.push_back(static_cast<char>(size * 7));
    }
    for (std::size_t const size : {std::size_t{65536}, posthorn::detail::longest_sealed}) {
        plain.assign(size, '\0');
        plain.back() = 'x';
        auto const opened = unseal(sealed(plain), place(), key());
        BOOST_REQUIRE(opened.has_value());
        BOOST_TEST((opened->reveal() == plain));
    }
}

BOOST_AUTO_TEST_CASE(every_changed_bit_is_found) {
    for (std::string_view const plain : {std::string_view(), std::string_view("x"), hush}) {
        auto const record = sealed(plain);
        for (std::size_t at = 0; at != record.size(); ++at)
            for (unsigned bit = 0; bit != 8; ++bit) {
                auto changed = record;
                changed[at] = static_cast<char>(static_cast<unsigned char>(changed[at]) ^ (1U << bit));
                BOOST_TEST_CONTEXT("byte " << at << ", bit " << bit) {
                    BOOST_TEST(is_unreadable(changed));
                }
            }
    }
}

BOOST_AUTO_TEST_CASE(every_missing_and_every_added_byte_is_found) {
    auto const record = sealed(hush);
    for (std::size_t size = 0; size != record.size(); ++size) {
        BOOST_TEST(is_unreadable(std::string_view(record).substr(0, size)), size);
        BOOST_TEST(is_unreadable(std::string_view(record).substr(record.size() - size)), size);
    }
    for (char const more : {'\0', '\x01', 'x'}) {
        BOOST_TEST(is_unreadable(record + more));
        BOOST_TEST(is_unreadable(more + record));
    }
    BOOST_TEST(is_unreadable(record + record));
}

BOOST_AUTO_TEST_CASE(hostile_records_are_refused) {
    BOOST_TEST(is_unreadable(std::string_view()));
    for (std::size_t const size : {std::size_t{1}, overhead - 1, overhead, overhead + 1, std::size_t{4096},
                                   overhead + posthorn::detail::longest_sealed,
                                   overhead + posthorn::detail::longest_sealed + 1, std::size_t{4} << 20})
        for (char const filler : {'\0', '\x01', '\xff'})
            BOOST_TEST(is_unreadable(std::string(size, filler)), size);
}

BOOST_AUTO_TEST_CASE(a_record_is_readable_in_its_place_only) {
    auto const record = sealed(hush);
    for (std::size_t at = 0; at != 16; ++at)
        for (unsigned bit = 0; bit != 8; ++bit) {
            auto other = place();
            other.webhook.data[at] = static_cast<std::uint8_t>(other.webhook.data[at] ^ (1U << bit));
            BOOST_TEST(is_unreadable(unseal(record, other, key())));
        }
    auto const long_name = std::string(posthorn::detail::longest_sealed_field + 1, 'f');
    for (std::string_view const field :
         {std::string_view(), std::string_view("Signing"), std::string_view("signin"),
          std::string_view("signing2"), std::string_view("signing\0", 8), std::string_view("headers"),
          std::string_view(long_name)})
        BOOST_TEST(is_unreadable(unseal(record, place(field), key())), field.substr(0, 20));
}

BOOST_AUTO_TEST_CASE(a_record_is_readable_with_its_key_only) {
    auto const record = sealed(hush);
    for (std::string const id : {"k", "k2", "k11", "K1", "k1 "})
        BOOST_TEST(is_unreadable(unseal(record, place(), key(id))), id);
    BOOST_TEST(is_unreadable(unseal(record, place(), key("k1", '\x2b'))));
    for (std::size_t at = 0; at != encryption_key::size; ++at) {
        std::string bytes(encryption_key::size, '\x2a');
        bytes[at] = '\x2b';
        BOOST_TEST(is_unreadable(unseal(record, place(), encryption_key("k1", secret(bytes)))), at);
    }
}

// Joined, field and key id would be the same text.
BOOST_AUTO_TEST_CASE(field_and_key_id_are_not_mistaken_for_each_other) {
    auto const record = sealed(hush, place("ab"), key("c"));
    BOOST_TEST(unseal(record, place("ab"), key("c")).has_value());
    BOOST_TEST(is_unreadable(unseal(record, place("a"), key("bc"))));
    BOOST_TEST(is_unreadable(unseal(record, place(""), key("abc"))));
}

BOOST_AUTO_TEST_CASE(fields_of_every_length_have_their_own_records) {
    std::string const name(posthorn::detail::longest_sealed_field, 'f');
    for (std::size_t const size :
         {std::size_t{0}, std::size_t{1}, std::size_t{255}, std::size_t{256}, name.size()}) {
        auto const field = std::string_view(name).substr(0, size);
        BOOST_TEST(unseal(sealed(hush, place(field)), place(field), key()).has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_nonce_depends_on_every_random_bit) {
    std::set<std::string> nonces{sealed(hush, place(), key(), 0, 0).substr(1, nonce_size)};
    for (unsigned bit = 0; bit != 64; ++bit) {
        nonces.insert(sealed(hush, place(), key(), std::uint64_t{1} << bit, 0).substr(1, nonce_size));
        nonces.insert(sealed(hush, place(), key(), 0, std::uint64_t{1} << bit).substr(1, nonce_size));
    }
    BOOST_TEST(nonces.size() == 129U);
}

// As when a process forks between two numbers, or a machine is restored.
BOOST_AUTO_TEST_CASE(random_numbers_that_come_twice_do_not_repeat_a_nonce) {
    auto const nonce = [](std::string const& record) { return record.substr(1, nonce_size); };
    auto other = place();
    other.webhook.data[15] = 0;
    std::set<std::string> const nonces{nonce(sealed("a")),
                                       nonce(sealed("b")),
                                       nonce(sealed("ab")),
                                       nonce(sealed("")),
                                       nonce(sealed("a", place("headers"))),
                                       nonce(sealed("a", other)),
                                       nonce(sealed("a", place(), key("k2"))),
                                       nonce(sealed("a", place(), key("k1", '\x2b')))};
    BOOST_TEST(nonces.size() == 8U);
    // The same secret of the same place shows that it is the same.
    BOOST_TEST(sealed("a") == sealed("a"));
}

BOOST_AUTO_TEST_CASE(keys_that_are_none_are_refused) {
    auto const record = sealed(hush);
    for (auto const& wrong :
         {encryption_key("k1", secret(std::string(31, '\x2a'))),
          encryption_key("k1", secret(std::string(33, '\x2a'))), encryption_key("k1", secret()), key(""),
          key(std::string(65, 'k')), key("k\n")}) {
        auto const made = seal(secret(hush), place(), wrong, 1, 2);
        auto const opened = unseal(record, place(), wrong);
        BOOST_TEST((made.has_error() && made.error() == errc::bad_encryption_key));
        BOOST_TEST((opened.has_error() && opened.error() == errc::bad_encryption_key));
    }
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_refused) {
    using boost::system::errc::value_too_large;
    auto const large = secret(std::string(posthorn::detail::longest_sealed + 1, 'x'));
    auto const made = seal(large, place(), key(), 1, 2);
    BOOST_TEST((made.has_error() && made.error() == value_too_large));
    auto const long_name = std::string(posthorn::detail::longest_sealed_field + 1, 'f');
    auto const named = seal(secret(hush), place(long_name), key(), 1, 2);
    BOOST_TEST((named.has_error() && named.error() == value_too_large));
}

BOOST_AUTO_TEST_CASE(an_openssl_without_the_algorithms_is_an_error) {
    auto const record = sealed(hush);
    openssl_without_algorithms const absent;
    auto const made = seal(secret(hush), place(), key(), 1, 2);
    auto const opened = unseal(record, place(), key());
    using boost::system::errc::not_supported;
    BOOST_TEST((made.has_error() && made.error() == not_supported));
    BOOST_TEST((opened.has_error() && opened.error() == not_supported));
    BOOST_TEST(ERR_peek_error() == 0U);
}

BOOST_AUTO_TEST_CASE(no_error_is_left_in_the_queue_of_openssl) {
    auto record = sealed(hush);
    record.back() = static_cast<char>(record.back() + 1);
    ERR_clear_error();
    BOOST_TEST(is_unreadable(record));
    BOOST_TEST(ERR_peek_error() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
