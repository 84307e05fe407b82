// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/impl/transport/beast_async.ipp>
#include <posthorn/transport/beast_sync.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace posthorn {

// Sets of connections, each with the context that drives it: lines, of which a calling thread takes one.
class beast_sync::state {
  public:
    state(transport_context context, tls_trust trust)
        : context_(std::move(context)), trust_(std::move(trust)) {}

    state(state const&) = delete;
    state& operator=(state const&) = delete;

    // What waits for a name that nobody needs any more knows the contexts, which go now.
    ~state() {
        if (context_.resolver)
            context_.resolver->forget();
    }

    [[nodiscard]] exchange call(request const& what) {
        line* const mine = take(what.lane);
        holding held(*this, mine);
        // Ticks that were missed meanwhile, so that old connections are closed and not used.
        if (steady::now() - mine->used > context_.limits.tick)
            mine->look_around();
        exchange outcome;
        bool done = false;
        waker const end{&done, &mine->io};
        if (mine->is_cancelled)
            return exchange(errc::cancelled);
        held.begin();
        mine->transport.start(what, outcome, send_handler(end));
        // The clock of the exchange is work; a context that runs dry before has lost it for want of memory.
        for (std::size_t ran = 1; !done && ran != 0;) {
            mine->io.restart();
            ran = mine->io.run();
        }
        if (!done)
            return exchange(errc::policy_threw);
        held.end();
        return outcome;
    }

    void cancel() noexcept {
        std::scoped_lock const lock(mutex_);
        for (auto const& l : lines_)
            if (l->is_busy) {
                l->is_cancelled = true;
                l->cancel();
            }
    }

  private:
    using steady = std::chrono::steady_clock;

    // Belongs to the thread that took it; `is_busy` and `calls` are written under the lock only.
    struct line {
        line(transport_context context, tls_trust trust) : transport(std::move(trust)) {
            context.executor = io.get_executor();
            transport.bind(std::move(context));
        }

        void look_around() {
            io.restart();
            io.poll();
        }

        // Whatever is left of an exchange stays where it is, and nobody runs it any more.
        void give_up() noexcept {
            try {
                transport.cancel();
            } catch (...) { // NOLINT(bugprone-empty-catch): then its connections stay open
            }
        }

        // From any thread, under the lock. One that comes too late is not for the next call.
        void cancel() noexcept {
            try {
                boost::asio::post(io, [this, number = calls] {
                    if (number == calls)
                        transport.cancel();
                });
            } catch (...) { // NOLINT(bugprone-empty-catch): then its deadline ends the call
            }
        }

        // Outlives the transport.
        boost::asio::io_context io{1};
        beast_async transport;
        boost::unordered_flat_set<uuid, uuid_hash> lanes;
        steady::time_point used{};
        std::uint64_t calls = 0;
        bool is_busy = false;
        std::atomic<bool> is_cancelled{false};
    };

    // A line in use. One whose exchange did not come to its end, because something was thrown, is not used
    // again.
    class holding {
      public:
        holding(state& owner, line* l) noexcept : owner_(owner), line_(l) {}
        holding(holding const&) = delete;
        holding& operator=(holding const&) = delete;
        ~holding() { owner_.give_back(line_, sound_); }

        void begin() noexcept { sound_ = false; }
        void end() noexcept { sound_ = true; }

      private:
        state& owner_;
        line* line_;
        bool sound_ = true;
    };

    // Ends the run of a line's context.
    struct waker {
        void operator()() const {
            *done = true;
            io->stop();
        }
        bool* done;
        boost::asio::io_context* io;
    };

    // The line used last that has talked to this receiver, else the one used last, else a new one.
    [[nodiscard]] line* take(uuid const& lane) {
        std::scoped_lock const lock(mutex_);
        auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                                  [&](line const* l) { return l->lanes.contains(lane); });
        if (found == idle_.rend())
            found = idle_.rbegin();
        line* mine = nullptr;
        if (found == idle_.rend()) {
            idle_.reserve(lines_.size() + 1);
            lines_.push_back(std::make_unique<line>(context_, trust_));
            mine = lines_.back().get();
        } else {
            mine = *found;
            idle_.erase(std::next(found).base());
        }
        mine->is_busy = true;
        mine->is_cancelled = false;
        ++mine->calls;
        // Only a hint, so want of memory does not matter.
        try {
            mine->lanes.insert(lane);
        } catch (...) { // NOLINT(bugprone-empty-catch)
        }
        return mine;
    }

    void give_back(line* mine, bool sound) noexcept {
        std::scoped_lock const lock(mutex_);
        mine->used = steady::now();
        mine->is_busy = false;
        if (!sound)
            return mine->give_up();
        close_superfluous(mine->used);
        // There is room for each.
        idle_.push_back(mine);
    }

    // Lines that nobody needs any more keep no connections.
    void close_superfluous(steady::time_point now) noexcept {
        if (now - swept_ < context_.limits.idle)
            return;
        swept_ = now;
        for (auto* const l : idle_)
            try {
                l->look_around();
            } catch (...) { // NOLINT(bugprone-empty-catch): the next time
            }
    }

    transport_context const context_;
    tls_trust const trust_;
    std::mutex mutex_;
    // None goes before the end, since a look-up that takes long may still know its context.
    std::vector<std::unique_ptr<line>> lines_;
    // The one used last is at the end.
    std::vector<line*> idle_;
    steady::time_point swept_ = steady::now();
};

POSTHORN_DECL void beast_sync::check_connection(connection_settings const& settings, field_errors& errors) {
    beast_async::check_connection(settings, errors);
}

POSTHORN_DECL void beast_sync::bind(transport_context context) {
    state_ = std::make_shared<state>(std::move(context), trust_);
}

POSTHORN_DECL exchange beast_sync::call(request const& what) {
    return state_->call(what);
}

POSTHORN_DECL void beast_sync::cancel() noexcept {
    state_->cancel();
}

} // namespace posthorn
