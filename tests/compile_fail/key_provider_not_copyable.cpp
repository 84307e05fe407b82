// expect: posthorn: KeyProvider must be copyable
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/encryption_keys.hpp>

struct keys {
    keys() = default;
    keys(keys&&) = default;
    posthorn::result<posthorn::encryption_key> current() const;
    posthorn::result<posthorn::encryption_key> find(std::string_view) const;
};

int main() {
    posthorn::encryption_keys option;
    option = keys();
}
