// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/expression/print.hpp>
#include <posthorn/expression/template.hpp>
#include <posthorn/model/url.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

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

[[nodiscard]] POSTHORN_DECL std::optional<expression_error> check_json(std::string_view trial) {
    boost::json::error_code ec;
    auto const parsed = boost::json::parse(trial, ec);
    if (!ec)
        return std::nullopt;
    return expression_error(0, "the body is not JSON once its expressions are filled in: " + ec.message());
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
            auto const close = text_.find("}}", open);
            if (close == text_.npos)
                return expression_error(open, "`{{` without `}}`; close the expression");
            if (auto error = hole(open, text_.substr(open + 2, close - open - 2)))
                return *std::move(error);
            at = close + 2;
        }
        literal(text_.substr(at));
        if (place_ == place::json)
            if (auto error = detail::check_json(trial_))
                return *std::move(error);
        return std::move(compiled_);
    }

  private:
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

    [[nodiscard]] std::optional<expression_error> hole(std::size_t open, std::string_view inside) {
        constexpr std::size_t most = 256;
        if (compiled_.holes_.size() == most)
            return expression_error(open, "more than 256 expressions in one text");
        if (place_ == place::url && !behind_authority())
            return expression_error(open, "no expression may stand in the scheme, host or port of a URL");
        auto compiled = expression::compile(inside, scope_);
        if (!compiled)
            return expression_error(open + 2 + compiled.error().offset(), compiled.error().message());
        auto const kind = compiled->type().kind;
        bool const json_value = place_ == place::json && !quotes_.inside();
        if ((kind == value_kind::list || kind == value_kind::record) && !json_value)
            return expression_error(open + 2, detail::quoted(inside) +
                                                  " is a list or an object; it can only stand "
                                                  "in a JSON body, outside quotes");
        if (place_ == place::json)
            trial_ += json_value ? "null" : "x";
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
        default:
            return escape::none;
        }
    }

    std::string_view text_;
    place place_;
    detail::expression_scope const& scope_;
    detail::json_quotes quotes_;
    std::string trial_;
    text_template compiled_;
};

POSTHORN_DECL boost::system::result<text_template, expression_error>
text_template::compile(std::string_view text, place where, detail::expression_scope const& scope) {
    return template_compiler(text, where, scope).run();
}

POSTHORN_DECL text_template text_template::without_prefix(std::size_t count) const {
    text_template shorter(*this);
    shorter.literals_.erase(0, count);
    for (auto& h : shorter.holes_)
        h.literal_end -= count;
    return shorter;
}

POSTHORN_DECL void text_template::render(std::string& out, detail::event_view const& e,
                                         std::size_t longest) const {
    // Values that are not text hold only characters that need no escape in a URL but ':' and '+', which the
    // detour below covers; text is escaped straight from the host's object.
    std::string_view const literals(literals_);
    std::size_t at = 0;
    for (auto const& h : holes_) {
        out += literals.substr(at, h.literal_end - at);
        at = h.literal_end;
        if (out.size() > longest)
            return;
        auto const v = h.what.evaluate(e);
        if (h.how == escape::json_value) {
            append_json(out, v);
        } else if (h.how == escape::none) {
            append_plain(out, v);
        } else if (v.kind() == value_kind::text) {
            h.how == escape::percent ? append_percent_encoded(out, v.as_text())
                                     : append_json_escaped(out, v.as_text());
        } else if (h.how == escape::json_text) {
            append_plain(out, v);
        } else {
            std::string scalar;
            append_plain(scalar, v);
            append_percent_encoded(out, scalar);
        }
    }
    out += literals.substr(at);
}

} // namespace posthorn
