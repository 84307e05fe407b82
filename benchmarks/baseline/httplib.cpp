// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What cpp-httplib sends: it blocks, so there is one thread and one client per connection. The options are
// those of common/sender.hpp.

#include "../common/sender.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <httplib.h>
#include <memory>
#include <mutex>
#include <optional>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int timeout_seconds = 30;

// The load that all threads share.
class shared_load {
  public:
    explicit shared_load(bench::sender_options const& wanted) : load_(wanted) {}

    // The instant from which the caller's next request counts; none: there is nothing more to send. One
    // thread at a time asks again and again, so that the process does not sleep; it yields, as the others
    // may have the same core.
    [[nodiscard]] std::optional<bench::steady::time_point> next_start() {
        std::lock_guard const turn(turn_);
        for (;; ::sched_yield()) {
            std::lock_guard const lock(mutex_);
            if (failure_ || load_.is_over())
                return std::nullopt;
            if (load_.is_due())
                return load_.start();
        }
    }

    void end(bench::steady::time_point started) {
        std::lock_guard const lock(mutex_);
        load_.end(started);
    }

    void fail(std::exception_ptr failure) {
        std::lock_guard const lock(mutex_);
        failure_ = std::move(failure);
    }

    // When the threads have ended: the load, if none of them failed.
    [[nodiscard]] bench::load& result() {
        if (failure_)
            std::rethrow_exception(failure_);
        return load_;
    }

  private:
    std::mutex turn_; // held by the thread that waits for its start
    std::mutex mutex_;
    bench::load load_;
    std::exception_ptr failure_;
};

class connection {
  public:
    connection(bench::sender_options const& wanted, std::uint64_t series)
        : messages_(wanted, series),
          client_((wanted.tls() ? "https://" : "http://") + wanted.host() + ":" +
                  std::to_string(wanted.port)) {
        client_.set_keep_alive(true);
        client_.set_tcp_nodelay(true);
        client_.set_read_timeout(timeout_seconds);
        client_.set_write_timeout(timeout_seconds);
        // Else a socket would be counted for each address of the host that is tried.
        client_.set_address_family(AF_INET);
        client_.set_socket_options([this](socket_t) { ++opened_; });
        if (wanted.tls())
            client_.set_ca_cert_path(wanted.ca);
        headers_.emplace("webhook-id", "");
        headers_.emplace("webhook-timestamp", "");
        if (messages_.is_signed())
            headers_.emplace("webhook-signature", "");
    }

    void send_all(shared_load& load) {
        while (auto const started = load.next_start()) {
            send();
            load.end(*started);
        }
    }

    [[nodiscard]] std::size_t opened() const noexcept { return opened_; }

  private:
    void send() {
        messages_.next();
        set("webhook-id", messages_.id());
        set("webhook-timestamp", messages_.timestamp());
        if (messages_.is_signed())
            set("webhook-signature", messages_.signature());
        auto const body = messages_.body();
        auto const result =
            client_.Post("/hooks/item", headers_, body.data(), body.size(), "application/json");
        if (!result)
            throw std::runtime_error(httplib::to_string(result.error()));
        if (result->status < 200 || result->status > 299)
            throw std::runtime_error("the receiver answered " + std::to_string(result->status));
        if (opened_ > 1)
            throw std::runtime_error("a connection was lost");
    }

    void set(char const* name, std::string_view value) { headers_.find(name)->second.assign(value); }

    bench::signed_messages messages_;
    httplib::Client client_;
    httplib::Headers headers_;
    std::size_t opened_ = 0;
};

void run(bench::sender_options const& wanted) {
    shared_load load(wanted);
    std::vector<std::unique_ptr<connection>> connections;
    for (std::size_t i = 0; i != wanted.connections; ++i)
        connections.push_back(std::make_unique<connection>(wanted, i));
    std::vector<std::thread> threads;
    for (auto const& c : connections)
        threads.emplace_back([&load, &c = *c] {
            try {
                c.send_all(load);
            } catch (...) {
                load.fail(std::current_exception());
            }
        });
    for (auto& t : threads)
        t.join();
    std::size_t opened = 0;
    for (auto const& c : connections)
        opened += c->opened();
    load.result().print("httplib", ",\"connections_opened\":" + std::to_string(opened));
}

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, run);
}
