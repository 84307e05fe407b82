// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/real_number.hpp>
#include <posthorn/expression/code.hpp>
#include <posthorn/expression/criteria.hpp>
#include <posthorn/expression/literals.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/expression/syntax.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <system_error>

namespace posthorn::detail {

inline constexpr std::array<std::string_view, 12> criterion_operator_names{
    "equals",   "not_equals",  "less",      "less_or_equal", "greater", "greater_or_equal",
    "contains", "starts_with", "ends_with", "one_of",        "is_set",  "is_not_set"};

[[nodiscard]] POSTHORN_DECL std::string_view without_blanks(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    auto const begin = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// --- what a field path names ---

struct field_lookup {
    std::optional<value_type> type;
    message error;
};

[[nodiscard]] POSTHORN_DECL field_lookup no_field(std::string_view root, std::string_view before,
                                                  std::string_view name, record_schema const& in) {
    std::vector<std::string_view> known;
    for (auto const& f : in.fields)
        known.push_back(f.name);
    auto const example = known.empty() ? message() : message(message_id::such_as, {known.front()});
    std::string const parent = std::string(root) + (before.empty() ? "" : ".") + std::string(before);
    if (name.empty())
        return {{}, {message_id::criterion_field_missing, {in_backticks(parent), example}}};
    if (before.empty() && name == root)
        return {{}, {message_id::criterion_field_with_object, {in_backticks(parent), example}}};
    return {{},
            {message_id::unknown_field, {in_backticks(name), in_backticks(parent), suggestion(name, known)}}};
}

[[nodiscard]] POSTHORN_DECL field_lookup find_field(object_schema const& object, std::string_view path) {
    value_type type{value_kind::record, false, object.record};
    for (std::size_t begin = 0; begin <= path.size();) {
        auto const before = path.substr(0, begin == 0 ? 0 : begin - 1);
        if (type.kind != value_kind::record)
            return {{}, {message_id::criterion_no_fields, {in_backticks(before)}}};
        auto const name = path.substr(begin, path.find('.', begin) - begin);
        auto const& fields = type.record().fields;
        auto const found = std::ranges::find(fields, name, &field_schema::name);
        if (found == fields.end())
            return no_field(object.name, before, name, type.record());
        bool const optional = type.optional || found->type.optional;
        type = found->type;
        type.optional = optional;
        begin += name.size() + 1;
    }
    return {type, {}};
}

// --- values ---

template <class Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) noexcept {
    Number n{};
    auto const done = std::from_chars(text.data(), text.data() + text.size(), n);
    if (done.ec != std::errc() || done.ptr != text.data() + text.size())
        return std::nullopt;
    return n;
}

[[nodiscard]] POSTHORN_DECL bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

template <class T>
[[nodiscard]] std::optional<syntax_node> literal_if(std::optional<T> const& v) {
    return v ? std::optional(literal_node(*v)) : std::nullopt;
}

// A typed value as a literal of this kind.
[[nodiscard]] POSTHORN_DECL std::optional<syntax_node> literal_of(value_kind kind, std::string_view typed) {
    auto const text = without_blanks(typed);
    auto const call = [&](function f, bool fits) {
        return fits ? std::optional(call_node(f, {literal_node(text)})) : std::nullopt;
    };
    switch (kind) {
    case value_kind::text:
        return is_utf8(typed) ? std::optional(literal_node(typed)) : std::nullopt;
    case value_kind::boolean:
        return text == "true" || text == "false" ? std::optional(literal_node(text == "true")) : std::nullopt;
    case value_kind::integer:
        return literal_if(whole_number<std::int64_t>(text));
    case value_kind::unsigned_integer:
        return literal_if(whole_number<std::uint64_t>(text));
    case value_kind::real:
        return literal_if(real_number(text));
    case value_kind::timestamp:
        return call(function::timestamp, parse_timestamp(text).has_value());
    case value_kind::duration:
        return call(function::duration, parse_duration(text).has_value());
    default:
        return std::nullopt;
    }
}

[[nodiscard]] POSTHORN_DECL message_id misfit_of(value_kind kind) noexcept {
    switch (kind) {
    case value_kind::text:
        return message_id::value_not_text;
    case value_kind::boolean:
        return message_id::value_not_boolean;
    case value_kind::integer:
        return message_id::value_not_integer;
    case value_kind::unsigned_integer:
        return message_id::value_not_unsigned;
    case value_kind::real:
        return message_id::value_not_real;
    case value_kind::timestamp:
        return message_id::value_not_timestamp;
    default:
        return message_id::value_not_duration;
    }
}

[[nodiscard]] POSTHORN_DECL bool is_list(value_type const& type) noexcept {
    return type.kind == value_kind::list;
}

// Of a field's type, the kind of the values that criteria on it take.
[[nodiscard]] POSTHORN_DECL value_kind kind_of_values(value_type const& type) noexcept {
    return is_list(type) ? type.element().kind : type.kind;
}

[[nodiscard]] POSTHORN_DECL bool is_scalar(value_kind kind) noexcept {
    return kind != value_kind::null && kind != value_kind::list && kind != value_kind::record;
}

// --- criteria to an expression ---

[[nodiscard]] POSTHORN_DECL std::optional<symbol> comparison_of(criterion_operator op) noexcept {
    switch (op) {
    case criterion_operator::equals:
        return symbol::equal;
    case criterion_operator::not_equals:
        return symbol::not_equal;
    case criterion_operator::less:
        return symbol::less;
    case criterion_operator::less_or_equal:
        return symbol::less_equal;
    case criterion_operator::greater:
        return symbol::greater;
    case criterion_operator::greater_or_equal:
        return symbol::greater_equal;
    default:
        return std::nullopt;
    }
}

[[nodiscard]] POSTHORN_DECL syntax_node criterion_node(criterion_operator op, bool of_list, syntax_node path,
                                                       std::vector<syntax_node> literals) {
    auto const method = [&](function f) {
        return call_node(f, {std::move(path), std::move(literals.front())});
    };
    switch (op) {
    case criterion_operator::contains:
        return of_list ? relation_node(symbol::in, std::move(literals.front()), std::move(path))
                       : method(function::contains);
    case criterion_operator::starts_with:
        return method(function::starts_with);
    case criterion_operator::ends_with:
        return method(function::ends_with);
    case criterion_operator::one_of:
        return relation_node(symbol::in, std::move(path), list_node(std::move(literals)));
    case criterion_operator::is_set:
        return relation_node(symbol::not_equal, std::move(path), null_node());
    case criterion_operator::is_not_set:
        return relation_node(symbol::equal, std::move(path), null_node());
    default:
        return relation_node(*comparison_of(op), std::move(path), std::move(literals.front()));
    }
}

[[nodiscard]] POSTHORN_DECL syntax_node path_to(std::string_view root, std::string_view field) {
    std::vector<std::string> names{std::string(root)};
    for (std::size_t begin = 0; begin <= field.size(); begin += names.back().size() + 1)
        names.emplace_back(field.substr(begin, field.find('.', begin) - begin));
    return path_node(std::move(names));
}

// Checks criteria, goes on after an error so that all are told at once, and makes trees of them.
class criteria_writer {
  public:
    explicit criteria_writer(object_schema const& object) : object_(object) {}

    // The text of one criterion.
    [[nodiscard]] std::optional<std::string> write(criterion const& c, std::size_t index) {
        where_ = "criteria[" + std::to_string(index) + "]";
        auto const field = find_field(object_, c.field);
        if (!field.type)
            return fail(".field", field.error);
        if (!offers(*field.type, c) || !counts(c))
            return std::nullopt;
        std::vector<syntax_node> literals;
        auto const kind = kind_of_values(*field.type);
        for (auto const& v : c.values)
            if (auto literal = literal_of(kind, v))
                literals.push_back(*std::move(literal));
            else
                fail(".value", {misfit_of(kind), {in_backticks(v)}});
        if (literals.size() != c.values.size())
            return std::nullopt;
        auto text = print_expression(
            criterion_node(c.op, is_list(*field.type), path_to(object_.name, c.field), std::move(literals)));
        if (text.size() > max_expression_length)
            return fail(".value", message_id::criterion_too_long);
        return text;
    }

    [[nodiscard]] field_errors& errors() noexcept { return errors_; }

  private:
    std::nullopt_t fail(std::string_view where, message what) {
        errors_.add(where_ + std::string(where), std::move(what));
        return std::nullopt;
    }

    [[nodiscard]] bool offers(value_type const& type, criterion const& c) {
        auto const offered = operators_for(type);
        if (std::ranges::find(offered, c.op) != offered.end())
            return true;
        std::string list;
        for (auto const op : offered)
            list.append(list.empty() ? "`" : ", `").append(to_string(op)).append("`");
        if (offered.empty())
            fail(".operator", {message_id::criterion_no_operator, {in_backticks(c.field)}});
        else
            fail(".operator", {message_id::criterion_operator,
                               {in_backticks(to_string(c.op)), in_backticks(c.field), list}});
        return false;
    }

    [[nodiscard]] bool counts(criterion const& c) {
        auto const count = c.values.size();
        if (c.op == criterion_operator::is_set || c.op == criterion_operator::is_not_set) {
            if (count == 0)
                return true;
            fail(".value", {message_id::criterion_takes_no_value, {in_backticks(to_string(c.op))}});
        } else if (c.op == criterion_operator::one_of) {
            if (count != 0 && count <= max_list_elements)
                return true;
            fail(".value", {message_id::criterion_takes_some_values, {count}});
        } else {
            if (count == 1)
                return true;
            fail(".value", {message_id::criterion_takes_one_value, {in_backticks(to_string(c.op)), count}});
        }
        return false;
    }

    object_schema const& object_;
    std::string where_;
    field_errors errors_;
};

// --- an expression to criteria ---

// What an expression asks of a path, if it has the form of a criterion.
struct criterion_form {
    syntax_node const* path;
    criterion_operator op;
    std::vector<syntax_node> literals;
    // `"x" in project.tags`
    bool path_is_list = false;
};

[[nodiscard]] POSTHORN_DECL std::optional<criterion_form> form_of_relation(syntax_node const& e) {
    using enum criterion_operator;
    auto const sign = e.operators[0];
    auto const& left = e.operands[0];
    auto const& right = e.operands[1];
    if (sign == symbol::in)
        return right.kind == syntax_kind::list ? criterion_form{&left, one_of, right.operands}
                                               : criterion_form{&right, contains, {left}, true};
    for (auto const op : {equals, not_equals, less, less_or_equal, greater, greater_or_equal}) {
        if (comparison_of(op) != sign)
            continue;
        if (right.kind != syntax_kind::null_literal)
            return criterion_form{&left, op, {right}};
        if (op == equals || op == not_equals)
            return criterion_form{&left, op == equals ? is_not_set : is_set, {}};
    }
    return std::nullopt;
}

[[nodiscard]] POSTHORN_DECL std::optional<criterion_form> form_of_call(syntax_node const& e) {
    using enum criterion_operator;
    switch (e.called) {
    case function::contains:
        return criterion_form{&e.operands[0], contains, {e.operands[1]}};
    case function::starts_with:
        return criterion_form{&e.operands[0], starts_with, {e.operands[1]}};
    case function::ends_with:
        return criterion_form{&e.operands[0], ends_with, {e.operands[1]}};
    case function::has:
        return criterion_form{&e.operands[0], is_set, {}};
    default:
        return std::nullopt;
    }
}

[[nodiscard]] POSTHORN_DECL std::optional<criterion_form> form_of(syntax_node const& e) {
    switch (e.kind) {
    case syntax_kind::relation:
        return form_of_relation(e);
    case syntax_kind::call:
        return form_of_call(e);
    case syntax_kind::path:
        return criterion_form{&e, criterion_operator::equals, {literal_node(true)}};
    case syntax_kind::inversion: {
        auto const& inner = e.operands[0];
        if (inner.kind == syntax_kind::path)
            return criterion_form{&inner, criterion_operator::equals, {literal_node(false)}};
        if (inner.kind == syntax_kind::call && inner.called == function::has)
            return criterion_form{&inner.operands[0], criterion_operator::is_not_set, {}};
        return std::nullopt;
    }
    default:
        return std::nullopt;
    }
}

// The number as a literal of this kind, if it has the very same value there.
[[nodiscard]] POSTHORN_DECL std::optional<syntax_node> same_number(syntax_node const& e, value_kind kind) {
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    std::int64_t i = e.integer;
    if (e.kind == syntax_kind::unsigned_literal) {
        if (kind == value_kind::unsigned_integer)
            return e;
        if (e.unsigned_integer > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return std::nullopt;
        i = static_cast<std::int64_t>(e.unsigned_integer);
    } else if (e.kind == syntax_kind::real_literal) {
        if (kind == value_kind::real)
            return e;
        if (!(std::abs(e.real) <= static_cast<double>(exact)) || e.real != std::trunc(e.real))
            return std::nullopt;
        i = static_cast<std::int64_t>(e.real);
    } else if (e.kind != syntax_kind::integer_literal) {
        return std::nullopt;
    }
    if (kind == value_kind::real)
        return i >= -exact && i <= exact ? std::optional(literal_node(static_cast<double>(i))) : std::nullopt;
    if (kind == value_kind::unsigned_integer)
        return i >= 0 ? std::optional(literal_node(static_cast<std::uint64_t>(i))) : std::nullopt;
    return literal_node(i);
}

// A literal of this kind as people type it.
[[nodiscard]] POSTHORN_DECL std::optional<std::string> typed_text(syntax_node const& e, value_kind kind) {
    switch (kind) {
    case value_kind::text:
        return e.kind == syntax_kind::text_literal ? std::optional(e.text) : std::nullopt;
    case value_kind::boolean:
        return e.kind == syntax_kind::boolean_literal ? std::optional(print_expression(e)) : std::nullopt;
    case value_kind::timestamp:
    case value_kind::duration: {
        auto const wanted = kind == value_kind::timestamp ? function::timestamp : function::duration;
        if (e.kind != syntax_kind::call || e.called != wanted ||
            e.operands[0].kind != syntax_kind::text_literal)
            return std::nullopt;
        auto const& text = e.operands[0].text;
        bool const fits = kind == value_kind::timestamp ? parse_timestamp(text).has_value()
                                                        : parse_duration(text).has_value();
        return fits ? std::optional(text) : std::nullopt;
    }
    default: {
        auto const number = same_number(e, kind);
        if (!number)
            return std::nullopt;
        auto text = print_expression(*number);
        if (kind == value_kind::unsigned_integer)
            text.pop_back();
        return text;
    }
    }
}

[[nodiscard]] POSTHORN_DECL std::string field_of_path(syntax_node const& path) {
    std::string field;
    for (std::size_t i = 1; i < path.names.size(); ++i)
        field.append(i == 1 ? "" : ".").append(path.names[i]);
    return field;
}

[[nodiscard]] POSTHORN_DECL std::optional<criterion> read_criterion(syntax_node const& e,
                                                                    object_schema const& object) {
    auto const form = form_of(e);
    if (!form || form->path->kind != syntax_kind::path || form->path->names[0] != object.name)
        return std::nullopt;
    criterion made(field_of_path(*form->path), form->op);
    auto const type = find_field(object, made.field).type;
    if (!type || form->path_is_list != (form->op == criterion_operator::contains && is_list(*type)))
        return std::nullopt;
    for (auto const& literal : form->literals) {
        auto text = typed_text(literal, kind_of_values(*type));
        if (!text)
            return std::nullopt;
        made.values.push_back(*std::move(text));
    }
    // Whether the field offers the operator, and takes so many values.
    return criteria_writer(object).write(made, 0) ? std::optional(std::move(made)) : std::nullopt;
}

} // namespace posthorn::detail

namespace posthorn {

POSTHORN_DECL std::string_view to_string(criterion_operator op) noexcept {
    auto const i = static_cast<std::size_t>(op);
    return i < detail::criterion_operator_names.size() ? detail::criterion_operator_names[i] : "unknown";
}

POSTHORN_DECL std::optional<criterion_operator> parse_criterion_operator(std::string_view name) noexcept {
    auto const& names = detail::criterion_operator_names;
    auto const found = std::ranges::find(names, name);
    if (found == names.end())
        return std::nullopt;
    return static_cast<criterion_operator>(found - names.begin());
}

POSTHORN_DECL std::vector<criterion_operator> operators_for(value_type const& type) {
    using enum criterion_operator;
    std::vector<criterion_operator> all;
    switch (type.kind) {
    case value_kind::text:
        all = {equals, not_equals, contains, starts_with, ends_with, one_of};
        break;
    case value_kind::integer:
    case value_kind::unsigned_integer:
    case value_kind::real:
        all = {equals, not_equals, less, less_or_equal, greater, greater_or_equal, one_of};
        break;
    case value_kind::timestamp:
    case value_kind::duration:
        all = {equals, not_equals, less, less_or_equal, greater, greater_or_equal};
        break;
    case value_kind::boolean:
        all = {equals};
        break;
    case value_kind::list:
        if (detail::is_scalar(type.element().kind))
            all = {contains};
        break;
    default:
        break;
    }
    if (type.optional)
        all.insert(all.end(), {is_set, is_not_set});
    return all;
}

POSTHORN_DECL boost::system::result<std::string, field_errors>
to_expression(std::vector<criterion> const& criteria, detail::catalog_schema catalog, std::size_t object) {
    field_errors wrong;
    if (object >= catalog.size()) {
        wrong.add("object", message_id::criteria_object_missing);
        return wrong;
    }
    detail::criteria_writer writer(catalog[object]);
    std::string text;
    for (std::size_t i = 0; i != criteria.size(); ++i)
        if (auto const one = writer.write(criteria[i], i))
            text.append(text.empty() ? "" : " && ").append(*one);
    if (writer.errors().empty() && text.size() > detail::max_expression_length)
        writer.errors().add("criteria", {message_id::criteria_too_long, {text.size()}});
    if (!writer.errors().empty())
        return std::move(writer.errors());
    return text.empty() ? std::string("true") : text;
}

POSTHORN_DECL std::optional<std::vector<criterion>>
criteria_of(std::string_view expression, detail::catalog_schema catalog, std::size_t object) {
    std::vector<criterion> all;
    if (object >= catalog.size())
        return std::nullopt;
    if (expression.empty())
        return all;
    auto const tree = detail::parse_expression(expression);
    if (!tree)
        return std::nullopt;
    if (tree->kind == detail::syntax_kind::boolean_literal && tree->boolean)
        return all;
    bool const several = tree->kind == detail::syntax_kind::all;
    for (auto const& part : several ? std::span(tree->operands) : std::span(&*tree, 1)) {
        auto made = detail::read_criterion(part, catalog[object]);
        if (!made)
            return std::nullopt;
        all.push_back(*std::move(made));
    }
    return all;
}

} // namespace posthorn
