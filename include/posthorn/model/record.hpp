// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/enum_name.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// What a record describes.
enum class record_kind : std::uint8_t { webhook, filter, list_filter, setting };

inline constexpr std::size_t record_kind_count = 4;

/// "webhook", "filter", "list_filter", "setting".
[[nodiscard]] constexpr std::string_view to_string(record_kind k) noexcept {
    constexpr std::string_view names[record_kind_count] = {"webhook", "filter", "list_filter", "setting"};
    return detail::enum_name(names, k);
}

/// What identifies a record: keys of different kinds are independent of each other.
struct record_key {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    record_key() noexcept {}
    record_key(record_kind of, std::string name) : kind(of), key(std::move(name)) {}

    [[nodiscard]] friend auto operator<=>(record_key const&, record_key const&) = default;

    record_kind kind = record_kind::webhook;
    /// UTF-8 without NUL, never empty. Of webhooks, filters and list filters: the id, as `to_text` writes it.
    std::string key;
};

/// A record as a registry returns it.
struct record : record_key {
    record() noexcept {}
    record(record_key of, std::uint64_t at_revision, std::string text)
        : record_key(std::move(of)), revision(at_revision), value(std::move(text)) {}

    [[nodiscard]] friend bool operator==(record const&, record const&) = default;

    /// Given by the registry: at least 1, and one more with each change. No two states of one key have the
    /// same revision, also when the record was erased and created again.
    std::uint64_t revision = 0;
    /// The generation of the commit that created it: records are listed in this order, and in the order of
    /// their keys where one commit created several.
    std::uint64_t created = 0;
    /// The generation of the commit that changed it last.
    std::uint64_t changed = 0;
    /// Of a webhook: whether its deliveries may be claimed. Meaningless for other kinds.
    bool active = true;
    /// The record is no longer there; `value` is empty.
    bool erased = false;
    /// JSON, as it was committed, byte for byte.
    std::string value;
};

/// A change of one record: it is made only if the record still has the expected revision.
struct record_change : record_key {
    record_change() noexcept {}
    record_change(record_key of, std::uint64_t expected, std::optional<std::string> text)
        : record_key(std::move(of)), if_revision(expected), value(std::move(text)) {}

    /// The revision that the change is based on. 0: there is no such record, or it was erased.
    std::uint64_t if_revision = 0;
    /// The new value: UTF-8 JSON without NUL. None: the record is erased.
    std::optional<std::string> value;
    /// See `record::active`.
    bool active = true;
};

/// An entry of the history, which belongs to one record.
struct history_record : record_key {
    history_record() noexcept {}
    history_record(record_key of, std::string text) : record_key(std::move(of)), value(std::move(text)) {}

    [[nodiscard]] friend bool operator==(history_record const&, history_record const&) = default;

    /// Given by the registry: larger than that of every entry before it, also of those that were forgotten.
    std::uint64_t number = 0;
    /// UTF-8 JSON without NUL, as it was committed, byte for byte.
    std::string value;
    /// What proves that the entry was not changed; empty: it is not sealed.
    std::string seal;
};

/// Seals an entry of the history that is not sealed yet, or has this seal already.
struct history_seal_change {
    history_seal_change() noexcept {}
    history_seal_change(std::uint64_t entry, std::string text) : number(entry), seal(std::move(text)) {}

    std::uint64_t number = 0;
    std::string seal;
};

/// What one commit of a registry consists of.
struct registry_commit {
    registry_commit() noexcept {}

    std::vector<record_change> changes;
    /// Appended in this order. Their `number` and `seal` are ignored.
    std::vector<history_record> entries;
    std::vector<history_seal_change> seals;
    /// Set: the commit is made only if the registry still has this generation. What was decided by looking at
    /// other records stays true this way.
    std::optional<std::uint64_t> if_generation;
};

/// What a registry has loaded.
struct registry_load {
    registry_load() noexcept {}

    /// Of this result: every commit up to this generation is in it, and none after it.
    std::uint64_t generation = 0;
    /// Whether these are all records that there are. Else: all that changed since the generation that was
    /// asked for.
    bool complete = false;
    /// Records that were created, changed or erased since. In a complete load, erased ones are optional.
    std::vector<record> records;
};

/// Which entries of the history are wanted.
struct history_query {
    history_query() noexcept {}

    /// Those of one record; none: of all.
    std::optional<record_key> of;
    /// Only entries with a larger number.
    std::uint64_t after = 0;
    /// Only entries with a smaller number; 0: no limit.
    std::uint64_t before = 0;
    /// False: the newest come first.
    bool oldest_first = false;
    /// Maximum number of entries.
    std::size_t limit = 100;
};

} // namespace posthorn
