// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/list_filter.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/uuid/string_generator.hpp>

#include <algorithm>

namespace posthorn::admin {

namespace detail {

// Folds the case of ASCII and of the two-byte letters of Latin-1: U+00C0 to U+00DE without U+00D7.
[[nodiscard]] inline std::string folded(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i != out.size(); ++i) {
        auto const c = static_cast<unsigned char>(out[i]);
        if (c >= 'A' && c <= 'Z')
            out[i] = static_cast<char>(c + 0x20);
        bool const second = i != 0 && static_cast<unsigned char>(out[i - 1]) == 0xc3;
        if (second && c >= 0x80 && c <= 0x9e && c != 0x97)
            out[i] = static_cast<char>(c + 0x20);
    }
    return out;
}

[[nodiscard]] inline std::optional<uuid> parse_uuid(std::string_view text) {
    constexpr std::size_t length = 36;
    if (text.size() != length)
        return std::nullopt;
    try {
        return boost::uuids::string_generator()(text.begin(), text.end());
    } catch (std::runtime_error const&) {
        return std::nullopt;
    }
}

[[nodiscard]] inline std::string text_of(boost::json::object const& in, std::string_view name) {
    auto const* const found = in.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

[[nodiscard]] inline result<boost::json::object> parse_object(std::string_view text) {
    boost::system::error_code ec;
    auto const parsed = boost::json::parse(text, ec);
    if (ec || !parsed.is_object())
        return error_code(errc::bad_record);
    return parsed.get_object();
}

} // namespace detail

POSTHORN_DECL setting to_setting(list_filter const& f) {
    boost::json::object const record{
        {"name", f.name}, {"contains", f.contains}, {"owner", f.owner}, {"public", f.is_public}};
    return {std::string(list_filter_kind), to_text(f.id), boost::json::serialize(record)};
}

POSTHORN_DECL result<list_filter> parse_list_filter(setting const& s) {
    auto const record = detail::parse_object(s.value);
    auto const id = detail::parse_uuid(s.key);
    if (!record || !id)
        return error_code(errc::bad_record);
    list_filter f;
    f.id = *id;
    f.name = detail::text_of(*record, "name");
    f.contains = detail::text_of(*record, "contains");
    f.owner = detail::text_of(*record, "owner");
    auto const* const shared = record->if_contains("public");
    f.is_public = shared != nullptr && shared->is_bool() && shared->get_bool();
    return f;
}

POSTHORN_DECL std::string to_text(active_filter const& f) {
    boost::json::object record;
    if (f.saved)
        record["saved"] = to_text(*f.saved);
    else
        record["contains"] = f.contains;
    return boost::json::serialize(record);
}

POSTHORN_DECL result<active_filter> parse_active_filter(std::string_view text) {
    auto const record = detail::parse_object(text);
    if (!record)
        return record.error();
    active_filter f;
    f.saved = detail::parse_uuid(detail::text_of(*record, "saved"));
    f.contains = detail::text_of(*record, "contains");
    return f;
}

POSTHORN_DECL bool contains_text(std::string_view text, std::string_view part) {
    return part.empty() || detail::folded(text).find(detail::folded(part)) != std::string::npos;
}

} // namespace posthorn::admin
