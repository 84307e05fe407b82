// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/retry/failure_period.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace posthorn::detail {

// The kind of the settings that say which webhooks fail; the key is the webhook's id.
inline constexpr std::string_view failing_kind = "webhook.failing";

// A record as the setting's value: nanoseconds since 1970, and behind a blank when somebody was told. None:
// it is something else.
[[nodiscard]] POSTHORN_DECL std::string failing_text(failing_record const& r);
[[nodiscard]] POSTHORN_DECL std::optional<failing_record> parse_failing_text(std::string_view text);

// What is to be written of a webhook; no record: it does not fail any more.
struct failing_change {
    failing_change() noexcept {}
    failing_change(uuid const& of, std::optional<failing_record> const& what) noexcept
        : webhook(of), record(what) {}

    [[nodiscard]] friend bool operator==(failing_change const&, failing_change const&) = default;

    uuid webhook{};
    std::optional<failing_record> record;
};

// What the registry knows of webhooks that fail, and what it is to know: the last word counts, and what
// cannot be written is written later. Pure.
class failing_records {
  public:
    using record = std::optional<failing_record>;

    // What the registry has.
    POSTHORN_DECL void found(uuid const& id, record const& what);

    // What it is to have. True: that is to be written now.
    POSTHORN_DECL bool want(uuid const& id, record const& what, steady_time now);

    // The webhook is removed: as if it did not fail, and then nothing is known of it.
    POSTHORN_DECL bool remove(uuid const& id, steady_time now);

    // Begins to write one; none: nothing is to be written now, or one is being written. `last`: whatever the
    // time, since nobody comes again.
    [[nodiscard]] POSTHORN_DECL std::optional<failing_change> next(steady_time now, bool last);

    // It was written, or may not be.
    POSTHORN_DECL void end(bool written, steady_time now);

    // Whether something is to be written now.
    [[nodiscard]] POSTHORN_DECL bool is_due(steady_time now) const;

    // Whether the registry may not have yet what it is to have.
    [[nodiscard]] bool is_behind(uuid const& id) const { return behind_.contains(id); }

    // Whether it may have a record.
    [[nodiscard]] POSTHORN_DECL bool may_have(uuid const& id) const;

  private:
    struct entry {
        record stored;
        record wanted;
        // False: a write may have been made or not.
        bool sure = true;
        bool removed = false;
        // When the beginning of a period may be written again.
        steady_time begins_at = steady_time::min();
    };

    POSTHORN_DECL void list(uuid const& id, entry const& e);
    [[nodiscard]] POSTHORN_DECL bool is_due(uuid const& id, steady_time now) const;

    std::map<uuid, entry> entries_;
    // Those that are to be written, and the one that was written last.
    std::set<uuid> behind_;
    uuid last_{};
    std::optional<failing_change> writing_;
    // When the next one may be written.
    steady_time ready_at_ = steady_time::min();
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/retry/failing_records.ipp>
#endif
