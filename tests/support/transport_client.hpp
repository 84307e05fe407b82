// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/transport/beast_async.hpp>
#include <posthorn/transport/beast_sync.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/mp11/list.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace posthorn {

// For Boost.Test, which prints what differs.
inline std::ostream& boost_test_print_type(std::ostream& out, errc e) {
    return out << error_code(e) << " (" << error_code(e).message() << ')';
}

} // namespace posthorn

namespace posthorn::test {

/// Limits that no test reaches by accident, with a tick that makes the ones it sets exact.
[[nodiscard]] inline exchange_limits patient() {
    using namespace std::chrono_literals;
    exchange_limits limits;
    limits.tick = 5ms;
    limits.resolve = limits.connect = limits.tls = limits.response = limits.body = 20s;
    limits.total = 30s;
    limits.idle = limits.lifetime = 60s;
    return limits;
}

/// A request that owns its text.
class outgoing {
  public:
    explicit outgoing(std::string const& to, std::string body = "{}", verb method = verb::post)
        : url_(*parse_url(to)), body_(std::move(body)) {
        what_.endpoint = &url_;
        what_.method = method;
        what_.target = url_.target();
        what_.body = body_;
    }

    outgoing(outgoing const&) = delete;
    outgoing& operator=(outgoing const&) = delete;

    [[nodiscard]] request& operator*() noexcept { return what_; }
    [[nodiscard]] request* operator->() noexcept { return &what_; }

  private:
    url url_;
    std::string body_;
    request what_;
};

/// A bound transport on an io_context that the test turns; one that blocks is called on threads of its own.
template <class T>
class basic_transport_client {
  public:
    using transport_type = T;
    using outcome = std::shared_ptr<std::optional<exchange>>;

    explicit basic_transport_client(exchange_limits limits = patient(), T transport = T(),
                                    resolver_pool::lookup names = everything_here())
        : transport_(std::move(transport)) {
        transport_context context;
        if constexpr (Transport<T>)
            context.executor = io_.get_executor();
        context.allows_address = [this](boost::asio::ip::address const& a, std::uint16_t port) {
            return allows_address(a, port);
        };
        context.allows_endpoint = [this](url const& u) { return allows_endpoint(u); };
        context.resolver = std::make_shared<resolver_pool>(
            2, 16, [clock = clock_] { return steady_time(std::chrono::seconds(clock->load())); },
            std::move(names));
        context.limits = limits;
        transport_.bind(std::move(context));
    }

    basic_transport_client(basic_transport_client const&) = delete;
    basic_transport_client& operator=(basic_transport_client const&) = delete;

    // A test that failed half-way leaves sends behind, which need the transport.
    ~basic_transport_client() {
        run_until([&] {
            transport_.cancel();
            return running_ == 0;
        });
        for (auto& c : callers_)
            c.join();
    }

    /// @name What the guard says.
    /// @{
    std::function<bool(boost::asio::ip::address const&, std::uint16_t)> allows_address = [](auto const&...) {
        return true;
    };
    std::function<bool(url const&)> allows_endpoint = [](url const&) { return true; };
    /// @}

    /// Lets time pass for the cache of names.
    void pass(std::chrono::seconds time) { *clock_ += time.count(); }

    [[nodiscard]] outcome start(request const& what) {
        auto const result = std::make_shared<std::optional<exchange>>();
        ++running_;
        if constexpr (Transport<T>)
            boost::asio::co_spawn(io_, transport_.send(what),
                                  [this, result](std::exception_ptr thrown, exchange x) {
                                      --running_;
                                      if (thrown)
                                          std::rethrow_exception(thrown);
                                      *result = std::move(x);
                                  });
        else
            callers_.emplace_back([this, result, what] {
                boost::asio::post(io_, [this, result, x = transport_.call(what)]() mutable {
                    --running_;
                    *result = std::move(x);
                });
            });
        return result;
    }

    [[nodiscard]] exchange wait(outcome const& of) {
        run_until([&] { return of->has_value(); });
        return **of;
    }

    [[nodiscard]] exchange send(request const& what) { return wait(start(what)); }

    [[nodiscard]] exchange post(std::string const& to) {
        outgoing what(to);
        return send(*what);
    }

    /// Turns the io_context until `reached()`; throws if that takes more than half a minute.
    template <class Reached>
    void run_until(Reached reached) {
        auto const longest = std::chrono::steady_clock::now() + std::chrono::seconds(40);
        while (!reached()) {
            if (std::chrono::steady_clock::now() > longest)
                throw std::runtime_error("the transport does not come to an end");
            io_.restart();
            io_.run_one_for(std::chrono::milliseconds(2));
        }
    }

    void cancel() { transport_.cancel(); }

    /// Every name is this machine.
    [[nodiscard]] static resolver_pool::lookup everything_here() {
        return [](std::string const&) {
            return resolver_pool::addresses{boost::asio::ip::make_address("127.0.0.1")};
        };
    }

  private:
    boost::asio::io_context io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{io_.get_executor()};
    std::shared_ptr<std::atomic<std::int64_t>> clock_ = std::make_shared<std::atomic<std::int64_t>>(0);
    std::size_t running_ = 0;
    std::vector<std::thread> callers_;
    T transport_;
};

using transport_client = basic_transport_client<beast_async>;
/// What must hold for both.
using all_clients = boost::mp11::mp_list<transport_client, basic_transport_client<beast_sync>>;

/// "http://127.0.0.1:PORT/in".
[[nodiscard]] inline std::string plain_url(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port) + "/in";
}

/// "https://NAME:PORT/in".
[[nodiscard]] inline std::string tls_url(std::uint16_t port, std::string_view name = "hooks.example.com") {
    return "https://" + std::string(name) + ":" + std::to_string(port) + "/in";
}

} // namespace posthorn::test
