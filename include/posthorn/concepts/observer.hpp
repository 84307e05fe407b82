// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/member_name.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/call_mode.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/exchange.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <concepts>
#include <string_view>

namespace posthorn {

/// A delivery was accepted: the storage has it.
struct accepted_notice {
    delivery const& what;
    /// Set: rendering failed for good, and the delivery is a dead letter from the start.
    error_code error;
    wall_time time;
};

/// A match was not accepted.
struct refused_notice {
    uuid const& webhook;
    uuid const& event;
    error_code error;
    std::string_view message;
    wall_time time;
};

/// An attempt ended: of a delivery, or the only one of a synchronous call, which has no other notice.
struct attempt_notice {
    delivery const& what;
    call_mode mode;
    url const& endpoint;
    /// From 1.
    unsigned number;
    exchange const& outcome;
    duration took;
    /// What becomes of the delivery.
    delivery_state next;
    /// When the next attempt is due, if `next` is pending.
    wall_time next_at;
    wall_time time;
};

/// A delivery reached an end: delivered, failed or cancelled.
struct settled_notice {
    uuid const& delivery;
    delivery_state state;
    unsigned attempts;
    /// Why it is not delivered.
    error_code error;
    /// Another worker had taken it over meanwhile; that one settles it.
    bool lost;
    wall_time time;
};

/// A webhook has failed without one success for so long that it will be deactivated; the time to tell its
/// owner.
struct failing_notice {
    uuid const& webhook;
    /// Since when.
    wall_time since;
    /// When it is deactivated, unless an attempt succeeds until then.
    wall_time disabled_at;
    /// Of the last attempt.
    error_code error;
    wall_time time;
};

/// Something went wrong that belongs to no delivery: a storage that fails, a policy that throws.
struct problem_notice {
    error_code error;
    std::string_view message;
    wall_time time;
};

namespace detail {

template <class T>
concept hears_accepted = requires(T& o, accepted_notice const& n) { o.on_accepted(n); };
template <class T>
concept hears_refused = requires(T& o, refused_notice const& n) { o.on_refused(n); };
template <class T>
concept hears_attempt = requires(T& o, attempt_notice const& n) { o.on_attempt(n); };
template <class T>
concept hears_settled = requires(T& o, settled_notice const& n) { o.on_settled(n); };
template <class T>
concept hears_failing = requires(T& o, failing_notice const& n) { o.on_failing(n); };
template <class T>
concept hears_problem = requires(T& o, problem_notice const& n) { o.on_problem(n); };

// Names that people write for the hooks above; a type with one of them means a hook and would silently not be
// called.
template <class T>
concept misspells_a_hook =
    requires { &T::on_accept; } || requires { &T::on_refuse; } || requires { &T::on_attempted; } ||
    requires { &T::on_attempts; } || requires { &T::on_settle; } || requires { &T::on_delivered; } ||
    requires { &T::on_failed; } || requires { &T::on_error; } || requires { &T::on_delivery; } ||
    requires { &T::accepted; } || requires { &T::attempt; } || requires { &T::settled; };

POSTHORN_NAMES_MEMBER(on_accepted);
POSTHORN_NAMES_MEMBER(on_refused);
POSTHORN_NAMES_MEMBER(on_attempt);
POSTHORN_NAMES_MEMBER(on_settled);
POSTHORN_NAMES_MEMBER(on_failing);
POSTHORN_NAMES_MEMBER(on_problem);

template <class T>
concept has_a_hook = hears_accepted<T> || hears_refused<T> || hears_attempt<T> || hears_settled<T> ||
                     hears_failing<T> || hears_problem<T>;

template <class T>
concept has_a_wrong_hook =
    (names_on_accepted<T> && !hears_accepted<T>) || (names_on_refused<T> && !hears_refused<T>) ||
    (names_on_attempt<T> && !hears_attempt<T>) || (names_on_settled<T> && !hears_settled<T>) ||
    (names_on_failing<T> && !hears_failing<T>) || (names_on_problem<T> && !hears_problem<T>);

template <class T>
concept silent_on_purpose = requires { typename T::observes_nothing; };

} // namespace detail

/// Is told what happens.
///
/// Purpose: logs and metrics. Semantic: every hook is optional; one that is absent costs nothing. Notices are
/// views, valid during the call. Nothing in them is secret, but what a receiver answered is untrusted; where
/// it repeats a secret header field, that is masked as far as it is recognised.
///
/// Concurrency: `on_accepted` and `on_refused` are called on the dispatching thread, the others on a shard's;
/// `on_attempt` also on one that commits, `on_problem` also on one that makes a dispatcher or saves
/// something; all of them at once. A hook returns soon and does not throw; what it throws is swallowed.
///
/// Lifetime: a copyable handle.
///
/// Conforming signatures, any of: `void on_accepted(accepted_notice const&)`, `void on_refused(refused_notice
/// const&)`, `void on_attempt(attempt_notice const&)`, `void on_settled(settled_notice const&)`, `void
/// on_failing(failing_notice const&)`, `void on_problem(problem_notice const&)`.
///
/// See: `no_observer`, `json_log`, `counters`, `observers`.
template <class T>
concept Observer = std::copy_constructible<T> && (detail::has_a_hook<T> || detail::silent_on_purpose<T>) &&
                   !detail::misspells_a_hook<T> && !detail::has_a_wrong_hook<T>;

/// Says in prose what is wrong with an Observer. Call it in a static_assert beside your policy.
template <class T>
consteval bool check_observer() {
    static_assert(
        !detail::misspells_a_hook<T>,
        "posthorn: Observer has a function that looks like a hook and would never be called; the hooks are "
        "on_accepted, on_refused, on_attempt, on_settled, on_failing, on_problem. See "
        "posthorn/concepts/observer.hpp");
    static_assert(
        !detail::has_a_wrong_hook<T>,
        "posthorn: Observer has a hook with another parameter; write `void on_NAME(posthorn::NAME_notice "
        "const&)`. See posthorn/concepts/observer.hpp");
    static_assert(
        detail::has_a_hook<T> || detail::silent_on_purpose<T> || detail::misspells_a_hook<T> ||
            detail::has_a_wrong_hook<T>,
        "posthorn: Observer has no hook; write at least one of on_accepted, on_refused, on_attempt, "
        "on_settled, on_failing, on_problem, or use no_observer. See posthorn/concepts/observer.hpp");
    static_assert(std::copy_constructible<T>,
                  "posthorn: Observer must be copyable; make it a handle to shared state.");
    return true;
}

namespace detail {

// Calls one hook where it exists; an observer never disturbs a delivery.
template <class T, class Notice>
void notify(T& observer, Notice const& notice) noexcept {
    try {
        if constexpr (requires { observer.on_accepted(notice); })
            observer.on_accepted(notice);
        else if constexpr (requires { observer.on_refused(notice); })
            observer.on_refused(notice);
        else if constexpr (requires { observer.on_attempt(notice); })
            observer.on_attempt(notice);
        else if constexpr (requires { observer.on_settled(notice); })
            observer.on_settled(notice);
        else if constexpr (requires { observer.on_failing(notice); })
            observer.on_failing(notice);
        else if constexpr (requires { observer.on_problem(notice); })
            observer.on_problem(notice);
    } catch (...) { // NOLINT(bugprone-empty-catch): the contract of Observer
    }
}

} // namespace detail

} // namespace posthorn
