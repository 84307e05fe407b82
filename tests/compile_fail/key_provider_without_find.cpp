// expect: posthorn: KeyProvider lacks `posthorn::result<posthorn::encryption_key> find\(std::string_view id\) const`
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/encryption_keys.hpp>

struct keys {
    posthorn::result<posthorn::encryption_key> current() const;
};

int main() {
    posthorn::encryption_keys option;
    option = keys();
}
