// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What is left of deliveries over real connections when everything ends at one step or another: the context,
// whoever holds the transport, the exchange by a cancel or by its deadline, the dispatcher.

#include <posthorn/guard/allow_list.hpp>

#include "support/certificates.hpp"
#include "support/dispatcher_fixture.hpp"
#include "support/loopback_server.hpp"
#include "support/transport_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

using peer = loopback_server::peer;

namespace {

// One handler. False: the context is out of work. Throws if neither is so for long.
bool turn(boost::asio::io_context& io) {
    io.restart();
    if (io.run_one_for(20s) != 0)
        return true;
    if (!io.stopped())
        throw std::runtime_error("nothing happens any more");
    return false;
}

void run_dry(boost::asio::io_context& io) {
    while (turn(io)) {
    }
}

// What is trusted is read once.
beast_async const& trusting() {
    static beast_async const transport = beast_async().trust_pem(trusted().pem());
    return transport;
}

// No tick comes by itself, so that the steps are those of the deliveries.
exchange_limits timeless() {
    auto limits = patient();
    limits.tick = 1h;
    return limits;
}

// --- what a delivery goes through ---

struct way {
    char const* what;
    loopback_server::script receiver;
    // By whom the receiver, or the proxy, is asked.
    bool tls = false;
    bool proxy = false;
    // Exchanges that have ended before, and those that go on together.
    std::size_t before = 0;
    std::size_t together = 1;
    std::size_t body = 2;
    // What all of them take, if nothing ends before.
    std::size_t connections = 1;
};

void answer_in_pieces(peer& p) {
    for (;;) {
        p.request();
        for (auto const* const piece : {"HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                                        "ngth: 5\r\n\r\nab", "cde"})
            p.send(piece);
    }
}

void answer_once(peer& p) {
    p.request();
    p.send(plain_200);
    p.request();
}

void answer_early(peer& p) {
    p.take(100);
    p.send(plain_200);
    p.ignore();
}

void lead_and_answer(peer& p) {
    p.request();
    p.send("HTTP/1.1 200 Connection established\r\n\r\n");
    answer_in_pieces(p);
}

void lead_to_tls(peer& p) {
    p.request();
    p.send("HTTP/1.1 200 Connection established\r\n\r\n");
    p.start_tls();
    answer_in_pieces(p);
}

std::vector<way> const& ways() {
    static std::vector<way> const all{
        {"plain", answer_in_pieces},
        {"TLS", answer_in_pieces, true},
        {"kept, plain", answer_in_pieces, false, false, 1},
        {"kept, TLS", answer_in_pieces, true, false, 1},
        {"kept and dead, plain", answer_once, false, false, 1, 1, 2, 2},
        {"kept and dead, TLS", answer_once, true, false, 1, 1, 2, 2},
        {"proxy, plain", lead_and_answer, false, true},
        {"proxy, TLS", lead_to_tls, true, true},
        {"large", answer_in_pieces, false, false, 0, 1, std::size_t{5} << 20},
        {"large and answered early, TLS", answer_early, true, false, 0, 1, std::size_t{5} << 20},
        {"several", answer_in_pieces, false, false, 1, 3, 2, 3},
        {"several, TLS", answer_in_pieces, true, false, 1, 3, 2, 3},
    };
    return all;
}

loopback_server receiver_of(way const& w) {
    std::optional<tls_settings> tls;
    if (w.tls) {
        tls.emplace(trusted().issue("DNS:hooks.example.com"));
        tls->at_once = !w.proxy;
    }
    return loopback_server(w.receiver, std::move(tls));
}

// What whoever waits for an exchange holds, as a worker of a dispatcher does.
struct waiter {
    waiter(beast_async t, std::string const& to, std::string body)
        : transport(std::move(t)), what(to, std::move(body)) {}

    beast_async transport;
    outgoing what;
    exchange outcome;
};

struct resumed {
    void operator()() const { said->push_back(held->outcome.error); }

    std::shared_ptr<waiter> held;
    std::vector<error_code>* said;
};

boost::asio::awaitable<exchange> sending(std::shared_ptr<waiter> held) {
    auto sent = held->transport.send(*held->what);
    held->outcome = co_await std::move(sent);
    co_return held->outcome;
}

enum class waits { as_handler, as_coroutine };

// Deliveries under way, and nobody but who waits for them holds what they need, once they are let go.
class scene {
  public:
    scene(way const& w, std::uint16_t port, waits how = waits::as_handler,
          exchange_limits limits = timeless(), duration limit = {})
        : way_(w), how_(how) {
        transport_context context;
        context.executor = io->get_executor();
        context.allows_address = [](auto const&...) { return true; };
        context.allows_endpoint = [](url const&) { return true; };
        context.resolver = names;
        context.limits = limits;
        transport->bind(std::move(context));
        auto const number = std::to_string(port);
        to_ = (w.tls ? "https://hooks.example.com:" : "http://hooks.example.com:") + number + "/in";
        if (w.proxy) {
            connection_settings s;
            s.proxy = "http://127.0.0.1:" + number;
            s.ca = trusted().pem();
            connection_ = std::make_shared<connection_settings const>(std::move(s));
        }
        for (std::size_t i = 0; i != w.before; ++i)
            BOOST_REQUIRE(!send_one());
        for (std::size_t i = 0; i != w.together; ++i)
            start(limit, said);
    }

    // False: everything has ended, and this did nothing.
    bool step() {
        if (said.size() == way_.together)
            return false;
        BOOST_REQUIRE(turn(*io));
        return true;
    }

    // One more exchange, to its end.
    error_code send_one() {
        std::vector<error_code> result;
        start({}, result);
        while (result.empty())
            BOOST_REQUIRE(turn(*io));
        return result.front();
    }

    scene(scene const&) = delete;
    scene& operator=(scene const&) = delete;
    ~scene() { names->forget(); }

    void let_go() { transport.reset(); }

    // As a dispatcher does, before the context goes.
    void end_context() {
        names->forget();
        io.reset();
    }

    // Whoever waited is gone, with all that it held.
    [[nodiscard]] bool is_free() const {
        return std::all_of(held_.begin(), held_.end(), [](auto const& w) { return w.expired(); });
    }

    // Whether each was told once: of its answer, or of one of `others`.
    [[nodiscard]] bool all_were_told(std::initializer_list<errc> others = {}) const {
        return said.size() == way_.together &&
               std::all_of(said.begin(), said.end(), [&](error_code const& e) {
                   return !e || std::any_of(others.begin(), others.end(), [&](errc o) { return e == o; });
               });
    }

    std::vector<error_code> said;
    std::list<boost::asio::cancellation_signal> signals;
    std::shared_ptr<resolver_pool> const names = std::make_shared<resolver_pool>(
        2, 16, [] { return steady_time(); }, transport_client::everything_here());
    // Outlives the transport.
    std::optional<boost::asio::io_context> io{std::in_place};
    std::optional<beast_async> transport{trusting()};

  private:
    void start(duration limit, std::vector<error_code>& told) {
        auto held = std::make_shared<waiter>(*transport, to_, std::string(way_.body, 'b'));
        held->what->connection = connection_;
        held->what->limit = limit;
        held_.emplace_back(held);
        if (how_ == waits::as_handler) {
            auto& w = *held;
            w.transport.start(*w.what, w.outcome, send_handler(resumed{std::move(held), &told}));
            return;
        }
        signals.emplace_back();
        auto tell = [&told](std::exception_ptr const& thrown, exchange const& x) {
            told.push_back(thrown ? error_code(boost::asio::error::operation_aborted) : x.error);
        };
        boost::asio::co_spawn(*io, sending(std::move(held)),
                              boost::asio::bind_cancellation_slot(signals.back().slot(), tell));
    }

    way const& way_;
    waits how_;
    std::string to_;
    std::shared_ptr<connection_settings const> connection_;
    std::vector<std::weak_ptr<waiter>> held_;
};

// Runs `scene_with(steps)` for each number of steps; it says whether there were more. How a receiver's bytes
// come in, and so the number of steps, is not the same each time: it ends when some scenes had no more.
template <class Scene>
std::size_t for_each_step(Scene scene_with) {
    std::size_t steps = 0;
    for (int ended = 0; ended != 3; ++steps)
        BOOST_TEST_CONTEXT("after " << steps << " steps") {
            ended += scene_with(steps) ? 0 : 1;
        }
    return steps;
}

// Does `end` after each number of steps of a delivery, until deliveries have come to their own end before.
void at_each_step(way const& w, std::function<void(scene&)> const& end, waits how = waits::as_handler) {
    auto server = receiver_of(w);
    BOOST_TEST_CONTEXT(w.what) {
        auto const steps = for_each_step([&](std::size_t count) {
            scene s(w, server.port(), how);
            bool more = true;
            for (std::size_t n = 0; n != count && more; ++n)
                more = s.step();
            end(s);
            s.let_go();
            s.end_context();
            BOOST_TEST(s.is_free());
            BOOST_TEST(s.said.size() <= w.together);
            return more;
        });
        BOOST_TEST_MESSAGE(w.what << ": " << steps << " steps");
        BOOST_TEST(steps > 5U);
    }
}

// --- a blocking transport ---

// Does something at one of many places, on whichever thread comes by.
class tripwire {
  public:
    tripwire(std::size_t places, std::function<void()> what) : left_(places), what_(std::move(what)) {}

    void pass() {
        std::scoped_lock const lock(mutex_);
        if (is_armed_ && left_-- == 0) {
            is_armed_ = false;
            std::exchange(what_, nullptr)();
        }
    }

    // Whether it was not come by. Afterwards nothing is done any more.
    bool disarm() {
        std::scoped_lock const lock(mutex_);
        what_ = nullptr;
        return std::exchange(is_armed_, false);
    }

  private:
    std::mutex mutex_;
    bool is_armed_ = true;
    std::size_t left_;
    std::function<void()> what_;
};

// The same, and comes by a wire between its pieces.
loopback_server::script passing(std::shared_ptr<tripwire> const& wire) {
    return [wire](peer& p) {
        for (;;) {
            wire->pass();
            p.request();
            for (auto const* const piece : {"HTTP/1.1 200 OK\r\nContent-Le", "ngth: 5\r\n\r\nab", "cde"}) {
                wire->pass();
                p.send(piece);
            }
        }
    };
}

transport_context passing(std::shared_ptr<tripwire> const& wire, exchange_limits limits) {
    transport_context context;
    context.allows_address = [wire](auto const&...) {
        wire->pass();
        return true;
    };
    context.allows_endpoint = [wire](url const&) {
        wire->pass();
        return true;
    };
    context.resolver = std::make_shared<resolver_pool>(
        2, 16, [] { return steady_time(); },
        [wire, here = transport_client::everything_here()](std::string const& name) {
            wire->pass();
            return here(name);
        });
    context.limits = limits;
    return context;
}

// --- a dispatcher ---

struct connected_policies
    : default_policies::with_guard<allow_list>::with_clock<testing::simulated_clock>::with_random<
          testing::seeded_random>::with_observer<event_log> {};

// Three events for two receivers, of which one has a name, and the other one speaks TLS.
struct dispatcher_scene {
    static constexpr std::size_t events = 3;

    dispatcher_scene() {
        make();
        save("http://localhost:" + std::to_string(plain.port()) + "/");
        save("https://127.0.0.1:" + std::to_string(over_tls.port()) + "/");
        hooks->async_run(ran.record());
        for (std::size_t i = 0; i != events; ++i) {
            project const p{static_cast<std::int64_t>(i), "P"};
            accepted += hooks->dispatch(created(p)).accepted();
        }
    }

    void make() {
        auto settings = at_once(2);
        settings.exchange = timeless();
        io.emplace();
        hooks.emplace(*io, clock, storage, log, testing::seeded_random(7), settings, trusting(),
                      allow_list().allow_loopback(plain.port()).allow_loopback(over_tls.port()));
    }

    void save(std::string const& to) {
        auto const saved = hooks->save(hooks->webhook(to).on<project>().post(to).body("\"{{project.id}}\""));
        BOOST_REQUIRE(saved.has_value());
    }

    [[nodiscard]] std::size_t waiting() const {
        auto const counts = storage.counts();
        return counts.pending + counts.delivering;
    }

    // False: everything was delivered, and this did nothing.
    bool step() {
        if (waiting() == 0)
            return false;
        BOOST_REQUIRE(turn(*io));
        return true;
    }

    // What was accepted was delivered, or waits.
    void check_nothing_is_lost() const {
        BOOST_TEST(accepted == 2 * events);
        BOOST_TEST(log.count(delivery_state::delivered) + waiting() >= accepted);
        BOOST_TEST(waiting() <= accepted);
    }

    // A new process on the same storage, until everything is done: every event has reached every receiver.
    void recover() {
        check_nothing_is_lost();
        hooks.reset();
        io.reset();
        clock.advance(2min);
        make();
        hooks->async_run([](error_code) {});
        while (step()) {
        }
        for (auto* const receiver : {&plain, &over_tls}) {
            receiver->stop();
            std::set<std::string> told;
            for (auto const& r : receiver->requests())
                told.insert(r.substr(r.find("\r\n\r\n")));
            BOOST_TEST(told.size() == events);
        }
        auto const counts = storage.counts();
        BOOST_TEST(counts.paused + counts.failed == 0U);
        BOOST_TEST(log.problems().empty());
    }

    loopback_server plain{answer_in_pieces};
    loopback_server over_tls{answer_in_pieces, tls_settings(trusted().issue("IP:127.0.0.1"))};
    testing::simulated_clock clock;
    memory_storage storage;
    event_log log;
    outcome ran;
    // The context outlives the dispatcher.
    std::optional<boost::asio::io_context> io;
    std::optional<dispatcher<objects, connected_policies>> hooks;
    std::size_t accepted = 0;
};

void at_each_step(std::function<void(dispatcher_scene&)> const& end) {
    auto const steps = for_each_step([&](std::size_t count) {
        dispatcher_scene s;
        bool more = true;
        for (std::size_t n = 0; n != count && more; ++n)
            more = s.step();
        end(s);
        s.recover();
        return more;
    });
    BOOST_TEST_MESSAGE(steps << " steps");
    BOOST_TEST(steps > 40U);
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_transport_destruction)

// --- the transport ---

BOOST_AUTO_TEST_CASE(deliveries_go_their_ways_where_nothing_ends) {
    for (auto const& w : ways())
        BOOST_TEST_CONTEXT(w.what) {
            auto server = receiver_of(w);
            scene s(w, server.port());
            while (s.step()) {
            }
            BOOST_TEST(s.all_were_told());
            server.stop();
            BOOST_TEST(server.connections() == w.connections);
            BOOST_TEST(server.handshakes() == (w.tls ? w.connections : 0U));
        }
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_at_any_step_frees_whoever_waits) {
    for (auto const how : {waits::as_handler, waits::as_coroutine})
        for (auto const& w : ways())
            at_each_step(
                w,
                [](scene& s) {
                    auto const before = s.said.size();
                    s.let_go();
                    s.end_context();
                    BOOST_TEST(s.is_free());
                    BOOST_TEST(s.said.size() == before, "nobody is told by a context that ends");
                },
                how);
}

BOOST_AUTO_TEST_CASE(whoever_waits_keeps_the_transport_at_any_step) {
    for (auto const how : {waits::as_handler, waits::as_coroutine})
        for (auto const& w : ways())
            at_each_step(
                w,
                [](scene& s) {
                    s.let_go();
                    run_dry(*s.io);
                    BOOST_TEST(s.all_were_told());
                    BOOST_TEST(s.is_free());
                },
                how);
}

BOOST_AUTO_TEST_CASE(a_cancel_at_any_step_ends_the_exchange_once) {
    for (auto const& w : ways()) {
        std::ptrdiff_t cancelled = 0;
        at_each_step(w, [&](scene& s) {
            s.transport->cancel();
            run_dry(*s.io);
            BOOST_TEST(s.all_were_told({errc::cancelled}));
            BOOST_TEST(s.is_free());
            cancelled += std::count(s.said.begin(), s.said.end(), error_code(errc::cancelled));
        });
        BOOST_TEST(cancelled > 0);
    }
}

BOOST_AUTO_TEST_CASE(after_a_cancel_at_any_step_the_transport_can_be_used_again) {
    for (auto const& w : ways())
        at_each_step(w, [&](scene& s) {
            s.transport->cancel();
            BOOST_TEST(!s.send_one());
            while (s.step()) {
            }
            BOOST_TEST(s.all_were_told({errc::cancelled}));
        });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_after_a_cancel_at_any_step_frees_whoever_waits) {
    for (auto const& w : ways())
        for (std::size_t const further : {0U, 2U})
            at_each_step(w, [&](scene& s) {
                s.transport->cancel();
                s.transport->cancel();
                s.let_go();
                for (std::size_t n = 0; n != further && turn(*s.io); ++n) {
                }
                s.end_context();
                BOOST_TEST(s.is_free());
            });
}

BOOST_AUTO_TEST_CASE(a_signal_at_any_step_ends_the_send_once) {
    for (auto const& w : ways())
        at_each_step(
            w,
            [&](scene& s) {
                for (auto& signal : s.signals)
                    signal.emit(boost::asio::cancellation_type::all);
                s.let_go();
                run_dry(*s.io);
                BOOST_TEST(s.said.size() == w.together);
                BOOST_TEST(s.is_free());
            },
            waits::as_coroutine);
}

// The host is busy elsewhere for a tick between any two handlers, so that a tick comes by at each step.
BOOST_AUTO_TEST_CASE(a_deadline_at_any_step_ends_the_exchange_once) {
    auto limits = patient();
    limits.tick = 1ms;
    std::size_t late = 0;
    for (auto const& w : ways()) {
        if (w.together != 1 || w.body > 1000)
            continue;
        auto server = receiver_of(w);
        auto const steps = for_each_step([&](std::size_t ticks) {
            scene s(w, server.port(), waits::as_handler, limits, 1ms * (ticks + 1));
            boost::asio::io_context elsewhere;
            boost::asio::steady_timer busy(elsewhere);
            while (s.step()) {
                busy.expires_after(1ms);
                busy.async_wait([](error_code) {});
                run_dry(elsewhere);
            }
            BOOST_TEST(s.all_were_told({errc::total_timeout}));
            s.let_go();
            run_dry(*s.io);
            BOOST_TEST(s.is_free());
            bool const is_late = s.said.front() == errc::total_timeout;
            late += is_late;
            return is_late;
        });
        BOOST_TEST_MESSAGE(w.what << ": " << steps << " ticks");
    }
    BOOST_TEST(late > 10U);
}

// Its steps are those that others see: the guard, the look-up, the receiver.
BOOST_AUTO_TEST_CASE(a_cancel_at_any_step_of_a_blocking_call_ends_it) {
    tls_trust trust;
    trust.add_pem(trusted().pem());
    for (bool const tls : {false, true}) {
        std::size_t cancelled = 0;
        auto const steps = for_each_step([&](std::size_t count) {
            // What the wire holds outlives a look-up that nobody waits for any more.
            auto const held = std::make_shared<std::optional<beast_sync>>(beast_sync(trust));
            auto const wire = std::make_shared<tripwire>(count, [held] {
                (*held)->cancel();
                held->reset();
            });
            loopback_server server(passing(wire),
                                   tls ? std::optional<tls_settings>(trusted().issue("DNS:hooks.example.com"))
                                       : std::nullopt);
            (*held)->bind(passing(wire, timeless()));
            auto mine = **held;
            outgoing what((tls ? "https" : "http") + std::string("://hooks.example.com:") +
                          std::to_string(server.port()) + "/in");
            auto const error = mine.call(*what).error;
            bool const more = !wire->disarm();
            BOOST_TEST((!error || (more && error == errc::cancelled)));
            cancelled += error == errc::cancelled;
            BOOST_TEST(!mine.call(*what).error);
            return more;
        });
        BOOST_TEST_MESSAGE("blocking" << (tls ? ", TLS" : "") << ": " << steps << " steps");
        BOOST_TEST(steps > 7U);
        BOOST_TEST(cancelled > 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(integration_dispatcher_destruction)

BOOST_AUTO_TEST_CASE(the_end_of_the_dispatcher_at_any_step_loses_nothing) {
    at_each_step([](dispatcher_scene& s) {
        s.hooks.reset();
        run_dry(*s.io);
        // Neither is anything begun later.
        s.clock.advance(1min);
        run_dry(*s.io);
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_dispatcher_and_context_at_any_step_loses_nothing) {
    at_each_step([](dispatcher_scene& s) {
        s.hooks.reset();
        s.io.reset();
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_soon_after_the_dispatcher_loses_nothing) {
    std::size_t further = 0;
    at_each_step([&](dispatcher_scene& s) {
        s.hooks.reset();
        for (auto n = ++further % 8; n != 0 && turn(*s.io); --n) {
        }
        s.io.reset();
    });
}

BOOST_AUTO_TEST_CASE(a_stop_at_any_step_hands_everything_back) {
    at_each_step([](dispatcher_scene& s) {
        s.hooks->stop();
        run_dry(*s.io);
        BOOST_TEST(s.ran.said.size() == 1U);
        BOOST_TEST(s.storage.counts().delivering == 0U);
        BOOST_TEST(s.log.count(delivery_state::delivered) + s.storage.counts().pending == s.accepted);
    });
}

BOOST_AUTO_TEST_CASE(a_drain_at_any_step_delivers_the_rest) {
    at_each_step([](dispatcher_scene& s) {
        outcome drained;
        s.hooks->async_drain(15s, drained.record());
        run_dry(*s.io);
        BOOST_TEST(drained.said.size() == 1U);
        BOOST_TEST(!drained.said.front());
        BOOST_TEST(s.ran.said.size() == 1U);
        BOOST_TEST(s.waiting() == 0U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
