// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The limit of the benchmarks: what one thread can send when it does nothing but sign and send. Plain epoll,
// C connections kept alive, one request at a time on each, one send and one recv per request. It has no
// queue, no retries, no limits and no storage; a library that sends webhooks can come near it, not beat it.
//
// Takes the options of common/sender.hpp and prints its line of JSON, with the number of connections opened
// and, with --ca, of handshakes and resumed ones.

#include "../common/sender.hpp"
#include "../common/tls.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>
#include <vector>

namespace {

using bench::check;
using bench::check_tls;
using bench::throw_errno;

constexpr std::size_t max_answer = 16 * 1024;
constexpr char const* closed = "the receiver closed a connection";

// One request whose changing parts have fixed places, so that making the next one moves no bytes but those.
class request_template {
  public:
    explicit request_template(bench::sender_options const& wanted) : messages_(wanted) {
        text_ = "POST /hooks/item HTTP/1.1\r\nHost: " + wanted.host() + ":" + std::to_string(wanted.port) +
                "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(wanted.body) +
                "\r\nwebhook-id: ";
        // The first message shows how long each part is.
        messages_.next();
        id_ = append(messages_.id());
        text_ += "\r\nwebhook-timestamp: ";
        timestamp_ = append(messages_.timestamp());
        if (messages_.is_signed()) {
            text_ += "\r\nwebhook-signature: ";
            signature_ = append(messages_.signature());
        }
        text_ += "\r\n\r\n";
        auto const number = messages_.body_number().data() - messages_.body().data();
        body_number_ = text_.size() + static_cast<std::size_t>(number);
        text_ += messages_.body();
    }

    // Another request each time; valid until the next call.
    [[nodiscard]] std::string_view next() {
        messages_.next();
        write(id_, messages_.id());
        write(timestamp_, messages_.timestamp());
        if (messages_.is_signed())
            write(signature_, messages_.signature());
        write(body_number_, messages_.body_number());
        return text_;
    }

  private:
    // Returns where it is.
    std::size_t append(std::string_view part) {
        text_ += part;
        return text_.size() - part.size();
    }

    void write(std::size_t where, std::string_view part) {
        std::copy(part.begin(), part.end(), text_.data() + where);
    }

    bench::signed_messages messages_;
    std::string text_;
    std::size_t id_ = 0;
    std::size_t timestamp_ = 0;
    std::size_t signature_ = 0;
    std::size_t body_number_ = 0;
};

[[nodiscard]] char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// The size of the answer that `data` begins with; none: it is not whole yet.
[[nodiscard]] std::optional<std::size_t> answer_size(std::string_view data) {
    auto const header_end = data.find("\r\n\r\n");
    if (header_end == std::string_view::npos)
        return std::nullopt;
    if (data.substr(0, 10) != "HTTP/1.1 2")
        throw std::runtime_error("the receiver answered " + std::string(data.substr(0, data.find('\r'))));
    constexpr std::string_view name = "\r\ncontent-length:";
    auto const header = data.substr(0, header_end);
    auto const field = std::search(header.begin(), header.end(), name.begin(), name.end(),
                                   [](char a, char b) { return lower(a) == b; });
    std::size_t length = 0;
    if (field != header.end()) {
        auto value = header.substr(static_cast<std::size_t>(field - header.begin()) + name.size());
        value = value.substr(std::min(value.find_first_not_of(' '), value.size()));
        length = bench::to_number<std::size_t>(value.substr(0, value.find('\r')), "Content-Length");
    } else if (data.substr(9, 3) != "204") {
        throw std::runtime_error("the receiver's answer has no Content-Length");
    }
    auto const size = header_end + 4 + length;
    return data.size() < size ? std::nullopt : std::optional(size);
}

// How bytes are sent and received on a connected socket. `write` and `read` return 0 when nothing can be done
// now, and throw when nothing can be done any more.
class plain_channel {
  public:
    explicit plain_channel(int fd) noexcept : fd_(fd) {}

    [[nodiscard]] std::size_t write(std::string_view data) const {
        return result_of(::send(fd_, data.data(), data.size(), MSG_NOSIGNAL), "send");
    }

    [[nodiscard]] std::size_t read(std::span<char> into) const {
        auto const count = ::recv(fd_, into.data(), into.size(), 0);
        if (count == 0)
            throw std::runtime_error(closed);
        return result_of(count, "recv");
    }

  private:
    [[nodiscard]] static std::size_t result_of(ssize_t count, char const* what) {
        if (count >= 0)
            return static_cast<std::size_t>(count);
        if (errno != EAGAIN)
            throw_errno(what);
        return 0;
    }

    int fd_;
};

class plain_transport {
  public:
    using channel = plain_channel;

    explicit plain_transport(bench::sender_options const&) {}

    [[nodiscard]] channel open(int fd) const noexcept { return channel(fd); }
    [[nodiscard]] std::string members() const { return {}; }
};

class tls_channel {
  public:
    explicit tls_channel(bench::tls_stream stream) noexcept : stream_(std::move(stream)) {}

    [[nodiscard]] std::size_t write(std::string_view data) const {
        std::size_t count = 0;
        auto const result = SSL_write_ex(stream_.get(), data.data(), data.size(), &count);
        return result == 1 ? count : blocked(result);
    }

    [[nodiscard]] std::size_t read(std::span<char> into) const {
        std::size_t count = 0;
        auto const result = SSL_read_ex(stream_.get(), into.data(), into.size(), &count);
        return result == 1 ? count : blocked(result);
    }

    [[nodiscard]] SSL* native() const noexcept { return stream_.get(); }

  private:
    [[nodiscard]] std::size_t blocked(int result) const {
        auto const error = SSL_get_error(stream_.get(), result);
        if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
            return 0;
        if (error == SSL_ERROR_ZERO_RETURN || error == SSL_ERROR_SYSCALL)
            throw std::runtime_error(closed);
        bench::throw_tls("TLS");
    }

    bench::tls_stream stream_;
};

// TLS 1.3 that trusts one certificate, for "localhost" only. Every handshake but the first resumes the
// session of the one before it: OpenSSL lets a client use a session of TLS 1.3 once.
class tls_transport {
  public:
    using channel = tls_channel;

    explicit tls_transport(bench::sender_options const& wanted)
        : host_(wanted.host()), context_(bench::make_tls_context(TLS_client_method())) {
        auto* const context = context_.get();
        check_tls(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION), "TLS 1.3");
        check_tls(SSL_CTX_load_verify_file(context, wanted.ca.c_str()), "--ca");
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_set_app_data(context, this);
        SSL_CTX_sess_set_new_cb(context, &tls_transport::keep_session);
        // OpenSSL writes without MSG_NOSIGNAL.
        std::signal(SIGPIPE, SIG_IGN);
    }

    tls_transport(tls_transport const&) = delete;
    tls_transport& operator=(tls_transport const&) = delete;

    // Blocks until the handshake is done. A receiver that speaks no TLS may never answer.
    [[nodiscard]] channel open(int fd) {
        timeval const patience{10, 0};
        check(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "SO_RCVTIMEO");
        auto stream = bench::make_tls_stream(context_.get(), fd);
        auto* const native = stream.get();
        check_tls(SSL_set_tlsext_host_name(native, host_.c_str()), "the server's name");
        check_tls(SSL_set1_host(native, host_.c_str()), "the server's name");
        if (auto const session = std::move(session_))
            check_tls(SSL_set_session(native, session.get()), "the session");
        check_tls(SSL_connect(native), "TLS handshake");
        ++handshakes_;
        resumed_ += SSL_session_reused(native) != 0 ? 1 : 0;
        channel result(std::move(stream));
        if (!session_ && sends_sessions_)
            sends_sessions_ = await_session(result, fd);
        return result;
    }

    [[nodiscard]] std::string members() const {
        return ",\"handshakes\":" + std::to_string(handshakes_) +
               ",\"handshakes_resumed\":" + std::to_string(resumed_);
    }

  private:
    static int keep_session(SSL* stream, SSL_SESSION* session) {
        auto* const self = static_cast<tls_transport*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(stream)));
        self->session_.reset(session);
        return 1;
    }

    // The session comes after the handshake. Returns whether it came within a second.
    [[nodiscard]] static bool await_session(channel const& c, int fd) {
        pollfd wanted{fd, POLLIN, 0};
        if (SSL_has_pending(c.native()) == 0 && ::poll(&wanted, 1, 1000) <= 0)
            return false;
        check(::fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
        char unexpected = 0;
        if (c.read({&unexpected, 1}) != 0)
            throw std::runtime_error("the receiver answered before it was asked");
        return true;
    }

    std::string host_;
    bench::tls_session session_;
    bench::tls_context context_;
    bool sends_sessions_ = true;
    std::size_t handshakes_ = 0;
    std::size_t resumed_ = 0;
};

[[nodiscard]] int connect_to(std::uint16_t port) {
    auto const fd = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    int const on = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    check(::connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address), "connect");
    return fd;
}

template <class Transport>
class sender {
  public:
    explicit sender(bench::sender_options const& wanted)
        : load_(wanted),
          request_(wanted),
          transport_(wanted),
          epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
        connections_.reserve(wanted.connections);
        free_.reserve(wanted.connections);
        for (std::size_t i = 0; i != wanted.connections; ++i)
            open(wanted.port);
    }

    void run() {
        std::array<epoll_event, 256> events;
        // An open loop never sleeps: waking up would make the next request late.
        int const timeout = load_.is_open_loop() ? 0 : -1;
        start_due();
        while (!load_.is_over()) {
            auto const count =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout);
            if (count < 0 && errno != EINTR)
                throw_errno("epoll_wait");
            for (int i = 0; i < count; ++i)
                advance(events[static_cast<std::size_t>(i)]);
            start_due();
        }
    }

    void print() {
        load_.print("epoll",
                    ",\"connections_opened\":" + std::to_string(connections_.size()) + transport_.members());
    }

  private:
    struct connection {
        connection(int fd, Transport& transport) : socket(fd), channel(transport.open(fd)) {}

        bench::descriptor socket;
        typename Transport::channel channel;
        std::string unsent; // what the socket did not take yet of a request
        std::string answer; // the beginning of an answer that came in pieces
        bench::steady::time_point started;
        bool asked = false; // an answer is to come
    };

    void open(std::uint16_t port) {
        auto const fd = connect_to(port);
        auto& c = *connections_.emplace_back(std::make_unique<connection>(fd, transport_));
        check(::fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
        // Edges need no further epoll_ctl, whether the sender waits for an answer or for room in the socket.
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
        event.data.ptr = &c;
        check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
        free_.push_back(&c);
    }

    void start_due() {
        while (!free_.empty() && load_.is_due()) {
            auto& c = *free_.back();
            free_.pop_back();
            c.started = load_.start();
            c.asked = true;
            auto const request = request_.next();
            if (auto const sent = send(c, request); sent != request.size())
                c.unsent.assign(request.substr(sent));
        }
    }

    // Returns how much the socket took.
    [[nodiscard]] std::size_t send(connection& c, std::string_view data) {
        std::size_t sent = 0;
        while (sent != data.size()) {
            auto const count = c.channel.write(data.substr(sent));
            if (count == 0)
                break;
            sent += count;
        }
        return sent;
    }

    void advance(epoll_event const& event) {
        auto& c = *static_cast<connection*>(event.data.ptr);
        if (!c.unsent.empty())
            c.unsent.erase(0, send(c, c.unsent));
        if ((event.events & ~EPOLLOUT) == 0)
            return;
        while (auto const count = c.channel.read(buffer_)) {
            if (take(c, std::string_view(buffer_.data(), count)))
                break;
        }
        if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
            throw std::runtime_error(closed);
        start_due();
    }

    // Returns whether the answer is whole.
    [[nodiscard]] bool take(connection& c, std::string_view data) {
        if (!c.asked || !c.unsent.empty())
            throw std::runtime_error("the receiver answered before it had a whole request");
        if (!c.answer.empty())
            data = c.answer.append(data);
        auto const size = answer_size(data);
        if (!size) {
            if (data.size() >= max_answer)
                throw std::runtime_error("the receiver's answer is too large");
            if (c.answer.empty())
                c.answer.assign(data);
            return false;
        }
        if (*size != data.size())
            throw std::runtime_error("the receiver sent more than one answer");
        c.answer.clear();
        c.asked = false;
        load_.end(c.started);
        free_.push_back(&c);
        return true;
    }

    bench::load load_;
    request_template request_;
    Transport transport_;
    bench::descriptor epoll_;
    std::vector<std::unique_ptr<connection>> connections_;
    std::vector<connection*> free_;
    std::array<char, max_answer> buffer_;
};

template <class Transport>
void run(bench::sender_options const& wanted) {
    sender<Transport> s(wanted);
    s.run();
    s.print();
}

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, [](bench::sender_options const& wanted) {
        wanted.tls() ? run<tls_transport>(wanted) : run<plain_transport>(wanted);
    });
}
