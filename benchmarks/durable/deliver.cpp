// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The whole way of a delivery: a thread of the host that commits transactions, a thread that delivers, and
// the storage's own; the same with the storage in memory.

#include <posthorn/retry/no_retry.hpp>

#include "durable.hpp"
#include "peer.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <concepts>
#include <thread>

namespace bench {

namespace {

// What was settled, and a thread that waits for it.
class progress {
  public:
    // Wakes the waiting thread at each `step` settlements, and at the last one.
    explicit progress(std::size_t step) : step_(step) {}

    void count(bool delivered) {
        failed_ += !delivered;
        if (auto const n = settled_.fetch_add(1, std::memory_order_acq_rel) + 1; n % step_ == 0)
            settled_.notify_one();
    }

    // Until at least `wanted` are settled, a multiple of the step.
    void wait(std::size_t wanted) const {
        for (auto n = settled_.load(); n < wanted; n = settled_.load())
            settled_.wait(n);
        if (failed_ != 0)
            throw std::runtime_error(std::to_string(failed_) + " deliveries failed");
    }

  private:
    std::size_t step_;
    std::atomic<std::size_t> settled_{0};
    std::atomic<std::size_t> failed_{0};
};

class progress_observer {
  public:
    explicit progress_observer(std::shared_ptr<progress> of) : of_(std::move(of)) {}

    void on_settled(posthorn::settled_notice const& n) {
        of_->count(!n.lost && n.state == posthorn::delivery_state::delivered);
    }

  private:
    std::shared_ptr<progress> of_;
};

template <class Storage>
struct policies
    : posthorn::default_policies::with_storage<Storage>::template with_guard<posthorn::allow_list>::
          template with_observer<progress_observer>::template with_retry<posthorn::no_retry> {};

template <class Storage>
class delivering_host {
    static constexpr bool durable = std::same_as<Storage, posthorn::sqlite_storage>;

  public:
    delivering_host(durable_options const& wanted, std::uint16_t port)
        : progress_(std::make_shared<progress>(wanted.batch)),
          subject_(wanted.body),
          batch_(wanted.batch),
          file_(wanted),
          hooks_(posthorn::shards::single_threaded(io_), storage(wanted),
                 posthorn::allow_list().allow_loopback(port), progress_observer(progress_), tuned(wanted)) {
        if constexpr (durable) {
            connection_ = connect(file_.path(), wanted.durability);
            session_.emplace(connection_.get());
        }
        auto const to = "http://127.0.0.1:" + std::to_string(port) + "/hooks/item";
        numbered_item::save_webhook(hooks_, to, sender_options().secret);
        hooks_.async_run(boost::asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }

    ~delivering_host() {
        hooks_.stop();
        thread_.join();
    }

    // A transaction of one batch. Gives when its commit was called for.
    steady::time_point dispatch() {
        auto tx = begin();
        for (std::size_t i = 0; i != batch_; ++i)
            tx.created(subject_.next());
        auto const called = steady::now();
        if (auto const report = tx.commit(); report.accepted() != batch_)
            throw std::runtime_error("not accepted: " + report.error().message());
        dispatched_ += batch_;
        return called;
    }

    // Waits until at most `open` events are not settled.
    void wait(std::size_t open) const {
        if (dispatched_ > open)
            progress_->wait(dispatched_ - open);
    }

  private:
    [[nodiscard]] static posthorn::options tuned(durable_options const& wanted) {
        posthorn::options o;
        o.in_flight_per_webhook = o.in_flight_at_start = wanted.connections;
        o.in_flight_per_shard = wanted.connections;
        return o;
    }

    [[nodiscard]] Storage storage(durable_options const& wanted) const {
        if constexpr (durable)
            return open_storage(file_.path(), wanted.durability);
        else
            return Storage();
    }

    [[nodiscard]] auto begin() {
        if constexpr (durable)
            return hooks_.begin(posthorn::sqlite_transaction(*session_));
        else
            return hooks_.begin();
    }

    boost::asio::io_context io_{1};
    std::shared_ptr<progress> progress_;
    numbered_item subject_;
    std::size_t batch_;
    database_file file_;
    posthorn::dispatcher<objects, policies<Storage>> hooks_;
    connection connection_;
    std::optional<posthorn::sqlite_session> session_;
    std::size_t dispatched_ = 0;
    std::thread thread_;
};

[[nodiscard]] std::string setting(durable_options const& wanted) {
    return text_member("storage", wanted.memory ? "memory" : "sqlite") +
           text_member("durability", wanted.memory ? "none" : name_of(wanted.durability));
}

template <class Storage>
void deliver(durable_options const& wanted) {
    constexpr std::size_t warmup = 2000;
    delivering_host<Storage> host(wanted, wanted.port);
    for (std::size_t n = 0; n < warmup; n += wanted.batch)
        host.dispatch();
    host.wait(0);
    auto const steps = (wanted.count + wanted.batch - 1) / wanted.batch;
    stopwatch watch;
    for (std::size_t i = 0; i != steps; ++i) {
        host.wait(wanted.window - wanted.batch);
        watch.step(host.dispatch());
    }
    host.wait(0);
    watch.print("deliver", steps * wanted.batch,
                number_member("batch", wanted.batch) + number_member("connections", wanted.connections) +
                    setting(wanted));
}

template <class Storage>
void see_first_byte(durable_options wanted) {
    using namespace std::chrono_literals;
    constexpr std::size_t warmup = 50;
    wanted.batch = 1;
    wanted.connections = 1;
    peer receiver(wanted.receiver_core);
    percentiles from_call;
    percentiles from_return;
    percentiles commit;
    {
        delivering_host<Storage> host(wanted, receiver.port());
        for (std::size_t i = 0; i != wanted.count + warmup; ++i) {
            auto const called = host.dispatch();
            auto const returned = steady::now();
            host.wait(0);
            // Whoever has just worked is to sleep again.
            std::this_thread::sleep_for(1ms);
            if (i < warmup)
                continue;
            from_call.add(receiver.last_seen() - called);
            from_return.add(receiver.last_seen() - returned);
            commit.add(returned - called);
        }
    }
    std::printf("{\"name\":\"first_byte\",\"requests\":%zu,\"from_call_us\":%s,\"from_return_us\":%s,"
                "\"commit_us\":%s%s}\n",
                wanted.count, from_call.json().c_str(), from_return.json().c_str(), commit.json().c_str(),
                setting(wanted).c_str());
}

} // namespace

void measure_delivery(durable_options const& wanted) {
    if (wanted.port == 0)
        throw std::invalid_argument("--port of a receiver is missing");
    wanted.memory ? deliver<posthorn::memory_storage>(wanted) : deliver<posthorn::sqlite_storage>(wanted);
}

void measure_first_byte(durable_options const& wanted) {
    wanted.memory ? see_first_byte<posthorn::memory_storage>(wanted)
                  : see_first_byte<posthorn::sqlite_storage>(wanted);
}

} // namespace bench
