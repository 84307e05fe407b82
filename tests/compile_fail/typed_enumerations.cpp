// expect: posthorn: these are names of two different enumerations; compare
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(field<&project::status> == host::colour::red);
}
