// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A call in a transaction, blocking, on one connection that is kept: begin, match, render, sign, send,
// report, commit. Counts from begin() to the report of commit(). Options and output:
// benchmarks/common/sender.hpp.

#include <posthorn/defaults.hpp>

#include "../common/allocations.hpp"
#include "../common/sender.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct item {
    std::string id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, text))

using objects = posthorn::catalog<posthorn::object<item, "item">>;

struct policies
    : posthorn::default_policies::with_guard<posthorn::allow_list>::with_semantics<posthorn::in_transaction> {
};

using dispatcher = posthorn::dispatcher<objects, policies>;

void save(dispatcher& hooks, bench::sender_options const& wanted) {
    auto draft = hooks.webhook("bench")
                     .on<item>(posthorn::action::modified)
                     .post("http://" + wanted.host() + ":" + std::to_string(wanted.port) + "/hooks/item")
                     .body(R"({"type":"item.modified","id":"{{item.id}}","text":"{{item.text}}"})")
                     .in_transaction();
    if (!wanted.secret.empty())
        std::move(draft).sign(posthorn::secret(wanted.secret));
    if (auto const saved = hooks.save(draft); !saved)
        throw std::runtime_error(saved.error().text());
}

void run(bench::sender_options const& wanted) {
    if (wanted.connections != 1 || wanted.tls())
        throw std::invalid_argument("a blocking exchange has one connection, without TLS");
    boost::asio::io_context io;
    dispatcher hooks(io, posthorn::allow_list().allow_loopback(wanted.port));
    save(hooks, wanted);
    constexpr std::string_view without_text = R"({"type":"item.modified","id":"","text":""})";
    item subject;
    subject.id.assign(bench::message_body::digits, '0');
    subject.text.assign(wanted.body - without_text.size() - subject.id.size(), 'x');
    bench::load load(wanted);
    std::uint64_t allocated_before = 0;
    for (std::uint64_t number = 1; !load.is_over();) {
        if (!load.is_due())
            continue;
        if (load.is_warming_up())
            allocated_before = bench::allocations().count;
        bench::message_body::write_number(subject.id.data() + subject.id.size(), number++);
        auto const started = load.start();
        auto tx = hooks.begin();
        tx.modified(subject, subject);
        auto const report = tx.commit();
        if (!report)
            throw std::runtime_error(report.error().message());
        load.end(started);
    }
    char more[64];
    std::snprintf(more, sizeof more, ",\"allocations_per_delivery\":%.4f",
                  static_cast<double>(bench::allocations().count - allocated_before) /
                      static_cast<double>(wanted.requests));
    load.print("posthorn_calls", more);
}

} // namespace

int main(int argc, char** argv) {
    return bench::run_sender(argc, argv, run);
}
