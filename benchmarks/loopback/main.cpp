// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The whole way of a delivery over loopback: dispatch, match, render, store, sign, send, settle; closed loop,
// one thread.
//
// Usage: posthorn_loopback --port P [--connections 16] [--requests 200000] [--core N] [--fifo]
// Prints one line of JSON. The receiver is benchmarks/common/receiver.cpp.

#include <posthorn/defaults.hpp>

#include "../common/allocations.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/describe/class.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sched.h>
#include <string>
#include <string_view>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

struct item {
    std::uint64_t id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, text))

using objects = posthorn::catalog<posthorn::object<item, "item">>;

struct settings {
    std::uint16_t port = 0;
    std::size_t connections = 16;
    std::size_t requests = 200'000;
    int core = -1;
    bool fifo = false;
};

[[nodiscard]] std::size_t number(char const* text) {
    std::size_t n = 0;
    std::from_chars(text, text + std::strlen(text), n);
    return n;
}

[[nodiscard]] settings parse(int argc, char** argv) {
    settings s;
    for (int i = 1; i < argc; ++i) {
        std::string_view const name(argv[i]);
        if (name == "--fifo")
            s.fifo = true;
        else if (i + 1 == argc)
            break;
        else if (name == "--port")
            s.port = static_cast<std::uint16_t>(number(argv[++i]));
        else if (name == "--connections")
            s.connections = number(argv[++i]);
        else if (name == "--requests")
            s.requests = number(argv[++i]);
        else if (name == "--core")
            s.core = static_cast<int>(number(argv[++i]));
    }
    return s;
}

void place(settings const& s) {
    if (s.core >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(static_cast<unsigned>(s.core), &set);
        if (sched_setaffinity(0, sizeof set, &set) != 0)
            std::fputs("not pinned\n", stderr);
    }
    sched_param const priority{10};
    if (s.fifo && sched_setscheduler(0, SCHED_FIFO, &priority) != 0)
        std::fputs("SCHED_FIFO is not allowed\n", stderr);
}

// Keeps a window of deliveries open: each one that is settled lets the next event in.
struct closed_loop {
    std::size_t to_dispatch = 0;
    std::size_t settled = 0;
    std::size_t failed = 0;
    std::vector<std::uint32_t> latency_ns;
    boost::unordered_flat_map<posthorn::uuid, steady::time_point, posthorn::uuid_hash> open;
    void (*next)(void*) = nullptr;
    void* context = nullptr;
};

class loop_observer {
  public:
    explicit loop_observer(std::shared_ptr<closed_loop> loop) : loop_(std::move(loop)) {}

    void on_accepted(posthorn::accepted_notice const& n) { loop_->open.try_emplace(n.what.id(), started); }

    void on_settled(posthorn::settled_notice const& n) {
        auto const it = loop_->open.find(n.delivery);
        auto const took =
            std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now() - it->second).count();
        loop_->latency_ns.push_back(static_cast<std::uint32_t>(took));
        loop_->open.erase(it);
        ++loop_->settled;
        loop_->failed += n.state != posthorn::delivery_state::delivered;
        loop_->next(loop_->context);
    }

    // When the event that is being dispatched was started.
    static inline steady::time_point started;

  private:
    std::shared_ptr<closed_loop> loop_;
};

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_observer<loop_observer> {
};

struct host {
    host(settings const& s, boost::asio::io_context& io)
        : loop(std::make_shared<closed_loop>()),
          hooks(posthorn::shards::single_threaded(io), posthorn::allow_list().allow_loopback(s.port),
                loop_observer(loop), tuned(s)) {
        loop->latency_ns.reserve(s.requests + s.requests / 5);
        loop->open.reserve(4 * s.connections);
        loop->next = [](void* self) { static_cast<host*>(self)->dispatch_next(); };
        loop->context = this;
        subject.text.assign(440, 'x');
        auto const saved =
            hooks.save(hooks.webhook("bench")
                           .on<item>(posthorn::action::modified)
                           .post("http://127.0.0.1:" + std::to_string(s.port) + "/hooks/item")
                           .body(R"({"type":"item.modified","id":{{item.id}},"text":"{{item.text}}"})")
                           .sign(posthorn::secret("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")));
        if (!saved)
            std::puts(saved.error().text().c_str());
    }

    static posthorn::options tuned(settings const& s) {
        posthorn::options o;
        o.in_flight_per_webhook = s.connections;
        o.in_flight_per_shard = s.connections;
        return o;
    }

    void dispatch_next() {
        if (loop->to_dispatch == 0)
            return;
        --loop->to_dispatch;
        ++subject.id;
        loop_observer::started = steady::now();
        hooks.dispatch(posthorn::modified(subject, subject));
    }

    // Runs `count` deliveries with `window` open.
    void play(boost::asio::io_context& io, std::size_t count, std::size_t window) {
        loop->latency_ns.clear();
        loop->settled = 0;
        loop->to_dispatch = count;
        boost::asio::post(io, [this, window] {
            for (std::size_t i = 0; i != window; ++i)
                dispatch_next();
        });
        while (loop->settled != count)
            io.run_one();
    }

    item subject{0, {}};
    std::shared_ptr<closed_loop> loop;
    posthorn::dispatcher<objects, policies> hooks;
};

[[nodiscard]] double percentile(std::vector<std::uint32_t>& sorted, double p) {
    auto const at = static_cast<std::size_t>(p * static_cast<double>(sorted.size() - 1));
    return sorted[at] / 1000.0;
}

} // namespace

int main(int argc, char** argv) {
    auto const s = parse(argc, argv);
    if (s.port == 0) {
        std::fputs("usage: posthorn_loopback --port P [--connections N] [--requests N] [--core N] [--fifo]\n",
                   stderr);
        return 2;
    }
    place(s);
    boost::asio::io_context io(1);
    host bench(s, io);
    bench.hooks.async_run(boost::asio::detached);
    bench.play(io, std::max<std::size_t>(s.requests / 10, s.connections), s.connections);

    auto const before = bench::allocations();
    auto const start = steady::now();
    bench.play(io, s.requests, s.connections);
    auto const seconds = std::chrono::duration<double>(steady::now() - start).count();
    auto const after = bench::allocations();

    auto& latency = bench.loop->latency_ns;
    std::sort(latency.begin(), latency.end());
    std::printf("{\"name\":\"posthorn\",\"connections\":%zu,\"requests\":%zu,\"failed\":%zu,\"seconds\":%.3f,"
                "\"per_second\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"allocations_per_delivery\":%.2f}\n",
                s.connections, s.requests, bench.loop->failed, seconds,
                static_cast<double>(s.requests) / seconds, percentile(latency, 0.5),
                percentile(latency, 0.99),
                static_cast<double>(after.count - before.count) / static_cast<double>(s.requests));
    bench.hooks.stop();
    io.run();
    return bench.loop->failed == 0 ? 0 : 1;
}
