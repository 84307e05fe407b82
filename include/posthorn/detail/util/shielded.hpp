// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>

namespace posthorn::detail {

// A call of a policy that is not awaited; what it throws is an error like any other.
template <class Call>
[[nodiscard]] auto shielded(Call call) -> decltype(call()) {
    try {
        return call();
    } catch (...) {
        return {boost::system::in_place_error, error_code(errc::policy_threw)};
    }
}

} // namespace posthorn::detail
