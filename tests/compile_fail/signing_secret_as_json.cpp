// expect: No suitable tag_invoke overload found for the type
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/signing.hpp>

#include <boost/json/value_from.hpp>

int main() {
    auto const shown = boost::json::value_from(posthorn::signing_secret(posthorn::secret("hush")));
}
