# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Runs the benchmarks, and makes tables and plots of what they print."""
