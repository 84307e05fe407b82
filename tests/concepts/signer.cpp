// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/signer.hpp>
#include <posthorn/signing/no_signature.hpp>

#include "support/archetypes.hpp"

namespace {

using namespace posthorn;

struct whole {
    struct key {};
    result<key> make_key(signing_secrets const&) const;
    static void sign(key&, signed_message const&, header_block&);
};
struct without_key {
    static void sign(int&, signed_message const&, header_block&);
};
struct key_cannot_fail {
    struct key {};
    key make_key(signing_secrets const&) const;
    static void sign(key&, signed_message const&, header_block&);
};
struct not_const {
    struct key {};
    result<key> make_key(signing_secrets const&);
    static void sign(key&, signed_message const&, header_block&);
};
struct sign_needs_the_signer {
    struct key {};
    result<key> make_key(signing_secrets const&) const;
    void sign(key&, signed_message const&, header_block&);
};
struct sign_may_fail {
    struct key {};
    result<key> make_key(signing_secrets const&) const;
    static result<void> sign(key&, signed_message const&, header_block&);
};
struct key_cannot_be_moved {
    struct key {
        key(key const&) = delete;
    };
    result<key> make_key(signing_secrets const&) const;
    static void sign(key&, signed_message const&, header_block&);
};

} // namespace

static_assert(check_signer<test::archetypes::signer>());
static_assert(check_signer<no_signature>());
static_assert(Signer<test::archetypes::signer> && Signer<whole>);
static_assert(!Signer<int>);
static_assert(!Signer<without_key>);
static_assert(!Signer<key_cannot_fail>);
static_assert(!Signer<not_const>);
static_assert(!Signer<sign_needs_the_signer>);
static_assert(!Signer<sign_may_fail>);
static_assert(!Signer<key_cannot_be_moved>);
