// expect: No suitable tag_invoke overload found for the type
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/secret.hpp>

#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>

#include <string_view>

// What a host might write to see anything at all.
namespace boost::json {

template <class T>
void tag_invoke(value_from_tag, value& out, T const& shown) {
    std::string_view const text = shown.reveal();
    out.emplace_string().assign(text.begin(), text.end());
}

} // namespace boost::json

int main() {
    auto const shown = boost::json::value_from(posthorn::secret("hush"));
}
