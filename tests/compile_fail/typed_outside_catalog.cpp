// expect: posthorn: the expression names a type that is not in the catalog
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::text_of<host::objects>(field<&host::stranger::id> == 1);
}
