// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

[[nodiscard]] options in_languages(std::vector<std::string> languages) {
    options o;
    o.languages = std::move(languages);
    return o;
}

// A host whose people speak English and French.
struct bilingual_host : host {
    bilingual_host() : host(in_languages({"en", "fr"})) {}

    [[nodiscard]] static webhook_draft<objects> hook(std::string wording = "Tell the archive") {
        return draft(std::move(wording))
            .on<project>()
            .post("https://a.example.com/hook")
            .body("{{project.id}}");
    }

    [[nodiscard]] static filter_draft<objects> filter() {
        return dispatcher_type::filter("Ours").on<project>().for_everyone();
    }

    // Runs with a webhook that was stored when the host spoke only English.
    uuid run_with_an_old_one() {
        webhook w;
        w.id.data[0] = 1;
        w.wording = "old";
        w.url = "https://a.example.com/hook";
        w.method = verb::get;
        w.object = "project";
        store(storage, w);
        hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(7),
                      in_languages({"en", "fr"}));
        run();
        settle();
        return w.id;
    }

    template <class Draft>
    [[nodiscard]] std::string refused(Draft const& draft) {
        auto const saved = hooks->save(draft);
        BOOST_TEST_REQUIRE(!saved.has_value());
        return saved.error().text();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_languages)

BOOST_AUTO_TEST_CASE(a_host_speaks_english_by_default) {
    BOOST_TEST(options().languages == std::vector<std::string>{"en"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_webhook_needs_its_texts_in_every_language, bilingual_host) {
    BOOST_TEST(refused(hook()) == "translations.fr.wording: this text is needed in every language of the "
                                  "host, in `fr` too");
    BOOST_TEST(refused(hook().description("x").translated("fr", "Prévenir les archives")) ==
               "translations.fr.description: this text is needed in every language of the host, in `fr` too");
    BOOST_TEST(hooks->webhooks().empty());
    auto const id = save(hook().description("x").translated("fr", "Prévenir les archives", "y"));
    BOOST_TEST(stored(id).wording_in("fr") == "Prévenir les archives");
    BOOST_TEST(stored(id).description_in("fr") == "y");
    BOOST_TEST(stored_webhooks(storage).front().wording_in("fr") == "Prévenir les archives");
}

BOOST_FIXTURE_TEST_CASE(all_that_is_wrong_with_texts_is_told_beside_the_rest, bilingual_host) {
    webhook w;
    w.wording = "a\n";
    w.url = "ftp://a.example.com/";
    w.object = "project";
    w.method = verb::get;
    w.translations.emplace_back("de", "b");
    auto const errors = hooks->save(w).error();
    std::string fields;
    for (auto const& e : errors)
        fields.append(e.field()).append(" ");
    BOOST_TEST(fields == "url wording translations[0].language translations.fr.wording ");
}

BOOST_FIXTURE_TEST_CASE(a_filter_needs_its_name_in_every_language, bilingual_host) {
    BOOST_TEST(refused(filter().where("project.id")).find("translations.fr.name") != std::string::npos);
    auto const id = save(filter().translated("fr", "Les nôtres"));
    BOOST_TEST(hooks->filters().front().name_in("fr") == "Les nôtres");
    BOOST_TEST(stored_filters(storage).front().name_in("fr") == "Les nôtres");
    BOOST_TEST(hooks->filters().front().id == id);
}

BOOST_FIXTURE_TEST_CASE(a_host_of_one_language_takes_no_translations, host) {
    auto const saved = hooks->save(bilingual_host::hook().translated("fr", "x"));
    BOOST_TEST_REQUIRE(!saved.has_value());
    BOOST_TEST(saved.error().text() ==
               "translations[0].language: this host has no language `fr`; choose one of `en`");
}

BOOST_FIXTURE_TEST_CASE(texts_are_bounded_on_save, host) {
    BOOST_TEST(hooks->save(bilingual_host::hook(std::string(200, 'x'))).has_value());
    auto const saved = hooks->save(bilingual_host::hook(std::string(201, 'x')));
    BOOST_TEST_REQUIRE(!saved.has_value());
    BOOST_TEST(saved.error().text() == "wording: at most 200 characters; there are 201");
}

BOOST_FIXTURE_TEST_CASE(a_webhook_from_before_a_language_still_works, bilingual_host) {
    auto const id = run_with_an_old_one();
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 1U);
    settle();
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(log.problems().empty());
    // What is missing is asked for when a text changes, and not before.
    auto w = stored(id);
    w.url = "https://b.example.com/hook";
    save(w);
    w = stored(id);
    w.wording = "another one";
    BOOST_TEST(refused(w).starts_with("translations.fr.wording: "));
}

BOOST_FIXTURE_TEST_CASE(a_webhook_that_is_gone_is_deactivated_whatever_is_missing, bilingual_host) {
    auto const id = run_with_an_old_one();
    receiver.answer(410);
    (void)hooks->dispatch(created(one));
    settle();
    BOOST_TEST(!stored(id).active);
}

BOOST_FIXTURE_TEST_CASE(a_history_shows_translations, bilingual_host) {
    auto const id = save(hook().translated("fr", "Prévenir les archives"));
    auto w = stored(id);
    w.translations[0].wording = "Avertir les archives";
    save(w);
    auto const past = hooks->history(id, 0, 10).value();
    BOOST_REQUIRE_EQUAL(past.size(), 2U);
    BOOST_REQUIRE_EQUAL(past[0].changes.size(), 1U);
    BOOST_TEST((past[0].changes[0] ==
                field_change("translations.fr.wording", "Prévenir les archives", "Avertir les archives")));
}

BOOST_AUTO_TEST_SUITE_END()
