// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/observer.hpp>
#include <posthorn/observe/counters.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/observe/observers.hpp>

#include "support/archetypes.hpp"

namespace {

using namespace posthorn;

struct hears_refusals {
    void on_refused(refused_notice const&);
};
struct hears_by_value {
    void on_problem(problem_notice);
};

struct hears_nothing {};
struct misspells {
    void on_settled(settled_notice const&);
    void on_delivered(settled_notice const&);
};
struct misspells_only {
    void on_attempted(attempt_notice const&);
};
struct hears_the_wrong_notice {
    void on_attempt(settled_notice const&);
};
struct one_hook_right_and_one_wrong {
    void on_accepted(accepted_notice const&);
    void on_problem(std::string_view);
};
struct changes_the_notice {
    void on_accepted(accepted_notice&);
};
struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    void on_settled(settled_notice const&);
};

} // namespace

static_assert(check_observer<test::archetypes::observer>());
static_assert(check_observer<no_observer>());
static_assert(check_observer<counters>());
static_assert(Observer<test::archetypes::observer>);
static_assert(Observer<hears_refusals>);
static_assert(Observer<hears_by_value>);
static_assert(Observer<observers<counters, hears_refusals>>);
static_assert(!Observer<hears_nothing>);
static_assert(!Observer<misspells>);
static_assert(!Observer<misspells_only>);
static_assert(!Observer<hears_the_wrong_notice>);
static_assert(!Observer<one_hook_right_and_one_wrong>);
static_assert(!Observer<changes_the_notice>);
static_assert(!Observer<cannot_be_copied>);
