// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/expression/template.hpp>
#include <posthorn/model/delivery.hpp>
#include <posthorn/model/headers.hpp>
#include <posthorn/model/secret.hpp>
#include <posthorn/model/url.hpp>
#include <posthorn/model/webhook.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::detail {

struct render_limits {
    std::size_t body = 1 << 20;
};

// A saved webhook in the form that the dispatch path uses: every template compiled, every constant joined.
class compiled_webhook {
  public:
    // All errors at once; `object_index` is only meaningful without errors.
    [[nodiscard]] static std::optional<compiled_webhook> compile(webhook const& w, catalog_schema catalog,
                                                                 field_errors& errors);

    // Fills the request parts of a delivery. An error is final for the delivery; its text is then empty.
    [[nodiscard]] error_code render(event_view const& e, render_limits const& limits,
                                    request_text& out) const;

    [[nodiscard]] std::size_t object_index() const noexcept { return object_; }
    [[nodiscard]] std::optional<action> what() const noexcept { return what_; }
    [[nodiscard]] verb method() const noexcept { return method_; }
    [[nodiscard]] call_mode mode() const noexcept { return mode_; }

    // Whether it is told one event after the other.
    [[nodiscard]] bool in_order() const noexcept { return in_order_; }

    // Its name, of one that is synchronous: reports tell it.
    [[nodiscard]] std::string const& wording() const noexcept { return wording_; }

    // What must be true of an event; none: nothing must.
    [[nodiscard]] std::optional<expression> const& condition() const noexcept { return condition_; }

    // Scheme, host and port, as the guard and the transport take them.
    [[nodiscard]] posthorn::url const& endpoint() const noexcept { return endpoint_; }

  private:
    struct field {
        std::string name;
        text_template value;
    };

    [[nodiscard]] error_code render_parts(event_view const& e, render_limits const& limits,
                                          request_text& out) const;

    explicit compiled_webhook(posthorn::url endpoint) : endpoint_(std::move(endpoint)) {}

    friend class webhook_compiler;

    posthorn::url endpoint_;
    std::size_t object_ = 0;
    std::optional<action> what_;
    std::optional<expression> condition_;
    verb method_ = verb::post;
    call_mode mode_ = call_mode::fire_and_forget;
    bool in_order_ = false;
    std::string wording_;
    // Whether the URL ends with its authority or goes on with '?': the request line then needs the path "/".
    bool slash_ = false;
    // How many dot segments the path may have, namely those that are written; none: values cannot make more.
    std::optional<std::size_t> dot_segments_;
    std::optional<text_template> target_;
    std::vector<field> headers_;
    std::optional<text_template> body_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/routing/compiled_webhook.ipp>
#endif
