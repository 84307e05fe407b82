// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/expression_scope.hpp>
#include <posthorn/expression/scratch.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/expression/value.hpp>
#include <posthorn/model/event.hpp>

#include <cstdint>
#include <forward_list>
#include <string>
#include <vector>

// What an expression is compiled to: a tree in one array, typed, with names resolved to accessors.
namespace posthorn::detail {

enum class opcode : std::uint8_t {
    constant,
    load,
    all,
    any,
    invert,
    negate,
    compare,
    compare_constant,
    in_elements,
    in_list,
    arithmetic,
    conditional,
    call,
};

enum class path_root : std::uint8_t { object, previous, scope, event };

struct instruction {
    opcode what;
    symbol sign = symbol::equal;
    function called = function::size;
    // `compare` with the literal null: asks whether there is a value.
    bool with_null = false;
    // A position in `constants` or `paths`, or the first of the operands in `operands`.
    std::uint32_t at = 0;
    // How many operands; of `arithmetic`, whose `operands` have a symbol before each but the first, all of
    // them; of `compare_constant`, which compares a path, a position in `constants`.
    std::uint32_t count = 0;
};

struct compiled_path {
    path_root root = path_root::object;
    // How many fields, and where those behind the first stand in `steps`.
    std::uint32_t fields = 0;
    std::uint32_t rest = 0;
    field_schema const* first = nullptr;
    record_schema const& (*record)() = nullptr;
};

// What an evaluation reads comes first, so that it reads few lines of memory.
struct expression_code {
    std::uint32_t start = 0;
    std::vector<instruction> instructions;
    std::vector<compiled_path> paths;
    std::vector<value> constants;
    expression_scope where;
    std::vector<std::uint32_t> operands;
    std::vector<field_schema const*> steps;
    value_type type;
    bool uses_event = false;
    std::string text;
    // What the text constants refer to.
    std::forward_list<std::string> texts;
};

} // namespace posthorn::detail
