// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What a host would write without Posthorn: one HTTP POST with Beast's own operations.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

asio::awaitable<void> post(std::string host, std::string body) {
    auto const executor = co_await asio::this_coro::executor;
    asio::ip::tcp::resolver resolver(executor);
    auto const addresses = co_await resolver.async_resolve(host, "80", asio::use_awaitable);
    beast::tcp_stream stream(executor);
    stream.expires_after(std::chrono::seconds(30));
    co_await stream.async_connect(addresses, asio::use_awaitable);
    http::request<http::string_body> request(http::verb::post, "/", 11);
    request.set(http::field::host, host);
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    co_await http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, asio::use_awaitable);
}

int main() {
    asio::io_context io;
    asio::co_spawn(io, post("example.com", "{}"), asio::detached);
    io.run();
}
