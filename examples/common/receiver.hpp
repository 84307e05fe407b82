// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <utility>

// The other side of the examples: reads one HTTP request from a loopback connection and answers it.
namespace example {

using boost::asio::ip::tcp;

// What arrived: header names in lower case.
struct received {
    std::string request_line;
    std::map<std::string, std::string> headers;
    std::string body;
};

[[nodiscard]] inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return out;
}

// Reads one request from a socket or a TLS stream.
template <class Stream>
[[nodiscard]] received read_request(Stream& stream) {
    std::string text;
    auto const header_end = boost::asio::read_until(stream, boost::asio::dynamic_buffer(text), "\r\n\r\n");
    received r;
    r.request_line = text.substr(0, text.find("\r\n"));
    for (std::size_t at = r.request_line.size() + 2; at + 2 < header_end;) {
        auto const end = text.find("\r\n", at);
        auto const colon = text.find(": ", at);
        r.headers[lower(std::string_view(text).substr(at, colon - at))] =
            text.substr(colon + 2, end - colon - 2);
        at = end + 2;
    }
    r.body = text.substr(header_end);
    auto const length = std::strtoull(r.headers["content-length"].c_str(), nullptr, 10);
    if (length > r.body.size()) {
        auto const have = r.body.size();
        r.body.resize(length);
        boost::asio::read(stream, boost::asio::buffer(r.body.data() + have, length - have));
    }
    return r;
}

// Answers with a status and a short text. One request a connection is enough here.
template <class Stream>
void answer(Stream& stream, std::string_view status, std::string_view body = {}) {
    std::string text = "HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\nContent-Length: ";
    text.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    boost::asio::write(stream, boost::asio::buffer(text));
}

// Listens on a free port of 127.0.0.1.
class receiver {
  public:
    [[nodiscard]] std::uint16_t port() const { return listener_.local_endpoint().port(); }

    // Waits for one connection.
    [[nodiscard]] tcp::socket accept() { return listener_.accept(); }

  private:
    boost::asio::io_context io_;
    tcp::acceptor listener_{io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
};

} // namespace example
