// expect: posthorn: to_string takes a number, text, a time
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(to_string(field<&project::where>) == "x");
}
