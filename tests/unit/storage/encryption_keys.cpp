// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/encryption_keys.hpp>

#include "support/archetypes.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using posthorn::encryption_key;
using posthorn::encryption_keys;
using posthorn::errc;
using posthorn::error_code;
using posthorn::parse_encryption_key;
using posthorn::result;
using posthorn::secret;
using posthorn::static_keys;

static_assert(!std::is_aggregate_v<encryption_key>);
static_assert(std::is_convertible_v<static_keys, encryption_keys>);
static_assert(std::is_convertible_v<posthorn::test::archetypes::key_provider, encryption_keys>);
static_assert(!std::is_convertible_v<int, encryption_keys>);
static_assert(!std::is_convertible_v<std::string, encryption_keys>);
static_assert(!std::is_convertible_v<encryption_key, encryption_keys>);
static_assert(!std::is_convertible_v<encryption_keys, bool>);
static_assert(std::is_nothrow_default_constructible_v<encryption_keys>);
static_assert(std::is_nothrow_move_constructible_v<encryption_keys>);

encryption_key key(std::string id, char filler, std::size_t size = encryption_key::size) {
    return {std::move(id), secret(std::string(size, filler))};
}

std::string bytes_of(result<encryption_key> const& found) {
    return found ? std::string(found->bytes.reveal()) : found.error().message();
}

bool is_refused(result<static_keys> const& made) {
    return made.has_error() && made.error() == errc::bad_encryption_key;
}

std::string const ones(32, '1');
std::string const twos(32, '2');
std::string const threes(32, '3');

// Counts how often it is copied, and what it is asked.
class counting {
  public:
    struct counts {
        int copies = 0;
        int current = 0;
        int find = 0;
    };

    explicit counting(std::shared_ptr<counts> seen) : seen_(std::move(seen)) {}
    counting(counting const& other) : seen_(other.seen_) { ++seen_->copies; }
    counting(counting&&) = default;
    counting& operator=(counting const&) = delete;
    ~counting() = default;

    result<encryption_key> current() const {
        ++seen_->current;
        return key("counted", '1');
    }
    result<encryption_key> find(std::string_view) const {
        ++seen_->find;
        return error_code(errc::storage_failed);
    }

  private:
    std::shared_ptr<counts> seen_;
};

struct throwing {
    result<encryption_key> current() const { throw std::runtime_error("the vault is shut"); }
    result<encryption_key> find(std::string_view) const { throw 1; }
};

constexpr std::string_view hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1bfcfdfeff";
constexpr std::string_view hex_in_capitals =
    "000102030405060708090A0B0C0D0E0F101112131415161718191A1BFCFDFEFF";
constexpr std::string_view base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaG/z9/v8=";
constexpr std::string_view key_of_the_texts("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
                                            "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\xfc\xfd\xfe\xff",
                                            32);

} // namespace

BOOST_AUTO_TEST_SUITE(storage_encryption_keys)

BOOST_AUTO_TEST_CASE(a_key_is_valid_with_32_bytes_and_1_to_64_printable_characters) {
    BOOST_TEST(key("a", 'x').valid());
    BOOST_TEST(key(std::string(64, 'i'), 'x').valid());
    BOOST_TEST(key(" ~", 'x').valid());
    BOOST_TEST(!key("", 'x').valid());
    BOOST_TEST(!key(std::string(65, 'i'), 'x').valid());
    for (std::size_t const size : {0U, 1U, 31U, 33U, 64U})
        BOOST_TEST(!key("a", 'x', size).valid(), size);
    for (std::string const id : {"a\n", "\x1f", "\x7f", "\xc3\xa9"})
        BOOST_TEST(!key(id, 'x').valid(), id);
    BOOST_TEST(!key(std::string(1, '\0'), 'x').valid());
}

BOOST_AUTO_TEST_CASE(static_keys_give_the_current_key_and_find_them_all) {
    auto const keys = static_keys::make(key("new", '1'), {key("old", '2'), key("oldest", '3')}).value();
    BOOST_TEST(keys.current().value().id == "new");
    BOOST_TEST(bytes_of(keys.current()) == ones);
    BOOST_TEST(keys.find("old").value().id == "old");
    BOOST_TEST(bytes_of(keys.find("new")) == ones);
    BOOST_TEST(bytes_of(keys.find("old")) == twos);
    BOOST_TEST(bytes_of(keys.find("oldest")) == threes);
    for (auto const id : {"", "ne", "newer", "NEW", "old\n"}) {
        auto const found = keys.find(id);
        BOOST_REQUIRE(found.has_error());
        BOOST_TEST((found.error() == errc::unknown_encryption_key));
    }
    BOOST_TEST(keys.find(std::string_view("new\0", 4)).has_error());
}

BOOST_AUTO_TEST_CASE(static_keys_refuse_keys_of_another_size) {
    for (std::size_t const size : {0U, 1U, 16U, 31U, 33U, 64U}) {
        BOOST_TEST(is_refused(static_keys::make(key("a", '1', size))), size);
        BOOST_TEST(is_refused(static_keys::make(key("a", '1'), {key("b", '2', size)})), size);
    }
}

BOOST_AUTO_TEST_CASE(static_keys_refuse_ids_that_are_malformed_or_given_twice) {
    for (std::string const& id : {std::string(), std::string(65, 'i'), std::string("a\n")}) {
        BOOST_TEST(is_refused(static_keys::make(key(id, '1'))), id);
        BOOST_TEST(is_refused(static_keys::make(key("a", '1'), {key(id, '2')})), id);
    }
    BOOST_TEST(is_refused(static_keys::make(key("a", '1'), {key("a", '2')})));
    BOOST_TEST(is_refused(static_keys::make(key("a", '1'), {key("a", '1')})));
    BOOST_TEST(is_refused(static_keys::make(key("a", '1'), {key("b", '2'), key("c", '3'), key("b", '2')})));
    // Two names for the same bytes are no mistake that could lose anything.
    BOOST_TEST(static_keys::make(key("a", '1'), {key("b", '1')}).has_value());
}

BOOST_AUTO_TEST_CASE(static_keys_that_were_moved_from_keep_their_keys) {
    auto first = static_keys::make(key("a", '1')).value();
    auto const second = std::move(first);
    BOOST_TEST(bytes_of(first.current()) == ones); // NOLINT(bugprone-use-after-move)
    BOOST_TEST(bytes_of(second.current()) == ones);
}

BOOST_AUTO_TEST_CASE(the_holder_is_empty_until_it_is_given_a_provider) {
    encryption_keys keys;
    BOOST_TEST(!keys);
    BOOST_TEST((keys.current().error() == errc::no_encryption_key));
    BOOST_TEST((keys.find("one").error() == errc::unknown_encryption_key));

    keys = static_keys::make(key("one", '1'), {key("two", '2')}).value();
    BOOST_TEST(!!keys);
    BOOST_TEST(keys.current().value().id == "one");
    BOOST_TEST(bytes_of(keys.find("two")) == twos);
    BOOST_TEST((keys.find("three").error() == errc::unknown_encryption_key));

    keys = encryption_keys();
    BOOST_TEST(!keys);
}

BOOST_AUTO_TEST_CASE(copies_of_the_holder_share_one_provider) {
    auto const seen = std::make_shared<counting::counts>();
    encryption_keys keys = counting(seen);
    auto const copies = seen->copies;
    encryption_keys const second = keys;
    encryption_keys const third = second;
    BOOST_TEST(seen->copies == copies);
    BOOST_TEST(second.current().value().id == "counted");
    BOOST_TEST((third.find("x").error() == errc::storage_failed));
    BOOST_TEST(seen->current == 1);
    BOOST_TEST(seen->find == 1);

    encryption_keys const moved = std::move(keys);
    BOOST_TEST(!!moved);
    BOOST_TEST(!keys); // NOLINT(bugprone-use-after-move): holds none, as documented
}

BOOST_AUTO_TEST_CASE(a_holder_of_a_holder_is_that_holder) {
    encryption_keys const keys = static_keys::make(key("one", '1')).value();
    encryption_keys const same(keys);
    BOOST_TEST(bytes_of(same.current()) == ones);
}

BOOST_AUTO_TEST_CASE(the_holder_asks_no_more_of_a_provider_than_the_concept_says) {
    encryption_keys const keys = posthorn::test::archetypes::key_provider(0);
    BOOST_TEST(bytes_of(keys.current()) == ones);
    BOOST_TEST(bytes_of(keys.find("one")) == ones);
    BOOST_TEST((keys.find("two").error() == errc::unknown_encryption_key));
}

BOOST_AUTO_TEST_CASE(what_a_provider_throws_is_an_error) {
    encryption_keys const keys = throwing();
    BOOST_TEST((keys.current().error() == errc::policy_threw));
    BOOST_TEST((keys.find("x").error() == errc::policy_threw));
}

BOOST_AUTO_TEST_CASE(keys_are_read_as_hexadecimal_digits_and_as_base64) {
    for (auto const text : {hex, hex_in_capitals, base64}) {
        auto const read = parse_encryption_key("2026-05", text);
        BOOST_REQUIRE(read.has_value());
        BOOST_TEST(read->id == "2026-05");
        BOOST_TEST(read->bytes.reveal() == key_of_the_texts);
    }
    BOOST_TEST(parse_encryption_key("a", std::string(64, 'f'))->bytes.reveal() == std::string(32, '\xff'));
}

BOOST_AUTO_TEST_CASE(other_texts_are_no_keys) {
    std::vector<std::string> wrong{"",
                                   "key",
                                   std::string(32, 'a'),
                                   std::string(hex.substr(1)),
                                   std::string(hex) + "0",
                                   std::string(hex) + "\n",
                                   " " + std::string(hex),
                                   "0x" + std::string(hex.substr(2)),
                                   std::string(base64.substr(0, 43)),
                                   std::string(base64) + "\n",
                                   std::string(base64.substr(0, 40)),
                                   // 31 and 33 bytes.
                                   std::string(base64.substr(0, 40)) + "/g==",
                                   std::string(base64.substr(0, 40)) + "/v8A",
                                   // A stray bit behind the last byte.
                                   std::string(base64.substr(0, 42)) + "9="};
    for (char const other : {'g', 'G', ':', '@', '`', '/', ' ', '\0', '\xff'}) {
        wrong.push_back(std::string(hex));
        wrong.back()[17] = other;
    }
    for (char const other : {'-', '_', '=', ' ', '\0', '\xff'}) {
        wrong.push_back(std::string(base64));
        wrong.back()[17] = other;
    }
    for (auto const& text : wrong) {
        auto const read = parse_encryption_key("a", text);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(read.has_error());
            BOOST_TEST((read.has_error() && read.error() == errc::bad_encryption_key));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_key_that_is_read_needs_a_proper_id) {
    for (std::string const& id : {std::string(), std::string(65, 'i'), std::string("a\n")}) {
        auto const read = parse_encryption_key(id, hex);
        BOOST_REQUIRE(read.has_error());
        BOOST_TEST((read.error() == errc::bad_encryption_key));
    }
}

BOOST_AUTO_TEST_SUITE_END()
