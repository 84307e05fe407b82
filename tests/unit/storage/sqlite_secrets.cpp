// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/base64.hpp>
#include <posthorn/dispatcher.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../../support/dispatcher_fixture.hpp"
#include "../../support/sqlite_file.hpp"
#include "../../support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace posthorn;
using detail::sealed_secret;
using test::all_bytes;
using test::connect;
using test::fresh_file;
using test::run_sql;
using test::store;
using test::stored_record;
using test::stored_webhooks;
using test::webhook_key;

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

std::string signing_key(std::uint8_t number) {
    return "canary-signing-key-of-webhook-" + std::to_string(number);
}

webhook with_secrets(std::uint8_t number) {
    webhook w;
    w.id.data[0] = number;
    w.wording = "w";
    w.url = "https://example.com/";
    w.object = "project";
    w.body = webhook_body("{{project.id}}");
    w.headers.emplace_back("Authorization", secret("canary-header-" + std::to_string(number)));
    w.signing.emplace_back(secret("whsec_" + base64(signing_key(number))));
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

std::vector<sealed_secret> sealed_in(record const& r) {
    return detail::facts_of(r.value).value().secrets;
}

// What another hand does to the secrets of a stored webhook.
void tamper(sqlite_storage const& storage, webhook const& w,
            std::function<void(std::vector<sealed_secret>&)> const& how) {
    auto const r = stored_record(storage, webhook_key(w.id)).value();
    auto secrets = sealed_in(r);
    how(secrets);
    test::store_text(storage, r, detail::with_secrets(r.value, r.revision, secrets).value());
}

// How many secrets each key has encrypted.
std::size_t sealed_with(sqlite_storage storage, std::string const& key_id) {
    std::size_t count = 0;
    for (auto const& r : storage.load(0).value().records)
        if (!r.erased)
            for (auto const& s : sealed_in(r))
                count += s.key == key_id;
    return count;
}

// A host whose webhooks are in a file.
struct host {
    struct policies : test::simulated_policies::with_storage<sqlite_storage> {};

    explicit host(sqlite_storage const& storage)
        : hooks(io, clock, receiver, storage, testing::seeded_random(7)) {}

    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver{clock};
    dispatcher<test::objects, policies> hooks;
};

// The first webhook is damaged, and affects nothing but itself.
void require_only_the_first_is_damaged(sqlite_storage const& storage) {
    host h(storage);
    auto const damaged = h.hooks.damaged();
    BOOST_REQUIRE_EQUAL(damaged.size(), 1U);
    BOOST_TEST((damaged[0].id == with_secrets(1).id));
    BOOST_TEST(!damaged[0].reason.empty());
    BOOST_TEST(damaged[0].reason.find("canary") == std::string::npos);
    test::project const one{1, "P1"};
    auto const dispatched = h.hooks.dispatch(created(one));
    BOOST_TEST(dispatched.accepted() == 1U);
    BOOST_REQUIRE_EQUAL(dispatched.refused().size(), 1U);
    BOOST_TEST((dispatched.refused()[0].error() == errc::webhook_unusable));
    // It is repaired by saving it again.
    auto again = with_secrets(1);
    again.revision = damaged[0].revision;
    BOOST_TEST(h.hooks.save(again).has_value());
    BOOST_TEST(h.hooks.damaged().empty());
    BOOST_TEST(h.hooks.dispatch(created(one)).accepted() == 2U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_sqlite_secrets)

BOOST_AUTO_TEST_CASE(no_file_of_the_database_holds_a_secret) {
    fresh_file const file;
    auto const storage = sqlite_storage::open(file.path(), with_keys(key("k", 'a'))).value();
    for (std::uint8_t n = 0; n != 20; ++n)
        store(storage, with_a_connection(n));
    test::store_text(storage, webhook_key(with_secrets(3).id), std::nullopt);
    auto const everything = all_bytes(file.directory());
    BOOST_TEST(everything.find("https://example.com/") != std::string::npos);
    for (std::uint8_t n = 0; n != 20; ++n)
        for (char const* const kind :
             {"canary-header-", "canary-signing-key-of-webhook-", "canary-key-", "us:canary-proxy-"}) {
            auto const canary = kind + std::to_string(n);
            auto const written = base64(canary);
            BOOST_TEST(everything.find(canary) == std::string::npos);
            BOOST_TEST(everything.find(written.substr(0, written.size() - 4)) == std::string::npos);
            BOOST_TEST(everything.find(hex(canary, false)) == std::string::npos);
            BOOST_TEST(everything.find(hex(canary, true)) == std::string::npos);
        }
    BOOST_TEST(everything.find(std::string(32, 'a')) == std::string::npos);
    BOOST_TEST(stored_webhooks(storage).size() == 19U);
}

// Nor when a host saves it and changes it, with what the history says of that.
BOOST_AUTO_TEST_CASE(what_a_host_saves_is_encrypted) {
    fresh_file const file;
    auto const storage = sqlite_storage::open(file.path(), with_keys(key("k", 'a'))).value();
    host h(storage);
    auto first = with_secrets(1);
    BOOST_REQUIRE(h.hooks.save(first).has_value());
    auto second = with_secrets(2);
    second.id = first.id;
    second.revision = h.hooks.webhooks().at(0).revision;
    BOOST_REQUIRE(h.hooks.save(second).has_value());
    BOOST_TEST(h.hooks.history(first.id).value().size() == 2U);
    auto const everything = all_bytes(file.directory());
    BOOST_TEST(everything.find("https://example.com/") != std::string::npos);
    BOOST_TEST(everything.find("canary") == std::string::npos);
    BOOST_TEST(everything.find(base64("canary-header-").substr(0, 16)) == std::string::npos);
    BOOST_TEST(stored_webhooks(storage).at(0).headers.at(0).secret_value().reveal() == "canary-header-2");
}

BOOST_AUTO_TEST_CASE(without_a_key_no_secret_is_stored) {
    fresh_file const file;
    sqlite_options none;
    none.durability = sqlite_durability::process_end;
    auto storage = sqlite_storage::open(file.path(), none).value();
    host h(storage);
    auto const refused = h.hooks.save(with_secrets(1));
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().text().find("key") != std::string::npos, refused.error().text());
    BOOST_TEST(storage.load(0).value().records.empty());
    auto plain = with_secrets(1);
    plain.headers.clear();
    plain.signing.clear();
    BOOST_TEST(h.hooks.save(plain).has_value());
}

BOOST_AUTO_TEST_CASE(another_key_opens_nothing) {
    fresh_file const file;
    auto const w = with_secrets(1);
    {
        auto const storage = sqlite_storage::open(file.path(), with_keys(key("k", 'a'))).value();
        store(storage, w);
    }
    auto const opened = [&](encryption_key current) {
        auto const storage = sqlite_storage::open(file.path(), with_keys(std::move(current))).value();
        auto const r = stored_record(storage, webhook_key(w.id)).value();
        return test::sealer_of(storage).opened(w.id, sealed_in(r)).error();
    };
    BOOST_TEST((opened(key("other", 'a')) == errc::unknown_encryption_key));
    BOOST_TEST((opened(key("k", 'b')) == errc::secret_unreadable));
}

BOOST_AUTO_TEST_CASE(a_webhook_whose_key_is_missing_affects_only_itself) {
    for (auto const& now : {key("new", 'b'), key("old", 'b')}) {
        fresh_file const file;
        {
            auto const old = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
            store(old, with_secrets(1));
        }
        auto const storage = sqlite_storage::open(file.path(), with_keys(now)).value();
        store(storage, with_secrets(2));
        require_only_the_first_is_damaged(storage);
    }
}

BOOST_AUTO_TEST_CASE(a_sealed_secret_that_was_moved_or_changed_affects_only_its_webhook) {
    using secrets = std::vector<sealed_secret>;
    secrets of_other;
    std::function<void(secrets&)> const hands[] = {
        [&](secrets& s) { s = of_other; },
        [](secrets& s) { std::swap(s.at(0).sealed, s.at(1).sealed); },
        [](secrets& s) { s.at(0).key = "older"; },
        [](secrets& s) { s.at(0).key = "unknown"; },
        [](secrets& s) { s.at(0).key.clear(); },
        [](secrets& s) { s.at(0).sealed.clear(); },
        [](secrets& s) { s.at(1).sealed.pop_back(); },
        [](secrets& s) { s.at(1).sealed.back() ^= 1; },
        [](secrets& s) { s.at(0).field = "headers[1]"; },
        [](secrets& s) { s.pop_back(); },
        [](secrets& s) { s.erase(s.begin()); },
    };
    for (std::size_t i = 0; i != std::size(hands); ++i)
        BOOST_TEST_CONTEXT("hand " << i) {
            fresh_file const file;
            auto const storage =
                sqlite_storage::open(file.path(), with_keys(key("k", 'a'), {key("older", 'b')})).value();
            store(storage, with_secrets(1));
            store(storage, with_secrets(2));
            BOOST_TEST(host(storage).hooks.damaged().empty());
            of_other = sealed_in(stored_record(storage, webhook_key(with_secrets(2).id)).value());
            tamper(storage, with_secrets(1), hands[i]);
            require_only_the_first_is_damaged(storage);
        }
}

BOOST_AUTO_TEST_CASE(a_sealed_secret_that_is_no_base64_affects_only_its_webhook) {
    for (char const* const text : {"!", "QQ", "QQ=", "null"}) {
        fresh_file const file;
        auto const storage = sqlite_storage::open(file.path(), with_keys(key("k", 'a'))).value();
        store(storage, with_secrets(1));
        store(storage, with_secrets(2));
        run_sql(connect(file.path()).get(),
                "UPDATE posthorn_record SET value = json_set(value, '$.secrets[0].sealed', '" +
                    std::string(text) + "') WHERE key = '" + to_text(with_secrets(1).id) + "'");
        require_only_the_first_is_damaged(storage);
    }
}

// --- rotation ---

BOOST_AUTO_TEST_CASE(secrets_move_to_the_current_key) {
    fresh_file const file;
    {
        auto const before = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
        for (std::uint8_t n = 0; n != 150; ++n)
            store(before, with_secrets(n));
        auto paused = with_secrets(150);
        paused.active = false;
        store(before, paused);
    }
    {
        auto both = sqlite_storage::open(file.path(), with_keys(key("new", 'b'), {key("old", 'a')})).value();
        BOOST_TEST(both.rotate_secrets().value() == 302U);
        auto const generation = both.generation().value();
        BOOST_TEST(both.rotate_secrets().value() == 0U);
        BOOST_TEST(both.generation().value() == generation);
        BOOST_TEST(sealed_with(both, "new") == 302U);
    }
    auto const after = sqlite_storage::open(file.path(), with_keys(key("new", 'b'))).value();
    auto const all = stored_webhooks(after);
    BOOST_REQUIRE_EQUAL(all.size(), 151U);
    BOOST_TEST(all.at(7).signing.at(0).key().reveal() == "whsec_" + base64(signing_key(7)));
    BOOST_TEST(!all.at(150).active);
    BOOST_TEST(!stored_record(after, webhook_key(all.at(150).id))->active);
    BOOST_TEST(stored_record(after, webhook_key(all.at(149).id))->active);
}

// Broken off at any record, the rest is done by the next call.
BOOST_AUTO_TEST_CASE(a_rotation_that_broke_off_goes_on) {
    fresh_file const file;
    auto const options = with_keys(key("new", 'b'), {key("old", 'a')});
    {
        auto const before = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
        for (std::uint8_t n = 0; n != 10; ++n)
            store(before, with_secrets(n));
    }
    auto const host = connect(file.path());
    for (std::size_t done = 3; done != 12; done += 3) {
        // Refuses every record behind the next three.
        run_sql(host.get(),
                "CREATE TRIGGER broken BEFORE UPDATE ON posthorn_record WHEN "
                "(SELECT count(*) FROM posthorn_record WHERE value LIKE '%\"key\":\"new\"%') >= " +
                    std::to_string(done) + " BEGIN SELECT RAISE(ABORT, 'broken'); END");
        auto both = sqlite_storage::open(file.path(), options).value();
        BOOST_TEST(!both.rotate_secrets().has_value());
        run_sql(host.get(), "DROP TRIGGER broken");
        BOOST_TEST(sealed_with(both, "new") == 2 * done);
        BOOST_TEST(stored_webhooks(both).size() == 10U);
    }
    auto both = sqlite_storage::open(file.path(), options).value();
    BOOST_TEST(both.rotate_secrets().value() == 2U);
    BOOST_TEST(sealed_with(both, "new") == 20U);
}

BOOST_AUTO_TEST_CASE(what_another_handle_changes_during_a_rotation_stays) {
    fresh_file const file;
    {
        auto const before = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
        for (std::uint8_t n = 0; n != 4; ++n)
            store(before, with_secrets(n));
    }
    auto const keys = with_keys(key("new", 'b'), {key("old", 'a')});
    auto rotating = sqlite_storage::open(file.path(), keys).value();
    // Another process, which has not got the new key yet.
    auto const other = sqlite_storage::open(file.path(), with_keys(key("old", 'a'))).value();
    auto changed = with_secrets(1);
    changed.headers[0] = webhook_header("Authorization", secret("another one"));
    changed.active = false;
    int loads = 0;
    auto const done = detail::rotate_secrets(
        [&](std::uint64_t after) {
            auto found = rotating.load(after);
            if (++loads == 1) {
                store(other, changed);
                test::store_text(other, webhook_key(with_secrets(2).id), std::nullopt);
            }
            return found;
        },
        [&](registry_commit const& c) { return rotating.commit(c); }, keys.keys,
        [] { return system_random()(); });
    BOOST_TEST(done.value() == 6U);
    BOOST_TEST(sealed_with(rotating, "new") == 6U);
    BOOST_TEST(sealed_with(rotating, "old") == 0U);
    auto const all = stored_webhooks(rotating);
    BOOST_REQUIRE_EQUAL(all.size(), 3U);
    BOOST_TEST(all[1].headers.at(0).secret_value().reveal() == "another one");
    BOOST_TEST(!all[1].active);
    BOOST_TEST(!stored_record(rotating, webhook_key(changed.id))->active);
}

BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_read_keeps_no_other_one_from_the_new_key) {
    fresh_file const file;
    {
        auto const before =
            sqlite_storage::open(file.path(), with_keys(key("old", 'a'), {key("lost", 'c')})).value();
        for (std::uint8_t n = 0; n != 5; ++n)
            store(before, with_secrets(n));
        tamper(before, with_secrets(0), [](auto& s) { s.at(0).sealed.back() ^= 1; });
        tamper(before, with_secrets(2), [](auto& s) { s.at(0).key = "lost"; });
        test::store_text(before, webhook_key(with_secrets(3).id), "[");
    }
    auto both = sqlite_storage::open(file.path(), with_keys(key("new", 'b'), {key("old", 'a')})).value();
    auto const damaged = stored_record(both, webhook_key(with_secrets(0).id)).value();
    BOOST_TEST(!both.rotate_secrets().has_value());
    for (auto const n : {std::uint8_t{1}, std::uint8_t{4}}) {
        auto const r = stored_record(both, webhook_key(with_secrets(n).id)).value();
        for (auto const& s : sealed_in(r))
            BOOST_TEST(s.key == "new");
    }
    // What could not be read stays as it was.
    BOOST_TEST((stored_record(both, damaged).value() == damaged));
    BOOST_TEST(stored_record(both, webhook_key(with_secrets(3).id))->value == "[");
}

BOOST_AUTO_TEST_SUITE_END()
