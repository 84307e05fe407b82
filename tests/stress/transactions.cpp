// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
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

struct policies : simulated_policies::with_blocking_transport<testing::scripted_transport>::with_semantics<
                      in_transaction, after_commit, fire_and_forget> {};

// Counts how transactions ended; each thread's own, summed by the shared atomics.
class counting_transaction {
  public:
    struct counts {
        std::atomic<int> committed{0};
        std::atomic<int> rolled_back{0};
    };

    explicit counting_transaction(counts& to) : counts_(&to) {}
    result<void> commit() {
        ++counts_->committed;
        return {};
    }
    result<void> rollback() {
        ++counts_->rolled_back;
        return {};
    }

  private:
    counts* counts_;
};

webhook hook(std::string const& name, call_mode mode) {
    webhook w = host::draft(name)
                    .on<project>()
                    .post("https://" + name + ".example.com/")
                    .body("{{project.id}}")
                    .value();
    w.mode = mode;
    w.signing.emplace_back(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), std::nullopt);
    return w;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stress_transactions)

// Meant for the thread sanitizer: threads commit, in both ways, while webhooks come, change and go.
BOOST_AUTO_TEST_CASE(every_transaction_is_told_once_while_webhooks_come_and_go) {
    constexpr int committers = 4;
    constexpr int each = 300;
    std::array<boost::asio::io_context, 2> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    event_log log;
    dispatcher<objects, policies> hooks(shards(contexts[0], contexts[1]), clock, receiver, storage, log,
                                        testing::seeded_random(1));
    for (auto const mode : {call_mode::in_transaction, call_mode::after_commit, call_mode::fire_and_forget})
        BOOST_REQUIRE(hooks.save(hook("stable-" + std::to_string(static_cast<int>(mode)), mode)).has_value());

    auto ran = hooks.async_run(boost::asio::use_future);
    std::vector<std::jthread> runners;
    for (auto& context : contexts)
        runners.emplace_back([&context] { context.run(); });

    counting_transaction::counts ended;
    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    {
        std::jthread const changer([&] {
            while (!done)
                for (auto const mode :
                     {call_mode::in_transaction, call_mode::after_commit, call_mode::fire_and_forget}) {
                    auto w = hook("passing", mode);
                    auto const saved = hooks.save(w);
                    wrong += !saved;
                    w.id = *saved;
                    w.mode = call_mode::fire_and_forget;
                    wrong += !hooks.save(w);
                    wrong += !hooks.remove(w.id);
                }
        });
        std::vector<std::jthread> hosts;
        for (int t = 0; t != committers; ++t)
            hosts.emplace_back([&, t] {
                for (int i = 0; i != each; ++i) {
                    project const p{t * each + i, "P"};
                    auto tx = hooks.begin(counting_transaction(ended));
                    tx.created(p);
                    auto const report =
                        t % 2 == 0 ? tx.commit() : tx.async_commit(boost::asio::use_future).get();
                    wrong += !report.committed() || report.told().empty() || !report.failed().empty();
                }
            });
        hosts.clear();
        done = true;
    }
    hooks.async_drain(1h, boost::asio::use_future).get();
    ran.get();
    runners.clear();

    BOOST_TEST(wrong == 0);
    BOOST_TEST(ended.committed == committers * each);
    BOOST_TEST(ended.rolled_back == 0);
    std::map<std::string, std::set<std::string>> got;
    std::map<std::string, int> requests;
    for (auto const& r : receiver.requests()) {
        got[r.host()].insert(r.body());
        ++requests[r.host()];
        BOOST_TEST(!r.header("webhook-signature").empty());
    }
    for (int mode = 0; mode != 3; ++mode) {
        auto const name = "stable-" + std::to_string(mode) + ".example.com";
        BOOST_TEST(got[name].size() == std::size_t{committers * each});
        BOOST_TEST(requests[name] == committers * each);
    }
}

// A stop from another thread ends every commit, and every transaction with it.
BOOST_AUTO_TEST_CASE(a_stop_leaves_no_transaction_open) {
    for (int round = 0; round != 20; ++round) {
        boost::asio::io_context io;
        testing::simulated_clock clock;
        testing::scripted_transport receiver(clock);
        auto hooks =
            std::make_unique<dispatcher<objects, policies>>(io, clock, receiver, testing::seeded_random(1));
        BOOST_REQUIRE(hooks->save(hook("a", call_mode::in_transaction)).has_value());
        BOOST_REQUIRE(hooks->save(hook("b", call_mode::fire_and_forget)).has_value());
        auto work = boost::asio::make_work_guard(io);
        std::jthread const runner([&] { io.run(); });
        counting_transaction::counts ended;
        std::atomic<int> begun{0};
        {
            std::vector<std::jthread> hosts;
            for (int t = 0; t != 3; ++t)
                hosts.emplace_back([&, t] {
                    for (int i = 0; i != 50; ++i) {
                        project const p{i, "P"};
                        auto tx = hooks->begin(counting_transaction(ended));
                        ++begun;
                        tx.created(p);
                        (void)(t == 0 ? tx.commit() : tx.async_commit(boost::asio::use_future).get());
                    }
                });
            while (begun < 20 + round)
                std::this_thread::yield();
            hooks->stop();
        }
        BOOST_TEST(ended.committed + ended.rolled_back == begun);
        work.reset();
        hooks.reset();
    }
}

BOOST_AUTO_TEST_SUITE_END()
