// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/memory.hpp>
#include <posthorn/testing/delivery_conformance.hpp>
#include <posthorn/testing/gated_outbox_conformance.hpp>
#include <posthorn/testing/outbox_conformance.hpp>
#include <posthorn/testing/outbox_limit_conformance.hpp>
#include <posthorn/testing/registry_conformance.hpp>

#include "support/conformance.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <utility>

using namespace posthorn;
namespace data = boost::unit_test::data;

namespace {

testing::conformance_cases const outbox =
    testing::outbox_cases<memory_storage>([] { return memory_storage(); });

testing::conformance_cases const limits = testing::outbox_limit_cases<memory_storage>([] {
    memory_limits l;
    l.per_webhook = 2;
    return memory_storage(l);
});

testing::conformance_cases const deliveries =
    testing::delivery_cases<memory_storage>([] { return memory_storage(); });

testing::conformance_cases const registry =
    testing::registry_cases<memory_storage>([] { return memory_storage(); });

testing::conformance_cases const watched =
    testing::watched_registry_cases<memory_storage>([] { return memory_storage(); });

testing::conformance_cases const gated =
    testing::gated_outbox_cases<memory_storage>([] { return memory_storage(); });

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_memory_storage)

BOOST_DATA_TEST_CASE(models_outbox, data::make(test::names(outbox)), name) {
    testing::run_case(outbox, name);
}

BOOST_DATA_TEST_CASE(models_the_limits_of_outbox, data::make(test::names(limits)), name) {
    testing::run_case(limits, name);
}

BOOST_DATA_TEST_CASE(shows_deliveries, data::make(test::names(deliveries)), name) {
    testing::run_case(deliveries, name);
}

BOOST_DATA_TEST_CASE(models_registry, data::make(test::names(registry)), name) {
    testing::run_case(registry, name);
}

BOOST_DATA_TEST_CASE(models_watched_registry, data::make(test::names(watched)), name) {
    testing::run_case(watched, name);
}

BOOST_DATA_TEST_CASE(claims_follow_the_registry, data::make(test::names(gated)), name) {
    testing::run_case(gated, name);
}

// A registry may answer with everything at any time; this one does not.
BOOST_AUTO_TEST_CASE(loads_only_what_has_changed) {
    memory_storage storage;
    BOOST_TEST(testing::detail::loads_only_changes(storage));
}

BOOST_AUTO_TEST_CASE(a_suite_has_no_name_twice) {
    for (auto const& [suite, least] :
         {std::pair{&outbox, 30U}, {&deliveries, 20U}, {&registry, 40U}, {&gated, 12U}}) {
        auto const all = test::names(*suite);
        BOOST_TEST(std::set<std::string>(all.begin(), all.end()).size() == all.size());
        BOOST_TEST(all.size() >= least);
    }
}

BOOST_AUTO_TEST_SUITE_END()
