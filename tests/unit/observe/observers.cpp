// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/observe/counters.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/observe/observers.hpp>

#include "../../support/notices.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace {

using namespace posthorn::test;

// Writes its letter and the hook's.
class scribe {
  public:
    scribe(char letter, std::shared_ptr<std::string> page) : letter_(letter), page_(std::move(page)) {}

    void on_accepted(posthorn::accepted_notice const&) { write('a'); }
    void on_refused(posthorn::refused_notice const&) { write('r'); }
    void on_attempt(posthorn::attempt_notice const&) { write('t'); }
    void on_settled(posthorn::settled_notice const&) { write('s'); }
    void on_problem(posthorn::problem_notice const&) { write('p'); }

  private:
    void write(char hook) { page_->append({letter_, hook, ' '}); }

    char letter_;
    std::shared_ptr<std::string> page_;
};

// Has one hook only.
struct listens_to_problems {
    void on_problem(posthorn::problem_notice const& n) { heard->append(n.message); }
    std::shared_ptr<std::string> heard = std::make_shared<std::string>();
};

struct throws {
    void on_problem(posthorn::problem_notice const&) { throw std::runtime_error("no"); }
};

template <class Observer>
void tell_all(Observer& o) {
    notice_source const from;
    auto const x = answered(200);
    o.on_accepted(from.accepted());
    o.on_refused(from.refused());
    o.on_attempt(from.attempt(x, posthorn::delivery_state::delivered));
    o.on_settled(from.settled(posthorn::delivery_state::delivered));
    o.on_problem(from.problem("boo"));
}

} // namespace

static_assert(posthorn::check_observer<posthorn::observers<scribe, listens_to_problems>>());
static_assert(posthorn::Observer<posthorn::no_observer>);
static_assert(posthorn::Observer<listens_to_problems>);

BOOST_AUTO_TEST_SUITE(observe_observers)

BOOST_AUTO_TEST_CASE(each_hears_every_notice_in_the_order_of_the_list) {
    auto const page = std::make_shared<std::string>();
    posthorn::observers<scribe, scribe> both(scribe('1', page), scribe('2', page));
    tell_all(both);
    BOOST_TEST(*page == "1a 2a 1r 2r 1t 2t 1s 2s 1p 2p ");
}

BOOST_AUTO_TEST_CASE(one_without_a_hook_is_left_out) {
    listens_to_problems one;
    auto const page = std::make_shared<std::string>();
    posthorn::observers<listens_to_problems, posthorn::no_observer, scribe> all(one, {}, scribe('x', page));
    tell_all(all);
    BOOST_TEST(*one.heard == "boo");
    BOOST_TEST(*page == "xa xr xt xs xp ");
}

BOOST_AUTO_TEST_CASE(one_that_throws_disturbs_nobody) {
    auto const page = std::make_shared<std::string>();
    posthorn::observers<throws, scribe> all(throws(), scribe('x', page));
    tell_all(all);
    BOOST_TEST(*page == "xa xr xt xs xp ");
}

BOOST_AUTO_TEST_CASE(handles_stay_handles) {
    posthorn::counters const mine;
    posthorn::observers<posthorn::counters> all(mine);
    auto copy = all;
    tell_all(copy);
    BOOST_TEST(mine.values().accepted == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
