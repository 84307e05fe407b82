// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../support/sqlite_file.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

namespace {

using namespace posthorn;
using admin::history_checkpoint;
using admin::history_finding;
using admin::seal_new;
using admin::verify_all;
using test::connect;
using test::fresh_file;
using test::quick_options;
using test::run_sql;

encryption_keys seal_keys() {
    return static_keys::make(encryption_key("seals", secret(std::string(32, 's')))).value();
}

webhook hook(int n) {
    webhook w;
    w.id.data[0] = static_cast<std::uint8_t>(n);
    w.wording = "webhook " + std::to_string(n);
    return w;
}

history_entry entry(webhook const& w, int n) {
    history_entry e;
    e.webhook = w.id;
    e.time = wall_time(std::chrono::seconds(1'800'000'000 + n));
    e.user = "ann";
    e.what = n < 3 ? history_action::created : history_action::changed;
    e.changes.emplace_back("wording", "", "wording " + std::to_string(n));
    return e;
}

// Twelve entries of three webhooks in a file, sealed, and somebody else's connection to it.
struct sealed_file {
    sealed_file()
        : storage(sqlite_storage::open(file.path(), quick_options()).value()),
          intruder(connect(file.path())) {
        for (int n = 0; n != 12; ++n)
            change(n);
        kept = seal_new(storage, seal_keys(), 5).value().last;
    }

    void change(int n) {
        auto const w = hook(n % 3);
        BOOST_REQUIRE(storage.put(w, entry(w, n)).has_value());
    }

    void sql(std::string const& text) { run_sql(intruder.get(), text); }

    void require(history_finding finding, std::uint64_t number,
                 std::optional<history_checkpoint> const& checkpoint = {}) {
        auto const v = verify_all(storage, seal_keys(), checkpoint, 5).value();
        BOOST_TEST(to_string(v.finding) == to_string(finding));
        BOOST_TEST(v.number == number);
    }

    void require_intact(std::size_t sealed, std::size_t unsealed,
                        std::optional<history_checkpoint> const& checkpoint = {}) {
        auto const v = verify_all(storage, seal_keys(), checkpoint, 5).value();
        BOOST_TEST(to_string(v.finding) == "intact");
        BOOST_TEST(v.sealed == sealed);
        BOOST_TEST(v.unsealed == unsealed);
    }

    fresh_file file;
    sqlite_storage storage;
    test::sqlite_connection intruder;
    history_checkpoint kept;
};

// What one statement does to a sealed file is found.
void require_found(std::string const& sql, history_finding finding, std::uint64_t number) {
    BOOST_TEST_CONTEXT(sql) {
        sealed_file f;
        f.sql(sql);
        f.require(finding, number);
        f.require(finding, number, f.kept);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_history_seal)

BOOST_AUTO_TEST_CASE(a_history_that_nobody_touched_is_intact) {
    sealed_file f;
    BOOST_TEST(f.kept.number == 12U);
    f.require_intact(12, 0);
    f.require_intact(12, 0, f.kept);
    f.change(12);
    f.require_intact(12, 1, f.kept);
    BOOST_TEST(seal_new(f.storage, seal_keys()).value().sealed == 1U);
    BOOST_TEST(seal_new(f.storage, seal_keys()).value().sealed == 0U);
    f.require_intact(13, 0, f.kept);
}

BOOST_AUTO_TEST_CASE(seals_outlive_the_process) {
    fresh_file file;
    history_checkpoint last;
    {
        auto first = sqlite_storage::open(file.path(), quick_options()).value();
        BOOST_REQUIRE(first.put(hook(1), entry(hook(1), 1)).has_value());
        last = seal_new(first, seal_keys()).value().last;
    }
    auto second = sqlite_storage::open(file.path(), quick_options()).value();
    auto const v = verify_all(second, seal_keys(), last).value();
    BOOST_TEST(v.is_intact());
    BOOST_TEST(v.sealed == 1U);
}

BOOST_AUTO_TEST_CASE(a_change_of_an_entry_is_found) {
    using enum history_finding;
    require_found("UPDATE posthorn_history SET user = 'eve' WHERE number = 5", changed, 5);
    require_found("UPDATE posthorn_history SET user = 'ann' || char(0) WHERE number = 5", changed, 5);
    require_found("UPDATE posthorn_history SET time = time + 1 WHERE number = 1", changed, 1);
    require_found("UPDATE posthorn_history SET time = 'now' WHERE number = 1", changed, 1);
    require_found("UPDATE posthorn_history SET action = 2 WHERE number = 12", changed, 12);
    require_found("UPDATE posthorn_history SET webhook = x'00' WHERE number = 3", changed, 3);
    require_found("UPDATE posthorn_history SET changes = replace(changes, 'wording 6', 'wording 5') "
                  "WHERE number = 7",
                  changed, 7);
    require_found("UPDATE posthorn_history SET changes = '[]' WHERE number = 7", changed, 7);
}

BOOST_AUTO_TEST_CASE(an_entry_that_cannot_be_read_is_found) {
    for (auto const* const damage : {"action = 9", "changes = 'nonsense'"})
        for (int const number : {1, 5, 6, 12})
            require_found(std::string("UPDATE posthorn_history SET ") + damage +
                              " WHERE number = " + std::to_string(number),
                          history_finding::changed, static_cast<std::uint64_t>(number));
}

BOOST_AUTO_TEST_CASE(a_removal_is_found) {
    using enum history_finding;
    require_found("DELETE FROM posthorn_history WHERE number = 1", removed, 1);
    require_found("DELETE FROM posthorn_history WHERE number = 6", removed, 6);
    require_found("DELETE FROM posthorn_history WHERE number = 6; "
                  "DELETE FROM posthorn_setting WHERE kind = 'history_seal' AND key LIKE '%006'",
                  removed, 6);
    require_found("DELETE FROM posthorn_history WHERE number >= 8", truncated, 8);
    require_found("DELETE FROM posthorn_history", truncated, 1);
}

BOOST_AUTO_TEST_CASE(a_new_number_is_found) {
    using enum history_finding;
    require_found("UPDATE posthorn_history SET number = 0 WHERE number = 4", removed, 4);
    require_found("UPDATE posthorn_history SET number = 100 WHERE number = 4", removed, 4);
    require_found("UPDATE posthorn_history SET number = -number WHERE number IN (4, 5); "
                  "UPDATE posthorn_history SET number = 9 + number WHERE number < 0",
                  reordered, 4);
}

BOOST_AUTO_TEST_CASE(an_entry_that_was_added_is_found) {
    sealed_file f;
    f.sql("DELETE FROM posthorn_history WHERE number IN (11, 12)");
    f.sql("DELETE FROM posthorn_setting WHERE kind = 'history_seal' AND key > printf('%020d', 10)");
    f.change(20);
    f.sql("UPDATE posthorn_history SET number = 20 WHERE number = 11");
    (void)seal_new(f.storage, seal_keys()).value();
    f.require_intact(11, 0);
    f.sql("INSERT INTO posthorn_history SELECT 15, webhook, time, user, action, changes "
          "FROM posthorn_history WHERE number = 2");
    f.require(history_finding::added, 15);
}

BOOST_AUTO_TEST_CASE(an_entry_below_all_numbers_is_shown_to_nobody) {
    sealed_file f;
    f.sql("INSERT INTO posthorn_history SELECT -3, webhook, time, 'eve', action, changes "
          "FROM posthorn_history WHERE number = 1");
    f.require_intact(12, 0);
    for (auto const& e : f.storage.history(hook(0).id, 0, 100).value())
        BOOST_TEST(e.user == "ann");
}

BOOST_AUTO_TEST_CASE(tampering_with_seals_is_found) {
    using enum history_finding;
    std::string const of_six = " WHERE kind = 'history_seal' AND key LIKE '%006'";
    require_found("DELETE FROM posthorn_setting" + of_six, forged_seal, 6);
    require_found("UPDATE posthorn_setting SET value = ''" + of_six, forged_seal, 6);
    require_found("UPDATE posthorn_setting SET value = replace(value, 'seals', 'seal')" + of_six, unknown_key,
                  6);
    require_found("UPDATE posthorn_setting SET value = (SELECT value FROM posthorn_setting "
                  "WHERE kind = 'history_seal' AND key LIKE '%007')" +
                      of_six,
                  forged_seal, 6);
}

BOOST_AUTO_TEST_CASE(an_end_that_is_cut_off_with_its_seals_is_found_by_a_kept_checkpoint_only) {
    sealed_file f;
    f.sql("DELETE FROM posthorn_history WHERE number > 8");
    f.sql("DELETE FROM posthorn_setting WHERE kind = 'history_seal' AND key > printf('%020d', 8)");
    f.require_intact(8, 0);
    f.require(history_finding::truncated, 12, f.kept);
    // SQLite gives the same numbers again.
    for (int n = 20; n != 30; ++n)
        f.change(n);
    (void)seal_new(f.storage, seal_keys()).value();
    f.require_intact(18, 0);
    f.require(history_finding::truncated, 12, f.kept);
}

BOOST_AUTO_TEST_CASE(a_chain_that_somebody_computed_without_the_key_is_found) {
    sealed_file f;
    f.sql("UPDATE posthorn_history SET user = 'eve' WHERE number = 5");
    f.sql("DELETE FROM posthorn_setting WHERE kind = 'history_seal'");
    encryption_keys const own =
        static_keys::make(encryption_key("seals", secret(std::string(32, 'x')))).value();
    (void)seal_new(f.storage, own).value();
    f.require(history_finding::forged_seal, 1);
}

BOOST_AUTO_TEST_CASE(a_history_that_grows_and_is_sealed_meanwhile_is_intact) {
    sealed_file f;
    std::atomic<bool> ended{false};
    std::thread writer([&] {
        for (int n = 0; n != 200; ++n) {
            auto const w = hook(n % 3);
            (void)f.storage.put(w, entry(w, n));
            (void)seal_new(f.storage, seal_keys(), 7);
        }
        ended = true;
    });
    while (!ended) {
        auto const v = verify_all(f.storage, seal_keys(), f.kept, 7).value();
        BOOST_TEST(to_string(v.finding) == "intact");
        // Two seal at once.
        BOOST_TEST(seal_new(f.storage, seal_keys(), 7).has_value());
    }
    writer.join();
    f.require_intact(212, 0, f.kept);
}

BOOST_AUTO_TEST_SUITE_END()
