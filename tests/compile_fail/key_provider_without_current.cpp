// expect: posthorn: KeyProvider lacks `posthorn::result<posthorn::encryption_key> current\(\) const`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/key_provider.hpp>

struct keys {
    posthorn::result<posthorn::encryption_key> find(std::string_view) const;
};

static_assert(posthorn::check_key_provider<keys>());
