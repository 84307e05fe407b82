// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/transaction_report.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace posthorn {

namespace detail {

// What went wrong without a final answer, in words for whoever waited: nothing of the host's network is told.
[[nodiscard]] POSTHORN_DECL std::string_view cause(error_code const& ec, language in) {
    bool const french = in == language::french;
    if (ec == errc::blocked_address)
        return french ? "adresse non autorisée" : "the address is not allowed";
    if (ec == errc::dns_failed)
        return french ? "nom introuvable" : "the name was not found";
    if (ec == condition::timeout)
        return french ? "délai dépassé" : "no answer in time";
    if (ec == errc::connect_refused || ec == errc::connect_failed)
        return french ? "connexion impossible" : "no connection";
    if (ec == errc::tls_handshake_failed || ec == errc::tls_verify_failed)
        return french ? "connexion sécurisée impossible" : "no secure connection";
    if (ec == errc::cancelled)
        return french ? "appel interrompu" : "the call was cut short";
    if (ec == errc::body_too_large || ec == errc::url_too_long || ec == errc::bad_header_value ||
        ec == errc::bad_url_path)
        return french ? "requête impossible à former" : "the request could not be formed";
    return french ? "réponse interrompue ou illisible" : "the answer broke off or could not be read";
}

// Whether the receiver may have got something.
[[nodiscard]] POSTHORN_DECL bool may_be_sent(error_code const& ec) {
    return ec != condition::permanent && ec != errc::dns_failed && ec != errc::dns_timeout &&
           ec != errc::connect_refused && ec != errc::connect_failed && ec != errc::connect_timeout &&
           ec != errc::tls_handshake_failed && ec != errc::tls_verify_failed && ec != errc::tls_timeout;
}

[[nodiscard]] POSTHORN_DECL std::string technical_error(language in) {
    return in == language::french
               ? "Une erreur technique est survenue. Veuillez contacter votre administrateur."
               : "A technical error has occurred. Please contact your administrator.";
}

[[nodiscard]] POSTHORN_DECL std::string formula_review(std::string const& url, language in) {
    return (in == language::french ? "Évaluation de la formule pour URL : "
                                   : "Review of the formula for URL: ") +
           url;
}

} // namespace detail

POSTHORN_DECL std::string call_report::message(language in) const {
    bool const french = in == language::french;
    auto const sent = (french ? "Requête envoyée à " : "Request sent to ") + url_;
    if (status_ != 0)
        return sent + (french ? " (code de statut : " : " (status code: ") + std::to_string(status_) + ")";
    std::string const why(detail::cause(error_, in));
    if (!sent_ || !detail::may_be_sent(error_))
        return (french ? "Requête non envoyée à " : "Request not sent to ") + url_ + " (" + why + ")";
    return sent + (french ? " (aucun code de statut : " : " (no status code: ") + why + ")";
}

POSTHORN_DECL std::string transaction_error::message(language in) const {
    if (!code_)
        return {};
    if (!call_)
        return detail::technical_error(in);
    bool const french = in == language::french;
    return (french ? "Le webhook « " : "The webhook \"") + call_->wording() +
           (french ? " » a empêché la modification. " : "\" has prevented the change. ") + call_->message(in);
}

POSTHORN_DECL std::vector<call_report> transaction_report::told() const {
    std::vector<call_report> some;
    std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(some),
                 [](call_report const& c) { return c.mode() == call_mode::in_transaction && !c.error(); });
    return some;
}

POSTHORN_DECL std::vector<call_report> transaction_report::failed() const {
    std::vector<call_report> some;
    std::copy_if(calls_.begin(), calls_.end(), std::back_inserter(some),
                 [](call_report const& c) { return c.mode() == call_mode::after_commit && c.error(); });
    return some;
}

POSTHORN_DECL std::vector<std::string> transaction_report::messages(language in) const {
    std::vector<std::string> lines;
    for (auto const& c : calls_) {
        if (c)
            continue;
        lines.push_back(detail::technical_error(in));
        lines.push_back(detail::formula_review(c.url(), in));
        lines.push_back(c.message(in));
    }
    if (error_ && error_.call() == nullptr)
        lines.push_back(detail::technical_error(in));
    return lines;
}

} // namespace posthorn
