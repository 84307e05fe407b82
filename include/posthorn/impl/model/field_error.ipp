// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/model/field_error.hpp>

#include <boost/throw_exception.hpp>

#include <stdexcept>

namespace posthorn {

namespace detail {

POSTHORN_DECL std::string located_text(message const& what, text_position const& where,
                                       std::string_view excerpt, language in) {
    return message(message_id::at_position, {where.line, where.column, what, excerpt}).text(in);
}

} // namespace detail

POSTHORN_DECL std::string field_error::message(language in) const {
    return position_ ? detail::located_text(message_, *position_, excerpt_, in) : message_.text(in);
}

POSTHORN_DECL std::string field_errors::text(language in) const {
    std::string lines;
    for (auto const& e : all_)
        lines.append(lines.empty() ? "" : "\n").append(e.field()).append(": ").append(e.message(in));
    return lines;
}

POSTHORN_DECL void throw_exception_from_error(field_errors const& errors,
                                              boost::source_location const& where) {
    boost::throw_with_location(std::invalid_argument(errors.text()), where);
}

} // namespace posthorn
