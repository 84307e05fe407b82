// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/header_rules.hpp>
#include <posthorn/model/headers.hpp>

#include "require.hpp"

#include <algorithm>
#include <string>
#include <string_view>

// A header field, name and value divided by the first zero: what is accepted is one line on the wire.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace posthorn;
    auto const text = fuzz::text_of(data, size);
    auto const zero = text.find('\0');
    auto const name = text.substr(0, zero);
    auto const value = zero == text.npos ? std::string_view() : text.substr(zero + 1);
    bool const accepted = !check_header(name, value);
    fuzz::require(!accepted || (header_name_ok(name) && header_value_ok(value) && !header_is_reserved(name)),
                  "the rules disagree");
    (void)header_is_secret(name);
    if (!accepted)
        return 0;
    fuzz::require(!name.empty() && name.size() <= max_header_name_size &&
                      value.size() <= max_header_value_size,
                  "a length is wrong");
    for (auto const part : {name, value})
        fuzz::require(part.find_first_of(std::string_view("\r\n\0", 3)) == part.npos,
                      "a line break is accepted");
    fuzz::require(name.find(':') == name.npos && name.find(' ') == name.npos, "a name divides a line");
    header_block block;
    block.add("X-Before", "1");
    block.add(name, value);
    block.add("X-After", "2");
    fuzz::require(std::count(block.text().begin(), block.text().end(), '\n') == 3, "a field is not one line");
    auto field = block.fields().begin();
    ++field;
    fuzz::require((*field).name == name && (*field).value == value, "a field is read in another way");
    return 0;
}
