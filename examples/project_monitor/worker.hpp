// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "arguments.hpp"

namespace monitor {

// The server that crash.hpp kills: plays changes for the receiver on port `with.work`, some of which their
// users withdraw, then delivers what is left. Ends with its input, so that it does not survive its parent.
// Says in lines where it is:
//
//     ready       what the file has is loaded, and deliveries run
//     change      one is begun, and then what came of it: `made`, `refused` or `withdrawn`
//     late        a delivery was answered after this process, which stood still, had lost its lease
//     drain       all are played; again every second, until nothing is left
//
// False, and a sentence on the standard error: something came to another end than it should.
[[nodiscard]] bool work(arguments const& with);

} // namespace monitor
