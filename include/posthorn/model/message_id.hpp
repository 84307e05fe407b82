// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/language.hpp>

#include <cstdint>
#include <string_view>

namespace posthorn {

/// What people can be told is wrong with what they typed. The name of each is its code, which stays; the
/// texts stand in one table, in every language.
enum class message_id : std::uint16_t {
    /// No message.
    none,

    // Webhooks.
    wording_missing,
    object_type_missing,
    unknown_object_type,
    mode_unsupported,
    signing_refused,
    translation_missing,
    unknown_language,
    default_language,
    language_twice,
    text_too_long,
    control_character,
    revision_conflict,
    webhook_deleted,
    webhook_not_stored,
    filter_conflict,
    filter_deleted,
    not_loadable,
    // URLs.
    url_missing,
    url_template_too_long,
    url_malformed,
    url_scheme,
    url_userinfo,
    url_host,
    url_port,
    url_too_long,
    rate_period,
    url_invalid,
    address_refused,
    // Forms.
    verb_missing,
    verb_unknown,
    transaction_not_synchronous,
    action_unknown,
    secret_not_kept,
    secret_of_other_receiver,
    apply_needs_saved,
    revision_missing,
    webhook_unknown,
    right_missing,
    user_inactive,
    storage_says,
    // Filters of users.
    filter_stays_public,
    filter_used,
    filter_used_by_some,
    private_filter,
    too_many_filters,
    filter_text_missing,
    // Tests.
    object_not_offered,
    object_unknown,
    object_elsewhere,
    test_not_rendered,
    // Pending orders.
    order_unknown,
    order_refuses,
    // Values of the history.
    history_yes,
    history_no,
    history_default_body,
    history_in_transaction,
    history_after_commit,
    history_in_background,
    history_rate,
    history_until,
    // Headers.
    header_name,
    header_value,
    header_reserved,
    header_limit,
    header_invalid,
    header_twice,
    too_many_headers,
    headers_too_large,
    content_type_not_constant,
    secret_with_expressions,
    // Bodies.
    body_missing,
    body_not_allowed,
    standard_body_not_json,
    body_template_too_long,
    // Connections.
    connection_unsupported,
    tls_without_https,
    certificates_malformed,
    certificates_with_key,
    certificate_refused,
    client_certificate_missing,
    client_key_missing,
    client_key_malformed,
    client_key_encrypted,
    client_key_other,
    proxy_malformed,
    proxy_missing,
    proxy_credentials_malformed,
    // Filters.
    filter_name_missing,
    filter_owner_missing,
    filter_object_missing,
    filter_object_no_scope,
    filter_object_fixed,
    filter_not_stored,
    filter_without_scope,
    filter_unknown,
    filter_unusable,
    filter_other_object,
    // Criteria.
    criteria_object_missing,
    criteria_too_long,
    criterion_too_long,
    criterion_field_missing,
    criterion_field_with_object,
    criterion_no_fields,
    criterion_no_operator,
    criterion_operator,
    criterion_takes_no_value,
    criterion_takes_one_value,
    criterion_takes_some_values,
    value_not_text,
    value_not_boolean,
    value_not_integer,
    value_not_unsigned,
    value_not_real,
    value_not_timestamp,
    value_not_duration,
    // Names in expressions.
    unknown_name,
    unknown_field,
    unknown_function,
    no_fields,
    not_in_filter,
    event_alone,
    no_previous,
    // Types in expressions.
    not_boolean,
    negation_operand,
    inversion_operand,
    logical_operand,
    conditional_operand,
    conditional_choices,
    not_comparable,
    no_arithmetic,
    list_misplaced,
    in_without_list,
    has_without_path,
    function_operand,
    timestamp_not_literal,
    duration_not_literal,
    // Syntax of expressions.
    expression_too_long,
    canonical_too_long,
    nested_too_deep,
    too_many_elements,
    number_not_real,
    number_not_integer,
    number_needs_suffix,
    number_followed,
    unknown_escape,
    not_utf8,
    key_missing,
    text_over_lines,
    text_without_end,
    single_equals,
    single_sign,
    unexpected,
    operator_missing,
    operand_missing,
    expression_missing,
    sign_missing,
    comparisons_in_a_row,
    in_misplaced,
    name_missing,
    field_name_missing,
    field_of_no_path,
    function_no_method,
    function_is_method,
    one_argument,
    // Templates.
    braces_not_closed,
    too_many_expressions,
    expression_in_authority,
    compound_misplaced,
    body_not_json,
    // Parts of the messages above.
    at_position,
    did_you_mean,
    such_as,
    either,
    a_boolean,
    an_integer,
    an_unsigned,
    a_real,
    some_text,
    a_timestamp,
    a_duration,
    a_list,
    an_object,
    its_like,
    text_or_list,
    a_number,
    what_has_text,
    number_unquoted,
    text_quoted,
    timestamp_written,
    duration_written,
    joined_by_string,
    numbers_converted,
    first_choice,
    list_elements,
    call_elements,
    in_parentheses,
    // What is wrong with JSON.
    json_syntax,
    json_extra_data,
    json_incomplete,
    json_exponent,
    json_too_deep,
    json_leading_surrogate,
    json_trailing_surrogate,
    json_hex_digit,
    json_utf16_escape,
    json_object_size,
    json_array_size,
    json_key_size,
    json_string_size,

    /// How many there are, and no message itself.
    count,
};

namespace detail {

// The code, and the text with `{0}`, `{1}` in place of its arguments. Empty: there is no such message.
[[nodiscard]] POSTHORN_DECL std::string_view code_of(message_id what) noexcept;
[[nodiscard]] POSTHORN_DECL std::string_view pattern_of(message_id what, language in) noexcept;

} // namespace detail

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/model/message_id.ipp>
#endif
