// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

namespace posthorn {

/// The languages that people are told something in.
enum class language : unsigned char {
    english,
    french,
};

} // namespace posthorn
