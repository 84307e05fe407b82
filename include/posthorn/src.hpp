// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// The bodies of all that is not a template, for the one translation unit of a host that compiles them once.
/// CMake users link posthorn::compiled instead and never name this file.

#if !defined(POSTHORN_SEPARATE_COMPILATION)
#error                                                                                                       \
    "posthorn: <posthorn/src.hpp> needs POSTHORN_SEPARATE_COMPILATION, in this and in every other translation unit."
#endif

#include <posthorn/impl/admin/form.ipp>
#include <posthorn/impl/admin/history_seal.ipp>
#include <posthorn/impl/admin/history_text.ipp>
#include <posthorn/impl/admin/list_filter.ipp>
#include <posthorn/impl/admin/order.ipp>
#include <posthorn/impl/admin/service_base.ipp>
#include <posthorn/impl/admin/test_call.ipp>
#include <posthorn/impl/detail/dispatch/core.ipp>
#include <posthorn/impl/detail/engine/option_rules.ipp>
#include <posthorn/impl/detail/net/address_range.ipp>
#include <posthorn/impl/detail/registry/connection_rules.ipp>
#include <posthorn/impl/detail/registry/fingerprints.ipp>
#include <posthorn/impl/detail/registry/memory_registry.ipp>
#include <posthorn/impl/detail/registry/record_migration.ipp>
#include <posthorn/impl/detail/registry/records.ipp>
#include <posthorn/impl/detail/registry/registry_watch.ipp>
#include <posthorn/impl/detail/registry/secret_sealer.ipp>
#include <posthorn/impl/detail/registry/webhook_changes.ipp>
#include <posthorn/impl/detail/registry/webhook_directory.ipp>
#include <posthorn/impl/detail/retry/failing_records.ipp>
#include <posthorn/impl/detail/routing/compiled_filter.ipp>
#include <posthorn/impl/detail/routing/compiled_webhook.ipp>
#include <posthorn/impl/detail/storage/sealing.ipp>
#include <posthorn/impl/detail/storage/storage_thread.ipp>
#include <posthorn/impl/detail/text/folding.ipp>
#include <posthorn/impl/detail/text/letter_tables.ipp>
#include <posthorn/impl/detail/text/letters.ipp>
#include <posthorn/impl/detail/text/masking.ipp>
#include <posthorn/impl/detail/text/text_rules.ipp>
#include <posthorn/impl/environment/system_clock.ipp>
#include <posthorn/impl/environment/system_random.ipp>
#include <posthorn/impl/error.ipp>
#include <posthorn/impl/expression/criteria.ipp>
#include <posthorn/impl/expression/evaluate.ipp>
#include <posthorn/impl/expression/expression.ipp>
#include <posthorn/impl/expression/expression_error.ipp>
#include <posthorn/impl/expression/literals.ipp>
#include <posthorn/impl/expression/parse.ipp>
#include <posthorn/impl/expression/print.ipp>
#include <posthorn/impl/expression/suggestion.ipp>
#include <posthorn/impl/expression/syntax.ipp>
#include <posthorn/impl/expression/template.ipp>
#include <posthorn/impl/guard/allow_list.ipp>
#include <posthorn/impl/guard/own_addresses.ipp>
#include <posthorn/impl/guard/public_addresses.ipp>
#include <posthorn/impl/model/field_error.ipp>
#include <posthorn/impl/model/header_rules.ipp>
#include <posthorn/impl/model/message.ipp>
#include <posthorn/impl/model/message_id.ipp>
#include <posthorn/impl/model/url.ipp>
#include <posthorn/impl/observe/json_log.ipp>
#include <posthorn/impl/retry/retry_after.ipp>
#include <posthorn/impl/shards.ipp>
#include <posthorn/impl/signing/standard_webhooks.ipp>
#include <posthorn/impl/signing/verify.ipp>
#include <posthorn/impl/storage/encryption_keys.ipp>
#include <posthorn/impl/storage/memory.ipp>
#include <posthorn/impl/transaction_report.ipp>
#include <posthorn/impl/transport/beast_async.ipp>
#include <posthorn/impl/transport/beast_sync.ipp>
#include <posthorn/impl/transport/resolver_pool.ipp>
#include <posthorn/impl/transport/tls_trust.ipp>
