// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/resumption.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>

using posthorn::detail::resumption;

BOOST_AUTO_TEST_SUITE(detail_resumption)

BOOST_AUTO_TEST_CASE(a_resumption_calls_once_and_is_empty_then) {
    int calls = 0;
    resumption one([&calls] { ++calls; });
    BOOST_TEST(static_cast<bool>(one));
    one();
    BOOST_TEST(calls == 1);
    BOOST_TEST(!one);
    BOOST_TEST(!resumption());
}

BOOST_AUTO_TEST_CASE(a_move_takes_the_handler_along) {
    auto const token = std::make_shared<int>(0);
    resumption first([token] { ++*token; });
    resumption second(std::move(first));
    BOOST_TEST(!first); // NOLINT(bugprone-use-after-move)
    resumption third([token] { *token += 100; });
    third = std::move(second);
    BOOST_TEST(token.use_count() == 2);
    auto& same = third;
    third = std::move(same);
    third();
    BOOST_TEST(*token == 1);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(one_that_is_dropped_calls_nothing_and_keeps_nothing) {
    auto const token = std::make_shared<int>(0);
    {
        resumption const dropped([token] { ++*token; });
    }
    BOOST_TEST(*token == 0);
    BOOST_TEST(token.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(it_may_be_set_again_while_it_calls) {
    int calls = 0;
    resumption one;
    one = resumption([&] {
        ++calls;
        one = resumption([&calls] { calls += 10; });
    });
    one();
    one();
    BOOST_TEST(calls == 11);
}

BOOST_AUTO_TEST_SUITE_END()
