// compiles
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/filter_draft.hpp>
#include <posthorn/webhook_draft.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::webhook_draft<host::objects>("w").on<phase>().when(
        field<&project::budget> > 1 && previous<&phase::id> != field<&phase::id>);
    (void)posthorn::filter_draft<host::objects>("f").on<project>().where(field<&project::status> == "open");
    (void)posthorn::text_of<host::objects>(posthorn::field_of<host::left, &host::left::inherited> == 1);
}
