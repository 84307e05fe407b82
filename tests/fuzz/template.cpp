// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/template.hpp>

#include "host.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// A template: compiled for one place and rendered for two states of the host. The first byte says which
// place, the second where it stands.

namespace {

using namespace posthorn;

// Reading no hole may leave the text, or miss the `}}` that it names.
void check_hole_ends(std::string_view text) {
    std::size_t checked = 0;
    for (auto open = text.find("{{"); open != text.npos && checked != 16;
         open = text.find("{{", open + 1), ++checked) {
        auto const end = detail::hole_end(text, open);
        fuzz::require(end == text.npos || (end >= open + 2 && text.substr(end, 2) == "}}"),
                      "a hole ends nowhere");
    }
}

// The signs of JSON's structure, outside of text literals.
std::string structure(std::string_view json) {
    std::string signs;
    bool inside = false;
    for (std::size_t i = 0; i != json.size(); ++i)
        if (inside && json[i] == '\\')
            ++i;
        else if (json[i] == '"')
            inside = !inside;
        else if (!inside && std::string_view("{}[]:,").find(json[i]) != std::string_view::npos)
            signs += json[i];
    return signs;
}

void check_json(std::string const& out) {
    boost::json::parse_options options;
    // A record in a deep body nests deeper than the body.
    options.max_depth = 100;
    boost::system::error_code ec;
    (void)boost::json::parse(out, ec, {}, options);
    fuzz::require(!ec, "a body is not JSON");
}

void check_place(place where, std::string const& plain, std::string const& hostile) {
    auto const same_count = [&](char c) {
        return std::count(plain.begin(), plain.end(), c) == std::count(hostile.begin(), hostile.end(), c);
    };
    switch (where) {
    case place::json:
        check_json(plain);
        check_json(hostile);
        return fuzz::require(structure(plain) == structure(hostile), "a value changes the structure of JSON");
    case place::xml:
        return fuzz::require(same_count('<') && same_count('>') && same_count('"') && same_count('\''),
                             "a value makes markup");
    case place::url:
    case place::form:
        return fuzz::require(same_count('/') && same_count('&') && same_count('=') && same_count('?') &&
                                 same_count('#') && same_count('+') && same_count('"'),
                             "a value adds a delimiter");
    default:
        return;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static fuzz::host const host;
    if (size < 2)
        return 0;
    std::string_view const text(reinterpret_cast<char const*>(data) + 2, size - 2);
    check_hole_ends(text);
    auto const where = static_cast<place>(data[0] % 6);
    auto const scope = fuzz::host::place(data[1]);
    auto const compiled = text_template::compile(text, where, scope);
    if (!compiled) {
        fuzz::check_error(text, compiled.error());
        return 0;
    }
    std::string plain;
    std::string hostile;
    compiled->render(plain, host.event(scope, host.plain));
    compiled->render(hostile, host.event(scope, host.hostile));
    check_place(where, plain, hostile);
    return 0;
}
