// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/defaults.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../support/loopback_server.hpp"
#include "../support/sqlite_file.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::delivery_state;
using posthorn::errc;
using posthorn::sqlite_storage;
using posthorn::sqlite_transaction;
using posthorn::transaction_report;
using posthorn::test::connect;
using posthorn::test::fresh_file;
using posthorn::test::loopback_server;
using posthorn::test::plain_200;
using posthorn::test::quick_options;
using posthorn::test::run_sql;
using posthorn::test::sqlite_connection;
using peer = loopback_server::peer;

struct order {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

struct policies
    : posthorn::default_policies::with_storage<sqlite_storage>::with_guard<posthorn::allow_list>::
          with_semantics<posthorn::in_transaction, posthorn::after_commit, posthorn::fire_and_forget> {};

using dispatcher = posthorn::dispatcher<objects, policies>;

// A host with its own table in the file that the deliveries are in.
struct host {
    explicit host(fresh_file const& file, loopback_server const& server,
                  posthorn::sqlite_options const& kept = quick_options())
        : connection(connect(file.path())),
          storage(sqlite_storage::open(file.path(), kept).value()),
          port(server.port()) {
        run_sql(connection.get(), "PRAGMA synchronous = NORMAL");
        run_sql(connection.get(), "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)");
        posthorn::options options;
        options.in_flight_at_start = options.in_flight_per_webhook;
        hooks.emplace(io, storage, posthorn::allow_list().allow_loopback(port), options);
    }

    void save(char const* path, std::function<void(posthorn::webhook&)> const& change = [](auto&) {}) {
        posthorn::webhook w;
        w.wording = path;
        w.url = "http://127.0.0.1:" + std::to_string(port) + "/" + path + "/{{order.id}}";
        w.method = posthorn::verb::post;
        w.body = posthorn::webhook_body("{{order.id}}");
        w.object = "order";
        change(w);
        auto const saved = hooks->save(w);
        BOOST_REQUIRE_MESSAGE(saved.has_value(), saved.error().text());
    }

    // Inserts an order, and says so.
    [[nodiscard]] auto begin(int id) {
        auto tx = hooks->begin(sqlite_transaction(connection.get()));
        run_sql(connection.get(), "INSERT INTO orders VALUES (" + std::to_string(id) + ")");
        order const o{id};
        tx.created(o);
        return tx;
    }

    [[nodiscard]] transaction_report insert(int id) { return begin(id).commit(); }

    [[nodiscard]] std::int64_t orders() { return run_sql(connection.get(), "SELECT count(*) FROM orders"); }
    [[nodiscard]] std::int64_t deliveries(char const* where = "1") {
        return run_sql(connection.get(),
                       std::string("SELECT count(*) FROM posthorn_delivery WHERE ") + where);
    }

    // Runs until everything that is due is settled.
    void drain() {
        io.restart();
        hooks->async_run(boost::asio::detached);
        std::optional<posthorn::error_code> ended;
        hooks->async_drain(30s, [&](posthorn::error_code ec) { ended = ec; });
        io.run();
        BOOST_REQUIRE(ended.has_value());
        BOOST_TEST(!*ended);
    }

    boost::asio::io_context io;
    sqlite_connection connection;
    sqlite_storage storage;
    std::uint16_t port;
    std::optional<dispatcher> hooks;
};

void always_ok(peer& p) {
    while (!p.request().empty())
        p.send(plain_200);
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_sqlite)

BOOST_AUTO_TEST_CASE(what_is_committed_is_delivered_and_what_is_not_never_was) {
    fresh_file const file;
    loopback_server server(always_ok);
    host h(file, server);
    h.save("tell");
    for (int id = 1; id <= 6; ++id) {
        auto tx = h.begin(id);
        if (id % 2 == 0)
            BOOST_TEST(tx.commit().committed());
    }
    BOOST_TEST(h.orders() == 3);
    BOOST_TEST(h.deliveries() == 3);
    h.drain();
    server.stop();
    BOOST_TEST(server.requests().size() == 3U);
    BOOST_TEST(h.deliveries("state = 2") == 3);
    BOOST_TEST(run_sql(h.connection.get(),
                       "SELECT count(*) FROM posthorn_attempt WHERE status = 200 AND number = 1") == 3);
}

BOOST_AUTO_TEST_CASE(what_one_process_accepted_the_next_one_delivers) {
    fresh_file const file;
    loopback_server server(always_ok);
    {
        host accepting(file, server);
        accepting.save("tell");
        for (int id = 1; id <= 20; ++id)
            BOOST_TEST(accepting.insert(id).committed());
        BOOST_TEST(accepting.deliveries("state = 0 AND lease = 0") == 20);
    }
    host delivering(file, server);
    delivering.drain();
    server.stop();
    std::set<std::string> told;
    for (auto const& r : server.requests())
        told.insert(r.substr(0, r.find(" HTTP")));
    BOOST_TEST(told.size() == 20U);
    BOOST_TEST(delivering.deliveries("state = 2") == 20);
}

BOOST_AUTO_TEST_CASE(a_veto_leaves_neither_the_change_nor_a_delivery) {
    fresh_file const file;
    loopback_server server([](peer& p) {
        while (true) {
            auto const request = p.request();
            if (request.empty())
                return;
            p.send(request.starts_with("POST /ask/2 ") ? "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n"
                                                       : plain_200);
        }
    });
    host h(file, server);
    h.save("ask", [](auto& w) { w.mode = posthorn::call_mode::in_transaction; });
    h.save("tell");
    BOOST_TEST(h.insert(1).committed());
    auto const vetoed = h.insert(2);
    BOOST_TEST(!vetoed.committed());
    BOOST_REQUIRE(vetoed.error().call() != nullptr);
    BOOST_TEST(vetoed.error().call()->status() == 409);
    BOOST_TEST(h.insert(3).committed());
    BOOST_TEST(h.orders() == 2);
    BOOST_TEST(h.deliveries() == 2);
    h.drain();
    BOOST_TEST(h.deliveries("state = 2") == 2);
}

// The host's savepoint takes the change back, and what would have been told about it.
BOOST_AUTO_TEST_CASE(a_savepoint_is_one_of_the_database_too) {
    fresh_file const file;
    loopback_server server(always_ok);
    host h(file, server);
    h.save("tell");
    auto tx = h.begin(1);
    auto const before = tx.savepoint();
    run_sql(h.connection.get(), "INSERT INTO orders VALUES (2)");
    order const second{2};
    tx.created(second);
    before.rollback();
    run_sql(h.connection.get(), "INSERT INTO orders VALUES (3)");
    order const third{3};
    tx.created(third);
    BOOST_TEST(tx.commit().committed());
    BOOST_TEST(h.orders() == 2);
    BOOST_TEST(run_sql(h.connection.get(), "SELECT count(*) FROM orders WHERE id = 2") == 0);
    BOOST_TEST(h.deliveries() == 2);
}

// Everything on one thread: the in-transaction call holds the write lock while the background is answered.
BOOST_AUTO_TEST_CASE(a_transaction_that_holds_the_write_lock_delays_only_settlements) {
    constexpr int busy = 8;
    fresh_file const file;
    std::atomic<int> asked{0};
    std::atomic<int> told{0};
    std::atomic<bool> locked{false};
    loopback_server server([&](peer& p) {
        while (true) {
            auto const request = p.request();
            if (request.empty())
                return;
            bool const synchronous = request.starts_with("POST /ask/");
            asked += !synchronous;
            // The background is answered under the lock, and the call that holds it after the background.
            while (synchronous ? told < busy : !locked)
                std::this_thread::yield();
            p.send(plain_200);
            told += !synchronous;
        }
    });
    host h(file, server);
    h.save("tell");
    h.hooks->async_run(boost::asio::detached);
    for (int id = 1; id <= busy; ++id)
        BOOST_TEST(h.insert(id).committed());
    while (asked < busy)
        h.io.run_one();
    h.save("ask", [](auto& w) { w.mode = posthorn::call_mode::in_transaction; });

    auto tx = h.begin(100);
    locked = true;
    std::optional<transaction_report> report;
    tx.async_commit([&](transaction_report r) { report = std::move(r); });
    while (!report)
        h.io.run_one();
    BOOST_TEST(report->committed());
    std::optional<posthorn::error_code> ended;
    h.hooks->async_drain(30s, [&](posthorn::error_code ec) { ended = ec; });
    while (!ended)
        h.io.run_one();
    BOOST_TEST(!*ended);
    BOOST_TEST(h.orders() == busy + 1);
    BOOST_TEST(h.deliveries("state = 2") == busy + 1);
}

BOOST_AUTO_TEST_CASE(what_the_storage_cannot_promise_is_refused) {
    fresh_file const file;
    BOOST_TEST((sqlite_storage::open("").error() == errc::storage_needs_file));
    BOOST_TEST((sqlite_storage::open(":memory:").error() == errc::storage_needs_file));
    BOOST_TEST((sqlite_storage::open((file.directory() / "none" / "host.db").string()).error().category() ==
                posthorn::sqlite_category()));
    auto storage = sqlite_storage::open(file.path()).value();
    auto const connection = connect(file.path());
    std::vector<posthorn::outbox_row> none;
    BOOST_TEST((storage.enlist(*connection, none, posthorn::lease()).error() == errc::no_transaction));
    run_sql(connection.get(), "PRAGMA synchronous = NORMAL");
    run_sql(connection.get(), "BEGIN IMMEDIATE");
    BOOST_TEST((storage.enlist(*connection, none, posthorn::lease()).error() == errc::not_durable));
    run_sql(connection.get(), "ROLLBACK");
    run_sql(connection.get(), "PRAGMA synchronous = FULL");
    run_sql(connection.get(), "BEGIN IMMEDIATE");
    BOOST_TEST(storage.enlist(*connection, none, posthorn::lease()).has_value());
    run_sql(connection.get(), "ROLLBACK");
}

BOOST_AUTO_TEST_CASE(a_session_serves_many_transactions_and_lets_its_connection_close) {
    fresh_file const file;
    loopback_server const server([](peer&) {});
    host h(file, server);
    h.save("order");
    auto* const raw = h.connection.get();
    {
        posthorn::sqlite_session session(raw);
        BOOST_TEST(&session.connection() == raw);
        for (int id = 1; id <= 4; ++id) {
            auto tx = h.hooks->begin(sqlite_transaction(session));
            run_sql(raw, "INSERT INTO orders VALUES (" + std::to_string(id) + ")");
            order const o{id};
            tx.created(o);
            if (id == 2)
                continue;
            // The promise is looked at in every transaction.
            auto const report = tx.commit();
            BOOST_TEST(report.committed() == (id != 4));
            BOOST_TEST((id != 4 || report.error().code() == errc::not_durable));
            if (id == 3)
                run_sql(raw, "PRAGMA synchronous = OFF");
        }
    }
    BOOST_TEST(h.orders() == 2);
    BOOST_TEST(h.deliveries() == 2);
    BOOST_TEST(sqlite3_next_stmt(raw, nullptr) == nullptr);
    BOOST_TEST(sqlite3_close(h.connection.release()) == SQLITE_OK);
}

// What no commit writes cannot be written by hand either, since nobody could read, change or remove it.
BOOST_AUTO_TEST_CASE(a_record_that_nobody_could_read_is_refused_by_the_file) {
    fresh_file const file;
    auto storage = sqlite_storage::open(file.path(), quick_options()).value();
    posthorn::registry_commit c;
    c.changes.emplace_back(posthorn::record_key(posthorn::record_kind::setting, "some"), 0, "1");
    BOOST_TEST(storage.commit(c).has_value());
    auto const connection = connect(file.path());
    for (std::string const change :
         {"kind = -1", "kind = 256", "kind = 0.5", "kind = 'zz'", "key = x'05'", "key = ''", "revision = 0",
          "revision = 'abc'", "revision = 9223372036854775807", "changed = 0", "changed = -1",
          "changed = 9223372036854775807", "created = 0", "created = changed + 1", "active = 2",
          "active = 'zz'", "value = x'00ff00'"})
        BOOST_CHECK_THROW(run_sql(connection.get(), "UPDATE posthorn_record SET " + change),
                          std::runtime_error);
    for (std::string const value : {"-1", "'abc'", "1.5", "9223372036854775807"})
        BOOST_CHECK_THROW(run_sql(connection.get(), "UPDATE posthorn_registry SET generation = " + value),
                          std::runtime_error);
    BOOST_TEST(storage.load(0).value().records.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_file_of_a_newer_version_is_left_alone) {
    fresh_file const file;
    {
        auto const created = sqlite_storage::open(file.path(), quick_options()).value();
    }
    auto const connection = connect(file.path());
    run_sql(connection.get(), "UPDATE posthorn_schema SET version = 1000");
    BOOST_TEST((sqlite_storage::open(file.path(), quick_options()).error() == errc::schema_too_new));
    BOOST_TEST(run_sql(connection.get(), "SELECT version FROM posthorn_schema") == 1000);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_hosts_commit_is_passed_on_and_leaves_nothing) {
    fresh_file const file;
    loopback_server server(always_ok);
    host h(file, server);
    h.save("tell");
    run_sql(h.connection.get(), "PRAGMA foreign_keys = ON");
    run_sql(h.connection.get(), "CREATE TABLE lines (id INTEGER PRIMARY KEY, "
                                "of INTEGER REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED)");
    auto tx = h.begin(1);
    run_sql(h.connection.get(), "INSERT INTO lines VALUES (1, 77)");
    auto const report = tx.commit();
    BOOST_TEST(!report.committed());
    BOOST_TEST((report.error().code().category() == posthorn::sqlite_category()));
    BOOST_TEST(h.orders() == 0);
    BOOST_TEST(h.deliveries() == 0);
}

BOOST_AUTO_TEST_CASE(the_last_row_id_of_the_host_stays_the_hosts) {
    fresh_file const file;
    loopback_server server(always_ok);
    host h(file, server);
    h.save("tell");
    BOOST_TEST(h.insert(4711).committed());
    BOOST_TEST(sqlite3_last_insert_rowid(h.connection.get()) == 4711);
}

BOOST_AUTO_TEST_CASE(what_has_ended_is_forgotten_by_its_age) {
    fresh_file const file;
    loopback_server server(always_ok);
    host h(file, server);
    h.save("tell");
    for (int id = 1; id <= 300; ++id)
        BOOST_TEST(h.insert(id).committed());
    h.drain();
    BOOST_TEST(h.deliveries("state = 2") == 300);
    run_sql(h.connection.get(), "UPDATE posthorn_delivery SET state = 3 WHERE sequence <= 10");
    run_sql(h.connection.get(), "UPDATE posthorn_delivery SET ended = ended - 8 * 86400 * 1000000000");
    h.drain();
    // The newest one stays, so that its number is not given again.
    BOOST_TEST(h.deliveries("state = 2") == 1);
    BOOST_TEST(h.deliveries("state = 3") == 10);
    BOOST_TEST(run_sql(h.connection.get(), "SELECT count(*) FROM posthorn_request") == 11);
    BOOST_TEST(run_sql(h.connection.get(), "SELECT count(*) FROM posthorn_attempt") == 11);
    run_sql(h.connection.get(), "UPDATE posthorn_delivery SET ended = ended - 23 * 86400 * 1000000000");
    h.drain();
    BOOST_TEST(h.deliveries() == 1);
    BOOST_TEST(h.deliveries("sequence = 300") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_kept_for_ever_is_not_forgotten) {
    fresh_file const file;
    loopback_server server(always_ok);
    auto options = quick_options();
    options.keep_delivered = options.keep_failed = std::chrono::seconds::max();
    options.busy_timeout = std::chrono::milliseconds::max();
    host h(file, server, options);
    h.save("tell");
    for (int id = 1; id <= 3; ++id)
        BOOST_TEST(h.insert(id).committed());
    h.drain();
    run_sql(h.connection.get(), "UPDATE posthorn_delivery SET state = 3 WHERE sequence = 1");
    run_sql(h.connection.get(), "UPDATE posthorn_delivery SET ended = ended - 3650 * 86400 * 1000000000");
    h.drain();
    BOOST_TEST(h.deliveries("state = 2") == 2);
    BOOST_TEST(h.deliveries("state = 3") == 1);
}

// What waits for the storage goes with its context, and nobody posts to that one afterwards.
BOOST_AUTO_TEST_CASE(a_context_may_go_while_the_storage_works_for_it) {
    for (int turn = 0; turn != 20; ++turn) {
        fresh_file const file;
        loopback_server server(always_ok);
        auto const locked = connect(file.path());
        {
            host h(file, server);
            h.save("tell");
            BOOST_TEST(h.insert(1).committed());
            run_sql(locked.get(), "BEGIN IMMEDIATE");
            h.hooks->async_run(boost::asio::detached);
            for (int step = 0; step != turn; ++step)
                h.io.poll_one();
        }
        run_sql(locked.get(), "ROLLBACK");
        BOOST_TEST(run_sql(locked.get(), "SELECT count(*) FROM posthorn_delivery") == 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
