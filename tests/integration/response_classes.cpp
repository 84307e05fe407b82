// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/conversation.hpp"
#include "../support/verdicts.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The classes behind the catalogue of hostile receivers: every status, every byte, every spelling, each
// against a rule that is written here once more.

namespace {

using posthorn::errc;
using posthorn::test::all_clients;
using posthorn::test::conversation;
using posthorn::test::plain_200;
using posthorn::test::reply;
using posthorn::test::verdict;

std::string const ok = "HTTP/1.1 200 OK\r\n";
std::string const empty = "Content-Length: 0\r\n\r\n";

void check(reply const& r, errc error) {
    BOOST_TEST(r.outcome.error == error, r.outcome.error.message());
    BOOST_TEST(r.outcome.response.status == 0);
    BOOST_TEST(!r.kept);
}

void check_delivered(reply const& r, bool kept) {
    BOOST_TEST(!r.outcome.error, r.outcome.error.message());
    BOOST_TEST(r.kept == kept);
}

bool is_token(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool is_text(char c) {
    auto const byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// Calls `test(byte)` for each byte.
template <class Test>
void each_byte(Test test) {
    for (int i = 0; i != 256; ++i)
        BOOST_TEST_CONTEXT("byte " << i)
    test(static_cast<char>(i));
}

// What a Content-Length of one field means: nothing, if it is none.
struct length {
    std::optional<std::uint64_t> value;
    bool list = false;
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
    if (text.empty())
        return std::nullopt;
    std::uint64_t n = 0;
    for (char const c : text) {
        constexpr auto most = std::numeric_limits<std::uint64_t>::max();
        if (c < '0' || c > '9' || n > most / 10 || (n == most / 10 && c > '5'))
            return std::nullopt;
        n = n * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return n;
}

length length_of(std::string_view text) {
    length l;
    l.list = text.find(',') != text.npos;
    for (bool first = true;; first = false) {
        auto const comma = text.find(',');
        auto const n = number(trimmed(text.substr(0, comma)));
        if (!n || (!first && n != l.value))
            return {std::nullopt, l.list};
        l.value = n;
        if (comma == text.npos)
            return l;
        text.remove_prefix(comma + 1);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_response_classes)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_status_has_its_verdict, Client, all_clients) {
    conversation<Client> receiver;
    for (int status = 0; status != 1000; ++status) {
        auto digits = std::to_string(status);
        digits.insert(0, 3 - digits.size(), '0');
        bool const interim = status >= 100 && status < 200;
        auto const r = receiver.to("HTTP/1.1 " + digits + " X\r\n" +
                                   (interim ? "\r\n" + std::string(plain_200) : empty));
        BOOST_TEST_CONTEXT("status " << digits) {
            if (status < 100 || status > 599) {
                check(r, errc::bad_status);
            } else if (status == 101) {
                check(r, errc::unexpected_upgrade);
            } else if (status < 300) {
                check_delivered(r, true);
                BOOST_TEST(r.outcome.response.status == (interim ? 200 : status));
            } else {
                BOOST_TEST(r.outcome.error == errc::http_status);
                BOOST_TEST(r.outcome.response.status == status);
                BOOST_TEST(verdict(r.outcome) == (status == 410   ? "gone"
                                                  : status == 413 ? "permanent"
                                                                  : "retry"));
                BOOST_TEST(r.kept == (status != 408 && status != 421 && status != 425));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_byte_at_each_place_of_a_status_line, Client, all_clients) {
    conversation<Client> receiver;
    std::string const line = "HTTP/1.1 200 OK\r\n";
    for (std::size_t place = 0; place != line.size(); ++place)
        each_byte([&](char c) {
            // Behind an interim response there would be a wait for the final one.
            if (place == 9 && c == '1')
                return;
            auto bytes = line;
            bytes[place] = c;
            bytes += empty;
            BOOST_TEST_CONTEXT("at " << place) {
                auto const r = receiver.to(bytes);
                auto const status = bytes.substr(9, 3);
                bool const version = bytes.starts_with("HTTP/1.1 ") || bytes.starts_with("HTTP/1.0 ");
                bool const digits =
                    std::all_of(status.begin(), status.end(), [](char d) { return d >= '0' && d <= '9'; });
                bool const whole = bytes[12] == ' ' && bytes.substr(15, 2) == "\r\n" && is_text(bytes[13]) &&
                                   is_text(bytes[14]);
                auto const code = digits ? std::stoi(status) : 0;
                if (version && digits && whole && code >= 200 && code < 300)
                    check_delivered(r, bytes[7] == '1');
                else if (version && digits && whole && code >= 300 && code < 600)
                    BOOST_TEST(r.outcome.error == errc::http_status);
                else if (!version)
                    check(r, errc::bad_version);
                else if (!digits || bytes[12] != ' ' || (whole && (code < 100 || code > 599)))
                    check(r, errc::bad_status);
                else {
                    BOOST_TEST(r.outcome.error);
                    BOOST_TEST(verdict(r.outcome) == "retry");
                    BOOST_TEST(!r.kept);
                }
            }
        });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_byte_in_a_field_name, Client, all_clients) {
    conversation<Client> receiver;
    each_byte([&](char c) {
        for (std::string const before : {"", "X"}) {
            auto const r = receiver.to(ok + before + c + "Y: v\r\n" + empty);
            bool const splits = c == ':' && !before.empty();
            // A blank at the begin of a line continues a field, and there is none.
            if (is_token(c) || splits)
                check_delivered(r, true);
            else
                BOOST_TEST((r.outcome.error == errc::bad_response_field ||
                            r.outcome.error == errc::bad_response_line),
                           r.outcome.error.message());
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_byte_in_a_field_value, Client, all_clients) {
    conversation<Client> receiver;
    each_byte([&](char c) {
        for (auto const& value : std::vector<std::string>{std::string(1, c), std::string("a") + c,
                                                          std::string("a") + c + "b", c + std::string("b")}) {
            auto const r = receiver.to(ok + "X: " + value + "\r\n" + empty);
            if (is_text(c))
                check_delivered(r, true);
            else if (c == '\r' && (value == "a\r" || value == "\r"))
                BOOST_TEST(!r.kept);
            else {
                BOOST_TEST((r.outcome.error == errc::bad_response_field ||
                            r.outcome.error == errc::bad_response_line),
                           r.outcome.error.message());
                BOOST_TEST(!r.kept);
            }
        }
    });
}

// Behind the header nothing changes the verdict; what is no chunk of five bytes and an end costs the
// connection.
BOOST_AUTO_TEST_CASE_TEMPLATE(every_byte_in_a_chunked_body, Client, all_clients) {
    using namespace std::chrono_literals;
    conversation<Client> receiver(3ms);
    std::string const body = "5\r\nhello\r\n0\r\n\r\n";
    std::string const telling = std::string("\0\t\n\v\r ", 6) + "\x1b!\"+,-./0159:;ABFGabfgx\x7f\x80\xff";
    for (std::size_t place = 0; place != body.size(); ++place)
        each_byte([&](char c) {
            // Many of the others make the client wait for the end of a body.
            if (place != 0 && telling.find(c) == telling.npos)
                return;
            auto bytes = body;
            bytes[place] = c;
            bool const data = place >= 3 && place < 8;
            bool const same = c == body[place];
            BOOST_TEST_CONTEXT("at " << place)
            check_delivered(receiver.to(ok + "Transfer-Encoding: chunked\r\n\r\n" + bytes), data || same);
        });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(chunk_sizes_in_many_spellings, Client, all_clients) {
    using namespace std::chrono_literals;
    conversation<Client> receiver(3ms);
    auto const say = [&](std::string const& line, std::string const& tail = "0\r\n\r\n") {
        return receiver.to(ok + "Transfer-Encoding: chunked\r\n\r\n" + line + "\r\n0123456789\r\n" + tail);
    };
    for (auto const* const good :
         {"a", "A", "0a", "0000000a", "a;x", "a;x=y", "a;x=\"y\"", "a ;x=y", "a; x = y"})
        BOOST_TEST_CONTEXT(good)
    check_delivered(say(good), true);
    for (auto const* const bad :
         {"", " ", " a", "-a", "+a", "0xa", "a.", "1a", "9", "b", "10000000000000000a", "ffffffffffffffff",
          "10000000000000000", "a,", "a\x01", "g", "a b", "\xd9\xa1"})
        BOOST_TEST_CONTEXT(bad)
    check_delivered(say(bad), false);
    for (auto const* const end : {"00\r\n\r\n", "0;x\r\n\r\n", "0\r\nX: y\r\n\r\n"})
        BOOST_TEST_CONTEXT(end)
    check_delivered(say("a", end), true);
    for (auto const* const end :
         {"0\r\n", "0\r\n\r", "0\r\nno colon\r\n\r\n", "0\r\n\r\nmore", "0\n\n", "-0\r\n\r\n"})
        BOOST_TEST_CONTEXT(end)
    check_delivered(say("a", end), false);
}

// What stands behind the body is believed by nobody.
BOOST_AUTO_TEST_CASE_TEMPLATE(trailers_change_nothing, Client, all_clients) {
    conversation<Client> receiver;
    for (auto const* const trailer : {"Retry-After: 7200", "Location: http://127.0.0.1/", "Connection: close",
                                      "Connection: keep-alive", "X: y", "Keep-Alive: timeout=1"}) {
        auto const r = receiver.to("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" +
                                   std::string(trailer) + "\r\n\r\n");
        BOOST_TEST_CONTEXT(trailer) {
            BOOST_TEST(r.outcome.response.status == 503);
            BOOST_TEST(r.outcome.response.retry_after == "");
            BOOST_TEST(r.outcome.response.location == "");
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lengths_in_many_spellings, Client, all_clients) {
    using namespace std::chrono_literals;
    conversation<Client> receiver(3ms);
    std::vector<std::string> spellings{"5",
                                       "05",
                                       "000000000000000000005",
                                       "5 ",
                                       "5\t",
                                       "\t5",
                                       "  5  ",
                                       "6",
                                       "4",
                                       "0",
                                       "+5",
                                       "-5",
                                       "-0",
                                       "0x5",
                                       "5.0",
                                       "5e0",
                                       "5a",
                                       "a5",
                                       "5 5",
                                       "5;5",
                                       "5,5",
                                       "5, 5",
                                       "5 ,5",
                                       "5,\t5",
                                       "5,6",
                                       "5,5,5",
                                       "5,5,6",
                                       "5,",
                                       ",5",
                                       ",",
                                       "",
                                       " ",
                                       "\xd9\xa5",
                                       "\"5\"",
                                       "5\x7f",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "18446744073709551621",
                                       "99999999999999999999",
                                       "340282366920938463463374607431768211461",
                                       "05,5",
                                       "5,05",
                                       "0,0",
                                       "five",
                                       "5%",
                                       "#5",
                                       "5\"",
                                       "NaN",
                                       "inf",
                                       "1_0",
                                       "1'0"};
    for (auto const& s : spellings)
        BOOST_TEST_CONTEXT('"' << s << '"') {
            auto const r = receiver.to(ok + "Content-Length:" + s + "\r\n\r\nhello");
            auto const l = length_of(s);
            if (l.value)
                check_delivered(r, *l.value == 5 && !l.list);
            else if (s.find('\x7f') != s.npos)
                BOOST_TEST(r.outcome.error);
            else
                check(r, errc::bad_content_length);
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(fields_about_the_framing_in_all_pairs, Client, all_clients) {
    using namespace std::chrono_literals;
    conversation<Client> receiver(3ms);
    std::vector<std::string> const fields{"Content-Length: 5",
                                          "Content-Length: 6",
                                          "Content-Length: 5, 5",
                                          "Content-Length: x",
                                          "Transfer-Encoding: chunked",
                                          "Transfer-Encoding: CHUNKED",
                                          "Transfer-Encoding: gzip",
                                          "Transfer-Encoding: gzip, chunked",
                                          "Transfer-Encoding: chunked, gzip",
                                          "Transfer-Encoding: identity",
                                          "Transfer-Encoding: chunked, chunked",
                                          "Transfer-Encoding:",
                                          "X: y"};
    auto const is = [](std::string const& f, char const* name) { return f.starts_with(name); };
    for (auto const& first : fields)
        for (auto const& second : fields) {
            bool const chunked =
                is(first, "Transfer-Encoding: chunked") || is(second, "Transfer-Encoding: chunked");
            auto const r = receiver.to(ok + first + "\r\n" + second + "\r\n\r\n" +
                                       (chunked ? "5\r\nhello\r\n0\r\n\r\n" : "hello"));
            BOOST_TEST_CONTEXT(first << " | " << second) {
                int const lengths = int{is(first, "Content")} + int{is(second, "Content")};
                int const codings = int{is(first, "Transfer")} + int{is(second, "Transfer")};
                auto const values = [&](char const* name) {
                    std::string v;
                    for (auto const* const f : {&first, &second})
                        if (is(*f, name))
                            v += (v.empty() ? "" : ",") + f->substr(f->find(':') + 1);
                    return v;
                };
                bool const has_bad_length = lengths != 0 && !length_of(values("Content")).value;
                if (codings > 1 || (codings != 0 && lengths != 0)) {
                    BOOST_TEST((r.outcome.error == errc::bad_framing ||
                                (has_bad_length && r.outcome.error == errc::bad_content_length)),
                               r.outcome.error.message());
                    BOOST_TEST(!r.kept);
                } else if (has_bad_length) {
                    check(r, errc::bad_content_length);
                } else {
                    auto const coding = values("Transfer");
                    bool const exact = lengths == 1 ? values("Content") == " 5" : coding == " chunked";
                    BOOST_TEST(!r.outcome.error, r.outcome.error.message());
                    BOOST_TEST(r.kept == exact);
                }
            }
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sizes_around_the_limits, Client, all_clients) {
    conversation<Client> receiver;
    auto const header = [](std::size_t size) {
        std::string const rest = ok + "X: " + "\r\n" + empty;
        return ok + "X: " + std::string(size - rest.size(), 'v') + "\r\n" + empty;
    };
    constexpr std::size_t most = 16 * 1024;
    for (std::size_t size = most - 4; size != most + 5; ++size)
        BOOST_TEST_CONTEXT("header of " << size) {
            auto const r = receiver.to(header(size));
            size <= most ? check_delivered(r, true) : check(r, errc::header_limit);
        }
    // Interim responses count.
    std::string const hint = "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n";
    for (std::size_t size = most - 3; size != most + 4; ++size)
        BOOST_TEST_CONTEXT("header of " << size << " with an interim one") {
            auto const r = receiver.to(hint + header(size - hint.size()));
            size <= most ? check_delivered(r, true) : check(r, errc::header_limit);
        }
    for (int fields = 97; fields != 104; ++fields)
        BOOST_TEST_CONTEXT(fields << " fields") {
            std::string all;
            for (int i = 1; i != fields; ++i)
                all += "X: y\r\n";
            auto const r = receiver.to(ok + all + empty);
            fields <= 100 ? check_delivered(r, true) : check(r, errc::header_limit);
        }
    for (int interim = 0; interim != 12; ++interim)
        BOOST_TEST_CONTEXT(interim << " interim responses") {
            std::string all;
            for (int i = 0; i != interim; ++i)
                all += hint;
            auto const r = receiver.to(all + std::string(plain_200));
            interim <= 8 ? check_delivered(r, true) : check(r, errc::too_many_interim);
        }
    for (std::size_t const size : {4095U, 4096U, 4097U, 65535U, 65536U})
        BOOST_TEST_CONTEXT("body of " << size) {
            auto const r = receiver.to(ok + "Content-Length: " + std::to_string(size) + "\r\n\r\n" +
                                       std::string(size, 'b'));
            check_delivered(r, true);
            BOOST_TEST(r.outcome.response.excerpt.size() == std::min<std::size_t>(size, 4096));
        }
    // One read may go beyond the limit.
    for (std::size_t const size : {70000U, 140000U})
        BOOST_TEST_CONTEXT("body of " << size)
    check_delivered(
        receiver.to(ok + "Content-Length: " + std::to_string(size) + "\r\n\r\n" + std::string(size, 'b')),
        false);
}

// Fields of interim responses are bounded by the bytes of all headers, and say nothing about the final one.
BOOST_AUTO_TEST_CASE_TEMPLATE(interim_responses_say_nothing, Client, all_clients) {
    conversation<Client> receiver;
    for (int status = 102; status != 200; ++status) {
        auto const r = receiver.to("HTTP/1.1 " + std::to_string(status) +
                                   " X\r\nRetry-After: 9\r\nLocation: /\r\nContent-Length: 5\r\nConnection: "
                                   "close\r\n\r\nHTTP/1.1 503 Busy\r\n" +
                                   empty);
        BOOST_TEST_CONTEXT("status " << status) {
            BOOST_TEST(r.outcome.response.status == 503);
            BOOST_TEST(r.outcome.response.retry_after == "");
            BOOST_TEST(r.outcome.response.location == "");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
