// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/catalogue.hpp"
#include "../support/loopback_server.hpp"
#include "../support/transport_client.hpp"
#include "../support/verdicts.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::test::all_clients;
using posthorn::test::claimed_entries;
using posthorn::test::loopback_server;
using peer = loopback_server::peer;

// What the first request meets; every later request gets a plain 200.
struct behaviour {
    loopback_server::script script;
    bool https = false;
    // Only the deadline of the body ends it.
    bool hangs = false;

    [[nodiscard]] behaviour hanging() && {
        hangs = true;
        return std::move(*this);
    }

    [[nodiscard]] behaviour over_tls() && {
        https = true;
        return std::move(*this);
    }
};

behaviour says(std::string bytes) {
    return {[bytes = std::move(bytes)](peer& p) {
        p.request();
        p.send(bytes);
    }};
}

// Ends the connection behind the bytes.
behaviour last_says(std::string bytes) {
    return {[bytes = std::move(bytes)](peer& p) {
        p.request();
        p.send(bytes);
        p.fin();
        p.stall();
    }};
}

behaviour floods(std::string begin, std::string unit) {
    return {[begin = std::move(begin), unit = std::move(unit)](peer& p) {
        p.request();
        p.send(begin);
        p.flood(unit);
        p.stall();
    }};
}

std::string times(int count, std::string_view unit) {
    std::string all;
    for (int i = 0; i != count; ++i)
        all += unit;
    return all;
}

std::string sized(std::string const& status, std::string const& fields = "", std::string const& body = "") {
    return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

using table = std::map<std::string, std::vector<behaviour>>;

void add_status_lines(table& t) {
    t["RCV-020"] = {says("<html><body>hello</body></html>\r\n\r\n")};
    t["RCV-022"] = {says("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")};
    t["RCV-023"] = {says("HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n")};
    t["RCV-025"] = {says(std::string("\0\0\6\4\0\0\0\0\0\0\5\0\0\1\0", 15)),
                    says("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")};
    t["RCV-026"] = {says("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")};
    t["RCV-028"] = {says(sized("000 X"))};
    t["RCV-029"] = {says(sized("099 X"))};
    t["RCV-031"] = {says(sized("2000 X"))};
    t["RCV-032"] = {says(sized("20 X"))};
    t["RCV-034"] = {says("\r\n" + sized("200 OK"))};
    t["RCV-035"] = {says("HTTP/1.1 200 OK\nContent-Length: 0\n\n")};
    t["RCV-037"] = {says(sized("200 " + std::string(9 * 1024, 'r'))),
                    says(sized("200 " + std::string(17 * 1024, 'r')))};
    t["RCV-038"] = {floods("HTTP/1.1 200 ", "reason")};
    t["RCV-040"] = {says("220 mail.example.com ESMTP ready\r\n")};
    t["RCV-041"] = {says("-ERR unknown command 'POST'\r\n")};
    t["RCV-043"] = {behaviour{[](peer& p) {
                        p.take(1);
                        p.send(sized("400 Bad Request"));
                        p.stall();
                    }}.over_tls()};
    t["RCV-044"] = {last_says("H"), last_says("HTTP/1.1 20"), last_says("HTTP/1.1 200 OK\r")};
}

void add_interim_responses(table& t) {
    std::string const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    t["RCV-046"] = {says(hints + sized("500 Oops"))};
    t["RCV-047"] = {says(times(9, hints) + sized("200 OK"))};
    t["RCV-049"] = {floods("", "HTTP/1.1 102 Processing\r\n\r\n")};
    t["RCV-050"] = {
        says("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n")};
    t["RCV-052"] = {last_says("HTTP/1.1 100 Continue\r\n\r\n")};
}

void add_header_sections(table& t) {
    auto const with = [](std::string const& fields) { return says(sized("200 OK", fields)); };
    t["RCV-053"] = {floods("HTTP/1.1 200 OK\r\n", "X-Field: " + std::string(200, 'v') + "\r\n"),
                    floods("HTTP/1.1 200 OK\r\nX: ", "v")};
    t["RCV-055"] = {with(times(2000, "a:\r\n"))};
    t["RCV-056"] = {with(times(30, "X-Field: " + std::string(300, 'v') + "\r\n")),
                    with(times(60, "X-Field: " + std::string(300, 'v') + "\r\n"))};
    t["RCV-058"] = {with("X-Folded: a\r\n b\r\n"), with("X-Folded:\r\n\tb\r\n")};
    t["RCV-059"] = {with("X-Field : a\r\n")};
    t["RCV-061"] = {with("no colon\r\n")};
    t["RCV-062"] = {with("X: a\rb\r\n")};
    t["RCV-064"] = {with("X: \x80\xff\xc3\xa4\r\n")};
    t["RCV-065"] = {with("Connection: a b\r\n"), with("Connection: (close)\r\n")};
    t["RCV-067"] = {with("Set-Cookie: a=b; Path=/\r\n")};
    t["RCV-068"] = {says(sized("200 OK", "X: <script>alert(1)</script>\r\n", "<script>alert(1)</script>"))};
    t["RCV-070"] = {
        with("Alt-Svc: h3=\":443\"\r\nStrict-Transport-Security: max-age=9\r\nRefresh: 0; url=/\r\n"
             "Link: </a>; rel=preload\r\n")};
    t["RCV-071"] = {last_says("HTTP/1.1 200 OK\r\nContent-"),
                    last_says("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")};
}

void add_framings(table& t) {
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::string const hello = "5\r\nhello\r\n0\r\n\r\n";
    t["RCV-073"] = {says(ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc")};
    t["RCV-074"] = {says(ok + "Content-Length: 2, 2\r\n\r\nab")};
    t["RCV-076"] = {says(ok + "Content-Length: -2\r\n\r\nab")};
    t["RCV-077"] = {says(ok + "Content-Length: 0x2\r\n\r\nab")};
    t["RCV-079"] = {says(ok + "Content-Length: 18446744073709551616\r\n\r\n")};
    t["RCV-080"] = {says(ok + "Content-Length: 18446744073709551615\r\n\r\nab").hanging(),
                    floods(ok + "Content-Length: 18446744073709551615\r\n\r\n", "ab")};
    t["RCV-082"] = {last_says(ok + "Content-Length: 10\r\n\r\nab")};
    t["RCV-083"] = {says(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + hello),
                    says(ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + hello)};
    t["RCV-085"] = {says(ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + hello)};
    t["RCV-086"] = {says(ok + "Transfer-Encoding: chunked, chunked\r\n\r\n" + hello).hanging()};
    t["RCV-088"] = {last_says(ok + "Transfer-Encoding: identity\r\n\r\nhello")};
    t["RCV-089"] = {last_says(ok + "Transfer-Encoding: xchunked\r\n\r\n" + hello)};
    t["RCV-091"] = {says("HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc")};
    t["RCV-092"] = {says("HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc")};
    t["RCV-094"] = {last_says(ok + "\r\nhello")};
}

void add_bodies(table& t) {
    std::string const ok = "HTTP/1.1 200 OK\r\n";
    std::string const chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    t["RCV-095"] = {floods(ok + "\r\n", "body")};
    t["RCV-097"] = {floods("HTTP/1.1 500 Oops\r\n\r\n", "body")};
    t["RCV-098"] = {says(chunked + times(100'000, "1\r\nx\r\n") + "0\r\n\r\n")};
    t["RCV-100"] = {floods(chunked, "0")};
    t["RCV-101"] = {floods(chunked + "1\r\nx\r\n0\r\n", "X-Trailer: t\r\n")};
    t["RCV-103"] = {says(chunked + "1\r\nx\r\n0\r\nContent-Length: 1\r\n\r\n"),
                    says(chunked + "1\r\nx\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")};
    t["RCV-104"] = {says(chunked + "1;a=\"b\r\nx\r\n0\r\n\r\n").hanging()};
    t["RCV-106"] = {says(chunked + "ffffffffffffffff\r\nx").hanging(),
                    floods(chunked + "ffffffffffffffff\r\n", "x")};
    t["RCV-107"] = {says(chunked + "0x3\r\nabc\r\n0\r\n\r\n")};
    t["RCV-109"] = {says(chunked + "3\nabc\n0\n\n").hanging()};
    t["RCV-110"] = {says(chunked + "3\r\nabcXX0\r\n\r\n")};
    t["RCV-112"] = {
        says(sized("200 OK", "Content-Encoding: gzip\r\n", "\x1f\x8b" + std::string(50 * 1024, '\1')))};
    t["RCV-113"] = {
        says(sized("200 OK", "Content-Encoding: " + times(50, "gzip, ") + "gzip\r\n", "\x1f\x8b"))};
    t["RCV-115"] = {says(sized("200 OK", "", std::string("\xff\xfe\0\x80", 4)))};
    t["RCV-116"] = {says(sized("200 OK", "", "Authorization: Bearer secret"))};
}

void add_statuses(table& t) {
    auto const status = [](std::string const& line, std::string const& fields = "") {
        return says(sized(line, fields));
    };
    std::map<std::string, std::vector<std::string>> const plain{
        {"RCV-128", {"200 OK"}},         {"RCV-130", {"202 Accepted"}},
        {"RCV-131", {"203 X"}},          {"RCV-133", {"206 X"}},
        {"RCV-134", {"226 X"}},          {"RCV-146", {"400 X"}},
        {"RCV-149", {"404 X", "405 X"}}, {"RCV-151", {"408 X"}},
        {"RCV-152", {"410 Gone"}},       {"RCV-154", {"413 X"}},
        {"RCV-155", {"415 X", "422 X"}}, {"RCV-157", {"421 X"}},
        {"RCV-158", {"425 X"}},          {"RCV-160", {"500 X", "502 X", "503 X", "504 X"}},
        {"RCV-161", {"501 X", "505 X"}}, {"RCV-164", {"200 OK"}}};
    for (auto const& [id, lines] : plain)
        for (auto const& line : lines)
            t[id].push_back(status(line));
    std::string const location = "Location: http://127.0.0.1:1/\r\n";
    t["RCV-136"] = {status("300 X", location)};
    t["RCV-137"] = {status("301 X", location)};
    t["RCV-139"] = {status("303 X", location)};
    t["RCV-140"] = {status("307 X", location)};
    t["RCV-142"] = {status("302 X", "Location: http://169.254.169.254/\r\n")};
    t["RCV-143"] = {status("307 X", "Location: https://other-tenant/\r\n")};
    t["RCV-145"] = {status("302 X"), status("302 X", "Location: /" + std::string(8 * 1024, 'l') + "\r\n"),
                    status("302 X", "Location: /a%0d%0aX: b\r\n"),
                    status("302 X", "Location: /" + std::string(64 * 1024, 'l') + "\r\n")};
    t["RCV-148"] = {status("401 X", "WWW-Authenticate: Basic realm=\"x\"\r\n")};
    t["RCV-163"] = {says(sized("200 OK", "Content-Type: text/html\r\n", "<form>Please log in</form>"))};
}

// Of groups that are tested elsewhere, what fits this form.
void add_connections(table& t) {
    t["RCV-007"] = {{[](peer& p) {
        p.fin();
        p.stall();
    }}};
    t["RCV-019"] = {last_says(sized("200 OK"))};
    t["RCV-119"] = {says(sized("200 OK") + sized("200 OK"))};
    t["RCV-122"] = {last_says(sized("200 OK", "Connection: keep-alive\r\n"))};
    t["RCV-124"] = {says(sized("200 OK", "Keep-Alive: timeout=999999999, max=999999999\r\n"))};
    t["RCV-185"] = {says(sized("200 OK", "Retry-After: 60\r\n"))};
}

table everything() {
    table t;
    add_status_lines(t);
    add_interim_responses(t);
    add_header_sections(t);
    add_framings(t);
    add_bodies(t);
    add_statuses(t);
    add_connections(t);
    return t;
}

template <class Client>
void check(behaviour const& b, std::string_view expect, std::string_view conn) {
    loopback_server server([&](peer& p) {
        if (p.number() == 0)
            b.script(p);
        p.answer();
    });
    auto limits = posthorn::test::patient();
    if (b.hangs)
        limits.body = 30ms;
    Client client(limits);
    auto const to =
        b.https ? posthorn::test::tls_url(server.port()) : posthorn::test::plain_url(server.port());
    auto const x = client.post(to);
    BOOST_TEST(posthorn::test::is_as_expected(x, expect),
               "status " << x.response.status << ", " << x.error.message() << " is not " << expect);
    auto const second = client.post(posthorn::test::plain_url(server.port()));
    BOOST_TEST(!second.error);
    server.stop();
    BOOST_TEST(server.connections() == (conn == "reuse" ? 1U : 2U));
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_hostile_receivers)

BOOST_AUTO_TEST_CASE_TEMPLATE(gives_the_verdicts_of_the_catalogue, Client, all_clients) {
    auto const receivers = everything();
    claimed_entries claimed("integration_hostile_receivers");
    claimed.each([&](std::string const& id, boost::json::object const& entry) {
        auto const found = receivers.find(id);
        BOOST_TEST_REQUIRE((found != receivers.end()), "not tested");
        for (std::size_t i = 0; i != found->second.size(); ++i)
            BOOST_TEST_CONTEXT("form " << i)
        check<Client>(found->second[i], claimed.expected(entry, "expect", i),
                      claimed.expected(entry, "conn", i));
    });
    BOOST_TEST(claimed.all().size() == receivers.size());
}

BOOST_AUTO_TEST_SUITE_END()
