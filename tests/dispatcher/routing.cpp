// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;

BOOST_AUTO_TEST_SUITE(dispatcher_routing)

BOOST_FIXTURE_TEST_CASE(an_event_reaches_the_webhooks_of_its_type_and_action_only, host) {
    save(draft().on<project>(action::created).post("https://a.example.com/created").body("{}"));
    save(draft().on<project>(action::modified).post("https://a.example.com/modified").body("{}"));
    save(draft().on<project>(action::deleted).post("https://a.example.com/deleted").body("{}"));
    save(draft().on<project>().post("https://a.example.com/all").body("{}"));
    save(draft().on<user>().post("https://a.example.com/user").body("{}"));
    run();
    auto const sent = [&](auto const& event) {
        auto const before = receiver.count();
        BOOST_TEST(static_cast<bool>(hooks->dispatch(event)));
        settle();
        std::string targets;
        auto const all = receiver.requests();
        for (auto i = before; i != all.size(); ++i)
            targets += all[i].target();
        return targets;
    };
    user const ann{"ann"};
    BOOST_TEST(sent(created(one)) == "/created/all");
    BOOST_TEST(sent(modified(one, two)) == "/modified/all");
    BOOST_TEST(sent(deleted(one)) == "/deleted/all");
    BOOST_TEST(sent(created(ann)) == "/user");
}

BOOST_FIXTURE_TEST_CASE(an_event_that_nobody_asked_for_is_accepted_by_nobody, host) {
    user const ann{"ann"};
    listen();
    auto const r = hooks->dispatch(created(ann));
    BOOST_TEST(static_cast<bool>(r));
    BOOST_TEST(r.matched() == 0U);
    BOOST_TEST(r.accepted() == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
}

BOOST_FIXTURE_TEST_CASE(webhooks_answer_in_the_order_of_their_creation_also_after_a_change, host) {
    auto const first = listen("https://a.example.com/1");
    listen("https://a.example.com/2");
    listen("https://a.example.com/3");
    auto changed = stored(first);
    changed.url = "https://a.example.com/1b";
    BOOST_TEST(hooks->save(changed).has_value());
    run();
    hooks->dispatch(created(one));
    settle();
    std::vector<std::string> targets;
    for (auto const& r : receiver.requests())
        targets.push_back(r.target());
    BOOST_TEST(targets == (std::vector<std::string>{"/1b", "/2", "/3"}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_change_of_type_or_action_moves_the_webhook, host) {
    auto const id = listen();
    auto changed = stored(id);
    changed.revision = 0;
    changed.what = action::deleted;
    BOOST_TEST(hooks->save(changed).has_value());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    BOOST_TEST(hooks->dispatch(deleted(one)).matched() == 1U);
    changed.object = "user";
    changed.what = std::nullopt;
    changed.body = webhook_body("{{user.name}}");
    BOOST_TEST(hooks->save(changed).has_value());
    user const ann{"ann"};
    BOOST_TEST(hooks->dispatch(deleted(one)).matched() == 0U);
    BOOST_TEST(hooks->dispatch(created(ann)).matched() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_inactive_webhook_matches_nothing, host) {
    save(draft().on<project>().post("https://a.example.com/").body("{}").inactive());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    BOOST_TEST(hooks->webhooks().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_removed_webhook_matches_nothing, host) {
    auto const id = listen();
    BOOST_TEST(hooks->remove(id).has_value());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    BOOST_TEST(hooks->webhooks().empty());
    BOOST_TEST(hooks->remove(id).error() == make_error_code(errc::unknown_webhook));
}

BOOST_FIXTURE_TEST_CASE(a_scoped_object_reaches_the_template_with_its_scope_and_actor, host) {
    save(draft()
             .on<phase>()
             .post("https://a.example.com/{{project.code}}/{{phase.id}}")
             .body("{{event.actor}}"));
    phase const build{5};
    run();
    hooks->dispatch(created(build).within(one).by("ann"));
    settle();
    BOOST_REQUIRE(receiver.count() == 1U);
    BOOST_TEST(receiver.requests()[0].target() == "/P1/5");
    BOOST_TEST(receiver.requests()[0].body() == "\"ann\"");
}

BOOST_FIXTURE_TEST_CASE(an_event_keeps_the_time_and_id_that_the_host_gave_it, host) {
    save(draft().on<project>().post("https://a.example.com/").body("[{{event.id}},{{event.time}}]"));
    uuid id{};
    id.data[0] = 0xab;
    run();
    hooks->dispatch(
        created(one).at(wall_time(std::chrono::sys_days{std::chrono::year{2024} / 2 / 29})).with_id(id));
    settle();
    BOOST_REQUIRE(receiver.count() == 1U);
    auto const body = receiver.requests()[0].body();
    BOOST_TEST(body.starts_with("[\"ab000000-0000-0000-0000-000000000000\",\"2024-02-29T00:00:00"));
}

BOOST_FIXTURE_TEST_CASE(all_errors_of_a_webhook_are_told_at_once_and_nothing_is_stored, host) {
    webhook wrong;
    wrong.url = "ftp://a.example.com/";
    wrong.object = "projekt";
    wrong.headers.emplace_back("Content-Length", std::string("3"));
    wrong.signing.emplace_back(secret("nonsense"));
    auto const saved = hooks->save(wrong);
    BOOST_REQUIRE(!saved);
    std::vector<std::string> fields;
    for (auto const& e : saved.error())
        fields.push_back(e.field());
    for (auto const* const field : {"wording", "event", "url", "headers[0]", "body", "signing"})
        BOOST_TEST(std::count(fields.begin(), fields.end(), field) == 1, field << " in\n"
                                                                               << saved.error().text());
    BOOST_TEST(hooks->webhooks().empty());
    BOOST_TEST(stored_webhooks(storage).empty());
}

BOOST_FIXTURE_TEST_CASE(a_refused_change_leaves_the_webhook_as_it_was, host) {
    auto const id = listen();
    auto changed = stored(id);
    changed.url = "http://127.0.0.1/";
    auto const saved = hooks->save(changed);
    BOOST_REQUIRE(!saved);
    BOOST_TEST(saved.error().all().size() == 1U);
    BOOST_TEST(saved.error().all()[0].field() == "url");
    BOOST_TEST(stored(id).url == "https://a.example.com/hook");
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_new_dispatcher_takes_its_webhooks_from_the_registry_in_their_order, host) {
    listen("https://a.example.com/1");
    listen("https://a.example.com/2");
    host::dispatcher_type again(io, clock, receiver, storage, log, testing::seeded_random(8));
    auto const known = again.webhooks();
    BOOST_REQUIRE(known.size() == 2U);
    BOOST_TEST(known[0].url == "https://a.example.com/1");
    BOOST_TEST(known[1].url == "https://a.example.com/2");
    BOOST_TEST(again.dispatch(created(one)).accepted() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
