// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The limit of the benchmarks: what one thread can send when it does nothing but sign and send. Plain epoll,
// C connections kept alive, one request at a time on each, one send and one recv per request. It has no
// queue, no retries, no limits and no storage; a library that sends webhooks can come near it, not beat it.
//
//     epoll_sender --port N [--connections C] [--requests N] [--secret whsec_...] [--core N] [--fifo]
//
// Prints one line of JSON. Any answer but a 2xx, and any lost connection, ends it with 1: a run that failed
// has no speed.

#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t body_size = 512;
constexpr std::size_t signature_size = 44; // a SHA-256 in base64
constexpr std::size_t max_answer = 16 * 1024;

[[noreturn]] void throw_errno(char const* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int check(int result, char const* what) {
    if (result < 0)
        throw_errno(what);
    return result;
}

class descriptor {
  public:
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor const&) = delete;
    descriptor& operator=(descriptor const&) = delete;
    ~descriptor() { ::close(fd_); }

    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

struct options {
    std::uint16_t port = 0;
    std::size_t connections = 16;
    std::size_t requests = 100'000;
    std::optional<unsigned> core;
    // The bytes 0 to 31: a key that signs nothing outside a benchmark.
    std::string secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    bool fifo = false;
};

template <class Number>
[[nodiscard]] Number to_number(std::string_view text, char const* what) {
    Number value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::invalid_argument(std::string(what) + ": not a number");
    return value;
}

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
        else if (name == "--connections")
            result.connections = to_number<std::size_t>(value(), "--connections");
        else if (name == "--requests")
            result.requests = to_number<std::size_t>(value(), "--requests");
        else if (name == "--secret")
            result.secret = std::string(value());
        else if (name == "--core")
            result.core = to_number<unsigned>(value(), "--core");
        else if (name == "--fifo")
            result.fifo = true;
        else
            throw std::invalid_argument("unknown option " + std::string(name));
    }
    if (result.port == 0 || result.connections == 0 || result.requests == 0)
        throw std::invalid_argument("--port, --connections and --requests must be positive");
    return result;
}

void place(options const& wanted) {
    if (wanted.core) {
        cpu_set_t cores;
        CPU_ZERO(&cores);
        CPU_SET(*wanted.core, &cores);
        check(::sched_setaffinity(0, sizeof cores, &cores), "sched_setaffinity");
    }
    if (wanted.fifo) {
        // Needs a privilege that a developer's shell seldom has; the run is then noisier, not wrong.
        sched_param parameters{};
        parameters.sched_priority = 10;
        static_cast<void>(::sched_setscheduler(0, SCHED_FIFO, &parameters));
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        static_cast<void>(::setrlimit(RLIMIT_NOFILE, &files));
    }
}

[[nodiscard]] std::vector<unsigned char> decode_secret(std::string_view secret) {
    constexpr std::string_view prefix = "whsec_";
    if (secret.substr(0, prefix.size()) == prefix)
        secret.remove_prefix(prefix.size());
    auto const padding = secret.size() - std::min(secret.size(), secret.find_last_not_of('=') + 1);
    std::vector<unsigned char> key(secret.size() / 4 * 3);
    auto const size = EVP_DecodeBlock(key.data(), reinterpret_cast<unsigned char const*>(secret.data()),
                                      static_cast<int>(secret.size()));
    if (size <= 0 || padding > 2)
        throw std::invalid_argument("--secret: not a Standard Webhooks secret");
    // EVP_DecodeBlock counts the padding as bytes.
    key.resize(static_cast<std::size_t>(size) - padding);
    return key;
}

// Keeps one context with the key in it: to begin again without a key is half the cost of setting it each
// time.
class signer {
  public:
    explicit signer(std::vector<unsigned char> const& key)
        : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)), context_(EVP_MAC_CTX_new(mac_.get())) {
        char digest[] = "SHA256";
        std::array const parameters{OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                    OSSL_PARAM_construct_end()};
        if (!context_ || EVP_MAC_init(context_.get(), key.data(), key.size(), parameters.data()) != 1)
            throw std::runtime_error("HMAC-SHA256 is not available");
    }

    void begin() { require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr)); }

    void update(std::string_view text) {
        require(
            EVP_MAC_update(context_.get(), reinterpret_cast<unsigned char const*>(text.data()), text.size()));
    }

    // Writes signature_size characters.
    void finish(char* out) {
        std::array<unsigned char, 32> mac{};
        std::size_t size = 0;
        require(EVP_MAC_final(context_.get(), mac.data(), &size, mac.size()));
        // EVP_EncodeBlock ends its text with a zero, which must not reach the request.
        std::array<unsigned char, signature_size + 1> text{};
        EVP_EncodeBlock(text.data(), mac.data(), static_cast<int>(mac.size()));
        std::copy_n(text.data(), signature_size, out);
    }

  private:
    struct free_mac {
        void operator()(EVP_MAC* p) const noexcept { EVP_MAC_free(p); }
        void operator()(EVP_MAC_CTX* p) const noexcept { EVP_MAC_CTX_free(p); }
    };

    static void require(int result) {
        if (result != 1)
            throw std::runtime_error("HMAC-SHA256 failed");
    }

    std::unique_ptr<EVP_MAC, free_mac> mac_;
    std::unique_ptr<EVP_MAC_CTX, free_mac> context_;
};

// One request whose changing parts have fixed places, so that making the next one moves no bytes but those.
class request_template {
  public:
    explicit request_template(options const& wanted) : signer_(decode_secret(wanted.secret)) {
        text_ = "POST /hooks/project-monitor HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(wanted.port) +
                "\r\nUser-Agent: posthorn-benchmark-limit/1\r\nAccept: */*\r\nContent-Type: "
                "application/json\r\nContent-Length: " +
                std::to_string(body_size) + "\r\nwebhook-id: ";
        id_ = append("msg_benchmark_0000000000000000");
        text_ += "\r\nwebhook-timestamp: ";
        timestamp_ = append("0000000000");
        text_ += "\r\nwebhook-signature: v1,";
        signature_ = append(std::string(signature_size, 'A'));
        text_ += "\r\n\r\n";
        body_ = text_.size();
        text_ += R"({"type":"phase.updated","data":{"revision":")";
        revision_ = append("0000000000000000");
        text_ += R"(","project":1042,"label":"Metro line 7","status":"running","description":")";
        constexpr std::string_view end = "\"}}";
        text_.append(body_ + body_size - end.size() - text_.size(), 'x');
        text_ += end;
    }

    // The request number `number`; valid until the next call.
    [[nodiscard]] std::string_view make(std::uint64_t number, std::time_t now) {
        write_digits(id_.end, number);
        write_digits(revision_.end, number);
        write_digits(timestamp_.end, static_cast<std::uint64_t>(now));
        signer_.begin();
        signer_.update(at(id_));
        signer_.update(".");
        signer_.update(at(timestamp_));
        signer_.update(".");
        signer_.update(std::string_view(text_).substr(body_));
        signer_.finish(text_.data() + signature_.begin);
        return text_;
    }

  private:
    struct place_in_text {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    place_in_text append(std::string_view part) {
        auto const begin = text_.size();
        text_ += part;
        return {begin, text_.size()};
    }

    [[nodiscard]] std::string_view at(place_in_text p) const {
        return std::string_view(text_).substr(p.begin, p.end - p.begin);
    }

    // Numbers only grow, so the digits to the left are already right.
    void write_digits(std::size_t end, std::uint64_t number) {
        for (; number != 0; number /= 10)
            text_[--end] = static_cast<char>('0' + number % 10);
    }

    signer signer_;
    std::string text_;
    place_in_text id_;
    place_in_text timestamp_;
    place_in_text signature_;
    place_in_text revision_;
    std::size_t body_ = 0;
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
        length = to_number<std::size_t>(value.substr(0, value.find('\r')), "Content-Length");
    } else if (data.substr(9, 3) != "204") {
        throw std::runtime_error("the receiver's answer has no Content-Length");
    }
    auto const size = header_end + 4 + length;
    return data.size() < size ? std::nullopt : std::optional(size);
}

struct connection {
    explicit connection(int fd) noexcept : socket(fd) {}

    descriptor socket;
    std::string partial; // of an answer that came in pieces
    clock_type::time_point started;
};

class sender {
  public:
    explicit sender(options const& wanted)
        : requests_(wanted.requests),
          request_(wanted),
          epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
        nanoseconds_.reserve(requests_);
        for (std::size_t i = 0; i != std::min(wanted.connections, requests_); ++i)
            connect(wanted.port);
    }

    // Returns how long it took.
    [[nodiscard]] std::chrono::duration<double> run() {
        auto const begin = clock_type::now();
        auto const now = std::time(nullptr);
        for (auto& c : connections_)
            send_next(*c, now);
        std::array<epoll_event, 256> events{};
        while (nanoseconds_.size() < requests_) {
            auto const count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
            if (count < 0 && errno != EINTR)
                throw_errno("epoll_wait");
            auto const second = std::time(nullptr);
            for (int i = 0; i < count; ++i)
                advance(*static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr), second);
        }
        return clock_type::now() - begin;
    }

    // In microseconds, of the whole run.
    [[nodiscard]] double percentile(double share) {
        auto const rank = static_cast<std::size_t>(share * static_cast<double>(nanoseconds_.size() - 1));
        auto const middle = nanoseconds_.begin() + static_cast<std::ptrdiff_t>(rank);
        std::nth_element(nanoseconds_.begin(), middle, nanoseconds_.end());
        return static_cast<double>(*middle) / 1000;
    }

  private:
    void connect(std::uint16_t port) {
        auto c =
            std::make_unique<connection>(check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        auto const fd = c->socket.get();
        int const on = 1;
        check(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        check(::connect(fd, reinterpret_cast<sockaddr const*>(&address), sizeof address), "connect");
        check(::fcntl(fd, F_SETFL, O_NONBLOCK), "O_NONBLOCK");
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = c.get();
        check(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
        connections_.push_back(std::move(c));
    }

    void send_next(connection& c, std::time_t now) {
        if (sent_ == requests_)
            return;
        c.started = clock_type::now();
        auto const request = request_.make(++sent_, now);
        // The socket's buffer is empty here: it holds far more than the one request that is under way.
        auto const count = ::send(c.socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
        if (count < 0)
            throw_errno("send");
        if (static_cast<std::size_t>(count) != request.size())
            throw std::runtime_error("the socket took a part of the request only");
    }

    void advance(connection& c, std::time_t now) {
        std::array<char, max_answer> buffer;
        auto const count = ::recv(c.socket.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && errno != EAGAIN)
            throw_errno("recv");
        if (count < 0)
            return;
        if (count == 0)
            throw std::runtime_error("the receiver closed a connection");
        std::string_view data(buffer.data(), static_cast<std::size_t>(count));
        if (!c.partial.empty())
            data = c.partial.append(data);
        auto const size = answer_size(data);
        if (!size) {
            if (data.size() > max_answer)
                throw std::runtime_error("the receiver's answer is too large");
            if (c.partial.empty())
                c.partial.assign(data);
            return;
        }
        if (*size != data.size())
            throw std::runtime_error("the receiver sent more than one answer");
        c.partial.clear();
        nanoseconds_.push_back(std::chrono::nanoseconds(clock_type::now() - c.started).count());
        send_next(c, now);
    }

    std::size_t requests_;
    std::size_t sent_ = 0;
    request_template request_;
    descriptor epoll_;
    std::vector<std::unique_ptr<connection>> connections_;
    std::vector<std::int64_t> nanoseconds_;
};

} // namespace

int main(int argc, char** argv) {
    try {
        auto const wanted = read_options({argv + 1, argv + argc});
        place(wanted);
        sender s(wanted);
        auto const seconds = s.run().count();
        std::printf(
            "{\"name\":\"epoll\",\"connections\":%zu,\"requests\":%zu,\"seconds\":%.6f,\"per_second\":%.0f,"
            "\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
            wanted.connections, wanted.requests, seconds, static_cast<double>(wanted.requests) / seconds,
            s.percentile(0.50), s.percentile(0.99));
    } catch (std::exception const& e) {
        std::fprintf(stderr, "epoll_sender: %s\n", e.what());
        return 1;
    }
}
