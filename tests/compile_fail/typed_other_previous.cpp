// expect: posthorn: previous is the earlier state of the event's object
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/webhook_draft.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::webhook_draft<host::objects>("w").on<phase>().when(previous<&project::id> == 1);
}
