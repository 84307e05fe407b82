// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What waits in the storage is claimed as soon as it can be sent, whatever happens beside it.

#include <posthorn/dispatcher.hpp>
#include <posthorn/no_transaction.hpp>
#include <posthorn/transaction.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <random>
#include <stdexcept>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// Settles and claims in several turns of the executor, as a storage with a thread of its own does.
class lingering_storage {
  public:
    explicit lingering_storage(memory_storage inner = memory_storage()) : inner_(std::move(inner)) {}

    [[nodiscard]] result<void> append_now(std::span<outbox_row> rows, lease const& hold) {
        return inner_.append_now(rows, hold);
    }
    [[nodiscard]] auto append(std::span<outbox_row> rows, lease const& hold) {
        return inner_.append(rows, hold);
    }
    [[nodiscard]] boost::asio::awaitable<result<claim_end>>
    claim(wall_time now, lease const& hold, claim_query const& query, std::vector<claimed_delivery>& out) {
        auto claiming = inner_.claim(now, hold, query, out);
        auto const done = co_await std::move(claiming);
        auto pausing = linger();
        co_await std::move(pausing);
        co_return done;
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> settle(std::span<settlement> batch) {
        auto pausing = linger();
        co_await std::move(pausing);
        auto settling = inner_.settle(batch);
        auto const done = co_await std::move(settling);
        co_return done;
    }
    [[nodiscard]] auto extend(lease const& hold, wall_time now) { return inner_.extend(hold, now); }
    [[nodiscard]] auto release(std::uint64_t id) { return inner_.release(id); }
    [[nodiscard]] auto next_due(wall_time now) { return inner_.next_due(now); }
    [[nodiscard]] auto change(uuid webhook, queue_change what, wall_time now) {
        return inner_.change(webhook, what, now);
    }
    [[nodiscard]] auto commit(registry_commit const& c) { return inner_.commit(c); }
    [[nodiscard]] auto load(std::uint64_t after) { return inner_.load(after); }
    [[nodiscard]] auto generation() { return inner_.generation(); }
    [[nodiscard]] auto history(history_query const& q) { return inner_.history(q); }
    void watch(std::weak_ptr<registry_watcher> who) { inner_.watch(std::move(who)); }
    [[nodiscard]] encryption_keys keys() const { return inner_.keys(); }

    [[nodiscard]] delivery_counts counts() const { return inner_.counts(); }

  private:
    static boost::asio::awaitable<void> linger() {
        auto const executor = co_await boost::asio::this_coro::executor;
        for (int i = 0; i != 7; ++i)
            co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }

    memory_storage inner_;
};

struct lingering_policies : simulated_policies::with_storage<lingering_storage> {};

struct lingering_host {
    explicit lingering_host(options const& o = at_once()) {
        hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(7), o);
    }

    void pass(duration time) { testing::run_simulated(io, clock, time); }

    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver{clock};
    lingering_storage storage;
    event_log log;
    outcome ran;
    outcome drained;
    std::optional<dispatcher<objects, lingering_policies>> hooks;
};

// Signs nothing for those whose key says so.
struct moody_signer {
    struct key {
        bool throws;
    };
    [[nodiscard]] result<key> make_key(signing_secrets const& secrets) const { return key{!secrets.empty()}; }
    static void sign(key& k, signed_message const&, header_block&) {
        if (k.throws)
            throw std::runtime_error("no ink");
    }
};

struct moody_policies : simulated_policies::with_signer<moody_signer> {};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_lane_wakeups)

BOOST_AUTO_TEST_CASE(deliveries_in_order_follow_each_other_beside_others_that_are_settled) {
    lingering_host h;
    for (auto const* const name : {"a", "b", "c"})
        BOOST_REQUIRE(h.hooks->save(h.hooks->webhook(name)
                                        .on<project>()
                                        .post("https://" + std::string(name) + ".example.com/")
                                        .body("\"{{project.id}}\"")
                                        .in_order()));
    BOOST_REQUIRE(h.hooks->save(
        h.hooks->webhook("d").on<project>().post("https://d.example.com/").body("\"{{project.id}}\"")));
    h.hooks->async_run(h.ran.record());
    for (std::int64_t i = 0; i != 30; ++i) {
        project const p{i, "P"};
        h.hooks->dispatch(created(p));
    }
    h.pass(1s);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 120U);
    std::vector<std::string> expected;
    for (int i = 0; i != 30; ++i)
        expected.push_back("\"" + std::to_string(i) + "\"");
    for (auto const* const name : {"a.example.com", "b.example.com", "c.example.com"})
        BOOST_TEST(bodies(h.receiver.requests_to(name)) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_all_that_is_in_order) {
    lingering_host h;
    for (auto const* const name : {"a", "b"})
        BOOST_REQUIRE(h.hooks->save(h.hooks->webhook(name)
                                        .on<project>()
                                        .post("https://" + std::string(name) + ".example.com/")
                                        .body("1")
                                        .in_order()));
    h.hooks->async_run(h.ran.record());
    project const one{1, "P"};
    for (int i = 0; i != 20; ++i)
        h.hooks->dispatch(created(one));
    h.hooks->async_drain(60s, h.drained.record());
    h.pass(1min);
    BOOST_TEST(h.drained.said == std::vector<error_code>{error_code()}, boost::test_tools::per_element());
    BOOST_TEST(h.log.count(delivery_state::delivered) == 40U);
    BOOST_TEST(h.storage.counts().pending == 0U);
}

// Little room, much coming and going: as soon as the receivers answer, all of it is there.
BOOST_AUTO_TEST_CASE(nothing_is_left_behind_whatever_the_room) {
    for (unsigned seed = 0; seed != 40; ++seed)
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::mt19937 random(seed);
            auto o = at_once(1 + random() % 3);
            o.queued_per_webhook = 1 + random() % 6;
            o.queued = 1 + random() % 20;
            o.claim_batch = 1 + random() % 8;
            o.breaker_failures = 0;
            lingering_host h(o);
            for (auto const* const name : {"a", "b", "c"}) {
                auto draft = h.hooks->webhook(name)
                                 .on<project>()
                                 .post("https://" + std::string(name) + ".example.com/")
                                 .body("1");
                if (random() % 4 == 0)
                    draft = std::move(draft).in_order();
                BOOST_REQUIRE(h.hooks->save(draft));
            }
            h.hooks->async_run(h.ran.record());
            std::size_t sent = 0;
            project const one{1, "P"};
            for (int step = 0; step != 60; ++step) {
                switch (random() % 6) {
                case 0:
                    h.receiver.hold();
                    break;
                case 1:
                    h.receiver.release(random() % 4);
                    break;
                case 2:
                    h.pass(std::chrono::milliseconds(random() % 3));
                    break;
                case 3: {
                    auto tx = h.hooks->begin(no_transaction());
                    for (auto n = random() % 8; n != 0; --n, ++sent)
                        tx.created(one);
                    h.pass(0s);
                    BOOST_TEST(tx.commit().committed());
                    break;
                }
                default:
                    for (auto n = random() % 4; n != 0; --n, ++sent)
                        h.hooks->dispatch(created(one));
                }
            }
            h.receiver.release();
            h.pass(1s);
            BOOST_TEST(h.log.count(delivery_state::delivered) == 3 * sent);
            BOOST_TEST(h.storage.counts().pending + h.storage.counts().delivering == 0U);
        }
}

BOOST_AUTO_TEST_CASE(a_transaction_of_many_events_keeps_to_the_room) {
    auto o = at_once(2);
    o.queued_per_webhook = 5;
    host h(o);
    h.listen();
    h.receiver.hold();
    h.run();
    h.settle();
    auto tx = h.hooks->begin(no_transaction());
    for (int i = 0; i != 200; ++i)
        tx.created(h.one);
    BOOST_TEST(tx.commit().committed());
    h.settle();
    BOOST_TEST(h.storage.counts().delivering == 5U);
    h.receiver.release();
    h.pass(1s);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 200U);
}

BOOST_AUTO_TEST_CASE(an_open_breaker_outlives_a_run_and_is_tried_in_the_next) {
    for (auto const before : {0s, 31s}) {
        auto o = at_once();
        o.breaker_failures = 2;
        host h(o);
        h.listen();
        h.receiver.answer(errc::connect_refused);
        h.run();
        for (int i = 0; i != 20; ++i)
            h.hooks->dispatch(created(h.one));
        h.settle();
        h.pass(before);
        h.hooks->stop();
        h.settle();
        BOOST_REQUIRE(h.ran.said.size() == 1U);
        h.receiver.answer(200);
        h.run();
        h.pass(5min);
        BOOST_TEST(h.log.count(delivery_state::delivered) == 20U);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_in_memory_while_a_breaker_is_open_again) {
    auto o = at_once();
    o.breaker_failures = 2;
    host h(o);
    h.listen();
    h.receiver.answer(errc::connect_refused);
    h.run();
    for (int i = 0; i != 20; ++i)
        h.hooks->dispatch(created(h.one));
    for (int i = 0; i != 6; ++i) {
        h.pass(100s);
        BOOST_TEST(h.storage.counts().delivering == 0U);
    }
    BOOST_TEST(h.storage.counts().pending == 20U);
}

BOOST_AUTO_TEST_CASE(what_is_too_old_costs_no_rate) {
    auto o = at_once();
    o.delivery_deadline = 1min;
    host h(o);
    h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").rate(1, 10s));
    h.run();
    for (int i = 0; i != 100; ++i)
        h.hooks->dispatch(created(h.one));
    h.pass(5min);
    BOOST_TEST(h.log.count(delivery_state::failed) + h.log.count(delivery_state::delivered) == 100U);
    BOOST_TEST(h.log.count(delivery_state::delivered) >= 6U);
    h.hooks->dispatch(created(h.two));
    h.pass(10s);
    BOOST_TEST(h.receiver.requests().back().body() == "2");
}

BOOST_AUTO_TEST_CASE(what_was_stored_in_order_leaves_soon_when_order_is_no_longer_wanted) {
    host h;
    auto const id =
        h.save(h.draft().on<project>().post("https://a.example.com/").body("{{project.id}}").in_order());
    for (int i = 0; i != 20; ++i)
        h.hooks->dispatch(created(h.one));
    auto changed = h.stored(id);
    changed.pace.in_order = false;
    BOOST_TEST(h.hooks->save(changed).has_value());
    // Another process.
    h.hooks.emplace(h.io, h.clock, h.receiver, h.storage, h.log, testing::seeded_random(8), at_once());
    h.run();
    h.pass(1s);
    BOOST_TEST(h.log.count(delivery_state::delivered) == 20U);
}

BOOST_AUTO_TEST_CASE(a_signer_that_throws_costs_its_own_deliveries_an_attempt) {
    basic_host<moody_policies> h;
    h.save(h.draft().on<project>().post("https://a.example.com/").body("1").sign(secret("x")));
    h.save(h.draft().on<project>().post("https://b.example.com/").body("1"));
    h.run();
    for (int i = 0; i != 30; ++i)
        h.hooks->dispatch(created(h.one));
    h.settle();
    BOOST_TEST(h.receiver.requests_to("b.example.com").size() == 30U);
    BOOST_TEST(h.receiver.requests_to("a.example.com").empty());
    BOOST_TEST(h.log.attempts().size() == 60U);
    BOOST_TEST(h.storage.counts().pending == 30U);
    h.hooks->stop();
    h.settle();
    BOOST_TEST(h.ran.done());
}

BOOST_AUTO_TEST_SUITE_END()
