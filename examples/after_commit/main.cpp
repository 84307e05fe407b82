// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A webhook that is called while the user waits, after the change was committed: what goes wrong is reported
// to the user, and the change stands. The host is a coroutine here, so no thread is blocked. A second webhook
// is told in the background as always.

#include <posthorn/defaults.hpp>

#include "../common/receiver.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

struct ticket {
    std::int64_t id;
    std::string state;
};
BOOST_DESCRIBE_STRUCT(ticket, (), (id, state))

using objects = posthorn::catalog<posthorn::object<ticket, "ticket">>;

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_semantics<
                      posthorn::after_commit, posthorn::fire_and_forget> {};

using dispatcher = posthorn::dispatcher<objects, policies>;

namespace {

// The other side, in a thread: the customers' portal is out of order, the archive is well.
std::vector<std::string> answer_requests(example::receiver& receiver, int requests) {
    std::vector<std::string> lines;
    for (; requests != 0; --requests) {
        auto socket = receiver.accept();
        auto const request = example::read_request(socket);
        bool const is_portal = request.request_line.starts_with("PUT /portal/");
        example::answer(socket, is_portal ? "503 Service Unavailable" : "204 No Content");
        lines.push_back(request.request_line);
    }
    return lines;
}

bool save_webhooks(dispatcher& hooks, std::string const& base) {
    auto const portal = hooks.save(hooks.webhook("Customer portal")
                                       .on<ticket>(posthorn::action::modified)
                                       .put(base + "/portal/{{ticket.id}}")
                                       .body(R"({"state": {{ticket.state}}})")
                                       .after_commit());
    auto const archive = hooks.save(hooks.webhook("Archive")
                                        .on<ticket>(posthorn::action::modified)
                                        .post(base + "/archive/{{ticket.id}}")
                                        .body(posthorn::default_body));
    return portal && archive;
}

// The host has no database, so the change is made at once; `undo` says how it would be taken back.
asio::awaitable<void> close_ticket(dispatcher& hooks, ticket& it, posthorn::transaction_report& out) {
    ticket const before = it;
    it.state = "closed";
    auto tx = hooks.begin(posthorn::undo([&] { it = before; }));
    tx.by("ada");
    tx.modified(before, it);
    // The operation has a name of its own: see the README on g++ 12 and braces beside co_await.
    auto commit = tx.async_commit();
    out = co_await std::move(commit);
    // Lets the background come to its end; a server would go on instead.
    co_await hooks.async_drain(std::chrono::seconds(10), asio::use_awaitable);
}

} // namespace

int main() {
    example::receiver receiver;
    asio::io_context io;
    dispatcher hooks{io, posthorn::allow_list().allow_loopback(receiver.port())};
    if (!save_webhooks(hooks, "http://127.0.0.1:" + std::to_string(receiver.port()))) {
        std::puts("a webhook was not saved");
        return 1;
    }
    auto arrived = std::async(std::launch::async, [&] { return answer_requests(receiver, 2); });

    ticket it{7, "open"};
    posthorn::transaction_report report;
    hooks.async_run(asio::detached);
    asio::co_spawn(io, close_ticket(hooks, it, report), asio::detached);
    io.run();

    std::printf("committed: %s; ticket %d is %s\n", report ? "yes" : "no", static_cast<int>(it.id),
                it.state.c_str());
    for (auto const& call : report.failed())
        std::printf("\"%s\" (%s) answered %d\n", call.wording().c_str(), to_string(call.mode()).data(),
                    call.status());
    for (auto const& line : report.messages())
        std::printf("  %s\n", line.c_str());
    std::printf("in the background: %zu\n", report.accepted());
    auto const lines = arrived.get();
    for (auto const& line : lines)
        std::printf("the receiver got: %s\n", line.c_str());

    bool const reported = report.failed().size() == 1 && report.failed()[0].status() == 503;
    bool const told = lines == std::vector<std::string>{"PUT /portal/7 HTTP/1.1", "POST /archive/7 HTTP/1.1"};
    return report.committed() && it.state == "closed" && reported && report.accepted() == 1 && told ? 0 : 1;
}
