// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/error.hpp>

namespace posthorn {

namespace detail {

// What a cause says, in each language.
struct errc_text {
    constexpr errc_text(char const* in_english, char const* in_french) noexcept
        : english(in_english), french(in_french) {}

    char const* english;
    char const* french;
};

[[nodiscard]] POSTHORN_DECL errc_text text_of(errc e) noexcept {
    switch (e) {
    case errc::queue_full:
        return {"the webhook's queue is full", "la file d'attente du webhook est pleine"};
    case errc::not_running:
        return {"async_run has not been called", "async_run n'a pas été appelé"};
    case errc::already_running:
        return {"async_run is already running", "async_run est déjà en cours"};
    case errc::stopping:
        return {"the dispatcher is stopping and accepts no events",
                "le répartiteur s'arrête et n'accepte plus d'événements"};
    case errc::drain_incomplete:
        return {"the drain ended before everything was settled",
                "l'arrêt s'est terminé avant que tout soit réglé"};
    case errc::unknown_webhook:
        return {"no webhook has this id", "aucun webhook n'a cet identifiant"};
    case errc::unknown_filter:
        return {"no filter has this id", "aucun filtre n'a cet identifiant"};
    case errc::filter_in_use:
        return {"webhooks still name this filter", "des webhooks utilisent encore ce filtre"};
    case errc::unknown_delivery:
        return {"no delivery has this id", "aucune livraison n'a cet identifiant"};
    case errc::not_in_this_state:
        return {"the delivery's state does not allow this", "l'état de la livraison ne le permet pas"};
    case errc::delivery_busy:
        return {"another process has the delivery in hand", "un autre processus traite cette livraison"};
    case errc::not_rendered:
        return {"the delivery could not be rendered, so there is nothing to send",
                "la livraison n'a pas pu être formée : il n'y a rien à envoyer"};
    case errc::needs_waiting:
        return {"the webhook is synchronous, and dispatch does not wait",
                "le webhook est synchrone, et dispatch n'attend pas"};
    case errc::transaction_over:
        return {"the transaction was ended already", "la transaction est déjà terminée"};
    case errc::already_started:
        return {"the operation was started already", "l'opération a déjà été lancée"};
    case errc::policy_threw:
        return {"a policy of the host threw an exception",
                "une politique de l'application hôte a levé une exception"};
    case errc::bad_user:
        return {"the user's name is not UTF-8", "le nom de l'utilisateur n'est pas en UTF-8"};
    case errc::lease_lost:
        return {"another worker holds this delivery", "un autre processus s'occupe de cette livraison"};
    case errc::storage_failed:
        return {"the storage failed", "le stockage a échoué"};
    case errc::bad_record:
        return {"a stored record is damaged", "un enregistrement stocké est endommagé"};
    case errc::registry_unavailable:
        return {"the webhooks could not be loaded; nothing was done",
                "les webhooks n'ont pas pu être chargés ; rien n'a été fait"};
    case errc::registry_conflict:
        return {"the record was changed in the meantime", "l'enregistrement a été modifié entre-temps"};
    case errc::incomplete_load:
        return {"the registry's load of everything is not complete",
                "le chargement de tout par le registre n'est pas complet"};
    case errc::webhook_unusable:
        return {"the webhook is damaged or not valid for this host",
                "le webhook est endommagé ou n'est pas valable pour cette application"};
    case errc::storage_needs_file:
        return {"the storage needs a file, since no second connection sees a database in memory",
                "le stockage a besoin d'un fichier, car aucune seconde connexion ne voit une base de données "
                "en mémoire"};
    case errc::schema_too_new:
        return {"the tables are of a newer version of Posthorn",
                "les tables sont d'une version plus récente de Posthorn"};
    case errc::not_durable:
        return {
            "the connection promises less than the storage: set PRAGMA synchronous=FULL, in WAL mode",
            "la connexion garantit moins que le stockage : utilisez PRAGMA synchronous=FULL, en mode WAL"};
    case errc::no_transaction:
        return {"the connection has no open transaction to store deliveries in",
                "la connexion n'a pas de transaction ouverte dans laquelle stocker des livraisons"};
    case errc::no_encryption_key:
        return {"there is no key to encrypt secrets with", "il n'y a pas de clé pour chiffrer les secrets"};
    case errc::unknown_encryption_key:
        return {"the key that a stored secret was encrypted with is missing",
                "la clé avec laquelle un secret stocké a été chiffré est introuvable"};
    case errc::secret_unreadable:
        return {"a stored secret was changed, moved, or encrypted with another key",
                "un secret stocké a été modifié, déplacé ou chiffré avec une autre clé"};
    case errc::bad_encryption_key:
        return {"an encryption key is not 32 bytes, or its id is malformed or given twice",
                "une clé de chiffrement ne fait pas 32 octets, ou son identifiant est mal formé ou donné "
                "deux fois"};
    case errc::not_supported:
        return {"the storage does not keep this", "le stockage ne conserve pas cela"};
    case errc::body_too_large:
        return {"the rendered body is larger than allowed", "le corps généré dépasse la taille autorisée"};
    case errc::url_too_long:
        return {"the rendered URL is longer than allowed", "l'URL générée dépasse la longueur autorisée"};
    case errc::bad_header_value:
        return {"a rendered header value holds a byte that is not allowed in a header",
                "la valeur générée d'un en-tête contient un octet qui n'y est pas autorisé"};
    case errc::bad_url_path:
        return {"a value leaves a segment of the URL's path empty, or makes it . or ..",
                "une valeur laisse vide un segment du chemin de l'URL, ou en fait . ou .."};
    case errc::delivery_expired:
        return {"the delivery is too old to be tried again",
                "la livraison est trop ancienne pour un nouvel essai"};
    case errc::blocked_address:
        return {"the address is blocked", "l'adresse est bloquée"};
    case errc::dns_failed:
        return {"the name could not be resolved", "le nom n'a pas pu être résolu"};
    case errc::dns_timeout:
        return {"the name was not resolved in time", "le nom n'a pas été résolu à temps"};
    case errc::connect_refused:
        return {"connection refused", "connexion refusée"};
    case errc::connect_failed:
        return {"connection failed", "échec de la connexion"};
    case errc::connect_timeout:
        return {"connection not accepted in time", "connexion non acceptée à temps"};
    case errc::proxy_refused:
        return {"the proxy gave no way to the receiver",
                "le proxy n'a pas ouvert de voie vers le destinataire"};
    case errc::tls_handshake_failed:
        return {"TLS handshake failed", "échec de la négociation TLS"};
    case errc::tls_verify_failed:
        return {"the receiver's certificate is not trusted for its name",
                "le certificat du destinataire n'est pas reconnu pour son nom"};
    case errc::tls_timeout:
        return {"TLS handshake not done in time", "négociation TLS non terminée à temps"};
    case errc::response_timeout:
        return {"no response in time", "aucune réponse à temps"};
    case errc::total_timeout:
        return {"the exchange took too long", "l'échange a duré trop longtemps"};
    case errc::connection_reset:
        return {"connection reset before a response", "connexion réinitialisée avant une réponse"};
    case errc::eof_before_response:
        return {"connection closed before a response", "connexion fermée avant une réponse"};
    case errc::partial_response:
        return {"connection closed inside the response header",
                "connexion fermée dans l'en-tête de la réponse"};
    case errc::bad_version:
        return {"the answer is not HTTP/1.0 or HTTP/1.1", "la réponse n'est ni en HTTP/1.0 ni en HTTP/1.1"};
    case errc::bad_status:
        return {"the response status is malformed", "le statut de la réponse est mal formé"};
    case errc::bad_response_line:
        return {"a line of the response header is malformed",
                "une ligne de l'en-tête de la réponse est mal formée"};
    case errc::bad_response_field:
        return {"a field of the response header is malformed",
                "un champ de l'en-tête de la réponse est mal formé"};
    case errc::bad_content_length:
        return {"the response's Content-Length is malformed",
                "le Content-Length de la réponse est mal formé"};
    case errc::bad_framing:
        return {"the response's framing is contradictory", "le découpage de la réponse est contradictoire"};
    case errc::header_limit:
        return {"the response header is larger than allowed",
                "l'en-tête de la réponse dépasse la taille autorisée"};
    case errc::too_many_interim:
        return {"too many interim responses", "trop de réponses provisoires"};
    case errc::unexpected_upgrade:
        return {"the receiver switched protocols without being asked",
                "le destinataire a changé de protocole sans y être invité"};
    case errc::http_status:
        return {"the receiver answered with a status that is not 2xx",
                "le destinataire a répondu par un statut qui n'est pas 2xx"};
    case errc::cancelled:
        return {"cut short by a stop or a cancellation", "interrompu par un arrêt ou une annulation"};
    case errc::verification_failed:
        return {"the message's signature is not valid", "la signature du message n'est pas valide"};
    case errc::bad_key:
        return {"the key is malformed", "la clé est mal formée"};
    }
    return {"unknown posthorn error", "erreur posthorn inconnue"};
}

// Every cause belongs to at most one of retryable, permanent, cancelled; timeout and rejected_by_receiver say
// more.
[[nodiscard]] POSTHORN_DECL bool errc_is(errc e, condition c) noexcept {
    switch (c) {
    case condition::retryable:
        return (e >= errc::dns_failed && e <= errc::http_status) || e == errc::storage_failed ||
               e == errc::queue_full || e == errc::delivery_busy || e == errc::registry_unavailable ||
               e == errc::registry_conflict;
    case condition::permanent:
        return (e >= errc::body_too_large && e <= errc::blocked_address) || e == errc::unknown_webhook ||
               e == errc::unknown_filter || e == errc::bad_key || e == errc::verification_failed;
    case condition::timeout:
        return e == errc::dns_timeout || e == errc::connect_timeout || e == errc::tls_timeout ||
               e == errc::response_timeout || e == errc::total_timeout;
    case condition::cancelled:
        return e == errc::cancelled || e == errc::stopping;
    case condition::rejected_by_receiver:
        return e == errc::http_status;
    }
    return false;
}

class errc_category final : public boost::system::error_category {
  public:
    constexpr errc_category() noexcept : error_category(0x706f7374686f726eULL) {}

    [[nodiscard]] char const* name() const noexcept override { return "posthorn"; }

    [[nodiscard]] std::string message(int value) const override {
        return text_of(static_cast<errc>(value)).english;
    }

    [[nodiscard]] bool equivalent(int value,
                                  boost::system::error_condition const& wanted) const noexcept override {
        if (wanted.category() == condition_category())
            return errc_is(static_cast<errc>(value), static_cast<condition>(wanted.value()));
        return error_category::equivalent(value, wanted);
    }
};

class condition_category_type final : public boost::system::error_category {
  public:
    constexpr condition_category_type() noexcept : error_category(0x706f7374686f7263ULL) {}

    [[nodiscard]] char const* name() const noexcept override { return "posthorn.condition"; }

    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<condition>(value)) {
        case condition::retryable:
            return "a later attempt may succeed";
        case condition::permanent:
            return "no later attempt can succeed";
        case condition::timeout:
            return "a deadline passed";
        case condition::cancelled:
            return "ended by the host";
        case condition::rejected_by_receiver:
            return "rejected by the receiver";
        }
        return "unknown posthorn condition";
    }
};

} // namespace detail

POSTHORN_DECL boost::system::error_category const& error_category() noexcept {
    static constexpr detail::errc_category category;
    return category;
}

POSTHORN_DECL std::string describe(error_code const& ec, language in) {
    bool const translated = in == language::french && ec.category() == error_category();
    return translated ? detail::text_of(static_cast<errc>(ec.value())).french : ec.message();
}

POSTHORN_DECL boost::system::error_category const& condition_category() noexcept {
    static constexpr detail::condition_category_type category;
    return category;
}

} // namespace posthorn
