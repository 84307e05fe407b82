// expect: posthorn: both choices of conditional must be of one kind
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(conditional(field<&project::urgent>, "now", 3) == "now");
}
