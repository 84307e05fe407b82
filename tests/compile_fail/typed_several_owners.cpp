// expect: posthorn: several types of the catalog inherit this member; say which with field_of
// lines: 16
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/field.hpp>

#include "typed.hpp"

int main() {
    (void)posthorn::text_of<host::objects>(field<&host::left::inherited> == 1);
}
