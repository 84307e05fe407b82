// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// The API, the typed form of expressions and every policy of `default_policies`, plus the small ones that
/// hosts choose instead.

#include <posthorn/environment/system_clock.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/expression/field.hpp>
#include <posthorn/guard/allow_list.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/observe/counters.hpp>
#include <posthorn/observe/json_log.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/observe/observers.hpp>
#include <posthorn/posthorn.hpp>
#include <posthorn/retry/exponential.hpp>
#include <posthorn/retry/no_retry.hpp>
#include <posthorn/retry/standard_schedule.hpp>
#include <posthorn/signing/no_signature.hpp>
#include <posthorn/signing/standard_webhooks.hpp>
#include <posthorn/storage/memory.hpp>
#include <posthorn/transport/beast_async.hpp>
#include <posthorn/transport/beast_sync.hpp>
