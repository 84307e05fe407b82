// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/config.hpp>
#include <posthorn/detail/text/enum_name.hpp>
#include <posthorn/detail/util/shielded.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Evidence that nobody has tampered with the history of webhooks.
///
/// Each entry gets a seal, which is kept with it: a digest of the entry and of all entries before it, and a
/// MAC of that digest under a key that is not in the database. Who can write to the database and does not
/// have the key cannot change what was sealed without being found.
///
/// Found are: an entry that was changed, removed, added among the sealed ones, or that has changed places
/// with another one; a seal that was changed, removed, put elsewhere, or computed without the key.
///
/// Not found are:
/// - what was done to an entry before it was sealed, so seal often;
/// - that the end of the history was cut off or written again. What is left is whole, and the next run seals
///   what it finds. A checkpoint that is kept where the same hands do not reach shows it: keep
///   `history_verdict::last` of each verification, and give it to the next one;
/// - anything, if the key is known to whoever tampers;
/// - a restored backup, which looks as if the end was cut off.
/// A storage that forgets old entries (`memory_limits::history_kept`) looks as if they were removed.
///
/// Keys are those of a KeyProvider, best others than those that secrets are encrypted with. To rotate, give a
/// new current key and keep the older ones: each seal names its own.
namespace posthorn::admin {

/// SHA-256, or HMAC-SHA256.
using history_digest = std::array<unsigned char, 32>;

/// What proves the history up to one entry, if it is kept elsewhere.
struct history_checkpoint {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    history_checkpoint() noexcept {}

    [[nodiscard]] friend bool operator==(history_checkpoint const&, history_checkpoint const&) = default;

    /// The entry's; 0: nothing is sealed.
    std::uint64_t number = 0;
    /// Of this entry and all before it.
    history_digest digest{};
    /// Of number and digest.
    history_digest mac{};
    /// The id of the key that made the MAC.
    std::string key;
};

/// The seal of one entry: a checkpoint, and what tells how a history differs from it.
struct history_seal : history_checkpoint {
    history_seal() noexcept {}

    [[nodiscard]] friend bool operator==(history_seal const&, history_seal const&) = default;

    /// The number of the entry that was sealed before; 0: this is the first one.
    std::uint64_t previous = 0;
    /// Of the entry alone, without its number.
    history_digest content{};
};

/// What a verification finds.
enum class history_finding : std::uint8_t {
    /// Nothing.
    intact,
    /// The entry is not what was sealed.
    changed,
    /// The entry was sealed and is not there; others behind it are.
    removed,
    /// The entry is what was sealed as another one, and what was sealed as this one stands elsewhere.
    reordered,
    /// From this entry on the history is not there; or it does not lead to the checkpoint that was kept.
    truncated,
    /// The entry stands among sealed ones and never was sealed.
    added,
    /// The entry's seal is missing, damaged, at a wrong place, or no key has made it; or the key of its id
    /// has other bytes now.
    forged_seal,
    /// The entry's seal names a key that is not given.
    unknown_key,
};

/// "intact", "changed", "removed", ...
[[nodiscard]] constexpr std::string_view to_string(history_finding f) noexcept {
    constexpr std::string_view names[] = {"intact",    "changed", "removed",     "reordered",
                                          "truncated", "added",   "forged_seal", "unknown_key"};
    return posthorn::detail::enum_name(names, f);
}

/// The outcome of a verification: nothing, or the first finding.
struct history_verdict {
    history_verdict() noexcept {}

    [[nodiscard]] bool is_intact() const noexcept { return finding == history_finding::intact; }

    history_finding finding = history_finding::intact;
    /// The entry that the finding is about; 0: none can be named.
    std::uint64_t number = 0;
    /// Entries that are as they were sealed, before the finding.
    std::size_t sealed = 0;
    /// Entries behind the last seal, of which nothing is known. Counted where nothing is found.
    std::size_t unsealed = 0;
    /// The last one before the finding: what to keep elsewhere.
    history_checkpoint last;
};

/// What a run of sealing did.
struct history_sealing {
    history_sealing() noexcept {}

    /// How many entries got a seal.
    std::size_t sealed = 0;
    /// The last one: what to keep elsewhere.
    history_checkpoint last;
};

/// The seal of the entry that comes behind the sealed one `last`, or of the first one. Pure.
///
/// Errors: `errc::bad_encryption_key`; `errc::bad_record`, when the entry's number is not larger than that of
/// `last`; `not_supported` of the generic category when this machine's OpenSSL lacks an algorithm.
[[nodiscard]] POSTHORN_DECL result<history_seal> seal(history_checkpoint const& last,
                                                      history_entry const& entry, encryption_key const& with);

/// Compares a history with its seals, both in the order of their numbers. Pure, but for the provider.
///
/// Errors: `errc::no_encryption_key`; `errc::bad_encryption_key`; what the provider says but
/// `errc::unknown_encryption_key`; `not_supported` as above. What was tampered with is no error.
/// @param kept a checkpoint of an earlier time
[[nodiscard]] POSTHORN_DECL result<history_verdict>
verify(std::span<history_entry const> entries, std::span<history_seal const> seals,
       encryption_keys const& keys, std::optional<history_checkpoint> const& kept = {});

/// A checkpoint as one line of text: number, digest, MAC, id of the key.
[[nodiscard]] POSTHORN_DECL std::string to_text(history_checkpoint const& c);

/// Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<history_checkpoint> parse_checkpoint(std::string_view text);

/// A seal as the text that is kept with its entry.
[[nodiscard]] POSTHORN_DECL std::string to_text(history_seal const& s);

/// The seal of the entry of this number. Errors: `errc::bad_record`.
[[nodiscard]] POSTHORN_DECL result<history_seal> parse_seal(std::uint64_t number, std::string_view text);

} // namespace posthorn::admin

namespace posthorn::detail {

// What sealing needs of a registry, without its type.
struct sealed_storage {
    std::function<result<std::vector<history_record>>(history_query const&)> history;
    std::function<result<std::uint64_t>(registry_commit const&)> commit;
    // How much is read at once.
    std::size_t page;
};

template <class T>
concept keeps_seals = requires(T& in, history_query const& q, registry_commit const& c) {
    { in.history(q) } -> std::same_as<result<std::vector<history_record>>>;
    { in.commit(c) } -> std::same_as<result<std::uint64_t>>;
};

template <keeps_seals T>
[[nodiscard]] sealed_storage sealed_storage_of(T& in, std::size_t page) {
    return {[&in](history_query const& q) { return shielded([&] { return in.history(q); }); },
            [&in](registry_commit const& c) { return shielded([&] { return in.commit(c); }); },
            page == 0 ? 1 : page};
}

[[nodiscard]] POSTHORN_DECL result<admin::history_sealing> seal_new(sealed_storage const& in,
                                                                    encryption_keys const& keys);

[[nodiscard]] POSTHORN_DECL result<admin::history_verdict>
verify_all(sealed_storage const& in, encryption_keys const& keys,
           std::optional<admin::history_checkpoint> const& kept);

} // namespace posthorn::detail

namespace posthorn::admin {

/// Seals all entries behind the last seal, in their order. Broken off at any time, it continues where it was;
/// two at once make the same seals, and an entry that has a seal keeps it.
///
/// Errors: `errc::no_encryption_key`; `errc::bad_record`, when the last seal is damaged or no key has made it
/// (verify, then restore or erase it); `errc::unknown_encryption_key`, when its key is not given; what the
/// provider or the registry says; `not_supported` as above.
/// @param in   a Registry
/// @param page how many entries are read at once
template <posthorn::detail::keeps_seals T>
[[nodiscard]] result<history_sealing> seal_new(T& in, encryption_keys const& keys, std::size_t page = 256) {
    return posthorn::detail::seal_new(posthorn::detail::sealed_storage_of(in, page), keys);
}

/// Compares the whole history with its seals, in as much memory as two pages take.
///
/// Errors: those of `verify`, or what the registry says. An entry that cannot be read is one that was
/// changed.
/// @param kept a checkpoint of an earlier time
template <posthorn::detail::keeps_seals T>
[[nodiscard]] result<history_verdict> verify_all(T& in, encryption_keys const& keys,
                                                 std::optional<history_checkpoint> const& kept = {},
                                                 std::size_t page = 256) {
    return posthorn::detail::verify_all(posthorn::detail::sealed_storage_of(in, page), keys, kept);
}

} // namespace posthorn::admin

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/admin/history_seal.ipp>
#endif
