// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/storage/queue_gate.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace posthorn {

// Its header includes this one.
struct memory_limits;

} // namespace posthorn

namespace posthorn::detail {

// The records and the history of a memory_storage, which locks it. Pure.
class memory_registry {
  public:
    memory_registry() = default;
    // The index points to the records.
    memory_registry(memory_registry const&) = delete;
    memory_registry& operator=(memory_registry const&) = delete;

    [[nodiscard]] POSTHORN_DECL result<std::uint64_t> commit(registry_commit const& c,
                                                             memory_limits const& limits);
    [[nodiscard]] POSTHORN_DECL registry_load load(std::uint64_t after) const;
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
    [[nodiscard]] POSTHORN_DECL std::vector<history_record> history(history_query const& q) const;

    [[nodiscard]] queue_gate gate_of(uuid const& webhook) const {
        auto const it = gates_.find(webhook);
        return it == gates_.end() ? queue_gate() : it->second;
    }

  private:
    using generations = std::map<std::uint64_t, std::vector<record_key>>;

    // A record by the generation of its last change, so that a load does not visit the others.
    struct last_change {
        std::uint64_t generation;
        record const* of;

        [[nodiscard]] friend bool operator<(last_change const& a, last_change const& b) noexcept {
            return a.generation != b.generation ? a.generation < b.generation : std::less<>()(a.of, b.of);
        }
    };

    // A commit, ready to be made: nothing that follows can fail.
    struct prepared {
        std::vector<history_seal_change> seals;
        std::vector<record> records;
        generations erased;
    };

    [[nodiscard]] POSTHORN_DECL prepared prepare(registry_commit const& c);
    POSTHORN_DECL void take_back(registry_commit const& c) noexcept;
    POSTHORN_DECL void make_place(record_key const& key);
    [[nodiscard]] POSTHORN_DECL bool may_make(registry_commit const& c) const;
    [[nodiscard]] POSTHORN_DECL bool may_seal(std::vector<history_seal_change> const& seals) const;
    [[nodiscard]] POSTHORN_DECL std::optional<std::size_t> place_of(std::uint64_t number) const noexcept;
    [[nodiscard]] POSTHORN_DECL record next_of(record_change const& c);
    POSTHORN_DECL void replace(record next) noexcept;
    POSTHORN_DECL void append(std::vector<history_record> const& entries);
    POSTHORN_DECL void forget(memory_limits const& limits) noexcept;

    std::map<record_key, record> records_;
    std::set<last_change> changed_;
    // Of erased webhooks too, also when their records are forgotten: their deliveries may be there still.
    boost::unordered_flat_map<uuid, queue_gate, uuid_hash> gates_;
    std::uint64_t generation_ = 0;
    // Erased records by the generation that erased them, and the last one that was forgotten.
    generations erased_;
    std::size_t erased_count_ = 0;
    std::uint64_t forgotten_ = 0;
    std::deque<history_record> history_;
    std::uint64_t last_number_ = 0;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/memory_registry.ipp>
#endif
