// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/stored_delivery.hpp>

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using enum delivery_state;

namespace {

constexpr delivery_state all[] = {pending, delivering, delivered, failed, cancelled, paused};

} // namespace

BOOST_AUTO_TEST_SUITE(model_stored_delivery)

BOOST_AUTO_TEST_CASE(a_set_of_states_has_what_it_was_made_of) {
    delivery_states const some{failed, paused};
    for (auto const s : all) {
        BOOST_TEST(some.has(s) == (s == failed || s == paused));
        BOOST_TEST(delivery_states::all().has(s));
        BOOST_TEST(!delivery_states().has(s));
    }
    BOOST_TEST(delivery_states().empty());
    BOOST_TEST(!some.empty());
    BOOST_TEST((some == delivery_states{paused, failed}));
}

// Nothing that has arrived is ever changed, and nothing that a worker holds.
BOOST_AUTO_TEST_CASE(each_change_has_its_states) {
    using enum delivery_change;
    BOOST_TEST((changeable(cancel) == delivery_states{pending, paused, failed}));
    BOOST_TEST((changeable(pause) == delivery_states{pending}));
    BOOST_TEST((changeable(resume) == delivery_states{paused}));
    BOOST_TEST((changeable(redeliver) == delivery_states{failed, cancelled}));
    BOOST_TEST((changed_to(cancel) == cancelled));
    BOOST_TEST((changed_to(pause) == paused));
    BOOST_TEST((changed_to(resume) == pending));
    BOOST_TEST((changed_to(redeliver) == pending));
}

BOOST_AUTO_TEST_SUITE_END()
