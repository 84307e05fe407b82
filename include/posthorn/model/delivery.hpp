// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>
#include <posthorn/detail/util/block_cache.hpp>
#include <posthorn/model/action.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/verb.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>

namespace posthorn {

/// Where a delivery stands.
enum class delivery_state : std::uint8_t {
    /// Waits for its time, or for a free place in its lane.
    pending,
    /// A worker holds it under a lease.
    delivering,
    /// The receiver answered 2xx. An end.
    delivered,
    /// Given up: a dead letter that a person can redeliver. An end.
    failed,
    /// Its webhook was deleted, or a person cancelled it. An end.
    cancelled,
    /// Its webhook is inactive, or a person paused it: it waits until the webhook is active again, or the
    /// person resumes it.
    paused,
};

/// "pending", "delivering", "delivered", "failed", "cancelled", "paused".
[[nodiscard]] constexpr std::string_view to_string(delivery_state s) noexcept {
    constexpr std::string_view names[] = {"pending", "delivering", "delivered",
                                          "failed",  "cancelled",  "paused"};
    return detail::enum_name(names, s);
}

/// Whether nothing more happens to it, unless a person says so.
[[nodiscard]] constexpr bool is_end(delivery_state s) noexcept {
    return s == delivery_state::delivered || s == delivery_state::failed || s == delivery_state::cancelled;
}

/// Path and query, header fields, body: three views of one text.
class request_view {
  public:
    request_view() = default;
    request_view(std::string_view text, std::size_t target_end, std::size_t headers_end) noexcept
        : text_(text), target_end_(target_end), headers_end_(headers_end) {}

    /// Path and query, as sent.
    [[nodiscard]] std::string_view target() const noexcept { return text_.substr(0, target_end_); }

    /// The rendered header fields, "Name: value\r\n" each, without any secret one.
    [[nodiscard]] std::string_view headers() const noexcept {
        return text_.substr(target_end_, headers_end_ - target_end_);
    }

    [[nodiscard]] std::string_view body() const noexcept { return text_.substr(headers_end_); }

    /// All three, one behind the other.
    [[nodiscard]] std::string_view whole() const noexcept { return text_; }
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

  private:
    std::string_view text_;
    std::size_t target_end_ = 0;
    std::size_t headers_end_ = 0;
};

/// What a template rendering leaves behind: path and query, header fields, body, in one buffer.
class request_text {
  public:
    /// Its parts; valid until it changes.
    [[nodiscard]] request_view view() const noexcept { return {text_, target_end_, headers_end_}; }

    [[nodiscard]] std::string_view target() const noexcept { return view().target(); }
    [[nodiscard]] std::string_view headers() const noexcept { return view().headers(); }
    [[nodiscard]] std::string_view body() const noexcept { return view().body(); }
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }

    /// @name For the one who renders: append to `buffer`, then mark the end of each part, in order.
    /// @{
    [[nodiscard]] std::string& buffer() noexcept { return text_; }
    void end_target() noexcept { target_end_ = text_.size(); }
    void end_headers() noexcept { headers_end_ = text_.size(); }
    void clear() noexcept {
        text_.clear();
        target_end_ = headers_end_ = 0;
    }
    /// Empties it, and gives its memory back if that is more than `kept` bytes.
    void shrink(std::size_t kept) {
        clear();
        if (text_.capacity() > kept)
            text_.shrink_to_fit();
    }
    /// @}

  private:
    std::string text_;
    std::size_t target_end_ = 0;
    std::size_t headers_end_ = 0;
};

/// What happened, as people are told it who look at deliveries: texts that live as long as what it is passed
/// to.
struct event_summary {
    event_summary() noexcept {}
    event_summary(std::string_view type, action done, std::string_view who) noexcept
        : object(type), what(done), actor(who) {}

    /// The catalog's name of the object type.
    std::string_view object;
    action what = action::created;
    /// Who caused it; empty: nobody was named.
    std::string_view actor;
};

class delivery;
/// A delivery that is shared.
using delivery_ptr = boost::intrusive_ptr<delivery const>;

/// One event for one webhook, rendered: what storages keep. Immutable, shared, and one block of memory with
/// its text.
///
/// Thread safety: const access from any threads; the reference count is atomic.
class delivery {
  public:
    /// How much of an actor's name is kept, bytes; more is cut off at a character.
    static constexpr std::size_t longest_actor = 200;

    /// Copies the request and the summary. Exceptions: std::bad_alloc.
    [[nodiscard]] static delivery_ptr make(uuid const& id, uuid const& webhook, uuid const& event,
                                           wall_time created, verb method, request_view const& request,
                                           event_summary summary = event_summary()) {
        summary.actor = summary.actor.substr(0, kept(summary.actor));
        auto const size = sizeof(delivery) + request.size() + summary.object.size() + summary.actor.size();
        auto* const block = detail::block_cache::take(size);
        return delivery_ptr(::new (block) delivery(id, webhook, event, created, method, request, summary));
    }

    delivery(delivery const&) = delete;
    delivery& operator=(delivery const&) = delete;

    /// The webhook-id: the same on every attempt.
    [[nodiscard]] uuid const& id() const noexcept { return id_; }
    [[nodiscard]] uuid const& webhook() const noexcept { return webhook_; }
    [[nodiscard]] uuid const& event() const noexcept { return event_; }
    [[nodiscard]] wall_time created() const noexcept { return created_; }
    [[nodiscard]] verb method() const noexcept { return method_; }

    /// Byte for byte what is signed, stored and sent.
    [[nodiscard]] request_view request() const noexcept {
        return {{text(), size_}, target_end_, headers_end_};
    }

    /// What it tells of.
    [[nodiscard]] event_summary summary() const noexcept {
        return {{text() + size_, object_size_}, what_, {text() + size_ + object_size_, actor_size_}};
    }

    friend void intrusive_ptr_add_ref(delivery const* d) noexcept {
        d->references_.fetch_add(1, std::memory_order_relaxed);
    }

    friend void intrusive_ptr_release(delivery const* d) noexcept {
        if (d->references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
            detail::block_cache::give_back(const_cast<delivery*>(d),
                                           sizeof(delivery) + d->size_ + d->object_size_ + d->actor_size_);
    }

  private:
    // Where an actor's name is cut: not in the middle of a UTF-8 sequence.
    [[nodiscard]] static std::size_t kept(std::string_view actor) noexcept {
        auto end = std::min(actor.size(), longest_actor);
        while (end != actor.size() && end != 0 && (static_cast<unsigned char>(actor[end]) & 0xC0U) == 0x80U)
            --end;
        return end;
    }

    delivery(uuid const& id, uuid const& webhook, uuid const& event, wall_time created, verb method,
             request_view const& request, event_summary const& summary) noexcept
        : id_(id),
          webhook_(webhook),
          event_(event),
          created_(created),
          target_end_(request.target().size()),
          headers_end_(target_end_ + request.headers().size()),
          size_(request.size()),
          object_size_(static_cast<std::uint32_t>(summary.object.size())),
          actor_size_(static_cast<std::uint8_t>(summary.actor.size())),
          what_(summary.what),
          method_(method) {
        auto* end = reinterpret_cast<char*>(this + 1);
        for (auto const part : {request.whole(), summary.object, summary.actor})
            if (!part.empty()) {
                std::memcpy(end, part.data(), part.size());
                end += part.size();
            }
    }

    // The texts follow the object.
    [[nodiscard]] char const* text() const noexcept { return reinterpret_cast<char const*>(this + 1); }

    uuid id_;
    uuid webhook_;
    uuid event_;
    wall_time created_;
    std::size_t target_end_;
    std::size_t headers_end_;
    std::size_t size_;
    mutable std::atomic<std::uint32_t> references_{0};
    std::uint32_t object_size_;
    std::uint8_t actor_size_;
    action what_;
    verb method_;
};

static_assert(std::is_trivially_destructible_v<delivery>);

} // namespace posthorn
