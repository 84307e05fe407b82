// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// All headers, header-only, in two translation units of one program and in both orders: a body that is not
// inline does not link, and what must be one object of the program is one.

#include "all_forward.hpp"

#include <cstdio>

boost::system::error_category const& category_seen_backward();
boost::system::error_category const& conditions_seen_backward();

int main() {
    if (&posthorn::error_category() == &category_seen_backward() &&
        &posthorn::condition_category() == &conditions_seen_backward())
        return 0;
    std::puts("an error category is not the same object in both translation units");
    return 1;
}
