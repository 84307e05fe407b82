// expect: (deleted function|deleted operator).*operator<<|operator<<.*deleted|deleted operator '<<'
// lines: 20
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/signing.hpp>

#include <iostream>

int main() {
    std::cout << posthorn::signing_secret(posthorn::secret("hush"));
}
