// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/host_transaction.hpp>
#include <posthorn/no_transaction.hpp>

#include "support/archetypes.hpp"

namespace {

using posthorn::HostTransaction;
using posthorn::result;

struct without_commit {
    result<void> rollback();
};

struct without_rollback {
    result<void> commit();
};

struct commits_to_nothing {
    void commit();
    result<void> rollback();
};

struct rolls_back_to_nothing {
    result<void> commit();
    void rollback();
};

struct cannot_be_moved {
    cannot_be_moved(cannot_be_moved&&) = delete;
    result<void> commit();
    result<void> rollback();
};

struct moves_only {
    moves_only(moves_only&&) = default;
    result<void> commit();
    result<void> rollback();
};

} // namespace

static_assert(posthorn::check_host_transaction<posthorn::test::archetypes::host_transaction>());
static_assert(posthorn::check_host_transaction<posthorn::no_transaction>());
static_assert(posthorn::check_host_transaction<posthorn::undo>());
static_assert(HostTransaction<moves_only>);
static_assert(!HostTransaction<int>);
static_assert(!HostTransaction<without_commit>);
static_assert(!HostTransaction<without_rollback>);
static_assert(!HostTransaction<commits_to_nothing>);
static_assert(!HostTransaction<rolls_back_to_nothing>);
static_assert(!HostTransaction<cannot_be_moved>);
