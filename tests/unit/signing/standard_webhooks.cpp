// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/base64.hpp>
#include <posthorn/signing/standard_webhooks.hpp>

#include <boost/json.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

static_assert(posthorn::check_signer<posthorn::standard_webhooks>());

namespace {

using posthorn::errc;
using posthorn::header_block;
using posthorn::secret;
using posthorn::signed_message;
using posthorn::signing_secret;
using posthorn::signing_secrets;
using posthorn::standard_webhooks;
using posthorn::wall_time;

constexpr std::string_view first_hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view second_hmac = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view ed25519 =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
constexpr std::string_view ed25519_seed = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
// The first key pair of RFC 8032, section 7.1.
constexpr std::string_view second_ed25519 = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

boost::json::object vectors() {
    std::ifstream file(POSTHORN_TEST_DATA "/signatures.json");
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return boost::json::parse(text).as_object();
}

std::string_view text_of(boost::json::value const& vector, std::string_view member) {
    return boost::json::string_view(vector.at(member).as_string());
}

wall_time at(std::int64_t seconds) {
    return wall_time(std::chrono::seconds(seconds));
}

signed_message message_of(boost::json::value const& vector) {
    return {text_of(vector, "id"), at(vector.at("timestamp").as_int64()), text_of(vector, "body")};
}

std::string key_of(std::string_view prefix, std::size_t size) {
    std::string const bytes(size, '\x5a');
    std::string text(prefix);
    posthorn::detail::base64_encode(
        std::span(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size()), text);
    return text;
}

standard_webhooks::key key_for(signing_secrets const& secrets) {
    auto key = standard_webhooks().make_key(secrets);
    BOOST_REQUIRE(key.has_value());
    return std::move(*key);
}

standard_webhooks::key key_for(std::string_view text) {
    return key_for(signing_secrets{signing_secret(secret(text))});
}

std::string signed_text(standard_webhooks::key& key, signed_message const& message) {
    header_block out;
    standard_webhooks::sign(key, message, out);
    return std::string(out.text());
}

/// The value of webhook-signature; none if there is no such field.
std::optional<std::string> signature(standard_webhooks::key& key, signed_message const& message) {
    header_block out;
    standard_webhooks::sign(key, message, out);
    for (auto const [name, value] : out.fields())
        if (name == "webhook-signature")
            return std::string(value);
    return std::nullopt;
}

std::string signature_by(std::string_view text, signed_message const& message) {
    auto key = key_for(text);
    return signature(key, message).value_or("none");
}

/// While it lives, OpenSSL finds no algorithm that it has not fetched before.
class openssl_without_algorithms {
  public:
    openssl_without_algorithms() { EVP_set_default_properties(nullptr, "provider=absent"); }
    openssl_without_algorithms(openssl_without_algorithms const&) = delete;
    openssl_without_algorithms& operator=(openssl_without_algorithms const&) = delete;
    ~openssl_without_algorithms() { EVP_set_default_properties(nullptr, ""); }
};

signed_message const ping{"msg_p5jXN8AQM9LWM0D4loKWxJek", wall_time(std::chrono::seconds(1614265330)),
                          "{\"test\": 2432232314}"};
constexpr std::string_view ping_fields = "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\r\n"
                                         "webhook-timestamp: 1614265330\r\n";
constexpr std::string_view ping_v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr std::string_view ping_v1a =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

BOOST_AUTO_TEST_SUITE(signing_standard_webhooks)

BOOST_AUTO_TEST_CASE(writes_the_three_fields) {
    auto key = key_for(first_hmac);
    BOOST_TEST(signed_text(key, ping) ==
               std::string(ping_fields) + "webhook-signature: " + std::string(ping_v1) + "\r\n");
}

BOOST_AUTO_TEST_CASE(signs_the_published_v1_vectors) {
    auto const all = vectors();
    int signed_vectors = 0;
    for (auto const& vector : all.at("standard_webhooks_v1").as_array()) {
        if (text_of(vector, "name") == "published in the Svix docs")
            continue;
        BOOST_TEST_CONTEXT(text_of(vector, "name")) {
            BOOST_TEST(signature_by(text_of(vector, "secret"), message_of(vector)) ==
                       text_of(vector, "signature"));
        }
        ++signed_vectors;
    }
    BOOST_TEST(signed_vectors == 3);
}

BOOST_AUTO_TEST_CASE(the_18_byte_key_of_the_svix_docs_is_too_short_to_sign_with) {
    auto const all = vectors();
    auto const& vector = all.at("standard_webhooks_v1").at(1);
    BOOST_REQUIRE(text_of(vector, "name") == "published in the Svix docs");
    auto const key = standard_webhooks().make_key({signing_secret(secret(text_of(vector, "secret")))});
    BOOST_REQUIRE(key.has_error());
    BOOST_TEST(key.error() == make_error_code(errc::bad_key));
}

BOOST_AUTO_TEST_CASE(signs_the_published_v1a_vector) {
    auto const all = vectors();
    auto const& published = all.at("standard_webhooks_v1a").as_array();
    BOOST_REQUIRE(published.size() == 1);
    for (auto const& vector : published)
        BOOST_TEST(signature_by(text_of(vector, "private"), message_of(vector)) ==
                   text_of(vector, "signature"));
}

BOOST_AUTO_TEST_CASE(a_seed_signs_like_the_seed_with_its_public_half) {
    BOOST_TEST(signature_by(ed25519_seed, ping) == ping_v1a);
}

BOOST_AUTO_TEST_CASE(without_secrets_there_is_no_signature_field) {
    auto key = key_for(signing_secrets{});
    BOOST_TEST(signed_text(key, ping) == ping_fields);
}

BOOST_AUTO_TEST_CASE(each_secret_signs_in_its_order) {
    auto const second = signature_by(second_hmac, ping);
    auto key = key_for({signing_secret(secret(first_hmac)), signing_secret(secret(ed25519)),
                        signing_secret(secret(second_hmac))});
    BOOST_TEST(second != ping_v1);
    BOOST_TEST(signature(key, ping).value_or("none") ==
               std::string(ping_v1) + " " + std::string(ping_v1a) + " " + second);
    auto turned = key_for({signing_secret(secret(second_hmac)), signing_secret(secret(first_hmac))});
    BOOST_TEST(signature(turned, ping).value_or("none") == second + " " + std::string(ping_v1));
}

BOOST_AUTO_TEST_CASE(two_keys_of_one_scheme_do_not_mix) {
    auto const second = signature_by(second_ed25519, ping);
    BOOST_TEST(second != ping_v1a);
    auto key = key_for({signing_secret(secret(ed25519)), signing_secret(secret(second_ed25519))});
    for (int i = 0; i != 3; ++i)
        BOOST_TEST(signature(key, ping).value_or("none") == std::string(ping_v1a) + " " + second);
}

BOOST_AUTO_TEST_CASE(a_secret_signs_until_its_not_after_inclusively) {
    struct row {
        std::chrono::nanoseconds not_after_minus_time;
        bool signs;
    };
    constexpr row rows[] = {
        {std::chrono::hours(1), true},       {std::chrono::nanoseconds(1), true},
        {std::chrono::nanoseconds(0), true}, {std::chrono::nanoseconds(-1), false},
        {std::chrono::seconds(-1), false},   {std::chrono::hours(-1), false},
    };
    auto const fresh = signature_by(second_hmac, ping);
    for (auto const old : {first_hmac, ed25519})
        for (auto const& [distance, signs] : rows) {
            auto key = key_for(
                {signing_secret(secret(old), ping.time + distance), signing_secret(secret(second_hmac))});
            auto const both = signature_by(old, ping) + " " + fresh;
            BOOST_TEST(signature(key, ping).value_or("none") == (signs ? both : fresh), distance.count()
                                                                                            << " ns");
        }
}

BOOST_AUTO_TEST_CASE(an_expired_secret_signs_again_for_an_earlier_message) {
    auto key = key_for({signing_secret(secret(first_hmac), ping.time)});
    auto late = ping;
    late.time += std::chrono::seconds(1);
    BOOST_TEST(!signature(key, late).has_value());
    BOOST_TEST(signature(key, ping).value_or("none") == ping_v1);
}

BOOST_AUTO_TEST_CASE(when_all_secrets_are_expired_there_is_no_signature_field) {
    auto const past = ping.time - std::chrono::seconds(1);
    auto key = key_for({signing_secret(secret(first_hmac), past), signing_secret(secret(ed25519), past)});
    BOOST_TEST(signed_text(key, ping) == ping_fields);
}

BOOST_AUTO_TEST_CASE(the_timestamp_is_the_second_that_the_instant_lies_in) {
    struct row {
        std::chrono::nanoseconds since_1970;
        std::string_view text;
    };
    using std::chrono::seconds;
    constexpr row rows[] = {
        {seconds(0), "0"},
        {std::chrono::nanoseconds(999'999'999), "0"},
        {seconds(1), "1"},
        {seconds(1614265330) + std::chrono::milliseconds(999), "1614265330"},
        {std::chrono::nanoseconds(-1), "-1"},
        {std::chrono::nanoseconds::max(), "9223372036"},
        {std::chrono::nanoseconds::min(), "-9223372037"},
    };
    auto key = key_for(first_hmac);
    for (auto const& [since_1970, text] : rows) {
        auto const out = signed_text(key, {"a", wall_time(since_1970), ""});
        BOOST_TEST(out.starts_with("webhook-id: a\r\nwebhook-timestamp: " + std::string(text) + "\r\n"), out);
    }
    auto later = ping;
    later.time += std::chrono::milliseconds(999);
    BOOST_TEST(signature(key, later).value_or("none") == ping_v1);
}

BOOST_AUTO_TEST_CASE(fields_that_stand_already_are_kept) {
    auto key = key_for(first_hmac);
    header_block out;
    out.add("Host", "receiver.example");
    standard_webhooks::sign(key, ping, out);
    out.add("Content-Length", "20");
    BOOST_TEST(out.text() == "Host: receiver.example\r\n" + std::string(ping_fields) +
                                 "webhook-signature: " + std::string(ping_v1) + "\r\nContent-Length: 20\r\n");
}

BOOST_AUTO_TEST_CASE(keys_of_every_allowed_length_are_taken) {
    auto const verdict = [](std::string_view text) {
        auto const key = standard_webhooks().make_key({signing_secret(secret(text))});
        if (key.has_error())
            BOOST_TEST(key.error() == make_error_code(errc::bad_key), text);
        return key.has_value();
    };
    for (std::size_t size = 0; size != 80; ++size) {
        BOOST_TEST(verdict(key_of("whsec_", size)) == (size >= 24 && size <= 64), size << " bytes of whsec_");
        // 64 bytes need the right public half, which these do not have.
        BOOST_TEST(verdict(key_of("whsk_", size)) == (size == 32), size << " bytes of whsk_");
    }
}

BOOST_AUTO_TEST_CASE(malformed_keys_are_refused) {
    constexpr std::string_view malformed[] = {
        "",
        "short",
        "whsec_",
        "whsk_",
        "whsec_short",
        // No prefix, or another one.
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec-MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        " whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
        // White space, the URL-safe alphabet, padding that lacks, is too much, or hides bits.
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZI o2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw====",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
        "whsk_6Xb_dCcHpPea21PS1N9VY_NZW723CEc77N4rJCubMbc=",
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc",
        // The last bit but a few of the public half differs, or the first.
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvw==",
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbdVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==",
    };
    for (auto const text : malformed) {
        auto const alone = standard_webhooks().make_key({signing_secret(secret(text))});
        BOOST_TEST((alone.has_error() && alone.error() == make_error_code(errc::bad_key)), text);
        auto const beside =
            standard_webhooks().make_key({signing_secret(secret(first_hmac)), signing_secret(secret(text)),
                                          signing_secret(secret(ed25519))});
        BOOST_TEST((beside.has_error() && beside.error() == make_error_code(errc::bad_key)), text);
    }
}

BOOST_AUTO_TEST_CASE(an_expired_secret_is_checked_all_the_same) {
    auto const key = standard_webhooks().make_key({signing_secret(secret("short"), wall_time::min())});
    BOOST_REQUIRE(key.has_error());
    BOOST_TEST(key.error() == make_error_code(errc::bad_key));
}

BOOST_AUTO_TEST_CASE(a_key_signs_many_messages_as_fresh_ones_would) {
    signing_secrets const secrets{signing_secret(secret(first_hmac)), signing_secret(secret(ed25519)),
                                  signing_secret(secret(second_hmac))};
    auto reused = key_for(secrets);
    std::string body(4096, 'x');
    body[5] = '\0';
    // Lengths fall and rise, so that anything left of the message before would show.
    for (std::size_t i = 0; i != 64; ++i) {
        auto const size = (i * 1741) % body.size();
        auto const id = "msg_" + std::to_string(i);
        signed_message const message{id, at(static_cast<std::int64_t>(i)),
                                     std::string_view(body).substr(0, size)};
        auto fresh = key_for(secrets);
        BOOST_REQUIRE(signature(reused, message).value_or("none") ==
                      signature(fresh, message).value_or("fresh"));
    }
    BOOST_TEST(signature(reused, ping).value_or("none") ==
               std::string(ping_v1) + " " + std::string(ping_v1a) + " " + signature_by(second_hmac, ping));
}

BOOST_AUTO_TEST_CASE(every_part_of_the_message_is_signed) {
    for (auto const text : {first_hmac, ed25519}) {
        auto key = key_for(text);
        auto const original = signature(key, ping).value_or("none");
        auto id = ping;
        id.id = "msg_p5jXN8AQM9LWM0D4loKWxJel";
        auto time = ping;
        time.time += std::chrono::seconds(1);
        auto body = ping;
        body.body = "{\"test\": 2432232315}";
        for (auto const& changed : {id, time, body})
            BOOST_TEST(signature(key, changed).value_or(original) != original);
        BOOST_TEST(signature(key, ping).value_or("none") == original);
    }
}

BOOST_AUTO_TEST_CASE(a_moved_key_signs_and_a_moved_from_one_does_not) {
    auto first = key_for(first_hmac);
    auto second = std::move(first);
    BOOST_TEST(signature(second, ping).value_or("none") == ping_v1);
    BOOST_TEST(signed_text(first, ping) == ping_fields);
    first = key_for(ed25519);
    BOOST_TEST(signature(first, ping).value_or("none") == ping_v1a);
    std::swap(first, second);
    BOOST_TEST(signature(first, ping).value_or("none") == ping_v1);
    BOOST_TEST(signature(second, ping).value_or("none") == ping_v1a);
}

BOOST_AUTO_TEST_CASE(a_key_outlives_signer_and_secrets) {
    std::optional<standard_webhooks::key> key;
    {
        standard_webhooks const signer;
        signing_secrets const secrets{signing_secret(secret(first_hmac))};
        auto made = signer.make_key(secrets);
        BOOST_REQUIRE(made.has_value());
        key.emplace(std::move(*made));
    }
    BOOST_TEST(signature(*key, ping).value_or("none") == ping_v1);
}

BOOST_AUTO_TEST_CASE(a_machine_without_the_algorithms_is_not_taken_for_a_bad_key) {
    auto const not_supported = make_error_code(boost::system::errc::not_supported);
    openssl_without_algorithms const without;
    for (auto const text : {ed25519, ed25519_seed}) {
        auto const key = standard_webhooks().make_key({signing_secret(secret(text))});
        BOOST_REQUIRE(key.has_error());
        BOOST_TEST(key.error() == not_supported);
    }
    auto const malformed = standard_webhooks().make_key({signing_secret(secret("short"))});
    BOOST_REQUIRE(malformed.has_error());
    BOOST_TEST(malformed.error() == make_error_code(errc::bad_key));
}

BOOST_AUTO_TEST_CASE(a_signature_that_openssl_cannot_make_is_left_out) {
    auto key = key_for({signing_secret(secret(ed25519)), signing_secret(secret(first_hmac))});
    auto alone = key_for(ed25519);
    {
        openssl_without_algorithms const without;
        BOOST_TEST(signature(key, ping).value_or("none") == ping_v1);
        BOOST_TEST(signed_text(alone, ping) == ping_fields);
    }
    BOOST_TEST(signature(alone, ping).value_or("none") == ping_v1a);
}

BOOST_AUTO_TEST_CASE(openssl_keeps_no_errors_of_ours) {
    ERR_clear_error();
    auto alone = key_for(ed25519);
    {
        openssl_without_algorithms const without;
        BOOST_TEST(standard_webhooks().make_key({signing_secret(secret(ed25519))}).has_error());
        BOOST_TEST(!signature(alone, ping).has_value());
    }
    BOOST_TEST(ERR_peek_error() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
