// expect: posthorn: the expression names a member that the catalog hides
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::text_of<host::objects>(field<&project::note> == "x");
}
