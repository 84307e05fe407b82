// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/expression.hpp>

#include <algorithm>
#include <stdexcept>

namespace posthorn {

namespace detail {

// The event as a record, so that `event.actor` is a path like any other; evaluate() knows the positions.
[[nodiscard]] POSTHORN_DECL record_schema const& event_record() {
    static constexpr field_schema fields[] = {
        {"id", {value_kind::text}, nullptr},     {"action", {value_kind::text}, nullptr},
        {"object", {value_kind::text}, nullptr}, {"time", {value_kind::timestamp}, nullptr},
        {"actor", {value_kind::text}, nullptr},
    };
    static constexpr record_schema schema{fields};
    return schema;
}

// Levenshtein distance, bounded by the short names that it is used for.
[[nodiscard]] POSTHORN_DECL std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j != row.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const above = row[j];
            row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
            diagonal = above;
        }
    }
    return row.back();
}

// " (did you mean `x`?)", or nothing when no name is near.
[[nodiscard]] POSTHORN_DECL std::string suggestion(std::string_view wrong,
                                                   std::vector<std::string_view> const& known) {
    if (wrong.size() > 64)
        return {};
    std::string_view best;
    std::size_t best_distance = wrong.size() / 3 + 2;
    for (auto const name : known)
        if (auto const d = edit_distance(wrong, name); d < best_distance) {
            best = name;
            best_distance = d;
        }
    return best.empty() ? std::string() : " (did you mean `" + std::string(best) + "`?)";
}

[[nodiscard]] POSTHORN_DECL std::string quoted(std::string_view text) {
    constexpr std::size_t longest = 64;
    return "`" + std::string(text.substr(0, longest)) + (text.size() > longest ? "...`" : "`");
}

} // namespace detail

// Parses `name(.name)*` with blanks around; kept beside the class so that its state stays private.
class expression_compiler {
  public:
    using outcome = boost::system::result<expression, expression_error>;

    expression_compiler(std::string_view text, detail::expression_scope const& where)
        : text_(text), where_(where) {}

    [[nodiscard]] outcome run() {
        skip_blanks();
        auto const first_at = at_;
        auto const first = name();
        if (first.empty())
            return expected_name(first_at);
        if (auto error = start(first, first_at))
            return *std::move(error);
        path_ = first;
        for (skip_blanks(); at_ != text_.size(); skip_blanks()) {
            if (text_[at_] != '.')
                return expression_error(at_, "unexpected " + detail::quoted(text_.substr(at_)) +
                                                 "; write a field path such as `" + std::string(first) +
                                                 ".id`");
            ++at_;
            skip_blanks();
            auto const step_at = at_;
            auto const step_name = name();
            if (step_name.empty())
                return expected_name(step_at);
            if (auto error = step(step_name, step_at))
                return *std::move(error);
            path_.append(".").append(step_name);
        }
        return std::move(compiled_);
    }

  private:
    void skip_blanks() noexcept {
        while (at_ != text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }

    [[nodiscard]] std::string_view name() noexcept {
        auto const begin = at_;
        auto const letter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        };
        while (at_ != text_.size() &&
               (letter(text_[at_]) || (at_ != begin && text_[at_] >= '0' && text_[at_] <= '9')))
            ++at_;
        return text_.substr(begin, at_ - begin);
    }

    [[nodiscard]] outcome expected_name(std::size_t at) const {
        return at == text_.size()
                   ? expression_error(at, "a field path such as `project.id` is missing here")
                   : expression_error(at, "expected a name, found " + detail::quoted(text_.substr(at, 8)));
    }

    [[nodiscard]] std::optional<expression_error> start(std::string_view first, std::size_t at) {
        using root = expression::root;
        auto const& object = where_.catalog[where_.object];
        compiled_.catalog_ = where_.catalog;
        if (first == object.name)
            return begin(root::object, object.record, false);
        if (object.scope != detail::no_index && first == where_.catalog[object.scope].name)
            return begin(root::scope, where_.catalog[object.scope].record, false);
        if (first == "event")
            return begin(root::event, &detail::event_record, false);
        if (first == "previous") {
            if (where_.what == action::created)
                return expression_error(
                    at, "`previous` does not exist here: a created object has no earlier state");
            return begin(root::previous, object.record, !where_.what);
        }
        std::vector<std::string_view> known{object.name, "event", "previous"};
        if (object.scope != detail::no_index)
            known.push_back(where_.catalog[object.scope].name);
        return expression_error(at,
                                "unknown name " + detail::quoted(first) + detail::suggestion(first, known));
    }

    [[nodiscard]] std::optional<expression_error> begin(expression::root r, record_schema const& (*record)(),
                                                        bool optional) {
        compiled_.root_ = r;
        compiled_.record_ = record;
        compiled_.type_ = {value_kind::record, optional, record};
        return std::nullopt;
    }

    [[nodiscard]] std::optional<expression_error> step(std::string_view wanted, std::size_t at) {
        if (compiled_.type_.kind != value_kind::record)
            return expression_error(at, detail::quoted(path_) + " has no fields");
        std::vector<std::string_view> known;
        for (auto const& f : compiled_.type_.record().fields) {
            if (f.name == wanted) {
                bool const optional = compiled_.type_.optional || f.type.optional;
                compiled_.steps_.push_back(&f);
                compiled_.type_ = f.type;
                compiled_.type_.optional = optional;
                return std::nullopt;
            }
            known.push_back(f.name);
        }
        return expression_error(at, "unknown field " + detail::quoted(wanted) + " of " +
                                        detail::quoted(path_) + detail::suggestion(wanted, known));
    }

    std::string_view text_;
    detail::expression_scope const& where_;
    std::size_t at_ = 0;
    // What was read so far, without the blanks, for messages.
    std::string path_;
    expression compiled_;
};

POSTHORN_DECL boost::system::result<expression, expression_error>
expression::compile(std::string_view text, detail::expression_scope const& where) {
    return expression_compiler(text, where).run();
}

POSTHORN_DECL value expression::evaluate(detail::event_view const& e) const noexcept {
    if (root_ == root::event) {
        if (steps_.empty())
            return value();
        switch (steps_.front() - detail::event_record().fields.data()) {
        case 0:
            return value(e.id_text.view());
        case 1:
            return value(to_string(e.what));
        case 2:
            return value(catalog_[e.object_index].name);
        case 3:
            return value(std::chrono::floor<utc_time::duration>(e.time));
        default:
            return value(e.actor);
        }
    }
    void const* const start = root_ == root::object ? e.object : root_ == root::scope ? e.scope : e.previous;
    if (start == nullptr)
        return value();
    value v(start, record_());
    for (auto const* const s : steps_) {
        if (v.is_null())
            return v;
        v = v.field(*s);
    }
    return v;
}

POSTHORN_DECL void throw_exception_from_error(expression_error const& e, boost::source_location const&) {
    throw std::invalid_argument(e.message());
}

} // namespace posthorn
