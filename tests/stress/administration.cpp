// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/service.hpp>

#include "support/desk_fixture.hpp"

#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>

using namespace posthorn;
using namespace posthorn::test;
using admin::order_status;

BOOST_AUTO_TEST_SUITE(stress_administration)

// Meant for the thread sanitizer: people look at orders and change them while events come and are delivered.
BOOST_AUTO_TEST_CASE(what_is_cancelled_is_not_sent_and_all_else_is_sent_once) {
    constexpr int events = 2000;
    std::array<boost::asio::io_context, 2> contexts;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    event_log log;
    options narrow;
    narrow.in_flight_per_webhook = 1;
    host::dispatcher_type hooks(shards(contexts[0], contexts[1]), clock, receiver, storage, log,
                                testing::seeded_random(1), narrow);
    admin::service<objects, simulated_policies> desk(hooks);
    admin::acting_user const ada{"ada", admin::rights::all()};
    for (auto const* const name : {"one", "two", "three"}) {
        auto f = desk_host::typed(name);
        f.url = "https://" + f.wording + ".example.com/";
        BOOST_REQUIRE(desk.save(ada, f).has_value());
    }
    auto ran = hooks.async_run(boost::asio::use_future);
    std::vector<std::jthread> runners;
    for (auto& context : contexts)
        runners.emplace_back([&context] { context.run(); });

    std::atomic<bool> done{false};
    std::atomic<int> wrong{0};
    std::set<uuid> paused;
    {
        // One who changes orders, so that it is known what he wanted last.
        std::jthread const changer([&] {
            testing::seeded_random const random(7);
            while (!done) {
                admin::order_query q;
                q.limit = 20;
                for (auto const& o : desk.orders(ada, q).value().found) {
                    auto const what = random() % 2 == 0 ? delivery_change::cancel : delivery_change::pause;
                    auto const changed = desk.change(ada, o.id, what);
                    if (changed && what == delivery_change::pause)
                        paused.insert(o.id);
                    // It may have arrived, or be on its way to an end.
                    if (!changed)
                        for (auto const& e : changed.error())
                            wrong += e.code() != "order_unknown" && e.code() != "order_refuses";
                }
            }
        });
        std::jthread const reader([&] {
            while (!done) {
                wrong += !desk.webhooks(ada).has_value();
                for (auto const& w : desk.webhooks(ada).value().found) {
                    wrong += !desk.form(ada, w.id).has_value();
                    wrong += !desk.history(ada, w.id).has_value();
                }
                wrong += !desk.select_text(ada, "o").has_value();
            }
        });
        project const p{1, "P"};
        for (int i = 0; i != events; ++i)
            wrong += hooks.dispatch(created(p)).accepted() != 3U;
        done = true;
    }
    // What was wanted of those that were in hand is done by now or never.
    for (auto const& id : paused)
        (void)desk.change(ada, id, delivery_change::resume);
    hooks.async_drain(1h, boost::asio::use_future).get();
    ran.get();
    runners.clear();

    BOOST_TEST(wrong == 0);
    std::map<std::string, int> sent;
    for (auto const& r : receiver.requests())
        ++sent[r.header("webhook-id")];
    std::size_t cancelled = 0;
    delivery_query all;
    do {
        auto const page = hooks.deliveries(all).value();
        for (auto const& d : page.found) {
            BOOST_TEST((d.state == delivery_state::cancelled || d.state == delivery_state::paused));
            if (d.state == delivery_state::cancelled && d.attempts == 0 &&
                sent.contains(to_text(d.what->id())))
                BOOST_ERROR("a cancelled delivery was sent");
            ++cancelled;
        }
        all.before = page.next;
    } while (all.before != 0);
    for (auto const& [id, times] : sent)
        if (times != 1)
            BOOST_ERROR("a delivery was sent " << times << " times");
    BOOST_TEST(sent.size() + cancelled == 3U * events);
}

BOOST_AUTO_TEST_SUITE_END()
