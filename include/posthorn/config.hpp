// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

/// Where the bodies of non-templates live. By default every header brings them as inline functions; with
/// POSTHORN_SEPARATE_COMPILATION (set by the CMake target posthorn::compiled) they stand in the one
/// translation unit that includes <posthorn/src.hpp>. The switch changes no class layout.
#if defined(POSTHORN_SEPARATE_COMPILATION)
#define POSTHORN_DECL
#else
#define POSTHORN_DECL inline
#define POSTHORN_HEADER_ONLY
#endif
