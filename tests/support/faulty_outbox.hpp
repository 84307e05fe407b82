// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/storage/memory.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

namespace posthorn::test {

enum class fault { none, error, exception, odd_exception };

inline std::ostream& operator<<(std::ostream& out, fault f) {
    return out << static_cast<int>(f);
}

/// An outbox in memory whose operations fail on demand, by their name.
class faulty_outbox {
  public:
    explicit faulty_outbox(memory_storage inner)
        : inner_(std::move(inner)), state_(std::make_shared<state>()) {}

    void set(std::string const& operation, fault f) {
        std::scoped_lock const lock(state_->mutex);
        state_->faults[operation] = f;
    }

    void set_all(fault f) {
        for (auto const* const name :
             {"append_now", "append", "claim", "settle", "extend", "release", "next_due", "change"})
            set(name, f);
    }

    [[nodiscard]] std::size_t calls(std::string const& operation) const {
        std::scoped_lock const lock(state_->mutex);
        auto const it = state_->calls.find(operation);
        return it == state_->calls.end() ? 0 : it->second;
    }

    [[nodiscard]] result<void> append_now(std::span<outbox_row> rows, lease const& hold) {
        if (fails("append_now"))
            return error_code(errc::storage_failed);
        return inner_.append_now(rows, hold);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold) {
        if (fails("append"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.append(rows, hold);
    }
    [[nodiscard]] boost::asio::awaitable<result<claim_end>>
    claim(wall_time now, lease const& hold, claim_query const& query, std::vector<claimed_delivery>& out) {
        if (fails("claim"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.claim(now, hold, query, out);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> settle(std::span<settlement> batch) {
        if (fails("settle"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.settle(batch);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> extend(lease const& hold, wall_time now) {
        if (fails("extend"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.extend(hold, now);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> release(std::uint64_t id) {
        if (fails("release"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.release(id);
    }
    [[nodiscard]] boost::asio::awaitable<result<std::optional<wall_time>>> next_due(wall_time now) {
        if (fails("next_due"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.next_due(now);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> change(uuid webhook, queue_change what,
                                                              wall_time now) {
        if (fails("change"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.change(webhook, what, now);
    }

  private:
    struct state {
        std::mutex mutex;
        std::map<std::string, fault> faults;
        std::map<std::string, std::size_t> calls;
    };

    [[nodiscard]] bool fails(std::string const& operation) {
        std::unique_lock lock(state_->mutex);
        ++state_->calls[operation];
        auto const f = state_->faults[operation];
        lock.unlock();
        if (f == fault::exception)
            throw std::runtime_error("the disk is on fire");
        if (f == fault::odd_exception)
            throw 42;
        return f == fault::error;
    }

    memory_storage inner_;
    std::shared_ptr<state> state_;
};

} // namespace posthorn::test
