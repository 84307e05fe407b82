// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/base64.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../../support/sqlite_file.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace posthorn;
using test::all_bytes;
using test::connect;
using test::fresh_file;
using test::run_sql;

namespace {

encryption_key key(char const* id, char byte) {
    return {id, secret(std::string(32, byte))};
}

sqlite_options with_keys(encryption_key current, std::vector<encryption_key> older = {}) {
    auto o = test::quick_options();
    o.keys = static_keys::make(std::move(current), std::move(older)).value();
    return o;
}

std::string base64(std::string const& text) {
    std::string out;
    detail::base64_encode({reinterpret_cast<unsigned char const*>(text.data()), text.size()}, out);
    return out;
}

webhook with_secrets(std::uint8_t number) {
    webhook w;
    w.id.data[0] = number;
    w.wording = "w";
    w.url = "https://example.com/";
    w.object = "project";
    w.headers.emplace_back("Authorization", secret("canary-header-" + std::to_string(number)));
    w.signing.emplace_back(secret("canary-signing-" + std::to_string(number)));
    return w;
}

webhook with_a_connection(std::uint8_t number) {
    auto w = with_secrets(number);
    w.connection.client_key = secret("canary-key-" + std::to_string(number));
    w.connection.proxy_credentials = secret("us:canary-proxy-" + std::to_string(number));
    return w;
}

std::string hex(std::string_view bytes, bool percent) {
    std::string text;
    for (char const c : bytes) {
        constexpr char digits[] = "0123456789abcdef";
        auto const b = static_cast<unsigned char>(c);
        text.append(percent ? "%" : "").append(1, digits[b >> 4]).append(1, digits[b & 15]);
    }
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_sqlite_secrets)

BOOST_AUTO_TEST_CASE(no_file_of_the_database_holds_a_secret) {
    fresh_file const file;
    auto storage = sqlite_storage::open(file.path(), with_keys(key("k", 'a'))).value();
    for (std::uint8_t n = 0; n != 20; ++n)
        BOOST_TEST(storage.put(with_a_connection(n)).has_value());
    BOOST_TEST(storage.erase(with_secrets(3).id).has_value());
    auto const everything = all_bytes(file.directory());
    BOOST_TEST(everything.find("https://example.com/") != std::string::npos);
    for (std::uint8_t n = 0; n != 20; ++n)
        for (char const* const kind :
             {"canary-header-", "canary-signing-", "canary-key-", "us:canary-proxy-"}) {
            auto const canary = kind + std::to_string(n);
            auto const written = base64(canary);
            BOOST_TEST(everything.find(canary) == std::string::npos);
            BOOST_TEST(everything.find(written.substr(0, written.size() - 4)) == std::string::npos);
            BOOST_TEST(everything.find(hex(canary, false)) == std::string::npos);
            BOOST_TEST(everything.find(hex(canary, true)) == std::string::npos);
        }
    BOOST_TEST(everything.find(std::string(32, 'a')) == std::string::npos);
    BOOST_TEST(storage.load()->size() == 19U);
}

BOOST_AUTO_TEST_CASE(without_a_key_no_secret_is_stored) {
    fresh_file const file;
    sqlite_options none;
    none.durability = sqlite_durability::process_end;
    auto storage = sqlite_storage::open(file.path(), none).value();
    BOOST_TEST((storage.put(with_secrets(1)).error() == errc::no_encryption_key));
    BOOST_TEST(storage.load()->empty());
    auto plain = with_secrets(1);
    plain.headers.clear();
    plain.signing.clear();
    BOOST_TEST(storage.put(plain).has_value());
}

BOOST_AUTO_TEST_CASE(another_key_opens_nothing) {
    fresh_file const file;
    BOOST_TEST(sqlite_storage::open(file.path(), with_keys(key("k", 'a')))->put(with_secrets(1)).has_value());
    auto unknown = sqlite_storage::open(file.path(), with_keys(key("other", 'a'))).value();
    BOOST_TEST((unknown.load().error() == errc::unknown_encryption_key));
    auto wrong = sqlite_storage::open(file.path(), with_keys(key("k", 'b'))).value();
    BOOST_TEST((wrong.load().error() == errc::secret_unreadable));
}

BOOST_AUTO_TEST_CASE(a_sealed_secret_that_was_moved_is_refused) {
    for (char const* const move :
         {"UPDATE posthorn_secret SET sealed = (SELECT sealed FROM posthorn_secret WHERE webhook <> "
          "b.webhook AND "
          "field = b.field) FROM posthorn_secret AS b WHERE posthorn_secret.webhook = b.webhook",
          "UPDATE posthorn_secret SET sealed = (SELECT sealed FROM posthorn_secret AS c WHERE c.field = "
          "'signing[0]' AND c.webhook = posthorn_secret.webhook) WHERE field = 'headers[0]'",
          "UPDATE posthorn_secret SET key = 'older'", "UPDATE posthorn_secret SET sealed = x''",
          "UPDATE posthorn_secret SET sealed = substr(sealed, 1, length(sealed) - 1)"}) {
        fresh_file const file;
        auto storage =
            sqlite_storage::open(file.path(), with_keys(key("k", 'a'), {key("older", 'b')})).value();
        BOOST_TEST(storage.put(with_secrets(1)).has_value());
        BOOST_TEST(storage.put(with_secrets(2)).has_value());
        BOOST_TEST(storage.load().has_value());
        run_sql(connect(file.path()).get(), move);
        BOOST_TEST((storage.load().error() == errc::secret_unreadable));
    }
}

BOOST_AUTO_TEST_CASE(secrets_move_to_the_current_key) {
    fresh_file const file;
    {
        auto before = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
        for (std::uint8_t n = 0; n != 150; ++n)
            BOOST_TEST(before.put(with_secrets(n)).has_value());
    }
    auto const host = connect(file.path());
    {
        auto both = sqlite_storage::open(file.path(), with_keys(key("new", 'b'), {key("old", 'a')})).value();
        BOOST_TEST(both.rotate_secrets().value() == 300U);
        BOOST_TEST(both.rotate_secrets().value() == 0U);
    }
    BOOST_TEST(run_sql(host.get(), "SELECT count(*) FROM posthorn_secret WHERE key = 'new'") == 300);
    auto after = sqlite_storage::open(file.path(), with_keys(key("new", 'b'))).value();
    auto const all = after.load();
    BOOST_REQUIRE(all.has_value());
    BOOST_TEST(all->at(7).signing.at(0).key().reveal() == "canary-signing-7");
}

// Broken off at any row, the rest is done by the next call.
BOOST_AUTO_TEST_CASE(a_rotation_that_broke_off_goes_on) {
    fresh_file const file;
    auto const options = with_keys(key("new", 'b'), {key("old", 'a')});
    {
        auto before = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
        for (std::uint8_t n = 0; n != 10; ++n)
            BOOST_TEST(before.put(with_secrets(n)).has_value());
    }
    auto const host = connect(file.path());
    for (int done = 0; done != 20; done += 5) {
        // Refuses every row behind the next five.
        run_sql(host.get(), "CREATE TRIGGER broken BEFORE INSERT ON posthorn_secret WHEN "
                            "(SELECT count(*) FROM posthorn_secret WHERE key = 'new') >= " +
                                std::to_string(done + 5) + " BEGIN SELECT RAISE(ABORT, 'broken'); END");
        auto both = sqlite_storage::open(file.path(), options).value();
        BOOST_TEST(!both.rotate_secrets().has_value() == (done + 5 < 20));
        run_sql(host.get(), "DROP TRIGGER broken");
        BOOST_TEST(both.load().has_value());
    }
    BOOST_TEST(run_sql(host.get(), "SELECT count(*) FROM posthorn_secret WHERE key = 'new'") == 20);
}

BOOST_AUTO_TEST_SUITE_END()
