// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/expression.hpp>
#include <posthorn/model/action.hpp>
#include <posthorn/model/event.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace posthorn::detail {

// Where an expression stands: equal texts mean the same in equal places.
struct standing {
    // The type that a saved filter speaks of; the type of the events that a condition is about.
    std::size_t object = 0;
    // Of a condition; empty: any action.
    std::optional<action> what{};
    bool is_filter = false;

    friend bool operator==(standing const&, standing const&) = default;
};

// What must be true of an event. One predicate is evaluated once per event however many webhooks have it,
// since they all have its slot.
struct predicate {
    expression test;
    std::uint32_t slot;
};

// What is known of the predicates of one event. For one thread at a time; reused from event to event, it
// allocates only when there are more slots than ever before.
class predicate_memo {
  public:
    // Forgets; all slots that are asked for until the next call are below `slots`.
    void start(std::size_t slots) {
        if (size_ < slots) {
            size_ = std::max(slots, 2 * size_);
            // Zeros that cost nothing until they are looked at: an event looks at few of many slots.
            known_.reset(static_cast<std::uint32_t*>(std::calloc(size_, sizeof(std::uint32_t))));
            if (!known_) {
                size_ = 0;
                throw std::bad_alloc();
            }
        }
        if (++event_ == events) {
            std::fill_n(known_.get(), size_, 0U);
            event_ = 1;
        }
    }

    [[nodiscard]] bool holds(predicate const& p, event_view const& e) {
        auto& known = known_.get()[p.slot];
        if (known >> 1 != event_)
            known = event_ << 1 | static_cast<std::uint32_t>(p.test.matches(e));
        return (known & 1U) != 0;
    }

  private:
    static constexpr std::uint32_t events = 1U << 31;

    struct free_memory {
        void operator()(std::uint32_t* p) const noexcept { std::free(p); }
    };

    // The number of the event that it is about, and the outcome: an older number is no knowledge, so that
    // nothing has to be cleared.
    std::unique_ptr<std::uint32_t, free_memory> known_;
    std::size_t size_ = 0;
    std::uint32_t event_ = 0;
};

// A text in a place, as a key of the pools.
struct placed_text {
    std::string_view text;
    standing where;

    friend bool operator==(placed_text const&, placed_text const&) = default;

    [[nodiscard]] std::size_t hash() const noexcept {
        auto const place = where.object * 8 + (where.is_filter ? 4U : 0U) +
                           (where.what ? 1 + static_cast<std::size_t>(*where.what) : 0);
        return std::hash<std::string_view>()(text) ^ place * 0x9e3779b97f4a7c15U;
    }
};

// Makes one object of predicates that are the same, and numbers the paths that they compare with constants.
// Not for several threads at a time.
class predicate_pool {
  public:
    // What must be equal for the predicate to hold: a key of an index.
    struct key {
        std::uint32_t path;
        std::vector<std::uint64_t> hashes;
    };

    struct entry {
        predicate what;
        standing where;
        // Best first.
        std::vector<key> keys;
        std::size_t users = 0;
    };

    explicit predicate_pool(catalog_schema catalog) noexcept : catalog_(catalog) {}

    // The entry stays where it is until as many releases.
    [[nodiscard]] entry const* acquire(expression const& test, standing const& where) {
        auto known = entries_.find(placed_text{test.text(), where});
        if (known == entries_.end()) {
            auto const slot = free_.empty() ? slots_ : free_.back();
            known = entries_.insert(std::make_unique<entry>(entry{{test, slot}, where, keys_of(test, where)}))
                        .first;
            if (free_.empty())
                ++slots_;
            else
                free_.pop_back();
        }
        ++(*known)->users;
        return known->get();
    }

    // The slot of a predicate without users goes to the next one that is new.
    void release(entry const* e) {
        auto const known = entries_.find(name_of(*e));
        if (--(*known)->users != 0)
            return;
        free_.push_back(e->what.slot);
        entries_.erase(known);
    }

    // All slots are below.
    [[nodiscard]] std::size_t slots() const noexcept { return slots_; }

    // How many predicates there are.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    // The path of this number; it stays for good, since a catalog has only so many.
    [[nodiscard]] expression const& path(std::uint32_t number) const noexcept { return paths_[number]; }

  private:
    [[nodiscard]] static placed_text name_of(entry const& e) noexcept {
        return {e.what.test.text(), e.where};
    }

    struct entry_hash {
        using is_transparent = void;

        [[nodiscard]] std::size_t operator()(placed_text const& n) const noexcept { return n.hash(); }
        [[nodiscard]] std::size_t operator()(std::unique_ptr<entry> const& e) const noexcept {
            return name_of(*e).hash();
        }
    };

    struct same_entry {
        using is_transparent = void;
        using pointer = std::unique_ptr<entry>;

        [[nodiscard]] bool operator()(pointer const& a, pointer const& b) const noexcept { return a == b; }
        [[nodiscard]] bool operator()(placed_text const& a, pointer const& b) const noexcept {
            return a == name_of(*b);
        }
        [[nodiscard]] bool operator()(pointer const& a, placed_text const& b) const noexcept {
            return name_of(*a) == b;
        }
    };

    struct text_hash {
        [[nodiscard]] std::size_t operator()(placed_text const& n) const noexcept { return n.hash(); }
    };

    [[nodiscard]] std::vector<key> keys_of(expression const& test, standing const& where) {
        std::vector<key> keys;
        for (auto& k : test.equality_keys()) {
            k.hashes.shrink_to_fit();
            keys.push_back({number_of(k.path, where), std::move(k.hashes)});
        }
        keys.shrink_to_fit();
        return keys;
    }

    [[nodiscard]] std::uint32_t number_of(std::string const& path, standing const& where) {
        if (auto const known = numbers_.find(placed_text{path, where}); known != numbers_.end())
            return known->second;
        auto const number = static_cast<std::uint32_t>(paths_.size());
        paths_.push_back(
            expression::compile(path, {catalog_, where.object, where.what, where.is_filter}).value());
        numbers_.emplace(placed_text{paths_.back().text(), where}, number);
        return number;
    }

    catalog_schema catalog_;
    std::unordered_set<std::unique_ptr<entry>, entry_hash, same_entry> entries_;
    std::vector<std::uint32_t> free_;
    std::uint32_t slots_ = 0;
    std::vector<expression> paths_;
    // The keys refer to the texts of `paths_`, which the copies of an expression share.
    std::unordered_map<placed_text, std::uint32_t, text_hash> numbers_;
};

} // namespace posthorn::detail
