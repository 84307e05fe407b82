// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <string_view>

namespace posthorn::detail {

// The name of an enumerator. A storage of the host's may give a value that has none.
template <class Enum, std::size_t Count>
[[nodiscard]] constexpr std::string_view enum_name(std::string_view const (&names)[Count], Enum e) noexcept {
    auto const i = static_cast<std::size_t>(e);
    return i < Count ? names[i] : "unknown";
}

} // namespace posthorn::detail
