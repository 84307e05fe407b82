// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/transport.hpp>
#include <posthorn/detail/net/response_reader.hpp>
#include <posthorn/detail/registry/connection_rules.hpp>
#include <posthorn/model/url.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::detail {

using tcp = boost::asio::ip::tcp;

// Ticks of the transport's one coarse timer; deadlines and ages are counted in them.
using tick_count = std::uint64_t;

// When an exchange ends, whatever its receiver does. Known to the transport's list from `begin` to `end`.
class exchange_deadline {
  public:
    using list = std::vector<exchange_deadline*>;

    exchange_deadline() = default;
    exchange_deadline(exchange_deadline const&) = delete;
    exchange_deadline& operator=(exchange_deadline const&) = delete;
    ~exchange_deadline() { end(); }

    void begin(list& all, tick_count total) {
        all.push_back(this);
        all_ = &all;
        index_ = all.size() - 1;
        total_ = total;
        phase(errc::total_timeout, total);
        cut_ = {};
    }

    void end() noexcept {
        if (all_ == nullptr)
            return;
        all_->back()->index_ = index_;
        std::swap((*all_)[index_], all_->back());
        all_->pop_back();
        all_ = nullptr;
    }

    // The phase that begins now ends at `at`, or with the whole exchange, whichever comes first.
    void phase(errc name, tick_count at) noexcept {
        name_ = at < total_ ? name : errc::total_timeout;
        at_ = at < total_ ? at : total_;
    }

    // What is closed, or cancelled, when the time has come.
    void watch(tcp::socket* socket) noexcept { socket_ = socket; }
    void watch(boost::asio::steady_timer* gate) noexcept { gate_ = gate; }

    // When the whole exchange ends.
    [[nodiscard]] tick_count total() const noexcept { return total_; }

    // Why the exchange was cut, if it was.
    [[nodiscard]] error_code const& cut() const noexcept { return cut_; }

    void expire_at(tick_count now) {
        if (now >= at_)
            abort(name_);
    }

    void abort(errc why) {
        if (!cut_)
            cut_ = why;
        boost::system::error_code ignored;
        if (socket_ != nullptr)
            socket_->close(ignored);
        if (gate_ != nullptr)
            gate_->cancel();
    }

  private:
    list* all_ = nullptr;
    std::size_t index_ = 0;
    errc name_ = errc::total_timeout;
    tick_count at_ = 0;
    tick_count total_ = 0;
    error_code cut_;
    tcp::socket* socket_ = nullptr;
    boost::asio::steady_timer* gate_ = nullptr;
};

// Where the one operation that a connection has under way is kept, so that a delivery allocates nothing.
class operation_memory {
  public:
    [[nodiscard]] void* take(std::size_t size) {
        if (taken_ || size > sizeof bytes_)
            return ::operator new(size);
        taken_ = true;
        return bytes_;
    }

    void give_back(void* p) noexcept {
        if (p == static_cast<void*>(bytes_))
            taken_ = false;
        else
            ::operator delete(p);
    }

  private:
    alignas(std::max_align_t) std::byte bytes_[640];
    bool taken_ = false;
};

template <class T>
struct operation_allocator {
    using value_type = T;

    explicit operation_allocator(operation_memory& where) noexcept : memory(&where) {}
    template <class U>
    // NOLINTNEXTLINE(google-explicit-constructor): allocators convert.
    operation_allocator(operation_allocator<U> const& other) noexcept : memory(other.memory) {}

    [[nodiscard]] T* allocate(std::size_t n) { return static_cast<T*>(memory->take(n * sizeof(T))); }
    void deallocate(T* p, std::size_t) noexcept { memory->give_back(p); }

    template <class U>
    [[nodiscard]] bool operator==(operation_allocator<U> const& other) const noexcept {
        return memory == other.memory;
    }

    operation_memory* memory;
};

// A request as it goes over the wire, in memory that is kept from one to the next.
class request_bytes {
  public:
    // `host_field`: what stands between the target and the further fields.
    void assign(request const& what, std::string_view host_field) {
        auto const method = to_string(what.method);
        char digits[24];
        std::string_view length;
        if (!what.body.empty() || needs_body(what.method))
            length = {digits,
                      static_cast<std::size_t>(
                          std::to_chars(digits, digits + sizeof digits, what.body.size()).ptr - digits)};
        size_ = 0;
        reserve(method.size() + what.target.size() + host_field.size() + length_field.size() + length.size() +
                what.headers.size() + what.secret_headers.size() + what.signature_headers.size() +
                what.body.size() + separators);
        put(method), put(" "), put(what.target), put(host_field);
        if (!length.empty())
            put(length_field), put(length), put("\r\n");
        put(what.headers), put(what.secret_headers), put(what.signature_headers), put("\r\n"), put(what.body);
    }

    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.get(), size_}; }

  private:
    static constexpr std::string_view length_field = "Content-Length: ";
    static constexpr std::size_t separators = 8;

    void reserve(std::size_t size) {
        if (size <= capacity_)
            return;
        capacity_ = size + size / 4;
        bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
    }

    void put(std::string_view text) noexcept {
        if (!text.empty())
            std::memcpy(bytes_.get() + size_, text.data(), text.size());
        size_ += text.size();
    }

    std::unique_ptr<char[]> bytes_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

// What the first write of a request left over, written while the answer is awaited: a receiver may answer,
// and stop reading, before it has everything.
class request_rest {
  public:
    explicit request_rest(std::string_view rest) noexcept : rest_(rest) {}

    [[nodiscard]] std::string_view view() const noexcept { return rest_; }
    [[nodiscard]] boost::system::error_code const& error() const noexcept { return error_; }
    // Whether something is left, and can be written.
    [[nodiscard]] bool is_writing() const noexcept { return !error_ && !rest_.empty(); }

    void wrote(boost::system::error_code const& ec, std::size_t n) noexcept {
        error_ = ec;
        rest_.remove_prefix(n);
    }

  private:
    std::string_view rest_;
    boost::system::error_code error_;
};

// One TCP connection of one lane, plain or with TLS on top, and the exchange that it carries.
struct beast_connection {
    beast_connection(boost::asio::any_io_executor const& executor, request const& first)
        : endpoint(*first.endpoint),
          settings(first.connection),
          proxy(settings ? proxy_of(*settings) : std::nullopt),
          socket(executor),
          input(initial_input) {
        host_field.append(" HTTP/1.1\r\nHost: ").append(endpoint.authority()).append("\r\n");
    }

    // So that a webhook that moved, or is reached or proved in another way, does not use its old connections.
    [[nodiscard]] bool serves(request const& r) const noexcept {
        auto const& u = *r.endpoint;
        return endpoint.https() == u.https() && endpoint.port() == u.port() && endpoint.host() == u.host() &&
               has_settings(r.connection);
    }

    // Where the socket leads.
    [[nodiscard]] url const& next_hop() const noexcept { return proxy ? *proxy : endpoint; }

    // Whether the settings name a proxy that is none.
    [[nodiscard]] bool has_lost_proxy() const noexcept {
        return settings && !proxy && !settings->proxy.empty();
    }

    static constexpr std::size_t initial_input = 4096;

    // First, so that it goes last: with it may go whoever waits for the exchange, and all that this one
    // belongs to.
    resumption done;

    operation_memory memory;
    url const endpoint;
    std::shared_ptr<connection_settings const> const settings;
    std::optional<url> const proxy;
    std::string host_field;
    tcp::socket socket;
    std::optional<boost::asio::ssl::stream<tcp::socket&>> tls;
    tick_count born = 0;
    // When the guard was asked last.
    tick_count allowed_at = 0;
    tick_count idle_since = 0;

    // Of the exchange.
    request const* what = nullptr;
    exchange* outcome = nullptr;
    exchange_deadline deadline;
    request_bytes output;
    boost::system::error_code write_error;
    std::optional<request_rest> rest;
    std::vector<char> input;
    // Bytes of `input` that were received and not yet parsed.
    std::size_t received = 0;
    std::optional<response_reader> reader;
    // Of all response headers, interim ones too.
    std::size_t header_bytes = 0;
    unsigned interim_responses = 0;
    // What was received behind the final header.
    std::size_t body_bytes = 0;
    bool answered = false;
    // Whether the outcome stands, and only the body is read.
    bool decided = false;

  private:
    [[nodiscard]] bool has_settings(std::shared_ptr<connection_settings const> const& of) const noexcept {
        return of == settings || (of && settings && *of == *settings);
    }
};

} // namespace posthorn::detail
