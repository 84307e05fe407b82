// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/sqlite.hpp>
#include <posthorn/testing/delivery_conformance.hpp>
#include <posthorn/testing/durability_conformance.hpp>
#include <posthorn/testing/gated_outbox_conformance.hpp>
#include <posthorn/testing/outbox_conformance.hpp>
#include <posthorn/testing/registry_conformance.hpp>

#include "../support/conformance.hpp"
#include "../support/sqlite_file.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <list>
#include <string>

using namespace posthorn;
namespace data = boost::unit_test::data;

namespace {

// A file of its own; the files go when the program ends.
std::string fresh_path() {
    static std::list<test::fresh_file> files;
    files.emplace_back();
    return files.back().path();
}

sqlite_storage open(std::string const& path) {
    return sqlite_storage::open(path, test::quick_options()).value();
}

sqlite_storage fresh() {
    return open(fresh_path());
}

// Two processes, as far as SQLite can tell.
testing::registry_pair<sqlite_storage> fresh_pair() {
    auto const path = fresh_path();
    return {open(path), open(path)};
}

test::sqlite_database database() {
    return test::sqlite_database();
}

test::sqlite_database prepared_database() {
    return test::sqlite_database(true);
}

testing::conformance_cases const outbox = testing::outbox_cases<sqlite_storage>(fresh);
testing::conformance_cases const deliveries = testing::delivery_cases<sqlite_storage>(fresh);
testing::conformance_cases const gated = testing::gated_outbox_cases<sqlite_storage>(fresh);

testing::conformance_cases const registry = testing::registry_cases<sqlite_storage>(fresh_pair);
testing::conformance_cases const registry_of_one = testing::registry_cases<sqlite_storage>(fresh);
testing::conformance_cases const awaited = testing::awaitable_registry_cases<sqlite_storage>(fresh_pair);
testing::conformance_cases const transactional = testing::transactional_registry_cases(database);
testing::conformance_cases const transactional_prepared =
    testing::transactional_registry_cases(prepared_database);
testing::conformance_cases const registry_durability = testing::registry_durability_cases(database);

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

BOOST_DATA_TEST_CASE(claims_follow_the_registry, data::make(test::names(gated)), name) {
    testing::run_case(gated, name);
}

BOOST_DATA_TEST_CASE(models_registry, data::make(test::names(registry)), name) {
    testing::run_case(registry, name);
}

BOOST_DATA_TEST_CASE(models_registry_with_one_handle, data::make(test::names(registry_of_one)), name) {
    testing::run_case(registry_of_one, name);
}

BOOST_DATA_TEST_CASE(models_awaitable_registry, data::make(test::names(awaited)), name) {
    testing::run_case(awaited, name);
}

BOOST_DATA_TEST_CASE(models_transactional_registry, data::make(test::names(transactional)), name) {
    testing::run_case(transactional, name);
}

BOOST_DATA_TEST_CASE(models_transactional_registry_with_a_session,
                     data::make(test::names(transactional_prepared)), name) {
    testing::run_case(transactional_prepared, name);
}

BOOST_DATA_TEST_CASE(keeps_records_for_good, data::make(test::names(registry_durability)), name) {
    testing::run_case(registry_durability, name);
}

// A registry may answer with everything at any time; this one does not.
BOOST_AUTO_TEST_CASE(loads_only_what_has_changed) {
    auto storage = fresh();
    BOOST_TEST(testing::detail::loads_only_changes(storage));
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
