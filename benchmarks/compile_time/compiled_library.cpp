// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What a host compiles once for all of its translation units: posthorn::compiled.

#include <posthorn/src.hpp>
