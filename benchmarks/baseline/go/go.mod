// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

module posthorn/benchmarks/baseline/go

go 1.19
