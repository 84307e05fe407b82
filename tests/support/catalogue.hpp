// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/json.hpp>

#include <charconv>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

namespace posthorn::test {

/// The entries of a file of tests/data; throws if it is missing or no array.
inline boost::json::array read_catalogue(std::string_view name) {
    std::ifstream file(std::string(POSTHORN_TEST_DATA "/").append(name), std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " POSTHORN_TEST_DATA "/" + std::string(name));
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text).as_array();
}

inline std::string_view text_of(boost::json::object const& entry, std::string_view key) {
    return entry.at(key).as_string();
}

inline std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned char byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

} // namespace posthorn::test
