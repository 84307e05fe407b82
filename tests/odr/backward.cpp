// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "all_backward.hpp"

boost::system::error_category const& category_seen_backward();
boost::system::error_category const& category_seen_backward() {
    return posthorn::error_category();
}

boost::system::error_category const& conditions_seen_backward();
boost::system::error_category const& conditions_seen_backward() {
    return posthorn::condition_category();
}
