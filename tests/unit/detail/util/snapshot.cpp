// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/snapshot.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using posthorn::detail::snapshot;

// Two halves that always agree, so that a torn read shows.
struct pair {
    explicit pair(int n) : first(n), second(n) {}
    int first;
    int second;
};

} // namespace

BOOST_AUTO_TEST_SUITE(detail_snapshot)

BOOST_AUTO_TEST_CASE(gives_what_was_stored_last) {
    snapshot<int> s(std::make_shared<int const>(1));
    BOOST_TEST(*s.load() == 1);
    BOOST_TEST(*s.load() == 1);
    s.store(std::make_shared<int const>(2));
    BOOST_TEST(*s.load() == 2);
    s.store(std::make_shared<int const>(3));
    s.store(std::make_shared<int const>(4));
    BOOST_TEST(*s.load() == 4);
}

BOOST_AUTO_TEST_CASE(a_version_lives_as_long_as_somebody_holds_it) {
    snapshot<std::string> s(std::make_shared<std::string const>("old"));
    auto const held = s.load();
    s.store(std::make_shared<std::string const>("new"));
    (void)s.load();
    BOOST_TEST(*held == "old");
}

BOOST_AUTO_TEST_CASE(a_version_goes_when_the_thread_reads_the_next) {
    auto first = std::make_shared<int const>(1);
    std::weak_ptr<int const> const seen = first;
    snapshot<int> s(std::move(first));
    (void)s.load();
    s.store(std::make_shared<int const>(2));
    BOOST_TEST(!seen.expired());
    (void)s.load();
    BOOST_TEST(seen.expired());
}

BOOST_AUTO_TEST_CASE(many_snapshots_of_many_types_do_not_mix) {
    // More than a thread remembers at once.
    std::vector<std::unique_ptr<snapshot<int>>> numbers;
    std::vector<std::unique_ptr<snapshot<std::string>>> texts;
    for (int i = 0; i != 20; ++i) {
        numbers.push_back(std::make_unique<snapshot<int>>(std::make_shared<int const>(i)));
        texts.push_back(
            std::make_unique<snapshot<std::string>>(std::make_shared<std::string const>(std::to_string(i))));
    }
    for (int round = 0; round != 3; ++round)
        for (std::size_t i = 0; i != 20; ++i) {
            BOOST_TEST(*numbers[i]->load() == static_cast<int>(i));
            BOOST_TEST(*texts[i]->load() == std::to_string(i));
        }
}

BOOST_AUTO_TEST_CASE(a_new_snapshot_at_an_old_address_is_another_one) {
    for (int i = 0; i != 20; ++i) {
        snapshot<int> const s(std::make_shared<int const>(i));
        BOOST_TEST(*s.load() == i);
    }
}

BOOST_AUTO_TEST_CASE(another_thread_sees_what_was_stored_before_it_was_told) {
    snapshot<int> s(std::make_shared<int const>(0));
    std::latch read_once(1);
    std::latch stored(1);
    int before = -1;
    int after = -1;
    std::thread reader([&] {
        before = *s.load();
        read_once.count_down();
        stored.wait();
        after = *s.load();
    });
    read_once.wait();
    s.store(std::make_shared<int const>(9));
    stored.count_down();
    reader.join();
    BOOST_TEST(before == 0);
    BOOST_TEST(after == 9);
}

BOOST_AUTO_TEST_CASE(readers_never_see_a_half_or_go_back) {
    snapshot<pair> s(std::make_shared<pair const>(0));
    std::atomic<bool> wrong{false};
    constexpr int last = 5'000;
    std::vector<std::thread> readers;
    for (int i = 0; i != 2; ++i)
        readers.emplace_back([&] {
            for (int seen = 0; seen != last;) {
                auto const now = s.load();
                if (now->first != now->second || now->first < seen)
                    wrong = true;
                seen = now->first;
            }
        });
    for (int i = 1; i <= last; ++i)
        s.store(std::make_shared<pair const>(i));
    for (auto& t : readers)
        t.join();
    BOOST_TEST(!wrong);
}

BOOST_AUTO_TEST_SUITE_END()
