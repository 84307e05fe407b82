// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/service.hpp>

#include "support/desk_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace posthorn;
using namespace posthorn::test;
using admin::order_status;
using admin::right;
using boost::test_tools::per_element;
using kind = delivery_change;

namespace {

struct order_host : desk_host {
    // What the screen shows, without anything typed.
    [[nodiscard]] admin::order_page screen(admin::order_query const& query = admin::order_query()) const {
        return desk.orders(ada, query).value();
    }

    // One order of a new webhook.
    uuid order_of(admin::webhook_form const& form) {
        file(form);
        BOOST_REQUIRE(hooks->dispatch(created(one).by("carl")).accepted() == 1U);
        return screen().found.front().id;
    }
};

// Keeps deliveries, and shows none.
struct broken_outbox : memory_storage {
    [[nodiscard]] result<delivery_page> deliveries(delivery_query const&) const {
        return error_code(errc::storage_failed);
    }
    [[nodiscard]] result<std::optional<stored_delivery>> find(uuid const&) const {
        return error_code(errc::storage_failed);
    }
};

struct broken_policies : simulated_policies::with_outbox<broken_outbox> {};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_admin_orders)

BOOST_FIXTURE_TEST_CASE(looking_and_changing_need_their_rights, order_host) {
    auto const id = order_of(typed());
    admin::acting_user const viewer{"v", {right::view_orders}};
    BOOST_TEST(said(desk.orders(nobody)) == (texts{"user right_missing"}), per_element());
    BOOST_TEST(said(desk.order(nobody, id)) == (texts{"user right_missing"}), per_element());
    BOOST_TEST(said(desk.orders(viewer)) == texts(), per_element());
    BOOST_TEST(said(desk.order(viewer, id)) == texts(), per_element());
    BOOST_TEST(said(desk.change(viewer, id, kind::cancel)) == (texts{"user right_missing"}), per_element());
    BOOST_TEST(said(desk.change({"m", {right::manage_orders}}, id, kind::cancel)) ==
                   (texts{"user right_missing"}),
               per_element());
    BOOST_TEST(said(desk.change({"m", {right::view_orders, right::manage_orders}}, id, kind::cancel)) ==
                   texts(),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(an_order_has_the_columns_of_the_screen, order_host) {
    auto const id = order_of(typed());
    auto const now = clock.now();
    auto const waiting = screen().found.at(0);
    BOOST_TEST((waiting.id == id));
    BOOST_TEST(waiting.label == "Tell the archive");
    BOOST_TEST(waiting.event == "project.created");
    BOOST_TEST(waiting.user == "carl");
    BOOST_TEST((waiting.status == order_status::queued));
    BOOST_TEST(waiting.progress == 0U);
    BOOST_TEST((waiting.accepted == now));
    BOOST_TEST(!waiting.started.has_value());
    BOOST_TEST(!waiting.ended.has_value());

    receiver.next(1).answer(500);
    receiver.next(1).answer(413);
    run();
    settle();
    auto const retried = screen().found.at(0);
    BOOST_TEST((retried.status == order_status::queued));
    BOOST_TEST(retried.attempts == 1U);
    BOOST_TEST((retried.started == now));
    BOOST_TEST((retried.next_attempt >= now + 5s));
    BOOST_TEST(retried.error == make_error_code(errc::http_status).message());
    pass(1min);
    auto const failed = screen().found.at(0);
    BOOST_TEST((failed.status == order_status::failure));
    BOOST_TEST(failed.progress == 100U);
    BOOST_TEST((failed.started == now));
    BOOST_TEST((failed.ended > now));
    BOOST_TEST(!failed.next_attempt.has_value());
}

BOOST_FIXTURE_TEST_CASE(errors_are_shown_in_the_users_language, order_host) {
    auto const id = order_of(typed());
    receiver.answer(500);
    run();
    settle();
    std::string const french = "le destinataire a répondu par un statut qui n'est pas 2xx";
    BOOST_TEST(desk.orders(francoise).value().found.at(0).error == french);
    auto const detail = desk.order(francoise, id).value();
    BOOST_TEST(detail.error == french);
    BOOST_TEST(detail.made.at(0).error == french);
    BOOST_TEST(desk.order(ada, id).value().made.at(0).error == make_error_code(errc::http_status).message());
    BOOST_TEST(desk.change(francoise, id, kind::pause).value().error == french);
}

BOOST_FIXTURE_TEST_CASE(one_that_is_sent_is_in_progress, order_host) {
    receiver.answer(testing::scripted_answer(200).after(1s));
    file(typed());
    run();
    settle();
    hooks->dispatch(created(one));
    settle();
    BOOST_TEST((screen().found.at(0).status == order_status::in_progress));
}

BOOST_FIXTURE_TEST_CASE(completed_ones_are_counted_and_shown_when_asked_for, order_host) {
    auto const id = order_of(typed());
    hooks->dispatch(created(two));
    BOOST_TEST((desk.change(ada, id, kind::cancel).value().status == order_status::cancelled));
    auto const open = screen();
    BOOST_TEST(open.found.size() == 1U);
    BOOST_TEST(open.completed == 1U);
    admin::order_query q;
    q.show_completed = true;
    BOOST_TEST(screen(q).found.size() == 2U);
    q = admin::order_query();
    q.status = order_status::cancelled;
    BOOST_TEST(screen(q).found.size() == 1U);
    BOOST_TEST(screen(q).found[0].progress == 100U);
}

BOOST_FIXTURE_TEST_CASE(text_and_status_narrow_the_screen, order_host) {
    order_of(typed("Tell the archive"));
    file(typed("Ask finance"));
    hooks->dispatch(created(one));
    BOOST_TEST(screen().found.size() == 3U);
    admin::order_query q;
    q.text = "ARCH";
    BOOST_TEST(screen(q).found.size() == 2U);
    q.text = "finance";
    BOOST_TEST(screen(q).found.size() == 1U);
    q.status = order_status::paused;
    BOOST_TEST(screen(q).found.empty());
    q.status = order_status::queued;
    BOOST_TEST(screen(q).found.size() == 1U);
    q.text = "nothing is called so";
    BOOST_TEST(screen(q).found.empty());
}

BOOST_FIXTURE_TEST_CASE(pages_follow_each_other, order_host) {
    file(typed());
    for (int i = 0; i != 5; ++i)
        hooks->dispatch(created(one));
    admin::order_query q;
    q.limit = 2;
    std::size_t seen = 0;
    std::size_t pages = 0;
    do {
        auto const page = screen(q);
        seen += page.found.size();
        ++pages;
        hooks->dispatch(created(two));
        q.before = page.next;
    } while (q.before != 0);
    BOOST_TEST(seen == 5U);
    BOOST_TEST(pages == 3U);
}

BOOST_FIXTURE_TEST_CASE(an_order_shows_what_is_sent_and_what_was_answered, order_host) {
    auto f = typed();
    f.headers.emplace_back("X-Code", "{{project.code}}");
    f.headers.emplace_back("Authorization", "Bearer 0123456789", true);
    receiver.answer(testing::scripted_answer(503).body("later, Bearer 0123456789"));
    auto const id = order_of(f);
    run();
    settle();
    auto const all = desk.order(ada, id).value();
    BOOST_TEST(all.method == "POST");
    BOOST_TEST(all.url == "https://a.example.com/1");
    BOOST_TEST(all.body == "\"P1\"");
    std::string headers;
    for (auto const& h : all.headers)
        headers += h + '\n';
    BOOST_TEST(headers.find("X-Code: P1\n") != std::string::npos);
    BOOST_TEST(headers.find("0123456789") == std::string::npos);
    BOOST_REQUIRE(all.made.size() == 1U);
    BOOST_TEST(all.made[0].status == 503);
    BOOST_TEST(all.made[0].answer == "later, ***");
    BOOST_TEST(said(desk.order(ada, uuid{})) == (texts{"id order_unknown"}), per_element());
}

BOOST_FIXTURE_TEST_CASE(orders_are_paused_resumed_and_redelivered, order_host) {
    auto const id = order_of(typed());
    BOOST_TEST((desk.change(ada, id, kind::pause).value().status == order_status::paused));
    BOOST_TEST((desk.change(ada, id, kind::resume).value().status == order_status::queued));
    BOOST_TEST(said(desk.change(ada, id, kind::resume)) == (texts{"status order_refuses"}), per_element());
    receiver.next(1).answer(413);
    run();
    settle();
    BOOST_TEST((desk.change(ada, id, kind::redeliver).value().status == order_status::queued));
    pass(1s);
    BOOST_TEST(receiver.requests().size() == 2U);
    BOOST_TEST(log.count(delivery_state::delivered) == 1U);
    BOOST_TEST(said(desk.change(ada, uuid{}, kind::cancel)) == (texts{"id order_unknown"}), per_element());
}

BOOST_AUTO_TEST_CASE(a_storage_that_fails_is_an_error_of_the_storage) {
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    broken_outbox const broken;
    dispatcher<objects, broken_policies> hooks(io, clock, receiver, broken, testing::seeded_random(7));
    admin::service<objects, broken_policies> desk(hooks);
    admin::acting_user const ada{"ada", admin::rights::all()};
    BOOST_TEST(said(desk.orders(ada)) == (texts{"storage storage_says"}), per_element());
    BOOST_TEST(said(desk.order(ada, uuid{})) == (texts{"storage storage_says"}), per_element());
    BOOST_TEST(said(desk.change(ada, uuid{}, kind::cancel)) == (texts{"storage storage_says"}),
               per_element());
}

BOOST_FIXTURE_TEST_CASE(a_redelivery_stands_in_the_history_of_the_webhook, order_host) {
    auto const id = order_of(typed());
    BOOST_REQUIRE(desk.change(ada, id, kind::cancel).has_value());
    BOOST_REQUIRE(desk.change(bob, id, kind::redeliver).has_value());
    auto const webhook = hooks->webhooks().at(0);
    auto const past = desk.history(ada, webhook.id).value();
    BOOST_REQUIRE(past.size() == 2U);
    BOOST_TEST((past[0].what == history_action::redelivered));
    BOOST_TEST(past[0].user == "bob");
    BOOST_REQUIRE(past[0].changes.size() == 1U);
    BOOST_TEST(past[0].changes[0].field == "delivery");
    BOOST_TEST(past[0].changes[0].to == to_text(id));
    // Nothing of the webhook has changed.
    BOOST_TEST(webhook.revision == 1U);
}

BOOST_FIXTURE_TEST_CASE(orders_of_a_deleted_webhook_keep_its_label, order_host) {
    auto const id = order_of(typed());
    auto const webhook = hooks->webhooks().at(0).id;
    BOOST_REQUIRE(desk.remove(ada, webhook).has_value());
    settle();
    io.restart();
    admin::order_query q;
    q.show_completed = true;
    auto const page = screen(q);
    BOOST_REQUIRE(page.found.size() == 1U);
    BOOST_TEST((page.found[0].status == order_status::cancelled));
    BOOST_TEST(page.found[0].label == "Tell the archive");
    BOOST_TEST(said(desk.change(ada, id, kind::redeliver)) == (texts{"status order_refuses"}), per_element());
}

BOOST_AUTO_TEST_SUITE_END()
