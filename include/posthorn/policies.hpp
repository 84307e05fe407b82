// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/address_guard.hpp>
#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/concepts/clock.hpp>
#include <posthorn/concepts/ids.hpp>
#include <posthorn/concepts/observer.hpp>
#include <posthorn/concepts/random.hpp>
#include <posthorn/concepts/registry.hpp>
#include <posthorn/concepts/retry_policy.hpp>
#include <posthorn/concepts/semantics.hpp>
#include <posthorn/concepts/signer.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/concepts/transport.hpp>
#include <posthorn/fwd.hpp>
#include <posthorn/semantics/after_commit.hpp>
#include <posthorn/semantics/fire_and_forget.hpp>
#include <posthorn/semantics/in_transaction.hpp>

#include <concepts>
#include <type_traits>

namespace posthorn {

/// Stands for a policy that the chosen semantics do not need.
struct not_set {};

/// A bundle of policies: what a dispatcher is made of.
///
/// Derive a struct of your own from a bundle, so that errors and symbols print one name:
/// @code
/// struct policies : posthorn::default_policies::with_storage<my_storage>::with_observer<my_log> {};
/// @endcode
/// What the semantics do not need may be `not_set`: without `fire_and_forget` the outbox and the retry
/// policy, without the two others the blocking transport; the transport, if without `fire_and_forget` nothing
/// is awaited.
template <class Transport, class BlockingTransport, class Registry, class Outbox, class SemanticsSet,
          class Signer, class Retry, class Guard, class Observer, class Clock, class Random, class Ids>
struct policy_set {
    using transport = Transport;
    using blocking_transport = BlockingTransport;
    using registry = Registry;
    using outbox = Outbox;
    using semantics = SemanticsSet;
    using signer = Signer;
    using retry = Retry;
    using guard = Guard;
    using observer = Observer;
    using clock = Clock;
    using random = Random;
    using ids = Ids;

    /// @name The same bundle with one policy replaced.
    /// @{
    template <class T>
    using with_transport = policy_set<T, BlockingTransport, Registry, Outbox, SemanticsSet, Signer, Retry,
                                      Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_blocking_transport = policy_set<Transport, T, Registry, Outbox, SemanticsSet, Signer, Retry,
                                               Guard, Observer, Clock, Random, Ids>;
    /// Registry and outbox in one.
    template <class T>
    using with_storage = policy_set<Transport, BlockingTransport, T, T, SemanticsSet, Signer, Retry, Guard,
                                    Observer, Clock, Random, Ids>;
    template <class T>
    using with_registry = policy_set<Transport, BlockingTransport, T, Outbox, SemanticsSet, Signer, Retry,
                                     Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_outbox = policy_set<Transport, BlockingTransport, Registry, T, SemanticsSet, Signer, Retry,
                                   Guard, Observer, Clock, Random, Ids>;
    /// The call modes that webhooks may have.
    template <class... Mode>
    using with_semantics = policy_set<Transport, BlockingTransport, Registry, Outbox, semantics_set<Mode...>,
                                      Signer, Retry, Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_signer = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, T, Retry,
                                   Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_retry = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, Signer, T,
                                  Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_guard = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, Signer, Retry,
                                  T, Observer, Clock, Random, Ids>;
    template <class T>
    using with_observer = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, Signer,
                                     Retry, Guard, T, Clock, Random, Ids>;
    template <class T>
    using with_clock = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, Signer, Retry,
                                  Guard, Observer, T, Random, Ids>;
    template <class T>
    using with_random = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, Signer,
                                   Retry, Guard, Observer, Clock, T, Ids>;
    template <class T>
    using with_ids = policy_set<Transport, BlockingTransport, Registry, Outbox, SemanticsSet, Signer, Retry,
                                Guard, Observer, Clock, Random, T>;
    /// @}
};

/// In memory, over HTTP and HTTPS, signed where a webhook has keys, to public addresses only. Include
/// <posthorn/defaults.hpp> to have them all defined.
using default_policies = policy_set<beast_async, beast_sync, memory_storage, memory_storage,
                                    semantics_set<fire_and_forget>, standard_webhooks, standard_schedule,
                                    public_addresses, no_observer, system_clock, system_random, uuid_v7>;

namespace detail {

template <class T>
concept defined = requires { sizeof(T); };

// The policies of a bundle that its semantics need, the others as not_set.
template <class P>
struct needed_policies {
    using semantics = typename P::semantics;
    using transport = typename P::transport;
    using blocking_transport =
        std::conditional_t<semantics::synchronous(), typename P::blocking_transport, not_set>;
    using registry = typename P::registry;
    using outbox = std::conditional_t<semantics::background(), typename P::outbox, not_set>;
    using signer = typename P::signer;
    using retry = std::conditional_t<semantics::background(), typename P::retry, not_set>;
    using guard = typename P::guard;
    using observer = typename P::observer;
    using clock = typename P::clock;
    using random = typename P::random;
    using ids = typename P::ids;

    static constexpr bool all_defined = defined<transport> && defined<blocking_transport> &&
                                        defined<registry> && defined<outbox> && defined<signer> &&
                                        defined<retry> && defined<guard> && defined<observer> &&
                                        defined<clock> && defined<random> && defined<ids>;
};

template <class T>
inline constexpr bool is_set = !std::same_as<T, not_set>;

// What its semantics need, a bundle must have; where something is not_set, nothing else is said of it.
template <class P, class Needed>
consteval bool check_needed_ones() {
    constexpr bool background = Needed::semantics::background();
    static_assert(!background || is_set<typename P::transport>,
                  "posthorn: fire_and_forget needs a transport, and the bundle's is not_set; name one, for "
                  "example with_transport<beast_async>.");
    static_assert(!background || is_set<typename P::outbox>,
                  "posthorn: fire_and_forget needs an outbox, and the bundle's is not_set; name one, for "
                  "example with_outbox<memory_storage>.");
    static_assert(
        !background || is_set<typename P::retry>,
        "posthorn: fire_and_forget needs a retry policy, and the bundle's is not_set; name one, for "
        "example with_retry<no_retry>.");
    if constexpr (background && is_set<typename P::outbox>)
        (void)check_outbox<typename P::outbox>();
    if constexpr (background && is_set<typename P::retry>)
        (void)check_retry_policy<typename P::retry>();
    if constexpr (is_set<typename Needed::transport>)
        (void)check_transport<typename Needed::transport>();
    if constexpr (is_set<typename Needed::blocking_transport>)
        (void)check_blocking_transport<typename Needed::blocking_transport>();
    return true;
}

// A bundle is checked policy by policy, so that the first line of an error says which one lacks what.
template <class P>
consteval bool check_policies() {
    if constexpr (check_semantics<typename P::semantics>() && is_semantics_set<typename P::semantics>) {
        using needed = needed_policies<P>;
        static_assert(needed::all_defined,
                      "posthorn: a policy of the bundle is only declared here; include its header, or "
                      "<posthorn/defaults.hpp> for all that ship.");
        if constexpr (needed::all_defined) {
            return check_needed_ones<P, needed>() && check_registry<typename needed::registry>() &&
                   check_signer<typename needed::signer>() && check_address_guard<typename needed::guard>() &&
                   check_observer<typename needed::observer>() && check_clock<typename needed::clock>() &&
                   check_random<typename needed::random>() && check_ids<typename needed::ids>();
        }
    }
    return true;
}

} // namespace detail

} // namespace posthorn
