// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What a blocking call is compared with: Beast's synchronous write and read on one connection, of one request
// that is made once, so that nothing but the exchange is measured. The options are those of
// common/sender.hpp.

#include "../common/sender.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

boost::beast::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

http::request<http::string_body> make_request(bench::sender_options const& wanted) {
    bench::signed_messages messages(wanted);
    messages.next();
    http::request<http::string_body> request(http::verb::post, "/hooks/item", 11);
    request.set(http::field::host, wanted.host() + ":" + std::to_string(wanted.port));
    request.set(http::field::user_agent, "posthorn/0.1.0");
    request.set(http::field::content_type, "application/json");
    request.set("webhook-id", view(messages.id()));
    request.set("webhook-timestamp", view(messages.timestamp()));
    if (messages.is_signed())
        request.set("webhook-signature", view(messages.signature()));
    request.body() = std::string(messages.body());
    request.prepare_payload();
    return request;
}

void run(bench::sender_options const& wanted) {
    if (wanted.connections != 1 || wanted.tls())
        throw std::invalid_argument("a blocking exchange has one connection, without TLS");
    asio::io_context io;
    tcp::socket socket(io);
    socket.connect({asio::ip::make_address("127.0.0.1"), wanted.port});
    socket.set_option(tcp::no_delay(true));
    auto const request = make_request(wanted);
    boost::beast::flat_buffer buffer;
    bench::load load(wanted);
    while (!load.is_over()) {
        if (!load.is_due())
            continue;
        auto const started = load.start();
        http::write(socket, request);
        http::response<http::string_body> response;
        http::read(socket, buffer, response);
        if (response.result_int() / 100 != 2)
            throw std::runtime_error("the receiver answered " + std::to_string(response.result_int()));
        load.end(started);
    }
    load.print("beast_blocking");
}

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, run);
}
