// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/exchange.hpp>

#include <cstdint>

namespace posthorn::detail {

// What an attempt says of its receiver, whatever becomes of the delivery.
enum class health : std::uint8_t {
    // Nothing: nobody was asked.
    unknown,
    // It answers; that it refuses this request is between the two.
    well,
    // It does not answer, or says that it cannot.
    failing,
    // The same, and less would be more: 429, 502, 503, 504, and whatever takes too long.
    overloaded,
};

[[nodiscard]] inline bool is_bad(health h) noexcept {
    return h == health::failing || h == health::overloaded;
}

[[nodiscard]] inline health health_of(exchange const& outcome) noexcept {
    auto const& error = outcome.error;
    if (!error)
        return health::well;
    if (error == errc::http_status) {
        int const status = outcome.response.status;
        if (status == 429 || status == 502 || status == 503 || status == 504)
            return health::overloaded;
        return status >= 500 ? health::failing : health::well;
    }
    for (auto const late : {errc::dns_timeout, errc::connect_timeout, errc::tls_timeout,
                            errc::response_timeout, errc::total_timeout})
        if (error == late)
            return health::overloaded;
    for (auto const ours : {errc::cancelled, errc::blocked_address, errc::policy_threw})
        if (error == ours)
            return health::unknown;
    return health::failing;
}

} // namespace posthorn::detail
