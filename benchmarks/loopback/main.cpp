// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The whole way of a delivery over loopback, on one thread: dispatch, match, render, store, sign, send,
// settle. Counts from dispatch() to the notice that the delivery is settled. Options and output:
// benchmarks/common/sender.hpp.

#include <posthorn/defaults.hpp>
#include <posthorn/retry/no_retry.hpp>

#include "../common/allocations.hpp"
#include "../common/sender.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/describe/class.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace {

struct item {
    std::string id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, text))

using objects = posthorn::catalog<posthorn::object<item, "item">>;

// The load, and which deliveries are on their way.
struct traffic {
    explicit traffic(bench::sender_options const& wanted) : load(wanted) {
        open.reserve(4 * wanted.connections);
    }

    bench::load load;
    bench::steady::time_point started;
    boost::unordered_flat_map<posthorn::uuid, bench::steady::time_point, posthorn::uuid_hash> open;
    std::size_t failed = 0;
    // What a settled delivery makes room for.
    std::function<void()> next;
};

class traffic_observer {
  public:
    explicit traffic_observer(std::shared_ptr<traffic> what) : traffic_(std::move(what)) {}

    void on_accepted(posthorn::accepted_notice const& n) {
        traffic_->open.try_emplace(n.what.id(), traffic_->started);
    }

    void on_settled(posthorn::settled_notice const& n) {
        auto const it = traffic_->open.find(n.delivery);
        traffic_->load.end(it->second);
        traffic_->open.erase(it);
        traffic_->failed += n.state != posthorn::delivery_state::delivered;
        traffic_->next();
    }

  private:
    std::shared_ptr<traffic> traffic_;
};

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_observer<
                      traffic_observer>::with_retry<posthorn::no_retry> {};

class host {
  public:
    explicit host(bench::sender_options const& wanted)
        : connections_(wanted.connections),
          traffic_(std::make_shared<traffic>(wanted)),
          hooks_(posthorn::shards::single_threaded(io_), posthorn::allow_list().allow_loopback(wanted.port),
                 traffic_observer(traffic_), transport(wanted), tuned(wanted)) {
        constexpr std::string_view without_text = R"({"type":"item.modified","id":"","text":""})";
        subject_.id.assign(bench::message_body::digits, '0');
        subject_.text.assign(wanted.body - without_text.size() - subject_.id.size(), 'x');
        save(wanted);
    }

    void run() {
        hooks_.async_run(boost::asio::detached);
        traffic_->next = [this] { dispatch_due(); };
        boost::asio::post(io_, [this] { keep_dispatching(); });
        io_.run();
        if (traffic_->failed != 0)
            throw std::runtime_error(std::to_string(traffic_->failed) + " deliveries failed");
    }

    void print(bench::sender_options const& wanted) {
        char more[64];
        std::snprintf(more, sizeof more, ",\"allocations_per_delivery\":%.4f",
                      static_cast<double>(allocated_) / static_cast<double>(wanted.requests));
        traffic_->load.print("posthorn", more);
    }

  private:
    static posthorn::beast_async transport(bench::sender_options const& wanted) {
        posthorn::beast_async t;
        if (wanted.tls())
            t.trust_file(wanted.ca);
        return t;
    }

    static posthorn::options tuned(bench::sender_options const& wanted) {
        posthorn::options o;
        o.in_flight_per_webhook = o.in_flight_at_start = wanted.connections;
        o.in_flight_per_shard = wanted.connections;
        return o;
    }

    void save(bench::sender_options const& wanted) {
        auto draft = hooks_.webhook("bench")
                         .on<item>(posthorn::action::modified)
                         .post((wanted.tls() ? "https://" : "http://") + wanted.host() + ":" +
                               std::to_string(wanted.port) + "/hooks/item")
                         .body(R"({"type":"item.modified","id":"{{item.id}}","text":"{{item.text}}"})");
        if (!wanted.secret.empty())
            std::move(draft).sign(posthorn::secret(wanted.secret));
        if (auto const saved = hooks_.save(draft); !saved)
            throw std::runtime_error(saved.error().text());
    }

    // In an open loop again and again, between whatever else is to be done, without ever sleeping.
    void keep_dispatching() {
        dispatch_due();
        if (traffic_->load.is_open_loop() && !traffic_->load.is_over())
            boost::asio::post(io_, [this] { keep_dispatching(); });
    }

    // In a closed loop as many as there are connections, in an open loop whatever is due.
    void dispatch_due() {
        auto& load = traffic_->load;
        if (load.is_over())
            return finish();
        while ((load.is_open_loop() || traffic_->open.size() < connections_) && load.is_due()) {
            if (load.is_warming_up())
                allocated_before_ = bench::allocations().count;
            bench::message_body::write_number(subject_.id.data() + subject_.id.size(), ++number_);
            traffic_->started = load.start();
            hooks_.dispatch(posthorn::modified(subject_, subject_));
        }
    }

    void finish() {
        allocated_ = bench::allocations().count - allocated_before_;
        hooks_.stop();
    }

    boost::asio::io_context io_{1};
    item subject_;
    std::size_t connections_;
    std::shared_ptr<traffic> traffic_;
    posthorn::dispatcher<objects, policies> hooks_;
    std::uint64_t number_ = 0;
    std::uint64_t allocated_before_ = 0;
    std::uint64_t allocated_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, [](bench::sender_options const& wanted) {
        host sender(wanted);
        sender.run();
        sender.print(wanted);
    });
}
