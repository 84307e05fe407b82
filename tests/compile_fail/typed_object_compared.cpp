// expect: posthorn: a list or an object is compared with nullptr only
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(field<&project::where> == "Ulm");
}
