// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace posthorn {

/// Models Observer: hears nothing, costs nothing.
struct no_observer {
    using observes_nothing = void;
};

} // namespace posthorn
