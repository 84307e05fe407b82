// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::error_code;
using posthorn::resolver_pool;
using posthorn::steady_time;
using addresses = resolver_pool::addresses;

// How long a test waits for what comes at once unless the pool is broken.
constexpr auto patience = 20s;

addresses one(char const* text) {
    return {boost::asio::ip::make_address(text)};
}

// Counts what is asked for; "hang..." waits until it is let go, "none" and "throws" find nothing.
class names {
  public:
    [[nodiscard]] resolver_pool::lookup lookup() const {
        return [s = state_](std::string const& host) -> addresses {
            {
                std::scoped_lock const lock(s->mutex);
                ++s->asked[host];
            }
            if (host.starts_with("hang")) {
                s->hanging.fetch_add(1);
                s->hanging.notify_all();
                s->release.wait(false);
            }
            if (host == "throws")
                throw std::runtime_error("no");
            return host == "none" ? addresses() : one("192.0.2.7");
        };
    }

    [[nodiscard]] int asked(std::string const& host) const {
        std::scoped_lock const lock(state_->mutex);
        return state_->asked[host];
    }

    void wait_until_hanging(int count) const {
        for (int n = state_->hanging.load(); n < count; n = state_->hanging.load())
            state_->hanging.wait(n);
    }

    // From now on; whoever was let go must be through.
    void hold_again() const { state_->release = false; }

    void let_go() const {
        state_->release = true;
        state_->release.notify_all();
    }

  private:
    struct state {
        std::mutex mutex;
        std::map<std::string, int> asked;
        std::atomic<int> hanging{0};
        std::atomic<bool> release{false};
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

struct outcome {
    error_code ec;
    addresses found;
    std::thread::id where;
};

struct fixture {
    ~fixture() {
        known.let_go();
        pool.reset();
        work.reset();
        runner.join();
    }

    void start(std::size_t threads, std::size_t queue) {
        pool.emplace(
            threads, queue, [n = now] { return steady_time(std::chrono::seconds{n->load()}); },
            known.lookup());
    }

    std::future<outcome> resolve(std::string const& host) {
        auto promise = std::make_shared<std::promise<outcome>>();
        auto future = promise->get_future();
        pool->resolve(host, io.get_executor(), [promise](error_code ec, addresses found) {
            promise->set_value({ec, std::move(found), std::this_thread::get_id()});
        });
        return future;
    }

    outcome get(std::future<outcome> f) {
        if (f.wait_for(patience) != std::future_status::ready)
            throw std::runtime_error("no answer");
        return f.get();
    }

    names known;
    std::shared_ptr<std::atomic<int>> now = std::make_shared<std::atomic<int>>(100);
    boost::asio::io_context io;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{io.get_executor()};
    std::thread runner{[this] { io.run(); }};
    std::optional<resolver_pool> pool;
};

} // namespace

BOOST_AUTO_TEST_SUITE(transport_resolver_pool)

BOOST_FIXTURE_TEST_CASE(answers_on_the_executor_that_was_given, fixture) {
    start(2, 10);
    auto const answer = get(resolve("a"));
    BOOST_TEST(!answer.ec);
    BOOST_TEST(answer.found.size() == 1U);
    BOOST_TEST((answer.found.front() == one("192.0.2.7").front()));
    BOOST_TEST((answer.where == runner.get_id()));
}

BOOST_FIXTURE_TEST_CASE(a_name_without_an_address_is_an_error_and_is_asked_again, fixture) {
    start(2, 10);
    for (int i = 1; i <= 2; ++i) {
        auto const answer = get(resolve("none"));
        BOOST_TEST((answer.ec == posthorn::errc::dns_failed));
        BOOST_TEST(answer.found.empty());
        BOOST_TEST(known.asked("none") == i);
    }
}

BOOST_FIXTURE_TEST_CASE(a_look_up_that_throws_has_found_nothing, fixture) {
    start(1, 10);
    BOOST_TEST((get(resolve("throws")).ec == posthorn::errc::dns_failed));
    BOOST_TEST(!get(resolve("a")).ec);
}

BOOST_FIXTURE_TEST_CASE(answers_are_cached_for_ten_seconds, fixture) {
    start(2, 10);
    (void)get(resolve("a"));
    *now += 9;
    auto const again = get(resolve("a"));
    BOOST_TEST(!again.ec);
    BOOST_TEST(again.found.size() == 1U);
    BOOST_TEST((again.where == runner.get_id()));
    BOOST_TEST(known.asked("a") == 1);
    *now += 1;
    BOOST_TEST(!get(resolve("a")).ec);
    BOOST_TEST(known.asked("a") == 2);
}

BOOST_FIXTURE_TEST_CASE(answers_without_end_are_given_whole_and_not_cached, fixture) {
    auto const asked = std::make_shared<std::atomic<int>>(0);
    pool.emplace(
        2, 10, [] { return steady_time(); },
        [asked](std::string const& host) {
            ++*asked;
            return addresses(host == "many" ? 65 : 64, one("192.0.2.7").front());
        });
    for (int i = 1; i <= 2; ++i) {
        BOOST_TEST(get(resolve("many")).found.size() == 65U);
        BOOST_TEST(*asked == i);
    }
    for (int i = 1; i <= 2; ++i) {
        BOOST_TEST(get(resolve("few")).found.size() == 64U);
        BOOST_TEST(*asked == 3);
    }
}

BOOST_AUTO_TEST_CASE(never_answers_inside_the_call) {
    // Nobody runs the second context yet: an answer from the cache must wait all the same.
    boost::asio::io_context first;
    boost::asio::io_context io;
    resolver_pool pool(
        1, 10, [] { return steady_time(); }, [](std::string const&) { return one("192.0.2.1"); });
    auto const work = boost::asio::make_work_guard(first);
    pool.resolve("a", first.get_executor(), [&](error_code, addresses) { first.stop(); });
    first.run_for(patience);
    BOOST_TEST_REQUIRE(first.stopped());
    bool called = false;
    pool.resolve("a", io.get_executor(), [&](error_code, addresses) { called = true; });
    BOOST_TEST(!called);
    io.run();
    BOOST_TEST(called);
}

BOOST_FIXTURE_TEST_CASE(one_look_up_answers_all_who_ask_meanwhile, fixture) {
    start(2, 10);
    std::vector<std::future<outcome>> answers;
    answers.push_back(resolve("hang"));
    known.wait_until_hanging(1);
    for (int i = 0; i != 5; ++i)
        answers.push_back(resolve("hang"));
    known.let_go();
    for (auto& a : answers)
        BOOST_TEST(!get(std::move(a)).ec);
    BOOST_TEST(known.asked("hang") == 1);
}

BOOST_FIXTURE_TEST_CASE(a_slow_name_does_not_hold_up_another, fixture) {
    start(2, 10);
    auto slow = resolve("hang");
    known.wait_until_hanging(1);
    BOOST_TEST(!get(resolve("quick")).ec);
    known.let_go();
    BOOST_TEST(!get(std::move(slow)).ec);
}

// Many rounds, since the pool is wrong only if the second name comes before the idle thread has woken for the
// first.
BOOST_AUTO_TEST_CASE(an_idle_thread_counts_for_one_name_only) {
    for (int round = 0; round != 50; ++round) {
        fixture f;
        f.start(2, 10);
        // One thread exists and is idle before the next call gets in.
        (void)f.get(f.resolve("warm"));
        std::promise<void> answered;
        f.pool->resolve("hang", f.io.get_executor(), [](error_code, addresses) {});
        f.pool->resolve("quick", f.io.get_executor(), [&](error_code, addresses) { answered.set_value(); });
        BOOST_TEST_REQUIRE((answered.get_future().wait_for(patience) == std::future_status::ready));
    }
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_refuses_at_once, fixture) {
    start(1, 2);
    auto slow = resolve("hang");
    known.wait_until_hanging(1);
    auto b = resolve("b");
    auto c = resolve("c");
    BOOST_TEST((get(resolve("d")).ec == posthorn::errc::dns_failed));
    BOOST_TEST(known.asked("d") == 0);
    // Who asks for a name that waits already takes no place.
    auto b_again = resolve("b");
    known.let_go();
    for (auto* f : {&slow, &b, &c, &b_again})
        BOOST_TEST(!get(std::move(*f)).ec);
    BOOST_TEST(known.asked("b") == 1);
    // The name that was refused is not stuck.
    BOOST_TEST(!get(resolve("d")).ec);
}

BOOST_FIXTURE_TEST_CASE(no_more_threads_than_allowed_look_up_at_once, fixture) {
    start(2, 10);
    std::vector<std::future<outcome>> answers;
    for (auto const* host : {"hang1", "hang2", "hang3", "hang4"})
        answers.push_back(resolve(host));
    known.wait_until_hanging(2);
    BOOST_TEST(known.asked("hang1") + known.asked("hang2") + known.asked("hang3") + known.asked("hang4") ==
               2);
    known.let_go();
    for (auto& a : answers)
        BOOST_TEST(!get(std::move(a)).ec);
}

BOOST_FIXTURE_TEST_CASE(who_is_forgotten_is_not_called_and_the_pool_goes_on, fixture) {
    start(1, 10);
    auto hanging = resolve("hang");
    auto queued = resolve("queued");
    known.wait_until_hanging(1);
    pool->forget();
    known.let_go();
    BOOST_TEST(!get(resolve("a")).ec);
    BOOST_TEST(known.asked("queued") == 0);
    // The handlers are gone, uncalled: their promises are broken.
    BOOST_CHECK_THROW((void)hanging.get(), std::future_error);
    BOOST_CHECK_THROW((void)queued.get(), std::future_error);
}

BOOST_FIXTURE_TEST_CASE(who_asks_a_closed_pool_is_not_called, fixture) {
    start(1, 10);
    BOOST_TEST(!get(resolve("a")).ec);
    auto hanging = resolve("hang");
    known.wait_until_hanging(1);
    pool->close();
    // Neither from the cache, nor with a look-up that began before, nor with one of their own.
    for (auto const* host : {"a", "hang", "b"})
        BOOST_CHECK_THROW((void)get(resolve(host)), std::future_error);
    known.let_go();
    BOOST_CHECK_THROW((void)hanging.get(), std::future_error);
    BOOST_TEST(known.asked("b") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_pool_ends_although_a_look_up_hangs_and_calls_nobody_then, fixture) {
    start(1, 10);
    auto hanging = resolve("hang");
    auto queued = resolve("queued");
    known.wait_until_hanging(1);
    pool.reset();
    // The handlers are gone, uncalled: their promises are broken.
    BOOST_CHECK_THROW((void)hanging.get(), std::future_error);
    BOOST_CHECK_THROW((void)queued.get(), std::future_error);
    known.let_go();
    BOOST_TEST(known.asked("queued") == 0);
}

BOOST_FIXTURE_TEST_CASE(fifty_names_that_hang_hold_up_no_other_one, fixture) {
    start(64, 1024);
    std::vector<std::future<outcome>> hanging;
    for (int i = 0; i != 50; ++i)
        hanging.push_back(resolve("hang" + std::to_string(i)));
    known.wait_until_hanging(50);
    std::vector<std::future<outcome>> good;
    for (int i = 0; i != 1000; ++i)
        good.push_back(resolve("good" + std::to_string(i)));
    for (auto& f : good)
        BOOST_TEST_REQUIRE(!get(std::move(f)).ec);
    for (auto& f : hanging)
        BOOST_TEST((f.wait_for(0s) == std::future_status::timeout));
    known.let_go();
    for (auto& f : hanging)
        BOOST_TEST(!get(std::move(f)).ec);
}

BOOST_FIXTURE_TEST_CASE(new_names_that_hang_leave_threads_to_those_that_were_quick, fixture) {
    start(8, 100);
    BOOST_TEST(!get(resolve("quick")).ec);
    *now += 10;
    std::vector<std::future<outcome>> hanging;
    for (int i = 0; i != 9; ++i)
        hanging.push_back(resolve("hang" + std::to_string(i)));
    auto fresh = resolve("fresh");
    known.wait_until_hanging(7);
    BOOST_TEST(!get(resolve("quick")).ec);
    BOOST_TEST(known.asked("quick") == 2);
    BOOST_TEST(known.asked("hang7") + known.asked("hang8") + known.asked("fresh") == 0);
    // Who waits has its turn when a look-up of its kind ends, though nobody asks any more.
    known.let_go();
    for (auto& f : hanging)
        BOOST_TEST(!get(std::move(f)).ec);
    BOOST_TEST(!get(std::move(fresh)).ec);
}

BOOST_FIXTURE_TEST_CASE(names_that_were_slow_use_a_part_of_the_threads_until_they_are_quick_again, fixture) {
    start(8, 100);
    auto const resolve_four = [this] {
        std::vector<std::future<outcome>> asked;
        for (auto const* host : {"hang1", "hang2", "hang3", "hang4"})
            asked.push_back(resolve(host));
        return asked;
    };
    auto const end = [this](std::vector<std::future<outcome>> asked) {
        known.let_go();
        for (auto& f : asked)
            BOOST_TEST(!get(std::move(f)).ec);
        known.hold_again();
        *now += 10;
    };
    auto const times_asked = [this] {
        return known.asked("hang1") + known.asked("hang2") + known.asked("hang3") + known.asked("hang4");
    };
    auto first = resolve_four();
    known.wait_until_hanging(4);
    *now += 2;
    end(std::move(first));
    // Two of eight threads.
    auto second = resolve_four();
    known.wait_until_hanging(6);
    BOOST_TEST(!get(resolve("good")).ec);
    BOOST_TEST(times_asked() == 6);
    // The clock stands: now they are quick.
    end(std::move(second));
    BOOST_TEST(times_asked() == 8);
    auto third = resolve_four();
    known.wait_until_hanging(12);
    end(std::move(third));
}

BOOST_FIXTURE_TEST_CASE(a_name_that_failed_slowly_is_slow_too, fixture) {
    start(4, 100);
    // Both find nothing: what hangs here is "none".
    auto const state = std::make_shared<std::atomic<int>>(0);
    auto const release = std::make_shared<std::atomic<bool>>(false);
    pool.emplace(
        4, 100, [n = now] { return steady_time(std::chrono::seconds{n->load()}); },
        [=](std::string const& host) {
            if (host == "good")
                return one("192.0.2.7");
            ++*state;
            state->notify_all();
            release->wait(false);
            return addresses();
        });
    auto const wait_until = [&](int count) {
        for (int n = state->load(); n < count; n = state->load())
            state->wait(n);
    };
    auto a = resolve("a");
    auto b = resolve("b");
    wait_until(2);
    *now += 2;
    *release = true;
    release->notify_all();
    BOOST_TEST((get(std::move(a)).ec == posthorn::errc::dns_failed));
    BOOST_TEST((get(std::move(b)).ec == posthorn::errc::dns_failed));
    *release = false;
    // One of four threads.
    a = resolve("a");
    b = resolve("b");
    wait_until(3);
    BOOST_TEST(!get(resolve("good")).ec);
    BOOST_TEST(state->load() == 3);
    *release = true;
    release->notify_all();
    (void)get(std::move(a));
    (void)get(std::move(b));
    BOOST_TEST(state->load() == 4);
}

BOOST_FIXTURE_TEST_CASE(nobody_joins_a_look_up_that_has_taken_ten_seconds, fixture) {
    start(2, 10);
    auto first = resolve("hang");
    known.wait_until_hanging(1);
    *now += 9;
    auto second = resolve("hang");
    *now += 1;
    BOOST_TEST((get(resolve("hang")).ec == posthorn::errc::dns_failed));
    known.let_go();
    BOOST_TEST(!get(std::move(first)).ec);
    BOOST_TEST(!get(std::move(second)).ec);
    BOOST_TEST(known.asked("hang") == 1);
    *now += 10;
    BOOST_TEST(!get(resolve("hang")).ec);
    BOOST_TEST(known.asked("hang") == 2);
}

BOOST_FIXTURE_TEST_CASE(so_many_may_wait_and_no_more, fixture) {
    start(1, 2);
    std::vector<std::future<outcome>> waiting;
    for (int i = 0; i != 128; ++i)
        waiting.push_back(resolve("hang"));
    BOOST_TEST((get(resolve("hang")).ec == posthorn::errc::dns_failed));
    BOOST_TEST((get(resolve("other")).ec == posthorn::errc::dns_failed));
    known.let_go();
    for (auto& f : waiting)
        BOOST_TEST(!get(std::move(f)).ec);
    BOOST_TEST(!get(resolve("other")).ec);
}

// A name server of which half the names hang, and that recovers; some of the names are asked for by several.
BOOST_FIXTURE_TEST_CASE(everybody_is_answered_once_whatever_hangs, fixture) {
    start(16, 1024);
    for (int round = 0; round != 10; ++round) {
        std::vector<std::future<outcome>> asked;
        for (int i = 0; i != 60; ++i)
            asked.push_back(resolve((i % 2 == 0 ? "hang" : "good") + std::to_string(i % 40)));
        *now += round % 3;
        known.let_go();
        for (auto& f : asked)
            BOOST_TEST_REQUIRE(!get(std::move(f)).ec);
        known.hold_again();
        *now += 10;
    }
}

BOOST_FIXTURE_TEST_CASE(a_pool_ends_although_all_its_threads_hang, fixture) {
    start(16, 100);
    std::vector<std::future<outcome>> asked;
    for (int i = 0; i != 40; ++i)
        asked.push_back(resolve("hang" + std::to_string(i)));
    known.wait_until_hanging(14);
    pool.reset();
    for (auto& f : asked)
        BOOST_CHECK_THROW((void)f.get(), std::future_error);
}

BOOST_AUTO_TEST_SUITE_END()
