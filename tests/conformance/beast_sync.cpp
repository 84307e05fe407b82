// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/testing/transport_conformance.hpp>
#include <posthorn/transport/beast_sync.hpp>

#include "support/conformance.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace posthorn;

namespace {

testing::conformance_cases const cases =
    testing::blocking_transport_cases<beast_sync>([] { return beast_sync(); });

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_beast_sync)

BOOST_DATA_TEST_CASE(models_blocking_transport, boost::unit_test::data::make(test::names(cases)), name) {
    testing::run_case(cases, name);
}

BOOST_AUTO_TEST_SUITE_END()
