// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/transaction/commit_plan.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <optional>
#include <string>

using posthorn::detail::commit_parts;
using posthorn::detail::commit_plan;
using posthorn::detail::commit_step;

namespace {

char letter(commit_plan const& plan) {
    switch (plan.next()) {
    case commit_step::call:
        return static_cast<char>('0' + plan.call());
    case commit_step::enlist:
        return 'e';
    case commit_step::commit:
        return 'c';
    case commit_step::append:
        return 'a';
    case commit_step::roll_back:
        return 'r';
    case commit_step::hand_over:
        return 'h';
    case commit_step::end:
        break;
    }
    return '.';
}

// The steps, one letter each; the one with number `failing` fails.
std::string steps(commit_parts const& parts, std::optional<std::size_t> failing = std::nullopt) {
    std::string all;
    for (commit_plan plan(parts); plan.next() != commit_step::end;) {
        bool const fails = failing == all.size();
        all += letter(plan);
        plan.ended(!fails);
    }
    return all;
}

commit_parts parts(std::size_t before, std::size_t after, bool stores, bool enlists) {
    return {before, after, stores, enlists};
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_commit_plan)

BOOST_AUTO_TEST_CASE(nothing_recorded_is_a_commit) {
    BOOST_TEST(steps(parts(0, 0, false, false)) == "c");
    BOOST_TEST(steps(parts(0, 0, false, true)) == "c");
}

BOOST_AUTO_TEST_CASE(calls_store_commit_calls_lanes) {
    BOOST_TEST(steps(parts(2, 2, true, true)) == "01ec23h");
    BOOST_TEST(steps(parts(2, 2, true, false)) == "01ca23h");
    BOOST_TEST(steps(parts(1, 0, false, false)) == "0c");
    BOOST_TEST(steps(parts(0, 1, false, false)) == "c0");
    BOOST_TEST(steps(parts(0, 0, true, true)) == "ech");
    BOOST_TEST(steps(parts(0, 0, true, false)) == "cah");
}

BOOST_AUTO_TEST_CASE(what_fails_before_the_commit_or_in_it_undoes_everything) {
    BOOST_TEST(steps(parts(2, 2, true, true), 0) == "0r");
    BOOST_TEST(steps(parts(2, 2, true, true), 1) == "01r");
    BOOST_TEST(steps(parts(2, 2, true, true), 2) == "01er");
    BOOST_TEST(steps(parts(2, 2, true, true), 3) == "01ecr");
    BOOST_TEST(steps(parts(0, 0, false, false), 0) == "cr");
    BOOST_TEST(steps(parts(0, 2, true, false), 0) == "cr");
}

BOOST_AUTO_TEST_CASE(what_fails_behind_the_commit_stops_nothing) {
    BOOST_TEST(steps(parts(1, 2, true, false), 2) == "0ca12h");
    BOOST_TEST(steps(parts(1, 2, true, false), 3) == "0ca12h");
    BOOST_TEST(steps(parts(1, 2, true, false), 4) == "0ca12h");
    BOOST_TEST(steps(parts(1, 2, true, true), 5) == "0ec12h");
}

// All small plans, with each step failing: the rules, one by one.
BOOST_AUTO_TEST_CASE(the_rules_hold_in_every_plan_whatever_fails) {
    for (std::size_t before = 0; before != 4; ++before)
        for (std::size_t after = 0; after != 4; ++after)
            for (bool const stores : {false, true})
                for (bool const enlists : {false, true})
                    for (std::size_t failing = 0; failing != 12; ++failing) {
                        auto const what = parts(before, after, stores, enlists);
                        auto const all = steps(what, failing);
                        auto const commit = all.find('c');
                        auto const rolled_back = all.find('r');
                        BOOST_TEST_CONTEXT(all) {
                            bool const committed = commit != all.npos && rolled_back == all.npos;
                            BOOST_TEST(committed == (rolled_back == all.npos));
                            // Rolling back is the last thing that is done.
                            BOOST_TEST((committed || rolled_back == all.size() - 1));
                            BOOST_TEST(committed == (failing > commit || failing >= all.size()));
                            for (std::size_t call = 0; call != before + after; ++call) {
                                auto const at = all.find(static_cast<char>('0' + call));
                                BOOST_TEST((call >= before || at == all.npos || at < commit));
                                BOOST_TEST((call < before ||
                                            (committed ? at > commit && at < all.npos : at == all.npos)));
                            }
                            BOOST_TEST((all.find('h') != all.npos) == (committed && stores));
                            BOOST_TEST((all.find('a') != all.npos) == (committed && stores && !enlists));
                            BOOST_TEST((all.find('e') == all.npos ||
                                        (stores && enlists && all.find('e') < all.size() - 1)));
                        }
                    }
}

BOOST_AUTO_TEST_CASE(the_transaction_is_open_until_the_commit_has_ended) {
    commit_plan plan(parts(1, 1, true, true));
    BOOST_TEST(plan.is_open());
    plan.ended(true);
    BOOST_TEST(plan.is_open());
    plan.ended(true);
    BOOST_TEST(plan.is_open());
    plan.ended(true);
    BOOST_TEST(!plan.is_open());
    BOOST_TEST((plan.next() == commit_step::call));
}

BOOST_AUTO_TEST_SUITE_END()
