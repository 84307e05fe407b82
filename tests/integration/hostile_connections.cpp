// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/public_addresses.hpp>

#include "../support/catalogue.hpp"
#include "../support/dead_ports.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"
#include "../support/verdicts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::errc;
using posthorn::exchange;
using posthorn::exchange_limits;
using posthorn::resolver_pool;
using posthorn::test::all_clients;
using posthorn::test::claimed_entries;
using posthorn::test::closed_port;
using posthorn::test::full_backlog;
using posthorn::test::held_lookup;
using posthorn::test::loopback_server;
using posthorn::test::outgoing;
using posthorn::test::patient;
using posthorn::test::plain_200;
using posthorn::test::plain_url;
using posthorn::test::text_of;
using peer = loopback_server::peer;

exchange_limits with(std::chrono::milliseconds exchange_limits::* which, std::chrono::milliseconds limit) {
    auto limits = patient();
    limits.*which = limit;
    return limits;
}

resolver_pool::lookup always(std::vector<std::string> const& texts) {
    resolver_pool::addresses found;
    for (auto const& t : texts)
        found.push_back(boost::asio::ip::make_address(t));
    return [found](std::string const&) { return found; };
}

// What came of one request, and of the connection: whether a second request uses it, too.
struct meeting {
    exchange outcome;
    std::string conn;
};

template <class Client>
meeting meet(loopback_server& server, Client& client, posthorn::request const& what) {
    meeting m{client.send(what), "none"};
    auto const second = client.post(plain_url(server.port()));
    BOOST_TEST(!second.error, second.error.message());
    server.stop();
    if (server.connections() != 0)
        m.conn = server.connections() == 1 ? "reuse" : "close";
    return m;
}

// The first connection meets `script`, later ones a plain 200.
template <class Client>
meeting meet(loopback_server::script script, exchange_limits limits = patient(), std::string body = "{}") {
    loopback_server server([script = std::move(script)](peer& p) {
        if (p.number() == 0)
            script(p);
        p.answer();
    });
    Client client(limits);
    outgoing what(plain_url(server.port()), std::move(body));
    return meet(server, client, *what);
}

// A receiver that nobody reaches.
template <class Client>
meeting miss(std::uint16_t port, exchange_limits limits, std::vector<std::string> const& addresses) {
    Client client(limits, {}, always(addresses));
    return {client.post("http://dead.example.com:" + std::to_string(port) + "/in"), "none"};
}

// A request that is cut after each of its bytes: one outcome for all.
template <class Client>
meeting cut_everywhere(bool reset) {
    std::atomic<std::size_t> count = 0;
    loopback_server server([&](peer& p) {
        if (count == 0)
            p.answer();
        p.take(count);
        if (reset)
            p.reset();
        p.fin();
        p.stall();
    });
    meeting m;
    std::size_t size = 0;
    {
        Client client;
        BOOST_TEST(!client.post(plain_url(server.port())).error);
        size = server.requests().front().size();
    }
    Client client;
    auto const expected = reset ? errc::connection_reset : errc::eof_before_response;
    for (count = 1; count <= size; ++count) {
        m.outcome = client.post(plain_url(server.port()));
        BOOST_TEST(m.outcome.error == expected, "after " << count << ": " << m.outcome.error.message());
    }
    server.stop();
    BOOST_TEST(server.connections() == size + 1);
    m.conn = "close";
    return m;
}

// Whether the connect or the exchange learns of the reset is a matter of time.
template <class Client>
meeting reset_at_once() {
    auto m = meet<Client>([](peer& p) { p.reset(); });
    if (m.outcome.error == errc::connect_failed)
        m.outcome.error = errc::connection_reset;
    return m;
}

template <class Client>
meeting second_address_works() {
    loopback_server server([](peer& p) { p.answer(); });
    // The server listens on one address of this machine only.
    Client client(patient(), {}, always({"127.0.0.2", "127.0.0.1"}));
    outgoing what("http://two.example.com:" + std::to_string(server.port()) + "/in");
    meeting m{client.send(*what), "reuse"};
    BOOST_TEST(client.send(*what).reused_connection);
    return m;
}

template <class Client>
meeting calls_ourselves() {
    loopback_server server([](peer& p) { p.answer(); });
    Client client;
    client.allows_address = [](auto const& address, std::uint16_t) {
        return posthorn::public_addresses().allows_address(address, 443);
    };
    meeting m{client.post(plain_url(server.port())), "none"};
    server.stop();
    BOOST_TEST(server.connections() == 0U);
    return m;
}

template <class Client>
meeting answers_early(std::string const& status) {
    return meet<Client>(
        [status](peer& p) {
            p.take(20);
            p.send("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
            p.stall();
        },
        patient(), std::string(16 << 20, 'b'));
}

// The receiver speaks while nobody asks.
template <class Client>
meeting pushes_while_idle() {
    loopback_server server([](peer& p) {
        p.request();
        p.send(plain_200);
        if (p.number() == 0) {
            p.wait();
            p.send("HTTP/1.1 500 Stray\r\nContent-Length: 0\r\n\r\n");
            p.mark();
            p.stall();
        }
    });
    Client client(with(&exchange_limits::response, 30ms));
    meeting m{client.post(plain_url(server.port())), ""};
    server.go();
    client.run_until([&] { return server.marks() == 1; });
    // Another receiver's silence makes ticks pass.
    loopback_server silent([](peer& p) { p.stall(); });
    outgoing elsewhere(plain_url(silent.port()));
    elsewhere->lane.data[0] = 99;
    BOOST_TEST(client.send(*elsewhere).error == errc::response_timeout);
    auto const second = client.post(plain_url(server.port()));
    BOOST_TEST(!second.error);
    m.conn = second.reused_connection ? "reuse" : "close";
    return m;
}

template <class Client>
meeting vanishes_while_idle() {
    loopback_server server([](peer& p) {
        p.request();
        p.send(plain_200);
        if (p.number() == 0)
            p.stall();
        p.answer();
    });
    Client client(with(&exchange_limits::response, 30ms));
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    meeting m{client.post(plain_url(server.port())), ""};
    auto const third = client.post(plain_url(server.port()));
    BOOST_TEST(!third.error);
    m.conn = third.reused_connection ? "reuse" : "close";
    return m;
}

template <class Client>
meeting moves_while_connected() {
    loopback_server server([](peer& p) { p.answer(); });
    std::atomic<int> asked = 0;
    Client client(patient(), {}, [&](std::string const&) {
        return resolver_pool::addresses{
            boost::asio::ip::make_address(asked++ == 0 ? "127.0.0.1" : "127.0.0.2")};
    });
    outgoing what("http://moves.example.com:" + std::to_string(server.port()) + "/in");
    BOOST_TEST(!client.send(*what).error);
    client.pass(120s);
    meeting m{client.send(*what), ""};
    m.conn = m.outcome.reused_connection ? "reuse" : "close";
    BOOST_TEST(asked == 1);
    return m;
}

template <class Client>
std::map<std::string, std::function<meeting()>> connections() {
    std::map<std::string, std::function<meeting()>> t;
    t["RCV-001"] = [] {
        closed_port const port;
        return miss<Client>(port.port(), patient(), {"127.0.0.1"});
    };
    t["RCV-002"] = [] {
        full_backlog const port;
        return miss<Client>(port.port(), with(&exchange_limits::connect, 60ms), {"127.0.0.1"});
    };
    t["RCV-004"] = second_address_works<Client>;
    t["RCV-005"] = [] {
        full_backlog const port;
        return miss<Client>(port.port(), with(&exchange_limits::connect, 60ms),
                            std::vector<std::string>(60, "127.0.0.1"));
    };
    t["RCV-008"] = reset_at_once<Client>;
    t["RCV-010"] = calls_ourselves<Client>;
    t["RCV-011"] = [] {
        return meet<Client>([](peer& p) { p.ignore(); }, with(&exchange_limits::response, 60ms),
                            std::string(10 << 20, 'b'));
    };
    t["RCV-013"] = [] { return cut_everywhere<Client>(true); };
    t["RCV-014"] = [] { return cut_everywhere<Client>(false); };
    t["RCV-016"] = [] { return answers_early<Client>("503 Busy"); };
    t["RCV-017"] = [] { return answers_early<Client>("413 Too Large"); };
    t["RCV-118"] = pushes_while_idle<Client>;
    t["RCV-121"] = [] {
        return meet<Client>([](peer& p) {
            p.take(20);
            p.send(std::string(plain_200) + "HTTP/1.1 500 Injected\r\nContent-Length: 0\r\n\r\n");
            p.stall();
        });
    };
    t["RCV-125"] = vanishes_while_idle<Client>;
    t["RCV-127"] = moves_while_connected<Client>;
    return t;
}

// The fields of an entry about Retry-After.
std::string retry_after_fields(std::string_view behaviour) {
    constexpr std::string_view prefix = "503 with Retry-After: ";
    auto const value = behaviour.substr(prefix.size());
    if (value == "4096 digits")
        return "Retry-After: " + std::string(4096, '1') + "\r\n";
    if (value == "two fields 60 and 7200")
        return "Retry-After: 60\r\nRetry-After: 7200\r\n";
    return "Retry-After: " + std::string(value) + "\r\n";
}

// How long the dispatcher waits after an answer with these fields, with a schedule of one minute and a cap of
// a day.
template <class Client>
posthorn::duration wait_after(std::string const& fields, std::string& conn) {
    auto m = meet<Client>([&](peer& p) {
        p.request();
        p.send("HTTP/1.1 503 Busy\r\n" + fields + "Content-Length: 0\r\n\r\n");
    });
    conn = m.conn;
    BOOST_TEST(m.outcome.response.status == 503);
    posthorn::wall_time const now{std::chrono::sys_days{std::chrono::year{2026} / 9 / 1}};
    auto const minute = posthorn::exponential().first(1min);
    auto const d = posthorn::detail::decide(m.outcome, 1, now, 0, minute, posthorn::duration(24h));
    BOOST_TEST((d.state == posthorn::delivery_state::pending));
    return d.not_before - now;
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_hostile_connections)

BOOST_AUTO_TEST_CASE_TEMPLATE(gives_the_verdicts_of_the_catalogue, Client, all_clients) {
    auto const receivers = connections<Client>();
    claimed_entries claimed("integration_hostile_connections");
    claimed.each([&](std::string const& id, boost::json::object const& entry) {
        auto const found = receivers.find(id);
        BOOST_TEST_REQUIRE((found != receivers.end()), "not tested");
        auto const m = found->second();
        auto const expect = claimed.expected(entry);
        BOOST_TEST(posthorn::test::is_as_expected(m.outcome, expect),
                   "status " << m.outcome.response.status << ", " << m.outcome.error.message() << " is not "
                             << expect);
        BOOST_TEST(m.conn == claimed.expected(entry, "conn"));
    });
    BOOST_TEST(claimed.all().size() == receivers.size());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(waits_as_the_catalogue_says, Client, all_clients) {
    claimed_entries claimed("integration_hostile_retry_after");
    claimed.each([&](std::string const&, boost::json::object const& entry) {
        std::string conn;
        auto const wait = wait_after<Client>(retry_after_fields(text_of(entry, "behaviour")), conn);
        BOOST_TEST(conn == claimed.expected(entry, "conn"));
        auto const expect = claimed.expected(entry);
        if (expect.ends_with("ignored") || expect.ends_with("delay = schedule"))
            BOOST_TEST((wait == 1min));
        else if (expect.ends_with("clamped to cap"))
            BOOST_TEST((wait == 24h));
        else
            BOOST_TEST((expect.ends_with("larger valid value, clamped") && wait == 2h));
    });
}

// Of several fields the longest wait counts, wherever it stands; those behind the fourth are not read.
BOOST_AUTO_TEST_CASE_TEMPLATE(the_longest_of_several_waits_counts, Client, all_clients) {
    auto const wait = [](std::vector<std::string> const& values) {
        std::string fields;
        for (auto const& v : values)
            fields += "Retry-After: " + v + "\r\n";
        std::string conn;
        return wait_after<Client>(fields, conn);
    };
    BOOST_TEST((wait({"7200", "60"}) == 2h));
    BOOST_TEST((wait({"rubbish", "7200"}) == 2h));
    BOOST_TEST((wait({std::string(65, '1'), "7200"}) == 2h));
    BOOST_TEST((wait({"", "7200", "-1"}) == 2h));
    BOOST_TEST((wait({"3600", "Tue, 01 Sep 2026 03:00:00 GMT"}) == 3h));
    BOOST_TEST((wait({"Tue, 01 Sep 2026 03:00:00 GMT", "14400"}) == 4h));
    BOOST_TEST((wait({"1", "2", "3", "120", "7200"}) == 2min));
    BOOST_TEST((wait({"60, 7200"}) == 1min));
}

// Each answer of DNS is played by an address of this machine, and judged by the guard as what it is.
BOOST_AUTO_TEST_CASE_TEMPLATE(gives_the_verdicts_about_names, Client, all_clients) {
    auto const stand_in = [](std::size_t i) {
        return boost::asio::ip::address(boost::asio::ip::address_v4(0x7f000001U + static_cast<unsigned>(i)));
    };
    claimed_entries claimed("integration_hostile_names");
    claimed.each([&](std::string const& id, boost::json::object const& entry) {
        // What hangs is looked up until after this entry's end.
        struct dns {
            held_lookup held;
            std::vector<resolver_pool::addresses> answers;
            std::atomic<std::size_t> asked = 0;
        };
        auto const names = std::make_shared<dns>();
        std::vector<std::string> all;
        for (auto const& round : entry.at("dns").as_array()) {
            auto& found = names->answers.emplace_back();
            if (round.is_array())
                for (auto const& text : round.as_array()) {
                    // A second round begins with the address that works.
                    found.push_back(stand_in(all.size()));
                    all.emplace_back(text.as_string());
                }
        }
        bool const hangs = entry.at("dns").as_array().front() == "TIMEOUT";
        loopback_server server([](peer& p) {
            p.request();
            p.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        });
        auto limits = patient();
        if (hangs)
            limits.resolve = 30ms;
        Client client(limits, {}, [names, hangs](std::string const&) {
            auto const round = names->asked++;
            if (hangs)
                names->held.wait();
            return names->answers[std::min(round, names->answers.size() - 1)];
        });
        std::vector<boost::asio::ip::address> own;
        if (auto const* const context = entry.if_contains("context"))
            for (auto const& text : context->at("local_addresses").as_array())
                own.push_back(boost::asio::ip::make_address(std::string(text.as_string())));
        posthorn::public_addresses const guard(posthorn::own_addresses([own] { return own; }));
        client.allows_address = [&](boost::asio::ip::address const& a, std::uint16_t) {
            auto const i = a.to_v4().to_uint() - 0x7f000001U;
            return guard.allows_address(boost::asio::ip::make_address(all[i]), 443);
        };
        auto const name = std::string(text_of(entry, "input"));
        auto const host = name.substr(8, name.find('/', 8) - 8);
        outgoing what("http://" + host + ":" + std::to_string(server.port()) + "/hook");
        auto const sent = client.start(*what);
        client.run_until([&] { return names->asked != 0; });
        auto const first = client.wait(sent);
        auto const expect = claimed.expected(entry);
        if (expect == "accept")
            BOOST_TEST(!first.error, first.error.message());
        else if (expect == "block:address")
            BOOST_TEST(first.error == errc::blocked_address, first.error.message());
        else
            BOOST_TEST(posthorn::test::is_as_expected(first, expect), first.error.message());
        BOOST_TEST(names->asked == 1U);
        if (id == "URL-305") {
            client.pass(120s);
            BOOST_TEST(client.send(*what).error == errc::blocked_address);
        }
        names->held.release();
        server.stop();
        BOOST_TEST(server.connections() == (expect == "accept" ? 1U : 0U));
    });
}

BOOST_AUTO_TEST_SUITE_END()
