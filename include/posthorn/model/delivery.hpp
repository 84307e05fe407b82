// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/headers.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/verb.hpp>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

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
    /// Its webhook is inactive: it waits until the webhook is active again.
    paused,
};

/// "pending", "delivering", "delivered", "failed", "cancelled", "paused".
[[nodiscard]] constexpr std::string_view to_string(delivery_state s) noexcept {
    constexpr std::string_view names[] = {"pending", "delivering", "delivered",
                                          "failed",  "cancelled",  "paused"};
    return names[static_cast<std::size_t>(s)];
}

/// What a template rendering leaves behind: path and query, header fields, body, in one buffer.
class request_text {
  public:
    /// Path and query, as sent.
    [[nodiscard]] std::string_view target() const noexcept { return view().substr(0, target_end_); }

    /// The rendered header fields, "Name: value\r\n" each, without any secret one.
    [[nodiscard]] std::string_view headers() const noexcept {
        return view().substr(target_end_, headers_end_ - target_end_);
    }

    [[nodiscard]] std::string_view body() const noexcept { return view().substr(headers_end_); }

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
    [[nodiscard]] std::string_view view() const noexcept { return text_; }

    std::string text_;
    std::size_t target_end_ = 0;
    std::size_t headers_end_ = 0;
};

/// One event for one webhook, rendered: what storages keep. Immutable once it is shared.
///
/// Thread safety: const access from any threads; the reference count is atomic.
class delivery : public boost::intrusive_ref_counter<delivery, boost::thread_safe_counter> {
  public:
    delivery(uuid const& id, uuid const& webhook, uuid const& event, wall_time created, verb method,
             request_text request)
        : id_(id),
          webhook_(webhook),
          event_(event),
          created_(created),
          request_(std::move(request)),
          method_(method) {}

    /// The webhook-id: the same on every attempt.
    [[nodiscard]] uuid const& id() const noexcept { return id_; }
    [[nodiscard]] uuid const& webhook() const noexcept { return webhook_; }
    [[nodiscard]] uuid const& event() const noexcept { return event_; }
    [[nodiscard]] wall_time created() const noexcept { return created_; }
    [[nodiscard]] verb method() const noexcept { return method_; }

    /// Byte for byte what is signed, stored and sent.
    [[nodiscard]] request_text const& request() const noexcept { return request_; }

  private:
    uuid id_;
    uuid webhook_;
    uuid event_;
    wall_time created_;
    request_text request_;
    verb method_;
};

using delivery_ptr = boost::intrusive_ptr<delivery const>;

} // namespace posthorn
