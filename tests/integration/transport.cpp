// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/guard/allow_list.hpp>

#include "../support/dead_ports.hpp"
#include "../support/loopback_server.hpp"
#include "../support/random_source.hpp"
#include "../support/transport_client.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::errc;
using posthorn::exchange;
using posthorn::verb;
using posthorn::test::all_clients;
using posthorn::test::closed_port;
using posthorn::test::full_backlog;
using posthorn::test::held_lookup;
using posthorn::test::loopback_server;
using posthorn::test::outgoing;
using posthorn::test::patient;
using posthorn::test::plain_200;
using posthorn::test::plain_url;
using peer = loopback_server::peer;

// What one connection answers first; later requests and connections get plain_200.
loopback_server::script first_answer(std::string bytes) {
    return [bytes = std::move(bytes)](peer& p) {
        if (p.number() == 0) {
            p.request();
            p.send(bytes);
        }
        p.answer();
    };
}

std::string sized(std::string_view status, std::string_view fields = "", std::string_view body = "") {
    return std::string("HTTP/1.1 ")
        .append(status)
        .append("\r\n")
        .append(fields)
        .append("Content-Length: ")
        .append(std::to_string(body.size()))
        .append("\r\n\r\n")
        .append(body);
}

// The error of a single exchange with a receiver that does `what`.
template <class Client>
posthorn::error_code error_of(loopback_server::script what, posthorn::exchange_limits limits = patient()) {
    loopback_server server(std::move(what));
    Client client(limits);
    auto const x = client.post(plain_url(server.port()));
    BOOST_TEST((x.error == errc::http_status || x.response.status == 0 || !x.error));
    return x.error;
}

template <class Client>
posthorn::error_code error_of_bytes(std::string bytes) {
    return error_of<Client>([bytes = std::move(bytes)](peer& p) {
        p.request();
        p.send(bytes);
        p.stall();
    });
}

posthorn::resolver_pool::addresses addresses(std::vector<std::string> const& texts) {
    posthorn::resolver_pool::addresses found;
    for (auto const& t : texts)
        found.push_back(boost::asio::ip::make_address(t));
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_transport)

// --- the request -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(writes_the_request_byte_for_byte, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    Client client;
    auto const port = std::to_string(server.port());
    outgoing what("http://127.0.0.1:" + port + "/ignored", "{\"a\":\"\xc3\xa4\"}");
    what->target = "/in?x=%20y";
    what->headers = "Content-Type: application/json\r\nX-Two: b\r\n";
    what->secret_headers = "Authorization: Bearer t\r\n";
    what->signature_headers = "webhook-id: 1\r\n";
    BOOST_TEST(!client.send(*what).error);
    auto const expected = "POST /in?x=%20y HTTP/1.1\r\nHost: 127.0.0.1:" + port +
                          "\r\nContent-Length: 10\r\nContent-Type: application/json\r\nX-Two: b\r\n"
                          "Authorization: Bearer t\r\nwebhook-id: 1\r\n\r\n{\"a\":\"\xc3\xa4\"}";
    BOOST_TEST(server.requests().front() == expected);
    BOOST_TEST(server.application_bytes() == expected.size());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(says_the_name_as_the_url_has_it, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    Client client;
    BOOST_TEST(!client.post("http://Hooks.Example.COM.:" + std::to_string(server.port()) + "/in").error);
    auto const host = "\r\nHost: hooks.example.com:" + std::to_string(server.port()) + "\r\n";
    BOOST_TEST(server.requests().front().find(host) != std::string::npos);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(states_the_length_where_a_body_is_meant, Client, all_clients) {
    struct row {
        verb method;
        std::string body;
        std::string first_word;
        bool length;
    };
    for (auto const& r : std::vector<row>{{verb::get, "", "GET ", false},
                                          {verb::delete_, "", "DELETE ", false},
                                          {verb::delete_, "x", "DELETE ", true},
                                          {verb::post, "", "POST ", true},
                                          {verb::put, "", "PUT ", true},
                                          {verb::patch, "", "PATCH ", true},
                                          {verb::patch, "xyz", "PATCH ", true}}) {
        loopback_server server([](peer& p) { p.answer(); });
        Client client;
        outgoing what(plain_url(server.port()), r.body, r.method);
        BOOST_TEST_CONTEXT(r.first_word << r.body) {
            BOOST_TEST(!client.send(*what).error);
            auto const sent = server.requests().front();
            BOOST_TEST(sent.starts_with(r.first_word));
            auto const length = "\r\nContent-Length: " + std::to_string(r.body.size()) + "\r\n";
            BOOST_TEST((sent.find(length) != std::string::npos) == r.length);
            BOOST_TEST((sent.find("Content-Length") != std::string::npos) == r.length);
            BOOST_TEST(sent.find("chunked") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sends_a_request_in_one_piece, Client, all_clients) {
    std::size_t segments = 0;
    loopback_server server([&](peer& p) {
        p.request();
        segments = p.segments();
        p.send(plain_200);
    });
    Client client;
    outgoing what(plain_url(server.port()), std::string(16 * 1024, 'b'));
    what->headers = "Content-Type: text/plain\r\n";
    what->secret_headers = "X-Key: k\r\n";
    BOOST_TEST(!client.send(*what).error);
    server.stop();
    BOOST_TEST(segments == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sends_a_large_body_whole, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    Client client;
    std::string body;
    while (body.size() < 8 << 20)
        body += std::to_string(body.size()) + ' ';
    outgoing what(plain_url(server.port()), body);
    BOOST_TEST(!client.send(*what).error);
    BOOST_TEST(!client.send(*what).error);
    server.stop();
    BOOST_TEST(server.requests().back().ends_with("\r\n\r\n" + body));
    BOOST_TEST(server.connections() == 1U);
}

// --- connections that are kept -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(one_connection_carries_many_requests, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(sized("200 OK", "", "thanks")); });
    Client client;
    for (int i = 0; i != 20; ++i) {
        auto const x = client.post(plain_url(server.port()));
        BOOST_TEST(!x.error);
        BOOST_TEST(x.response.excerpt == "thanks");
        BOOST_TEST(x.reused_connection == (i != 0));
    }
    server.stop();
    BOOST_TEST(server.connections() == 1U);
    BOOST_TEST(server.requests().size() == 20U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_is_kept_only_where_the_response_ended_beyond_doubt, Client,
                              all_clients) {
    struct row {
        std::string answer;
        bool kept;
    };
    std::string const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (auto const& r : std::vector<row>{
             {sized("200 OK"), true},
             {sized("200 OK", "Connection: keep-alive\r\n"), true},
             {sized("500 Oops", "", "x"), true},
             {"HTTP/1.1 204 No Content\r\n\r\n", true},
             {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", true},
             {chunked + "3\r\nabc\r\n0\r\n\r\n", true},
             {chunked + "3;name=value\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n", true},
             {sized("200 OK", "Connection: close\r\n"), false},
             {sized("200 OK", "Connection: x, Close\r\n"), false},
             {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false},
             {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", false},
             {sized("200 OK") + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
             {sized("200 OK", "", "abc") + "d", false},
             {chunked + "0\r\n\r\nd", false},
             {"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", false},
             {"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", false},
             {"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab", false},
             {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab", false},
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", false},
             {chunked + "3\r\nabc\r\n0\r\nConnection: close\r\n\r\n", false},
             {chunked + "3\r\nabc\r\n0\r\nUpgrade: h2c\r\n\r\n", false},
             {chunked + "3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n", false},
             {chunked + "3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n", false},
             {sized("200 OK", "X-Folded: a\r\n b\r\n"), false},
             {sized("408 Request Timeout"), false},
             {sized("421 Misdirected Request"), false},
             {sized("425 Too Early"), false},
         }) {
        loopback_server server(first_answer(r.answer));
        Client client;
        BOOST_TEST_CONTEXT(r.answer) {
            BOOST_TEST(client.post(plain_url(server.port())).response.status != 0);
            auto const second = client.post(plain_url(server.port()));
            BOOST_TEST(!second.error);
            BOOST_TEST(second.reused_connection == r.kept);
            server.stop();
            BOOST_TEST(server.connections() == (r.kept ? 1U : 2U));
            BOOST_TEST(server.requests().size() == 2U);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_body_that_is_not_read_to_its_end_ends_the_connection, Client, all_clients) {
    auto limits = patient();
    limits.body_read = 1000;
    loopback_server server(first_answer(sized("200 OK", "", std::string(100'000, 'x'))));
    Client client(limits);
    auto const x = client.post(plain_url(server.port()));
    BOOST_TEST(!x.error);
    BOOST_TEST(x.response.excerpt.size() > limits.body_read);
    BOOST_TEST(!client.post(plain_url(server.port())).reused_connection);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_belongs_to_one_lane_and_one_place, Client, all_clients) {
    loopback_server here([](peer& p) { p.answer(); });
    loopback_server there([](peer& p) { p.answer(); });
    Client client;
    outgoing first(plain_url(here.port()));
    outgoing second(plain_url(here.port()));
    second->lane.data[0] = 1;
    outgoing moved(plain_url(there.port()));
    outgoing named("http://localhost:" + std::to_string(here.port()) + "/in");
    BOOST_TEST(!client.send(*first).reused_connection);
    BOOST_TEST(!client.send(*second).reused_connection);
    BOOST_TEST(client.send(*second).reused_connection);
    BOOST_TEST(client.send(*first).reused_connection);
    BOOST_TEST(!client.send(*moved).reused_connection);
    BOOST_TEST(!client.send(*named).reused_connection);
    here.stop();
    BOOST_TEST(here.connections() == 3U);
    BOOST_TEST(there.connections() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(connections_are_dropped_when_they_are_idle_or_old, Client, all_clients) {
    for (bool const idle : {true, false}) {
        auto limits = patient();
        (idle ? limits.idle : limits.lifetime) = 20ms;
        loopback_server server([](peer& p) { p.answer(); });
        loopback_server other([](peer& p) { p.answer(); });
        Client client(limits);
        BOOST_TEST(!client.post(plain_url(server.port())).error);
        outgoing elsewhere(plain_url(other.port()));
        elsewhere->lane = posthorn::uuid{{1}};
        client.run_until([&] {
            // One that blocks looks at its connections when it is called.
            if constexpr (!posthorn::Transport<typename Client::transport_type>)
                BOOST_TEST(!client.send(*elsewhere).error);
            return server.departures() == 1;
        });
        BOOST_TEST(!client.post(plain_url(server.port())).reused_connection);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_connection_that_died_is_replaced_at_once, Client, all_clients) {
    for (bool const reset : {true, false}) {
        loopback_server server([reset](peer& p) {
            if (p.number() != 0)
                p.answer();
            p.request();
            p.send(plain_200);
            p.request();
            if (reset)
                p.reset();
        });
        Client client;
        BOOST_TEST(!client.post(plain_url(server.port())).error);
        auto const x = client.post(plain_url(server.port()));
        BOOST_TEST(!x.error);
        BOOST_TEST(!x.reused_connection);
        server.stop();
        BOOST_TEST(server.connections() == 2U);
        BOOST_TEST(server.requests().size() == 3U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(there_is_one_second_try_and_no_third, Client, all_clients) {
    loopback_server server([](peer& p) {
        p.request();
        if (p.number() == 0) {
            p.send(plain_200);
            p.request();
        }
    });
    Client client;
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    BOOST_TEST(client.post(plain_url(server.port())).error == errc::eof_before_response);
    server.stop();
    BOOST_TEST(server.connections() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_kept_connection_that_answered_with_rubbish_is_no_second_try, Client,
                              all_clients) {
    loopback_server server([](peer& p) {
        p.request();
        p.send(plain_200);
        p.request();
        p.send("HTTP/1.1 2");
    });
    Client client;
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    BOOST_TEST(client.post(plain_url(server.port())).error == errc::partial_response);
    server.stop();
    BOOST_TEST(server.connections() == 1U);
}

// A receiver that is asked on another lane and stays silent until the deadline makes ticks pass.
template <class Client>
void let_ticks_pass(Client& client) {
    loopback_server silent([](peer& p) { p.stall(); });
    outgoing what(plain_url(silent.port()));
    what->lane.data[0] = 99;
    BOOST_TEST(client.send(*what).error == errc::response_timeout);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_answer_that_nobody_asked_for_is_taken_by_nobody, Client, all_clients) {
    auto limits = patient();
    limits.response = 30ms;
    loopback_server server([](peer& p) {
        if (p.number() == 0) {
            p.request();
            p.send(plain_200);
            p.wait();
            p.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray");
            p.mark();
            p.stall();
        }
        p.request();
        p.send(sized("503 Busy"));
    });
    Client client(limits);
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    server.go();
    client.run_until([&] { return server.marks() == 1; });
    let_ticks_pass(client);
    auto const x = client.post(plain_url(server.port()));
    BOOST_TEST(x.response.status == 503);
    BOOST_TEST(!x.reused_connection);
    server.stop();
    BOOST_TEST(server.connections() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_that_was_closed_while_it_was_idle_is_not_used, Client,
                              all_clients) {
    auto limits = patient();
    limits.response = 30ms;
    loopback_server server([](peer& p) {
        p.request();
        p.send(plain_200);
        if (p.number() != 0)
            return;
        p.wait();
        p.fin();
        p.mark();
        p.stall();
    });
    Client client(limits);
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    server.go();
    client.run_until([&] { return server.marks() == 1; });
    let_ticks_pass(client);
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    server.stop();
    BOOST_TEST(server.connections() == 2U);
    BOOST_TEST(server.requests().size() == 2U);
}

// --- answers -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(two_hundred_and_something_is_success_and_the_rest_is_not, Client, all_clients) {
    for (int status = 200; status < 600; status += status < 230 ? 1 : 23) {
        loopback_server server(first_answer(sized(std::to_string(status) + " X")));
        Client client;
        auto const x = client.post(plain_url(server.port()));
        BOOST_TEST_CONTEXT(status) {
            BOOST_TEST(x.response.status == status);
            BOOST_TEST((x.error ? x.error == errc::http_status : status < 300));
            BOOST_TEST((x.error || status < 300));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(gives_what_a_receiver_said, Client, all_clients) {
    loopback_server server(first_answer(sized("503 Busy",
                                              "retry-after: 120\r\nRetry-After: 7\r\nLocation: /a\r\n"
                                              "Location: /b\r\n",
                                              "come back later")));
    Client client;
    auto const x = client.post(plain_url(server.port()));
    BOOST_TEST(x.error == errc::http_status);
    BOOST_TEST(x.response.status == 503);
    BOOST_TEST(x.response.retry_after == "120\n7");
    BOOST_TEST(x.response.location == "/a");
    BOOST_TEST(x.response.excerpt == "come back later");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bounds_what_is_kept_of_an_answer, Client, all_clients) {
    auto const fields =
        "Retry-After: " + std::string(65, '1') + "\r\nLocation: /" + std::string(600, 'l') + "\r\n";
    loopback_server server(first_answer(sized("503 Busy", fields, std::string(5000, 'b'))));
    Client client;
    auto const x = client.post(plain_url(server.port()));
    BOOST_TEST(x.response.retry_after.empty());
    BOOST_TEST(x.response.location == "/" + std::string(511, 'l'));
    BOOST_TEST(x.response.excerpt == std::string(4096, 'b'));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(follows_no_redirect, Client, all_clients) {
    loopback_server elsewhere([](peer& p) { p.answer(); });
    for (int const status : {300, 301, 302, 303, 307, 308}) {
        auto const location = plain_url(elsewhere.port());
        loopback_server server(
            first_answer(sized(std::to_string(status) + " Go", "Location: " + location + "\r\n")));
        Client client;
        auto const x = client.post(plain_url(server.port()));
        BOOST_TEST(x.error == errc::http_status);
        BOOST_TEST(x.response.status == status);
        BOOST_TEST(x.response.location == location);
        server.stop();
        BOOST_TEST(server.requests().size() == 1U);
    }
    elsewhere.stop();
    BOOST_TEST(elsewhere.connections() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_answer_may_come_byte_by_byte, Client, all_clients) {
    for (std::string const& answer : {sized("200 OK", "Retry-After: 1\r\n", "abc"),
                                      std::string("HTTP/1.1 200 OK\r\nRetry-After: 1\r\nTransfer-Encoding: "
                                                  "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")}) {
        loopback_server server([&](peer& p) {
            p.request();
            p.drip(answer);
            p.answer();
        });
        Client client;
        auto const x = client.post(plain_url(server.port()));
        BOOST_TEST(!x.error);
        BOOST_TEST(x.response.excerpt == "abc");
        BOOST_TEST(x.response.retry_after == "1");
        BOOST_TEST(client.post(plain_url(server.port())).reused_connection);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(interim_responses_decide_nothing, Client, all_clients) {
    std::string const hints = "HTTP/1.1 103 Early Hints\r\nLocation: /x\r\nRetry-After: 9\r\n"
                              "Content-Length: 7\r\nConnection: close\r\n\r\n";
    for (int count = 1; count != 9; ++count) {
        std::string all;
        for (int i = 0; i != count; ++i)
            all += hints;
        loopback_server server(first_answer(all + sized("200 OK", "", "done")));
        Client client;
        auto const x = client.post(plain_url(server.port()));
        BOOST_TEST(!x.error);
        BOOST_TEST(x.response.status == 200);
        BOOST_TEST(x.response.excerpt == "done");
        BOOST_TEST(x.response.location.empty());
        BOOST_TEST(x.response.retry_after.empty());
        BOOST_TEST(client.post(plain_url(server.port())).reused_connection);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(interim_responses_come_to_an_end, Client, all_clients) {
    std::string many;
    for (int i = 0; i != 9; ++i)
        many += "HTTP/1.1 102 Processing\r\n\r\n";
    BOOST_TEST(error_of_bytes<Client>(many + sized("200 OK")) == errc::too_many_interim);
    BOOST_TEST(error_of_bytes<Client>("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n") ==
               errc::unexpected_upgrade);
    BOOST_TEST(error_of_bytes<Client>("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 S\r\n\r\n") ==
               errc::unexpected_upgrade);
    // Together they may be as long as one header.
    std::string const big = "HTTP/1.1 103 H\r\nX: " + std::string(6000, 'x') + "\r\n\r\n";
    BOOST_TEST(error_of_bytes<Client>(big + big + big + sized("200 OK")) == errc::header_limit);
    BOOST_TEST(!error_of_bytes<Client>(big + big + sized("200 OK")));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(interim_responses_buy_no_time, Client, all_clients) {
    auto limits = patient();
    limits.response = 60ms;
    auto const error = error_of<Client>(
        [](peer& p) {
            p.request();
            p.send("HTTP/1.1 102 Processing\r\n\r\n");
            p.stall();
        },
        limits);
    BOOST_TEST(error == errc::response_timeout);
}

// --- answers that are none ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(names_what_is_wrong_with_an_answer, Client, all_clients) {
    struct row {
        errc error;
        std::string answer;
    };
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::string many_fields;
    for (int i = 0; i != 101; ++i)
        many_fields += "a: \r\n";
    for (auto const& r : std::vector<row>{
             {errc::bad_version, "SSH-2.0-OpenSSH_9.2\r\n"},
             {errc::bad_version, "HTTP/2.0 200 OK\r\n\r\n"},
             {errc::bad_version, "HTTP/1.2 200 OK\r\n\r\n"},
             {errc::bad_version, "HTTP/1.1\t200 OK\r\n\r\n"},
             {errc::bad_version, "http/1.1 200 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 000 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 099 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 600 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 999 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 2000 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 20 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 +20 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1  200 OK\r\n\r\n"},
             {errc::bad_status, "HTTP/1.1 200\r\n\r\n"},
             {errc::bad_response_line, "HTTP/1.1 200 OK\n\n"},
             {errc::bad_response_line, "HTTP/1.1 200 O\x01K\r\n\r\n"},
             {errc::bad_response_line, ok + "a: b\r\n\rx\r\n"},
             {errc::bad_response_field, ok + "a b: c\r\n\r\n"},
             {errc::bad_response_field, ok + "a : c\r\n\r\n"},
             {errc::bad_response_field, ok + ": c\r\n\r\n"},
             {errc::bad_response_field, ok + "no colon\r\n\r\n"},
             {errc::bad_response_field, ok + "Connection: a,;\r\n\r\n"},
             {errc::bad_content_length, ok + "Content-Length: -1\r\n\r\n"},
             {errc::bad_content_length, ok + "Content-Length: 1x\r\n\r\n"},
             {errc::bad_content_length, ok + "Content-Length: \r\n\r\n"},
             {errc::bad_content_length, ok + "Content-Length: 18446744073709551616\r\n\r\n"},
             {errc::bad_content_length, ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n"},
             {errc::bad_content_length, ok + "Content-Length: 1, 2\r\n\r\n"},
             {errc::bad_framing, ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
             {errc::bad_framing, ok + "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"},
             {errc::bad_framing, ok + "Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\n"},
             {errc::bad_framing, ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
             {errc::header_limit, ok + "X: " + std::string(16 * 1024, 'x') + "\r\n\r\n"},
             {errc::header_limit, "HTTP/1.1 200 " + std::string(16 * 1024, 'x')},
             {errc::header_limit, ok + many_fields + "\r\n"},
         })
        BOOST_TEST_CONTEXT(r.answer.substr(0, 80))
    BOOST_TEST(error_of_bytes<Client>(r.answer) == r.error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_header_may_be_as_large_as_the_limits_say, Client, all_clients) {
    std::string fields;
    for (int i = 0; i != 99; ++i)
        fields += "a: " + std::string(150, 'x') + "\r\n";
    BOOST_TEST(!error_of_bytes<Client>(sized("200 OK", fields)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(names_how_a_connection_ended, Client, all_clients) {
    BOOST_TEST(error_of<Client>([](peer& p) {
                   p.request();
                   p.reset();
               }) == errc::connection_reset);
    BOOST_TEST(error_of<Client>([](peer& p) { p.request(); }) == errc::eof_before_response);
    BOOST_TEST(error_of<Client>([](peer& p) {
                   p.request();
                   p.send("HTTP/1.1 100 Continue\r\n\r\n");
               }) == errc::eof_before_response);
    BOOST_TEST(error_of<Client>([](peer& p) {
                   p.request();
                   p.send("H");
               }) == errc::partial_response);
    BOOST_TEST(error_of<Client>([](peer& p) {
                   p.request();
                   p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r");
               }) == errc::partial_response);
    BOOST_TEST(error_of<Client>([](peer& p) {
                   p.request();
                   p.send("HTTP/1.1 200 OK\r\nContent-");
                   p.reset();
               }) == errc::partial_response);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_reset_is_a_reset_whoever_is_told_of_it, Client, all_clients) {
    // The connect, the write or the read, as it happens: many tries to meet them all.
    loopback_server server([](peer& p) { p.reset(); });
    Client client;
    for (int i = 0; i != 200; ++i) {
        auto const error = client.post(plain_url(server.port())).error;
        BOOST_TEST((error == errc::connection_reset || error == errc::connect_failed), error);
    }
    loopback_server later([](peer& p) {
        p.take(20);
        p.reset();
    });
    outgoing what(plain_url(later.port()), std::string(16 << 20, 'b'));
    BOOST_TEST(client.send(*what).error == errc::connection_reset);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_connection_that_is_cut_anywhere_in_the_request_is_retried, Client,
                              all_clients) {
    std::size_t size = 0;
    {
        loopback_server server([](peer& p) { p.answer(); });
        Client client;
        BOOST_TEST(!client.post(plain_url(server.port())).error);
        size = server.requests().front().size();
    }
    for (bool const reset : {true, false}) {
        std::atomic<std::size_t> count = 0;
        loopback_server server([&](peer& p) {
            p.take(count);
            if (reset)
                p.reset();
            p.fin();
            p.stall();
        });
        for (count = 1; count <= size; count += 7) {
            Client client;
            BOOST_TEST_CONTEXT("after " << count << (reset ? " reset" : " closed"))
            BOOST_TEST(client.post(plain_url(server.port())).error ==
                       (reset ? errc::connection_reset : errc::eof_before_response));
        }
    }
}

// --- bodies ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(the_header_decides_whatever_the_body_does, Client, all_clients) {
    using script = loopback_server::script;
    auto limits = patient();
    limits.body = 50ms;
    for (auto const& status : {std::string("200 OK"), std::string("500 Oops")}) {
        auto const head = "HTTP/1.1 " + status + "\r\n";
        auto const chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
        std::vector<script> const bodies{
            [&](peer& p) {
                p.send(head + "Content-Length: 10\r\n\r\nab");
                p.stall();
            },
            [&](peer& p) { p.send(head + "Content-Length: 10\r\n\r\nab"); },
            [&](peer& p) {
                p.send(head + "Content-Length: 10\r\n\r\nab");
                p.reset();
            },
            [&](peer& p) {
                p.send(head + "\r\nab");
                p.stall();
            },
            [&](peer& p) {
                p.send(head + "\r\nab");
                p.flood("xy");
            },
            [&](peer& p) {
                p.send(chunked + "2\r\nab\r\n1;x=");
                p.flood("y");
            },
            [&](peer& p) {
                p.send(chunked + "2\r\nab\r\n");
                p.flood("0");
            },
            [&](peer& p) {
                p.send(chunked + "2\r\nab\r\n0\r\n");
                p.flood("a: b\r\n");
            },
            [&](peer& p) { p.send(chunked + "2\r\nab\r\nx\r\n"); },
        };
        for (std::size_t i = 0; i != bodies.size(); ++i) {
            loopback_server server([&](peer& p) {
                p.request();
                bodies[i](p);
            });
            Client client(limits);
            BOOST_TEST_CONTEXT(status << ", body " << i) {
                auto const x = client.post(plain_url(server.port()));
                BOOST_TEST(x.response.status == (status[0] == '2' ? 200 : 500));
                BOOST_TEST((x.error == (status[0] == '2' ? posthorn::error_code() : errc::http_status)));
                BOOST_TEST(x.response.excerpt.starts_with("ab"));
                BOOST_TEST(!client.post(plain_url(server.port())).reused_connection);
            }
        }
    }
}

// --- a receiver that answers before it has read everything -------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(an_answer_that_comes_before_the_body_was_read_counts, Client, all_clients) {
    for (int const status : {413, 503, 200}) {
        // The receiver reads on, closes, or does neither.
        for (int const then : {0, 1, 2}) {
            loopback_server server([=](peer& p) {
                p.take(20);
                p.send(sized(std::to_string(status) + " Enough"));
                if (then == 0)
                    p.stall();
                if (then == 1)
                    p.ignore();
            });
            Client client;
            outgoing what(plain_url(server.port()), std::string(16 << 20, 'b'));
            BOOST_TEST_CONTEXT(status << ", then " << then) {
                auto const x = client.send(*what);
                BOOST_TEST(x.response.status == status);
                BOOST_TEST((x.error ? x.error == errc::http_status : status == 200));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_interim_response_does_not_stop_the_body, Client, all_clients) {
    loopback_server server([](peer& p) {
        p.send("HTTP/1.1 100 Continue\r\n\r\n");
        p.answer();
    });
    Client client;
    outgoing what(plain_url(server.port()), std::string(16 << 20, 'b'));
    BOOST_TEST(!client.send(*what).error);
    BOOST_TEST(client.send(*what).reused_connection);
    server.stop();
    BOOST_TEST(server.requests().size() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_receiver_that_never_reads_is_a_timeout, Client, all_clients) {
    auto limits = patient();
    limits.response = 60ms;
    loopback_server server([](peer& p) { p.ignore(); });
    Client client(limits);
    outgoing what(plain_url(server.port()), std::string(16 << 20, 'b'));
    BOOST_TEST(client.send(*what).error == errc::response_timeout);
}

// --- deadlines ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(silence_is_a_timeout, Client, all_clients) {
    auto limits = patient();
    limits.response = 60ms;
    auto const silent = [](peer& p) { p.stall(); };
    BOOST_TEST(error_of<Client>(silent, limits) == errc::response_timeout);
    auto const half = [](peer& p) {
        p.request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
        p.stall();
    };
    BOOST_TEST(error_of<Client>(half, limits) == errc::response_timeout);
    limits = patient();
    limits.total = 60ms;
    BOOST_TEST(error_of<Client>(silent, limits) == errc::total_timeout);
    BOOST_TEST(error_of<Client>(half, limits) == errc::total_timeout);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_deadline_is_never_early, Client, all_clients) {
    auto limits = patient();
    limits.tick = 40ms;
    limits.response = 80ms;
    loopback_server server([](peer& p) {
        p.request();
        p.send(plain_200);
        p.stall();
    });
    Client client(limits);
    // A kept connection keeps the ticks coming, and another transport lets a part of one pass.
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    limits.tick = 1ms;
    limits.response = 15ms;
    Client other(limits);
    let_ticks_pass(other);
    outgoing what(plain_url(server.port()));
    auto const began = std::chrono::steady_clock::now();
    BOOST_TEST(client.send(*what).error == errc::response_timeout);
    BOOST_TEST((std::chrono::steady_clock::now() - began >= 80ms));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(connecting_has_a_deadline_for_all_addresses_together, Client, all_clients) {
    full_backlog const port;
    auto limits = patient();
    limits.connect = 60ms;
    Client client(limits, {}, [](std::string const&) {
        return posthorn::resolver_pool::addresses(60, boost::asio::ip::make_address("127.0.0.1"));
    });
    auto const url = "http://many.example.com:" + std::to_string(port.port()) + "/";
    BOOST_TEST(client.post(url).error == errc::connect_timeout);
    limits.total = 20ms;
    Client hasty(limits);
    BOOST_TEST(hasty.post(url).error == errc::total_timeout);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancel_ends_every_phase, Client, all_clients) {
    auto const held = std::make_shared<held_lookup>();
    full_backlog const backlog;
    loopback_server server([](peer& p) { p.answer(); });
    loopback_server silent([](peer& p) { p.stall(); });
    loopback_server body([](peer& p) {
        p.request();
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\na");
        p.mark();
        p.stall();
    });
    Client client(patient(), {}, [held](std::string const& name) {
        if (name == "hangs.example.com")
            held->wait();
        return addresses({"127.0.0.1"});
    });
    outgoing at_name("http://hangs.example.com/");
    outgoing at_connect(plain_url(backlog.port()));
    outgoing at_tls(posthorn::test::tls_url(silent.port()));
    outgoing at_response(plain_url(silent.port()));
    outgoing at_write(plain_url(silent.port()), std::string(16 << 20, 'b'));
    outgoing at_body(plain_url(body.port()));
    std::vector<typename Client::outcome> sends;
    for (auto* const what : {&at_name, &at_connect, &at_tls, &at_response, &at_write})
        sends.push_back(client.start(**what));
    auto const answered = client.start(*at_body);
    client.run_until([&] { return silent.connections() == 3 && body.marks() == 1; });
    client.run_until([&] { return silent.application_bytes() > 100; });
    // What arrived before this exchange began has been read when it ends.
    BOOST_TEST(!client.post(plain_url(server.port())).error);
    BOOST_TEST((std::none_of(sends.begin(), sends.end(), [](auto const& s) { return s->has_value(); })));
    client.cancel();
    for (std::size_t i = 0; i != sends.size(); ++i)
        BOOST_TEST_CONTEXT("phase " << i)
    BOOST_TEST(client.wait(sends[i]).error == errc::cancelled);
    // Its answer was there.
    BOOST_TEST(client.wait(answered).response.status == 200);
    held->release();
    // It can be used again.
    BOOST_TEST(!client.post(plain_url(server.port())).error);
}

// --- addresses ---------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(a_closed_port_refuses, Client, all_clients) {
    closed_port const port;
    Client client;
    auto const x = client.post(plain_url(port.port()));
    BOOST_TEST(x.error == errc::connect_refused);
    BOOST_TEST(!x.detail.empty());
    BOOST_TEST(!x.reused_connection);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_blocked_is_never_connected_to, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    Client client;
    client.allows_address = [](auto const&...) { return false; };
    auto const x = client.post(plain_url(server.port()));
    BOOST_TEST(x.error == errc::blocked_address);
    BOOST_TEST(client.post(posthorn::test::tls_url(server.port())).error == errc::blocked_address);
    client.allows_address = [](auto const&...) { return true; };
    client.allows_endpoint = [](auto const&) { return false; };
    BOOST_TEST(client.post(plain_url(server.port())).error == errc::blocked_address);
    server.stop();
    BOOST_TEST(server.connections() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_guard_is_asked_about_the_address_and_the_port, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    Client client;
    std::vector<std::pair<std::string, unsigned>> asked;
    client.allows_address = [&](boost::asio::ip::address const& a, std::uint16_t port) {
        asked.emplace_back(a.to_string(), port);
        return true;
    };
    std::vector<std::string> endpoints;
    client.allows_endpoint = [&](posthorn::url const& u) {
        endpoints.push_back(u.authority());
        return true;
    };
    auto const authority = "hooks.example.com:" + std::to_string(server.port());
    BOOST_TEST(!client.post("http://" + authority + "/in").error);
    BOOST_TEST((asked == decltype(asked){{"127.0.0.1", server.port()}}));
    BOOST_TEST((endpoints == std::vector{authority}));
    // A kept connection was checked when it was made; its name may be blocked since.
    client.allows_endpoint = [](auto const&) { return false; };
    // Asked once in a tick.
    posthorn::error_code last;
    for (int i = 0; i != 1'000'000 && !last; ++i)
        last = client.post("http://" + authority + "/in").error;
    BOOST_TEST(last == errc::blocked_address);
    BOOST_TEST(client.post("http://" + authority + "/in").error == errc::blocked_address);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_blocked_address_blocks_the_name, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    for (auto const& answer : {addresses({"127.0.0.1", "10.0.0.1"}), addresses({"10.0.0.1", "127.0.0.1"}),
                               addresses({"127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "10.0.0.1"})}) {
        Client client(patient(), {}, [answer](std::string const&) { return answer; });
        client.allows_address = [](boost::asio::ip::address const& a, std::uint16_t) {
            return a.is_loopback();
        };
        auto const x = client.post("http://mixed.example.com:" + std::to_string(server.port()) + "/");
        BOOST_TEST(x.error == errc::blocked_address);
        // The address is for the operator's log alone.
        BOOST_TEST(x.detail == "");
        BOOST_TEST(x.log_detail == "mixed.example.com has the address 10.0.0.1");
    }
    server.stop();
    BOOST_TEST(server.connections() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_other_addresses_of_a_name_are_used_if_the_limits_say_so, Client,
                              all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    auto limits = patient();
    limits.skip_blocked = true;
    auto const url = "http://mixed.example.com:" + std::to_string(server.port()) + "/";
    for (auto const& answer : {addresses({"127.0.0.1", "10.0.0.1"}), addresses({"10.0.0.1", "127.0.0.1"}),
                               addresses({"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "127.0.0.1"})}) {
        Client client(limits, {}, [answer](std::string const&) { return answer; });
        client.allows_address = [](boost::asio::ip::address const& a, std::uint16_t) {
            return a.is_loopback();
        };
        BOOST_TEST(!client.post(url).error);
        client.allows_address = [](auto const&...) { return false; };
        auto const x = client.post("http://other." + url.substr(7));
        BOOST_TEST(x.error == errc::blocked_address);
        BOOST_TEST(x.detail == "");
    }
    server.stop();
    BOOST_TEST(server.reached() == std::vector<std::string>(3, "127.0.0.1"),
               boost::test_tools::per_element());
}

// The system takes 0.0.0.0 for 127.0.0.1.
BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_written_where_nobody_was_asked_about, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    Client client(patient(), {}, [](std::string const&) { return addresses({"0.0.0.0"}); });
    client.allows_address = [](boost::asio::ip::address const& a, std::uint16_t) {
        return a.is_unspecified();
    };
    for (auto const& url : {"http://hooks.example.com:" + std::to_string(server.port()) + "/",
                            posthorn::test::tls_url(server.port())}) {
        auto const x = client.post(url);
        BOOST_TEST(x.error == errc::blocked_address);
        BOOST_TEST(x.detail == "");
        BOOST_TEST(x.log_detail == "asked for 0.0.0.0, the system has connected to 127.0.0.1");
    }
    server.stop();
    BOOST_TEST(server.connections() == 2U);
    BOOST_TEST(server.application_bytes() == 0U);
}

// A receiver listens on all of 127.0.0.0/8. Of it, the guard allows 127.0.0.0/16, and not always; the name
// server answers differently each time. Each connection must be to an address that was allowed for it.
BOOST_AUTO_TEST_CASE_TEMPLATE(no_sequence_of_answers_leads_to_an_address_that_was_not_allowed, Client,
                              all_clients) {
    for (bool const skips : {false, true}) {
        loopback_server server(
            [](peer& p) {
                p.request();
                p.send(sized("200 OK", "Connection: close\r\n"));
            },
            std::nullopt, INADDR_ANY);
        auto const port = std::to_string(server.port());
        auto const rules = posthorn::allow_list().allow_loopback(server.port());
        posthorn::test::random_source random(20261127);
        auto const answer = std::make_shared<posthorn::resolver_pool::addresses>();
        auto limits = patient();
        limits.skip_blocked = skips;
        Client client(limits, {}, [answer](std::string const&) { return *answer; });
        std::vector<std::string> allowed;
        std::size_t refused = 0;
        std::string blocked_now;
        client.allows_address = [&](boost::asio::ip::address const& a, std::uint16_t at) {
            auto const text = a.to_string();
            bool const good =
                rules.allows_address(a, at) && text.starts_with("127.0.") && text != blocked_now;
            if (good)
                allowed.push_back(text);
            else
                ++refused;
            return good;
        };
        constexpr std::string_view places[] = {"127.0.0.1", "127.0.0.2",       "127.0.3.4",
                                               "127.1.0.1", "127.1.0.2",       "10.0.0.1",
                                               "0.0.0.0",   "169.254.169.254", "192.168.1.1"};
        std::size_t reached = 0;
        std::size_t unchecked = 0;
        std::size_t succeeded = 0;
        std::size_t blocked = 0;
        for (int i = 0; i != 400; ++i) {
            answer->clear();
            auto const count = 1 + random.below(4);
            // Half of the answers are of good addresses only.
            auto const most = random.chance(50) ? 3 : std::size(places);
            for (std::size_t n = 0; n != count; ++n)
                answer->push_back(boost::asio::ip::make_address(std::string(places[random.below(most)])));
            blocked_now = random.chance(20) ? places[random.below(3)] : "";
            // Of the cache, or new.
            if (random.chance(70))
                client.pass(11s);
            allowed.clear();
            refused = 0;
            auto const x = client.post("http://rebinding" + std::to_string(random.below(3)) +
                                       ".example.com:" + port + "/");
            auto const all = server.reached();
            for (; reached != all.size(); ++reached)
                unchecked += std::count(allowed.begin(), allowed.end(), all[reached]) == 0 ? 1 : 0;
            bool const passes = skips ? !allowed.empty() : refused == 0;
            BOOST_TEST_REQUIRE(
                (x.error == (passes ? posthorn::error_code() : posthorn::error_code(errc::blocked_address))));
            ++(passes ? succeeded : blocked);
        }
        BOOST_TEST(unchecked == 0U);
        BOOST_TEST(reached == succeeded);
        BOOST_TEST(succeeded > 100U);
        BOOST_TEST(blocked > 50U);
        server.stop();
        BOOST_TEST(server.connections() == reached);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_that_changes_its_address_is_asked_about_again, Client, all_clients) {
    loopback_server server([](peer& p) {
        p.request();
        p.send(sized("200 OK", "Connection: close\r\n"));
    });
    auto const lookups = std::make_shared<std::atomic<int>>(0);
    Client client(patient(), {}, [lookups](std::string const&) {
        return addresses({(*lookups)++ == 0 ? "127.0.0.1" : "10.0.0.1"});
    });
    client.allows_address = [](boost::asio::ip::address const& a, std::uint16_t) { return a.is_loopback(); };
    auto const url = "http://rebinding.example.com:" + std::to_string(server.port()) + "/";
    BOOST_TEST(!client.post(url).error);
    client.pass(9s);
    BOOST_TEST(!client.post(url).error);
    BOOST_TEST(*lookups == 1);
    client.pass(2s);
    BOOST_TEST(client.post(url).error == errc::blocked_address);
    BOOST_TEST(*lookups == 2);
    server.stop();
    BOOST_TEST(server.connections() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_addresses_of_a_name_are_tried_in_turn, Client, all_clients) {
    loopback_server server([](peer& p) { p.answer(); });
    auto const url = "http://several.example.com:" + std::to_string(server.port()) + "/";
    Client client(patient(), {}, [](std::string const&) { return addresses({"127.0.0.2", "127.0.0.1"}); });
    auto const x = client.post(url);
    BOOST_TEST(!x.error);
    BOOST_TEST(x.detail.empty());
    BOOST_TEST(client.post(url).reused_connection);
    // Four at most.
    Client far(patient(), {}, [](std::string const&) {
        return addresses({"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.1"});
    });
    BOOST_TEST(far.post(url).error == errc::connect_refused);
    server.stop();
    BOOST_TEST(server.connections() == 1U);
}

// --- names -------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_without_an_address_fails, Client, all_clients) {
    Client client(patient(), {}, [](std::string const& name) -> posthorn::resolver_pool::addresses {
        if (name == "throws.example.com")
            throw std::runtime_error("no memory");
        return {};
    });
    BOOST_TEST(client.post("http://unknown.example.com/").error == errc::dns_failed);
    BOOST_TEST(client.post("http://throws.example.com/").error == errc::dns_failed);
    BOOST_TEST(client.post("http://unknown.example.com/").error == errc::dns_failed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_address_is_no_name, Client, all_clients) {
    Client client(patient(), {}, [](std::string const&) { return addresses({"10.0.0.1"}); });
    loopback_server server([](peer& p) { p.answer(); });
    BOOST_TEST(!client.post(plain_url(server.port())).error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_look_up_that_hangs_holds_up_nobody_else, Client, all_clients) {
    auto const held = std::make_shared<held_lookup>();
    auto limits = patient();
    limits.resolve = 60ms;
    loopback_server server([](peer& p) { p.answer(); });
    Client client(limits, {}, [held](std::string const& name) {
        if (name == "hangs.example.com")
            held->wait();
        return addresses({"127.0.0.1"});
    });
    auto const port = std::to_string(server.port());
    outgoing first("http://first.example.com:" + port + "/");
    outgoing hangs("http://hangs.example.com:" + port + "/");
    outgoing other("http://other.example.com:" + port + "/");
    // One thread waits for work, and two names come before it wakes.
    BOOST_TEST(!client.send(*first).error);
    auto const slow = client.start(*hangs);
    auto const again = client.start(*hangs);
    auto const fast = client.start(*other);
    BOOST_TEST(!client.wait(fast).error);
    BOOST_TEST(client.wait(slow).error == errc::dns_timeout);
    BOOST_TEST(client.wait(again).error == errc::dns_timeout);
    held->release();
    BOOST_TEST(!client.send(*hangs).error);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_transport_that_ends_does_not_wait_for_a_look_up, Client, all_clients) {
    auto const held = std::make_shared<held_lookup>();
    auto const asked = std::make_shared<std::atomic<bool>>(false);
    {
        Client client(patient(), {}, [=](std::string const&) {
            *asked = true;
            held->wait();
            return addresses({"127.0.0.1"});
        });
        outgoing what("http://hangs.example.com/");
        auto const x = client.start(*what);
        client.run_until([&] { return asked->load(); });
        client.cancel();
        BOOST_TEST(client.wait(x).error == errc::cancelled);
    }
    held->release();
}

BOOST_AUTO_TEST_SUITE_END()
