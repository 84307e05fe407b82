// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "certificates.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace posthorn::test {

/// Answers every request of its connection: "HTTP/1.1 200 OK", no body.
inline constexpr std::string_view plain_200 = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// How a loopback_server speaks TLS.
struct tls_settings {
    tls_settings(certificate c) // NOLINT(google-explicit-constructor): a certificate is all that most need
        : own(std::move(c)) {}

    certificate own;
    /// Sent along, as the issuer of `own`.
    std::optional<certificate> issuer;
    /// 0: as OpenSSL likes.
    int newest_version = 0;
    /// Further settings, made last.
    std::function<void(SSL_CTX*)> adjust;
    /// A client must show a certificate that this authority has issued; none: it is not asked.
    std::optional<certificate_authority> clients;
    /// Else a connection begins without TLS, until `peer::start_tls`.
    bool at_once = true;
};

/// A receiver on 127.0.0.1, or on all addresses of this machine, that does what a script says, with blocking
/// calls on threads of its own.
///
/// The script runs once per connection; when it returns, or the other side is gone, the connection is closed.
class loopback_server {
  public:
    class peer;
    using script = std::function<void(peer&)>;

    explicit loopback_server(script what, std::optional<tls_settings> tls = std::nullopt,
                             std::uint32_t address_v4 = INADDR_LOOPBACK)
        : script_(std::move(what)),
          listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
          wake_(::eventfd(0, EFD_CLOEXEC)) {
        if (tls)
            make_context(*tls);
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(address_v4);
        socklen_t size = sizeof at;
        auto* const address = reinterpret_cast<sockaddr*>(&at);
        if (::bind(listener_, address, size) != 0 || ::listen(listener_, SOMAXCONN) != 0 ||
            ::getsockname(listener_, address, &size) != 0)
            throw std::system_error(errno, std::generic_category(), "loopback_server");
        port_ = ntohs(at.sin_port);
        acceptor_ = std::thread([this] { accept_all(); });
    }

    loopback_server(loopback_server const&) = delete;
    loopback_server& operator=(loopback_server const&) = delete;

    ~loopback_server() {
        stop();
        ::close(listener_);
        ::close(wake_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// Accepts what is waiting, cuts everything, and waits for the scripts: afterwards nothing is counted any
    /// more.
    void stop() {
        {
            std::scoped_lock const lock(mutex_);
            stopping_ = true;
            std::uint64_t const one = 1;
            (void)!::write(wake_, &one, sizeof one);
            changed_.notify_all();
        }
        if (acceptor_.joinable())
            acceptor_.join();
        {
            std::scoped_lock const lock(mutex_);
            for (auto const& c : connections_)
                if (c.socket != -1)
                    ::shutdown(c.socket, SHUT_RDWR);
        }
        for (auto& c : connections_)
            if (c.thread.joinable())
                c.thread.join();
    }

    /// Lets one `peer::wait` go on.
    void go() {
        std::scoped_lock const lock(mutex_);
        ++permits_;
        changed_.notify_all();
    }

    /// @name What was seen so far.
    /// @{
    [[nodiscard]] std::size_t connections() const { return read(accepted_); }
    [[nodiscard]] std::vector<std::string> requests() const { return read(requests_); }
    [[nodiscard]] std::size_t request_count() const {
        std::scoped_lock const lock(mutex_);
        return requests_.size();
    }
    /// Finished TLS handshakes.
    [[nodiscard]] std::size_t handshakes() const { return read(handshakes_); }
    /// Names that clients asked for in their TLS hello; "" where there was none.
    [[nodiscard]] std::vector<std::string> server_names() const { return read(names_); }
    /// The address of this machine that each connection was made to, in their order.
    [[nodiscard]] std::vector<std::string> reached() const { return read(reached_); }
    /// Bytes that arrived as what HTTP is made of: under TLS, those that were encrypted.
    [[nodiscard]] std::size_t application_bytes() const { return read(received_); }
    /// Calls of `peer::mark`.
    [[nodiscard]] std::size_t marks() const { return read(marks_); }
    /// Connections whose client has closed or vanished.
    [[nodiscard]] std::size_t departures() const { return read(gone_); }
    /// @}

  private:
    // Ends a script. A client that only said nothing for too long has not left.
    struct peer_gone {
        bool has_left = true;
    };

    struct connection {
        int socket = -1;
        std::size_t number = 0;
        std::thread thread;
    };

    template <class T>
    [[nodiscard]] T read(T const& value) const {
        std::scoped_lock const lock(mutex_);
        return value;
    }

    void make_context(tls_settings const& tls) {
        tls_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
        SSL_CTX_use_certificate(tls_.get(), tls.own.native());
        SSL_CTX_use_PrivateKey(tls_.get(), tls.own.key());
        if (tls.issuer)
            SSL_CTX_add1_chain_cert(tls_.get(), tls.issuer->native());
        tls_at_once_ = tls.at_once;
        if (tls.clients) {
            X509_STORE_add_cert(SSL_CTX_get_cert_store(tls_.get()), tls.clients->native());
            SSL_CTX_set_verify(tls_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        }
        if (tls.newest_version != 0) {
            SSL_CTX_set_security_level(tls_.get(), 0);
            SSL_CTX_set_min_proto_version(tls_.get(), TLS1_VERSION);
            SSL_CTX_set_max_proto_version(tls_.get(), tls.newest_version);
        }
        if (tls.adjust)
            tls.adjust(tls_.get());
    }

    void accept_all() {
        std::array<pollfd, 2> watched{pollfd{listener_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
        while (::poll(watched.data(), watched.size(), -1) >= 0 || errno == EINTR) {
            for (int s; (s = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) != -1;) {
                std::scoped_lock const lock(mutex_);
                reached_.push_back(own_address(s));
                auto& c = connections_.emplace_back();
                c.socket = s;
                c.number = accepted_++;
                if (!stopping_)
                    c.thread = std::thread([this, &c] { serve(c); });
            }
            if (watched[1].revents != 0)
                return;
        }
    }

    [[nodiscard]] static std::string own_address(int socket) {
        sockaddr_in at{};
        socklen_t size = sizeof at;
        char text[INET_ADDRSTRLEN] = "";
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size);
        ::inet_ntop(AF_INET, &at.sin_addr, text, sizeof text);
        return text;
    }

    void serve(connection& c);

    void close(connection& c, bool hard) {
        std::scoped_lock const lock(mutex_);
        if (c.socket == -1)
            return;
        linger const at_once{1, 0};
        if (hard)
            ::setsockopt(c.socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(std::exchange(c.socket, -1));
    }

    script script_;
    std::shared_ptr<SSL_CTX> tls_;
    bool tls_at_once_ = true;
    int listener_;
    int wake_;
    std::uint16_t port_ = 0;
    std::thread acceptor_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;
    std::list<connection> connections_;
    std::size_t permits_ = 0;
    std::size_t accepted_ = 0;
    std::size_t handshakes_ = 0;
    std::size_t received_ = 0;
    std::size_t marks_ = 0;
    std::size_t gone_ = 0;
    std::vector<std::string> names_;
    std::vector<std::string> reached_;
    std::vector<std::string> requests_;
};

/// One connection, seen by its script.
class loopback_server::peer {
  public:
    /// 0 for the first connection of the server.
    [[nodiscard]] std::size_t number() const noexcept { return self_.number; }

    /// Waits for one request, complete by its Content-Length, and records it.
    std::string request() {
        auto end = std::string::npos;
        while ((end = input_.find("\r\n\r\n")) == std::string::npos)
            receive();
        auto const size = end + 4 + content_length(std::string_view(input_).substr(0, end));
        while (input_.size() < size)
            receive();
        auto text = input_.substr(0, size);
        input_.erase(0, size);
        std::scoped_lock const lock(server_.mutex_);
        server_.requests_.push_back(text);
        return text;
    }

    /// Waits for `count` bytes, which are no part of a request any more.
    void take(std::size_t count) {
        while (input_.size() < count)
            receive(count - input_.size());
        input_.erase(0, count);
    }

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const n = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                                : ::send(self_.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0)
                throw peer_gone();
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    /// Sends byte by byte.
    void drip(std::string_view bytes) {
        for (auto const& byte : bytes)
            send({&byte, 1});
    }

    /// Sends until the other side is gone; gives up after `most` bytes.
    void flood(std::string_view unit, std::size_t most = std::size_t{64} << 20) {
        std::string block;
        while (block.size() < 64 * 1024)
            block.append(unit);
        for (std::size_t sent = 0; sent < most; sent += block.size())
            send(block);
    }

    /// Answers every request with `response` until the other side is gone.
    void answer(std::string_view response = plain_200) {
        for (;;) {
            request();
            send(response);
        }
    }

    /// Sends no more.
    void fin() { ::shutdown(self_.socket, SHUT_WR); }

    /// Cuts the connection so that the other side gets a reset.
    void reset() {
        server_.close(self_, true);
        throw peer_gone();
    }

    /// Waits until the other side is gone, whatever it sends.
    void stall() {
        for (;;)
            receive();
    }

    /// Reads nothing, and waits until the server is stopped.
    void ignore() {
        std::unique_lock lock(server_.mutex_);
        server_.changed_.wait(lock, [&] { return server_.stopping_; });
    }

    /// Waits for a `loopback_server::go`.
    void wait() {
        std::unique_lock lock(server_.mutex_);
        server_.changed_.wait(lock, [&] { return server_.stopping_ || server_.permits_ != 0; });
        if (server_.stopping_)
            throw peer_gone();
        --server_.permits_;
    }

    /// Tells the test that the script came to this line.
    void mark() {
        std::scoped_lock const lock(server_.mutex_);
        ++server_.marks_;
    }

    /// Holds back what is sent, so that it arrives together.
    void cork(bool on) {
        int const value = on ? 1 : 0;
        ::setsockopt(self_.socket, IPPROTO_TCP, TCP_CORK, &value, sizeof value);
    }

    /// TCP segments with data that arrived so far.
    [[nodiscard]] std::size_t segments() const {
        // glibc's tcp_info ends before this member of Linux's, whose place is fixed; its header excludes
        // Linux's.
        constexpr std::size_t tcpi_data_segs_in = 152;
        std::array<char, 256> info{};
        socklen_t size = info.size();
        ::getsockopt(self_.socket, IPPROTO_TCP, TCP_INFO, info.data(), &size);
        std::uint32_t count = 0;
        std::memcpy(&count, info.data() + tcpi_data_segs_in, sizeof count);
        return count;
    }

    /// From now on everything is TLS.
    void start_tls() {
        tls_.reset(SSL_new(server_.tls_.get()));
        SSL_set_fd(tls_.get(), self_.socket);
        bool const done = SSL_accept(tls_.get()) == 1;
        auto const* const name = SSL_get_servername(tls_.get(), TLSEXT_NAMETYPE_host_name);
        {
            std::scoped_lock const lock(server_.mutex_);
            server_.names_.emplace_back(name == nullptr ? "" : name);
            server_.handshakes_ += done;
        }
        if (!done)
            leave();
    }

    /// The common name of the client's certificate; empty: it showed none.
    [[nodiscard]] std::string client_name() const {
        std::array<char, 256> name{};
        if (auto const* const shown = SSL_get0_peer_certificate(tls_.get()))
            X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name.data(),
                                      static_cast<int>(name.size()));
        return name.data();
    }

    /// The protocol that the handshake agreed on, "TLSv1.3".
    [[nodiscard]] std::string tls_version() const { return SSL_get_version(tls_.get()); }

    /// The connection in OpenSSL's hands.
    [[nodiscard]] SSL* ssl() const noexcept { return tls_.get(); }

    /// Sends bytes below TLS.
    void send_raw(std::string_view bytes) {
        if (::send(self_.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(bytes.size()))
            throw peer_gone();
    }

    /// Sends the TLS close_notify.
    void close_notify() { SSL_shutdown(tls_.get()); }

  private:
    friend class loopback_server;

    peer(loopback_server& server, connection& self) : server_(server), self_(self) {
        timeval const longest{20, 0};
        int const on = 1;
        ::setsockopt(self_.socket, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest);
        ::setsockopt(self_.socket, SOL_SOCKET, SO_SNDTIMEO, &longest, sizeof longest);
        ::setsockopt(self_.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }

    // Reads what is still on its way, since a connection that is closed over it takes the last words with it.
    void leave() {
        fin();
        std::array<char, 4096> room{};
        while (::recv(self_.socket, room.data(), room.size(), 0) > 0) {
        }
        throw peer_gone();
    }

    void receive(std::size_t most = 128 * 1024) {
        std::vector<char> room(most);
        errno = 0;
        auto const n = tls_ ? SSL_read(tls_.get(), room.data(), static_cast<int>(room.size()))
                            : ::recv(self_.socket, room.data(), room.size(), 0);
        if (n <= 0)
            throw peer_gone{errno != EAGAIN};
        input_.append(room.data(), static_cast<std::size_t>(n));
        std::scoped_lock const lock(server_.mutex_);
        server_.received_ += static_cast<std::size_t>(n);
    }

    static std::size_t content_length(std::string_view header) {
        constexpr std::string_view name = "\r\nContent-Length: ";
        auto const at = header.find(name);
        if (at == std::string_view::npos)
            return 0;
        return std::strtoul(std::string(header.substr(at + name.size(), 20)).c_str(), nullptr, 10);
    }

    struct free_ssl {
        void operator()(SSL* s) const noexcept { SSL_free(s); }
    };

    loopback_server& server_;
    connection& self_;
    std::unique_ptr<SSL, free_ssl> tls_;
    std::string input_;
};

inline void loopback_server::serve(connection& c) {
    // OpenSSL writes without MSG_NOSIGNAL. Blocked on this thread only, so that nobody else's write is
    // excused.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    // What a test looks at is what the client did, so a peer that is gone is no failure here.
    try {
        peer p(*this, c);
        if (tls_ && tls_at_once_)
            p.start_tls();
        script_(p);
    } catch (peer_gone const& end) {
        std::scoped_lock const lock(mutex_);
        gone_ += end.has_left ? 1 : 0;
    }
    close(c, false);
}

} // namespace posthorn::test
