// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/sqlite_file.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

struct policies : simulated_policies::with_storage<sqlite_storage> {};

using hooks_of_sqlite = dispatcher<objects, policies>;

webhook hook(std::string const& name) {
    webhook w = host::draft(name)
                    .on<project>()
                    .post("https://" + name + ".example.com/")
                    .body("{{project.id}}")
                    .value();
    w.signing.emplace_back(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), std::nullopt);
    return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_sqlite)

// Meant for the thread sanitizer: threads with connections of their own commit and roll back, others
// dispatch, while two shards deliver and webhooks change.
BOOST_AUTO_TEST_CASE(threads_share_a_file_with_two_shards) {
    constexpr int committers = 3;
    constexpr int each = 60;
    fresh_file const file;
    std::array<boost::asio::io_context, 2> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    event_log log;
    auto storage = sqlite_storage::open(file.path(), quick_options()).value();
    hooks_of_sqlite hooks(shards(contexts[0], contexts[1]), clock, receiver, storage, log,
                          testing::seeded_random(1));
    BOOST_REQUIRE(hooks.save(hook("stable")).has_value());
    auto ran = hooks.async_run(boost::asio::use_future);
    std::vector<std::jthread> runners;
    for (auto& context : contexts)
        runners.emplace_back([&context] { context.run(); });

    std::atomic<int> wrong{0};
    std::atomic<bool> done{false};
    {
        std::jthread const changer([&] {
            while (!done) {
                auto const saved = hooks.save(hook("passing"));
                wrong += !saved;
                wrong += !hooks.remove(*saved);
            }
        });
        std::vector<std::jthread> hosts;
        for (int t = 0; t != committers; ++t)
            hosts.emplace_back([&, t] {
                auto const connection = connect(file.path());
                sqlite3_busy_timeout(connection.get(), 60'000);
                run_sql(connection.get(), "PRAGMA synchronous = NORMAL");
                for (int i = 0; i != each; ++i) {
                    project const p{t * each + i, "P"};
                    if (t == 0) {
                        wrong += !hooks.dispatch(created(p));
                        continue;
                    }
                    auto tx = hooks.begin(sqlite_transaction(connection.get()));
                    tx.created(p);
                    if (i % 3 != 0)
                        wrong += !tx.commit().committed();
                }
            });
        hosts.clear();
        done = true;
    }
    hooks.async_drain(1h, boost::asio::use_future).get();
    ran.get();
    runners.clear();

    BOOST_TEST(wrong == 0);
    for (auto const& p : log.problems())
        BOOST_ERROR(p);
    std::map<std::string, int> told;
    for (auto const& r : receiver.requests())
        if (r.host() == "stable.example.com")
            ++told[r.body()];
    int wanted = 0;
    for (int t = 0; t != committers; ++t)
        for (int i = 0; i != each; ++i) {
            bool const committed = t == 0 || i % 3 != 0;
            wanted += committed;
            BOOST_TEST(told[std::to_string(t * each + i)] == (committed ? 1 : 0));
        }
    BOOST_TEST(run_sql(connect(file.path()).get(),
                       "SELECT count(*) FROM posthorn_delivery WHERE state = 2 AND attempts = 1") >= wanted);
}

// A context that goes while the storage works for it, on another thread.
BOOST_AUTO_TEST_CASE(a_context_goes_while_the_storage_works) {
    for (int round = 0; round != 30; ++round) {
        fresh_file const file;
        auto storage = sqlite_storage::open(file.path(), quick_options()).value();
        testing::simulated_clock clock;
        testing::scripted_transport receiver(clock);
        auto io = std::make_unique<boost::asio::io_context>();
        auto hooks = std::make_unique<hooks_of_sqlite>(*io, clock, receiver, storage, testing::seeded_random(1));
        BOOST_REQUIRE(hooks->save(hook("stable")).has_value());
        project const p{round, "P"};
        for (int i = 0; i != 5; ++i)
            BOOST_TEST(hooks->dispatch(created(p)).accepted() == 1U);
        hooks->async_run(boost::asio::detached);
        for (int step = 0; step != round; ++step)
            io->poll_one();
        hooks.reset();
        io.reset();
        auto const counts = storage.counts().value();
        BOOST_TEST(counts.pending + counts.delivering + counts.delivered == 5U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
