// expect: posthorn: the expression speaks of another type; name
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/webhook_draft.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::webhook_draft<host::objects>("w").on<project>().when(field<&phase::id> == 1);
}
