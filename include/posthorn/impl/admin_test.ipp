// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>
#include <posthorn/detail/trial.hpp>
#include <posthorn/impl/admin_service.ipp>
#include <posthorn/impl/transaction_report.ipp>

namespace posthorn::admin {

namespace detail {

[[nodiscard]] inline test_report report_of(posthorn::detail::trial const& made, language in) {
    auto const called = made.report();
    auto const& sent = made.sent();
    auto const& got = made.outcome();
    test_report r;
    r.url = called.url();
    r.method = to_string(called.method());
    add_header_lines(sent.headers, false, r.headers);
    add_header_lines(sent.secret_headers, true, r.headers);
    add_header_lines(sent.signature_headers, false, r.headers);
    r.body = sent.body;
    r.error = got.error;
    r.status = got.response.status;
    r.answer = got.response.excerpt;
    r.location = got.response.location;
    r.detail = got.detail;
    r.took = made.took();
    if (got.error)
        r.messages.push_back(posthorn::detail::technical_error(in));
    r.messages.push_back(posthorn::detail::formula_review(r.url, in));
    r.messages.push_back(called.message(in));
    r.retried_after = made.retried_after();
    return r;
}

} // namespace detail

POSTHORN_DECL outcome<std::vector<object_choice>>
service_base::objects(acting_user const& user, std::string_view object, std::string_view scope,
                      std::string_view text, std::size_t limit) const {
    if (auto errors = missing(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const index = posthorn::detail::index_of(core_.catalog(), object);
    if (index == posthorn::detail::no_index || !sources_[index].list)
        return detail::one_error("object", {message_id::object_not_offered, {object}});
    return sources_[index].list(scope, text, limit);
}

POSTHORN_DECL std::shared_ptr<void const> service_base::load(std::size_t object, std::string const& id,
                                                             char const* field, field_errors& errors) const {
    auto const& source = sources_[object];
    if (!source.load) {
        errors.add(field, {message_id::object_not_offered, {core_.catalog()[object].name}});
        return nullptr;
    }
    auto found = source.load(id);
    if (!found)
        errors.add(field, {message_id::object_unknown, {core_.catalog()[object].name, id}});
    return found;
}

POSTHORN_DECL outcome<std::shared_ptr<posthorn::detail::trial>>
service_base::prepare_test(acting_user const& user, webhook_form const& form,
                           test_choice const& choice) const {
    if (auto errors = missing(user, needed_to_save(form)); !errors.empty())
        return errors;
    auto const stored = core_.find(form.id);
    field_errors typed;
    auto meant = webhook_of(form, stored ? &*stored : nullptr, typed);
    // It decides about events, and this is none.
    meant.condition.clear();
    field_errors rules;
    auto made = core_.try_out(meant, rules);
    if (!made || !typed.empty())
        return detail::joined(rules, typed);
    auto const schema = core_.catalog();
    auto const index = posthorn::detail::index_of(schema, form.object);
    field_errors errors;
    auto const object = load(index, choice.object, "object", errors);
    std::shared_ptr<void const> scope;
    if (schema[index].scope != posthorn::detail::no_index)
        scope = load(schema[index].scope, choice.scope, "scope", errors);
    if (!errors.empty())
        return errors;
    auto const what = meant.what.value_or(choice.what);
    posthorn::detail::event_view e{index,
                                   what,
                                   object.get(),
                                   what == action::created ? nullptr : object.get(),
                                   scope.get(),
                                   user.name,
                                   {},
                                   {},
                                   uuid_text(uuid{})};
    if (auto const failed = made->render(e))
        return detail::one_error("object", {message_id::test_not_rendered, {failed}});
    return made;
}

POSTHORN_DECL void service_base::start_test(acting_user const& user, webhook_form const& form,
                                            test_choice const& choice, test_handler handler) {
    auto made = prepare_test(user, form, choice);
    if (!made)
        return std::move(handler)(outcome<test_report>(made.error()));
    if (core_.find(form.id))
        if (auto const noted = core_.note(form.id, history_action::tested, user.name, {}); !noted)
            return std::move(handler)(outcome<test_report>(detail::storage_errors(noted.error())));
    (void)seal_history();
    auto const in = language_of(user.language);
    posthorn::detail::trial::send(*made, [made = *made, in, handler = std::move(handler)]() mutable {
        std::move(handler)(outcome<test_report>(detail::report_of(*made, in)));
    });
}

} // namespace posthorn::admin
