// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The receiver of the project monitor where Node.js is not at hand; receiver.mjs tells the protocol. It
// verifies with Posthorn itself, so what it proves is less: that both ends of this library agree.
//
//     project_monitor_receiver --secret-file FILE
//
// Without the option, the secret is in the environment, as WEBHOOK_SECRET: on a command line others can see
// it.

#include <posthorn/signing/verify.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <unordered_set>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

using text_request = http::request<http::string_body>;
using text_response = http::response<http::string_body>;

std::string_view view(boost::beast::string_view s) {
    return {s.data(), s.size()};
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i != size; ++i)
        hex.append({digits[digest[i] >> 4], digits[digest[i] & 15]});
    return hex;
}

// The fields by their names in lower case, those that stand twice joined.
json::object fields_of(text_request const& request) {
    json::object all;
    for (auto const& f : request) {
        std::string name(view(f.name_string()));
        for (char& c : name)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        auto& value = all[name];
        if (value.is_null())
            value = f.value();
        else
            value.as_string().append(", ").append(f.value());
    }
    return all;
}

class ledger {
  public:
    void record(text_request const& request, bool verified, unsigned status) {
        auto const id = request.find("webhook-id");
        bool const accepted = status >= 200 && status < 300;
        ++received_;
        verified_ += verified ? 1U : 0U;
        ++(accepted ? accepted_ : refused_);
        json::object entry;
        entry["seq"] = received_;
        if (id == request.end())
            entry["id"] = nullptr;
        else
            entry["id"] = view(id->value());
        if (accepted && id != request.end())
            ids_accepted_.emplace(view(id->value()));
        entry["method"] = view(request.method_string());
        entry["target"] = view(request.target());
        entry["status"] = status;
        entry["verified"] = verified;
        entry["sha256"] = sha256_hex(request.body());
        entry["length"] = request.body().size();
        entry["headers"] = fields_of(request);
        lines_.append(json::serialize(entry)).append("\n");
    }

    [[nodiscard]] std::string const& lines() const noexcept { return lines_; }

    [[nodiscard]] std::string counts() const {
        json::object all;
        all["received"] = received_;
        all["verified"] = verified_;
        all["refused"] = refused_;
        all["answered_2xx"] = accepted_;
        all["distinct_ids_2xx"] = ids_accepted_.size();
        return json::serialize(all) + "\n";
    }

  private:
    std::string lines_;
    std::unordered_set<std::string> ids_accepted_;
    std::uint64_t received_ = 0;
    std::uint64_t verified_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t accepted_ = 0;
};

// One port of this machine. Each request is answered by `answer`.
class http_port {
  public:
    using answer_function = std::function<asio::awaitable<text_response>(text_request const&)>;

    http_port(asio::io_context& io, answer_function answer) : acceptor_(io), answer_(std::move(answer)) {}

    [[nodiscard]] unsigned port() const noexcept { return port_; }
    [[nodiscard]] bool is_open() const noexcept { return acceptor_.is_open(); }

    // Again on the same port, once there was one. Throws boost::system::system_error.
    void open() {
        tcp::endpoint const where(asio::ip::address_v4::loopback(), port_);
        tcp::acceptor fresh(acceptor_.get_executor(), where, true);
        port_ = fresh.local_endpoint().port();
        acceptor_ = std::move(fresh);
        asio::co_spawn(acceptor_.get_executor(), accept(), asio::detached);
    }

    void close() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        for (auto* const c : connections_)
            c->close(ignored);
    }

  private:
    asio::awaitable<void> accept() {
        for (;;) {
            boost::system::error_code ec;
            tcp::socket c = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
            if (ec == asio::error::operation_aborted || !acceptor_.is_open())
                co_return;
            if (!ec)
                asio::co_spawn(acceptor_.get_executor(), serve(std::move(c)), asio::detached);
        }
    }

    asio::awaitable<void> serve(tcp::socket c) {
        connections_.insert(&c);
        boost::system::error_code ec;
        c.set_option(tcp::no_delay(true), ec);
        boost::beast::flat_buffer buffer;
        while (c.is_open()) {
            http::request_parser<http::string_body> parser;
            parser.header_limit(64 * 1024);
            parser.body_limit(64 * 1024 * 1024);
            co_await http::async_read(c, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
            // The port may have been closed after the request was read: one that cannot be answered is not
            // recorded.
            if (ec || !c.is_open())
                break;
            text_response response = co_await answer_(parser.get());
            response.version(parser.get().version());
            response.keep_alive(parser.get().keep_alive());
            if (response.result() != http::status::no_content)
                response.content_length(response.body().size());
            co_await http::async_write(c, response, asio::redirect_error(asio::use_awaitable, ec));
            if (ec || !response.keep_alive())
                break;
        }
        connections_.erase(&c);
        c.shutdown(tcp::socket::shutdown_both, ec);
    }

    tcp::acceptor acceptor_;
    answer_function answer_;
    std::unordered_set<tcp::socket*> connections_;
    std::uint16_t port_ = 0;
};

text_response plain(http::status status, std::string text) {
    text_response r(status, 11);
    r.body() = std::move(text);
    return r;
}

class receiver {
  public:
    receiver(asio::io_context& io, posthorn::webhook_verifier verifier)
        : io_(io),
          verifier_(std::move(verifier)),
          input_(io, ::dup(STDIN_FILENO)),
          hook_(io, [this](text_request const& r) { return receive(r); }),
          control_(io, [this](text_request const& r) { return command(r); }) {}

    void start() {
        hook_.open();
        control_.open();
        std::printf("ready hook=%u control=%u verifier=posthorn\n", hook_.port(), control_.port());
        std::fflush(stdout);
        asio::co_spawn(io_, end_with_input(), asio::detached);
    }

  private:
    asio::awaitable<text_response> receive(text_request const& request) {
        bool const verified = verify(request);
        bool const refused = verified && !failure_ && costs_too_much(request);
        unsigned const decided = !verified ? 401 : refused ? 409 : 204;
        unsigned const status = failure_.value_or(decided);
        ledger_.record(request, verified, status);
        text_response r;
        r.result(status);
        if (refused)
            r.body() = "No project may cost more than 4000000.";
        co_return r;
    }

    // Whether the change that it tells of must not be made.
    [[nodiscard]] static bool costs_too_much(text_request const& request) {
        if (!view(request.target()).starts_with("/budget-control/"))
            return false;
        return json::parse(request.body()).at("budget").to_number<double>() > 4'000'000;
    }

    [[nodiscard]] bool verify(text_request const& request) const {
        auto const now =
            std::chrono::time_point_cast<posthorn::wall_time::duration>(std::chrono::system_clock::now());
        return verifier_
            .verify(view(request["webhook-id"]), view(request["webhook-timestamp"]),
                    view(request["webhook-signature"]), request.body(), now)
            .has_value();
    }

    asio::awaitable<text_response> command(text_request const& request) {
        auto const what =
            std::string(view(request.method_string())).append(" ").append(view(request.target()));
        if (what == "GET /ledger")
            co_return plain(http::status::ok, ledger_.lines());
        if (what == "GET /counts")
            co_return plain(http::status::ok, ledger_.counts());
        if (what == "POST /mode") {
            bool const known = co_await set_mode(request.body());
            co_return known
                ? plain(http::status::ok, request.body() + "\n")
                : plain(http::status::bad_request, "a mode is: ok, status NNN (300 to 599), refuse\n");
        }
        if (what == "POST /quit") {
            // Behind the answer, which is written in the same turn.
            asio::post(io_, [this] { asio::post(io_, [this] { io_.stop(); }); });
            co_return plain(http::status::ok, "bye\n");
        }
        co_return plain(http::status::not_found, "POST /mode, GET /ledger, GET /counts, POST /quit\n");
    }

    asio::awaitable<bool> set_mode(std::string_view text) {
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
            text.remove_suffix(1);
        auto const status = status_of(text);
        if (text != "ok" && text != "refuse" && !status)
            co_return false;
        failure_ = status;
        if (text == "refuse")
            hook_.close();
        else if (!hook_.is_open())
            co_await open_again();
        co_return true;
    }

    // Of "status 503": 503.
    [[nodiscard]] static std::optional<unsigned> status_of(std::string_view text) {
        constexpr std::string_view prefix = "status ";
        if (!text.starts_with(prefix) || text.size() != prefix.size() + 3)
            return std::nullopt;
        unsigned status = 0;
        auto const end = text.data() + text.size();
        if (std::from_chars(text.data() + prefix.size(), end, status).ptr != end || status < 300 ||
            status > 599)
            return std::nullopt;
        return status;
    }

    // The port that was given up may be taken, for a moment, by an outgoing connection.
    asio::awaitable<void> open_again() {
        asio::steady_timer pause(io_);
        for (int attempt = 1;; ++attempt) {
            try {
                hook_.open();
                co_return;
            } catch (boost::system::system_error const&) {
                if (attempt == 40)
                    throw;
            }
            pause.expires_after(std::chrono::milliseconds(50));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }

    asio::awaitable<void> end_with_input() {
        boost::system::error_code ec;
        std::array<char, 64> ignored;
        while (!ec)
            co_await input_.async_read_some(asio::buffer(ignored),
                                            asio::redirect_error(asio::use_awaitable, ec));
        io_.stop();
    }

    asio::io_context& io_;
    posthorn::webhook_verifier verifier_;
    asio::posix::stream_descriptor input_;
    std::optional<unsigned> failure_;
    ledger ledger_;
    http_port hook_;
    http_port control_;
};

} // namespace

namespace {

posthorn::secret secret_of(int argc, char** argv) {
    std::string text;
    if (argc == 3 && std::string_view(argv[1]) == "--secret-file") {
        std::ifstream file(argv[2]);
        if (!std::getline(file, text))
            throw std::runtime_error(std::string("cannot read a secret from ") + argv[2]);
    } else if (char const* const variable = std::getenv("WEBHOOK_SECRET"); argc == 1 && variable != nullptr) {
        text = variable;
    } else {
        throw std::runtime_error("usage: project_monitor_receiver --secret-file FILE, or the secret in the "
                                 "environment variable WEBHOOK_SECRET");
    }
    return posthorn::secret(text);
}

} // namespace

int main(int argc, char** argv) {
    try {
        auto verifier = posthorn::webhook_verifier::create({secret_of(argc, argv)});
        if (!verifier)
            throw std::runtime_error("the secret: " + verifier.error().message());
        asio::io_context io(1);
        receiver r(io, *std::move(verifier));
        r.start();
        io.run();
        return 0;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "receiver: %s\n", e.what());
        return 2;
    }
}
