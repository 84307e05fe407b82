// expect: (deleted function|deleted operator).*operator<<|operator<<.*deleted|deleted operator '<<'
// lines: 20
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/webhook.hpp>

#include <iostream>

int main() {
    std::cout << posthorn::webhook_header("X-Api-Key", posthorn::secret("hush"));
}
