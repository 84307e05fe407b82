// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/admin/service.hpp>
#include <posthorn/defaults.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../../../support/sqlite_file.hpp"
#include "../../../support/stored_records.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

// A file of the first version of the tables: three webhooks, one of which is inactive, and one that was
// deleted; two filters, a list filter, what a user has chosen, a failing period; seven sealed entries of the
// history; deliveries in several states.

using namespace posthorn;
using test::connect;
using test::fresh_file;
using test::run_sql;

namespace {

struct project {
    std::int64_t id;
    std::string code, status;
    double budget;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code, status, budget))
struct phase {
    std::int64_t id;
    std::string label;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id, label))

using objects = catalog<object<project, "project">, object<phase, "phase", scoped_by<project>>>;

struct no_transport {
    boost::asio::awaitable<exchange> send(request const&) { co_return exchange(errc::connect_refused); }
    void cancel() noexcept {}
};
struct policies : default_policies::with_storage<sqlite_storage>::with_transport<no_transport> {};

struct old_file {
    old_file() { std::filesystem::copy_file(POSTHORN_TEST_DATA "/schema_1.sqlite", file.path()); }

    [[nodiscard]] sqlite_storage open() const {
        return sqlite_storage::open(file.path(), test::quick_options()).value();
    }

    fresh_file file;
};

encryption_keys history_keys() {
    return static_keys::make(encryption_key("history", secret(std::string(32, 'h')))).value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_record_migration)

BOOST_AUTO_TEST_CASE(webhooks_and_their_secrets_come_along) {
    old_file const old;
    auto const storage = old.open();
    boost::asio::io_context io;
    dispatcher<objects, policies> hooks(io, storage);
    auto const all = hooks.webhooks();
    BOOST_TEST_REQUIRE(all.size() == 3U);
    BOOST_TEST(hooks.damaged().empty());
    auto const& archive = all[0];
    BOOST_TEST(archive.wording == "Archive");
    BOOST_TEST(archive.revision == 2U);
    BOOST_TEST(archive.description == "line one\nline \xc3\xa9");
    BOOST_TEST(archive.headers.at(0).secret_value().reveal() == "Bearer hush");
    BOOST_TEST(archive.signing.at(0).key().reveal() == "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    BOOST_TEST((archive.pace.rate == 100U && archive.pace.period == std::chrono::minutes(1)));
    BOOST_TEST_REQUIRE(archive.filter.has_value());
    BOOST_TEST(all[1].wording == "Ledger");
    BOOST_TEST((all[1].method == verb::put && all[1].body.is_standard()));
    BOOST_TEST(all[2].wording == "Paused");
    BOOST_TEST(!all[2].active);
    // And can be changed: the filter is in use, the revision counts.
    BOOST_TEST((hooks.remove_filter(*archive.filter).error() == errc::filter_in_use));
    auto changed = archive;
    changed.description = "new";
    BOOST_TEST(hooks.save(changed).has_value());
    BOOST_TEST(hooks.webhooks().at(0).revision == 3U);
    BOOST_TEST(!hooks.save(archive).has_value());
}

BOOST_AUTO_TEST_CASE(filters_choices_and_the_history_with_its_seals_come_along) {
    old_file const old;
    auto const storage = old.open();
    boost::asio::io_context io;
    dispatcher<objects, policies> hooks(io, storage);
    admin::service<objects, policies> desk(hooks, history_keys());
    admin::acting_user const ann{"ann", admin::rights::all()};
    BOOST_TEST(hooks.filters().size() == 2U);
    BOOST_TEST(hooks.filters().at(0).name == "Open");
    BOOST_TEST(desk.list_filters(ann).value().at(0).name == "With arch");
    BOOST_TEST(desk.active(ann).value().value().contains == "arch");
    BOOST_TEST(desk.webhooks(ann).value().matching == 1U);
    BOOST_TEST(desk.default_list_filter(ann).value().has_value());
    BOOST_TEST((desk.new_webhook(ann).value().filter == hooks.filters().at(0).id));
    auto const verdict = desk.verify_history().value();
    BOOST_TEST(to_string(verdict.finding) == "intact");
    BOOST_TEST(verdict.sealed == 7U);
    auto const past = hooks.history(hooks.webhooks().at(0).id).value();
    BOOST_TEST_REQUIRE(past.size() == 2U);
    BOOST_TEST(past[0].user == "bob");
    BOOST_TEST(past[0].changes.at(0).to == "line one\nline \xc3\xa9");
    BOOST_TEST((past[1].what == history_action::created));
}

BOOST_AUTO_TEST_CASE(deliveries_come_along) {
    old_file const old;
    auto const counts = old.open().counts().value();
    BOOST_TEST(counts.pending == 2U);
    BOOST_TEST(counts.delivered == 7U);
    BOOST_TEST(counts.failed == 1U);
}

// A byte that the first version stored, and could not read again, makes one webhook damaged; the others, and
// the seals, are as they were.
BOOST_AUTO_TEST_CASE(what_is_damaged_comes_along_as_it_is) {
    old_file const old;
    {
        auto const host = connect(old.file.path());
        run_sql(host.get(), "UPDATE posthorn_webhook SET record = CAST(replace(CAST(record AS BLOB), "
                            "CAST('line one' AS BLOB), x'e96c696e65') AS TEXT) WHERE sequence = 1");
        run_sql(host.get(), "UPDATE posthorn_webhook SET record = '{' WHERE sequence = 3");
        run_sql(host.get(), "UPDATE posthorn_filter SET record = 'x' WHERE sequence = 2");
        run_sql(host.get(), "UPDATE posthorn_history SET changes = '' WHERE number = 3");
    }
    auto const storage = old.open();
    boost::asio::io_context io;
    dispatcher<objects, policies> hooks(io, storage);
    BOOST_TEST(hooks.webhooks().size() == 1U);
    auto const damaged = hooks.damaged();
    BOOST_TEST_REQUIRE(damaged.size() == 3U);
    BOOST_TEST(damaged[0].revision == 2U);
    for (auto const& d : damaged)
        BOOST_TEST(hooks.remove(d, "ann").has_value());
    BOOST_TEST(hooks.damaged().empty());
    admin::service<objects, policies> desk(hooks, history_keys());
    auto const verdict = desk.verify_history().value();
    BOOST_TEST(to_string(verdict.finding) == "changed");
    BOOST_TEST(verdict.number == 3U);
    auto const past = hooks.history(hooks.webhooks().at(0).id).value();
    BOOST_TEST(past.at(0).damaged);
}

// Ids of another size, one id twice after damage, and settings whose keys read alike: nothing keeps the rest
// from being moved, and nothing is lost.
BOOST_AUTO_TEST_CASE(what_has_a_damaged_key_comes_along_under_another_one) {
    old_file const old;
    {
        auto const host = connect(old.file.path());
        run_sql(host.get(), "UPDATE posthorn_webhook SET id = x'0102' WHERE sequence = 1");
        run_sql(host.get(), "UPDATE posthorn_webhook SET id = 'text' WHERE sequence = 2");
        run_sql(host.get(), "UPDATE posthorn_filter SET id = x'' WHERE sequence = 2");
        run_sql(host.get(), "UPDATE posthorn_history SET webhook = x'07' WHERE number = 2");
        run_sql(host.get(), "INSERT INTO posthorn_setting VALUES ('a', 'b:c', '1'), ('a:b', 'c', '2')");
        run_sql(host.get(), "UPDATE posthorn_webhook SET record = replace(record, '\"revision\":2', "
                            "'\"revision\":9223372036854775807') WHERE sequence = 3");
    }
    auto const storage = old.open();
    boost::asio::io_context io;
    dispatcher<objects, policies> hooks(io, storage);
    BOOST_TEST(hooks.webhooks().size() == 1U);
    BOOST_TEST(hooks.webhooks().at(0).revision == 1U);
    auto const damaged = hooks.damaged();
    BOOST_TEST_REQUIRE(damaged.size() == 3U);
    BOOST_TEST(damaged[0].which.key == "damaged id 0102");
    for (auto const& d : damaged)
        BOOST_TEST(hooks.remove(d, "ann").has_value());
    BOOST_TEST(hooks.damaged().empty());
    std::size_t settings = 0;
    for (auto const& r : storage.load(0).value().records)
        settings += r.kind == record_kind::setting && r.key.starts_with("a:b:c");
    BOOST_TEST(settings == 2U);
}

BOOST_AUTO_TEST_CASE(a_file_is_moved_once_and_by_one_process) {
    old_file const old;
    auto const first = old.open();
    auto const second = old.open();
    auto const generation = first.generation().value();
    BOOST_TEST(generation > 0U);
    BOOST_TEST(second.generation().value() == generation);
    BOOST_TEST(first.load(0).value().records.size() == second.load(0).value().records.size());
    auto const host = connect(old.file.path());
    BOOST_TEST(run_sql(host.get(), "SELECT version FROM posthorn_schema") == 2);
    BOOST_TEST(run_sql(host.get(), "SELECT count(*) FROM sqlite_master WHERE name IN ('posthorn_webhook', "
                                   "'posthorn_secret', 'posthorn_filter', 'posthorn_setting', "
                                   "'posthorn_history_1')") == 0);
}

// Broken off at any statement, the file is as it was.
BOOST_AUTO_TEST_CASE(a_step_that_fails_leaves_the_old_tables) {
    old_file const old;
    {
        auto const host = connect(old.file.path());
        run_sql(host.get(), "CREATE TABLE posthorn_record (x)");
    }
    BOOST_TEST(!sqlite_storage::open(old.file.path(), test::quick_options()).has_value());
    auto const host = connect(old.file.path());
    BOOST_TEST(run_sql(host.get(), "SELECT version FROM posthorn_schema") == 1);
    BOOST_TEST(run_sql(host.get(), "SELECT count(*) FROM posthorn_webhook") == 3);
    run_sql(host.get(), "DROP TABLE posthorn_record");
    BOOST_TEST(sqlite_storage::open(old.file.path(), test::quick_options()).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
