// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>
#include <posthorn/model/connection.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/url.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/verb.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace posthorn {

/// One HTTP request, as a transport gets it. A view: what it refers to lives until the awaited send
/// completes.
struct request {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    request() noexcept {}

    /// Scheme, host and port; its target is not what is sent.
    url const* endpoint = nullptr;
    verb method = verb::post;
    /// Path and query.
    std::string_view target;
    /// The rendered fields, "Name: value\r\n" each; `header_range` reads them one by one.
    std::string_view headers;
    /// The secret fields of the webhook, in the same form. Never log them.
    std::string_view secret_headers;
    /// The signature fields, in the same form.
    std::string_view signature_headers;
    std::string_view body;
    /// Whose connections may be used: requests of different lanes never share one.
    uuid lane{};
    /// How the receiver is reached and proved; null: as the transport does for all. Requests with settings
    /// that are not equal never share a connection.
    std::shared_ptr<connection_settings const> connection;
    /// How long the exchange may take, besides the transport's own limits; zero: those alone. One that takes
    /// longer ends with `errc::total_timeout`.
    duration limit{};
};

/// What a receiver answered.
struct response {
    response() noexcept {}

    /// 0: there was no final response.
    int status = 0;
    /// The first bytes of the body, at most 4 KiB. Untrusted.
    std::string excerpt;
    /// The Retry-After field as it was sent, at most 64 bytes; of several fields the first four, a line each;
    /// empty: none. Untrusted.
    std::string retry_after;
    /// The Location field as it was sent, at most 512 bytes; empty: none. Untrusted.
    std::string location;

    void clear() noexcept {
        status = 0;
        excerpt.clear();
        retry_after.clear();
        location.clear();
    }
};

/// What came of one request.
struct exchange {
    exchange() noexcept {}

    /// An exchange that ended without a final response.
    explicit exchange(error_code e) noexcept : error(e) {}

    /// No error: a 2xx response. `errc::http_status`: another final status. Else what went wrong.
    error_code error;
    posthorn::response response;
    /// Text of the transport about the error, ours; whoever saved the webhook sees it. Empty: the code says
    /// it all.
    std::string detail;
    /// What is for the operator's log only, since it may name an address inside the host's network; reports,
    /// test calls and stored attempts leave it out.
    std::string log_detail;
    /// Whether the connection had served a request before.
    bool reused_connection = false;
};

} // namespace posthorn
