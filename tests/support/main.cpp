// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#define BOOST_TEST_MODULE posthorn

#include <boost/test/unit_test.hpp>
