// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/beast_connection.hpp>
#include <posthorn/detail/registry/connection_rules.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace posthorn::detail {

// What a proxy is asked for a way to a receiver: its name and its port, and nothing of the request.
[[nodiscard]] inline secret connect_request(url const& to, connection_settings const& settings) {
    auto const host = to.host().find(':') == std::string::npos ? to.host() : '[' + to.host() + ']';
    auto const target = host + ':' + std::to_string(to.port());
    auto const authorization = proxy_authorization(settings);
    auto const head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    std::string_view const parts[] = {head, authorization.reveal(), "\r\n"};
    std::size_t size = 0;
    for (auto const part : parts)
        size += part.size();
    return secret::of_size(size, [&](char* out) {
        for (auto const part : parts)
            out += part.copy(out, part.size());
    });
}

// The answer of a proxy, as it comes in. It ends with its header: behind that stands the receiver, which has
// been asked nothing yet.
class connect_answer {
  public:
    explicit connect_answer(exchange_limits const& limits) : limits_(limits), reader_(limits, ignored_) {}

    // Takes what has arrived in front of `input`; true: the answer is there, or wrong.
    [[nodiscard]] bool advance(std::vector<char>& input, std::size_t received) {
        boost::beast::error_code ec;
        auto const used = reader_.put(boost::asio::const_buffer(input.data(), received), ec);
        size_ += used;
        left_ = received - used;
        std::memmove(input.data(), input.data() + used, left_);
        if (ec && ec != boost::beast::http::error::need_more)
            return fail(parse_error(ec, false) == errc::header_limit ? "is too large" : "is not HTTP");
        if (size_ + (reader_.is_header_done() ? 0 : left_) > limits_.header_bytes)
            return fail("is too large");
        if (!reader_.is_header_done())
            return false;
        if (reader_.status() < 200 || reader_.status() > 299)
            return fail("has the status " + std::to_string(reader_.status()));
        return left_ == 0 || fail("goes on behind its header");
    }

    // Bytes in front of `input` that belong to a line which has not ended.
    [[nodiscard]] std::size_t left() const noexcept { return left_; }

    // What is wrong with it; empty: nothing.
    [[nodiscard]] std::string const& wrong() const noexcept { return wrong_; }

  private:
    bool fail(std::string why) {
        wrong_ = "the proxy's answer " + std::move(why);
        return true;
    }

    exchange_limits const& limits_;
    response ignored_;
    response_reader reader_;
    std::size_t size_ = 0;
    std::size_t left_ = 0;
    std::string wrong_;
};

// Makes of a connection to a proxy one to the receiver, within the phase that has begun.
[[nodiscard]] inline boost::asio::awaitable<void> open_tunnel(beast_connection& c,
                                                              exchange_limits const& limits, exchange& x) {
    x.error = errc::proxy_refused;
    auto const asked = connect_request(c.endpoint, *c.settings);
    auto const bytes = asked.reveal();
    boost::system::error_code ec;
    co_await boost::asio::async_write(c.socket, boost::asio::const_buffer(bytes.data(), bytes.size()),
                                      boost::asio::redirect_error(boost::asio::use_awaitable, ec));
    connect_answer answer(limits);
    bool whole = false;
    while (!whole && !ec) {
        if (answer.left() == c.input.size())
            c.input.resize(c.input.size() * 2);
        boost::asio::mutable_buffer const room(c.input.data() + answer.left(),
                                               c.input.size() - answer.left());
        auto const n = co_await c.socket.async_read_some(
            room, boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        if (n != 0)
            whole = answer.advance(c.input, answer.left() + n);
    }
    if (c.deadline.cut())
        x.error = c.deadline.cut();
    else if (!whole)
        x.detail = ec == boost::asio::error::eof ? "the proxy closed the connection" : ec.message();
    else if (!answer.wrong().empty())
        x.detail = answer.wrong();
    else
        x.error = {};
}

} // namespace posthorn::detail
