// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/routing/compiled_filter.hpp>
#include <posthorn/detail/routing/compiled_webhook.hpp>
#include <posthorn/detail/text/ascii.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/impl/expression/expression.ipp>
#include <posthorn/model/header_rules.hpp>
#include <posthorn/version.hpp>

#include <algorithm>
#include <utility>

namespace posthorn::detail {

// The type of a Content-Type value decides how a body is escaped.
[[nodiscard]] POSTHORN_DECL place body_place(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t'))
        type.remove_suffix(1);
    if (iequals(type, "application/json") || iequals(type, "text/json") ||
        (type.size() > 5 && iequals(type.substr(type.size() - 5), "+json")))
        return place::json;
    if (iequals(type, "application/x-www-form-urlencoded"))
        return place::form;
    bool const xml = iequals(type, "application/xml") || iequals(type, "text/xml") ||
                     iequals(type, "text/html") ||
                     (type.size() > 4 && iequals(type.substr(type.size() - 4), "+xml"));
    return xml ? place::xml : place::text;
}

// Checks one webhook, field by field, and goes on after an error so that all are told at once.
class webhook_compiler {
  public:
    webhook_compiler(webhook const& w, catalog_schema catalog, field_errors& errors)
        : w_(w), catalog_(catalog), errors_(errors) {}

    [[nodiscard]] std::optional<compiled_webhook> run() {
        bool const had_errors = !errors_.empty();
        if (w_.wording.empty())
            errors_.add("wording", message_id::wording_missing);
        event();
        condition();
        endpoint();
        headers();
        body();
        if (had_errors || !errors_.empty() || !compiled_)
            return std::nullopt;
        compiled_->object_ = scope_.object;
        compiled_->what_ = w_.what;
        compiled_->method_ = w_.method;
        compiled_->mode_ = w_.mode;
        compiled_->in_order_ = w_.pace.in_order;
        if (is_synchronous(w_.mode))
            compiled_->wording_ = w_.wording;
        compiled_->condition_ = std::move(condition_);
        add_default("User-Agent", "posthorn/" POSTHORN_VERSION_STRING);
        return std::move(compiled_);
    }

  private:
    void event() {
        scope_.catalog = catalog_;
        scope_.what = w_.what;
        scope_.object = index_of(catalog_, w_.object);
        if (scope_.object == no_index)
            errors_.add("event", w_.object.empty() ? message(message_id::object_type_missing)
                                                   : unknown_object_type(catalog_, w_.object));
    }

    void condition() {
        if (w_.condition.empty() || scope_.object == no_index)
            return;
        auto compiled = expression::compile_predicate(w_.condition, scope_);
        if (!compiled)
            return errors_.add(compiled.error().in_field("condition"));
        condition_ = *std::move(compiled);
    }

    void endpoint() {
        if (w_.url.empty())
            return errors_.add("url", message_id::url_missing);
        if (w_.url.size() > max_url_template_bytes)
            return errors_.add("url", message_id::url_template_too_long);
        auto const holes = without_holes(w_.url);
        auto parsed = parse_url(holes);
        if (!parsed)
            return errors_.add("url", message_of(parsed.error()));
        compiled_.emplace(compiled_webhook(*parsed));
        if (scope_.object == no_index)
            return;
        auto whole = text_template::compile(w_.url, place::url, scope_);
        if (!whole)
            return errors_.add(whole.error().in_field("url"));
        auto const authority_end =
            std::min(w_.url.find_first_of("/?", w_.url.find("://") + 3), w_.url.size());
        compiled_->target_ = whole->without_prefix(authority_end);
        compiled_->slash_ = authority_end == w_.url.size() || w_.url[authority_end] == '?';
        if (compiled_->target_->may_change_path())
            compiled_->dot_segments_ = count_dot_segments(without_holes(w_.url.substr(authority_end)));
    }

    // The URL with a harmless letter in place of each expression, so that its grammar can be checked.
    [[nodiscard]] static std::string without_holes(std::string_view text) {
        std::string plain;
        for (auto open = text.find("{{"); open != text.npos; open = text.find("{{")) {
            plain.append(text.substr(0, open)).append("x");
            auto const close = hole_end(text, open);
            if (close == text.npos)
                return plain;
            text.remove_prefix(close + 2);
        }
        return plain.append(text);
    }

    void headers() {
        if (w_.headers.size() > max_header_fields)
            return errors_.add("headers", message_id::too_many_headers);
        std::size_t total = 0;
        for (std::size_t i = 0; i != w_.headers.size(); ++i) {
            header(w_.headers[i], "headers[" + std::to_string(i) + "]");
            auto const same = [&](webhook_header const& h) {
                return iequals(h.name(), w_.headers[i].name());
            };
            if (std::any_of(w_.headers.begin(), w_.headers.begin() + static_cast<std::ptrdiff_t>(i), same))
                errors_.add("headers[" + std::to_string(i) + "]",
                            {message_id::header_twice, {in_backticks(w_.headers[i].name())}});
            total += w_.headers[i].name().size() + w_.headers[i].value().size() +
                     w_.headers[i].secret_value().reveal().size() + 4;
        }
        if (total > max_header_block_size)
            errors_.add("headers", message_id::headers_too_large);
    }

    void header(webhook_header const& h, std::string const& where) {
        auto const value = h.is_secret() ? h.secret_value().reveal() : std::string_view(h.value());
        if (auto const error = check_header(h.name(), value))
            return errors_.add(where, message_of(*error));
        bool const secret = h.is_secret() || header_is_secret(h.name());
        if (iequals(h.name(), "Content-Type") && (secret || value.find("{{") != value.npos))
            return errors_.add(where, message_id::content_type_not_constant);
        if (secret) {
            if (value.find("{{") != value.npos)
                errors_.add(where, message_id::secret_with_expressions);
            return;
        }
        if (scope_.object == no_index)
            return;
        auto compiled = text_template::compile(h.value(), place::header, scope_);
        if (!compiled)
            return errors_.add(compiled.error().in_field(where));
        if (compiled_)
            compiled_->headers_.push_back({h.name(), *std::move(compiled)});
    }

    void body() {
        if (w_.body.is_none()) {
            if (needs_body(w_.method))
                errors_.add("body", message_id::body_missing);
            return;
        }
        if (w_.method == verb::get)
            return errors_.add("body", message_id::body_not_allowed);
        std::string_view type;
        for (auto const& h : w_.headers)
            if (iequals(h.name(), "Content-Type"))
                type = h.value();
        if (scope_.object == no_index)
            return;
        if (w_.body.is_standard() && !type.empty() && body_place(type) != place::json)
            return errors_.add("body", message_id::standard_body_not_json);
        compile_body(type.empty() ? place::json : body_place(type));
        if (compiled_ && type.empty())
            add_default("Content-Type", "application/json");
    }

    // A field that the webhook did not write itself.
    void add_default(char const* name, char const* value) {
        for (auto const& h : w_.headers)
            if (iequals(h.name(), name))
                return;
        compiled_->headers_.insert(compiled_->headers_.begin(),
                                   {name, *text_template::compile(value, place::header, scope_)});
    }

    void compile_body(place where) {
        std::string const name(catalog_[scope_.object].name);
        auto const text = w_.body.is_standard()
                              ? R"({"type":")" + name +
                                    R"(.{{event.action}}","timestamp":{{event.time}},"data":{{)" + name +
                                    "}}}"
                              : w_.body.text();
        if (text.size() > max_template_bytes)
            return errors_.add("body", message_id::body_template_too_long);
        auto compiled = text_template::compile(text, where, scope_);
        if (!compiled)
            return errors_.add(compiled.error().in_field("body"));
        if (compiled_)
            compiled_->body_ = *std::move(compiled);
    }

    static constexpr std::size_t max_template_bytes = 256 * 1024;
    static constexpr std::size_t max_url_template_bytes = 16 * 1024;

    webhook const& w_;
    catalog_schema catalog_;
    field_errors& errors_;
    expression_scope scope_{};
    std::optional<expression> condition_;
    std::optional<compiled_webhook> compiled_;
};

POSTHORN_DECL std::optional<compiled_webhook>
compiled_webhook::compile(webhook const& w, catalog_schema catalog, field_errors& errors) {
    return webhook_compiler(w, catalog, errors).run();
}

POSTHORN_DECL error_code compiled_webhook::render(event_view const& e, render_limits const& limits,
                                                  request_text& out) const {
    auto const error = render_parts(e, limits, out);
    // Half a request, or one that is too large to send, is not worth keeping.
    if (error)
        out.clear();
    return error;
}

POSTHORN_DECL error_code compiled_webhook::render_parts(event_view const& e, render_limits const& limits,
                                                        request_text& out) const {
    constexpr std::size_t longest_target = 2048;
    auto& text = out.buffer();
    if (slash_)
        text += '/';
    target_->render(text, e, longest_target);
    out.end_target();
    if (text.size() > longest_target)
        return errc::url_too_long;
    if (dot_segments_ && count_dot_segments(text) > *dot_segments_)
        return errc::bad_url_path;
    for (auto const& h : headers_) {
        text.append(h.name).append(": ", 2);
        auto const begin = text.size();
        h.value.render(text, e, begin + max_header_value_size);
        if (!h.value.is_constant() && !header_value_ok(std::string_view(text).substr(begin)))
            return errc::bad_header_value;
        text.append("\r\n", 2);
    }
    out.end_headers();
    if (body_)
        body_->render(text, e, text.size() + std::min(limits.body, text.max_size() - text.size()));
    return out.body().size() > limits.body ? error_code(errc::body_too_large) : error_code();
}

} // namespace posthorn::detail
