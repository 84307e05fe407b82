// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::testing {

/// A request as a loopback_receiver read it, byte for byte.
class received_request {
  public:
    received_request(std::string head, std::string body, std::size_t connection)
        : head_(std::move(head)), body_(std::move(body)), connection_(connection) {}

    /// From the request line to the empty line, which is included.
    [[nodiscard]] std::string const& head() const noexcept { return head_; }
    [[nodiscard]] std::string const& body() const noexcept { return body_; }
    /// Which connection it came on, from 1.
    [[nodiscard]] std::size_t connection() const noexcept { return connection_; }

  private:
    std::string head_;
    std::string body_;
    std::size_t connection_;
};

/// What a loopback_receiver does with a request.
class wire_reply {
  public:
    /// Sends these bytes, and keeps the connection.
    explicit wire_reply(std::string bytes) : bytes_(std::move(bytes)) {}

    /// A complete response with this body.
    [[nodiscard]] static wire_reply status(int code, std::string_view body = {},
                                           std::string_view fields = {}) {
        return wire_reply("HTTP/1.1 " + std::to_string(code) + " Some reason\r\n" + std::string(fields) +
                          "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    }

    /// Closes the connection afterwards.
    wire_reply&& then_close() && {
        closes_ = true;
        return std::move(*this);
    }

    /// Sends one byte after the other, with this pause before each.
    wire_reply&& slowly(std::chrono::milliseconds pause) && {
        pause_ = pause;
        is_slow_ = true;
        return std::move(*this);
    }

    [[nodiscard]] std::string const& bytes() const noexcept { return bytes_; }
    [[nodiscard]] bool closes() const noexcept { return closes_; }
    [[nodiscard]] bool is_slow() const noexcept { return is_slow_; }
    [[nodiscard]] std::chrono::milliseconds pause() const noexcept { return pause_; }

  private:
    std::string bytes_;
    std::chrono::milliseconds pause_{0};
    bool closes_ = false;
    bool is_slow_ = false;
};

/// A small HTTP server on 127.0.0.1, on a free port, that answers by a script: for tests of transports.
///
/// Works on the context of the test; everything it does belongs to that context. Thread safety: none; one
/// thread runs the context.
class loopback_receiver {
  public:
    using script = std::function<wire_reply(received_request const&)>;

    explicit loopback_receiver(boost::asio::io_context& io)
        : acceptor_(io, {boost::asio::ip::address_v4::loopback(), 0}), state_(std::make_shared<state>()) {
        boost::asio::co_spawn(io, accept(acceptor_, state_), boost::asio::detached);
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// Answers from now on like this; until then 200 without a body.
    void answer(script how) { state_->how = std::move(how); }
    void answer(wire_reply always) {
        answer([always = std::move(always)](received_request const&) { return always; });
    }

    /// Refuses connections from now on.
    void close() { acceptor_.close(); }

    [[nodiscard]] std::vector<received_request> const& requests() const noexcept { return state_->requests; }

    /// Connections that were ever accepted.
    [[nodiscard]] std::size_t connections() const noexcept { return state_->connections; }

  private:
    using tcp = boost::asio::ip::tcp;

    struct state {
        script how = [](received_request const&) { return wire_reply::status(200); };
        std::vector<received_request> requests;
        std::size_t connections = 0;
    };

    static boost::asio::awaitable<void> accept(tcp::acceptor& acceptor, std::shared_ptr<state> shared) {
        while (true) {
            error_code ec;
            auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ec);
            tcp::socket socket = co_await acceptor.async_accept(token);
            if (ec)
                co_return;
            auto const executor = socket.get_executor();
            boost::asio::co_spawn(executor, serve(std::move(socket), shared, ++shared->connections),
                                  boost::asio::detached);
        }
    }

    static boost::asio::awaitable<void> serve(tcp::socket socket, std::shared_ptr<state> shared,
                                              std::size_t number) {
        std::string read;
        while (true) {
            error_code ec;
            auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ec);
            auto const head = co_await boost::asio::async_read_until(
                socket, boost::asio::dynamic_buffer(read), "\r\n\r\n", token);
            if (ec)
                co_return;
            auto const size = head + content_length(std::string_view(read).substr(0, head));
            if (read.size() < size)
                co_await boost::asio::async_read(socket, boost::asio::dynamic_buffer(read),
                                                 boost::asio::transfer_exactly(size - read.size()), token);
            if (ec)
                co_return;
            shared->requests.emplace_back(read.substr(0, head), read.substr(head, size - head), number);
            read.erase(0, size);
            auto const reply = shared->how(shared->requests.back());
            if (!co_await write(socket, reply) || reply.closes())
                co_return;
        }
    }

    static boost::asio::awaitable<bool> write(tcp::socket& socket, wire_reply const& reply) {
        error_code ec;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ec);
        if (!reply.is_slow()) {
            co_await boost::asio::async_write(socket, boost::asio::buffer(reply.bytes()), token);
            co_return !ec;
        }
        boost::asio::steady_timer timer(socket.get_executor());
        for (auto const& byte : reply.bytes()) {
            timer.expires_after(reply.pause());
            co_await timer.async_wait(token);
            co_await boost::asio::async_write(socket, boost::asio::buffer(&byte, 1), token);
            if (ec)
                co_return false;
        }
        co_return true;
    }

    [[nodiscard]] static std::size_t content_length(std::string_view head) {
        constexpr std::string_view name = "content-length:";
        for (auto end = head.find("\r\n"); end != head.npos; end = head.find("\r\n")) {
            auto line = head.substr(0, end);
            head.remove_prefix(end + 2);
            if (line.size() < name.size() || !posthorn::detail::iequals(line.substr(0, name.size()), name))
                continue;
            line.remove_prefix(name.size());
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            std::size_t n = 0;
            std::from_chars(line.data(), line.data() + line.size(), n);
            return n;
        }
        return 0;
    }

    tcp::acceptor acceptor_;
    std::shared_ptr<state> state_;
};

} // namespace posthorn::testing
