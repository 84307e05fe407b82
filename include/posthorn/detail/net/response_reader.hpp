// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/transport.hpp>
#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/model/exchange.hpp>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/version.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace posthorn::detail {

// Beast's parser, keeping what the rules need and nothing else: no field container, no body buffer.
class response_reader final : public boost::beast::http::basic_parser<false> {
  public:
    using beast_error = boost::beast::error_code;
    using beast_view = boost::beast::string_view;

    response_reader(exchange_limits const& limits, response& out) : limits_(limits), out_(out) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        body_limit(boost::none);
    }

    [[nodiscard]] int status() const noexcept { return status_; }
    [[nodiscard]] bool body_exceeded() const noexcept { return body_bytes_ > limits_.body_read; }

    // Whether the header has a Transfer-Encoding.
    [[nodiscard]] bool coded() const noexcept { return codings_ != 0; }

    // Whether so many bytes are enough to go on. Beast asserts that the end of a body without chunks, once it
    // was begun, comes with the five bytes that it has at least.
    [[nodiscard]] bool can_take(std::size_t count) const {
        constexpr std::size_t shortest_end = 5;
        return count >= shortest_end || any_chunk_ || !is_header_done() || !chunked();
    }

    // Whether the end of the message is known for certain, so that the connection can carry another one.
    [[nodiscard]] bool exactly_framed() const {
        return is_done() && !need_eof() && keep_alive() && !odd_framing_ && !unwanted_;
    }

  private:
    void on_request_impl(boost::beast::http::verb, beast_view, beast_view, int, beast_error&) override {}

    void on_response_impl(int code, beast_view, int version, beast_error& ec) override {
        constexpr int http_1_0 = 10;
        status_ = code;
        odd_framing_ = version == http_1_0;
        // Request Timeout, Misdirected Request, Too Early: the next attempt is to come on another connection.
        unwanted_ = code == 408 || code == 421 || code == 425;
        if (code < 100 || code > 599)
            ec = errc::bad_status;
    }

    void on_field_impl(boost::beast::http::field name, beast_view field_name, beast_view value,
                       beast_error& ec) override {
        using boost::beast::http::field;
        if (header_done_)
            return look_at_trailer(name);
        // The fields of an interim response are ignored.
        if (status_ < 200)
            return;
        if (++fields_ > limits_.header_fields)
            ec = errc::header_limit;
        lengths_ += name == field::content_length;
        codings_ += name == field::transfer_encoding;
        if (name == field::transfer_encoding && !iequals({value.data(), value.size()}, "chunked"))
            odd_framing_ = true;
        // 204 and 304 have no body, whatever they say; what says so may send one nevertheless.
        if ((status_ == 204 || status_ == 304) &&
            (name == field::transfer_encoding || (name == field::content_length && value != "0")))
            odd_framing_ = true;
        if (is_folded(field_name, value))
            odd_framing_ = true;
        if (codings_ > 1 || (codings_ != 0 && lengths_ != 0))
            ec = errc::bad_framing;
        if (lengths_ > 1 || (name == field::content_length && value.find(',') != beast_view::npos))
            odd_framing_ = true;
        if (name == field::retry_after)
            keep_retry_after(value);
        else if (name == field::location && out_.location.empty())
            out_.location.assign(value.data(), std::min(longest_location, value.size()));
    }

#if BOOST_VERSION >= 109000
    void on_trailer_field_impl(boost::beast::http::field name, beast_view, beast_view,
                               beast_error&) override {
        look_at_trailer(name);
    }
#endif

    void on_header_impl(beast_error&) override { header_done_ = true; }
    void on_body_init_impl(boost::optional<std::uint64_t> const&, beast_error&) override {}

    std::size_t on_body_impl(beast_view body, beast_error&) override { return take(body); }
    void on_chunk_header_impl(std::uint64_t size, beast_view, beast_error&) override {
        any_chunk_ = any_chunk_ || size != 0;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast_view body, beast_error&) override {
        return take(body);
    }
    void on_finish_impl(beast_error&) override {}

    // Trailers are ignored. But a receiver that frames the message there, or names its connection, may see
    // its end elsewhere than Beast, whose releases treat these fields differently.
    void look_at_trailer(boost::beast::http::field name) {
        using boost::beast::http::field;
        if (name == field::connection || name == field::proxy_connection || name == field::upgrade ||
            name == field::content_length || name == field::transfer_encoding)
            odd_framing_ = true;
    }

    std::size_t take(beast_view body) {
        body_bytes_ += body.size();
        auto const room = limits_.body_kept - std::min(limits_.body_kept, out_.excerpt.size());
        out_.excerpt.append(body.data(), std::min(room, body.size()));
        return body.size();
    }

    // Whether the value goes over several lines. Beast joins such lines in a buffer of its own; every other
    // value stands behind its name.
    [[nodiscard]] bool is_folded(beast_view name, beast_view value) const {
        auto const* const name_end = name.data() + name.size();
        auto const gap =
            reinterpret_cast<std::uintptr_t>(value.data()) - reinterpret_cast<std::uintptr_t>(name_end);
        return gap > limits_.header_bytes || beast_view(name_end, gap).find('\n') != beast_view::npos;
    }

    // One line each, since only a clock can tell which one is the longest wait. A value that is too long is
    // no value.
    void keep_retry_after(beast_view value) {
        auto& kept = out_.retry_after;
        if (value.empty() || value.size() > longest_retry_after || ++retry_afters_ > most_retry_afters)
            return;
        if (!kept.empty())
            kept += '\n';
        kept.append(value.data(), value.size());
    }

    static constexpr std::size_t longest_retry_after = 64;
    static constexpr std::size_t most_retry_afters = 4;
    static constexpr std::size_t longest_location = 512;

    exchange_limits const& limits_;
    response& out_;
    int status_ = 0;
    std::size_t fields_ = 0;
    std::size_t lengths_ = 0;
    std::size_t codings_ = 0;
    std::size_t retry_afters_ = 0;
    std::size_t body_bytes_ = 0;
    bool header_done_ = false;
    bool any_chunk_ = false;
    bool odd_framing_ = false;
    bool unwanted_ = false;
};

// Beast's words for a malformed response, in ours; `coded`: there was a Transfer-Encoding, behind which Beast
// calls every Content-Length malformed.
[[nodiscard]] inline error_code parse_error(boost::beast::error_code const& ec, bool coded) {
    using http_error = boost::beast::http::error;
    if (ec.category() == error_category())
        return ec;
    if (ec == http_error::bad_version || ec == http_error::bad_alloc)
        return errc::bad_version;
    if (ec == http_error::bad_status)
        return errc::bad_status;
    if (ec == http_error::bad_field || ec == http_error::bad_value)
        return errc::bad_response_field;
    if (coded && ec == http_error::bad_content_length)
        return errc::bad_framing;
    if (ec == http_error::bad_content_length || ec == http_error::multiple_content_length)
        return errc::bad_content_length;
    if (ec == http_error::bad_transfer_encoding)
        return errc::bad_framing;
    if (ec == http_error::header_limit || ec == http_error::buffer_overflow)
        return errc::header_limit;
    if (ec == http_error::partial_message)
        return errc::partial_response;
    return errc::bad_response_line;
}

} // namespace posthorn::detail
