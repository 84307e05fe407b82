// expect: posthorn: the expression names a member that the catalog hides
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/webhook_draft.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::webhook_draft<host::objects>("w").on<phase>().when(field<&project::note> == "x");
}
