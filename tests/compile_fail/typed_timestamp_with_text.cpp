// expect: posthorn: a point in time and text cannot be compared; write a
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)(field<&project::due> > "2026-01-31");
}
