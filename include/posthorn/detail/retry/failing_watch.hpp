// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/retry/deactivation.hpp>
#include <posthorn/detail/retry/failing_records.hpp>
#include <posthorn/detail/util/shielded.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace posthorn::detail {

// How long webhooks have failed: warns of those that fail for long, disables them, and keeps with the
// registry what the next process is to know. No executor waits for a registry that can be awaited. The engine
// owns it.
template <class Engine>
class failing_watch {
  public:
    using lane_type = lane<typename Engine::key>;

    explicit failing_watch(Engine& owner) noexcept : owner_(owner) {}

    // --- on the executor of the lane ---

    // An attempt ended, well or not. Without memory nothing is noted, and the next one says it again.
    void note(boost::asio::any_io_executor const& where, std::shared_ptr<lane_type> const& l, error_code ec) {
        (void)shielded([&]() -> result<void> {
            if (l->removed || ec == errc::policy_threw)
                return {};
            if (ec)
                note_failure(where, l, ec);
            else if (l->failing.known())
                end(*l);
            return {};
        });
    }

    // What the registry has, written by whomever: a success in another process ends the period here too, and
    // one here that of another process. A period that is still to be written is newer than another one.
    void found(lane_type& l, std::optional<failing_record> const& known) {
        (void)shielded([&]() -> result<void> {
            if (l.removed)
                return {};
            std::scoped_lock const lock(mutex_);
            if (known && records_.is_behind(l.id))
                return {};
            records_.found(l.id, known);
            l.failing.resume(known);
            return {};
        });
    }

    // Another receiver may be there from now on, or nobody.
    void forget(lane_type& l) {
        (void)shielded([&]() -> result<void> {
            end(l);
            std::scoped_lock const lock(mutex_);
            if (l.removed)
                (void)records_.remove(l.id, owner_.policies().steady_now());
            return {};
        });
    }

    // --- for the directory of webhooks ---

    // Nobody knows the lane yet.
    void resume(lane_type& l, std::optional<failing_record> const& known) {
        if (!known)
            return;
        l.failing.resume(known);
        std::scoped_lock const lock(mutex_);
        records_.found(l.id, known);
    }

    // What the registry has of a webhook, kept until the engine runs: the last word of each.
    void add_news(std::shared_ptr<lane_type> const& l, std::optional<failing_record> const& known) {
        std::scoped_lock const lock(mutex_);
        news_.insert_or_assign(l->id, std::pair(l, known));
    }

    // Posts what was kept to the executors of the lanes. Only while the engine runs.
    void tell_news(std::shared_ptr<Engine> const& alive) {
        std::unique_lock lock(mutex_);
        auto const all = std::exchange(news_, {});
        lock.unlock();
        for (auto const& [id, one] : all)
            boost::asio::post(owner_.shard_of(*one.first).executor(),
                              [alive, this, one] { found(*one.first, one.second); });
    }

    // --- for the keeper ---

    // Writes what is to be written next. True: there is more. `last`: nobody comes again.
    [[nodiscard]] boost::asio::awaitable<bool> write(bool last) {
        auto const next = begin_write(last);
        if (!next)
            co_return false;
        auto stored = store(*next);
        bool const written = co_await std::move(stored);
        std::scoped_lock const lock(mutex_);
        auto const now = owner_.policies().steady_now();
        records_.end(written, now);
        co_return last ? written : records_.is_due(now);
    }

    // All of it, since the next process begins with that.
    [[nodiscard]] boost::asio::awaitable<void> write_rest() {
        for (bool more = true; more;)
            more = co_await write(true);
    }

  private:
    // Set as long as the registry is asked about a lane.
    class asking {
      public:
        explicit asking(std::shared_ptr<lane_type> of) noexcept : lane_(std::move(of)) {
            lane_->asking = true;
        }
        asking(asking const&) = delete;
        asking& operator=(asking const&) = delete;
        ~asking() { lane_->asking = false; }

      private:
        std::shared_ptr<lane_type> lane_;
    };

    // None: the registry could not be asked; else what it has.
    using answer = std::optional<std::optional<std::string>>;

    void note_failure(boost::asio::any_io_executor const& where, std::shared_ptr<lane_type> const& l,
                      error_code ec) {
        auto const now = owner_.policies().now();
        if (l->failing.begin(now))
            keep(*l);
        if (due(*l, now) == failing_step::none || l->asking)
            return;
        if (!is_kept_elsewhere(l->id))
            return take_step(*l, ec, now);
        boost::asio::co_spawn(where, ask(owner_.shared_from_this(), *this, l, ec), boost::asio::detached);
    }

    [[nodiscard]] failing_step due(lane_type const& l, wall_time now) const noexcept {
        auto const& options = owner_.settings();
        return l.failing.due(now, options.disable_after, options.disable_notice);
    }

    // Whether the registry knows at least as much as this process.
    [[nodiscard]] bool is_kept_elsewhere(uuid const& id) {
        std::scoped_lock const lock(mutex_);
        return !records_.is_behind(id);
    }

    // Another process may have had a success, or have told somebody. Where the registry cannot say, the next
    // failure asks again.
    static boost::asio::awaitable<void> ask(std::shared_ptr<Engine> alive, failing_watch& me,
                                            std::shared_ptr<lane_type> l, error_code ec) {
        asking const mark(l);
        auto asked = me.find(l->id);
        auto const found = co_await std::move(asked);
        if (found && alive->runs())
            me.answered(*l, *found, ec);
    }

    void answered(lane_type& l, std::optional<std::string> const& text, error_code ec) {
        if (!l.failing.known() || !l.active())
            return;
        auto const now = owner_.policies().now();
        if (is_kept_elsewhere(l.id)) {
            auto const found = text ? parse_failing_text(*text) : std::nullopt;
            {
                std::scoped_lock const lock(mutex_);
                records_.found(l.id, found);
            }
            l.failing.resume(found);
            if (l.failing.begin(now))
                keep(l);
        }
        take_step(l, ec, now);
    }

    void take_step(lane_type& l, error_code ec, wall_time now) {
        switch (due(l, now)) {
        case failing_step::none:
            return;
        case failing_step::warn:
            l.failing.warn(now);
            keep(l);
            return owner_.policies().notify(failing_notice{
                l.id, l.failing.known()->since,
                l.failing.disabled_at(owner_.settings().disable_after, owner_.settings().disable_notice), ec,
                now});
        case failing_step::disable:
            // The period ends when that is saved.
            if (l.current)
                owner_.deactivate(l.id, {deactivation_reason::failing, l.current->created,
                                         l.current->revision, l.current->url_hash});
            return;
        }
    }

    // First what is kept, so that want of memory leaves both as they were.
    void end(lane_type& l) {
        want(l.id, std::nullopt);
        l.failing.end();
    }

    void keep(lane_type const& l) {
        if (owner_.settings().disable_after > duration::zero())
            want(l.id, l.failing.known());
    }

    void want(uuid const& id, std::optional<failing_record> const& what) {
        std::unique_lock lock(mutex_);
        bool const due = records_.want(id, what, owner_.policies().steady_now());
        lock.unlock();
        if (due)
            owner_.kick();
    }

    [[nodiscard]] std::optional<failing_change> begin_write(bool last) {
        std::scoped_lock const lock(mutex_);
        return records_.next(owner_.policies().steady_now(), last);
    }

    // False: it failed, and the observer knows why.
    boost::asio::awaitable<bool> store(failing_change what) {
        auto value = what.record ? std::optional(record_of_text(failing_text(*what.record))) : std::nullopt;
        auto& registry = owner_.registry();
        auto changing = registry.async_change(registry.putting(key_of(what.webhook), std::move(value)));
        auto const done = co_await std::move(changing);
        if (!done && done.error() != errc::registry_unavailable)
            owner_.problem(done.error(), "the registry failed");
        co_return done.has_value();
    }

    // None: the registry cannot be asked.
    boost::asio::awaitable<answer> find(uuid id) {
        auto syncing = owner_.registry().async_sync();
        auto const synced = co_await std::move(syncing);
        if (!synced)
            co_return answer();
        auto const known = owner_.registry().find(key_of(id));
        auto text = known ? text_of_record(known->value) : result<std::string>(std::string());
        co_return answer(known && text ? std::optional(*std::move(text)) : std::nullopt);
    }

    [[nodiscard]] static record_key key_of(uuid const& id) {
        return {record_kind::setting, setting_key(failing_kind, to_text(id))};
    }

    Engine& owner_;
    std::mutex mutex_;
    failing_records records_;
    std::map<uuid, std::pair<std::shared_ptr<lane_type>, std::optional<failing_record>>> news_;
};

} // namespace posthorn::detail
