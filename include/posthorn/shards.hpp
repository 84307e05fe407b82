// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <utility>
#include <vector>

namespace posthorn {

/// Whether `T` is an execution context such as boost::asio::io_context.
template <class T>
concept ExecutionContext = requires(T& context) { context.get_executor(); };

/// The executors that a dispatcher spreads its webhooks over: all work of one webhook happens on one of them.
class shards {
  public:
    /// One shard per execution context, each behind a strand, so that any number of threads may run the
    /// context.
    template <ExecutionContext... Contexts>
        requires(sizeof...(Contexts) > 0)
    explicit shards(Contexts&... contexts) {
        (add_strand(contexts.get_executor()), ...);
    }

    /// One shard per execution context that a single thread runs; saves the strands.
    template <ExecutionContext... Contexts>
    [[nodiscard]] static shards single_threaded(Contexts&... contexts) {
        shards s;
        (s.add(contexts.get_executor()), ...);
        return s;
    }

    /// Adds a shard; `executor` never runs two handlers at once.
    void add(boost::asio::any_io_executor executor) { executors_.push_back(std::move(executor)); }

    /// Adds a shard behind a strand of its own.
    void add_strand(boost::asio::any_io_executor const& executor);

    [[nodiscard]] std::vector<boost::asio::any_io_executor> const& executors() const noexcept {
        return executors_;
    }

  private:
    shards() = default;

    std::vector<boost::asio::any_io_executor> executors_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/shards.ipp>
#endif
