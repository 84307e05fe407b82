// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/inbox.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstddef>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace {

struct node {
    explicit node(std::size_t n) : number(n) {}
    std::size_t number;
    node* next = nullptr;
};

struct counted {
    explicit counted(int& count) : alive(count) { ++alive; }
    counted(counted const&) = delete;
    counted& operator=(counted const&) = delete;
    ~counted() { --alive; }
    int& alive;
    counted* next = nullptr;
};

using inbox = posthorn::detail::inbox<node>;

std::vector<std::size_t> take(inbox& box) {
    std::vector<std::size_t> numbers;
    for (auto* n = box.take_all(); n != nullptr;) {
        std::unique_ptr<node> const owned(n);
        numbers.push_back(n->number);
        n = n->next;
    }
    return numbers;
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_inbox)

BOOST_AUTO_TEST_CASE(gives_nodes_in_the_order_of_their_pushes) {
    inbox box;
    BOOST_TEST(take(box).empty());
    for (std::size_t i = 0; i != 5; ++i)
        (void)box.push(std::make_unique<node>(i));
    BOOST_TEST(take(box) == (std::vector<std::size_t>{0, 1, 2, 3, 4}), boost::test_tools::per_element());
    BOOST_TEST(take(box).empty());
}

BOOST_AUTO_TEST_CASE(says_once_that_the_consumer_must_be_woken) {
    inbox box;
    BOOST_TEST(box.push(std::make_unique<node>(0)));
    BOOST_TEST(!box.push(std::make_unique<node>(1)));
    BOOST_TEST(!box.push(std::make_unique<node>(2)));
    (void)take(box);
    BOOST_TEST(box.push(std::make_unique<node>(3)));
    (void)take(box);
}

BOOST_AUTO_TEST_CASE(destroys_what_nobody_took) {
    int alive = 0;
    {
        posthorn::detail::inbox<counted> box;
        (void)box.push(std::make_unique<counted>(alive));
        (void)box.push(std::make_unique<counted>(alive));
        BOOST_TEST(alive == 2);
    }
    BOOST_TEST(alive == 0);
}

// A push must not touch its node once it is in: the consumer may have deleted it already. Sanitizers see it.
BOOST_AUTO_TEST_CASE(many_threads_push_and_every_node_comes_once_in_the_order_of_its_thread) {
    constexpr std::size_t producers = 3;
    constexpr std::size_t each = 20'000;
    inbox box;
    std::latch start(producers + 1);
    std::atomic<std::size_t> wakes{0};
    std::vector<std::thread> threads;
    for (std::size_t p = 0; p != producers; ++p)
        threads.emplace_back([&, p] {
            start.arrive_and_wait();
            for (std::size_t i = 0; i != each; ++i)
                if (box.push(std::make_unique<node>(p * each + i)))
                    wakes.fetch_add(1, std::memory_order_relaxed);
        });
    start.arrive_and_wait();
    std::vector<std::size_t> next(producers, 0);
    std::size_t taken = 0;
    std::size_t batches = 0;
    bool ordered = true;
    while (taken != producers * each) {
        auto const numbers = take(box);
        batches += numbers.empty() ? 0 : 1;
        for (auto const n : numbers) {
            ordered = ordered && n % each == next[n / each];
            ++next[n / each];
            ++taken;
        }
    }
    for (auto& t : threads)
        t.join();
    BOOST_TEST(ordered);
    // Each batch was announced by exactly one push.
    BOOST_TEST(wakes.load() == batches);
    BOOST_TEST(take(box).empty());
}

BOOST_AUTO_TEST_SUITE_END()
