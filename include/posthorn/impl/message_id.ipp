// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/message_id.hpp>

#include <array>
#include <cstddef>

namespace posthorn {

namespace detail {

struct message_row {
    constexpr message_row(message_id of, std::string_view named, std::string_view in_english,
                          std::string_view in_french) noexcept
        : what(of), code(named), english(in_english), french(in_french) {}

    message_id what;
    std::string_view code;
    std::string_view english;
    std::string_view french;
};

// All messages, in the order of their ids.
inline constexpr message_row message_rows[] = {
    {message_id::wording_missing, "wording_missing", "a webhook needs a wording",
     "un webhook doit avoir un libellé"},
    {message_id::object_type_missing, "object_type_missing", "a webhook needs an object type",
     "un webhook doit avoir un type d'objet"},
    {message_id::unknown_object_type, "unknown_object_type", "unknown object type {0}{1}",
     "type d'objet {0} inconnu{1}"},
    {message_id::mode_unsupported, "mode_unsupported", "webhooks of this host cannot be {0}; choose {1}",
     "les webhooks de cette application ne peuvent pas être {0} ; choisissez {1}"},
    {message_id::signing_refused, "signing_refused", "{0}",
     "la clé de signature ne peut pas être utilisée : {0}"},
    {message_id::translation_missing, "translation_missing",
     "this text is needed in every language of the host, in `{0}` too",
     "ce texte est requis dans toutes les langues de l'application, en `{0}` aussi"},
    {message_id::unknown_language, "unknown_language", "this host has no language {0}; choose one of {1}",
     "cette application n'a pas de langue {0} ; choisissez parmi {1}"},
    {message_id::default_language, "default_language",
     "{0} is the default language of this host; write its texts into the fields themselves",
     "{0} est la langue par défaut de cette application ; écrivez ses textes dans les champs eux-mêmes"},
    {message_id::language_twice, "language_twice", "the language {0} stands twice; give each language once",
     "la langue {0} figure deux fois ; indiquez chaque langue une seule fois"},
    {message_id::text_too_long, "text_too_long", "at most {0} characters; there are {1}",
     "{0} caractères au plus ; il y en a {1}"},
    {message_id::control_character, "control_character",
     "the control character U+{0} is not allowed here; leave it out",
     "le caractère de contrôle U+{0} n'est pas autorisé ici ; supprimez-le"},
    {message_id::revision_conflict, "revision_conflict",
     "somebody has changed this webhook meanwhile (revision {0}, yours is {1}); load it again and make your "
     "change there",
     "quelqu'un a modifié ce webhook entre-temps (révision {0}, la vôtre est {1}) ; rechargez-le et "
     "refaites-y votre modification"},
    {message_id::webhook_deleted, "webhook_deleted",
     "somebody has deleted this webhook meanwhile; save it as a new one",
     "quelqu'un a supprimé ce webhook entre-temps ; enregistrez-le comme nouveau webhook"},
    {message_id::webhook_not_stored, "webhook_not_stored", "the webhook could not be stored: {0}",
     "le webhook n'a pas pu être enregistré : {0}"},
    {message_id::url_missing, "url_missing", "a webhook needs a URL", "un webhook doit avoir une URL"},
    {message_id::url_template_too_long, "url_template_too_long", "the URL template is longer than 16 KiB",
     "le modèle d'URL dépasse 16 Kio"},
    {message_id::url_malformed, "url_malformed",
     "The URL is malformed: write it as https://host/path, percent-encode every other byte, and leave out a "
     "fragment (#).",
     "L'URL est mal formée : écrivez-la sous la forme https://hôte/chemin, codez tout autre octet par % et "
     "omettez le fragment (#)."},
    {message_id::url_scheme, "url_scheme", "The URL must begin with https:// or http://.",
     "L'URL doit commencer par https:// ou http://."},
    {message_id::url_userinfo, "url_userinfo",
     "The URL must hold no user name and no password: send them in an Authorization header.",
     "L'URL ne doit contenir ni nom d'utilisateur ni mot de passe : envoyez-les dans un en-tête "
     "Authorization."},
    {message_id::url_host, "url_host",
     "The host is not valid: write a DNS name in ASCII (xn-- for other scripts), four decimal numbers with "
     "dots, or an IPv6 address in brackets.",
     "L'hôte n'est pas valide : écrivez un nom DNS en ASCII (xn-- pour les autres écritures), quatre nombres "
     "décimaux séparés par des points ou une adresse IPv6 entre crochets."},
    {message_id::url_port, "url_port",
     "The port is not valid: write a number from 1 to 65535 without leading zeros, or leave it out.",
     "Le port n'est pas valide : écrivez un nombre de 1 à 65535 sans zéro initial, ou omettez-le."},
    {message_id::url_too_long, "url_too_long", "The URL is too long: use at most 2048 characters.",
     "L'URL est trop longue : utilisez au plus 2048 caractères."},
    {message_id::rate_period, "rate_period", "the period of a rate is from 1 ms to a day; this is {0} ms",
     "la période d'un débit va de 1 ms à un jour ; celle-ci est de {0} ms"},
    {message_id::url_invalid, "url_invalid", "The URL is not valid: write it as https://host/path.",
     "L'URL n'est pas valide : écrivez-la sous la forme https://hôte/chemin."},
    {message_id::address_refused, "address_refused", "the address guard refuses this address, name or port",
     "le contrôle des adresses refuse cette adresse, ce nom ou ce port"},
    {message_id::verb_missing, "verb_missing", "a webhook needs a verb", "un webhook doit avoir un verbe"},
    {message_id::verb_unknown, "verb_unknown",
     "`{0}` is no verb of webhooks; choose GET, POST, PUT, PATCH or DELETE",
     "`{0}` n'est pas un verbe de webhook ; choisissez GET, POST, PUT, PATCH ou DELETE"},
    {message_id::transaction_not_synchronous, "transaction_not_synchronous",
     "only a synchronous webhook can be executed within the transaction; tick Synchronous too",
     "seul un webhook synchrone peut être exécuté dans la transaction ; cochez aussi Synchrone"},
    {message_id::action_unknown, "action_unknown",
     "`{0}` is no action; choose all, created, modified or deleted",
     "`{0}` n'est pas une action ; choisissez all, created, modified ou deleted"},
    {message_id::secret_not_kept, "secret_not_kept", "there is no saved secret to keep here; enter it anew",
     "aucun secret enregistré n'est à conserver ici ; saisissez-le de nouveau"},
    {message_id::secret_of_other_receiver, "secret_of_other_receiver",
     "the saved secret was entered for {0} and is not sent to {1}; enter it again, or remove it",
     "le secret enregistré a été saisi pour {0} et n'est pas envoyé à {1} ; saisissez-le de nouveau, ou "
     "supprimez-le"},
    {message_id::apply_needs_saved, "apply_needs_saved",
     "only a saved webhook can be applied to; register it first",
     "seul un webhook enregistré peut être appliqué ; enregistrez-le d'abord"},
    {message_id::revision_missing, "revision_missing",
     "the form does not say which revision it was filled from; load the webhook again and make your change "
     "there",
     "le formulaire n'indique pas de quelle révision il provient ; rechargez le webhook et refaites-y votre "
     "modification"},
    {message_id::webhook_unknown, "webhook_unknown", "no webhook has the id {0}; it may have been deleted",
     "aucun webhook n'a l'identifiant {0} ; il a peut-être été supprimé"},
    {message_id::right_missing, "right_missing", "{0} lacks the right `{1}`; ask your administrator for it",
     "{0} n'a pas le droit `{1}` ; demandez-le à votre administrateur"},
    {message_id::user_inactive, "user_inactive",
     "the account {0} is inactive and is not allowed to do anything; ask your administrator to activate it",
     "le compte {0} est inactif et n'est autorisé à rien faire ; demandez à votre administrateur de "
     "l'activer"},
    {message_id::storage_says, "storage_says", "nothing was done, since {0}; try again",
     "rien n'a été fait ({0}) ; réessayez"},
    {message_id::filter_stays_public, "filter_stays_public",
     "a public filter stays public, since others may use it; save a private copy instead",
     "un filtre public reste public, car d'autres l'utilisent peut-être ; enregistrez plutôt une copie "
     "privée"},
    {message_id::filter_used, "filter_used",
     "webhooks still name this filter: {0}; let them name another one first",
     "des webhooks utilisent encore ce filtre : {0} ; choisissez-y d'abord un autre filtre"},
    {message_id::filter_used_by_some, "filter_used_by_some",
     "webhooks still name this filter; let them name another one first",
     "des webhooks utilisent encore ce filtre ; choisissez-y d'abord un autre filtre"},
    {message_id::private_filter, "private_filter", "(private filter)", "(filtre privé)"},
    {message_id::too_many_filters, "too_many_filters",
     "a user has at most {0} private filters of a kind; delete one of yours first",
     "un utilisateur a au plus {0} filtres privés de chaque sorte ; supprimez d'abord l'un des vôtres"},
    {message_id::filter_text_missing, "filter_text_missing", "write what the wording must contain",
     "écrivez ce que le libellé doit contenir"},
    {message_id::object_not_offered, "object_not_offered",
     "this host offers no objects of type `{0}` to test with",
     "cette application ne propose aucun objet de type `{0}` pour un test"},
    {message_id::object_unknown, "object_unknown", "no `{0}` has the id `{1}`; choose one of the list",
     "aucun objet `{0}` n'a l'identifiant `{1}` ; choisissez-en un dans la liste"},
    {message_id::test_not_rendered, "test_not_rendered",
     "with this object no request can be formed: {0}; choose another one, or mend the webhook",
     "avec cet objet, aucune requête ne peut être formée : {0} ; choisissez-en un autre ou corrigez le "
     "webhook"},
    {message_id::order_unknown, "order_unknown",
     "no pending order has the id {0}; it may have been forgotten",
     "aucune commande n'a l'identifiant {0} ; elle a peut-être été oubliée"},
    {message_id::object_elsewhere, "object_elsewhere",
     "the `{0}` `{1}` is not inside the `{2}` `{3}`; choose one of the list",
     "l'objet `{0}` `{1}` n'est pas dans l'objet `{2}` `{3}` ; choisissez-en un dans la liste"},
    {message_id::order_refuses, "order_refuses", "the order stays as it is: {0}; refresh the list",
     "la commande reste inchangée : {0} ; actualisez la liste"},
    {message_id::header_name, "header_name",
     "The header's name is not valid: use letters, digits and hyphens only.",
     "Le nom de l'en-tête n'est pas valide : utilisez uniquement des lettres, des chiffres et des traits "
     "d'union."},
    {message_id::header_value, "header_value",
     "The header's value holds a character that is not allowed there, or begins or ends with a blank: use "
     "printable ASCII.",
     "La valeur de l'en-tête contient un caractère non autorisé, ou commence ou se termine par un blanc : "
     "utilisez de l'ASCII imprimable."},
    {message_id::header_reserved, "header_reserved", "This header is set by the sender itself: leave it out.",
     "Cet en-tête est défini par l'émetteur lui-même : omettez-le."},
    {message_id::header_limit, "header_limit",
     "The header is too large: use at most 256 bytes for a name, 4096 for a value, 64 headers and 16 KiB in "
     "all.",
     "L'en-tête est trop volumineux : utilisez au plus 256 octets pour un nom, 4096 pour une valeur, 64 "
     "en-têtes et 16 Kio en tout."},
    {message_id::header_invalid, "header_invalid", "The header is not valid: leave it out.",
     "L'en-tête n'est pas valide : omettez-le."},
    {message_id::header_twice, "header_twice", "the field {0} stands twice; give each name once",
     "l'en-tête {0} figure deux fois ; indiquez chaque nom une seule fois"},
    {message_id::too_many_headers, "too_many_headers", "at most 64 fields", "64 en-têtes au plus"},
    {message_id::headers_too_large, "headers_too_large", "at most 16 KiB of headers",
     "16 Kio d'en-têtes au plus"},
    {message_id::content_type_not_constant, "content_type_not_constant",
     "the Content-Type says how the body is escaped; write it neither as a secret nor with expressions",
     "le Content-Type détermine les échappements du corps ; il ne peut être ni secret ni contenir des "
     "expressions"},
    {message_id::secret_with_expressions, "secret_with_expressions", "a secret header takes no expressions",
     "un en-tête secret n'admet pas d'expressions"},
    {message_id::body_missing, "body_missing", "a body must be provided for POST, PUT and PATCH",
     "un corps doit être fourni pour POST, PUT et PATCH"},
    {message_id::body_not_allowed, "body_not_allowed",
     "a GET request has no body; remove it or choose another verb",
     "une requête GET n'a pas de corps ; supprimez-le ou choisissez un autre verbe"},
    {message_id::standard_body_not_json, "standard_body_not_json",
     "the standard body is JSON; remove the Content-Type header or write a body",
     "le corps standard est en JSON ; supprimez l'en-tête Content-Type ou écrivez un corps"},
    {message_id::body_template_too_long, "body_template_too_long", "the body template is longer than 256 KiB",
     "le modèle du corps dépasse 256 Kio"},
    {message_id::connection_unsupported, "connection_unsupported",
     "the transport of this host takes no authorities, client certificate or proxy of a webhook; leave them "
     "out",
     "le transport de cette application n'admet ni autorités, ni certificat client, ni proxy propres à un "
     "webhook ; omettez-les"},
    {message_id::tls_without_https, "tls_without_https",
     "this protects nothing, since the URL begins with http://; write https:// there, or leave it out here",
     "ceci ne protège rien, car l'URL commence par http:// ; écrivez-y https://, ou omettez-le ici"},
    {message_id::certificates_malformed, "certificates_malformed",
     "these are no certificates in PEM; write each from -----BEGIN CERTIFICATE----- to -----END "
     "CERTIFICATE-----, and nothing else",
     "ce ne sont pas des certificats PEM ; écrivez chacun de -----BEGIN CERTIFICATE----- à -----END "
     "CERTIFICATE-----, et rien d'autre"},
    {message_id::certificates_with_key, "certificates_with_key",
     "a private key must not stand here, where it is no secret; write it as the client key",
     "une clé privée ne doit pas figurer ici, où elle n'est pas secrète ; écrivez-la comme clé du client"},
    {message_id::certificate_refused, "certificate_refused", "this certificate cannot be used: {0}",
     "ce certificat ne peut pas être utilisé : {0}"},
    {message_id::client_certificate_missing, "client_certificate_missing",
     "a client key needs its certificate; write it here, or remove the key",
     "une clé du client doit avoir son certificat ; écrivez-le ici, ou supprimez la clé"},
    {message_id::client_key_missing, "client_key_missing",
     "a client certificate needs its private key; write it here, or remove the certificate",
     "un certificat du client doit avoir sa clé privée ; écrivez-la ici, ou supprimez le certificat"},
    {message_id::client_key_malformed, "client_key_malformed",
     "this is no private key in PEM; write it from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----",
     "ce n'est pas une clé privée PEM ; écrivez-la de -----BEGIN PRIVATE KEY----- à -----END PRIVATE "
     "KEY-----"},
    {message_id::client_key_encrypted, "client_key_encrypted",
     "the key is encrypted, and nobody is there to type its password; decrypt it first",
     "la clé est chiffrée, et personne n'est là pour saisir son mot de passe ; déchiffrez-la d'abord"},
    {message_id::client_key_other, "client_key_other",
     "the key does not belong to the first of the client certificates",
     "la clé ne correspond pas au premier des certificats du client"},
    {message_id::proxy_malformed, "proxy_malformed",
     "write the proxy as http://host:port; a user name and a password stand in its credentials",
     "écrivez le proxy sous la forme http://hôte:port ; un nom d'utilisateur et un mot de passe figurent "
     "dans "
     "ses identifiants"},
    {message_id::proxy_missing, "proxy_missing",
     "there are credentials of a proxy and no proxy; write it here, or remove them",
     "il y a des identifiants de proxy et pas de proxy ; écrivez-le ici, ou supprimez-les"},
    {message_id::proxy_credentials_malformed, "proxy_credentials_malformed",
     "write the credentials as user:password, in at most 512 bytes and without control characters",
     "écrivez les identifiants sous la forme utilisateur:motdepasse, en 512 octets au plus et sans "
     "caractères "
     "de contrôle"},
    {message_id::filter_name_missing, "filter_name_missing", "a filter needs a name",
     "un filtre doit avoir un nom"},
    {message_id::filter_owner_missing, "filter_owner_missing",
     "a private filter needs the user whose it is; or make it public",
     "un filtre privé doit avoir un propriétaire ; sinon, rendez-le public"},
    {message_id::filter_object_missing, "filter_object_missing",
     "a filter needs the object type that it is about", "un filtre doit porter sur un type d'objet"},
    {message_id::filter_object_no_scope, "filter_object_no_scope",
     "no events are filtered by {0}; a filter is about a scope",
     "aucun événement n'est filtré par {0} ; un filtre porte sur un périmètre"},
    {message_id::filter_object_fixed, "filter_object_fixed",
     "webhooks name this filter, so it stays about `{0}`; save a new one instead",
     "des webhooks utilisent ce filtre, qui reste donc sur `{0}` ; enregistrez plutôt un nouveau filtre"},
    {message_id::filter_not_stored, "filter_not_stored", "the filter could not be stored: {0}",
     "le filtre n'a pas pu être enregistré : {0}"},
    {message_id::filter_without_scope, "filter_without_scope",
     "objects of type {0} have no scope, so no filter can be chosen; use a condition",
     "les objets de type {0} n'ont pas de périmètre, aucun filtre ne peut donc être choisi ; utilisez une "
     "condition"},
    {message_id::filter_unknown, "filter_unknown",
     "no saved filter has the id {0}; choose another one, or none",
     "aucun filtre enregistré n'a l'identifiant {0} ; choisissez-en un autre, ou aucun"},
    {message_id::filter_unusable, "filter_unusable",
     "the filter is wrong itself; mend it, or choose another one, or none",
     "le filtre est lui-même erroné ; corrigez-le, ou choisissez-en un autre, ou aucun"},
    {message_id::filter_other_object, "filter_other_object", "the filter is about {0}; choose one about {1}",
     "le filtre porte sur {0} ; choisissez-en un qui porte sur {1}"},
    {message_id::criteria_object_missing, "criteria_object_missing",
     "choose the object type that the filter is about",
     "choisissez le type d'objet sur lequel porte le filtre"},
    {message_id::criteria_too_long, "criteria_too_long",
     "all criteria make an expression of {0} bytes; it has at most 4096",
     "l'ensemble des critères forme une expression de {0} octets ; elle en compte au plus 4096"},
    {message_id::criterion_too_long, "criterion_too_long", "an expression has at most 4096 bytes; write less",
     "une expression compte au plus 4096 octets ; écrivez moins"},
    {message_id::criterion_field_missing, "criterion_field_missing",
     "the name of a field of {0} is missing{1}", "il manque le nom d'un champ de {0}{1}"},
    {message_id::criterion_field_with_object, "criterion_field_with_object",
     "a field is named without {0}{1}", "un champ s'écrit sans {0}{1}"},
    {message_id::criterion_no_fields, "criterion_no_fields", "{0} has no fields; leave out what follows it",
     "{0} n'a pas de champs ; supprimez ce qui suit"},
    {message_id::criterion_no_operator, "criterion_no_operator",
     "no criteria can be made of {0}; choose another field",
     "aucun critère ne peut porter sur {0} ; choisissez un autre champ"},
    {message_id::criterion_operator, "criterion_operator", "{0} does not fit {1}; choose one of {2}",
     "{0} ne convient pas à {1} ; choisissez parmi {2}"},
    {message_id::criterion_takes_no_value, "criterion_takes_no_value", "{0} takes no value; leave it out",
     "{0} ne prend pas de valeur ; supprimez-la"},
    {message_id::criterion_takes_one_value, "criterion_takes_one_value", "{0} takes one value; there are {1}",
     "{0} prend une valeur ; il y en a {1}"},
    {message_id::criterion_takes_some_values, "criterion_takes_some_values",
     "`one_of` takes 1 to 256 values; there are {0}", "`one_of` prend de 1 à 256 valeurs ; il y en a {0}"},
    {message_id::value_not_text, "value_not_text", "{0} is not UTF-8; write it as Unicode text",
     "{0} n'est pas en UTF-8 ; écrivez un texte Unicode"},
    {message_id::value_not_boolean, "value_not_boolean",
     "{0} is neither true nor false; write `true` or `false`",
     "{0} n'est ni vrai ni faux ; écrivez `true` ou `false`"},
    {message_id::value_not_integer, "value_not_integer",
     "{0} is not a whole number of 64 bits; write one such as `42`",
     "{0} n'est pas un nombre entier de 64 bits ; écrivez-en un tel que `42`"},
    {message_id::value_not_unsigned, "value_not_unsigned",
     "{0} is not a whole number of 64 bits from 0 on; write one such as `42`",
     "{0} n'est pas un nombre entier de 64 bits positif ou nul ; écrivez-en un tel que `42`"},
    {message_id::value_not_real, "value_not_real",
     "{0} is not a number that fits a double; write one such as `10000` or `0.5`",
     "{0} n'est pas un nombre représentable par un double ; écrivez-en un tel que `10000` ou `0.5`"},
    {message_id::value_not_timestamp, "value_not_timestamp",
     "{0} is not a point in time; write one such as `2026-01-31T12:00:00Z`",
     "{0} n'est pas un instant ; écrivez-en un tel que `2026-01-31T12:00:00Z`"},
    {message_id::value_not_duration, "value_not_duration",
     "{0} is not a duration; write one such as `1h30m`, with the units h, m, s, ms, us",
     "{0} n'est pas une durée ; écrivez-en une telle que `1h30m`, avec les unités h, m, s, ms, us"},
    {message_id::unknown_name, "unknown_name", "unknown name {0}{1}", "nom {0} inconnu{1}"},
    {message_id::unknown_field, "unknown_field", "unknown field {0} of {1}{2}",
     "champ {0} inconnu dans {1}{2}"},
    {message_id::unknown_function, "unknown_function", "unknown function {0}{1}", "fonction {0} inconnue{1}"},
    {message_id::no_fields, "no_fields", "{0} has no fields", "{0} n'a pas de champs"},
    {message_id::not_in_filter, "not_in_filter",
     "a saved filter speaks of `{0}` alone; use {1} in a webhook's condition",
     "un filtre enregistré ne porte que sur `{0}` ; utilisez {1} dans la condition d'un webhook"},
    {message_id::event_alone, "event_alone",
     "`event` alone is no value; write one of its fields such as `event.id`",
     "`event` seul n'est pas une valeur ; écrivez l'un de ses champs tel que `event.id`"},
    {message_id::no_previous, "no_previous",
     "`previous` does not exist here: a created object has no earlier state",
     "`previous` n'existe pas ici : un objet créé n'a pas d'état antérieur"},
    {message_id::not_boolean, "not_boolean",
     "this is {0}; a filter or a condition must be true or false, such as a comparison",
     "ceci est {0} ; un filtre ou une condition doit être vrai ou faux, comme une comparaison"},
    {message_id::negation_operand, "negation_operand", "`-` takes an int or a double; this is {0}",
     "`-` s'applique à un int ou à un double ; ceci est {0}"},
    {message_id::inversion_operand, "inversion_operand", "`!` takes true or false; this is {0}",
     "`!` s'applique à vrai ou faux ; ceci est {0}"},
    {message_id::logical_operand, "logical_operand", "{0} joins what is true or false; this is {1}",
     "{0} relie ce qui est vrai ou faux ; ceci est {1}"},
    {message_id::conditional_operand, "conditional_operand",
     "`?` stands behind what is true or false; this is {0}",
     "`?` suit ce qui est vrai ou faux ; ceci est {0}"},
    {message_id::conditional_choices, "conditional_choices",
     "both choices of `?` must be of one kind and no list or object; these are {0} and {1}",
     "les deux choix de `?` doivent être de même nature, sans liste ni objet ; ce sont ici {0} et {1}"},
    {message_id::not_comparable, "not_comparable", "`{0}` cannot compare {1} with {2}{3}",
     "`{0}` ne peut pas comparer {1} avec {2}{3}"},
    {message_id::no_arithmetic, "no_arithmetic", "`{0}` does not work between {1} and {2}{3}",
     "`{0}` ne s'applique pas entre {1} et {2}{3}"},
    {message_id::list_misplaced, "list_misplaced", "a list can only stand to the right of `in`",
     "une liste ne peut figurer qu'à droite de `in`"},
    {message_id::in_without_list, "in_without_list", "a list must stand to the right of `in`; this is {0}",
     "une liste doit figurer à droite de `in` ; ceci est {0}"},
    {message_id::has_without_path, "has_without_path", "has(...) takes a field path such as `project.owner`",
     "has(...) prend le chemin d'un champ tel que `project.owner`"},
    {message_id::function_operand, "function_operand", "{0} takes {1}; this is {2}",
     "{0} prend {1} ; ceci est {2}"},
    {message_id::timestamp_not_literal, "timestamp_not_literal",
     "write a text literal such as timestamp(\"2026-01-31T12:00:00Z\")",
     "écrivez un texte littéral tel que timestamp(\"2026-01-31T12:00:00Z\")"},
    {message_id::duration_not_literal, "duration_not_literal",
     "write a text literal such as duration(\"1h30m\"); units are h, m, s, ms, us",
     "écrivez un texte littéral tel que duration(\"1h30m\") ; les unités sont h, m, s, ms, us"},
    {message_id::expression_too_long, "expression_too_long", "an expression has at most 4096 bytes",
     "une expression compte au plus 4096 octets"},
    {message_id::canonical_too_long, "canonical_too_long",
     "an expression has at most 4096 bytes, also in its canonical form, which puts blanks around operators",
     "une expression compte au plus 4096 octets, y compris sous sa forme canonique, qui met des blancs "
     "autour des opérateurs"},
    {message_id::nested_too_deep, "nested_too_deep", "nested deeper than 32 levels",
     "plus de 32 niveaux d'imbrication"},
    {message_id::too_many_elements, "too_many_elements", "a list has at most 256 elements",
     "une liste compte au plus 256 éléments"},
    {message_id::number_not_real, "number_not_real", "{0} is no number that fits a double",
     "{0} n'est pas un nombre représentable par un double"},
    {message_id::number_not_integer, "number_not_integer", "{0} is no integer of 64 bits",
     "{0} n'est pas un entier de 64 bits"},
    {message_id::number_needs_suffix, "number_needs_suffix",
     "{0} is no integer of 64 bits; write it with `u`",
     "{0} n'est pas un entier de 64 bits ; écrivez-le avec `u`"},
    {message_id::number_followed, "number_followed",
     "a number ends here, and {0} follows without an operator",
     "un nombre se termine ici, et {0} suit sans opérateur"},
    {message_id::unknown_escape, "unknown_escape", "an unknown escape; write \\\\ for a backslash",
     "séquence d'échappement inconnue ; écrivez \\\\ pour une barre oblique inverse"},
    {message_id::not_utf8, "not_utf8", "this is not UTF-8", "ceci n'est pas de l'UTF-8"},
    {message_id::text_over_lines, "text_over_lines",
     "a text literal ends on its line; write \\n for a line feed",
     "un texte littéral se termine sur sa ligne ; écrivez \\n pour un saut de ligne"},
    {message_id::text_without_end, "text_without_end", "this text literal has no end; close it with {0}",
     "ce texte littéral n'a pas de fin ; fermez-le par {0}"},
    {message_id::single_equals, "single_equals", "write `==` to compare", "écrivez `==` pour comparer"},
    {message_id::single_sign, "single_sign", "write `{0}`", "écrivez `{0}`"},
    {message_id::unexpected, "unexpected", "unexpected {0}", "{0} inattendu"},
    {message_id::operator_missing, "operator_missing", "unexpected {0}; an operator is missing before it",
     "{0} inattendu ; il manque un opérateur avant"},
    {message_id::operand_missing, "operand_missing",
     "unexpected {0}; an expression such as `project.id` is missing before it",
     "{0} inattendu ; il manque avant une expression telle que `project.id`"},
    {message_id::expression_missing, "expression_missing",
     "an expression such as `project.id` is missing here",
     "il manque ici une expression telle que `project.id`"},
    {message_id::sign_missing, "sign_missing", "`{0}` is missing after {1}", "il manque `{0}` après {1}"},
    {message_id::comparisons_in_a_row, "comparisons_in_a_row",
     "two comparisons in a row; put one into parentheses, or join them with `&&`",
     "deux comparaisons à la suite ; mettez-en une entre parenthèses, ou reliez-les par `&&`"},
    {message_id::in_misplaced, "in_misplaced", "`in` stands between a value and a list",
     "`in` se place entre une valeur et une liste"},
    {message_id::name_missing, "name_missing", "the name of a field or a function is missing after `.`",
     "il manque le nom d'un champ ou d'une fonction après `.`"},
    {message_id::field_name_missing, "field_name_missing", "the name of a field is missing after `.`",
     "il manque le nom d'un champ après `.`"},
    {message_id::field_of_no_path, "field_of_no_path",
     "fields are read from a path of names such as `project.status` only",
     "un champ ne se lit que dans un chemin de noms tel que `project.status`"},
    {message_id::function_no_method, "function_no_method", "write `{0}(...)`, not behind a dot",
     "écrivez `{0}(...)`, pas derrière un point"},
    {message_id::function_is_method, "function_is_method", "write `text.{0}(...)`",
     "écrivez `text.{0}(...)`"},
    {message_id::one_argument, "one_argument", "{0} takes one argument", "{0} prend un argument"},
    {message_id::braces_not_closed, "braces_not_closed", "`{{` without `}}`; close the expression",
     "`{{` sans `}}` ; fermez l'expression"},
    {message_id::too_many_expressions, "too_many_expressions", "more than 256 expressions in one text",
     "plus de 256 expressions dans un même texte"},
    {message_id::expression_in_authority, "expression_in_authority",
     "no expression may stand in the scheme, host or port of a URL",
     "aucune expression ne peut figurer dans le schéma, l'hôte ou le port d'une URL"},
    {message_id::compound_misplaced, "compound_misplaced",
     "{0} is a list or an object; it can only stand in a JSON body, outside quotes",
     "{0} est une liste ou un objet ; cela ne peut figurer que dans un corps JSON, hors des guillemets"},
    {message_id::body_not_json, "body_not_json",
     "the body is not JSON once its expressions are filled in: {0}",
     "le corps n'est pas du JSON une fois ses expressions remplacées : {0}"},
    {message_id::at_position, "at_position", "line {0}, column {1}: {2}\n{3}",
     "ligne {0}, colonne {1} : {2}\n{3}"},
    {message_id::did_you_mean, "did_you_mean", " (did you mean `{0}`?)", " (vouliez-vous dire `{0}` ?)"},
    {message_id::such_as, "such_as", "; write one such as `{0}`", " ; écrivez-en un tel que `{0}`"},
    {message_id::either, "either", "{0} or {1}", "{0} ou {1}"},
    {message_id::a_boolean, "a_boolean", "true or false", "vrai ou faux"},
    {message_id::an_integer, "an_integer", "an int", "un int"},
    {message_id::an_unsigned, "an_unsigned", "a uint", "un uint"},
    {message_id::a_real, "a_real", "a double", "un double"},
    {message_id::some_text, "some_text", "text", "du texte"},
    {message_id::a_timestamp, "a_timestamp", "a timestamp", "un instant"},
    {message_id::a_duration, "a_duration", "a duration", "une durée"},
    {message_id::a_list, "a_list", "a list", "une liste"},
    {message_id::an_object, "an_object", "an object", "un objet"},
    {message_id::its_like, "its_like", "its like", "son semblable"},
    {message_id::text_or_list, "text_or_list", "text or a list", "du texte ou une liste"},
    {message_id::a_number, "a_number", "a number", "un nombre"},
    {message_id::what_has_text, "what_has_text", "a number, text, a timestamp, a duration, true or false",
     "un nombre, du texte, un instant, une durée, vrai ou faux"},
    {message_id::number_unquoted, "number_unquoted", "; write the number without quotes",
     " ; écrivez le nombre sans guillemets"},
    {message_id::text_quoted, "text_quoted", "; write the text in quotes",
     " ; écrivez le texte entre guillemets"},
    {message_id::timestamp_written, "timestamp_written", "; write timestamp(\"2026-01-31T12:00:00Z\")",
     " ; écrivez timestamp(\"2026-01-31T12:00:00Z\")"},
    {message_id::duration_written, "duration_written", "; write duration(\"1h30m\")",
     " ; écrivez duration(\"1h30m\")"},
    {message_id::joined_by_string, "joined_by_string", "; write string(...) to join it",
     " ; écrivez string(...) pour le joindre"},
    {message_id::numbers_converted, "numbers_converted",
     "; write 2.0 for a double, 2u for a uint, or convert with double(...) or int(...)",
     " ; écrivez 2.0 pour un double, 2u pour un uint, ou convertissez avec double(...) ou int(...)"},
    {message_id::first_choice, "first_choice", "the first choice of `?`", "le premier choix de `?`"},
    {message_id::list_elements, "list_elements", "the elements of a list", "les éléments d'une liste"},
    {message_id::call_elements, "call_elements", "the elements of the call", "les arguments de l'appel"},
    {message_id::in_parentheses, "in_parentheses", "the expression in parentheses",
     "l'expression entre parenthèses"},
    {message_id::json_syntax, "json_syntax", "syntax error", "erreur de syntaxe"},
    {message_id::json_extra_data, "json_extra_data", "extra data", "données superflues"},
    {message_id::json_incomplete, "json_incomplete", "incomplete JSON", "JSON incomplet"},
    {message_id::json_exponent, "json_exponent", "exponent overflow", "exposant trop grand"},
    {message_id::json_too_deep, "json_too_deep", "too deep", "imbrication trop profonde"},
    {message_id::json_leading_surrogate, "json_leading_surrogate", "illegal leading surrogate",
     "demi-codet supérieur non valide"},
    {message_id::json_trailing_surrogate, "json_trailing_surrogate", "illegal trailing surrogate",
     "demi-codet inférieur non valide"},
    {message_id::json_hex_digit, "json_hex_digit", "expected hex digit", "chiffre hexadécimal attendu"},
    {message_id::json_utf16_escape, "json_utf16_escape", "expected utf16 escape",
     "séquence d'échappement UTF-16 attendue"},
    {message_id::json_object_size, "json_object_size", "object too large", "objet trop grand"},
    {message_id::json_array_size, "json_array_size", "array too large", "tableau trop grand"},
    {message_id::json_key_size, "json_key_size", "key too large", "clé trop longue"},
    {message_id::json_string_size, "json_string_size", "string too large", "chaîne trop longue"},
};

// The argument whose place begins here: 0 for `{0}`; else 10. Other braces are text.
[[nodiscard]] constexpr std::size_t argument_at(std::string_view pattern, std::size_t at) noexcept {
    constexpr std::size_t none = 10;
    bool const place = pattern.size() - at >= 3 && pattern[at] == '{' && pattern[at + 2] == '}' &&
                       pattern[at + 1] >= '0' && pattern[at + 1] <= '9';
    return place ? static_cast<std::size_t>(pattern[at + 1] - '0') : none;
}

// How often each argument stands in a text.
[[nodiscard]] constexpr std::array<std::size_t, 11> arguments_in(std::string_view pattern) noexcept {
    std::array<std::size_t, 11> counts{};
    for (std::size_t i = 0; i != pattern.size(); ++i)
        ++counts[argument_at(pattern, i)];
    counts[10] = 0;
    return counts;
}

[[nodiscard]] constexpr bool rows_are_complete() noexcept {
    std::size_t id = 0;
    for (auto const& row : message_rows)
        if (static_cast<std::size_t>(row.what) != ++id || row.code.empty() || row.english.empty() ||
            row.french.empty() || arguments_in(row.english) != arguments_in(row.french))
            return false;
    return id + 1 == static_cast<std::size_t>(message_id::count);
}
static_assert(rows_are_complete(),
              "posthorn: every message_id has a row, in its order, with a code and a text in each language, "
              "which name the same arguments.");

[[nodiscard]] constexpr message_row const* row_of(message_id what) noexcept {
    return what > message_id::none && what < message_id::count
               ? &message_rows[static_cast<std::size_t>(what) - 1]
               : nullptr;
}

POSTHORN_DECL std::string_view code_of(message_id what) noexcept {
    auto const* const row = row_of(what);
    return row == nullptr ? std::string_view() : row->code;
}

POSTHORN_DECL std::string_view pattern_of(message_id what, language in) noexcept {
    auto const* const row = row_of(what);
    if (row == nullptr)
        return {};
    return in == language::french ? row->french : row->english;
}

} // namespace detail

} // namespace posthorn
