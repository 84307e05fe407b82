// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/expression_error.hpp>
#include <posthorn/expression/template.hpp>

#include "../../support/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace posthorn::test;
using posthorn::expression;
using posthorn::expression_error;
using posthorn::language;
using posthorn::message_id;
using posthorn::place;
using posthorn::text_template;

struct told {
    std::string_view text;
    std::string_view code;
    std::string_view french;
};

void check_told(told const& row, expression_error const& e) {
    BOOST_TEST_CONTEXT(row.text) {
        BOOST_TEST(e.code() == row.code);
        BOOST_TEST(e.message(language::french) == row.french);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(expression_expression_error)

BOOST_AUTO_TEST_CASE(no_error_says_nothing) {
    expression_error const none;
    BOOST_TEST(none.code() == "");
    BOOST_TEST(none.message() == "");
    BOOST_TEST(none.message(language::french) == "");
}

BOOST_AUTO_TEST_CASE(an_error_is_told_in_each_language) {
    auto const e = expression::compile("\nproject.statu == 1", scope_for<project>()).error();
    BOOST_TEST(e.code() == "unknown_field");
    BOOST_TEST(e.message() == "unknown field `statu` of `project` (did you mean `status`?)");
    BOOST_TEST(e.text() == "line 2, column 9: unknown field `statu` of `project` (did you mean `status`?)\n"
                           "project.statu == 1\n        ^");
    BOOST_TEST(e.text(language::french) ==
               "ligne 2, colonne 9 : champ `statu` inconnu dans `project` (vouliez-vous dire `status` ?)\n"
               "project.statu == 1\n        ^");
}

BOOST_AUTO_TEST_CASE(the_error_of_a_field_keeps_code_and_place) {
    auto const e = expression::compile("\nproject.statu == 1", scope_for<project>()).error();
    auto const of_field = e.in_field("condition");
    BOOST_TEST(of_field.field() == "condition");
    BOOST_TEST(of_field.code() == "unknown_field");
    BOOST_TEST_REQUIRE(of_field.position().has_value());
    BOOST_TEST(of_field.position()->line == 2U);
    BOOST_TEST(of_field.position()->column == 9U);
    BOOST_TEST(of_field.message() == e.text());
    BOOST_TEST(of_field.message(language::french) == e.text(language::french));
}

BOOST_AUTO_TEST_CASE(a_thrown_error_speaks_english) {
    BOOST_CHECK_EXCEPTION((void)expression::compile("=", scope_for<project>()).value(), std::invalid_argument,
                          [](std::invalid_argument const& e) {
                              return std::string_view(e.what()) ==
                                     "line 1, column 1: write `==` to compare\n=\n^";
                          });
}

BOOST_AUTO_TEST_CASE(names_are_missed_in_french) {
    for (auto const& row : {
             told{"projct.id == 1", "unknown_name", "nom `projct` inconnu (vouliez-vous dire `project` ?)"},
             {"wholly.other == 1", "unknown_name", "nom `wholly` inconnu"},
             {"sze(project.label) == 1", "unknown_function",
              "fonction `sze` inconnue (vouliez-vous dire `size` ?)"},
             {"project.id.x == 1", "no_fields", "`project.id` n'a pas de champs"},
             {"event == 1", "event_alone",
              "`event` seul n'est pas une valeur ; écrivez l'un de ses champs tel que `event.id`"},
         })
        check_told(row, expression::compile(row.text, scope_for<project>()).error());
    auto const created = scope_for<project>(posthorn::action::created);
    BOOST_TEST(expression::compile("previous.id == 1", created).error().message(language::french) ==
               "`previous` n'existe pas ici : un objet créé n'a pas d'état antérieur");
    posthorn::detail::expression_scope const filter{objects::schema(), 0, std::nullopt, true};
    BOOST_TEST(expression::compile("previous.id == 1", filter).error().message(language::french) ==
               "un filtre enregistré ne porte que sur `project` ; utilisez `previous` dans la condition d'un "
               "webhook");
}

BOOST_AUTO_TEST_CASE(types_are_named_in_french) {
    for (
        auto const& row : {
            told{"project.label < 1", "not_comparable",
                 "`<` ne peut pas comparer du texte avec un int ; écrivez le texte entre guillemets"},
            {"project.urgent < true", "not_comparable",
             "`<` ne peut pas comparer vrai ou faux avec son semblable"},
            {"project.due == 'x'", "not_comparable",
             "`==` ne peut pas comparer un instant avec du texte ; écrivez "
             "timestamp(\"2026-01-31T12:00:00Z\")"},
            {"project.id + 'x'", "no_arithmetic",
             "`+` ne s'applique pas entre un int et du texte ; écrivez string(...) pour le joindre"},
            {"project.id + 1.0", "no_arithmetic",
             "`+` ne s'applique pas entre un int et un double ; écrivez 2.0 pour un double, 2u pour un uint, "
             "ou convertissez avec double(...) ou int(...)"},
            {"project.id < null", "not_comparable", "`<` ne peut pas comparer un int avec null"},
            {"!project.id", "inversion_operand", "`!` s'applique à vrai ou faux ; ceci est un int"},
            {"-project.label", "negation_operand",
             "`-` s'applique à un int ou à un double ; ceci est du texte"},
            {"project.id || true", "logical_operand", "`||` relie ce qui est vrai ou faux ; ceci est un int"},
            {"project.id ? 1 : 2", "conditional_operand",
             "`?` suit ce qui est vrai ou faux ; ceci est un int"},
            {"size(project.id)", "function_operand", "size prend du texte ou une liste ; ceci est un int"},
            {"1 in project.label", "in_without_list",
             "une liste doit figurer à droite de `in` ; ceci est du texte"},
        })
        check_told(row, expression::compile(row.text, scope_for<project>()).error());
    auto const number = expression::compile_predicate("project.id", scope_for<project>()).error();
    BOOST_TEST(number.code() == "not_boolean");
    BOOST_TEST(number.message(language::french) ==
               "ceci est un int ; un filtre ou une condition doit être vrai ou faux, comme une comparaison");
}

BOOST_AUTO_TEST_CASE(syntax_is_explained_in_french) {
    for (auto const& row : {
             told{"", "expression_missing", "il manque ici une expression telle que `project.id`"},
             {"a = 1", "single_equals", "écrivez `==` pour comparer"},
             {"a & b", "single_sign", "écrivez `&&`"},
             {"(1", "sign_missing", "il manque `)` après l'expression entre parenthèses"},
             {"1 in [1", "sign_missing", "il manque `]` après les éléments d'une liste"},
             {"size('a'", "sign_missing", "il manque `)` après les arguments de l'appel"},
             {"true ? 1", "sign_missing", "il manque `:` après le premier choix de `?`"},
             {"1 2", "operator_missing", "`2` inattendu ; il manque un opérateur avant"},
             {"'a", "text_without_end", "ce texte littéral n'a pas de fin ; fermez-le par '"},
             {"'\\q'", "unknown_escape",
              "séquence d'échappement inconnue ; écrivez \\\\ pour une barre oblique inverse"},
             {"99999999999999999999", "number_not_integer",
              "`99999999999999999999` n'est pas un entier de 64 bits"},
         })
        check_told(row, expression::compile(row.text, scope_for<project>()).error());
}

BOOST_AUTO_TEST_CASE(templates_are_explained_in_french) {
    auto const wrong = [](std::string_view text, place where) {
        return text_template::compile(text, where, scope_for<project>()).error();
    };
    check_told({"open", "braces_not_closed", "`{{` sans `}}` ; fermez l'expression"},
               wrong("{{project.id", place::text));
    check_told({"host", "expression_in_authority",
                "aucune expression ne peut figurer dans le schéma, l'hôte ou le port d'une URL"},
               wrong("https://{{project.code}}/", place::url));
    check_told(
        {"list", "compound_misplaced",
         "`project.tags` est une liste ou un objet ; cela ne peut figurer que dans un corps JSON, hors "
         "des guillemets"},
        wrong("{{project.tags}}", place::text));
    check_told({"json", "body_not_json",
                "le corps n'est pas du JSON une fois ses expressions remplacées : erreur de syntaxe"},
               wrong("[{{project.id}}x]", place::json));
    check_told({"more json", "body_not_json",
                "le corps n'est pas du JSON une fois ses expressions remplacées : données superflues"},
               wrong("1 2", place::json));
    check_told({"half a json", "body_not_json",
                "le corps n'est pas du JSON une fois ses expressions remplacées : JSON incomplet"},
               wrong("[1", place::json));
}

BOOST_AUTO_TEST_SUITE_END()
