// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/concepts/transport.hpp>
#include <posthorn/model/url.hpp>
#include <posthorn/testing/conformance.hpp>
#include <posthorn/testing/loopback_receiver.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of Transport and of BlockingTransport as cases that run against any model, under any test
/// framework:
/// @code
/// for (auto const& c : posthorn::testing::transport_cases<my_transport>([] { return my_transport(); }))
///     SECTION(c.name()) { c.run(); }                        // Catch2; or SUBCASE, BOOST_DATA_TEST_CASE, a
///     plain loop
/// @endcode
/// The factory gives a transport that is not bound yet. Each case runs it on a context of its own against a
/// server on 127.0.0.1 that the suite brings, in real time: the cases that wait for a deadline take some
/// tenths of a second. `run` throws `conformance_failure` with the rule that is broken.
namespace posthorn::testing {

namespace detail {

// One bound transport, one receiver, and what a case does with them. A transport that blocks is called on
// threads of its own, so that the receiver can answer.
template <class T, bool Blocks>
class transport_bench {
  public:
    using milliseconds = std::chrono::milliseconds;

    explicit transport_bench(T transport, exchange_limits limits)
        : receiver(io), transport_(std::make_shared<T>(std::move(transport))) {
        transport_context context;
        if constexpr (!Blocks)
            context.executor = io.get_executor();
        context.allows_endpoint = [](url const&) { return true; };
        context.allows_address = [this](boost::asio::ip::address const&, std::uint16_t port) {
            std::scoped_lock const lock(asked_);
            asked_ports.push_back(port);
            return allows;
        };
        context.resolver = std::make_shared<resolver_pool>(
            1, 16, [] { return std::chrono::time_point_cast<duration>(std::chrono::steady_clock::now()); });
        context.limits = limits;
        if constexpr (requires { transport_->bind(context); })
            transport_->bind(context);
        endpoint_ = *parse_url("http://127.0.0.1:" + std::to_string(receiver.port()) + "/ignored");
    }

    transport_bench(transport_bench const&) = delete;
    transport_bench& operator=(transport_bench const&) = delete;

    ~transport_bench() {
        if constexpr (Blocks)
            transport_->cancel();
        for (auto& c : callers_)
            c.join();
    }

    // Deadlines that a test can wait for.
    [[nodiscard]] static exchange_limits short_limits() {
        exchange_limits l;
        l.response = milliseconds(200);
        l.total = milliseconds(400);
        l.body = milliseconds(100);
        l.tick = milliseconds(20);
        return l;
    }

    [[nodiscard]] request make(verb method = verb::post, std::string_view body = "{}",
                               std::uint8_t lane = 1) const {
        request r;
        r.endpoint = &*endpoint_;
        r.method = method;
        r.target = "/hook?a=b";
        r.headers = "Content-Type: application/json\r\nX-One: 1\r\n";
        r.secret_headers = "Authorization: Bearer x\r\n";
        r.signature_headers = "webhook-id: i\r\n";
        r.body = body;
        r.lane.data[0] = lane;
        return r;
    }

    // Starts an exchange; `outcome` is set when it has ended.
    void start(request const& what, std::optional<exchange>& outcome) {
        if constexpr (Blocks)
            callers_.emplace_back([this, what, &outcome] {
                boost::asio::post(
                    io, [&outcome, x = transport_->call(what)]() mutable { outcome = std::move(x); });
            });
        else
            boost::asio::co_spawn(io, carry(transport_, what), [&outcome](std::exception_ptr e, exchange x) {
                outcome = e ? exchange(errc::policy_threw) : std::move(x);
            });
    }

    // Runs until `done`; fails after much longer than any limit.
    void run_until(std::function<bool()> const& done, char const* rule) {
        io.restart();
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!done())
            require(io.run_one_until(end) != 0, rule);
    }

    [[nodiscard]] exchange send(request const& what) {
        std::optional<exchange> outcome;
        start(what, outcome);
        run_until([&] { return outcome.has_value(); },
                  "nothing a receiver does holds a send longer than the limits say");
        return *std::move(outcome);
    }

    [[nodiscard]] exchange send() { return send(make()); }

    [[nodiscard]] exchange send_to(wire_reply reply) {
        receiver.answer(std::move(reply));
        return send();
    }

    void cancel() noexcept { transport_->cancel(); }

    // Goes last: it owns what the others have pending.
    boost::asio::io_context io;
    loopback_receiver receiver;
    bool allows = true;
    std::vector<std::uint16_t> asked_ports;

  private:
    // The transport outlives its sends, as under a dispatcher, also when the context is destroyed with them.
    static boost::asio::awaitable<exchange> carry(std::shared_ptr<T> by, request what) {
        if constexpr (StartableTransport<T>) {
            exchange outcome;
            bool starting = false;
            auto sent = posthorn::detail::suspend(starter{by.get(), &what, &outcome, &starting});
            co_await std::move(sent); // NOLINT(performance-move-const-arg)
            require(!starting, "done is never called inside start");
            co_return outcome;
        } else {
            co_return co_await by->send(what);
        }
    }

    struct starter {
        void operator()(send_handler done) const {
            *starting = true;
            by->start(*what, *outcome, std::move(done));
            *starting = false;
        }
        T* by;
        request const* what;
        exchange* outcome;
        bool* starting;
    };

    // A thread that calls is no work that the context knows of.
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy_{io.get_executor()};
    std::mutex asked_;
    std::optional<url> endpoint_;
    std::shared_ptr<T> transport_;
    std::vector<std::thread> callers_;
};

template <class B>
void transport_request_cases(auto const& add) {
    add("a_request_is_written_byte_for_byte", [](B& b) {
        constexpr char bytes[] = "{\"a\": \"\xc3\xa9\"}\0\r\n\r\n\xff";
        std::string const body(bytes, sizeof(bytes) - 1);
        require(!b.send(b.make(verb::post, body)).error, "a 200 is a success");
        require(b.receiver.requests().size() == 1, "one send is one request");
        auto const& got = b.receiver.requests()[0];
        auto const head = "POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(b.receiver.port()) +
                          "\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\nContent-Type: application/json\r\nX-One: 1\r\nAuthorization: Bearer "
                          "x\r\nwebhook-id: i\r\n\r\n";
        require(got.head() == head,
                "the head is request line, Host, Content-Length and the three header blocks as they are");
        require(got.body() == body, "the body is sent byte for byte");
    });
    for (auto const method : {verb::get, verb::post, verb::put, verb::patch, verb::delete_})
        add("a_" + std::string(to_string(method)) + "_is_sent_as_such", [method](B& b) {
            bool const has_body = needs_body(method);
            require(!b.send(b.make(method, has_body ? "x" : "")).error, "every method can succeed");
            auto const& got = b.receiver.requests().at(0);
            require(got.head().starts_with(std::string(to_string(method)) + " /hook?a=b HTTP/1.1\r\n"),
                    "the request line names the method and the target");
            require(got.head().ends_with("webhook-id: i\r\n\r\n") && got.body() == (has_body ? "x" : ""),
                    "a request without a body ends with its head");
        });
    add("a_large_body_arrives_whole", [](B& b) {
        std::string body;
        for (int i = 0; body.size() < (1 << 20); ++i)
            body += std::to_string(i);
        require(!b.send(b.make(verb::post, body)).error, "a body of a MiB is sent");
        require(b.receiver.requests().at(0).body() == body, "a large body arrives byte for byte");
    });
}

template <class B>
void transport_response_cases(auto const& add) {
    for (int const status : {200, 201, 202, 204, 299})
        add("a_" + std::to_string(status) + "_is_success", [status](B& b) {
            auto const x = b.send_to(wire_reply(status == 204 ? "HTTP/1.1 204 No Content\r\n\r\n"
                                                              : wire_reply::status(status, "ok").bytes()));
            require(!x.error, "a 2xx response is success");
            require(x.response.status == status, "the outcome tells the status");
        });
    for (int const status : {300, 301, 304, 400, 401, 404, 410, 413, 429, 500, 503, 599})
        add("a_" + std::to_string(status) + "_is_an_error_that_tells_the_status", [status](B& b) {
            auto const x = b.send_to(wire_reply(status == 304 ? "HTTP/1.1 304 Not Modified\r\n\r\n"
                                                              : wire_reply::status(status, "no").bytes()));
            require(x.error == errc::http_status, "a final status that is not 2xx is errc::http_status");
            require(x.response.status == status, "the outcome tells the status");
        });
    add("a_redirect_is_told_and_not_followed", [](B& b) {
        auto const x = b.send_to(wire_reply::status(302, "", "Location: /elsewhere\r\n"));
        require(x.error == errc::http_status && x.response.location == "/elsewhere",
                "a redirect names its Location");
        require(b.receiver.requests().size() == 1, "a redirect is not followed");
    });
    add("retry_after_is_told", [](B& b) {
        auto const x = b.send_to(wire_reply::status(503, "", "Retry-After: 120\r\n"));
        require(x.response.retry_after == "120", "the outcome tells Retry-After as it was sent");
    });
    add("the_body_is_told_up_to_a_limit", [](B& b) {
        require(b.send_to(wire_reply::status(500, "short")).response.excerpt == "short",
                "the outcome tells the body");
        auto const x = b.send_to(wire_reply::status(200, std::string(1 << 20, 'x')));
        require(!x.error, "a large response body does not spoil a success");
        require(x.response.excerpt == std::string(exchange_limits().body_kept, 'x'),
                "of a response body the first bytes are kept, up to the limit");
    });
    add("a_chunked_body_is_decoded", [](B& b) {
        auto const x = b.send_to(wire_reply(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"));
        require(!x.error && x.response.excerpt == "abcde", "a chunked body is decoded");
    });
    add("a_response_may_come_byte_by_byte", [](B& b) {
        auto const x = b.send_to(wire_reply::status(201, "ok").slowly(std::chrono::milliseconds(0)));
        require(!x.error && x.response.status == 201 && x.response.excerpt == "ok",
                "a response in pieces is a response like any other");
    });
    add("an_interim_response_is_skipped", [](B& b) {
        auto const x =
            b.send_to(wire_reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" +
                                 wire_reply::status(201, "ok").bytes()));
        require(!x.error && x.response.status == 201,
                "the first final response decides, interim ones are skipped");
    });
    add("endless_interim_responses_are_an_error", [](B& b) {
        std::string many;
        for (int i = 0; i != 100; ++i)
            many += "HTTP/1.1 102 Processing\r\n\r\n";
        require(b.send_to(wire_reply(many)).error == errc::too_many_interim,
                "interim responses are limited in number");
    });
    add("an_upgrade_that_nobody_asked_for_is_an_error", [](B& b) {
        auto const x = b.send_to(wire_reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"));
        require(x.error == errc::unexpected_upgrade, "101 is errc::unexpected_upgrade");
    });
}

template <class B>
void transport_connection_cases(auto const& add) {
    add("a_connection_is_used_again_by_its_lane", [](B& b) {
        auto const first = b.send_to(wire_reply::status(200, "ok"));
        auto const second = b.send();
        require(!first.error && !second.error && b.receiver.connections() == 1,
                "a lane keeps its connection");
        require(!first.reused_connection && second.reused_connection,
                "the outcome tells whether a connection is reused");
    });
    add("a_connection_is_not_shared_between_lanes", [](B& b) {
        require(!b.send(b.make(verb::post, "{}", 1)).error && !b.send(b.make(verb::post, "{}", 2)).error,
                "lanes do not disturb each other");
        require(b.receiver.connections() == 2, "requests of different lanes never share a connection");
    });
    add("a_connection_that_the_receiver_will_close_is_not_used_again", [](B& b) {
        for (auto const* const reply : {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                                        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"})
            require(!b.send_to(wire_reply(reply)).error, "such a response is a success");
        require(!b.send().error && b.receiver.connections() == 3,
                "Connection: close and HTTP/1.0 end a connection");
    });
    add("a_connection_that_was_closed_meanwhile_costs_no_delivery", [](B& b) {
        require(!b.send_to(wire_reply::status(200).then_close()).error, "a 200 is a success");
        for (int i = 0; i != 3; ++i)
            b.io.poll();
        require(!b.send().error && b.receiver.connections() == 2,
                "a connection that the receiver closed is not used");
    });
    add("many_sends_at_once_get_each_its_own_answer", [](B& b) {
        b.receiver.answer([](received_request const& r) { return wire_reply::status(200, r.body()); });
        constexpr std::size_t count = 20;
        std::vector<std::string> texts;
        for (std::size_t i = 0; i != count; ++i)
            texts.push_back("body " + std::to_string(i));
        std::vector<request> all;
        for (auto const& text : texts)
            all.push_back(b.make(verb::post, text));
        std::vector<std::optional<exchange>> outcomes(count);
        for (std::size_t i = 0; i != count; ++i)
            b.start(all[i], outcomes[i]);
        b.run_until(
            [&] { return std::all_of(outcomes.begin(), outcomes.end(), [](auto const& o) { return !!o; }); },
            "sends at one time all complete");
        for (std::size_t i = 0; i != count; ++i)
            require(!outcomes[i]->error && outcomes[i]->response.excerpt == texts[i],
                    "an answer belongs to its request");
    });
    add("a_refused_connection_is_told", [](B& b) {
        b.receiver.close();
        require(b.send().error == errc::connect_refused,
                "a port that nobody listens on is errc::connect_refused");
    });
    add("an_address_that_the_guard_refuses_is_not_connected_to", [](B& b) {
        b.allows = false;
        require(b.send().error == errc::blocked_address, "a refused address is errc::blocked_address");
        b.io.poll();
        require(b.receiver.connections() == 0, "a refused address is not connected to");
        require(b.asked_ports == std::vector<std::uint16_t>{b.receiver.port()},
                "the guard is asked with the port");
    });
}

template <class B>
void transport_hostile_cases(auto const& add) {
    add("a_connection_that_is_closed_without_an_answer_is_an_error", [](B& b) {
        auto const x = b.send_to(wire_reply("").then_close());
        require(x.error == errc::eof_before_response || x.error == errc::connection_reset,
                "a connection that ends before the response is eof_before_response or connection_reset");
    });
    add("a_header_that_breaks_off_is_an_error", [](B& b) {
        auto const x = b.send_to(wire_reply("HTTP/1.1 200 OK\r\nContent-Le").then_close());
        require(x.error == errc::partial_response || x.error == errc::connection_reset,
                "a response that breaks off inside its header is partial_response");
    });
    add("what_is_not_http_is_an_error_that_is_tried_again", [](B& b) {
        for (auto const* const reply :
             {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/3.0 200 OK\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
              "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: a\r\n\r\n"})
            require(b.send_to(wire_reply(reply).then_close()).error == condition::retryable,
                    "an answer that is no HTTP is an error, and retryable");
    });
    add("a_header_that_is_too_large_is_an_error", [](B& b) {
        auto const x =
            b.send_to(wire_reply("HTTP/1.1 200 OK\r\nX: " + std::string(64 * 1024, 'x') + "\r\n\r\n"));
        require(x.error == errc::header_limit, "a response header beyond the limit is errc::header_limit");
    });
    add("a_header_with_too_many_fields_is_an_error", [](B& b) {
        std::string fields;
        for (int i = 0; i != 200; ++i)
            fields += "X: y\r\n";
        auto const x = b.send_to(wire_reply("HTTP/1.1 200 OK\r\n" + fields + "\r\n"));
        require(x.error == errc::header_limit, "a response with too many fields is errc::header_limit");
    });
}

template <class B>
void transport_deadline_cases(auto const& add) {
    // `longest` in milliseconds, generous: what counts is that a deadline is kept at all.
    auto const within = [](B& b, wire_reply reply, int longest) {
        auto const begin = std::chrono::steady_clock::now();
        auto x = b.send_to(std::move(reply));
        require(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(longest),
                "an exchange ends soon after its deadline");
        return x;
    };
    add("a_receiver_that_does_not_answer_times_out", [within](B& b) {
        auto const x = within(b, wire_reply(""), 2000);
        require(x.error == errc::response_timeout, "no response in time is errc::response_timeout");
    });
    add("a_header_that_trickles_does_not_extend_the_deadline", [within](B& b) {
        auto const x = within(b,
                              wire_reply("HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x'))
                                  .slowly(std::chrono::milliseconds(5)),
                              2000);
        require(x.error == condition::timeout, "bytes that trickle in extend no deadline");
    });
    add("a_request_may_have_a_limit_of_its_own", [](B& b) {
        b.receiver.answer(wire_reply("HTTP/1.1 200 OK\r\nX: y"));
        auto what = b.make();
        what.limit = std::chrono::milliseconds(20);
        auto const begin = std::chrono::steady_clock::now();
        auto const x = b.send(what);
        require(x.error == errc::total_timeout,
                "a request that takes longer than its limit is errc::total_timeout");
        require(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(150),
                "a request's own limit ends it before the transport's limits do");
        what.limit = std::chrono::hours(1);
        require(b.send(what).error == errc::response_timeout, "a request's own limit extends no other");
    });
    add("a_body_that_never_ends_does_not_undo_the_answer", [within](B& b) {
        auto const x = within(b, wire_reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"), 2000);
        require(!x.error && x.response.status == 200 && x.response.excerpt == "begin",
                "the header decides the exchange; the body is waited for a little");
    });
    add("a_connection_with_an_unfinished_body_is_not_used_again", [within](B& b) {
        (void)within(b, wire_reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin"), 2000);
        auto const x = b.send_to(wire_reply::status(200, "next"));
        require(!x.error && x.response.excerpt == "next" && b.receiver.connections() == 2,
                "a connection whose response was not read to its end is closed");
    });
}

template <class B>
void transport_cancel_cases(auto const& add) {
    add("cancel_ends_what_is_in_flight", [](B& b) {
        b.receiver.answer(wire_reply(""));
        auto const what = b.make();
        std::optional<exchange> first;
        std::optional<exchange> second;
        b.start(what, first);
        b.start(what, second);
        b.run_until([&] { return b.receiver.requests().size() == 2; }, "requests that are started arrive");
        b.cancel();
        b.run_until([&] { return first && second; }, "cancel makes every send in flight complete");
        require(first->error == errc::cancelled && second->error == errc::cancelled,
                "a send that was cancelled is errc::cancelled");
    });
    add("cancel_without_a_send_is_harmless_and_a_later_send_works", [](B& b) {
        b.cancel();
        require(!b.send().error, "a transport works on after cancel");
        b.cancel();
        require(!b.send().error, "a transport works on after cancel");
    });
    add("a_context_that_ends_with_sends_in_flight_leaves_nothing", [](B& b) {
        b.receiver.answer(wire_reply(""));
        auto const what = b.make();
        std::optional<exchange> outcome;
        b.start(what, outcome);
        b.run_until([&] { return !b.receiver.requests().empty(); }, "requests that are started arrive");
        require(!outcome, "a send waits for its response");
    });
}

} // namespace detail

namespace detail {

template <class T, bool Blocks, class Factory>
[[nodiscard]] conformance_cases make_transport_cases(Factory factory) {
    using bench = transport_bench<T, Blocks>;
    conformance_cases cases;
    exchange_limits limits;
    auto const add = [&](std::string name, std::function<void(bench&)> body) {
        cases.emplace_back(std::move(name), [factory, limits, body = std::move(body)] {
            bench b(factory(), limits);
            body(b);
        });
    };
    transport_request_cases<bench>(add);
    transport_response_cases<bench>(add);
    transport_connection_cases<bench>(add);
    transport_hostile_cases<bench>(add);
    transport_cancel_cases<bench>(add);
    limits = bench::short_limits();
    transport_deadline_cases<bench>(add);
    return cases;
}

} // namespace detail

/// The rules of Transport, over HTTP; of `start` where there is one, as a dispatcher does, else of `send`.
///
/// @param factory gives a transport that is not bound; called once per case
template <Transport T, class Factory>
    requires std::is_invocable_r_v<T, Factory const&>
[[nodiscard]] conformance_cases transport_cases(Factory factory) {
    return detail::make_transport_cases<T, false>(std::move(factory));
}

/// The same for BlockingTransport.
template <BlockingTransport T, class Factory>
    requires std::is_invocable_r_v<T, Factory const&>
[[nodiscard]] conformance_cases blocking_transport_cases(Factory factory) {
    return detail::make_transport_cases<T, true>(std::move(factory));
}

} // namespace posthorn::testing
