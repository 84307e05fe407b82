// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/time.hpp>

#include <boost/uuid/uuid.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace posthorn {

using boost::uuids::uuid;

/// A UUID as text, 36 characters, without an allocation.
class uuid_text {
  public:
    explicit uuid_text(uuid const& id) noexcept {
        constexpr char digits[] = "0123456789abcdef";
        std::size_t at = 0;
        for (std::size_t i = 0; i != 16; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10)
                text_[at++] = '-';
            text_[at++] = digits[id.data[i] >> 4];
            text_[at++] = digits[id.data[i] & 15];
        }
    }

    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

  private:
    std::array<char, 36> text_;
};

/// A UUID as text: "0190163d-8694-739b-aea5-966c26f8ad91".
[[nodiscard]] inline std::string to_text(uuid const& id) {
    return std::string(uuid_text(id).view());
}

namespace detail {

// The id that a text is, exactly as `to_text` writes it; none: it is something else.
[[nodiscard]] inline std::optional<uuid> parse_id(std::string_view text) {
    constexpr std::string_view known("0123456789abcdef");
    uuid id{};
    std::size_t digits = 0;
    for (char const c : text) {
        if (c == '-')
            continue;
        auto const digit = known.find(c);
        if (digit == std::string_view::npos || digits == 32)
            return std::nullopt;
        auto& byte = id.data[digits++ / 2];
        byte = static_cast<std::uint8_t>(static_cast<std::size_t>(byte) << 4U | digit);
    }
    return uuid_text(id).view() == text ? std::optional(id) : std::nullopt;
}

} // namespace detail

/// A UUID of version 7 (RFC 9562): 48 bits of milliseconds, so that ids sort by time, and 74 random bits.
[[nodiscard]] inline uuid make_uuid_v7(wall_time now, std::uint64_t random_a,
                                       std::uint64_t random_b) noexcept {
    auto const ms = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
    uuid id;
    for (std::size_t i = 0; i != 6; ++i)
        id.data[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    std::memcpy(id.data + 6, &random_a, 2);
    std::memcpy(id.data + 8, &random_b, 8);
    id.data[6] = static_cast<std::uint8_t>((id.data[6] & 0x0f) | 0x70);
    id.data[8] = static_cast<std::uint8_t>((id.data[8] & 0x3f) | 0x80);
    return id;
}

/// Hash of a UUID for unordered containers; its last bytes are random already.
struct uuid_hash {
    [[nodiscard]] std::size_t operator()(uuid const& id) const noexcept {
        std::uint64_t low = 0;
        std::uint64_t high = 0;
        std::memcpy(&high, id.data, 8);
        std::memcpy(&low, id.data + 8, 8);
        return static_cast<std::size_t>((high ^ low) * 0x9e3779b97f4a7c15ULL);
    }
};

} // namespace posthorn
