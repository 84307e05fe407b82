// expect: posthorn: to_int and to_double take a number
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(to_int(field<&project::label>) == 1);
}
