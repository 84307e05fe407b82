// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace posthorn {

// Values
enum class action : unsigned char;
enum class verb : unsigned char;
enum class call_mode : unsigned char;
enum class language : unsigned char;
enum class errc;
enum class condition;
class field_error;
class field_errors;
class message;
class secret;
struct encryption_key;
class delivery;
struct webhook;
struct connection_settings;
struct filter;
struct criterion;
class expression;
class text_template;
struct request;
struct response;
struct exchange;
template <class T, class Scope>
class event;

// Policies that ship; each is defined in its own header, all of them in <posthorn/defaults.hpp>.
class beast_async;
class beast_sync;
class memory_storage;
class standard_webhooks;
class no_signature;
class standard_schedule;
class exponential;
class no_retry;
class public_addresses;
class allow_list;
struct no_observer;
class json_log;
class counters;
class system_clock;
struct system_random;
struct uuid_v7;
struct in_transaction;
struct after_commit;
struct fire_and_forget;

// The keys of a storage that encrypts secrets, in <posthorn/storage/encryption_keys.hpp>
class encryption_keys;
class static_keys;

// What a host touches
template <class Catalog, class Policies>
class dispatcher;
class shards;
class options;
class dispatch_result;
template <class Catalog, class Policies, class Host>
class transaction;
class transaction_report;
class call_report;
class no_transaction;
class undo;

} // namespace posthorn
