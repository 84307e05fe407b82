// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The receiver of the benchmarks: answers every request with an empty 200 and costs as little as a receiver
// can, so that what is measured is the sender. One recv and one send per request.
//
//     receiver [--port N] [--spin] [--verify whsec_...] [--tls CA_FILE] [--core N] [--fifo]
//
// Prints `port N` once it listens on 127.0.0.1. On SIGTERM, SIGINT or the end of its standard input it prints
// `{"received":N,"bad":N,"connections":N,"handshakes":N,"resumed":N}` and exits with 0. `bad` counts requests
// that are malformed and, with --verify, those without a good Standard Webhooks v1 signature; the age of the
// timestamp is not judged. With --tls it speaks TLS 1.2 and 1.3 with a new certificate for "localhost", which
// is in CA_FILE before the port is printed; `resumed` are those of the handshakes that resumed a session. A
// standard input that cannot be waited for, such as /dev/null, is ignored: a script may run it in the
// background.

#include "certificate.hpp"
#include "process.hpp"
#include "tls.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using bench::check;
using bench::descriptor;
using bench::throw_errno;
using bench::to_number;

constexpr std::size_t max_header = 64 * 1024;
constexpr std::size_t max_body = 64 * 1024 * 1024;
constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

struct options {
    std::uint16_t port = 0;
    std::optional<unsigned> core;
    std::optional<std::string> verify;
    std::optional<std::string> tls;
    bool spin = false;
    bool fifo = false;
};

[[nodiscard]] options read_options(std::vector<std::string_view> const& arguments) {
    options result;
    for (std::size_t i = 0; i != arguments.size(); ++i) {
        auto const name = arguments[i];
        auto const value = [&] {
            if (++i == arguments.size())
                throw std::invalid_argument(std::string(name) + ": a value is missing");
            return arguments[i];
        };
        if (name == "--port")
            result.port = to_number<std::uint16_t>(value(), "--port");
        else if (name == "--core")
            result.core = to_number<unsigned>(value(), "--core");
        else if (name == "--verify")
            result.verify = std::string(value());
        else if (name == "--tls")
            result.tls = std::string(value());
        else if (name == "--spin")
            result.spin = true;
        else if (name == "--fifo")
            result.fifo = true;
        else
            throw std::invalid_argument("unknown option " + std::string(name));
    }
    return result;
}

[[nodiscard]] char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

[[nodiscard]] bool equal_nocase(std::string_view text, std::string_view lower_case) noexcept {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) { return lower(a) == b; });
}

[[nodiscard]] std::string_view trim(std::string_view text) noexcept {
    auto const first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

struct request {
    std::size_t size = 0; // header and body
    std::string_view id;
    std::string_view timestamp;
    std::string_view signatures;
    std::string_view body;
    bool last = false; // the sender asked for the connection to be closed
};

enum class parse_result { whole, incomplete, malformed };

[[nodiscard]] bool read_field(std::string_view name, std::string_view value, request& r,
                              std::size_t& length) {
    if (equal_nocase(name, "content-length")) {
        auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
        return error == std::errc{} && end == value.data() + value.size() && length <= max_body;
    }
    if (equal_nocase(name, "connection"))
        r.last = equal_nocase(value, "close");
    else if (equal_nocase(name, "webhook-id"))
        r.id = value;
    else if (equal_nocase(name, "webhook-timestamp"))
        r.timestamp = value;
    else if (equal_nocase(name, "webhook-signature"))
        r.signatures = value;
    return !equal_nocase(name, "transfer-encoding");
}

[[nodiscard]] parse_result parse(std::string_view data, request& r) {
    auto const header_end = data.find("\r\n\r\n");
    if (header_end == std::string_view::npos)
        return data.size() > max_header ? parse_result::malformed : parse_result::incomplete;
    auto const header = data.substr(0, header_end + 2);
    std::size_t length = 0;
    for (auto from = header.find("\r\n") + 2; from < header.size();) {
        auto const end = header.find("\r\n", from);
        auto const line = header.substr(from, end - from);
        auto const colon = line.find(':');
        if (colon == std::string_view::npos)
            return parse_result::malformed;
        if (!read_field(line.substr(0, colon), trim(line.substr(colon + 1)), r, length))
            return parse_result::malformed;
        from = end + 2;
    }
    r.size = header_end + 4 + length;
    if (data.size() < r.size)
        return parse_result::incomplete;
    r.body = data.substr(header_end + 4, length);
    return parse_result::whole;
}

// Uses HMAC(), not the EVP_MAC of the senders: one error cannot hide in both.
class verifier {
  public:
    explicit verifier(std::string_view secret) : key_(bench::decode_secret(secret)) {}

    [[nodiscard]] bool good(request const& r) {
        if (r.id.empty() || r.timestamp.empty())
            return false;
        auto const expected = sign(r);
        for (auto rest = r.signatures; !rest.empty();) {
            auto const one = rest.substr(0, rest.find(' '));
            rest.remove_prefix(std::min(rest.size(), one.size() + 1));
            if (one == expected)
                return true;
        }
        return false;
    }

  private:
    [[nodiscard]] std::string_view sign(request const& r) {
        signed_.assign(r.id).append(1, '.').append(r.timestamp).append(1, '.').append(r.body);
        std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
        unsigned size = 0;
        if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                 reinterpret_cast<unsigned char const*>(signed_.data()), signed_.size(), mac.data(),
                 &size) == nullptr)
            throw std::runtime_error("HMAC failed");
        auto const text = EVP_EncodeBlock(text_.data() + 3, mac.data(), static_cast<int>(size));
        return {reinterpret_cast<char const*>(text_.data()), static_cast<std::size_t>(text) + 3};
    }

    std::vector<unsigned char> key_;
    std::string signed_;
    std::array<unsigned char, 128> text_{'v', '1', ','};
};

class server {
  public:
    explicit server(options const& wanted)
        : epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
          listener_(check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")),
          signals_(open_signals()),
          timeout_(wanted.spin ? 0 : -1),
          buffer_(256 * 1024) {
        if (wanted.verify)
            verifier_.emplace(*wanted.verify);
        if (wanted.tls) {
            tls_ = bench::make_tls_context(TLS_server_method());
            bench::use_self_signed_certificate(tls_.get(), *wanted.tls);
        }
        listen(wanted.port);
        watch(listener_.get());
        watch(signals_.get());
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = STDIN_FILENO;
        static_cast<void>(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, STDIN_FILENO, &event));
    }

    [[nodiscard]] std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        check(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
        return ntohs(address.sin_port);
    }

    void run() {
        std::array<epoll_event, 256> events{};
        while (!stopped_) {
            auto const count =
                ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), timeout_);
            if (count < 0 && errno != EINTR)
                throw_errno("epoll_wait");
            for (int i = 0; i < count; ++i)
                dispatch(events[static_cast<std::size_t>(i)]);
        }
    }

    void print_totals() const {
        std::printf(
            "{\"received\":%llu,\"bad\":%llu,\"connections\":%llu,\"handshakes\":%llu,\"resumed\":%llu}\n",
            received_, bad_, accepted_, handshakes_, resumed_);
        std::fflush(stdout);
    }

  private:
    struct connection {
        explicit connection(int fd) noexcept : socket(fd) {}

        descriptor socket;
        bench::tls_stream tls; // none: plain HTTP
        std::string input;     // an incomplete request
        std::string output;    // answers that the socket did not take yet
        bool greeted = false;  // the handshake is done
        bool blocked = false;  // something waits for the socket, so the interest is in EPOLLOUT
        bool last = false;
    };

    [[nodiscard]] static int open_signals() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
        return check(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC), "signalfd");
    }

    void listen(std::uint16_t port) {
        int const on = 1;
        check(::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
        // Accepted sockets inherit it.
        check(::setsockopt(listener_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(::bind(listener_.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address), "bind");
        check(::listen(listener_.get(), SOMAXCONN), "listen");
    }

    void control(int operation, int fd, std::uint32_t interest) {
        epoll_event event{};
        event.events = interest;
        event.data.fd = fd;
        check(::epoll_ctl(epoll_.get(), operation, fd, &event), "epoll_ctl");
    }

    void watch(int fd) { control(EPOLL_CTL_ADD, fd, EPOLLIN); }

    void dispatch(epoll_event const& event) {
        auto const fd = event.data.fd;
        if (fd == listener_.get())
            accept_all();
        else if (fd == signals_.get())
            stopped_ = true;
        else if (fd == STDIN_FILENO)
            drain_stdin();
        else
            serve(fd, event.events);
    }

    void drain_stdin() {
        std::array<char, 512> ignored;
        if (::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0)
            stopped_ = true;
    }

    void accept_all() {
        for (;;) {
            auto const fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) {
                if (errno == EAGAIN)
                    return;
                if (errno == ECONNABORTED || errno == EINTR)
                    continue;
                throw_errno("accept4");
            }
            auto const slot = static_cast<std::size_t>(fd);
            if (connections_.size() <= slot)
                connections_.resize(slot + 1);
            connections_[slot] = std::make_unique<connection>(fd);
            if (tls_) {
                connections_[slot]->tls = bench::make_tls_stream(tls_.get(), fd);
                SSL_set_accept_state(connections_[slot]->tls.get());
            }
            ++accepted_;
            watch(fd);
        }
    }

    void serve(int fd, std::uint32_t ready) {
        auto& slot = connections_[static_cast<std::size_t>(fd)];
        // An earlier event of the same batch may have closed it.
        if (!slot)
            return;
        auto const open = (ready & EPOLLOUT) != 0 ? resume(*slot) : receive(*slot);
        if (open)
            return;
        if (slot->tls && slot->last)
            SSL_shutdown(slot->tls.get());
        // What one connection did wrong must not be taken for an error of the next.
        ERR_clear_error();
        slot.reset();
    }

    // Returns whether the connection stays open; so do those below.
    [[nodiscard]] bool resume(connection& c) {
        if (!flush(c))
            return false;
        // What is already decrypted or read ahead makes no event.
        return !c.tls || c.blocked || receive(c);
    }

    [[nodiscard]] bool receive(connection& c) {
        do {
            auto const count = read(c);
            if (count <= 0)
                return count == 0;
            std::string_view const fresh(buffer_.data(), static_cast<std::size_t>(count));
            if (!take(c, fresh))
                return false;
        } while (c.tls && !c.blocked && SSL_has_pending(c.tls.get()) != 0);
        return true;
    }

    [[nodiscard]] bool take(connection& c, std::string_view fresh) {
        if (c.input.empty())
            return handle(c, fresh, [&](std::string_view rest) { c.input.assign(rest); });
        c.input.append(fresh);
        return handle(c, c.input,
                      [&](std::string_view rest) { c.input.erase(0, c.input.size() - rest.size()); });
    }

    template <class Keep>
    [[nodiscard]] bool handle(connection& c, std::string_view data, Keep keep) {
        std::size_t answers = 0;
        while (!data.empty() && !c.last) {
            request r;
            auto const result = parse(data, r);
            if (result == parse_result::incomplete)
                break;
            ++received_;
            if (result == parse_result::malformed) {
                ++bad_;
                return false;
            }
            if (verifier_ && !verifier_->good(r))
                ++bad_;
            ++answers;
            c.last = r.last;
            data.remove_prefix(r.size);
        }
        keep(data);
        return answers == 0 || reply(c, answers);
    }

    [[nodiscard]] bool reply(connection& c, std::size_t answers) {
        if (answers == 1 && c.output.empty()) {
            auto const sent = write(c, answer);
            if (sent == static_cast<ssize_t>(answer.size()))
                return !c.last;
            if (sent < 0)
                return false;
            c.output.assign(answer.substr(static_cast<std::size_t>(sent)));
        } else {
            for (; answers != 0; --answers)
                c.output.append(answer);
        }
        return flush(c);
    }

    // While answers wait, nothing is read: a sender that does not read its answers cannot fill the memory.
    [[nodiscard]] bool flush(connection& c) {
        while (!c.output.empty()) {
            auto const sent = write(c, c.output);
            if (sent < 0)
                return false;
            if (sent == 0)
                break;
            c.output.erase(0, static_cast<std::size_t>(sent));
        }
        set_blocked(c, !c.output.empty());
        return c.blocked || !c.last;
    }

    void set_blocked(connection& c, bool blocked) {
        if (blocked != c.blocked)
            control(EPOLL_CTL_MOD, c.socket.get(), blocked ? EPOLLOUT : EPOLLIN);
        c.blocked = blocked;
    }

    // Returns the number of bytes, 0 if none can be read or written now, or -1 if none ever can be; so do
    // those below.
    [[nodiscard]] ssize_t read(connection& c) {
        if (!c.tls) {
            auto const count = ::recv(c.socket.get(), buffer_.data(), buffer_.size(), 0);
            return count == 0 ? -1 : unless_blocked(count);
        }
        std::size_t count = 0;
        auto const result = SSL_read_ex(c.tls.get(), buffer_.data(), buffer_.size(), &count);
        if (!c.greeted && SSL_is_init_finished(c.tls.get()) != 0) {
            c.greeted = true;
            ++handshakes_;
            resumed_ += SSL_session_reused(c.tls.get()) != 0 ? 1 : 0;
        }
        return result == 1 ? static_cast<ssize_t>(count) : unless_blocked(c, result);
    }

    [[nodiscard]] ssize_t write(connection& c, std::string_view data) {
        if (!c.tls)
            return unless_blocked(::send(c.socket.get(), data.data(), data.size(), MSG_NOSIGNAL));
        std::size_t count = 0;
        auto const result = SSL_write_ex(c.tls.get(), data.data(), data.size(), &count);
        return result == 1 ? static_cast<ssize_t>(count) : unless_blocked(c, result);
    }

    [[nodiscard]] static ssize_t unless_blocked(ssize_t count) {
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : count;
    }

    [[nodiscard]] ssize_t unless_blocked(connection& c, int result) {
        auto const error = SSL_get_error(c.tls.get(), result);
        // A handshake writes where one reads.
        if (error == SSL_ERROR_WANT_WRITE)
            set_blocked(c, true);
        return error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ ? 0 : -1;
    }

    descriptor epoll_;
    descriptor listener_;
    descriptor signals_;
    int timeout_;
    std::vector<char> buffer_;
    std::optional<verifier> verifier_;
    bench::tls_context tls_;
    std::vector<std::unique_ptr<connection>> connections_; // by descriptor
    unsigned long long received_ = 0;
    unsigned long long bad_ = 0;
    unsigned long long accepted_ = 0;
    unsigned long long handshakes_ = 0;
    unsigned long long resumed_ = 0;
    bool stopped_ = false;
};

} // namespace

int main(int argc, char** argv) {
    try {
        auto const wanted = read_options({argv + 1, argv + argc});
        bench::place(wanted.core, wanted.fifo);
        // OpenSSL writes without MSG_NOSIGNAL.
        std::signal(SIGPIPE, SIG_IGN);
        server s(wanted);
        std::printf("port %u\n", unsigned{s.port()});
        std::fflush(stdout);
        s.run();
        s.print_totals();
    } catch (std::exception const& e) {
        std::fprintf(stderr, "receiver: %s\n", e.what());
        return 2;
    }
}
