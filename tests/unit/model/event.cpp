// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/storage.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/webhook.hpp>
#include <posthorn/options.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <concepts>
#include <string>
#include <type_traits>

namespace {

struct thing {
    int n;
    // No default constructor is asked for.
    explicit thing(int value) : n(value) {}
};

struct place_of_things {};

} // namespace

// Values that are passed to coroutines: g++ 12 destroys braced aggregates beside co_await twice.
static_assert(!std::is_aggregate_v<posthorn::event<thing>>);
static_assert(!std::is_aggregate_v<posthorn::event<thing, place_of_things>>);
static_assert(!std::is_aggregate_v<posthorn::webhook>);
static_assert(!std::is_aggregate_v<posthorn::request>);
static_assert(!std::is_aggregate_v<posthorn::response>);
static_assert(!std::is_aggregate_v<posthorn::exchange>);
static_assert(!std::is_aggregate_v<posthorn::options>);
static_assert(!std::is_aggregate_v<posthorn::dispatch_result>);
static_assert(!std::is_aggregate_v<posthorn::lease>);
static_assert(!std::is_aggregate_v<posthorn::settlement>);
static_assert(!std::is_aggregate_v<posthorn::outbox_row>);

static_assert(std::is_trivially_copyable_v<posthorn::event<thing>> ||
              std::is_nothrow_copy_constructible_v<posthorn::event<thing>>);

// A temporary scope would be gone before the event is.
template <class S>
concept goes_within = requires(posthorn::event<thing> const& e, S&& s) { e.within(static_cast<S&&>(s)); };
static_assert(goes_within<place_of_things&>);
static_assert(goes_within<place_of_things const&>);
static_assert(!goes_within<place_of_things>);
static_assert(!goes_within<place_of_things const>);

BOOST_AUTO_TEST_SUITE(model_event)

BOOST_AUTO_TEST_CASE(created_has_no_state_before) {
    thing const t{1};
    auto const e = posthorn::created(t);
    BOOST_TEST((e.what() == posthorn::action::created));
    BOOST_TEST(&e.object() == &t);
    BOOST_TEST(e.previous() == nullptr);
    BOOST_TEST(e.scope() == nullptr);
    BOOST_TEST(e.actor() == "");
    BOOST_TEST(!e.time());
    BOOST_TEST(!e.id());
}

BOOST_AUTO_TEST_CASE(modified_has_both_states) {
    thing const before{1};
    thing after{2};
    auto const e = posthorn::modified(before, after);
    BOOST_TEST((e.what() == posthorn::action::modified));
    BOOST_TEST(&e.object() == &after);
    BOOST_TEST(e.previous() == &before);
}

BOOST_AUTO_TEST_CASE(deleted_has_its_last_state_as_both) {
    thing const t{1};
    auto const e = posthorn::deleted(t);
    BOOST_TEST((e.what() == posthorn::action::deleted));
    BOOST_TEST(&e.object() == &t);
    BOOST_TEST(e.previous() == &t);
}

BOOST_AUTO_TEST_CASE(every_addition_keeps_the_others_in_any_order) {
    thing const before{1};
    thing const after{2};
    place_of_things const where;
    posthorn::wall_time const time(std::chrono::seconds{5});
    posthorn::uuid id{};
    id.data[3] = 9;
    auto const base = posthorn::modified(before, after);
    auto const check = [&](auto const& e) {
        static_assert(std::same_as<typename std::remove_cvref_t<decltype(e)>::scope_type, place_of_things>);
        BOOST_TEST(e.scope() == &where);
        BOOST_TEST(e.actor() == "ada");
        BOOST_TEST((e.time() == time));
        BOOST_TEST((e.id() == id));
        BOOST_TEST(&e.object() == &after);
        BOOST_TEST(e.previous() == &before);
        BOOST_TEST((e.what() == posthorn::action::modified));
    };
    check(base.within(where).by("ada").at(time).with_id(id));
    check(base.by("ada").at(time).with_id(id).within(where));
    check(base.with_id(id).within(where).at(time).by("ada"));
    // The event that was started from is as it was.
    BOOST_TEST(base.scope() == nullptr);
    BOOST_TEST(base.actor() == "");
}

BOOST_AUTO_TEST_SUITE_END()
