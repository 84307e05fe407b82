// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <thread>

using namespace posthorn;
using namespace posthorn::test;

BOOST_AUTO_TEST_SUITE(stress_routing)

// Meant for the thread sanitizer: webhooks come, change and go while threads dispatch and contexts deliver.
BOOST_AUTO_TEST_CASE(stable_webhooks_get_every_event_once_while_others_come_and_go) {
    constexpr int dispatchers = 3;
    constexpr int each = 1000;
    constexpr int stable = 3;
    std::array<boost::asio::io_context, 2> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    event_log log;
    host::dispatcher_type hooks(shards(contexts[0], contexts[1]), clock, receiver, storage, log,
                                testing::seeded_random(1));
    auto const draft = [](std::string const& name) {
        return host::draft()
            .on<project>()
            .when("project.id < 1000000 && project.code != 'x'")
            .post("https://" + name + ".example.com/")
            .body("{{project.id}}");
    };
    auto const everybody = hooks.save(hooks.filter("All").on<project>().for_everyone()).value();
    for (int i = 0; i != stable; ++i)
        BOOST_TEST(hooks.save(draft("stable" + std::to_string(i)).for_filter(everybody)).has_value());

    auto ran = hooks.async_run(boost::asio::use_future);
    std::vector<std::jthread> runners;
    for (auto& context : contexts)
        runners.emplace_back([&context] { context.run(); });

    std::atomic<bool> done{false};
    std::atomic<int> unsaved{0};
    std::atomic<int> mismatched{0};
    {
        std::jthread const changer([&] {
            while (!done) {
                auto const saved = hooks.save(draft("passing"));
                unsaved += !saved;
                for (auto const& w : hooks.webhooks())
                    if (w.id == *saved) {
                        auto changed = w;
                        changed.revision = 0;
                        changed.active = false;
                        unsaved += !hooks.save(changed);
                        changed.active = true;
                        changed.url = "https://changed.example.com/";
                        unsaved += !hooks.save(changed);
                    }
                unsaved += !hooks.remove(*saved);
            }
        });
        std::jthread const toucher([&] {
            // Changes that alter nothing, of a webhook and of a filter that are always there.
            for (bool odd = false; !done; odd = !odd) {
                unsaved += !hooks.save(hooks.webhooks().at(1));
                auto f = hooks.filters().front();
                f.expression = odd ? "project.id >= 0" : "project.id > -1";
                unsaved += !hooks.save(f);
            }
        });
        std::vector<std::jthread> hosts;
        for (int t = 0; t != dispatchers; ++t)
            hosts.emplace_back([&, t] {
                for (int i = 0; i != each; ++i) {
                    project const p{t * each + i, "P"};
                    auto const r = hooks.dispatch(created(p));
                    // All stable ones, and at most the one that passes.
                    mismatched +=
                        r.matched() < stable || r.matched() > stable + 1 || r.accepted() != r.matched();
                }
            });
        hosts.clear();
        done = true;
    }
    hooks.async_drain(1h, boost::asio::use_future).get();
    ran.get();
    runners.clear();

    BOOST_TEST(unsaved == 0);
    BOOST_TEST(mismatched == 0);
    std::map<std::string, int> got;
    for (auto const& r : receiver.requests())
        ++got[r.host() + " " + r.body()];
    for (int w = 0; w != stable; ++w)
        for (int i = 0; i != dispatchers * each; ++i)
            if (auto const n = got["stable" + std::to_string(w) + ".example.com " + std::to_string(i)];
                n != 1)
                BOOST_ERROR("webhook " << w << " got event " << i << " " << n << " times");
    auto const counts = storage.counts();
    BOOST_TEST(counts.delivering == 0U);
    BOOST_TEST(counts.pending == 0U);
    BOOST_TEST(counts.failed == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
