// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host that already has a way out: requests go into its own queue instead of a socket. Only the API is
// included here; the policies that this host chooses bring no Beast and no OpenSSL.

#include <posthorn/environment/system_clock.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/posthorn.hpp>
#include <posthorn/retry/no_retry.hpp>
#include <posthorn/signing/no_signature.hpp>
#include <posthorn/storage/memory.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

struct order {
    std::uint64_t id;
    std::string instrument;
    double price;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, instrument, price))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

// Models posthorn::Transport: a handle to the host's queue.
class queue_transport {
  public:
    [[nodiscard]] boost::asio::awaitable<posthorn::exchange> send(posthorn::request const& what) {
        std::string line(to_string(what.method));
        line.append(" ").append(what.endpoint->authority()).append(what.target).append(" ").append(what.body);
        sent_->push_back(line);
        posthorn::exchange done;
        done.response.status = 202;
        co_return done;
    }

    void cancel() noexcept {}

    [[nodiscard]] std::vector<std::string> const& sent() const { return *sent_; }

  private:
    std::shared_ptr<std::vector<std::string>> sent_ = std::make_shared<std::vector<std::string>>();
};

static_assert(posthorn::check_transport<queue_transport>());

struct policies : posthorn::default_policies::with_transport<queue_transport>::with_signer<
                      posthorn::no_signature>::with_retry<posthorn::no_retry> {};

int main() {
    boost::asio::io_context io;
    queue_transport const transport;
    posthorn::dispatcher<objects, policies> hooks{io, transport};
    auto const saved =
        hooks.save(hooks.webhook("Clearing")
                       .on<order>()
                       .put("https://clearing.example.com/orders/{{order.id}}")
                       .body(R"({"instrument": {{order.instrument}}, "price": {{order.price}}})"));
    if (!saved) {
        std::puts(saved.error().text().c_str());
        return 1;
    }
    hooks.async_run(boost::asio::detached);
    order const filled{7, "ACME \"A\"", 12.5};
    hooks.dispatch(posthorn::created(filled));
    hooks.async_drain(std::chrono::seconds(10), boost::asio::detached);
    io.run();

    for (auto const& line : transport.sent())
        std::puts(line.c_str());
    std::string const expected =
        R"(PUT clearing.example.com/orders/7 {"instrument": "ACME \"A\"", "price": 12.5})";
    return transport.sent() == std::vector<std::string>{expected} ? 0 : 1;
}
