// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/delivery.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

posthorn::request_text sample() {
    posthorn::request_text text;
    text.buffer() += "/a?b";
    text.end_target();
    text.buffer() += "X-A: 1\r\nX-B: 2\r\n";
    text.end_headers();
    text.buffer() += "body";
    return text;
}

} // namespace

static_assert(!std::is_aggregate_v<posthorn::delivery>);
static_assert(!std::is_aggregate_v<posthorn::request_text>);

BOOST_AUTO_TEST_SUITE(model_delivery)

BOOST_AUTO_TEST_CASE(request_text_gives_its_three_parts) {
    auto const text = sample();
    BOOST_TEST(text.target() == "/a?b");
    BOOST_TEST(text.headers() == "X-A: 1\r\nX-B: 2\r\n");
    BOOST_TEST(text.body() == "body");
    BOOST_TEST(text.size() == 4U + 16U + 4U);
}

BOOST_AUTO_TEST_CASE(request_text_parts_may_be_empty) {
    posthorn::request_text text;
    BOOST_TEST(text.target() == "");
    BOOST_TEST(text.headers() == "");
    BOOST_TEST(text.body() == "");
    text.end_target();
    text.end_headers();
    text.buffer() += "b";
    BOOST_TEST(text.target() == "");
    BOOST_TEST(text.headers() == "");
    BOOST_TEST(text.body() == "b");
}

BOOST_AUTO_TEST_CASE(request_text_survives_copy_move_and_clear) {
    auto text = sample();
    auto const copy = text;
    auto const moved = std::move(text);
    BOOST_TEST(copy.headers() == moved.headers());
    auto again = copy;
    again.clear();
    BOOST_TEST(again.size() == 0U);
    BOOST_TEST(again.target() == "");
    BOOST_TEST(again.headers() == "");
    BOOST_TEST(again.body() == "");
    BOOST_TEST(copy.body() == "body");
}

BOOST_AUTO_TEST_CASE(a_delivery_keeps_what_it_was_made_of) {
    posthorn::uuid id{};
    posthorn::uuid webhook{};
    posthorn::uuid event{};
    id.data[0] = 1;
    webhook.data[0] = 2;
    event.data[0] = 3;
    posthorn::wall_time const now(std::chrono::seconds{4});
    auto const d = posthorn::delivery::make(id, webhook, event, now, posthorn::verb::patch, sample().view());
    auto const same = d;
    BOOST_TEST((same->id() == id));
    BOOST_TEST((same->webhook() == webhook));
    BOOST_TEST((same->event() == event));
    BOOST_TEST((same->created() == now));
    BOOST_TEST((same->method() == posthorn::verb::patch));
    BOOST_TEST(same->request().target() == "/a?b");
    BOOST_TEST(same->request().headers() == "X-A: 1\r\nX-B: 2\r\n");
    BOOST_TEST(same->request().body() == "body");
    BOOST_TEST(same->request().whole() == sample().view().whole());
}

BOOST_AUTO_TEST_CASE(a_delivery_keeps_what_it_tells_of) {
    posthorn::delivery_ptr d;
    {
        std::string const object = "project";
        std::string const actor = "ada";
        d = posthorn::delivery::make({}, {}, {}, {}, posthorn::verb::post, sample().view(),
                                     {object, posthorn::action::deleted, actor});
    }
    BOOST_TEST(d->summary().object == "project");
    BOOST_TEST((d->summary().what == posthorn::action::deleted));
    BOOST_TEST(d->summary().actor == "ada");
    BOOST_TEST(d->request().whole() == sample().view().whole());
}

BOOST_AUTO_TEST_CASE(a_long_actor_is_cut_off_at_a_character) {
    auto const kept = [](std::string const& actor) {
        auto const d = posthorn::delivery::make({}, {}, {}, {}, posthorn::verb::post, {},
                                                {"o", posthorn::action::created, actor});
        return std::string(d->summary().actor);
    };
    BOOST_TEST(kept(std::string(200, 'a')) == std::string(200, 'a'));
    BOOST_TEST(kept(std::string(300, 'a')) == std::string(200, 'a'));
    BOOST_TEST(kept(std::string(199, 'a') + "\xc3\xa9") == std::string(199, 'a'));
    BOOST_TEST(kept(std::string(198, 'a') + "\xc3\xa9") == std::string(198, 'a') + "\xc3\xa9");
}

BOOST_AUTO_TEST_CASE(every_state_has_a_name) {
    using enum posthorn::delivery_state;
    std::set<std::string_view> names;
    for (auto const s : {pending, delivering, delivered, failed, cancelled, paused})
        names.insert(to_string(s));
    BOOST_TEST(names.size() == 6U);
    BOOST_TEST(to_string(pending) == "pending");
    BOOST_TEST(to_string(delivering) == "delivering");
    BOOST_TEST(to_string(delivered) == "delivered");
    BOOST_TEST(to_string(failed) == "failed");
    BOOST_TEST(to_string(cancelled) == "cancelled");
    BOOST_TEST(to_string(paused) == "paused");
}

BOOST_AUTO_TEST_SUITE_END()
