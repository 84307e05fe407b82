// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/evaluate.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/expression/template.hpp>
#include <posthorn/model/url.hpp>

#include <boost/json/error.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace posthorn {

namespace detail {

// Follows JSON text far enough to know whether a hole stands inside a string literal.
class json_quotes {
  public:
    void feed(std::string_view text) noexcept {
        for (char const c : text) {
            if (escaped_)
                escaped_ = false;
            else if (inside_ && c == '\\')
                escaped_ = true;
            else if (c == '"')
                inside_ = !inside_;
        }
    }

    [[nodiscard]] bool inside() const noexcept { return inside_; }

  private:
    bool inside_ = false;
    bool escaped_ = false;
};

POSTHORN_DECL std::size_t hole_end(std::string_view text, std::size_t open) noexcept {
    char quote = 0;
    // What is longer is no expression, so that many quotes without their pairs cost no more.
    auto const end = std::min(text.size(), open + 2 + max_expression_length + 2);
    for (auto at = open + 2; at < end; ++at) {
        char const c = text[at];
        if (quote != 0) {
            if (c == '\\')
                ++at;
            else if (c == quote)
                quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (text.substr(at, 2) == "}}") {
            return at;
        }
    }
    // A quote without its pair, or too long: the parser says so better.
    return quote == 0 && end == text.size() ? text.npos : text.find("}}", open + 2);
}

POSTHORN_DECL std::size_t count_dot_segments(std::string_view target) noexcept {
    auto const path = target.substr(0, target.find_first_of("?#"));
    std::size_t count = 0;
    for (std::size_t begin = path.starts_with('/') ? 1 : 0; begin <= path.size();) {
        auto segment = path.substr(begin, path.find('/', begin) - begin);
        begin += segment.size() + 1;
        std::size_t dots = 0;
        for (; !segment.empty(); ++dots) {
            bool const escaped = segment.starts_with("%2e") || segment.starts_with("%2E");
            if (!escaped && segment[0] != '.')
                break;
            segment.remove_prefix(escaped ? 3 : 1);
        }
        count += segment.empty() && dots <= 2;
    }
    return count;
}

// How many bytes of the trial are JSON, and what is wrong behind them.
struct json_fault {
    std::size_t at;
    message_argument what;
};

// What Boost.JSON says, in every language; what it has no sentence for here stays as it says it.
[[nodiscard]] POSTHORN_DECL message_argument name_of(boost::system::error_code const& ec) {
    using boost::json::error;
    constexpr std::pair<error, message_id> known[] = {
        {error::syntax, message_id::json_syntax},
        {error::extra_data, message_id::json_extra_data},
        {error::incomplete, message_id::json_incomplete},
        {error::exponent_overflow, message_id::json_exponent},
        {error::too_deep, message_id::json_too_deep},
        {error::illegal_leading_surrogate, message_id::json_leading_surrogate},
        {error::illegal_trailing_surrogate, message_id::json_trailing_surrogate},
        {error::expected_hex_digit, message_id::json_hex_digit},
        {error::expected_utf16_escape, message_id::json_utf16_escape},
        {error::object_too_large, message_id::json_object_size},
        {error::array_too_large, message_id::json_array_size},
        {error::key_too_large, message_id::json_key_size},
        {error::string_too_large, message_id::json_string_size},
    };
    for (auto const& [cause, what] : known)
        if (ec == cause)
            return message(what);
    return ec;
}

[[nodiscard]] POSTHORN_DECL std::optional<json_fault> check_json(std::string_view trial) {
    boost::json::stream_parser parser;
    boost::system::error_code ec;
    std::size_t const used = parser.write_some(trial.data(), trial.size(), ec);
    if (!ec && used == trial.size())
        parser.finish(ec);
    else if (!ec)
        ec = boost::json::error::extra_data;
    if (!ec)
        return std::nullopt;
    return json_fault{used, name_of(ec)};
}

// The entity of a byte that XML text cannot hold as it is, or that a parser would normalise in an attribute.
[[nodiscard]] POSTHORN_DECL std::string_view entity_of(char c) noexcept {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return {};
    }
}

// XML 1.0 has no other control characters, and no U+FFFE and U+FFFF, in any form.
[[nodiscard]] POSTHORN_DECL bool is_xml(std::string_view character) noexcept {
    if (character.size() == 1)
        return static_cast<unsigned char>(character[0]) >= 0x20;
    return character != "\xef\xbf\xbe" && character != "\xef\xbf\xbf";
}

POSTHORN_DECL void append_entities(std::string& out, std::string_view text) {
    while (!text.empty()) {
        auto const length = utf8_length(text);
        auto const character = text.substr(0, std::max<std::size_t>(length, 1));
        if (auto const entity = entity_of(text[0]); !entity.empty())
            out += entity;
        else if (length != 0 && is_xml(character))
            out += character;
        else
            out += "\xef\xbf\xbd";
        text.remove_prefix(character.size());
    }
}

} // namespace detail

class template_compiler {
  public:
    using outcome = boost::system::result<text_template, expression_error>;

    template_compiler(std::string_view text, place where, detail::expression_scope const& scope)
        : text_(text), place_(where), scope_(scope) {}

    [[nodiscard]] outcome run() {
        std::size_t at = 0;
        for (auto open = text_.find("{{"); open != text_.npos; open = text_.find("{{", at)) {
            literal(text_.substr(at, open - at));
            auto const close = detail::hole_end(text_, open);
            if (close == text_.npos)
                return wrong(open, message_id::braces_not_closed);
            if (auto error = hole(open, close))
                return *std::move(error);
            at = close + 2;
        }
        literal(text_.substr(at));
        if (place_ == place::json)
            if (auto const fault = detail::check_json(trial_))
                return wrong(in_template(fault->at), {message_id::body_not_json, {fault->what}});
        return std::move(compiled_);
    }

  private:
    [[nodiscard]] expression_error wrong(std::size_t at, message what) const {
        return expression_error(text_, at, std::move(what));
    }

    // Where a position of the trial stands in the template.
    [[nodiscard]] std::size_t in_template(std::size_t trial) const noexcept {
        std::size_t trial_end = 0;
        std::size_t template_end = 0;
        for (auto const& f : filled_) {
            if (trial < f.trial_begin)
                break;
            if (trial < f.trial_end)
                return f.begin;
            trial_end = f.trial_end;
            template_end = f.end;
        }
        return template_end + (trial - trial_end);
    }

    void literal(std::string_view text) {
        compiled_.literals_ += text;
        if (place_ == place::json) {
            quotes_.feed(text);
            trial_ += text;
        }
    }

    // Whether the literal text so far ends behind the authority of a URL.
    [[nodiscard]] bool behind_authority() const noexcept {
        auto const authority = compiled_.literals_.find("://");
        return authority != std::string::npos &&
               compiled_.literals_.find_first_of("/?#", authority + 3) != std::string::npos;
    }

    [[nodiscard]] std::optional<expression_error> hole(std::size_t open, std::size_t close) {
        constexpr std::size_t most = 256;
        if (compiled_.holes_.size() == most)
            return wrong(open, message_id::too_many_expressions);
        if (place_ == place::url && !behind_authority())
            return wrong(open, message_id::expression_in_authority);
        auto compiled = expression::compile(text_, open + 2, close, scope_);
        if (!compiled)
            return compiled.error();
        auto const kind = compiled->type().kind;
        bool const json_value = place_ == place::json && !quotes_.inside();
        if ((kind == value_kind::list || kind == value_kind::record) && !json_value)
            return wrong(open + 2,
                         {message_id::compound_misplaced, {detail::in_backticks(compiled->text())}});
        if (place_ == place::json) {
            auto const begin = trial_.size();
            trial_ += json_value ? "null" : "x";
            filled_.push_back({begin, trial_.size(), open, close + 2});
        }
        compiled_.holes_.push_back({compiled_.literals_.size(), escaping(json_value), *std::move(compiled)});
        return std::nullopt;
    }

    [[nodiscard]] text_template::escape escaping(bool json_value) const noexcept {
        using escape = text_template::escape;
        switch (place_) {
        case place::url:
        case place::form:
            return escape::percent;
        case place::json:
            return json_value ? escape::json_value : escape::json_text;
        case place::xml:
            return escape::entities;
        default:
            return escape::none;
        }
    }

    std::string_view text_;
    place place_;
    detail::expression_scope const& scope_;
    // A JSON text with a sample in place of each expression, and where they stand in both.
    struct sample {
        std::size_t trial_begin;
        std::size_t trial_end;
        std::size_t begin;
        std::size_t end;
    };

    detail::json_quotes quotes_;
    std::string trial_;
    std::vector<sample> filled_;
    text_template compiled_;
};

POSTHORN_DECL boost::system::result<text_template, expression_error>
text_template::compile(std::string_view text, place where, detail::expression_scope const& scope) {
    return template_compiler(text, where, scope).run();
}

POSTHORN_DECL bool text_template::may_change_path() const {
    // With an expression as nothing: what is left of its segment must be more than dots.
    std::string_view const literals(literals_);
    std::size_t const path = std::min(literals.find_first_of("?#"), literals.size());
    for (auto const& h : holes_) {
        if (h.literal_end > path)
            break;
        auto const before = literals.substr(0, h.literal_end).rfind('/') + 1;
        auto const behind = std::min(literals.substr(0, path).find('/', h.literal_end), path);
        if (detail::count_dot_segments(literals.substr(before, behind - before)) != 0)
            return true;
    }
    return false;
}

POSTHORN_DECL text_template text_template::without_prefix(std::size_t count) const {
    text_template shorter(*this);
    shorter.literals_.erase(0, count);
    for (auto& h : shorter.holes_)
        h.literal_end -= count;
    return shorter;
}

POSTHORN_DECL void text_template::append(std::string& out, escape how, value const& v, std::size_t longest) {
    // Only text, and a timestamp or a real in a URL, hold characters that need an escape.
    switch (how) {
    case escape::json_value:
        return append_json(out, v, longest);
    case escape::json_text:
        return v.kind() == value_kind::text ? append_json_escaped(out, v.as_text()) : append_plain(out, v);
    case escape::entities:
        return v.kind() == value_kind::text ? detail::append_entities(out, v.as_text())
                                            : append_plain(out, v);
    case escape::percent: {
        if (v.kind() == value_kind::text)
            return append_percent_encoded(out, v.as_text());
        std::string scalar;
        append_plain(scalar, v);
        return append_percent_encoded(out, scalar);
    }
    case escape::none:
        return append_plain(out, v);
    }
}

POSTHORN_DECL void text_template::render(std::string& out, detail::event_view const& e,
                                         std::size_t longest) const {
    std::string_view const literals(literals_);
    std::size_t at = 0;
    // The work is counted over all expressions.
    expression_scratch scratch;
    for (auto const& h : holes_) {
        out += literals.substr(at, h.literal_end - at);
        at = h.literal_end;
        if (out.size() > longest)
            return;
        scratch.forget_texts();
        append(out, h.how, h.what.evaluate(e, scratch), longest);
    }
    out += literals.substr(at);
}

} // namespace posthorn
