// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "support/transactional_host.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;
using strings = std::vector<std::string>;

namespace {

struct vetoed : transactional_host {
    vetoed() { listen_at("a.example.com", call_mode::in_transaction); }

    [[nodiscard]] transaction_report after(testing::scripted_answer const& answer) {
        receiver.answer(answer);
        return hooks->dispatch_and_wait(created(one));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(transaction_reports)

BOOST_FIXTURE_TEST_CASE(a_status_is_told_in_both_languages, vetoed) {
    auto const report = after(testing::scripted_answer(404));
    BOOST_TEST(
        (report.messages() == strings{"A technical error has occurred. Please contact your administrator.",
                                      "Review of the formula for URL: https://a.example.com/p/1",
                                      "Request sent to https://a.example.com/p/1 (status code: 404)"}));
    BOOST_TEST((report.messages(language::french) ==
                strings{"Une erreur technique est survenue. Veuillez contacter votre administrateur.",
                        "Évaluation de la formule pour URL : https://a.example.com/p/1",
                        "Requête envoyée à https://a.example.com/p/1 (code de statut : 404)"}));
    BOOST_TEST(report.error().message() ==
               "The webhook \"Tell a.example.com\" has prevented the change. Request sent to "
               "https://a.example.com/p/1 (status code: 404)");
    BOOST_TEST(report.error().message(language::french) ==
               "Le webhook « Tell a.example.com » a empêché la modification. Requête envoyée à "
               "https://a.example.com/p/1 (code de statut : 404)");
}

// Whoever waits gets to know that, and roughly why, but nothing of the network behind.
BOOST_FIXTURE_TEST_CASE(what_went_wrong_without_a_status_is_told_in_words, vetoed) {
    std::string const to = "https://a.example.com/p/1";
    struct wording {
        errc error;
        char const* english;
        char const* french;
    };
    for (auto const& w :
         {wording{errc::total_timeout, "Request sent to URL (no status code: no answer in time)",
                  "Requête envoyée à URL (aucun code de statut : délai dépassé)"},
          wording{errc::response_timeout, "Request sent to URL (no status code: no answer in time)",
                  "Requête envoyée à URL (aucun code de statut : délai dépassé)"},
          wording{errc::connection_reset,
                  "Request sent to URL (no status code: the answer broke off or could not be read)",
                  "Requête envoyée à URL (aucun code de statut : réponse interrompue ou illisible)"},
          wording{errc::cancelled, "Request sent to URL (no status code: the call was cut short)",
                  "Requête envoyée à URL (aucun code de statut : appel interrompu)"},
          wording{errc::blocked_address, "Request not sent to URL (the address is not allowed)",
                  "Requête non envoyée à URL (adresse non autorisée)"},
          wording{errc::dns_failed, "Request not sent to URL (the name was not found)",
                  "Requête non envoyée à URL (nom introuvable)"},
          wording{errc::dns_timeout, "Request not sent to URL (no answer in time)",
                  "Requête non envoyée à URL (délai dépassé)"},
          wording{errc::connect_refused, "Request not sent to URL (no connection)",
                  "Requête non envoyée à URL (connexion impossible)"},
          wording{errc::tls_verify_failed, "Request not sent to URL (no secure connection)",
                  "Requête non envoyée à URL (connexion sécurisée impossible)"}}) {
        auto const report = after(testing::scripted_answer(w.error));
        auto const with_url = [&](std::string text) { return text.replace(text.find("URL"), 3, to); };
        BOOST_REQUIRE(report.error().call() != nullptr);
        BOOST_TEST(report.error().call()->message() == with_url(w.english));
        BOOST_TEST(report.error().call()->message(language::french) == with_url(w.french));
    }
}

BOOST_AUTO_TEST_CASE(a_report_of_nothing_says_nothing) {
    transaction_report const none;
    BOOST_TEST(!none);
    BOOST_TEST(!none.error());
    BOOST_TEST(none.error().message().empty());
    BOOST_TEST(none.messages().empty());
    BOOST_TEST(none.told().empty());
    BOOST_TEST(none.failed().empty());
}

BOOST_AUTO_TEST_SUITE_END()
