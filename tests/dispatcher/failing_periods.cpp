// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>
#include <posthorn/storage/sqlite.hpp>
#include <posthorn/testing/conformance.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/registry_double.hpp"
#include "support/sqlite_file.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

using namespace posthorn;
using namespace posthorn::test;

namespace {

constexpr std::string_view kind = "webhook.failing";

// A webhook whose receiver says no, and a dispatcher that can be started anew over what is kept.
template <class Registry>
struct failing_host {
    struct policies : simulated_policies::with_registry<Registry> {};

    failing_host()
        requires std::is_constructible_v<Registry, memory_storage>
        : receiver(clock), registry(kept) {
        begin();
    }
    explicit failing_host(Registry with) : receiver(clock), registry(std::move(with)) { begin(); }

    void begin() {
        if constexpr (std::derived_from<Registry, plain_registry>)
            registry.said->before_commit = [count = writes](registry_commit const& c) {
                *count += std::ranges::all_of(
                    c.changes, [](auto const& change) { return change.kind == record_kind::setting; });
            };
        receiver.answer(413);
        start();
        id = hooks->save(draft().post("https://a.example.com/").body("{{project.id}}")).value();
        begun = clock.now();
    }

    [[nodiscard]] static auto draft() { return host::draft("w").on<project>(); }

    void start() {
        auto o = at_once();
        o.breaker_failures = 0;
        // The keeper looks around every twenty minutes.
        o.lease = 1h;
        o.registry_poll = 1h;
        hooks.emplace(io, clock, receiver, outbox, registry, log, testing::seeded_random(3), o);
        hooks->async_run(ran.record());
        settle();
    }

    // As after a crash of the process, or with an orderly end.
    void restart(bool orderly = true) {
        if (orderly)
            hooks->stop();
        settle();
        hooks.reset();
        start();
    }

    void settle() { testing::run_simulated(io, clock, 0s); }

    void attempt() {
        project const p{1, "P"};
        (void)hooks->dispatch(created(p));
        settle();
    }

    // One attempt at least each hour.
    void pass(int hours) {
        for (; hours > 0; --hours) {
            attempt();
            testing::run_simulated(io, clock, 1h);
        }
    }

    void succeed_once() {
        receiver.answer(200);
        attempt();
        receiver.answer(413);
    }

    [[nodiscard]] std::optional<std::string> record() { return stored_setting(registry, kind, to_text(id)); }

    [[nodiscard]] webhook stored() const { return hooks->webhooks().at(0); }
    [[nodiscard]] bool active() const { return stored().active; }

    [[nodiscard]] std::ptrdiff_t deactivations() const {
        return std::ranges::count_if(log.problems(), [](std::string const& p) {
            return p.find("it has failed for as long as the option allows") != std::string::npos;
        });
    }

    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage outbox;
    memory_storage kept;
    Registry registry;
    // Commits of nothing but settings.
    std::shared_ptr<int> writes = std::make_shared<int>(0);
    event_log log;
    outcome ran;
    uuid id{};
    wall_time begun{};
    std::optional<dispatcher<objects, policies>> hooks;
};

using registries = std::tuple<plain_registry, awaited_registry>;

std::string text_of(wall_time t) {
    return std::to_string(t.time_since_epoch().count());
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_failing_periods)

// --- over restarts ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_period_outlives_a_restart, Registry, registries) {
    failing_host<Registry> h;
    h.pass(72);
    BOOST_TEST((h.record() == text_of(h.begun)));
    BOOST_TEST(*h.writes == 1);
    h.restart(false);
    h.pass(24);
    BOOST_TEST(h.log.warnings().empty());
    h.pass(1);
    BOOST_TEST_REQUIRE(h.log.warnings().size() == 1U);
    auto const w = h.log.warnings()[0];
    BOOST_TEST((w.webhook == h.id && w.since == h.begun && w.time == h.begun + 96h));
    BOOST_TEST((w.disabled_at == h.begun + 120h));
    BOOST_TEST((h.record() == text_of(h.begun) + " " + text_of(h.begun + 96h)));
    h.pass(23);
    BOOST_TEST(h.active());
    h.attempt();
    BOOST_TEST(!h.active());
    BOOST_TEST(h.deactivations() == 1);
    h.pass(48);
    BOOST_TEST(h.log.warnings().size() == 1U);
    BOOST_TEST(h.deactivations() == 1);
    // It ends with the deactivation, in one commit.
    BOOST_TEST(!h.record());
    BOOST_TEST(*h.writes == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_host_that_restarts_every_day_disables_it_all_the_same, Registry, registries) {
    failing_host<Registry> h;
    for (int day = 0; day != 5; ++day) {
        h.pass(24);
        BOOST_TEST(h.active());
        h.restart(day % 2 == 0);
    }
    h.attempt();
    BOOST_TEST(!h.active());
    BOOST_TEST(h.log.warnings().size() == 1U);
    BOOST_TEST(h.deactivations() == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_success_after_a_restart_ends_it, Registry, registries) {
    failing_host<Registry> h;
    h.pass(95);
    h.restart(false);
    h.succeed_once();
    BOOST_TEST(!h.record());
    h.restart(false);
    h.pass(96);
    BOOST_TEST(h.log.warnings().empty());
    h.pass(25);
    BOOST_TEST(!h.active());
    BOOST_TEST(h.log.warnings().size() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_was_told_is_not_told_again, Registry, registries) {
    failing_host<Registry> h;
    h.pass(100);
    BOOST_TEST_REQUIRE(h.log.warnings().size() == 1U);
    h.restart(false);
    h.pass(20);
    BOOST_TEST(h.active());
    h.attempt();
    BOOST_TEST(!h.active());
    BOOST_TEST(h.log.warnings().size() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_a_long_standstill_somebody_is_told_first, Registry, registries) {
    failing_host<Registry> h;
    h.pass(1);
    h.restart(false);
    testing::run_simulated(h.io, h.clock, 1000h);
    h.attempt();
    BOOST_TEST(h.active());
    BOOST_TEST_REQUIRE(h.log.warnings().size() == 1U);
    BOOST_TEST((h.log.warnings()[0].disabled_at == h.log.warnings()[0].time + 24h));
    h.pass(24);
    BOOST_TEST(h.active());
    h.attempt();
    BOOST_TEST(!h.active());
}

// --- what is written ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_webhook_that_works_costs_the_registry_nothing, Registry, registries) {
    failing_host<Registry> h;
    h.receiver.answer(200);
    h.pass(200);
    h.hooks->stop();
    h.settle();
    BOOST_TEST(*h.writes == 0);
}

BOOST_AUTO_TEST_CASE(no_executor_waits_where_settings_can_be_awaited) {
    failing_host<awaited_registry> h;
    int const waits = h.registry.said->waits;
    h.pass(100);
    h.succeed_once();
    h.pass(130);
    BOOST_TEST(h.registry.said->waits == waits);
    BOOST_TEST(!h.active());
    BOOST_TEST(*h.writes == 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_cannot_be_written_is_written_later, Registry, registries) {
    failing_host<Registry> h;
    h.registry.said->fails = true;
    h.pass(48);
    BOOST_TEST(!h.log.problems().empty());
    h.registry.said->fails = false;
    h.pass(1);
    BOOST_TEST((h.record() == text_of(h.begun)));
    h.registry.said->fails = true;
    h.succeed_once();
    testing::run_simulated(h.io, h.clock, 10s);
    h.registry.said->fails = false;
    BOOST_TEST(h.record().has_value());
    // By itself, whatever is sent.
    h.receiver.answer(200);
    testing::run_simulated(h.io, h.clock, 30min);
    BOOST_TEST(!h.record());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_written_in_the_end_is_what_is_known_then, Registry, registries) {
    failing_host<Registry> h;
    h.attempt();
    h.succeed_once();
    BOOST_TEST(!h.record());
    // A second beginning within a minute waits, but not for a process that is gone.
    h.attempt();
    BOOST_TEST(!h.record());
    h.hooks->stop();
    h.settle();
    BOOST_TEST(h.record().has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_that_fails_now_and_then_is_seldom_written_about, Registry, registries) {
    failing_host<Registry> h;
    for (int second = 0; second != 600; ++second) {
        h.attempt();
        h.succeed_once();
        testing::run_simulated(h.io, h.clock, 1s);
    }
    BOOST_TEST(*h.writes <= 22);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_never_written_counts_all_the_same, Registry, registries) {
    failing_host<Registry> h;
    h.registry.said->is_read_only = true;
    h.pass(97);
    BOOST_TEST(h.log.warnings().size() == 1U);
    h.registry.said->is_read_only = false;
    h.pass(24);
    BOOST_TEST(!h.active());
}

// A user who saves something makes nothing wait that is delivered, and nothing is lost.
BOOST_AUTO_TEST_CASE(a_busy_registry_is_written_to_in_the_meantime) {
    failing_host<plain_registry> h;
    int writes_meanwhile = -1;
    h.registry.said->during_commit = [&] {
        std::jthread const executor([&] {
            h.attempt();
            testing::run_simulated(h.io, h.clock, 10s);
            writes_meanwhile = *h.writes;
        });
    };
    BOOST_TEST(h.hooks->save(h.draft().post("https://b.example.com/").body("1").inactive()).has_value());
    BOOST_TEST(writes_meanwhile == 1);
    BOOST_TEST((h.record() == text_of(h.begun)));
}

BOOST_AUTO_TEST_CASE(where_it_is_switched_off_nothing_is_written) {
    failing_host<plain_registry> h;
    h.hooks->stop();
    h.settle();
    h.hooks.reset();
    auto o = at_once();
    o.disable_after = 0ms;
    h.hooks.emplace(h.io, h.clock, h.receiver, h.outbox, h.registry, h.log, testing::seeded_random(3), o);
    h.hooks->async_run(h.ran.record());
    h.pass(200);
    BOOST_TEST(*h.writes == 0);
    BOOST_TEST(h.active());
}

// --- several processes ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_webhook_that_works_elsewhere_is_let_be, Registry, registries) {
    failing_host<Registry> h;
    h.pass(90);
    // Another process had a success.
    store_setting(h.kept, kind, to_text(h.id), std::nullopt);
    h.pass(90);
    BOOST_TEST(h.log.warnings().empty());
    // It is counted from the first failure after that was seen.
    BOOST_TEST((h.record() == text_of(h.begun + 91h)));
    h.pass(20);
    BOOST_TEST_REQUIRE(h.log.warnings().size() == 1U);
    BOOST_TEST((h.log.warnings()[0].since == h.begun + 91h));
    store_setting(h.kept, kind, to_text(h.id), std::nullopt);
    h.pass(48);
    BOOST_TEST(h.active(), "it works elsewhere after the warning");
}

// This process cannot reach the receiver, and another one can: that is a success of the webhook.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_success_of_another_process_ends_it, Registry, registries) {
    failing_host<Registry> h;
    // Another process, which sees what this one writes within two hours.
    boost::asio::io_context io;
    testing::scripted_transport receiver(h.clock);
    memory_storage const outbox;
    auto o = at_once();
    o.lease = 1h;
    o.registry_poll = 1h;
    outcome ran;
    dispatcher<objects, typename failing_host<Registry>::policies> other(
        io, h.clock, receiver, outbox, Registry(h.kept), testing::seeded_random(4), o);
    other.async_run(ran.record());
    project const p{1, "P"};
    for (int i = 0; i != 150; ++i) {
        h.pass(1);
        testing::run_simulated(io, h.clock, 0s);
        BOOST_TEST(other.dispatch(created(p)).accepted() == 1U);
        testing::run_simulated(io, h.clock, 0s);
    }
    BOOST_TEST(receiver.count() == 150U);
    BOOST_TEST(h.active());
    BOOST_TEST(h.log.warnings().empty());
}

// Seen while nobody ran it, it counts in the next run.
BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_written_between_two_runs_counts_in_the_next_one, Registry, registries) {
    failing_host<Registry> h;
    h.pass(90);
    h.hooks->stop();
    h.settle();
    store_setting(h.kept, kind, to_text(h.id), std::nullopt);
    BOOST_TEST(h.hooks->reload().has_value());
    h.hooks->async_run(h.ran.record());
    h.pass(90);
    BOOST_TEST(h.log.warnings().empty());
    BOOST_TEST((h.record() == text_of(h.begun + 90h)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_was_told_elsewhere_is_not_told_again, Registry, registries) {
    failing_host<Registry> h;
    h.pass(90);
    auto const told = text_of(h.begun) + " " + text_of(h.begun + 90h);
    store_setting(h.kept, kind, to_text(h.id), told);
    h.pass(30);
    BOOST_TEST(h.active());
    h.attempt();
    BOOST_TEST(!h.active());
    BOOST_TEST(h.log.warnings().empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_registry_that_cannot_say_is_asked_again, Registry, registries) {
    failing_host<Registry> h;
    h.pass(90);
    h.registry.said->fails = true;
    h.pass(50);
    BOOST_TEST(h.log.warnings().empty());
    BOOST_TEST(h.active());
    h.registry.said->fails = false;
    h.attempt();
    BOOST_TEST(h.log.warnings().size() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_no_record_counts_for_nothing, Registry, registries) {
    failing_host<Registry> h;
    h.hooks->stop();
    h.settle();
    store_setting(h.kept, kind, to_text(h.id), "long ago");
    store_setting(h.kept, kind, "a webhook", "1 2");
    h.restart();
    h.attempt();
    BOOST_TEST(h.log.warnings().empty());
    BOOST_TEST((h.record() == text_of(h.begun)));
}

// It was due while the registry failed, and worked again before the registry did.
BOOST_AUTO_TEST_CASE_TEMPLATE(what_works_again_is_not_deactivated_late, Registry, registries) {
    failing_host<Registry> h;
    h.pass(119);
    h.registry.said->is_read_only = true;
    h.pass(2);
    BOOST_TEST(h.active());
    h.receiver.answer(200);
    h.pass(2);
    h.registry.said->is_read_only = false;
    h.pass(2);
    BOOST_TEST(h.active());
}

// --- people ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_change_ends_the_period_and_a_save_of_the_same_does_not, Registry,
                              registries) {
    failing_host<Registry> h;
    h.pass(72);
    BOOST_TEST(h.hooks->save(h.stored()).has_value());
    h.settle();
    BOOST_TEST((h.record() == text_of(h.begun)));
    h.pass(23);
    auto changed = h.stored();
    changed.url = "https://b.example.com/";
    BOOST_TEST(h.hooks->save(changed).has_value());
    h.settle();
    BOOST_TEST(!h.record());
    h.pass(96);
    BOOST_TEST(h.log.warnings().empty());
    h.attempt();
    BOOST_TEST(h.log.warnings().size() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_that_is_active_again_has_all_its_time, Registry, registries) {
    failing_host<Registry> h;
    h.pass(121);
    BOOST_TEST(!h.active());
    auto again = h.stored();
    again.active = true;
    BOOST_TEST(h.hooks->save(again).has_value());
    h.restart();
    h.pass(96);
    BOOST_TEST(h.log.warnings().size() == 1U);
    h.pass(25);
    BOOST_TEST(h.log.warnings().size() == 2U);
    BOOST_TEST(!h.active());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_410_ends_the_period_too, Registry, registries) {
    failing_host<Registry> h;
    h.pass(10);
    BOOST_TEST(h.record().has_value());
    h.receiver.answer(410);
    h.attempt();
    testing::run_simulated(h.io, h.clock, 30min);
    BOOST_TEST(!h.active());
    BOOST_TEST(!h.record());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_webhook_that_is_removed_leaves_no_record, Registry, registries) {
    failing_host<Registry> h;
    h.pass(10);
    BOOST_TEST(h.record().has_value());
    BOOST_TEST(h.hooks->remove(h.id).has_value());
    BOOST_TEST(!h.record());
    h.pass(1);
    BOOST_TEST(!h.record());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_in_flight_when_it_is_removed_leaves_no_record, Registry, registries) {
    failing_host<Registry> h;
    h.receiver.hold();
    h.attempt();
    BOOST_TEST(h.hooks->remove(h.id).has_value());
    h.settle();
    h.receiver.release();
    testing::run_simulated(h.io, h.clock, 30min);
    BOOST_TEST(h.receiver.count() == 1U);
    BOOST_TEST(!h.record());
}

// --- without a run ---

BOOST_AUTO_TEST_CASE_TEMPLATE(who_only_saves_or_removes_erases_it_too, Registry, registries) {
    failing_host<Registry> h;
    h.pass(10);
    h.hooks->stop();
    h.settle();
    h.hooks.reset();
    h.hooks.emplace(h.io, h.clock, h.receiver, h.outbox, h.registry, h.log, testing::seeded_random(3));
    auto changed = h.stored();
    changed.url = "https://b.example.com/";
    BOOST_TEST(h.hooks->save(changed).has_value());
    BOOST_TEST(!h.record());
    store_setting(h.kept, kind, to_text(h.id), text_of(h.begun));
    BOOST_TEST(h.hooks->remove(h.id).has_value());
    BOOST_TEST(!h.record());
}

// --- in SQLite ---

BOOST_AUTO_TEST_CASE(a_period_outlives_a_restart_in_a_file) {
    fresh_file const file;
    failing_host<sqlite_storage> h(sqlite_storage::open(file.path(), quick_options()).value());
    // What the storage's threads have to do is done before time passes.
    auto const pass = [&](int hours) {
        for (; hours > 0; --hours) {
            h.attempt();
            for (int i = 0; i != 8; ++i) {
                boost::asio::io_context io;
                (void)h.registry.counts();
                (void)testing::detail::completed(io, h.registry.async_generation());
                h.settle();
            }
            testing::run_simulated(h.io, h.clock, 1h);
        }
    };
    pass(72);
    BOOST_TEST((h.record() == text_of(h.begun)));
    h.restart(false);
    pass(24);
    BOOST_TEST(h.log.warnings().empty());
    pass(1);
    BOOST_TEST(h.log.warnings().size() == 1U);
    h.hooks->stop();
    h.settle();
    h.hooks.reset();
    h.registry = sqlite_storage::open(file.path(), quick_options()).value();
    h.start();
    BOOST_TEST((h.record() == text_of(h.begun) + " " + text_of(h.begun + 96h)));
    pass(23);
    BOOST_TEST(h.active());
    pass(1);
    BOOST_TEST(!h.active());
    BOOST_TEST(h.log.warnings().size() == 1U);
    BOOST_TEST(h.deactivations() == 1);
    pass(1);
    BOOST_TEST(!h.record());
}

BOOST_AUTO_TEST_SUITE_END()
