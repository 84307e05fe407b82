// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/postponed.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <utility>

using work = posthorn::detail::postponed<int, char>;

namespace {

std::pair<int, char> next_of(work& all) {
    work::batch const b(all);
    return b.empty() ? std::pair(0, '-') : std::pair<int, char>(b.next());
}

} // namespace

BOOST_AUTO_TEST_SUITE(postponed)

BOOST_AUTO_TEST_CASE(the_latest_item_of_a_key_counts) {
    work all;
    all.add(1, 'a');
    all.add(1, 'b');
    BOOST_TEST((next_of(all) == std::pair(1, 'b')));
}

BOOST_AUTO_TEST_CASE(what_is_done_does_not_come_again_and_the_rest_does) {
    work all;
    all.add(1, 'a');
    all.add(2, 'b');
    {
        work::batch b(all);
        b.done();
        BOOST_TEST((std::pair<int, char>(b.next()) == std::pair(2, 'b')));
        BOOST_TEST((next_of(all).first == 0));
    }
    BOOST_TEST((next_of(all) == std::pair(2, 'b')));
}

BOOST_AUTO_TEST_CASE(an_item_added_in_the_meantime_is_kept) {
    work all;
    all.add(1, 'a');
    {
        work::batch const b(all);
        all.add(1, 'b');
    }
    BOOST_TEST((next_of(all) == std::pair(1, 'b')));
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_if_the_retry_throws) {
    work all;
    all.add(1, 'a');
    try {
        work::batch const b(all);
        throw std::runtime_error("retry");
    } catch (std::runtime_error const&) {
        BOOST_TEST((next_of(all) == std::pair(1, 'a')));
    }
}

BOOST_AUTO_TEST_SUITE_END()
