// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/storage/memory.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn::test {

/// A registry in memory that fails as long as it is told to, and counts what is done with it. It reports no
/// changes, so it is polled.
class plain_registry {
  public:
    struct state {
        std::atomic<bool> fails{false};
        std::atomic<bool> is_read_only{false};
        std::atomic<int> commits{0};
        std::atomic<int> loads{0};
        std::atomic<int> questions{0};
        /// Calls that made their caller wait.
        std::atomic<int> waits{0};
        /// Called once, inside the next commit that waits.
        std::function<void()> during_commit;
        /// Called once, between the next answer of `load` and its caller.
        std::function<void()> after_load;
        /// The same of `generation`.
        std::function<void()> after_generation;
        /// In place of what it was made with, as after a backup was restored.
        std::optional<memory_storage> restored;
        /// In place of those of the storage.
        std::optional<encryption_keys> keys;
        /// Called with what a load returns.
        std::function<void(registry_load&)> during_load;
        /// Called before each commit.
        std::function<void(registry_commit const&)> before_commit;
    };

    explicit plain_registry(memory_storage in) : in_(std::move(in)) {}

    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c) {
        ++said->waits;
        if (auto const what = std::exchange(said->during_commit, nullptr))
            what();
        return commit_now(c);
    }
    [[nodiscard]] result<registry_load> load(std::uint64_t after) {
        ++said->waits;
        return load_now(after);
    }
    [[nodiscard]] result<std::uint64_t> generation() {
        ++said->waits;
        return generation_now();
    }
    [[nodiscard]] result<std::vector<history_record>> history(history_query const& q) {
        if (said->fails)
            return error_code(errc::storage_failed);
        return storage().history(q);
    }
    [[nodiscard]] encryption_keys keys() const { return said->keys.value_or(storage().keys()); }

    std::shared_ptr<state> said = std::make_shared<state>();

  protected:
    [[nodiscard]] result<std::uint64_t> commit_now(registry_commit const& c) {
        ++said->commits;
        if (said->before_commit)
            said->before_commit(c);
        if (said->fails || said->is_read_only)
            return error_code(errc::storage_failed);
        return storage().commit(c);
    }
    [[nodiscard]] result<registry_load> load_now(std::uint64_t after) {
        ++said->loads;
        if (said->fails)
            return error_code(errc::storage_failed);
        auto loaded = storage().load(after);
        if (loaded && said->during_load)
            said->during_load(*loaded);
        if (auto const what = std::exchange(said->after_load, nullptr))
            what();
        return loaded;
    }
    [[nodiscard]] result<std::uint64_t> generation_now() {
        ++said->questions;
        if (said->fails)
            return error_code(errc::storage_failed);
        auto const generation = storage().generation();
        if (auto const what = std::exchange(said->after_generation, nullptr))
            what();
        return generation;
    }

  private:
    [[nodiscard]] memory_storage storage() const { return said->restored.value_or(in_); }

    memory_storage in_;
};

/// One that can be awaited.
class awaited_registry : public plain_registry {
  public:
    using plain_registry::plain_registry;

    [[nodiscard]] boost::asio::awaitable<result<std::uint64_t>> async_commit(registry_commit const& c) {
        co_await later();
        co_return commit_now(c);
    }
    [[nodiscard]] boost::asio::awaitable<result<registry_load>> async_load(std::uint64_t after) {
        co_await later();
        co_return load_now(after);
    }
    [[nodiscard]] boost::asio::awaitable<result<std::uint64_t>> async_generation() {
        co_await later();
        co_return generation_now();
    }

  private:
    static boost::asio::awaitable<void> later() {
        auto const where = co_await boost::asio::this_coro::executor;
        co_await boost::asio::post(where, boost::asio::use_awaitable);
    }
};

static_assert(KeyedRegistry<plain_registry> && !AwaitableRegistry<plain_registry>);
static_assert(AwaitableRegistry<awaited_registry> && !WatchedRegistry<awaited_registry>);

} // namespace posthorn::test
