// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/detail/registry/records.hpp>
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

// The entry of a webhook, and what is stored of it.
history_record entry(int n) {
    history_entry e;
    e.time = wall_time(std::chrono::seconds(1'800'000'000 + n));
    e.user = "ann";
    e.what = n < 3 ? history_action::created : history_action::changed;
    e.changes.emplace_back("wording", "", "wording " + std::to_string(n));
    uuid of{};
    of.data[0] = static_cast<std::uint8_t>(n % 3);
    return {{record_kind::webhook, to_text(of)}, posthorn::detail::record_of(e)};
}

result<std::uint64_t> append(sqlite_storage& to, int n) {
    registry_commit c;
    c.entries.push_back(entry(n));
    return to.commit(c);
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

    void change(int n) { BOOST_REQUIRE(append(storage, n).has_value()); }

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
        BOOST_REQUIRE(append(first, 1).has_value());
        last = seal_new(first, seal_keys()).value().last;
    }
    auto second = sqlite_storage::open(file.path(), quick_options()).value();
    auto const v = verify_all(second, seal_keys(), last).value();
    BOOST_TEST(v.is_intact());
    BOOST_TEST(v.sealed == 1U);
}

BOOST_AUTO_TEST_CASE(a_change_of_an_entry_is_found) {
    using enum history_finding;
    auto const edit = [](char const* from, char const* to, int number) {
        require_found("UPDATE posthorn_history SET value = replace(value, '" + std::string(from) + "', '" +
                          to + "') WHERE number = " + std::to_string(number),
                      changed, static_cast<std::uint64_t>(number));
    };
    edit("\"ann\"", "\"eve\"", 5);
    edit("\"ann\"", "\"ann\\u0000\"", 5);
    edit("\"time\":1", "\"time\":2", 1);
    edit("\"time\":1", "\"time\":\"now\",\"then\":1", 1);
    edit("\"changed\"", "\"deleted\"", 12);
    edit("wording 6", "wording 5", 7);
    edit("\"field\":\"wording\"", "\"field\":\"url\"", 7);
    require_found(
        "UPDATE posthorn_history SET value = json_set(value, '$.changes', json('[]')) WHERE number = 7",
        changed, 7);
    require_found("UPDATE posthorn_history SET value = (SELECT value FROM posthorn_history WHERE number = 4) "
                  "WHERE number = 7",
                  changed, 7);
    require_found("UPDATE posthorn_history SET value = CAST(value || char(0) AS BLOB) WHERE number = 7",
                  changed, 7);
    require_found("UPDATE posthorn_history SET key = replace(key, '02000000', '01000000') WHERE number = 3",
                  changed, 3);
    require_found("UPDATE posthorn_history SET key = 'none' WHERE number = 3", changed, 3);
    // No history of this webhook would show it.
    require_found("UPDATE posthorn_history SET key = CAST(key AS BLOB) WHERE number = 3", changed, 3);
    for (char const* const kind : {"1", "3", "9", "-1", "0.5", "'nonsense'"})
        require_found(std::string("UPDATE posthorn_history SET kind = ") + kind + " WHERE number = 3",
                      changed, 3);
}

BOOST_AUTO_TEST_CASE(an_entry_that_cannot_be_read_is_found) {
    for (auto const* const damage :
         {"json_set(value, '$.action', 'eaten')", "'nonsense'", "''", "'[]'", "json_remove(value, '$.user')"})
        for (int const number : {1, 5, 6, 12})
            require_found(std::string("UPDATE posthorn_history SET value = ") + damage +
                              " WHERE number = " + std::to_string(number),
                          history_finding::changed, static_cast<std::uint64_t>(number));
}

BOOST_AUTO_TEST_CASE(a_removal_is_found) {
    using enum history_finding;
    require_found("DELETE FROM posthorn_history WHERE number = 1", removed, 1);
    require_found("DELETE FROM posthorn_history WHERE number = 6", removed, 6);
    require_found("DELETE FROM posthorn_history WHERE number BETWEEN 4 AND 6", removed, 6);
}

BOOST_AUTO_TEST_CASE(a_new_number_is_found) {
    using enum history_finding;
    // With its seal, it is gone from where it was.
    require_found("UPDATE posthorn_history SET number = 100 WHERE number = 4", removed, 4);
    // SQLite gives no reader what stands below the first number.
    require_found("UPDATE posthorn_history SET number = 0 WHERE number = 4", removed, 4);
    std::string const swap = "UPDATE posthorn_history SET number = -number WHERE number IN (4, 5); "
                             "UPDATE posthorn_history SET number = 9 + number WHERE number < 0";
    // A seal says which place it was made for.
    require_found(swap, forged_seal, 4);
    // The same with the seals left where they were.
    require_found("CREATE TABLE seals AS SELECT number, seal FROM posthorn_history; " + swap +
                      "; UPDATE posthorn_history SET seal = (SELECT s.seal FROM seals AS s WHERE s.number = "
                      "posthorn_history.number)",
                  reordered, 4);
}

BOOST_AUTO_TEST_CASE(an_entry_that_was_added_is_found) {
    sealed_file f;
    f.sql("DELETE FROM posthorn_history WHERE number IN (11, 12)");
    f.change(20);
    f.sql("UPDATE posthorn_history SET number = 20 WHERE number = 11");
    (void)seal_new(f.storage, seal_keys()).value();
    f.require_intact(11, 0);
    f.sql("INSERT INTO posthorn_history (number, kind, key, value) SELECT 15, kind, key, value "
          "FROM posthorn_history WHERE number = 2");
    f.require(history_finding::added, 15);
}

BOOST_AUTO_TEST_CASE(an_entry_below_all_numbers_is_shown_to_nobody) {
    sealed_file f;
    f.sql("INSERT INTO posthorn_history (number, kind, key, value) SELECT -3, kind, key, "
          "replace(value, '\"ann\"', '\"eve\"') FROM posthorn_history WHERE number = 1");
    f.require_intact(12, 0);
    for (bool const oldest_first : {false, true})
        for (bool const of_one : {false, true}) {
            history_query q;
            q.oldest_first = oldest_first;
            if (of_one)
                q.of = entry(0);
            auto const shown = f.storage.history(q).value();
            BOOST_TEST(shown.size() == (of_one ? 4U : 12U));
            for (auto const& e : shown)
                BOOST_TEST(posthorn::detail::entry_of(e).user == "ann");
        }
}

BOOST_AUTO_TEST_CASE(tampering_with_seals_is_found) {
    using enum history_finding;
    std::string const of_six = " WHERE number = 6";
    require_found("UPDATE posthorn_history SET seal = NULL" + of_six, forged_seal, 6);
    require_found("UPDATE posthorn_history SET seal = ''" + of_six, forged_seal, 6);
    require_found("UPDATE posthorn_history SET seal = 'nonsense'" + of_six, forged_seal, 6);
    require_found("UPDATE posthorn_history SET seal = replace(seal, 'seals', 'seal')" + of_six, unknown_key,
                  6);
    require_found("UPDATE posthorn_history SET seal = (SELECT seal FROM posthorn_history WHERE number = 7)" +
                      of_six,
                  forged_seal, 6);
}

BOOST_AUTO_TEST_CASE(an_end_that_is_cut_off_is_found_by_a_kept_checkpoint_only) {
    sealed_file f;
    f.sql("DELETE FROM posthorn_history WHERE number > 8");
    f.require_intact(8, 0);
    f.require(history_finding::truncated, 12, f.kept);
    // SQLite gives the same numbers again.
    for (int n = 20; n != 30; ++n)
        f.change(n);
    (void)seal_new(f.storage, seal_keys()).value();
    f.require_intact(18, 0);
    f.require(history_finding::truncated, 12, f.kept);

    sealed_file empty;
    empty.sql("DELETE FROM posthorn_history");
    empty.require_intact(0, 0);
    empty.require(history_finding::truncated, 12, empty.kept);
}

// What was done to the end together with its seals.
BOOST_AUTO_TEST_CASE(an_end_that_was_written_again_is_found_by_a_kept_checkpoint_only) {
    sealed_file f;
    f.sql("UPDATE posthorn_history SET seal = NULL, value = replace(value, '\"ann\"', '\"eve\"') "
          "WHERE number > 8");
    f.require_intact(8, 4);
    (void)seal_new(f.storage, seal_keys()).value();
    f.require_intact(12, 0);
    f.require(history_finding::truncated, 12, f.kept);
}

BOOST_AUTO_TEST_CASE(a_chain_that_somebody_computed_without_the_key_is_found) {
    sealed_file f;
    f.sql("UPDATE posthorn_history SET value = replace(value, '\"ann\"', '\"eve\"') WHERE number = 5");
    f.sql("UPDATE posthorn_history SET seal = NULL");
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
            (void)append(f.storage, n);
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
