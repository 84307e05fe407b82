// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/retry/failing_records.hpp>

#include <charconv>
#include <chrono>
#include <cstdint>
#include <system_error>

namespace posthorn::detail {

POSTHORN_DECL std::string failing_text(failing_record const& r) {
    auto text = std::to_string(r.since.time_since_epoch().count());
    if (r.warned)
        text += " " + std::to_string(r.warned->time_since_epoch().count());
    return text;
}

// Takes a time from the beginning of a text; none: there is no such thing.
[[nodiscard]] inline std::optional<wall_time> take_time(std::string_view& text) {
    std::int64_t n = 0;
    auto const read = std::from_chars(text.data(), text.data() + text.size(), n);
    if (read.ec != std::errc() || n < 0)
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return wall_time(duration(n));
}

POSTHORN_DECL std::optional<failing_record> parse_failing_text(std::string_view text) {
    auto const since = take_time(text);
    if (!since)
        return std::nullopt;
    if (text.empty())
        return failing_record(*since);
    if (text.front() != ' ')
        return std::nullopt;
    text.remove_prefix(1);
    auto const warned = take_time(text);
    if (!warned || !text.empty())
        return std::nullopt;
    return failing_record(*since, warned);
}

POSTHORN_DECL void failing_records::found(uuid const& id, record const& what) {
    auto& e = entries_[id];
    e.stored = e.wanted = what;
    list(id, e);
}

POSTHORN_DECL bool failing_records::want(uuid const& id, record const& what, steady_time now) {
    auto const known = entries_.find(id);
    if (known == entries_.end() && !what)
        return false;
    auto& e = known != entries_.end() ? known->second : entries_[id];
    e.wanted = what;
    list(id, e);
    return is_behind(id) && is_due(id, now);
}

POSTHORN_DECL bool failing_records::remove(uuid const& id, steady_time now) {
    auto const known = entries_.find(id);
    if (known == entries_.end())
        return false;
    known->second.removed = true;
    bool const due = want(id, std::nullopt, now);
    if (!is_behind(id))
        entries_.erase(known);
    return due;
}

POSTHORN_DECL std::optional<failing_change> failing_records::next(steady_time now, bool last) {
    if (writing_ || behind_.empty() || (!last && now < ready_at_))
        return std::nullopt;
    // In turn, so that one that cannot be written holds up no other.
    auto at = behind_.upper_bound(last_);
    for (std::size_t n = 0; n != behind_.size(); ++n, ++at) {
        if (at == behind_.end())
            at = behind_.begin();
        if (!last && !is_due(*at, now))
            continue;
        last_ = *at;
        writing_.emplace(*at, entries_.at(*at).wanted);
        return writing_;
    }
    return std::nullopt;
}

POSTHORN_DECL void failing_records::end(bool written, steady_time now) {
    auto const what = *writing_;
    writing_.reset();
    auto const at = entries_.find(what.webhook);
    auto& e = at->second;
    if (written) {
        // A webhook that fails now and then is written about now and then.
        if (!e.stored && what.record)
            e.begins_at = now + std::chrono::minutes(1);
        e.stored = what.record;
    } else {
        ready_at_ = now + std::chrono::seconds(1);
    }
    e.sure = written;
    list(what.webhook, e);
    if (e.removed && !is_behind(what.webhook))
        entries_.erase(at);
}

POSTHORN_DECL bool failing_records::is_due(steady_time now) const {
    if (writing_ || now < ready_at_)
        return false;
    for (auto const& id : behind_)
        if (is_due(id, now))
            return true;
    return false;
}

POSTHORN_DECL bool failing_records::may_have(uuid const& id) const {
    auto const known = entries_.find(id);
    if (known == entries_.end())
        return false;
    bool const writes = writing_ && writing_->webhook == id;
    return known->second.stored || !known->second.sure || writes;
}

POSTHORN_DECL void failing_records::list(uuid const& id, entry const& e) {
    bool const writes = writing_ && writing_->webhook == id;
    if (writes || !e.sure || e.stored != e.wanted)
        behind_.insert(id);
    else
        behind_.erase(id);
}

// The end of a period is written at once, so that a process that ends soon afterwards leaves nothing wrong.
POSTHORN_DECL bool failing_records::is_due(uuid const& id, steady_time now) const {
    auto const& e = entries_.at(id);
    bool const begins = e.sure && !e.stored && e.wanted;
    return !begins || now >= e.begins_at;
}

} // namespace posthorn::detail
