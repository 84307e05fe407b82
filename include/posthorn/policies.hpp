// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/address_guard.hpp>
#include <posthorn/concepts/clock.hpp>
#include <posthorn/concepts/ids.hpp>
#include <posthorn/concepts/observer.hpp>
#include <posthorn/concepts/random.hpp>
#include <posthorn/concepts/retry_policy.hpp>
#include <posthorn/concepts/signer.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/concepts/transport.hpp>
#include <posthorn/fwd.hpp>

namespace posthorn {

/// A bundle of policies: what a dispatcher is made of.
///
/// Derive a struct of your own from a bundle, so that errors and symbols print one name:
/// @code
/// struct policies : posthorn::default_policies::with_storage<my_storage>::with_observer<my_log> {};
/// @endcode
template <class Transport, class Registry, class Outbox, class Signer, class Retry, class Guard,
          class Observer, class Clock, class Random, class Ids>
struct policy_set {
    using transport = Transport;
    using registry = Registry;
    using outbox = Outbox;
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
    using with_transport =
        policy_set<T, Registry, Outbox, Signer, Retry, Guard, Observer, Clock, Random, Ids>;
    /// Registry and outbox in one.
    template <class T>
    using with_storage = policy_set<Transport, T, T, Signer, Retry, Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_registry =
        policy_set<Transport, T, Outbox, Signer, Retry, Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_outbox =
        policy_set<Transport, Registry, T, Signer, Retry, Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_signer =
        policy_set<Transport, Registry, Outbox, T, Retry, Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_retry =
        policy_set<Transport, Registry, Outbox, Signer, T, Guard, Observer, Clock, Random, Ids>;
    template <class T>
    using with_guard =
        policy_set<Transport, Registry, Outbox, Signer, Retry, T, Observer, Clock, Random, Ids>;
    template <class T>
    using with_observer =
        policy_set<Transport, Registry, Outbox, Signer, Retry, Guard, T, Clock, Random, Ids>;
    template <class T>
    using with_clock =
        policy_set<Transport, Registry, Outbox, Signer, Retry, Guard, Observer, T, Random, Ids>;
    template <class T>
    using with_random =
        policy_set<Transport, Registry, Outbox, Signer, Retry, Guard, Observer, Clock, T, Ids>;
    template <class T>
    using with_ids =
        policy_set<Transport, Registry, Outbox, Signer, Retry, Guard, Observer, Clock, Random, T>;
    /// @}
};

/// In memory, over HTTP and HTTPS, signed where a webhook has keys, to public addresses only. Include
/// <posthorn/defaults.hpp> to have them all defined.
using default_policies =
    policy_set<beast_async, memory_storage, memory_storage, standard_webhooks, standard_schedule,
               public_addresses, no_observer, system_clock, system_random, uuid_v7>;

namespace detail {

template <class T>
concept defined = requires { sizeof(T); };

// A bundle is checked policy by policy, so that the first line of an error says which one lacks what.
template <class P>
consteval bool check_policies() {
    static_assert(defined<typename P::transport> && defined<typename P::registry> &&
                      defined<typename P::outbox> && defined<typename P::signer> &&
                      defined<typename P::retry> && defined<typename P::guard> &&
                      defined<typename P::observer> && defined<typename P::clock> &&
                      defined<typename P::random> && defined<typename P::ids>,
                  "posthorn: a policy of the bundle is only declared here; include its header, or "
                  "<posthorn/defaults.hpp> for all that ship.");
    if constexpr (defined<typename P::transport> && defined<typename P::registry> &&
                  defined<typename P::outbox> && defined<typename P::signer> && defined<typename P::retry> &&
                  defined<typename P::guard> && defined<typename P::observer> && defined<typename P::clock> &&
                  defined<typename P::random> && defined<typename P::ids>) {
        return check_transport<typename P::transport>() && check_registry<typename P::registry>() &&
               check_outbox<typename P::outbox>() && check_signer<typename P::signer>() &&
               check_retry_policy<typename P::retry>() && check_address_guard<typename P::guard>() &&
               check_observer<typename P::observer>() && check_clock<typename P::clock>() &&
               check_random<typename P::random>() && check_ids<typename P::ids>();
    }
    return true;
}

} // namespace detail

} // namespace posthorn
