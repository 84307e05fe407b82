// expect: posthorn: a minus takes an integer with sign or a double
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(-field<&project::count> < 3);
}
