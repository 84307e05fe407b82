// expect: posthorn: contains, starts_with, ends_with, lower and upper take text
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)field<&project::label>.contains(1);
}
