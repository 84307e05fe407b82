// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>
#include <posthorn/detail/engine/trial.hpp>
#include <posthorn/detail/registry/webhook_changes.hpp>
#include <posthorn/detail/text/text_rules.hpp>
#include <posthorn/impl/admin/service_base.ipp>
#include <posthorn/impl/transaction_report.ipp>

#include <algorithm>
#include <functional>
#include <utility>

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

namespace detail {

using choice_source = std::function<std::vector<object_choice>(std::size_t limit)>;

// Choices behind that of an id, at most `limit`; none at all if there is no such choice any more. A source
// lists from its first object on, so more and more of them are asked for.
[[nodiscard]] inline std::optional<std::vector<object_choice>>
choices_after(choice_source const& list, std::string_view id, std::size_t limit) {
    for (auto asked = limit;; asked *= 2) {
        auto all = list(asked);
        bool const are_all = all.size() < asked;
        auto const last = std::ranges::find(all, id, &object_choice::id);
        if (last == all.end() && are_all)
            return std::nullopt;
        if (last == all.end() || (!are_all && static_cast<std::size_t>(all.end() - last) <= limit))
            continue;
        all.erase(all.begin(), last + 1);
        all.resize(std::min(all.size(), limit));
        return all;
    }
}

// What a test says in the history: the URL that it was made with, and the fields in which the form differs
// from what is saved.
[[nodiscard]] inline std::vector<field_change> test_note(webhook const& saved, webhook const& meant,
                                                         posthorn::detail::fingerprints const& marks) {
    auto changes = posthorn::detail::changes_between(&saved, &meant, marks);
    auto const url = std::ranges::find(changes, "url", &field_change::field);
    if (url == changes.end())
        changes.insert(changes.begin(), field_change("url", saved.url, meant.url));
    else
        std::rotate(changes.begin(), url, url + 1);
    return changes;
}

} // namespace detail

POSTHORN_DECL outcome<std::vector<object_choice>>
service_base::objects(acting_user const& user, std::string_view object, std::string_view scope,
                      std::string_view text, std::size_t limit, std::string_view after) const {
    if (auto errors = missing(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const index = posthorn::detail::index_of(core_.catalog(), object);
    if (index == posthorn::detail::no_index || !sources_[index].list)
        return detail::one_error("object", {message_id::object_not_offered, {object}});
    auto const list = [&](std::size_t most) { return sources_[index].list(scope, text, most); };
    limit = std::clamp<std::size_t>(limit, 1, most_in_a_page);
    if (after.empty())
        return list(limit);
    auto found = detail::choices_after(list, after, limit);
    if (!found)
        return detail::one_error("after", {message_id::object_unknown, {object, after}});
    return *std::move(found);
}

POSTHORN_DECL bool service_base::is_inside(std::size_t object, void const* found,
                                           test_choice const& choice) const {
    auto const& source = sources_[object];
    if (source.is_inside)
        return source.is_inside(found, choice.scope);
    if (!source.list)
        return true;
    auto const list = [&](std::size_t most) { return source.list(choice.scope, {}, most); };
    return detail::choices_after(list, choice.object, most_in_a_page).has_value();
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

POSTHORN_DECL std::shared_ptr<posthorn::detail::trial>
service_base::render_test(acting_user const& user, std::shared_ptr<posthorn::detail::trial> call,
                          webhook const& meant, test_choice const& choice, field_errors& errors) const {
    auto const schema = core_.catalog();
    auto const index = posthorn::detail::index_of(schema, meant.object);
    auto const in = schema[index].scope;
    auto const object = load(index, choice.object, "object", errors);
    std::shared_ptr<void const> scope;
    if (in != posthorn::detail::no_index) {
        scope = load(in, choice.scope, "scope", errors);
        if (object && scope && !is_inside(index, object.get(), choice))
            errors.add("object", {message_id::object_elsewhere,
                                  {schema[index].name, choice.object, schema[in].name, choice.scope}});
    }
    if (!errors.empty())
        return nullptr;
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
    if (auto const failed = call->render(e))
        errors.add("object", {message_id::test_not_rendered, {failed}});
    return call;
}

POSTHORN_DECL outcome<service_base::prepared_test>
service_base::prepare_test(acting_user const& user, webhook_form const& form,
                           test_choice const& choice) const {
    if (auto errors = missing(user, needed_to_save(form)); !errors.empty())
        return errors;
    auto const stored = core_.find(form.id);
    field_errors typed;
    auto meant = webhook_of(form, stored ? &*stored : nullptr, typed);
    if (!meant.wording.empty() && !posthorn::detail::has_visible_text(meant.wording))
        typed.add("wording", message_id::wording_missing);
    prepared_test made;
    if (stored)
        made.noted = detail::test_note(*stored, meant, core_.marks());
    // It decides about events, and this is none.
    meant.condition.clear();
    field_errors errors;
    made.call = core_.try_out(meant, errors);
    if (!made.call || !typed.empty())
        return detail::joined(errors, typed);
    made.call = render_test(user, std::move(made.call), meant, choice, errors);
    if (!errors.empty())
        return errors;
    return made;
}

POSTHORN_DECL void service_base::start_test(acting_user const& user, webhook_form const& form,
                                            test_choice const& choice, test_handler handler) {
    auto made = prepare_test(user, form, choice);
    if (!made)
        return std::move(handler)(outcome<test_report>(made.error()));
    if (made->noted)
        if (auto const noted =
                core_.note(form.id, history_action::tested, user.name, *std::move(made->noted));
            !noted)
            return std::move(handler)(outcome<test_report>(detail::storage_errors(noted.error())));
    (void)seal_history();
    auto const in = language_of(user.language);
    auto const call = made->call;
    posthorn::detail::trial::send(call, [call, in, handler = std::move(handler)]() mutable {
        std::move(handler)(outcome<test_report>(detail::report_of(*call, in)));
    });
}

} // namespace posthorn::admin
