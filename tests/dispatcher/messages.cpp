// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// What is told of one save that is refused, as a program and a French user see it.
struct french_host : host {
    template <class Draft>
    [[nodiscard]] std::string refused(Draft const& draft) {
        auto const saved = hooks->save(draft);
        BOOST_TEST_REQUIRE(!saved.has_value());
        std::string lines;
        auto const errors = saved.error();
        for (auto const& e : errors)
            lines.append(e.code()).append("|").append(e.field()).append("|").append(
                e.message(language::french) + '\n');
        return lines;
    }

    [[nodiscard]] static filter_draft<objects> filter() {
        return dispatcher_type::filter("Ours").on<project>().for_everyone();
    }

    [[nodiscard]] static webhook_draft<objects> hook() {
        return draft().on<project>().post("https://a.example.com/hook").body("{{project.id}}");
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_messages)

BOOST_FIXTURE_TEST_CASE(what_only_the_host_knows_is_told_in_french, french_host) {
    BOOST_TEST(refused(hook().in_transaction()) ==
               "mode_unsupported|mode|les webhooks de cette application ne peuvent pas être in_transaction ; "
               "choisissez fire_and_forget\n");
    BOOST_TEST(refused(draft().on<project>().get("https://127.0.0.1/")) ==
               "address_refused|url|le contrôle des adresses refuse cette adresse, ce nom ou ce port\n");
    BOOST_TEST(refused(hook().sign(secret("short"))) ==
               "signing_refused|signing|la clé de signature ne peut pas être utilisée : la clé est mal "
               "formée\n");
}

BOOST_FIXTURE_TEST_CASE(a_conflict_is_told_in_french, french_host) {
    auto const id = save(hook());
    auto const first = stored(id);
    auto second = first;
    second.description = "changed";
    save(second);
    BOOST_TEST(refused(first) ==
               "revision_conflict|revision|quelqu'un a modifié ce webhook entre-temps (révision 2, la vôtre "
               "est 1) ; rechargez-le et refaites-y votre modification\n");
    BOOST_TEST(hooks->remove(id).has_value());
    BOOST_TEST(refused(first) == "webhook_deleted|revision|quelqu'un a supprimé ce webhook entre-temps ; "
                                 "enregistrez-le comme nouveau webhook\n");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_filter_is_told_in_french, french_host) {
    auto const f = save(filter());
    save(hook().for_filter(f));
    uuid unknown{};
    unknown.data[0] = 9;
    BOOST_TEST(refused(hook().for_filter(unknown)) ==
               "filter_unknown|filter|aucun filtre enregistré n'a l'identifiant "
               "09000000-0000-0000-0000-000000000000 ; choisissez-en un autre, ou aucun\n");
    BOOST_TEST(
        refused(draft().on<user>().post("https://a.example.com/").body("{}").for_filter(f)) ==
        "filter_without_scope|filter|les objets de type `user` n'ont pas de périmètre, aucun filtre ne "
        "peut donc être choisi ; utilisez une condition\n");
    BOOST_TEST(
        refused(filter().where("project.id")) ==
        "not_boolean|expression|ligne 1, colonne 1 : ceci est un int ; un filtre ou une condition doit "
        "être vrai ou faux, comme une comparaison\nproject.id\n^\n");
    BOOST_TEST(
        refused(posthorn::filter()) ==
        "filter_name_missing|name|un filtre doit avoir un nom\n"
        "filter_owner_missing|owner|un filtre privé doit avoir un propriétaire ; sinon, rendez-le public\n"
        "filter_object_missing|object|un filtre doit porter sur un type d'objet\n");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_condition_is_told_in_french_with_its_place, french_host) {
    auto const saved = hooks->save(hook().when("project.cod == 'x'"));
    BOOST_TEST_REQUIRE(!saved.has_value());
    auto const e = saved.error().all().front();
    BOOST_TEST(e.code() == "unknown_field");
    BOOST_TEST_REQUIRE(e.position().has_value());
    BOOST_TEST((*e.position() == text_position(1, 9)));
    BOOST_TEST(saved.error().text(language::french) ==
               "condition: ligne 1, colonne 9 : champ `cod` inconnu dans `project` (vouliez-vous dire `code` "
               "?)\nproject.cod == 'x'\n        ^");
}

BOOST_AUTO_TEST_SUITE_END()
