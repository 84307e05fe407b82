// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// Version as one number: major * 10000 + minor * 100 + patch.
#define POSTHORN_VERSION 100

/// Version as text, as CMake and the User-Agent header print it.
#define POSTHORN_VERSION_STRING "0.1.0"
