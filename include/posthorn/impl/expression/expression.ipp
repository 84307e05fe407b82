// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/expression/expression_rules.hpp>
#include <posthorn/expression/code.hpp>
#include <posthorn/expression/evaluate.hpp>
#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/literals.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/expression/syntax.hpp>

#include <algorithm>
#include <bit>
#include <functional>
#include <optional>
#include <utility>

namespace posthorn::detail {

// For messages.
[[nodiscard]] POSTHORN_DECL message_argument name_of(value_kind kind) {
    using enum message_id;
    constexpr message_id names[] = {none,      a_boolean,   an_integer, an_unsigned, a_real,
                                    some_text, a_timestamp, a_duration, a_list,      an_object};
    auto const name = names[static_cast<std::size_t>(kind)];
    return name == none ? message_argument("null") : message_argument(message(name));
}

// Checks a tree against the catalog and makes code of it. The first error stays.
class expression_compiler {
  public:
    expression_compiler(std::string_view source, expression_scope const& where)
        : source_(source), code_(std::make_shared<expression_code>()) {
        code_->where = where;
    }

    [[nodiscard]] boost::system::result<std::shared_ptr<expression_code const>, expression_error>
    run(syntax_node const& e, bool predicate) {
        auto const whole = compile(e);
        if (predicate && whole.type.kind != value_kind::boolean)
            fail(e.offset, {message_id::not_boolean, {name_of(whole.type.kind)}});
        if (error_)
            return *std::move(error_);
        code_->start = whole.at;
        code_->type = whole.type;
        code_->text = print_expression(e);
        return std::shared_ptr<expression_code const>(std::move(code_));
    }

  private:
    // A part that is compiled: what it can give, and which instruction gives it.
    struct part {
        value_type type;
        std::uint32_t at = 0;
    };

    void fail(std::size_t offset, message what) {
        if (!error_)
            error_.emplace(source_, offset, std::move(what));
    }

    [[nodiscard]] part emit(value_type type, instruction i) {
        code_->instructions.push_back(i);
        return {type, static_cast<std::uint32_t>(code_->instructions.size() - 1)};
    }

    [[nodiscard]] part emit(value_type type, instruction i, std::vector<part> const& operands) {
        i.at = static_cast<std::uint32_t>(code_->operands.size());
        i.count = static_cast<std::uint32_t>(operands.size());
        for (auto const& o : operands)
            code_->operands.push_back(o.at);
        return emit(type, i);
    }

    [[nodiscard]] part constant(value const& v) {
        code_->constants.push_back(v);
        instruction load{opcode::constant};
        load.at = static_cast<std::uint32_t>(code_->constants.size() - 1);
        return emit({v.kind(), v.is_null()}, load);
    }

    [[nodiscard]] part text_constant(std::string const& text) {
        code_->texts.push_front(text);
        return constant(value(std::string_view(code_->texts.front())));
    }

    [[nodiscard]] part compile(syntax_node const& e) {
        switch (e.kind) {
        case syntax_kind::null_literal:
            return constant(value());
        case syntax_kind::boolean_literal:
            return constant(value(e.boolean));
        case syntax_kind::integer_literal:
            return constant(value(e.integer));
        case syntax_kind::unsigned_literal:
            return constant(value(e.unsigned_integer));
        case syntax_kind::real_literal:
            return constant(value(e.real));
        case syntax_kind::text_literal:
            return text_constant(e.text);
        case syntax_kind::path:
            return path(e);
        case syntax_kind::list:
            fail(e.offset, message_id::list_misplaced);
            return constant(value());
        case syntax_kind::negation:
        case syntax_kind::inversion:
            return unary(e);
        case syntax_kind::any:
        case syntax_kind::all:
            return logical(e);
        case syntax_kind::relation:
            return e.operators[0] == symbol::in ? membership(e) : relation(e);
        case syntax_kind::sum:
        case syntax_kind::product:
            return arithmetic(e);
        case syntax_kind::conditional:
            return conditional(e);
        case syntax_kind::call:
            return call(e);
        }
        return constant(value());
    }

    // --- paths ---

    [[nodiscard]] part path(syntax_node const& e) {
        compiled_path found;
        value_type type = root(e, found);
        found.rest = static_cast<std::uint32_t>(code_->steps.size());
        for (std::size_t i = 1; i < e.names.size() && !error_; ++i) {
            auto const* const next = step(e, i, type);
            if (i == 1)
                found.first = next;
            else
                code_->steps.push_back(next);
        }
        if (error_)
            return constant(value());
        found.fields = static_cast<std::uint32_t>(e.names.size() - 1);
        code_->paths.push_back(found);
        instruction load{opcode::load};
        load.at = static_cast<std::uint32_t>(code_->paths.size() - 1);
        return emit(type, load);
    }

    [[nodiscard]] value_type root(syntax_node const& e, compiled_path& found) {
        auto const& where = code_->where;
        auto const& object = where.catalog[where.object];
        auto const& name = e.names[0];
        auto const scope = where.is_filter ? no_index : object.scope;
        auto const begin = [&](path_root r, record_schema const& (*record)(), bool optional) {
            found.root = r;
            found.record = record;
            return value_type{value_kind::record, optional, record};
        };
        if (name == object.name)
            return begin(path_root::object, object.record, false);
        if (scope != no_index && name == where.catalog[scope].name)
            return begin(path_root::scope, where.catalog[scope].record, false);
        if (where.is_filter) {
            if (name == "previous" || name == "event")
                fail(e.offset, {message_id::not_in_filter, {object.name, in_backticks(name)}});
            else
                fail(e.offset,
                     {message_id::unknown_name, {in_backticks(name), suggestion(name, {object.name})}});
            return {};
        }
        if (name == "event") {
            if (e.names.size() == 1)
                fail(e.offset, message_id::event_alone);
            code_->uses_event = true;
            return begin(path_root::event, &event_record, false);
        }
        if (name == "previous") {
            if (where.what == action::created)
                fail(e.offset, message_id::no_previous);
            return begin(path_root::previous, object.record, !where.what);
        }
        std::vector<std::string_view> known{object.name, "event", "previous"};
        if (scope != no_index)
            known.push_back(where.catalog[scope].name);
        fail(e.offset, {message_id::unknown_name, {in_backticks(name), suggestion(name, known)}});
        return {};
    }

    [[nodiscard]] static std::string joined(syntax_node const& e, std::size_t count) {
        std::string path = e.names[0];
        for (std::size_t i = 1; i < count; ++i)
            path.append(".").append(e.names[i]);
        return path;
    }

    // The field of this name; `type` becomes its own. Null after an error.
    [[nodiscard]] field_schema const* step(syntax_node const& e, std::size_t i, value_type& type) {
        if (type.kind != value_kind::record) {
            fail(e.name_offsets[i], {message_id::no_fields, {in_backticks(joined(e, i))}});
            return nullptr;
        }
        std::vector<std::string_view> known;
        for (auto const& f : type.record().fields) {
            if (f.name == e.names[i]) {
                bool const optional = type.optional || f.type.optional;
                type = f.type;
                type.optional = optional;
                return &f;
            }
            known.push_back(f.name);
        }
        fail(e.name_offsets[i],
             {message_id::unknown_field,
              {in_backticks(e.names[i]), in_backticks(joined(e, i)), suggestion(e.names[i], known)}});
        return nullptr;
    }

    // --- operators ---

    [[nodiscard]] part unary(syntax_node const& e) {
        auto const operand = compile(e.operands[0]);
        auto const kind = operand.type.kind;
        bool const minus = e.kind == syntax_kind::negation;
        bool const fits = minus ? negatable(kind) : kind == value_kind::boolean;
        if (!fits)
            fail(e.offset,
                 {minus ? message_id::negation_operand : message_id::inversion_operand, {name_of(kind)}});
        auto type = operand.type;
        type.optional = type.optional || kind == value_kind::integer;
        return emit(type, {minus ? opcode::negate : opcode::invert}, {operand});
    }

    [[nodiscard]] part logical(syntax_node const& e) {
        bool const any = e.kind == syntax_kind::any;
        value_type type{value_kind::boolean};
        std::vector<part> operands;
        for (auto const& o : e.operands) {
            operands.push_back(compile(o));
            type.optional = type.optional || operands.back().type.optional;
            if (operands.back().type.kind != value_kind::boolean)
                fail(o.offset, {message_id::logical_operand,
                                {any ? "`||`" : "`&&`", name_of(operands.back().type.kind)}});
        }
        return emit(type, {any ? opcode::any : opcode::all}, operands);
    }

    [[nodiscard]] part relation(syntax_node const& e) {
        auto const sign = e.operators[0];
        bool const equality = sign == symbol::equal || sign == symbol::not_equal;
        auto const left = compile(e.operands[0]);
        auto const right = compile(e.operands[1]);
        bool const left_null = e.operands[0].kind == syntax_kind::null_literal;
        bool const right_null = e.operands[1].kind == syntax_kind::null_literal;
        instruction compare{opcode::compare, sign};
        if (equality && (left_null || right_null)) {
            compare.with_null = true;
            return emit({value_kind::boolean}, compare, {left_null ? right : left});
        }
        auto const a = left.type.kind;
        auto const b = right.type.kind;
        if (!comparable(a, b) || (!equality && a == value_kind::boolean))
            fail(e.offset, not_comparable(sign, a, b));
        if (auto const fused = compare_constant(sign, left.at, right.at))
            return emit({value_kind::boolean}, *fused);
        return emit({value_kind::boolean}, compare, {left, right});
    }

    // One instruction for a path and a constant, in place of those two, which are the last ones.
    [[nodiscard]] std::optional<instruction> compare_constant(symbol sign, std::uint32_t left,
                                                              std::uint32_t right) {
        auto const a = code_->instructions[left];
        auto const b = code_->instructions[right];
        bool const mirrored = a.what == opcode::constant && b.what == opcode::load;
        if (!mirrored && (a.what != opcode::load || b.what != opcode::constant))
            return std::nullopt;
        instruction fused{opcode::compare_constant, mirrored ? mirror_of(sign) : sign};
        fused.at = mirrored ? b.at : a.at;
        fused.count = mirrored ? a.at : b.at;
        code_->instructions.resize(code_->instructions.size() - 2);
        return fused;
    }

    // `a < b` is `b > a`.
    [[nodiscard]] static symbol mirror_of(symbol sign) noexcept {
        switch (sign) {
        case symbol::less:
            return symbol::greater;
        case symbol::less_equal:
            return symbol::greater_equal;
        case symbol::greater:
            return symbol::less;
        case symbol::greater_equal:
            return symbol::less_equal;
        default:
            return sign;
        }
    }

    [[nodiscard]] static message not_comparable(symbol sign, value_kind a, value_kind b) {
        auto const advice =
            is_number(a) && b == value_kind::text                 ? message_id::number_unquoted
            : a == value_kind::timestamp && b == value_kind::text ? message_id::timestamp_written
            : a == value_kind::duration && b == value_kind::text  ? message_id::duration_written
            : a == value_kind::text && is_number(b)               ? message_id::text_quoted
                                                                  : message_id::none;
        return {message_id::not_comparable,
                {to_string(sign), name_of(a), a == b ? message(message_id::its_like) : name_of(b),
                 message(advice)}};
    }

    [[nodiscard]] part membership(syntax_node const& e) {
        auto const needle = compile(e.operands[0]);
        auto const& where = e.operands[1];
        if (where.kind == syntax_kind::list)
            return among(needle, where);
        auto const list = compile(where);
        auto const element = list.type.kind == value_kind::list ? list.type.element().kind : value_kind::null;
        if (list.type.kind != value_kind::list)
            fail(where.offset, {message_id::in_without_list, {name_of(list.type.kind)}});
        else if (!comparable(needle.type.kind, element))
            fail(e.offset, not_comparable(symbol::in, needle.type.kind, element));
        return emit({value_kind::boolean}, {opcode::in_list}, {needle, list});
    }

    [[nodiscard]] part among(part const& needle, syntax_node const& list) {
        std::vector<part> operands{needle};
        for (auto const& element : list.operands) {
            operands.push_back(compile(element));
            if (!comparable(needle.type.kind, operands.back().type.kind))
                fail(element.offset, not_comparable(symbol::in, needle.type.kind, operands.back().type.kind));
        }
        return emit({value_kind::boolean}, {opcode::in_elements}, operands);
    }

    // One instruction for the whole chain, so that evaluating a long one does not recurse deep.
    [[nodiscard]] part arithmetic(syntax_node const& e) {
        auto const first = compile(e.operands[0]);
        auto type = value_type{first.type.kind, first.type.optional};
        std::vector<std::uint32_t> steps{first.at};
        for (std::size_t i = 1; i != e.operands.size(); ++i) {
            auto const sign = e.operators[i - 1];
            auto const right = compile(e.operands[i]);
            auto const kind = arithmetic_kind(sign, type.kind, right.type.kind);
            if (kind == value_kind::null)
                fail(e.operands[i].offset, no_arithmetic(sign, type.kind, right.type.kind));
            // What can overflow can be null.
            type = {kind, kind != value_kind::real || type.optional || right.type.optional};
            steps.insert(steps.end(), {static_cast<std::uint32_t>(sign), right.at});
        }
        instruction chain{opcode::arithmetic};
        chain.at = static_cast<std::uint32_t>(code_->operands.size());
        chain.count = static_cast<std::uint32_t>(steps.size());
        code_->operands.insert(code_->operands.end(), steps.begin(), steps.end());
        return emit(type, chain);
    }

    [[nodiscard]] static message no_arithmetic(symbol sign, value_kind a, value_kind b) {
        bool const joins = sign == symbol::add && (a == value_kind::text) != (b == value_kind::text) &&
                           takes(function::to_text, a) && takes(function::to_text, b);
        auto const advice = joins                          ? message_id::joined_by_string
                            : is_number(a) && is_number(b) ? message_id::numbers_converted
                                                           : message_id::none;
        return {message_id::no_arithmetic, {to_string(sign), name_of(a), name_of(b), message(advice)}};
    }

    [[nodiscard]] part conditional(syntax_node const& e) {
        auto const condition = compile(e.operands[0]);
        if (condition.type.kind != value_kind::boolean)
            fail(e.offset, {message_id::conditional_operand, {name_of(condition.type.kind)}});
        auto const yes = compile(e.operands[1]);
        auto const no = compile(e.operands[2]);
        bool const yes_null = yes.type.kind == value_kind::null;
        auto const a = yes.type.kind;
        auto const b = no.type.kind;
        if ((a == b || yes_null || b == value_kind::null) && !is_compound(a) && !is_compound(b)) {
            auto type = yes_null ? no.type : yes.type;
            type.optional = condition.type.optional || yes.type.optional || no.type.optional;
            return emit(type, {opcode::conditional}, {condition, yes, no});
        }
        fail(e.operands[2].offset, {message_id::conditional_choices, {name_of(a), name_of(b)}});
        return constant(value());
    }

    // --- functions ---

    [[nodiscard]] part call(syntax_node const& e) {
        if (e.called == function::timestamp || e.called == function::duration)
            return time_literal(e);
        std::vector<part> operands;
        operands.reserve(e.operands.size());
        for (auto const& o : e.operands)
            operands.push_back(compile(o));
        if (e.called == function::has && e.operands[0].kind != syntax_kind::path)
            fail(e.operands[0].offset, message_id::has_without_path);
        for (std::size_t i = 0; i != operands.size(); ++i)
            if (auto const kind = operands[i].type.kind; !takes(e.called, kind))
                fail(e.operands[i].offset, {message_id::function_operand,
                                            {to_string(e.called), message(taken(e.called)), name_of(kind)}});
        instruction made{opcode::call};
        made.called = e.called;
        auto type = result_of(e.called);
        for (auto const& o : operands)
            type.optional = type.optional || (o.type.optional && e.called != function::has);
        return emit(type, made, operands);
    }

    // A constant, so that a wrong one is found on save.
    [[nodiscard]] part time_literal(syntax_node const& e) {
        auto const& operand = e.operands[0];
        bool const stamp = e.called == function::timestamp;
        if (operand.kind == syntax_kind::text_literal) {
            if (auto const t = stamp ? parse_timestamp(operand.text) : std::nullopt)
                return constant(value(*t));
            if (auto const d = stamp ? std::nullopt : parse_duration(operand.text))
                return constant(value(*d));
        }
        fail(operand.offset, stamp ? message_id::timestamp_not_literal : message_id::duration_not_literal);
        return constant(value());
    }

    [[nodiscard]] static message_id taken(function f) noexcept {
        switch (f) {
        case function::size:
            return message_id::text_or_list;
        case function::to_integer:
        case function::to_real:
            return message_id::a_number;
        case function::to_text:
            return message_id::what_has_text;
        default:
            return message_id::some_text;
        }
    }

    std::string_view source_;
    std::shared_ptr<expression_code> code_;
    std::optional<expression_error> error_;
};

// Reads what an index can use from code.
class key_finder {
  public:
    struct key {
        std::uint32_t load;
        std::vector<value> constants;
    };

    explicit key_finder(expression_code const& code) : code_(code) {}

    [[nodiscard]] std::vector<key> run() {
        visit(code_.start);
        // A key with many values in the host's data serves best; else the one that is written first, whose
        // path is.
        std::sort(keys_.begin(), keys_.end(), [](key const& a, key const& b) {
            int const first = rank(a.constants[0].kind());
            int const second = rank(b.constants[0].kind());
            return first != second ? first < second : a.load < b.load;
        });
        return std::move(keys_);
    }

  private:
    [[nodiscard]] static int rank(value_kind kind) noexcept {
        if (kind == value_kind::boolean)
            return 2;
        return kind == value_kind::integer || kind == value_kind::unsigned_integer ? 0 : 1;
    }

    [[nodiscard]] instruction const& operand(instruction const& i, std::uint32_t n) const noexcept {
        return code_.instructions[code_.operands[i.at + n]];
    }

    void visit(std::uint32_t at) {
        auto const& i = code_.instructions[at];
        if (i.what == opcode::all)
            for (std::uint32_t n = 0; n != i.count; ++n)
                visit(code_.operands[i.at + n]);
        else if (i.what == opcode::in_elements)
            elements(i);
        else if (i.what == opcode::compare_constant && i.sign == symbol::equal)
            keys_.push_back({i.at, {code_.constants[i.count]}});
    }

    void elements(instruction const& i) {
        if (operand(i, 0).what != opcode::load || i.count < 2)
            return;
        key found{operand(i, 0).at, {}};
        for (std::uint32_t n = 1; n != i.count; ++n) {
            if (operand(i, n).what != opcode::constant)
                return;
            found.constants.push_back(code_.constants[operand(i, n).at]);
        }
        keys_.push_back(std::move(found));
    }

    expression_code const& code_;
    std::vector<key> keys_;
};

[[nodiscard]] POSTHORN_DECL std::string text_of(expression_code const& code, compiled_path const& p) {
    auto const& object = code.where.catalog[code.where.object];
    std::string text(p.root == path_root::object     ? object.name
                     : p.root == path_root::previous ? std::string_view("previous")
                     : p.root == path_root::event    ? std::string_view("event")
                                                     : code.where.catalog[object.scope].name);
    if (p.fields != 0)
        text.append(".").append(p.first->name);
    for (std::uint32_t i = 1; i < p.fields; ++i)
        text.append(".").append(code.steps[p.rest + i - 1]->name);
    return text;
}

POSTHORN_DECL std::uint64_t hash_of(value const& v) noexcept {
    auto const mixed = [](std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
        return x ^ (x >> 31);
    };
    switch (v.kind()) {
    case value_kind::boolean:
        return mixed(v.as_boolean() ? 3 : 2);
    case value_kind::integer:
        return mixed(static_cast<std::uint64_t>(v.as_integer()));
    case value_kind::unsigned_integer:
        return mixed(v.as_unsigned());
    case value_kind::real: {
        // A real that is equal to an integer hashes like it.
        double const d = v.as_real();
        if (d >= -9223372036854775808.0 && d < 9223372036854775808.0 &&
            d == static_cast<double>(static_cast<std::int64_t>(d)))
            return mixed(static_cast<std::uint64_t>(static_cast<std::int64_t>(d)));
        if (d >= 9223372036854775808.0 && d < 18446744073709551616.0)
            return mixed(static_cast<std::uint64_t>(d));
        return mixed(std::bit_cast<std::uint64_t>(d));
    }
    case value_kind::text:
        return mixed(std::hash<std::string_view>()(v.as_text()));
    case value_kind::timestamp:
        return mixed(static_cast<std::uint64_t>(v.as_timestamp().time_since_epoch().count()));
    case value_kind::duration:
        return mixed(static_cast<std::uint64_t>(v.as_duration().count()));
    default:
        return 0;
    }
}

[[nodiscard]] POSTHORN_DECL boost::system::result<std::shared_ptr<expression_code const>, expression_error>
compile_code(std::string_view source, std::size_t begin, std::size_t end, expression_scope const& where,
             bool predicate) {
    auto const tree = parse_expression(source, begin, end);
    if (!tree)
        return tree.error();
    return expression_compiler(source, where).run(*tree, predicate);
}

} // namespace posthorn::detail

namespace posthorn {

POSTHORN_DECL boost::system::result<expression, expression_error>
expression::compile(std::string_view source, std::size_t begin, std::size_t end,
                    detail::expression_scope const& where) {
    auto code = detail::compile_code(source, begin, end, where, false);
    if (!code)
        return code.error();
    return expression(*std::move(code));
}

POSTHORN_DECL boost::system::result<expression, expression_error>
expression::compile(std::string_view text, detail::expression_scope const& where) {
    return compile(text, 0, text.size(), where);
}

POSTHORN_DECL boost::system::result<expression, expression_error>
expression::compile_predicate(std::string_view text, detail::expression_scope const& where) {
    auto code = detail::compile_code(text, 0, text.size(), where, true);
    if (!code)
        return code.error();
    return expression(*std::move(code));
}

POSTHORN_DECL value expression::evaluate(detail::event_view const& e,
                                         expression_scratch& scratch) const noexcept {
    return detail::evaluate(*code_, e, scratch);
}

POSTHORN_DECL bool expression::matches(detail::event_view const& e) const noexcept {
    expression_scratch scratch;
    auto const v = detail::evaluate(*code_, e, scratch);
    return v.kind() == value_kind::boolean && v.as_boolean();
}

POSTHORN_DECL value_type expression::type() const noexcept {
    return code_->type;
}

POSTHORN_DECL std::string const& expression::text() const noexcept {
    return code_->text;
}

POSTHORN_DECL bool expression::uses_event() const noexcept {
    return code_->uses_event;
}

POSTHORN_DECL std::vector<detail::equality_key> expression::equality_keys() const {
    std::vector<detail::equality_key> keys;
    for (auto const& found : detail::key_finder(*code_).run()) {
        std::vector<std::uint64_t> hashes;
        hashes.reserve(found.constants.size());
        for (auto const& c : found.constants)
            hashes.push_back(detail::hash_of(c));
        std::sort(hashes.begin(), hashes.end());
        hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
        keys.push_back({detail::text_of(*code_, code_->paths[found.load]), std::move(hashes)});
    }
    return keys;
}

} // namespace posthorn
