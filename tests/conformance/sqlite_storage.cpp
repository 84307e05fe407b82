// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/sqlite.hpp>
#include <posthorn/testing/delivery_conformance.hpp>
#include <posthorn/testing/durability_conformance.hpp>
#include <posthorn/testing/history_conformance.hpp>
#include <posthorn/testing/outbox_conformance.hpp>
#include <posthorn/testing/registry_conformance.hpp>
#include <posthorn/testing/settings_conformance.hpp>

#include "../support/conformance.hpp"
#include "../support/sqlite_file.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <list>

using namespace posthorn;
namespace data = boost::unit_test::data;

namespace {

// A storage in a file of its own; the files go when the program ends.
sqlite_storage fresh() {
    static std::list<test::fresh_file> files;
    files.emplace_back();
    return sqlite_storage::open(files.back().path(), test::quick_options()).value();
}

test::sqlite_database database() {
    return test::sqlite_database();
}

test::sqlite_database prepared_database() {
    return test::sqlite_database(true);
}

testing::conformance_cases const outbox = testing::outbox_cases<sqlite_storage>(fresh);
testing::conformance_cases const deliveries = testing::delivery_cases<sqlite_storage>(fresh);
testing::conformance_cases const registry = testing::registry_cases<sqlite_storage>(fresh);

testing::conformance_cases const history = testing::history_cases<sqlite_storage>(fresh);
testing::conformance_cases const settings = testing::settings_cases<sqlite_storage>(fresh);
testing::conformance_cases const settings_durability = testing::settings_durability_cases(database);
testing::conformance_cases const enlist = testing::enlist_cases(database);
testing::conformance_cases const enlist_prepared = testing::enlist_cases(prepared_database);
testing::conformance_cases const durability = testing::durability_cases(database);

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_sqlite_storage)

BOOST_DATA_TEST_CASE(models_outbox, data::make(test::names(outbox)), name) {
    testing::run_case(outbox, name);
}

BOOST_DATA_TEST_CASE(shows_deliveries, data::make(test::names(deliveries)), name) {
    testing::run_case(deliveries, name);
}

BOOST_DATA_TEST_CASE(models_registry, data::make(test::names(registry)), name) {
    testing::run_case(registry, name);
}

BOOST_DATA_TEST_CASE(keeps_a_history, data::make(test::names(history)), name) {
    testing::run_case(history, name);
}

BOOST_DATA_TEST_CASE(keeps_settings, data::make(test::names(settings)), name) {
    testing::run_case(settings, name);
}

BOOST_DATA_TEST_CASE(keeps_settings_for_good, data::make(test::names(settings_durability)), name) {
    testing::run_case(settings_durability, name);
}

BOOST_DATA_TEST_CASE(models_enlist, data::make(test::names(enlist)), name) {
    testing::run_case(enlist, name);
}

BOOST_DATA_TEST_CASE(models_enlist_with_a_session, data::make(test::names(enlist_prepared)), name) {
    testing::run_case(enlist_prepared, name);
}

BOOST_DATA_TEST_CASE(models_durability, data::make(test::names(durability)), name) {
    testing::run_case(durability, name);
}

BOOST_AUTO_TEST_SUITE_END()
