// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>
#include <posthorn/environment/system_clock.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/retry/no_retry.hpp>
#include <posthorn/signing/no_signature.hpp>

#include "support/archetypes.hpp"
#include "support/dispatcher_fixture.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/mp11/list.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <type_traits>

using namespace posthorn;
using namespace posthorn::test;

// Every set of modes, each with no more policies than it needs.
namespace {

struct small_transport {
    boost::asio::awaitable<exchange> send(request const&) { co_return answered(); }
    void cancel() noexcept {}
    static exchange answered() {
        exchange x;
        x.response.status = 200;
        return x;
    }
};

struct small_blocking_transport {
    exchange call(request const&) { return small_transport::answered(); }
    void cancel() noexcept {}
};

using nothing = policy_set<not_set, not_set, memory_storage, not_set, not_set, no_signature, not_set,
                           public_addresses, no_observer, system_clock, system_random, uuid_v7>;

using background =
    nothing::with_transport<small_transport>::with_outbox<memory_storage>::with_retry<no_retry>;
using blocking = nothing::with_blocking_transport<small_blocking_transport>;
using waiting = nothing::with_transport<small_transport>;
using both = background::with_blocking_transport<small_blocking_transport>;

using sets =
    boost::mp11::mp_list<background::with_semantics<fire_and_forget>,
                         blocking::with_semantics<in_transaction>, blocking::with_semantics<after_commit>,
                         blocking::with_semantics<in_transaction, after_commit>,
                         both::with_semantics<in_transaction, fire_and_forget>,
                         both::with_semantics<after_commit, fire_and_forget>,
                         both::with_semantics<in_transaction, after_commit, fire_and_forget>>;

using waiting_sets =
    boost::mp11::mp_list<waiting::with_semantics<in_transaction>, waiting::with_semantics<after_commit>,
                         waiting::with_semantics<after_commit, in_transaction>,
                         background::with_semantics<in_transaction, fire_and_forget>,
                         background::with_semantics<after_commit, fire_and_forget>,
                         background::with_semantics<in_transaction, after_commit, fire_and_forget>>;

static_assert(boost::mp11::mp_size<sets>::value == 7);
static_assert(boost::mp11::mp_is_set<sets>::value);

webhook hook(call_mode mode) {
    webhook w;
    w.wording = "Tell";
    w.url = "https://a.example.com/";
    w.body = webhook_body("1");
    w.object = "project";
    w.mode = mode;
    return w;
}

// Saves one webhook of each mode; those that are not compiled in are refused, and the reason names the
// others.
template <class Policies>
std::size_t save_all(dispatcher<objects, Policies>& hooks) {
    std::size_t saved = 0;
    for (auto const mode : {call_mode::in_transaction, call_mode::after_commit, call_mode::fire_and_forget}) {
        auto const id = hooks.save(hook(mode));
        BOOST_TEST(id.has_value() == Policies::semantics::has(mode));
        if (id) {
            ++saved;
            continue;
        }
        auto const errors = id.error();
        BOOST_REQUIRE(errors.all().size() == 1U);
        auto const& why = errors.all().front();
        BOOST_TEST(why.field() == "mode");
        BOOST_TEST(why.message().starts_with("webhooks of this host cannot be " +
                                             std::string(to_string(mode)) + "; choose "));
        for (auto const other :
             {call_mode::in_transaction, call_mode::after_commit, call_mode::fire_and_forget})
            if (Policies::semantics::has(other))
                BOOST_TEST(why.message().find(to_string(other)) != std::string::npos);
    }
    return saved;
}

} // namespace

BOOST_AUTO_TEST_SUITE(concepts_semantics)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_set_of_modes_commits, Policies, sets) {
    boost::asio::io_context io;
    dispatcher<objects, Policies> hooks(io);
    auto const saved = save_all(hooks);
    auto tx = hooks.begin();
    project const one{1, "A"};
    tx.created(one);
    auto const report = tx.commit();
    BOOST_TEST(report.committed());
    BOOST_TEST(report.calls().size() + report.accepted() == saved);
    BOOST_TEST(report.accepted() == (Policies::semantics::background() ? 1U : 0U));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(every_set_of_modes_commits_without_blocking, Policies, waiting_sets) {
    boost::asio::io_context io;
    dispatcher<objects, Policies> hooks(io);
    auto const saved = save_all(hooks);
    auto tx = hooks.begin();
    project const one{1, "A"};
    tx.created(one);
    std::optional<transaction_report> report;
    tx.async_commit([&](transaction_report r) { report = std::move(r); });
    io.poll();
    BOOST_REQUIRE(report.has_value());
    BOOST_TEST(report->committed());
    BOOST_TEST(report->calls().size() + report->accepted() == saved);
}

// A transaction asks no more of its host and of the transport than their concepts say.
BOOST_AUTO_TEST_CASE(a_transaction_needs_no_more_than_the_concepts_say) {
    struct policies
        : nothing::with_blocking_transport<archetypes::blocking_transport>::with_semantics<in_transaction> {};
    boost::asio::io_context io;
    archetypes::blocking_transport const transport(0);
    dispatcher<objects, policies> hooks(io, transport);
    BOOST_TEST(hooks.save(hook(call_mode::in_transaction)).has_value());
    archetypes::host_transaction const host(0);
    project const one{1, "A"};
    auto tx = hooks.begin(host);
    tx.created(one);
    BOOST_TEST(tx.commit().committed());
    BOOST_TEST(*transport.sent == 1);
    BOOST_TEST(*host.commits == 1);
    BOOST_TEST(*host.rollbacks == 0);
}

BOOST_AUTO_TEST_SUITE_END()

static_assert(check_semantics<semantics_set<in_transaction, after_commit, fire_and_forget>>());
static_assert(Semantics<in_transaction> && Semantics<after_commit> && Semantics<fire_and_forget>);
static_assert(!Semantics<int> && !Semantics<no_retry>);
