// expect: posthorn: there is no arithmetic of text and a number; write to_string
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)("P-" + field<&project::id> == "P-7");
}
