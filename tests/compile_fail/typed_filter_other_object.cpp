// expect: posthorn: the expression speaks of another type; name
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/filter_draft.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::filter_draft<host::objects>("f").on<phase>().where(field<&project::id> == 1);
}
