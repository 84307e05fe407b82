// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/expression/syntax.hpp>

#include "host.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

// An expression: parsed, printed, parsed again, compiled, evaluated. The first byte says where it stands.

namespace {

using namespace posthorn;

void check_syntax(std::string_view text) {
    auto const tree = detail::parse_expression(text);
    if (!tree)
        return fuzz::check_error(text, tree.error());
    auto const printed = detail::print_expression(*tree);
    auto const again = detail::parse_expression(printed);
    fuzz::require(again.has_value(), "the canonical text does not parse");
    fuzz::require(*again == *tree, "the canonical text is another tree");
    fuzz::require(detail::print_expression(*again) == printed, "the canonical text is not its own");
}

void check_event(expression const& e, detail::event_view const& event,
                 detail::expression_scope const& where) {
    expression_scratch scratch;
    auto const v = e.evaluate(event, scratch);
    fuzz::require(v.is_null() || v.kind() == e.type().kind, "a value of another type");
    std::string json;
    append_json(json, v);
    bool const matches = e.matches(event);
    for (auto const& key : e.equality_keys()) {
        auto const found = expression::compile(key.path, where).value().evaluate(event, scratch);
        fuzz::require(!matches || (!found.is_null() && std::find(key.hashes.begin(), key.hashes.end(),
                                                                 detail::hash_of(found)) != key.hashes.end()),
                      "a match without its key");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static fuzz::host const host;
    if (size == 0)
        return 0;
    std::string_view const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    check_syntax(text);
    auto const where = fuzz::host::place(data[0]);
    auto const compiled = expression::compile(text, where);
    if (!compiled) {
        fuzz::check_error(text, compiled.error());
        return 0;
    }
    auto const again = expression::compile(compiled->text(), where);
    fuzz::require(again && again->text() == compiled->text(), "the canonical text does not compile");
    check_event(*compiled, host.event(where, host.plain), where);
    check_event(*compiled, host.event(where, host.hostile), where);
    return 0;
}
