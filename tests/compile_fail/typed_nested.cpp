// expect: posthorn: the second member is read from what the first one holds
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(field<&project::label, &host::site::city> == "Ulm");
}
