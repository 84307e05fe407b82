// expect: posthorn: a saved filter speaks of its object's state alone
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/filter_draft.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::filter_draft<host::objects>("f").where(previous<&project::id> == 1);
}
