// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/deactivation.hpp>
#include <posthorn/detail/failing_records.hpp>
#include <posthorn/detail/lane.hpp>
#include <posthorn/detail/policy_table.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

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

    // --- for the registrar, which makes one call of the registry at a time ---

    // What the registry has. Errors: those of the registry.
    [[nodiscard]] result<void> load() {
        if (!owner_.policies().keeps_settings())
            return {};
        constexpr std::size_t page = 256;
        std::string after;
        for (std::size_t last = page; last == page;) {
            auto const found = owner_.policies().settings(failing_kind, after, page);
            if (!found)
                return found.error();
            last = found->size();
            for (auto const& s : *found)
                loaded_.insert_or_assign(s.key, parse_failing_text(s.value));
            if (last != 0)
                after = found->back().key;
        }
        return {};
    }

    // Nobody knows the lane yet.
    void resume(lane_type& l) {
        auto const at = loaded_.find(to_text(l.id));
        if (at == loaded_.end())
            return;
        l.failing.resume(at->second);
        std::scoped_lock const lock(mutex_);
        records_.found(l.id, at->second);
    }

    // What was loaded is with the lanes.
    void end_load() { loaded_.clear(); }

    // A person saves or removes the webhook, perhaps in a process that sends nothing. What the lane still
    // says of it is written after this.
    void erase_now(uuid const& id, bool whatever_is_known) {
        {
            std::scoped_lock const lock(mutex_);
            if (!whatever_is_known && !records_.may_have(id))
                return;
        }
        if (owner_.policies().keeps_settings())
            (void)owner_.policies().erase_setting(failing_kind, to_text(id));
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

    using answer = std::optional<result<std::optional<std::string>>>;

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
        return owner_.policies().keeps_settings() && !records_.is_behind(id);
    }

    // Another process may have had a success, or have told somebody. Where the registry cannot say, the next
    // failure asks again.
    static boost::asio::awaitable<void> ask(std::shared_ptr<Engine> alive, failing_watch& me,
                                            std::shared_ptr<lane_type> l, error_code ec) {
        asking const mark(l);
        auto asked = me.find(l->id);
        auto const found = co_await std::move(asked);
        if (found && *found && alive->runs())
            me.answered(*l, **found, ec);
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
            return owner_.registry().deactivate(l.id, deactivation::failing);
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
        if (!owner_.policies().keeps_settings())
            return;
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

    // False: it failed, or somebody else has a call of the registry.
    boost::asio::awaitable<bool> store(failing_change what) {
        auto const key = to_text(what.webhook);
        auto const value = what.record ? failing_text(*what.record) : std::string();
        auto& with = owner_.policies();
        if (with.awaits_settings()) {
            auto writing = what.record ? with.put_setting_async(failing_kind, key, value)
                                       : with.erase_setting_async(failing_kind, key);
            auto guarded = owner_.guarded(std::move(writing));
            auto const done = co_await std::move(guarded);
            co_return done.has_value();
        }
        auto const done =
            what.record ? owner_.registry().try_ask(&policy_table::put_setting, failing_kind, key, value)
                        : owner_.registry().try_ask(&policy_table::erase_setting, failing_kind, key);
        co_return told(done);
    }

    // None: somebody else has a call of the registry.
    boost::asio::awaitable<answer> find(uuid id) {
        auto const key = to_text(id);
        if (owner_.policies().awaits_settings()) {
            auto finding = owner_.policies().find_setting_async(failing_kind, key);
            auto guarded = owner_.guarded(std::move(finding));
            auto const said = co_await std::move(guarded);
            co_return said;
        }
        answer found = owner_.registry().try_ask(&policy_table::find_setting, failing_kind, key);
        (void)told(found);
        co_return found;
    }

    // Whether it went well; the observer hears of an error.
    template <class Result>
    [[nodiscard]] bool told(std::optional<Result> const& done) {
        if (done && !*done)
            owner_.problem(done->error(), "the registry failed");
        return done && *done;
    }

    Engine& owner_;
    // While webhooks are loaded: by their ids.
    std::map<std::string, std::optional<failing_record>> loaded_;
    std::mutex mutex_;
    failing_records records_;
};

} // namespace posthorn::detail
