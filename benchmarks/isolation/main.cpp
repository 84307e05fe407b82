// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What bad receivers cost the others, on the wall clock and over loopback: a hundred webhooks, told one after
// the other at a fixed rate, once alone and once with ten that accept no connection, ten that answer after 29
// s and ten whose header drips.
//
//     posthorn_isolation [--seconds N] [--rate N]
//
// Prints one line of JSON for each of the two: the time from `dispatch` to the receipt at a healthy receiver.

#include <posthorn/defaults.hpp>
#include <posthorn/guard/allow_list.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using steady = std::chrono::steady_clock;

namespace {

constexpr int webhooks = 100;

struct item {
    std::int64_t id = 0;
    std::string number;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, number))

using objects = posthorn::catalog<posthorn::object<item, "item">>;

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list> {};

enum class kind { healthy, black_hole, slow, dripping };

kind kind_of(int webhook) {
    switch (webhook % 10) {
    case 3:
        return kind::black_hole;
    case 5:
        return kind::slow;
    case 7:
        return kind::dripping;
    default:
        return kind::healthy;
    }
}

// Receivers of each kind, on a thread of their own.
class receivers {
  public:
    explicit receivers(std::size_t events) : received_(events) {
        for (auto& one : received_)
            one = 0;
        for (auto const k : {kind::healthy, kind::slow, kind::dripping})
            listen(k);
        plug();
        thread_ = std::thread([this] { io_.run(); });
    }

    receivers(receivers const&) = delete;
    receivers& operator=(receivers const&) = delete;

    ~receivers() {
        io_.stop();
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port(kind k) const { return ports_[static_cast<std::size_t>(k)]; }

    // When this event came, in the steady clock's ticks; 0: it did not.
    [[nodiscard]] std::int64_t received(std::size_t event) const { return received_[event]; }

  private:
    void listen(kind k) {
        auto const acceptor =
            std::make_shared<tcp::acceptor>(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        ports_[static_cast<std::size_t>(k)] = acceptor->local_endpoint().port();
        asio::co_spawn(io_, accept(*this, acceptor, k), asio::detached);
    }

    // A queue of connections that is full: the kernel answers nobody else.
    void plug() {
        plugged_.open(tcp::v4());
        plugged_.bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        plugged_.listen(0);
        ports_[static_cast<std::size_t>(kind::black_hole)] = plugged_.local_endpoint().port();
        for (int i = 0; i != 4; ++i) {
            auto& s = fillers_.emplace_back(io_);
            s.async_connect(plugged_.local_endpoint(), [](boost::system::error_code const&) {});
        }
    }

    static asio::awaitable<void> accept(receivers& home, std::shared_ptr<tcp::acceptor> acceptor, kind k) {
        for (;;) {
            auto s = co_await acceptor->async_accept(asio::use_awaitable);
            asio::co_spawn(home.io_, serve(home, std::move(s), k), asio::detached);
        }
    }

    static asio::awaitable<void> serve(receivers& home, tcp::socket s, kind k) {
        std::string input;
        boost::system::error_code ec;
        asio::steady_timer timer(home.io_);
        std::string const answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        // A header that goes on and on.
        std::string const begin = "HTTP/1.1 200 OK\r\nX: ";
        std::string const drop = "x";
        while (!ec) {
            // The body ends with this.
            std::size_t const end = co_await asio::async_read_until(
                s, asio::dynamic_buffer(input), "\n;", asio::redirect_error(asio::use_awaitable, ec));
            if (ec)
                co_return;
            home.note(std::string_view(input).substr(0, end));
            input.erase(0, end);
            if (k == kind::slow) {
                timer.expires_after(std::chrono::seconds(29));
                co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            }
            for (std::size_t sent = 0; k == kind::dripping && !ec; ++sent) {
                co_await asio::async_write(s, asio::buffer(sent == 0 ? begin : drop),
                                           asio::redirect_error(asio::use_awaitable, ec));
                timer.expires_after(std::chrono::milliseconds(500));
                co_await timer.async_wait(asio::use_awaitable);
            }
            co_await asio::async_write(s, asio::buffer(answer),
                                       asio::redirect_error(asio::use_awaitable, ec));
        }
    }

    // The number stands in the last line.
    void note(std::string_view message) {
        auto const body = message.substr(message.find("\r\n\r\n") + 4);
        auto const event = static_cast<std::size_t>(std::strtoull(std::string(body).c_str(), nullptr, 10));
        if (event < received_.size() && received_[event] == 0)
            received_[event] = steady::now().time_since_epoch().count();
    }

    asio::io_context io_{1};
    tcp::acceptor plugged_{io_};
    std::vector<tcp::socket> fillers_;
    std::uint16_t ports_[4] = {};
    std::vector<std::atomic<std::int64_t>> received_;
    std::thread thread_;
};

void run(bool with_faults, std::size_t events, double rate) {
    receivers world(events);
    posthorn::allow_list guard;
    for (auto const k : {kind::healthy, kind::black_hole, kind::slow, kind::dripping})
        guard.allow_loopback(world.port(k));
    asio::io_context io{1};
    posthorn::dispatcher<objects, policies> hooks{posthorn::shards::single_threaded(io), guard};
    for (int w = 0; w != webhooks; ++w) {
        auto const port = world.port(with_faults ? kind_of(w) : kind::healthy);
        auto const saved = hooks.save(hooks.webhook("w")
                                          .on<item>()
                                          .post("http://127.0.0.1:" + std::to_string(port) + "/")
                                          .when("item.id == " + std::to_string(w))
                                          .header("Content-Type", std::string("text/plain"))
                                          .body("{{item.number}}\n;"));
        if (!saved)
            throw std::runtime_error(saved.error().text());
    }
    hooks.async_run(asio::detached);
    std::thread sender([&] { io.run(); });
    asio::io_context own;
    asio::steady_timer pause(own);
    std::vector<std::int64_t> dispatched(events);
    auto const begin = steady::now();
    for (std::size_t n = 0; n != events; ++n) {
        pause.expires_at(begin + std::chrono::duration_cast<steady::duration>(
                                     std::chrono::duration<double>(static_cast<double>(n) / rate)));
        pause.wait();
        item const it{static_cast<std::int64_t>(n % webhooks), std::to_string(n)};
        dispatched[n] = steady::now().time_since_epoch().count();
        hooks.dispatch(posthorn::created(it));
    }
    pause.expires_after(std::chrono::seconds(1));
    pause.wait();
    hooks.stop();
    sender.join();
    std::vector<std::int64_t> waits;
    std::size_t told = 0;
    for (std::size_t n = 0; n != events; ++n) {
        if (kind_of(static_cast<int>(n % webhooks)) != kind::healthy)
            continue;
        ++told;
        if (auto const at = world.received(n); at != 0)
            waits.push_back(at - dispatched[n]);
    }
    std::ranges::sort(waits);
    auto const us = [&](double q) {
        return static_cast<double>(
                   waits.at(static_cast<std::size_t>(q * static_cast<double>(waits.size() - 1)))) /
               1e3;
    };
    std::printf("{\"faulty\":%d,\"to_healthy\":%zu,\"received\":%zu,\"p50_us\":%.0f,\"p99_us\":%.0f,\"max_"
                "us\":%.0f}\n",
                with_faults ? 30 : 0, told, waits.size(), us(0.5), us(0.99), us(1.0));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    try {
        double seconds = 60;
        double rate = 1000;
        for (int i = 1; i + 1 < argc; i += 2) {
            (argv[i] == std::string_view("--seconds") ? seconds : rate) = std::strtod(argv[i + 1], nullptr);
        }
        auto const events = static_cast<std::size_t>(seconds * rate);
        run(false, events, rate);
        run(true, events, rate);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "posthorn_isolation: %s\n", e.what());
        return 1;
    }
}
