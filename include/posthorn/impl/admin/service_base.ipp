// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/registry/webhook_changes.hpp>
#include <posthorn/detail/routing/compiled_filter.hpp>
#include <posthorn/detail/text/masking.hpp>
#include <posthorn/impl/detail/text/text_rules.ipp>
#include <posthorn/model/headers.hpp>

#include <algorithm>
#include <iterator>

namespace posthorn::admin {

namespace detail {

// What each user has chosen; the key is his name.
inline constexpr std::string_view active_kind = "list_filter.active";
inline constexpr std::string_view default_list_kind = "list_filter.default";
inline constexpr std::string_view default_filter_kind = "filter.default";

[[nodiscard]] inline field_errors storage_errors(error_code const& why) {
    field_errors errors;
    errors.add("storage", {message_id::storage_says, {why}});
    errors.set_cause(why);
    return errors;
}

[[nodiscard]] inline field_errors one_error(std::string field, message what) {
    field_errors errors;
    errors.add(std::move(field), std::move(what));
    return errors;
}

// What a wording must contain is no longer than a wording.
inline void check_contains(std::string const& text, field_errors& errors) {
    if (text.empty())
        errors.add("contains", message_id::filter_text_missing);
    posthorn::detail::wording_check.run(text, "contains", errors);
}

// Whether the wording contains the text in any language.
[[nodiscard]] inline bool wording_contains(webhook const& w, std::string_view text) {
    return contains_text(w.wording, text) ||
           std::ranges::any_of(w.translations, [&](auto const& t) { return contains_text(t.wording, text); });
}

// Of a field that could not be read nothing else is told, nor whether a verb that is none needs a body, or
// keys one of which is missing are of use.
[[nodiscard]] inline field_errors joined(field_errors const& rules, field_errors const& typed) {
    auto const has = [&](std::string_view field) {
        return std::ranges::any_of(typed, [&](field_error const& e) { return e.field() == field; });
    };
    bool const lacks_key =
        std::ranges::any_of(typed, [](field_error const& e) { return e.field().starts_with("signing["); });
    field_errors all;
    for (auto const& e : rules)
        if (!has(e.field()) && !(e.field() == "body" && has("verb")) &&
            !(e.field() == "signing" && lacks_key))
            all.add(e);
    for (auto const& e : typed)
        all.add(e);
    return all;
}

// "Name: value" each.
inline void add_header_lines(std::string_view block, bool masks, std::vector<std::string>& out) {
    for (auto const field : header_range(block))
        out.push_back(std::string(field.name) + ": " +
                      std::string(masks ? posthorn::detail::secret_mask : field.value));
}

} // namespace detail

// --- rights ---

POSTHORN_DECL field_errors service_base::missing(acting_user const& user, rights needed) {
    field_errors errors;
    if (!user.is_active) {
        errors.add("user", {message_id::user_inactive, {user.name}});
        return errors;
    }
    for (std::size_t i = 0; i != right_count; ++i)
        if (auto const r = static_cast<right>(i); needed.has(r) && !user.may.has(r))
            errors.add("user", {message_id::right_missing, {user.name, to_string(r)}});
    return errors;
}

POSTHORN_DECL field_errors service_base::refused(acting_user const& user, rights needed) const {
    auto errors = missing(user, needed);
    if (!posthorn::detail::is_storable(user.name))
        errors.add("user", message_id::not_utf8);
    if (!errors.empty())
        return errors;
    if (auto const fresh = core_.sync(); !fresh)
        return detail::storage_errors(fresh.error());
    return errors;
}

// --- webhooks ---

POSTHORN_DECL outcome<webhook_list> service_base::webhooks(acting_user const& user,
                                                           webhook_query const& query) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto contains = query.contains;
    if (!contains) {
        auto const narrowed = active(user);
        if (!narrowed)
            return narrowed.error();
        contains = *narrowed ? (*narrowed)->contains : std::string();
    }
    auto const known = core_.filters();
    auto const limit = std::clamp<std::size_t>(query.limit, 1, most_in_a_page);
    // Behind one that was deleted in the meantime comes what was created after it.
    auto const after = query.after.is_nil() ? 0 : core_.place_of(query.after);
    webhook_list list;
    core_.visit([&](webhook const& w, std::uint64_t place) {
        ++list.all;
        bool const here = place > after;
        if (!detail::wording_contains(w, *contains))
            return;
        ++list.matching;
        if (!here)
            return;
        if (list.found.size() == limit) {
            if (list.next.is_nil() && !list.found.empty())
                list.next = list.found.back().id;
            return;
        }
        auto& row = list.found.emplace_back();
        row.id = w.id;
        row.wording = w.wording_in(user.language);
        row.active = w.active;
        row.event = posthorn::detail::event_name(w.object, w.what);
        row.verb = to_string(w.method);
        row.url = w.url;
        row.mode = w.mode;
        if (w.filter)
            if (auto const f = std::ranges::find(known, *w.filter, &filter::id); f != known.end())
                row.filter = may_see(user, f->is_public, f->owner)
                                 ? f->name_in(user.language)
                                 : message(message_id::private_filter).text(language_of(user.language));
    });
    return list;
}

POSTHORN_DECL outcome<webhook_form> service_base::new_webhook(acting_user const& user) const {
    if (auto errors = refused(user, {right::view_webhooks, right::create_webhook}); !errors.empty())
        return errors;
    auto const filter = chosen(detail::default_filter_kind, user);
    if (!filter)
        return filter.error();
    webhook_form f;
    // One that was removed meanwhile, or is not for this user any more, is none.
    if (auto const id = posthorn::detail::parse_id(*filter))
        if (auto const known = find_filter(*id); known && may_see(user, known->is_public, known->owner))
            f.filter = id;
    return f;
}

POSTHORN_DECL outcome<webhook_form> service_base::form(acting_user const& user, uuid const& id) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const w = core_.find(id);
    if (!w)
        return detail::one_error("id", {message_id::webhook_unknown, {to_text(id)}});
    return form_of(*w, core_.marks().keys());
}

POSTHORN_DECL service_base::reading service_base::read(acting_user const& user,
                                                       webhook_form const& form) const {
    reading r;
    r.stored = core_.find(form.id);
    auto const* const stored = r.stored ? &*r.stored : nullptr;
    field_errors typed;
    r.meant = webhook_of(form, stored, typed);
    check_filter_choice(user, form, stored, typed);
    if (!form.id.is_nil() && form.revision == 0)
        typed.add("revision", message_id::revision_missing);
    r.errors = detail::joined(core_.check(r.meant), typed);
    return r;
}

// Somebody else's private filter is nobody's to choose; one that was chosen may stay.
POSTHORN_DECL void service_base::check_filter_choice(acting_user const& user, webhook_form const& form,
                                                     webhook const* stored, field_errors& errors) const {
    if (!form.filter || (stored != nullptr && stored->filter == form.filter))
        return;
    auto const f = find_filter(*form.filter);
    if (f && !may_see(user, f->is_public, f->owner))
        errors.add("filter", {message_id::filter_unknown, {to_text(*form.filter)}});
}

POSTHORN_DECL rights service_base::needed_to_save(webhook_form const& form) {
    return right::view_webhooks | (form.id.is_nil() ? right::create_webhook : right::modify_webhook);
}

POSTHORN_DECL field_errors service_base::check(acting_user const& user, webhook_form const& form) const {
    auto errors = refused(user, needed_to_save(form));
    return errors.empty() ? read(user, form).errors : errors;
}

POSTHORN_DECL outcome<uuid> service_base::save(acting_user const& user, webhook_form const& form) {
    if (auto errors = refused(user, needed_to_save(form)); !errors.empty())
        return errors;
    auto const r = read(user, form);
    if (!form.id.is_nil() && !r.stored)
        return detail::one_error("id", {message_id::webhook_unknown, {to_text(form.id)}});
    if (!r.errors.empty())
        return r.errors;
    return sealed(core_.save(r.meant, user.name));
}

POSTHORN_DECL outcome<webhook_form> service_base::apply(acting_user const& user, webhook_form const& form) {
    if (form.id.is_nil())
        return detail::one_error("id", message_id::apply_needs_saved);
    auto const saved = save(user, form);
    if (!saved)
        return saved.error();
    return this->form(user, *saved);
}

POSTHORN_DECL outcome<void> service_base::remove(acting_user const& user, uuid const& id) {
    if (auto errors = refused(user, {right::view_webhooks, right::delete_webhook}); !errors.empty())
        return errors;
    auto const removed = core_.remove(id, user.name);
    if (!removed && removed.error() == errc::unknown_webhook)
        return detail::one_error("id", {message_id::webhook_unknown, {to_text(id)}});
    if (!removed)
        return detail::storage_errors(removed.error());
    (void)seal_history();
    return {};
}

POSTHORN_DECL posthorn::detail::sealed_storage service_base::history_storage() const {
    constexpr std::size_t page = 256;
    return {[core = core_](history_query const& q) { return core.raw_history(q); },
            [core = core_](registry_commit const& c) { return core.commit(c); }, page};
}

POSTHORN_DECL outcome<uuid> service_base::sealed(outcome<uuid> saved) {
    if (saved)
        (void)seal_history();
    return saved;
}

POSTHORN_DECL result<void> service_base::seal_history() {
    if (!history_keys_)
        return {};
    auto const done = posthorn::detail::seal_new(history_storage(), history_keys_);
    if (!done)
        return done.error();
    return {};
}

POSTHORN_DECL result<history_verdict>
service_base::verify_history(std::optional<history_checkpoint> const& kept) const {
    return posthorn::detail::verify_all(history_storage(), history_keys_, kept);
}

POSTHORN_DECL outcome<history_verdict>
service_base::verify_history(acting_user const& user, std::optional<history_checkpoint> const& kept) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto verdict = verify_history(kept);
    if (!verdict)
        return detail::storage_errors(verdict.error());
    return *std::move(verdict);
}

POSTHORN_DECL outcome<std::vector<history_entry>> service_base::history(acting_user const& user,
                                                                        uuid const& id, std::uint64_t before,
                                                                        std::size_t limit) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    return history(record_kind::webhook, id, before, limit);
}

POSTHORN_DECL outcome<std::vector<history_entry>> service_base::filter_history(acting_user const& user,
                                                                               uuid const& id,
                                                                               std::uint64_t before,
                                                                               std::size_t limit) const {
    // Of one that was removed nobody knows whose it was.
    auto const f = find_filter(id);
    if (auto errors = refused(user, f ? rights() : rights(right::view_public_filters)); !errors.empty())
        return errors;
    if (f && !may_see(user, f->is_public, f->owner))
        return detail::one_error("id", {message_id::filter_unknown, {to_text(id)}});
    return history(record_kind::filter, id, before, limit);
}

POSTHORN_DECL outcome<std::vector<history_entry>>
service_base::history(record_kind kind, uuid const& id, std::uint64_t before, std::size_t limit) const {
    history_query q;
    q.of.emplace(kind, to_text(id));
    q.before = before;
    q.limit = std::clamp<std::size_t>(limit, 1, most_in_a_page);
    auto found = core_.history(q);
    if (!found)
        return detail::storage_errors(found.error());
    return *std::move(found);
}

// --- damaged records ---

POSTHORN_DECL outcome<std::vector<damaged_record>> service_base::damaged(acting_user const& user) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    return core_.damaged();
}

POSTHORN_DECL outcome<void> service_base::remove(acting_user const& user, damaged_record const& which) {
    auto const needed =
        which.which.kind == record_kind::webhook ? right::delete_webhook : right::delete_public_filter;
    if (auto errors = refused(user, right::view_webhooks | needed); !errors.empty())
        return errors;
    if (auto const removed = core_.remove(which, user.name); !removed)
        return detail::storage_errors(removed.error());
    (void)seal_history();
    return {};
}

// --- project filters ---

POSTHORN_DECL bool service_base::may_see(acting_user const& user, bool is_public, std::string_view owner) {
    return is_public ? user.may.has(right::view_public_filters) : !owner.empty() && owner == user.name;
}

POSTHORN_DECL std::optional<filter> service_base::find_filter(uuid const& id) const {
    for (auto& f : core_.filters())
        if (f.id == id)
            return std::move(f);
    return std::nullopt;
}

POSTHORN_DECL outcome<std::vector<filter_row>> service_base::filters(acting_user const& user,
                                                                     std::string_view object) const {
    if (auto errors = refused(user, rights()); !errors.empty())
        return errors;
    auto const chosen_default = chosen(detail::default_filter_kind, user);
    if (!chosen_default)
        return chosen_default.error();
    auto const schema = core_.catalog();
    auto const asked = posthorn::detail::index_of(schema, object);
    std::vector<filter_row> rows;
    for (auto const& f : core_.filters()) {
        if (!may_see(user, f.is_public, f.owner))
            continue;
        if (!object.empty() &&
            (asked == posthorn::detail::no_index ||
             posthorn::detail::filtered_by(schema, asked) != posthorn::detail::index_of(schema, f.object)))
            continue;
        auto& row = rows.emplace_back();
        row.id = f.id;
        row.name = f.name_in(user.language);
        row.object = f.object;
        row.expression = f.expression;
        row.owner = f.owner;
        row.is_public = f.is_public;
        row.is_default = to_text(f.id) == *chosen_default;
    }
    if (user.may.has(right::view_webhooks))
        core_.visit([&](webhook const& w, std::uint64_t) {
            if (w.filter)
                if (auto const row = std::ranges::find(rows, *w.filter, &filter_row::id); row != rows.end())
                    ++row->used_by;
        });
    return rows;
}

namespace detail {

// Fields of fields too, as deep as a person would look.
inline void add_fields(posthorn::record_schema const& in, std::string const& before, int depth,
                       std::vector<filter_field>& out) {
    constexpr int deepest = 4;
    for (auto const& f : in.fields) {
        filter_field field;
        field.path = before + std::string(f.name);
        field.operators = operators_for(f.type);
        if (!field.operators.empty())
            out.push_back(field);
        if (f.type.kind == value_kind::record && depth != deepest)
            add_fields(f.type.record(), field.path + '.', depth + 1, out);
    }
}

} // namespace detail

POSTHORN_DECL std::vector<filter_field> service_base::fields(std::string_view object) const {
    std::vector<filter_field> all;
    auto const schema = core_.catalog();
    if (auto const i = posthorn::detail::index_of(schema, object); i != posthorn::detail::no_index)
        detail::add_fields(schema[i].record(), "", 1, all);
    return all;
}

POSTHORN_DECL outcome<filter_form> service_base::edit_filter(acting_user const& user, uuid const& id) const {
    if (auto errors = refused(user, rights()); !errors.empty())
        return errors;
    auto const f = find_filter(id);
    if (!f || !may_see(user, f->is_public, f->owner))
        return detail::one_error("id", {message_id::filter_unknown, {to_text(id)}});
    filter_form form;
    form.id = f->id;
    form.revision = f->revision;
    form.name = f->name;
    form.translations = f->translations;
    form.object = f->object;
    auto const schema = core_.catalog();
    form.criteria = criteria_of(f->expression, schema, posthorn::detail::index_of(schema, f->object));
    form.expression = f->expression;
    form.is_public = f->is_public;
    return form;
}

POSTHORN_DECL void service_base::check_private_filters(std::size_t owned, field_errors& errors) const {
    if (auto const most = core_.settings().private_filters_per_user; owned >= most)
        errors.add("name", {message_id::too_many_filters, {most}});
}

POSTHORN_DECL outcome<uuid> service_base::save(acting_user const& user, filter_form const& form) {
    if (auto errors = refused(user, rights()); !errors.empty())
        return errors;
    std::optional<filter> before;
    if (!form.id.is_nil()) {
        before = find_filter(form.id);
        if (!before || !may_see(user, before->is_public, before->owner))
            return detail::one_error("id", {message_id::filter_unknown, {to_text(form.id)}});
    }
    bool const was_public = before && before->is_public;
    if (form.is_public || was_public) {
        auto const needed = was_public ? right::modify_public_filter : right::create_public_filter;
        if (auto errors = refused(user, {needed}); !errors.empty())
            return errors;
    }
    filter f;
    f.id = form.id;
    f.revision = form.revision;
    f.name = form.name;
    f.translations = form.translations;
    f.object = form.object;
    f.owner = before ? before->owner : user.name;
    f.is_public = form.is_public;
    field_errors errors;
    if (was_public && !form.is_public)
        errors.add("is_public", message_id::filter_stays_public);
    if (!before && !form.is_public)
        check_private_filters(
            static_cast<std::size_t>(std::ranges::count_if(
                core_.filters(),
                [&](filter const& one) { return !one.is_public && one.owner == user.name; })),
            errors);
    // Who changes what a filter lets pass changes what the webhooks that name it are told.
    if (before && is_used(f.id))
        for (auto const& e : missing(user, {right::modify_webhook}))
            errors.add(e);
    auto const schema = core_.catalog();
    auto const index = posthorn::detail::index_of(schema, form.object);
    f.expression = form.expression;
    if (form.criteria && index != posthorn::detail::no_index) {
        auto const written = to_expression(*form.criteria, schema, index);
        if (!written)
            for (auto const& e : written.error())
                errors.add(e);
        f.expression = written ? *written : std::string();
    }
    if (before && form.revision == 0)
        errors.add("revision", message_id::revision_missing);
    return sealed(core_.save(f, std::move(errors), user.name));
}

POSTHORN_DECL outcome<void> service_base::remove_filter(acting_user const& user, uuid const& id) {
    if (auto errors = refused(user, rights()); !errors.empty())
        return errors;
    auto const f = find_filter(id);
    if (!f || !may_see(user, f->is_public, f->owner))
        return detail::one_error("id", {message_id::filter_unknown, {to_text(id)}});
    if (f->is_public)
        if (auto errors = refused(user, {right::delete_public_filter}); !errors.empty())
            return errors;
    auto const removed = core_.remove_filter(id, user.name);
    if (!removed && removed.error() == errc::filter_in_use) {
        if (!user.may.has(right::view_webhooks))
            return detail::one_error("id", message_id::filter_used_by_some);
        std::string names;
        core_.visit([&](webhook const& w, std::uint64_t) {
            constexpr std::size_t most = 200;
            if (w.filter == id && names.size() < most)
                names.append(names.empty() ? "\"" : ", \"").append(w.wording_in(user.language)).append("\"");
        });
        return detail::one_error("id", {message_id::filter_used, {names}});
    }
    if (!removed)
        return detail::storage_errors(removed.error());
    (void)seal_history();
    return {};
}

POSTHORN_DECL outcome<void> service_base::set_default_filter(acting_user const& user,
                                                             std::optional<uuid> const& id) {
    if (auto errors = refused(user, {}); !errors.empty())
        return errors;
    if (id) {
        auto const f = find_filter(*id);
        if (!f || !may_see(user, f->is_public, f->owner))
            return detail::one_error("id", {message_id::filter_unknown, {to_text(*id)}});
    }
    return choose(detail::default_filter_kind, user, id ? to_text(*id) : std::string());
}

POSTHORN_DECL bool service_base::is_used(uuid const& filter) const {
    bool used = false;
    core_.visit([&](webhook const& w, std::uint64_t) { used = used || w.filter == filter; });
    return used;
}

// --- what a user has chosen ---

POSTHORN_DECL outcome<std::string> service_base::chosen(std::string_view kind,
                                                        acting_user const& user) const {
    auto const found = core_.find({record_kind::setting, posthorn::detail::setting_key(kind, user.name)});
    // A damaged choice is none.
    auto text = found ? posthorn::detail::text_of_record(found->value) : result<std::string>(std::string());
    return text ? *std::move(text) : std::string();
}

POSTHORN_DECL outcome<void> service_base::choose(std::string_view kind, acting_user const& user,
                                                 std::string_view value) {
    record_key key(record_kind::setting, posthorn::detail::setting_key(kind, user.name));
    auto const done = core_.change(
        core_.putting(std::move(key),
                      value.empty() ? std::nullopt : std::optional(posthorn::detail::record_of_text(value))));
    if (!done)
        return detail::storage_errors(done.error());
    return {};
}

// --- filters of the list ---

POSTHORN_DECL outcome<std::vector<list_filter>> service_base::list_filters(acting_user const& user) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    std::vector<list_filter> all;
    // One that is damaged is nobody's to see, and keeps nobody from the others.
    for (auto const& r : core_.all_of(record_kind::list_filter))
        if (auto f = parse_list_filter(r); f && may_see(user, f->is_public, f->owner))
            all.push_back(*std::move(f));
    return all;
}

POSTHORN_DECL outcome<list_filter> service_base::find_list_filter(acting_user const& user,
                                                                  uuid const& id) const {
    auto const found = core_.find({record_kind::list_filter, to_text(id)});
    auto f = found ? parse_list_filter(*found) : result<list_filter>(error_code(errc::unknown_filter));
    if (found && !f)
        return detail::storage_errors(f.error());
    if (!found || !may_see(user, f->is_public, f->owner))
        return detail::one_error("id", {message_id::filter_unknown, {to_text(id)}});
    return *std::move(f);
}

POSTHORN_DECL outcome<uuid> service_base::save(acting_user const& user, list_filter const& wanted) {
    auto errors = refused(user, {right::view_webhooks});
    auto f = wanted;
    bool was_public = false;
    f.owner = user.name;
    if (f.id.is_nil()) {
        f.id = core_.make_id();
    } else {
        auto const before = find_list_filter(user, f.id);
        if (!before)
            return before.error();
        was_public = before->is_public;
        f.owner = before->owner;
        if (f.revision != 0 && f.revision != before->revision) {
            errors.add("revision", {message_id::filter_conflict, {before->revision, f.revision}});
            errors.set_cause(errc::registry_conflict);
        }
    }
    if (f.is_public || was_public)
        for (auto const& e :
             missing(user, {was_public ? right::modify_public_filter : right::create_public_filter}))
            errors.add(e);
    if (!posthorn::detail::has_visible_text(f.name))
        errors.add("name", message_id::filter_name_missing);
    posthorn::detail::filter_name_check.run(f.name, "name", errors);
    detail::check_contains(f.contains, errors);
    if (wanted.id.is_nil() && !f.is_public && errors.empty()) {
        auto const known = list_filters(user);
        if (!known)
            return known.error();
        check_private_filters(static_cast<std::size_t>(std::ranges::count_if(
                                  *known, [](list_filter const& one) { return !one.is_public; })),
                              errors);
    }
    if (was_public && !f.is_public)
        errors.add("is_public", message_id::filter_stays_public);
    if (!errors.empty())
        return errors;
    record_key const key(record_kind::list_filter, to_text(f.id));
    auto const saved = core_.change([&](registry_commit& c) -> result<bool> {
        auto const now = core_.find(key);
        bool const conflict = f.revision != 0 && (!now || now->revision != f.revision);
        if (conflict)
            return {boost::system::in_place_error, make_error_code(errc::registry_conflict)};
        c.changes.emplace_back(key, now ? now->revision : 0, to_text(f));
        return {boost::system::in_place_value, true};
    });
    if (!saved)
        return detail::storage_errors(saved.error());
    return f.id;
}

POSTHORN_DECL outcome<void> service_base::remove_list_filter(acting_user const& user, uuid const& id) {
    auto errors = refused(user, {right::view_webhooks});
    auto const f = find_list_filter(user, id);
    if (!f)
        return f.error();
    if (f->is_public)
        for (auto const& e : missing(user, {right::delete_public_filter}))
            errors.add(e);
    if (!errors.empty())
        return errors;
    auto const erased = core_.change(core_.putting({record_kind::list_filter, to_text(id)}, std::nullopt));
    if (!erased)
        return detail::storage_errors(erased.error());
    return {};
}

POSTHORN_DECL outcome<std::optional<active_filter>> service_base::active(acting_user const& user) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const text = chosen(detail::active_kind, user);
    if (!text)
        return text.error();
    if (text->empty())
        return std::optional<active_filter>();
    auto f = parse_active_filter(*text);
    // A damaged choice is none.
    if (!f)
        return std::optional<active_filter>();
    if (!f->saved)
        return std::optional(*std::move(f));
    auto const saved = find_list_filter(user, *f->saved);
    // One that was removed meanwhile, or is not for this user any more, narrows nothing.
    if (!saved)
        return std::optional<active_filter>();
    f->contains = saved->contains;
    return std::optional(*std::move(f));
}

POSTHORN_DECL outcome<void> service_base::select(acting_user const& user, uuid const& id) {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const f = find_list_filter(user, id);
    if (!f)
        return f.error();
    active_filter selected;
    selected.saved = id;
    return choose(detail::active_kind, user, to_text(selected));
}

POSTHORN_DECL outcome<void> service_base::select_text(acting_user const& user, std::string const& contains) {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    field_errors errors;
    detail::check_contains(contains, errors);
    if (!errors.empty())
        return errors;
    active_filter selected;
    selected.contains = contains;
    return choose(detail::active_kind, user, to_text(selected));
}

POSTHORN_DECL outcome<void> service_base::deselect(acting_user const& user) {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    return choose(detail::active_kind, user, {});
}

POSTHORN_DECL outcome<void> service_base::set_default_list_filter(acting_user const& user,
                                                                  std::optional<uuid> const& id) {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    if (id)
        if (auto const f = find_list_filter(user, *id); !f)
            return f.error();
    return choose(detail::default_list_kind, user, id ? to_text(*id) : std::string());
}

POSTHORN_DECL outcome<std::optional<uuid>> service_base::default_list_filter(acting_user const& user) const {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const text = chosen(detail::default_list_kind, user);
    if (!text)
        return text.error();
    return posthorn::detail::parse_id(*text);
}

POSTHORN_DECL outcome<void> service_base::begin_session(acting_user const& user) {
    if (auto errors = refused(user, {right::view_webhooks}); !errors.empty())
        return errors;
    auto const narrowed = chosen(detail::active_kind, user);
    if (!narrowed)
        return narrowed.error();
    auto const id = default_list_filter(user);
    if (!id)
        return id.error();
    if (!narrowed->empty() || !*id || !find_list_filter(user, **id))
        return {};
    return select(user, **id);
}

} // namespace posthorn::admin
