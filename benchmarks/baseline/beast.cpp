// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What Boost.Beast sends when it is used as its examples show: one coroutine per connection, a request and a
// response object, http::async_write and http::async_read. The options are those of common/sender.hpp.

#include "../common/sender.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

constexpr std::chrono::seconds timeout(30);

using request_type = http::request<http::string_body>;

class sender {
  public:
    explicit sender(bench::sender_options const& wanted)
        : wanted_(wanted),
          load_(wanted),
          messages_(wanted),
          io_(1),
          endpoints_(tcp::resolver(io_).resolve(wanted.host(), std::to_string(wanted.port))),
          tls_(asio::ssl::context::tls_client) {
        if (!wanted.tls())
            return;
        tls_.load_verify_file(wanted.ca);
        tls_.set_verify_mode(asio::ssl::verify_peer);
        tls_.set_verify_callback(asio::ssl::host_name_verification(wanted.host()));
    }

    void run() {
        for (std::size_t i = 0; i != wanted_.connections; ++i)
            asio::co_spawn(io_, wanted_.tls() ? send_over_tls() : send_over_tcp(), [](std::exception_ptr e) {
                if (e)
                    std::rethrow_exception(e);
            });
        if (load_.is_open_loop())
            run_open_loop();
        else
            io_.run();
        load_.print("beast", ",\"connections_opened\":" + std::to_string(opened_));
    }

  private:
    void run_open_loop() {
        while (!load_.is_over()) {
            resume_idle();
            io_.poll();
        }
    }

    [[nodiscard]] asio::awaitable<void> send_over_tcp() {
        beast::tcp_stream stream(io_);
        co_await connect(stream);
        co_await send_all(stream);
    }

    [[nodiscard]] asio::awaitable<void> send_over_tls() {
        beast::ssl_stream<beast::tcp_stream> stream(io_, tls_);
        if (SSL_set_tlsext_host_name(stream.native_handle(), wanted_.host().c_str()) != 1)
            throw std::runtime_error("the server name was not accepted");
        co_await connect(beast::get_lowest_layer(stream));
        co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
        co_await send_all(stream);
    }

    [[nodiscard]] asio::awaitable<void> connect(beast::tcp_stream& stream) {
        stream.expires_after(timeout);
        co_await stream.async_connect(endpoints_, use_awaitable);
        stream.socket().set_option(tcp::no_delay(true));
    }

    template <class Stream>
    [[nodiscard]] asio::awaitable<void> send_all(Stream& stream) {
        ++opened_;
        auto request = make_request();
        beast::flat_buffer buffer;
        for (;;) {
            bench::steady::time_point started;
            if (is_due())
                started = load_.start();
            else
                started = co_await next_start();
            fill(request);
            beast::get_lowest_layer(stream).expires_after(timeout);
            co_await http::async_write(stream, request, use_awaitable);
            http::response<http::string_body> response;
            co_await http::async_read(stream, buffer, response, use_awaitable);
            if (http::to_status_class(response.result()) != http::status_class::successful)
                throw std::runtime_error("the receiver answered " + std::to_string(response.result_int()));
            load_.end(started);
            resume_idle();
            if (load_.is_over())
                io_.stop();
        }
    }

    // What no request changes is set once.
    [[nodiscard]] request_type make_request() const {
        request_type request(http::verb::post, "/hooks/item", 11);
        request.set(http::field::host, wanted_.host() + ":" + std::to_string(wanted_.port));
        request.set(http::field::content_type, "application/json");
        return request;
    }

    void fill(request_type& request) {
        messages_.next();
        request.set("webhook-id", messages_.id());
        request.set("webhook-timestamp", messages_.timestamp());
        if (messages_.is_signed())
            request.set("webhook-signature", messages_.signature());
        request.body().assign(messages_.body());
        request.prepare_payload();
    }

    // Nothing is sent before all connections are there.
    [[nodiscard]] bool is_due() { return opened_ == wanted_.connections && load_.is_due(); }

    // Waits for resume_idle(); the instant from which the next request counts.
    [[nodiscard]] asio::awaitable<bench::steady::time_point> next_start() {
        return asio::async_initiate<asio::use_awaitable_t<> const, void(bench::steady::time_point)>(
            [this](auto handler) { idle_.emplace_back(std::move(handler)); }, use_awaitable);
    }

    void resume_idle() {
        while (!idle_.empty() && is_due()) {
            auto handler = std::move(idle_.back());
            idle_.pop_back();
            asio::post(io_, [handler = std::move(handler), started = load_.start()]() mutable {
                std::move(handler)(started);
            });
        }
    }

    bench::sender_options wanted_;
    bench::load load_;
    bench::signed_messages messages_;
    asio::io_context io_;
    tcp::resolver::results_type endpoints_;
    asio::ssl::context tls_;
    std::vector<asio::any_completion_handler<void(bench::steady::time_point)>> idle_;
    std::size_t opened_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, [](bench::sender_options const& wanted) { sender(wanted).run(); });
}
