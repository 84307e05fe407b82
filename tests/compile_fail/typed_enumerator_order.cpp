// expect: posthorn: enumerators are compared by name and so have no order; write
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(field<&project::status> < host::standing::closed);
}
