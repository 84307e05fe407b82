// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// The bodies of all that is not a template, for the one translation unit of a host that compiles them once.
/// CMake users link posthorn::compiled instead and never name this file.

#if !defined(POSTHORN_SEPARATE_COMPILATION)
#error                                                                                                       \
    "posthorn: <posthorn/src.hpp> needs POSTHORN_SEPARATE_COMPILATION, in this and in every other translation unit."
#endif

#include <posthorn/impl/address_range.ipp>
#include <posthorn/impl/admin_form.ipp>
#include <posthorn/impl/admin_list_filter.ipp>
#include <posthorn/impl/admin_orders.ipp>
#include <posthorn/impl/admin_service.ipp>
#include <posthorn/impl/admin_test.ipp>
#include <posthorn/impl/allow_list.ipp>
#include <posthorn/impl/beast_async.ipp>
#include <posthorn/impl/beast_connection.ipp>
#include <posthorn/impl/beast_sync.ipp>
#include <posthorn/impl/beast_tunnel.ipp>
#include <posthorn/impl/compiled_filter.ipp>
#include <posthorn/impl/compiled_webhook.ipp>
#include <posthorn/impl/connection_rules.ipp>
#include <posthorn/impl/core.ipp>
#include <posthorn/impl/criteria.ipp>
#include <posthorn/impl/detail/registry/fingerprints.ipp>
#include <posthorn/impl/detail/registry/memory_registry.ipp>
#include <posthorn/impl/detail/registry/registry_watch.ipp>
#include <posthorn/impl/detail/registry/secret_sealer.ipp>
#include <posthorn/impl/detail/registry/webhook_directory.ipp>
#include <posthorn/impl/encryption_keys.ipp>
#include <posthorn/impl/environment/system_clock.ipp>
#include <posthorn/impl/environment/system_random.ipp>
#include <posthorn/impl/error.ipp>
#include <posthorn/impl/expression.ipp>
#include <posthorn/impl/expression/evaluate.ipp>
#include <posthorn/impl/expression/literals.ipp>
#include <posthorn/impl/expression/parse.ipp>
#include <posthorn/impl/expression/suggestion.ipp>
#include <posthorn/impl/expression/syntax.ipp>
#include <posthorn/impl/expression_error.ipp>
#include <posthorn/impl/failing_records.ipp>
#include <posthorn/impl/field_error.ipp>
#include <posthorn/impl/folding.ipp>
#include <posthorn/impl/header_rules.ipp>
#include <posthorn/impl/history_seal.ipp>
#include <posthorn/impl/history_text.ipp>
#include <posthorn/impl/json_log.ipp>
#include <posthorn/impl/letter_tables.ipp>
#include <posthorn/impl/letters.ipp>
#include <posthorn/impl/masking.ipp>
#include <posthorn/impl/memory_storage.ipp>
#include <posthorn/impl/message.ipp>
#include <posthorn/impl/message_id.ipp>
#include <posthorn/impl/openssl.ipp>
#include <posthorn/impl/own_addresses.ipp>
#include <posthorn/impl/print.ipp>
#include <posthorn/impl/public_addresses.ipp>
#include <posthorn/impl/record_migration.ipp>
#include <posthorn/impl/records.ipp>
#include <posthorn/impl/resolver_pool.ipp>
#include <posthorn/impl/response_reader.ipp>
#include <posthorn/impl/retry_after.ipp>
#include <posthorn/impl/sealing.ipp>
#include <posthorn/impl/shards.ipp>
#include <posthorn/impl/socket_address.ipp>
#include <posthorn/impl/standard_webhooks.ipp>
#include <posthorn/impl/storage_thread.ipp>
#include <posthorn/impl/template.ipp>
#include <posthorn/impl/text_rules.ipp>
#include <posthorn/impl/tls_context.ipp>
#include <posthorn/impl/tls_trust.ipp>
#include <posthorn/impl/transaction_report.ipp>
#include <posthorn/impl/url.ipp>
#include <posthorn/impl/verify.ipp>
#include <posthorn/impl/webhook_changes.ipp>
