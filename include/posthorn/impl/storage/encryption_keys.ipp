// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/detail/text/base64.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

namespace posthorn {

namespace detail {

[[nodiscard]] inline int hex_value(char digit) noexcept {
    return is_digit(digit) ? digit - '0' : to_lower(digit) - 'a' + 10;
}

/// Writes to `out` the bytes that an even number of digits stands for; false if one is no digit.
[[nodiscard]] inline bool hex_decode(std::string_view digits, char* out) noexcept {
    if (!std::all_of(digits.begin(), digits.end(), is_hex_digit))
        return false;
    for (std::size_t i = 0; i != digits.size(); i += 2)
        *out++ = static_cast<char>(hex_value(digits[i]) << 4 | hex_value(digits[i + 1]));
    return true;
}

} // namespace detail

POSTHORN_DECL result<encryption_key> parse_encryption_key(std::string id, std::string_view text) {
    constexpr auto size = encryption_key::size;
    bool read = false;
    auto bytes = secret::of_size(size, [&](char* out) {
        if (text.size() == 2 * size)
            read = detail::hex_decode(text, out);
        else if (detail::base64_decoded_size(text) == size)
            read = detail::base64_decode(text, out);
    });
    encryption_key key(std::move(id), std::move(bytes));
    if (!read || !key.valid())
        return make_error_code(errc::bad_encryption_key);
    return key;
}

POSTHORN_DECL result<static_keys> static_keys::make(encryption_key current,
                                                    std::vector<encryption_key> older) {
    auto keys = std::make_shared<list>();
    keys->reserve(older.size() + 1);
    keys->push_back(std::move(current));
    std::move(older.begin(), older.end(), std::back_inserter(*keys));
    for (auto key = keys->begin(); key != keys->end(); ++key) {
        bool const again =
            std::any_of(keys->begin(), key, [&](encryption_key const& k) { return k.id == key->id; });
        if (again || !key->valid())
            return make_error_code(errc::bad_encryption_key);
    }
    return static_keys(std::move(keys));
}

POSTHORN_DECL result<encryption_key> static_keys::current() const {
    return keys_->front();
}

POSTHORN_DECL result<encryption_key> static_keys::find(std::string_view id) const {
    auto const found =
        std::find_if(keys_->begin(), keys_->end(), [id](encryption_key const& k) { return k.id == id; });
    if (found == keys_->end())
        return make_error_code(errc::unknown_encryption_key);
    return *found;
}

} // namespace posthorn
