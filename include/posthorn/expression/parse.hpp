// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/expression_error.hpp>
#include <posthorn/expression/syntax.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <string_view>

namespace posthorn::detail {

/// Reads `source[begin, end)` as one expression; offsets in errors count from the start of `source`.
[[nodiscard]] POSTHORN_DECL boost::system::result<syntax_node, expression_error>
parse_expression(std::string_view source, std::size_t begin, std::size_t end);

[[nodiscard]] inline boost::system::result<syntax_node, expression_error>
parse_expression(std::string_view source) {
    return parse_expression(source, 0, source.size());
}

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/parse.ipp>
#endif
