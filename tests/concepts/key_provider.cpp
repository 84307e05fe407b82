// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/key_provider.hpp>
#include <posthorn/storage/encryption_keys.hpp>

#include "support/archetypes.hpp"

#include <memory>
#include <type_traits>

namespace {

using posthorn::encryption_key;
using posthorn::KeyProvider;
using posthorn::result;

struct whole {
    result<encryption_key> current() const;
    result<encryption_key> find(std::string_view) const;
};
struct without_current {
    result<encryption_key> find(std::string_view) const;
};
struct without_find {
    result<encryption_key> current() const;
};
struct gives_a_bare_key {
    encryption_key current() const;
    result<encryption_key> find(std::string_view) const;
};
struct gives_a_reference {
    result<encryption_key> current() const;
    result<encryption_key> const& find(std::string_view) const;
};
struct not_const {
    result<encryption_key> current();
    result<encryption_key> find(std::string_view);
};
struct finds_by_number {
    result<encryption_key> current() const;
    result<encryption_key> find(int) const;
};
struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    result<encryption_key> current() const;
    result<encryption_key> find(std::string_view) const;
};

} // namespace

static_assert(posthorn::check_key_provider<posthorn::test::archetypes::key_provider>());
static_assert(posthorn::check_key_provider<posthorn::static_keys>());
static_assert(posthorn::check_key_provider<posthorn::encryption_keys>());
static_assert(KeyProvider<posthorn::test::archetypes::key_provider> && KeyProvider<whole>);
static_assert(!KeyProvider<int>);
static_assert(!KeyProvider<without_current>);
static_assert(!KeyProvider<without_find>);
static_assert(!KeyProvider<gives_a_bare_key>);
static_assert(!KeyProvider<gives_a_reference>);
static_assert(!KeyProvider<not_const>);
static_assert(!KeyProvider<finds_by_number>);
static_assert(!KeyProvider<cannot_be_copied>);
