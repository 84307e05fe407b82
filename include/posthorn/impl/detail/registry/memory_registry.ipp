// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/memory_registry.hpp>
#include <posthorn/storage/memory.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>
#include <tuple>

namespace posthorn::detail {

// Whatever needs memory is done before anything is seen.
POSTHORN_DECL result<std::uint64_t> memory_registry::commit(registry_commit const& c,
                                                            memory_limits const& limits) {
    if (!may_make(c))
        return error_code(errc::registry_conflict);
    auto next = prepare(c);
    for (auto& s : next.seals)
        history_[*place_of(s.number)].seal = std::move(s.seal);
    if (!next.records.empty())
        ++generation_;
    for (auto& r : next.records)
        replace(std::move(r));
    erased_count_ += next.erased.empty() ? 0 : next.erased.begin()->second.size();
    erased_.merge(next.erased);
    forget(limits);
    return generation_;
}

POSTHORN_DECL memory_registry::prepared memory_registry::prepare(registry_commit const& c) {
    try {
        prepared next;
        next.seals = c.seals;
        std::vector<record_key> erased;
        for (auto const& change : c.changes) {
            next.records.push_back(next_of(change));
            if (!change.value)
                erased.push_back(change);
        }
        if (!erased.empty())
            next.erased.emplace(generation_ + 1, std::move(erased));
        append(c.entries);
        return next;
    } catch (...) {
        take_back(c);
        throw;
    }
}

// The places that `next_of` has made. Records that were erased, and are remembered, were erased later.
POSTHORN_DECL void memory_registry::take_back(registry_commit const& c) noexcept {
    for (auto const& change : c.changes)
        if (auto const at = records_.find(change);
            at != records_.end() && at->second.erased && at->second.changed <= forgotten_) {
            changed_.erase({at->second.changed, &at->second});
            records_.erase(at);
        }
}

POSTHORN_DECL bool memory_registry::may_make(registry_commit const& c) const {
    if (c.if_generation && *c.if_generation != generation_)
        return false;
    std::set<record_key> seen;
    for (auto const& change : c.changes) {
        auto const it = records_.find(change);
        auto const revision = it == records_.end() || it->second.erased ? 0 : it->second.revision;
        if (revision != change.if_revision || !seen.insert(change).second)
            return false;
    }
    return may_seal(c.seals);
}

POSTHORN_DECL bool memory_registry::may_seal(std::vector<history_seal_change> const& seals) const {
    std::map<std::uint64_t, std::string_view> known;
    return std::ranges::all_of(seals, [&](history_seal_change const& s) {
        auto const place = place_of(s.number);
        return place && (history_[*place].seal.empty() || history_[*place].seal == s.seal) &&
               known.try_emplace(s.number, s.seal).first->second == s.seal;
    });
}

// None: it was forgotten, or never there.
POSTHORN_DECL std::optional<std::size_t> memory_registry::place_of(std::uint64_t number) const noexcept {
    if (history_.empty() || number < history_.front().number || number > last_number_)
        return std::nullopt;
    return static_cast<std::size_t>(number - history_.front().number);
}

// Until the record is there, it is one that was erased.
POSTHORN_DECL void memory_registry::make_place(record_key const& key) {
    record none;
    static_cast<record_key&>(none) = key;
    none.revision = forgotten_;
    none.changed = forgotten_;
    none.erased = true;
    auto const at = records_.try_emplace(key, std::move(none)).first;
    changed_.insert({forgotten_, &at->second});
}

// The record as it will be. Its place is made here.
POSTHORN_DECL record memory_registry::next_of(record_change const& c) {
    auto const known = records_.find(c);
    bool const is_new = known == records_.end() || known->second.erased;
    record r;
    static_cast<record_key&>(r) = c;
    // What was forgotten had no larger revision than this.
    r.revision = 1 + (known == records_.end() ? forgotten_ : known->second.revision);
    r.created = is_new ? generation_ + 1 : known->second.created;
    r.changed = generation_ + 1;
    r.active = c.active;
    r.erased = !c.value;
    r.value = c.value.value_or(std::string());
    if (known == records_.end())
        make_place(c);
    if (auto const id = c.kind == record_kind::webhook ? parse_id(c.key) : std::nullopt)
        gates_.try_emplace(*id);
    return r;
}

POSTHORN_DECL void memory_registry::replace(record next) noexcept {
    auto& r = records_.find(next)->second;
    if (r.erased)
        if (auto const at = erased_.find(r.changed); at != erased_.end()) {
            erased_count_ -= std::erase(at->second, next);
            if (at->second.empty())
                erased_.erase(at);
        }
    if (auto const id = next.kind == record_kind::webhook ? parse_id(next.key) : std::nullopt)
        gates_.find(*id)->second = queue_gate{!next.erased && next.active, next.erased, next.revision};
    auto place = changed_.extract({r.changed, &r});
    place.value().generation = next.changed;
    changed_.insert(std::move(place));
    r = std::move(next);
}

// All of them, or none.
POSTHORN_DECL void memory_registry::append(std::vector<history_record> const& entries) {
    auto const before = history_.size();
    try {
        for (auto const& e : entries) {
            history_.push_back(e);
            history_.back().seal.clear();
        }
    } catch (...) {
        history_.resize(before);
        throw;
    }
    for (auto i = before; i != history_.size(); ++i)
        history_[i].number = ++last_number_;
}

POSTHORN_DECL void memory_registry::forget(memory_limits const& limits) noexcept {
    while (history_.size() > limits.history_kept)
        history_.pop_front();
    while (erased_count_ > limits.erased_kept) {
        auto const oldest = erased_.begin();
        for (auto const& key : oldest->second) {
            auto const at = records_.find(key);
            changed_.erase({at->second.changed, &at->second});
            records_.erase(at);
        }
        erased_count_ -= oldest->second.size();
        forgotten_ = oldest->first;
        erased_.erase(oldest);
    }
}

POSTHORN_DECL registry_load memory_registry::load(std::uint64_t after) const {
    registry_load found;
    found.generation = generation_;
    found.complete = after == 0 || after < forgotten_ || after > generation_;
    auto const first = found.complete ? changed_.begin() : changed_.lower_bound({after + 1, nullptr});
    for (auto at = first; at != changed_.end(); ++at)
        found.records.push_back(*at->of);
    std::ranges::sort(found.records, [](record const& a, record const& b) {
        return std::tie(a.created, a.kind, a.key) < std::tie(b.created, b.kind, b.key);
    });
    return found;
}

POSTHORN_DECL std::vector<history_record> memory_registry::history(history_query const& q) const {
    std::vector<history_record> found;
    auto const take = [&](history_record const& e) {
        if (e.number > q.after && (q.before == 0 || e.number < q.before) && (!q.of || *q.of == e))
            found.push_back(e);
        return found.size() < q.limit;
    };
    if (q.limit == 0)
        return found;
    auto const first = std::ranges::upper_bound(history_, q.after, {}, &history_record::number);
    if (q.oldest_first)
        (void)std::all_of(first, history_.end(), take);
    else
        (void)std::all_of(history_.rbegin(), std::make_reverse_iterator(first), take);
    return found;
}

} // namespace posthorn::detail
