// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/list_filter.hpp>
#include <posthorn/detail/text/folding.hpp>
#include <posthorn/impl/detail/registry/records.ipp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace posthorn::admin {

POSTHORN_DECL std::string to_text(list_filter const& f) {
    boost::json::object const record{
        {"name", f.name}, {"contains", f.contains}, {"owner", f.owner}, {"public", f.is_public}};
    return boost::json::serialize(record);
}

POSTHORN_DECL result<list_filter> parse_list_filter(record const& r) {
    auto const object = posthorn::detail::object_of(r.value);
    auto const id = posthorn::detail::parse_id(r.key);
    if (!object || !id)
        return error_code(errc::bad_record);
    posthorn::detail::record_reader read(*object);
    list_filter f;
    f.id = *id;
    f.revision = r.revision;
    f.name = read.text("name");
    f.contains = read.text("contains");
    f.owner = read.text("owner");
    f.is_public = read.flag("public");
    if (!read.ok())
        return error_code(errc::bad_record);
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
    auto const record = posthorn::detail::object_of(text);
    if (!record)
        return error_code(errc::bad_record);
    posthorn::detail::record_reader read(*record);
    active_filter f;
    if (auto const saved = read.optional_text("saved"))
        f.saved = posthorn::detail::parse_id(*saved);
    f.contains = read.optional_text("contains").value_or(std::string());
    if (!read.ok())
        return error_code(errc::bad_record);
    return f;
}

POSTHORN_DECL bool contains_text(std::string_view text, std::string_view part) {
    return posthorn::detail::contains_folded(posthorn::detail::folded_text(text),
                                             posthorn::detail::folded_text(part));
}

} // namespace posthorn::admin
