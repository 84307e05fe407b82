// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/secret.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn {

/// A key that stored secrets are encrypted with, and the name that they know it by.
///
/// Thread safety: as any value. The bytes are wiped when it goes.
struct encryption_key {
    static constexpr std::size_t size = 32;
    static constexpr std::size_t longest_id = 64;

    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    encryption_key(std::string name, secret key) noexcept : id(std::move(name)), bytes(std::move(key)) {}

    /// 1 to 64 printable ASCII characters. It is stored in clear beside each secret, and never names other
    /// bytes than these.
    std::string id;
    /// 32 bytes, chosen at random: `openssl rand -hex 32` writes them as text.
    secret bytes;

    /// Whether both are as they must be.
    [[nodiscard]] bool valid() const noexcept {
        auto const printable = [](char c) { return c >= ' ' && c <= '~'; };
        return !id.empty() && id.size() <= longest_id && std::all_of(id.begin(), id.end(), printable) &&
               bytes.reveal().size() == size;
    }

    /// It holds a secret, so it is neither printed nor made JSON.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                                        encryption_key const&) = delete;
    template <class Tag, class Value>
    friend void tag_invoke(Tag, Value&, encryption_key const&) = delete;
};

/// Gives a storage the keys that it encrypts secrets with.
///
/// Purpose: the host keeps its keys where it likes, in its configuration, a vault or a key service; never
/// beside what they encrypt.
///
/// Semantic: `current` gives the key for secrets that are stored from now on. `find` gives the key of that
/// id, the current one or an older one; `errc::unknown_encryption_key` when there is none, any other error
/// when it cannot be had at the moment. An id means the same bytes for ever. A key may be dropped when nothing
/// is stored under it any more: what still is cannot be read again.
///
/// Concurrency: from any threads at once. They may block, as long as who saves or loads webhooks may wait.
///
/// Lifetime: a copyable handle.
///
/// Conforming signatures:
/// @code
/// struct my_keys {
///     posthorn::result<posthorn::encryption_key> current() const;
///     posthorn::result<posthorn::encryption_key> find(std::string_view id) const;
/// };
/// @endcode
/// What they throw is an error like any other.
///
/// See: `static_keys`, `encryption_keys`.
template <class T>
concept KeyProvider = std::copy_constructible<T> && requires(T const& provider, std::string_view id) {
    { provider.current() } -> std::same_as<result<encryption_key>>;
    { provider.find(id) } -> std::same_as<result<encryption_key>>;
};

/// Says in prose what `T` lacks to be a KeyProvider. Call it in a static_assert beside your type.
template <class T>
consteval bool check_key_provider() {
    static_assert(
        requires(T const& p) {
            { p.current() } -> std::same_as<result<encryption_key>>;
        }, "posthorn: KeyProvider lacks `posthorn::result<posthorn::encryption_key> current() const`. "
           "See posthorn/concepts/key_provider.hpp");
    static_assert(
        requires(T const& p, std::string_view id) {
            { p.find(id) } -> std::same_as<result<encryption_key>>;
        }, "posthorn: KeyProvider lacks "
           "`posthorn::result<posthorn::encryption_key> find(std::string_view id) const`. "
           "See posthorn/concepts/key_provider.hpp");
    static_assert(std::copy_constructible<T>, "posthorn: KeyProvider must be copyable; make it a handle. "
                                              "See posthorn/concepts/key_provider.hpp");
    return true;
}

} // namespace posthorn
