// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0
//
// The process that run.py kills: a host with a table of its own in the file that the deliveries are in.
//
//     posthorn_crash_host FILE PORT SEED FIRST work|drain
//
// `work` commits and delivers until it is killed; its orders are numbered from FIRST. `drain` delivers what
// is left, and ends with 0 when nothing is. Before and after each transaction a line says what is meant and
// what came of it:
//
//     ready            the storage is open, the webhooks are saved, deliveries run
//     drop 7 8         these orders will be rolled back, whatever happens
//     try 9:ask 10:plain   these are about to be committed
//     done             what was tried is committed
//     veto             what was tried is rolled back: a receiver said no
//     error TEXT       what must not happen

#include <posthorn/defaults.hpp>
#include <posthorn/retry/exponential.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../support/sqlite_file.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::call_mode;
using posthorn::sqlite_storage;
using posthorn::sqlite_transaction;
using posthorn::test::run_sql;

struct order {
    std::int64_t id = 0;
    std::string kind;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, kind))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

struct policies
    : posthorn::default_policies::with_storage<sqlite_storage>::with_guard<posthorn::allow_list>::with_retry<
          posthorn::exponential>::with_semantics<posthorn::in_transaction, posthorn::after_commit,
                                                 posthorn::fire_and_forget> {};

using dispatcher = posthorn::dispatcher<objects, policies>;

// One write per line, so that a line is in the pipe or not, whenever the kill comes.
void say(std::string line) {
    line += '\n';
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        std::_Exit(4);
}

[[noreturn]] void fail(std::string const& what) {
    say("error " + what);
    std::_Exit(3);
}

// The disk is waited for, and what was delivered is forgotten at the next start.
[[nodiscard]] posthorn::sqlite_options storage_options() {
    posthorn::sqlite_options o;
    o.durability = posthorn::sqlite_durability::power_loss;
    o.keys = posthorn::test::test_keys();
    o.keep_delivered = 0s;
    return o;
}

// Short, so that what a killed process held comes back while its successors live.
[[nodiscard]] posthorn::options dispatcher_options() {
    posthorn::options o;
    // Receivers fail on purpose, and a life is short.
    o.breaker_wait = o.longest_breaker_wait = std::chrono::milliseconds(20);
    o.lease = 2s;
    o.in_flight_per_webhook = o.in_flight_at_start = 8;
    return o;
}

// No delivery ends as failed.
[[nodiscard]] posthorn::exponential retries() {
    return posthorn::exponential().first(20ms).factor(1.5).cap(500ms).max_attempts(1'000'000);
}

struct planned {
    std::int64_t id;
    char const* kind;
};

class crash_host {
  public:
    crash_host(std::string const& file, std::uint16_t port, std::uint64_t seed, std::int64_t first)
        : connection_(posthorn::test::connect(file)),
          storage_(sqlite_storage::open(file, storage_options()).value()),
          port_(port),
          next_(first),
          random_(seed),
          hooks_(io_, storage_, posthorn::allow_list().allow_loopback(port), retries(),
                 dispatcher_options()) {
        run_sql(connection_.get(), "PRAGMA synchronous = FULL");
        run_sql(connection_.get(), "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, kind TEXT)");
        save("ask", call_mode::in_transaction, "order.kind == 'ask'");
        save("after", call_mode::after_commit, "order.kind == 'after'");
        save("tell", call_mode::fire_and_forget, "");
        save("bill", call_mode::fire_and_forget, "order.kind != 'plain'");
    }

    [[noreturn]] void work() {
        hooks_.async_run(boost::asio::detached);
        say("ready");
        std::jthread const delivering([this] { io_.run(); });
        // What is thrown must not wait for the thread.
        try {
            for (;;)
                transact();
        } catch (std::exception const& e) {
            fail(e.what());
        }
    }

    void drain() {
        hooks_.async_run(boost::asio::detached);
        std::optional<posthorn::error_code> ended;
        hooks_.async_drain(60s, [&](posthorn::error_code ec) { ended = ec; });
        io_.run();
        if (!ended)
            fail("the drain did not end");
        if (*ended)
            fail(ended->message());
    }

  private:
    // A process may have been killed between two webhooks.
    void save(char const* name, call_mode mode, char const* condition) {
        auto const all = hooks_.webhooks();
        if (std::any_of(all.begin(), all.end(), [&](auto const& w) { return w.wording == name; }))
            return;
        posthorn::webhook w;
        w.wording = name;
        w.url = "http://127.0.0.1:" + std::to_string(port_) + "/" + name + "/{{order.id}}";
        w.body = posthorn::webhook_body("{{order.id}}");
        w.object = "order";
        w.mode = mode;
        w.condition = condition;
        w.headers.emplace_back("X-Api-Key", posthorn::secret("the-key-of-" + std::string(name)));
        w.signing.emplace_back(posthorn::secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        if (auto const saved = hooks_.save(w); !saved)
            fail(saved.error().text());
    }

    [[nodiscard]] bool chance(unsigned percent) { return random_() % 100 < percent; }

    [[nodiscard]] planned plan() {
        constexpr char const* kinds[] = {"plain", "plain", "plain", "plain", "after", "ask", "ask", "quiet"};
        return {next_++, kinds[random_() % std::size(kinds)]};
    }

    [[nodiscard]] static std::string listed(char const* word, std::vector<planned> const& all, bool kinds) {
        std::string line = word;
        for (auto const& p : all) {
            line += ' ' + std::to_string(p.id);
            if (kinds)
                line += std::string(":") + p.kind;
        }
        return line;
    }

    template <class Transaction>
    void insert(Transaction& tx, std::vector<planned> const& all) {
        for (auto const& p : all) {
            order const o{p.id, p.kind};
            run_sql(connection_.get(),
                    "INSERT INTO orders VALUES (" + std::to_string(o.id) + ", '" + o.kind + "')");
            tx.quiet(o.kind == "quiet");
            tx.created(o);
            tx.quiet(false);
        }
    }

    void transact() {
        std::vector<planned> kept;
        std::vector<planned> undone;
        for (auto n = 1 + random_() % 3; n != 0; --n)
            kept.push_back(plan());
        bool const saves = chance(20);
        if (saves)
            undone.push_back(plan());
        bool const commits = chance(80);
        if (!commits)
            undone.insert(undone.end(), kept.begin(), kept.end());
        // Said before anything is written, so that nothing that was written is unknown.
        if (!undone.empty())
            say(listed("drop", undone, false));
        if (commits)
            say(listed("try", kept, true));
        auto tx = hooks_.begin(sqlite_transaction(connection_.get()));
        if (saves) {
            auto const before = tx.savepoint();
            insert(tx, {undone.front()});
            before.rollback();
        }
        insert(tx, kept);
        if (commits)
            commit(tx);
        else if (chance(50))
            run_sql(connection_.get(), "ROLLBACK");
        // Else the transaction is rolled back by its end.
    }

    template <class Transaction>
    void commit(Transaction& tx) {
        auto const report = tx.commit();
        if (report.committed()) {
            if (!report.failed().empty() || !report.refused().empty())
                fail("a receiver failed after the commit");
            return say("done");
        }
        auto const* const call = report.error().call();
        if (call == nullptr || call->status() != 409)
            fail(report.error().message());
        say("veto");
    }

    boost::asio::io_context io_;
    posthorn::test::sqlite_connection connection_;
    sqlite_storage storage_;
    std::uint16_t port_;
    std::int64_t next_;
    std::mt19937_64 random_;
    dispatcher hooks_;
};

} // namespace

int main(int count, char** arguments) {
    if (count != 6)
        return 2;
    std::vector<std::string> const given(arguments + 1, arguments + count);
    try {
        crash_host host(given[0], static_cast<std::uint16_t>(std::stoul(given[1])), std::stoull(given[2]),
                        std::stoll(given[3]));
        if (given[4] == "work")
            host.work();
        host.drain();
    } catch (std::exception const& e) {
        fail(e.what());
    }
}
