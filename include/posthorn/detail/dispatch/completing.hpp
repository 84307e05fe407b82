// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace posthorn::detail {

// Wraps a completion handler so that it runs on its own executor, never inside the call that completes it.
template <class Handler>
[[nodiscard]] auto completing(Handler handler, boost::asio::any_io_executor const& fallback) {
    auto work = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler, fallback));
    return [handler = std::move(handler), work = std::move(work)]<class... Args>(Args... args) mutable {
        boost::asio::post(work.get_executor(),
                          [handler = std::move(handler), ... args = std::move(args)]() mutable {
                              std::move(handler)(std::move(args)...);
                          });
    };
}

} // namespace posthorn::detail
