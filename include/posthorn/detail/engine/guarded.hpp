// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn::detail {

// Awaits a storage operation; what it throws is an error like any other. `owner.problem` hears of each error.
template <class Owner, class T>
[[nodiscard]] boost::asio::awaitable<result<T>> guarded(Owner& owner,
                                                        boost::asio::awaitable<result<T>> operation) {
    result<T> outcome = error_code(errc::policy_threw);
    std::string thrown;
    try {
        outcome = co_await std::move(operation);
    } catch (std::exception const& e) {
        thrown = e.what();
    } catch (...) {
        thrown = "the storage threw what is no std::exception";
    }
    if (!outcome && outcome.error() != errc::lease_lost)
        owner.problem(outcome.error(), thrown.empty() ? std::string_view("the storage failed") : thrown);
    co_return outcome;
}

} // namespace posthorn::detail
