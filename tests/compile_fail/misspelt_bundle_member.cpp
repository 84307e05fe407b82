// expect: with_storge
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

struct policies : host::bundle::with_storge<host::outbox> {};

int main() {}
