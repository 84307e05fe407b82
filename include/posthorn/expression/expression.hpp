// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/expression_error.hpp>
#include <posthorn/expression/expression_scope.hpp>
#include <posthorn/expression/scratch.hpp>
#include <posthorn/expression/value.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

namespace detail {

struct expression_code;
struct equality_key;

} // namespace detail

/// An expression compiled against the catalog: `project.budget > 1e6 && previous.status != project.status`.
///
/// The grammar is in docs/expressions.md. Evaluation calls member accessors; it never throws, its steps are
/// bounded, and it allocates only for texts that it makes and that outgrow `expression_scratch`. Immutable,
/// cheap to copy; safe to evaluate from any threads.
class expression {
  public:
    /// Parses and checks `text`: at most 4096 bytes, nested at most 32 deep; every name must exist where the
    /// expression stands, and every operator fit its operands.
    [[nodiscard]] static boost::system::result<expression, expression_error>
    compile(std::string_view text, detail::expression_scope const& where);

    /// The same for `source[begin, end)`; positions in errors are those in `source`.
    [[nodiscard]] static boost::system::result<expression, expression_error>
    compile(std::string_view source, std::size_t begin, std::size_t end,
            detail::expression_scope const& where);

    /// The same for what must be true or false: a filter or a condition.
    [[nodiscard]] static boost::system::result<expression, expression_error>
    compile_predicate(std::string_view text, detail::expression_scope const& where);

    /// The value for one event; null where an optional part of a path is not set, and where the result cannot
    /// be told: overflow, division by zero. A text that had to be made is valid as long as `scratch`.
    [[nodiscard]] value evaluate(detail::event_view const& e, expression_scratch& scratch) const noexcept;

    /// Whether the value for one event is true; null is not.
    [[nodiscard]] bool matches(detail::event_view const& e) const noexcept;

    /// What `evaluate` can give.
    [[nodiscard]] value_type type() const noexcept;

    /// The canonical text: what is stored.
    [[nodiscard]] std::string const& text() const noexcept;

    /// Whether it speaks of `event`, so that the event's time and id must be known.
    [[nodiscard]] bool uses_event() const noexcept;

    /// What must be equal for it to be true: of `project.id == 42 && x`, that project.id is 42. Best for an
    /// index first.
    [[nodiscard]] std::vector<detail::equality_key> equality_keys() const;

  private:
    explicit expression(std::shared_ptr<detail::expression_code const> code) : code_(std::move(code)) {}

    std::shared_ptr<detail::expression_code const> code_;
};

namespace detail {

// One path that a predicate compares with constants, as a key of an index.
struct equality_key {
    // The path alone, as text for the same place.
    std::string path;
    // `hash_of` each constant, one of which the path's value must have; ascending, each once.
    std::vector<std::uint64_t> hashes;
};

// Equal values have equal hashes, 1 and 1.0 too. Not for null, lists and records.
[[nodiscard]] POSTHORN_DECL std::uint64_t hash_of(value const& v) noexcept;

} // namespace detail

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/expression.ipp>
#endif
