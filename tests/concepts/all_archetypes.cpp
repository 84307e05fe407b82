// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/archetypes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace posthorn;
namespace archetypes = test::archetypes;

struct thing {
    int id = 7;
};
BOOST_DESCRIBE_STRUCT(thing, (), (id))

using objects = catalog<object<thing, "thing">>;

struct policies
    : policy_set<archetypes::transport, not_set, archetypes::registry, archetypes::outbox,
                 semantics_set<fire_and_forget>, archetypes::signer, archetypes::retry, archetypes::guard,
                 archetypes::observer, archetypes::clock, archetypes::random, archetypes::ids> {};

} // namespace

BOOST_AUTO_TEST_SUITE(concepts_all_archetypes)

// The concepts ask for all that the dispatcher uses: this compiles, and delivers.
BOOST_AUTO_TEST_CASE(a_dispatcher_needs_no_more_of_its_policies_than_their_concepts_say) {
    boost::asio::io_context io;
    archetypes::transport const transport(0);
    archetypes::outbox const outbox(0);
    archetypes::observer const observer(0);
    dispatcher<objects, policies> hooks(io, transport, archetypes::registry(0), outbox, archetypes::signer(0),
                                        archetypes::retry(0), archetypes::guard(0), observer,
                                        archetypes::clock(0), archetypes::random(0), archetypes::ids(0));
    BOOST_TEST(
        hooks.save(hooks.webhook("w").on<thing>().post("http://anything/").body("{{thing.id}}")).has_value());
    BOOST_TEST(hooks.save(hooks.webhook("w").on<thing>(action::created).get("http://anything/")).has_value());
    thing const t;
    bool drained = false;
    std::size_t accepted = 0;
    auto const count = [&](error_code ec, dispatch_result const& r) { accepted += ec ? 0 : r.accepted(); };
    hooks.async_dispatch(created(t), count);
    io.poll();
    io.restart();
    hooks.async_run([](error_code) {});
    io.poll();
    hooks.async_dispatch(modified(t, t), count);
    io.poll();
    hooks.async_drain(std::chrono::hours(1), [&](error_code ec) { drained = !ec; });
    io.poll();
    BOOST_TEST(drained);
    BOOST_TEST(accepted == 3U);
    BOOST_TEST(*transport.sent == 3);
    BOOST_TEST(*outbox.settled == 3);
    BOOST_TEST(*observer.ends == 3);
}

BOOST_AUTO_TEST_SUITE_END()
