// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>

namespace posthorn {

namespace detail {

[[nodiscard]] POSTHORN_DECL char const* errc_message(errc e) noexcept {
    switch (e) {
    case errc::queue_full:
        return "the webhook's queue is full";
    case errc::not_running:
        return "async_run has not been called";
    case errc::already_running:
        return "async_run is already running";
    case errc::stopping:
        return "the dispatcher is stopping and accepts no events";
    case errc::drain_incomplete:
        return "the drain ended before everything was settled";
    case errc::unknown_webhook:
        return "no webhook has this id";
    case errc::unknown_filter:
        return "no filter has this id";
    case errc::filter_in_use:
        return "webhooks still name this filter";
    case errc::unknown_delivery:
        return "no delivery has this id";
    case errc::not_in_this_state:
        return "the delivery's state does not allow this";
    case errc::delivery_busy:
        return "another process has the delivery in hand";
    case errc::not_rendered:
        return "the delivery could not be rendered, so there is nothing to send";
    case errc::needs_waiting:
        return "the webhook is synchronous, and dispatch does not wait";
    case errc::transaction_over:
        return "the transaction was ended already";
    case errc::policy_threw:
        return "a policy of the host threw an exception";
    case errc::lease_lost:
        return "another worker holds this delivery";
    case errc::storage_failed:
        return "the storage failed";
    case errc::bad_record:
        return "a stored record is damaged";
    case errc::storage_needs_file:
        return "the storage needs a file, since no second connection sees a database in memory";
    case errc::schema_too_new:
        return "the tables are of a newer version of Posthorn";
    case errc::not_durable:
        return "the connection promises less than the storage: set PRAGMA synchronous=FULL, in WAL mode";
    case errc::no_transaction:
        return "the connection has no open transaction to store deliveries in";
    case errc::no_encryption_key:
        return "there is no key to encrypt secrets with";
    case errc::unknown_encryption_key:
        return "the key that a stored secret was encrypted with is missing";
    case errc::secret_unreadable:
        return "a stored secret was changed, moved, or encrypted with another key";
    case errc::bad_encryption_key:
        return "an encryption key is not 32 bytes, or its id is malformed or given twice";
    case errc::not_supported:
        return "the storage does not keep this";
    case errc::body_too_large:
        return "the rendered body is larger than allowed";
    case errc::url_too_long:
        return "the rendered URL is longer than allowed";
    case errc::bad_header_value:
        return "a rendered header value holds a byte that is not allowed in a header";
    case errc::bad_url_path:
        return "a value leaves a segment of the URL's path empty, or makes it . or ..";
    case errc::blocked_address:
        return "the address is blocked";
    case errc::dns_failed:
        return "the name could not be resolved";
    case errc::dns_timeout:
        return "the name was not resolved in time";
    case errc::connect_refused:
        return "connection refused";
    case errc::connect_failed:
        return "connection failed";
    case errc::connect_timeout:
        return "connection not accepted in time";
    case errc::tls_handshake_failed:
        return "TLS handshake failed";
    case errc::tls_verify_failed:
        return "the receiver's certificate is not trusted for its name";
    case errc::tls_timeout:
        return "TLS handshake not done in time";
    case errc::response_timeout:
        return "no response in time";
    case errc::total_timeout:
        return "the exchange took too long";
    case errc::connection_reset:
        return "connection reset before a response";
    case errc::eof_before_response:
        return "connection closed before a response";
    case errc::partial_response:
        return "connection closed inside the response header";
    case errc::bad_version:
        return "the answer is not HTTP/1.0 or HTTP/1.1";
    case errc::bad_status:
        return "the response status is malformed";
    case errc::bad_response_line:
        return "a line of the response header is malformed";
    case errc::bad_response_field:
        return "a field of the response header is malformed";
    case errc::bad_content_length:
        return "the response's Content-Length is malformed";
    case errc::bad_framing:
        return "the response's framing is contradictory";
    case errc::header_limit:
        return "the response header is larger than allowed";
    case errc::too_many_interim:
        return "too many interim responses";
    case errc::unexpected_upgrade:
        return "the receiver switched protocols without being asked";
    case errc::http_status:
        return "the receiver answered with a status that is not 2xx";
    case errc::cancelled:
        return "cut short by a stop or a cancellation";
    case errc::verification_failed:
        return "the message's signature is not valid";
    case errc::bad_key:
        return "the key is malformed";
    }
    return "unknown posthorn error";
}

// Every cause belongs to at most one of retryable, permanent, cancelled; timeout and rejected_by_receiver say
// more.
[[nodiscard]] POSTHORN_DECL bool errc_is(errc e, condition c) noexcept {
    switch (c) {
    case condition::retryable:
        return (e >= errc::dns_failed && e <= errc::http_status) || e == errc::storage_failed ||
               e == errc::queue_full;
    case condition::permanent:
        return (e >= errc::body_too_large && e <= errc::blocked_address) || e == errc::unknown_webhook ||
               e == errc::unknown_filter || e == errc::bad_key || e == errc::verification_failed;
    case condition::timeout:
        return e == errc::dns_timeout || e == errc::connect_timeout || e == errc::tls_timeout ||
               e == errc::response_timeout || e == errc::total_timeout;
    case condition::cancelled:
        return e == errc::cancelled || e == errc::stopping;
    case condition::rejected_by_receiver:
        return e == errc::http_status;
    }
    return false;
}

class errc_category final : public boost::system::error_category {
  public:
    constexpr errc_category() noexcept : error_category(0x706f7374686f726eULL) {}

    [[nodiscard]] char const* name() const noexcept override { return "posthorn"; }

    [[nodiscard]] std::string message(int value) const override {
        return errc_message(static_cast<errc>(value));
    }

    [[nodiscard]] bool equivalent(int value,
                                  boost::system::error_condition const& wanted) const noexcept override {
        if (wanted.category() == condition_category())
            return errc_is(static_cast<errc>(value), static_cast<condition>(wanted.value()));
        return error_category::equivalent(value, wanted);
    }
};

class condition_category_type final : public boost::system::error_category {
  public:
    constexpr condition_category_type() noexcept : error_category(0x706f7374686f7263ULL) {}

    [[nodiscard]] char const* name() const noexcept override { return "posthorn.condition"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<condition>(value)) {
        case condition::retryable:
            return "a later attempt may succeed";
        case condition::permanent:
            return "no later attempt can succeed";
        case condition::timeout:
            return "a deadline passed";
        case condition::cancelled:
            return "ended by the host";
        case condition::rejected_by_receiver:
            return "rejected by the receiver";
        }
        return "unknown posthorn condition";
    }
};

} // namespace detail

POSTHORN_DECL boost::system::error_category const& error_category() noexcept {
    static constexpr detail::errc_category category;
    return category;
}

POSTHORN_DECL boost::system::error_category const& condition_category() noexcept {
    static constexpr detail::condition_category_type category;
    return category;
}

} // namespace posthorn
