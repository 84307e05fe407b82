// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "admin_desk.hpp"

#include <posthorn/admin/service.hpp>
#include <posthorn/model/url.hpp>

#include "host.hpp"
#include "key_file.hpp"
#include "people.hpp"
#include "settings.hpp"
#include "setup.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace monitor {

namespace {

namespace admin = posthorn::admin;

// Those of the server, without its journal.
struct desk_policies
    : posthorn::default_policies::with_storage<posthorn::sqlite_storage>::with_guard<posthorn::allow_list>::
          with_semantics<posthorn::in_transaction, posthorn::after_commit, posthorn::fire_and_forget> {};

// The server may call the port of its receiver, which is another one in every run and which only the stored
// webhooks name. Whoever may save a webhook cannot open another port with it: the guard of that process
// refused it.
posthorn::allow_list guard_of(posthorn::sqlite_storage& storage, database& rows) {
    posthorn::allow_list guard;
    for (auto const port : usable(&open_ports, rows, {}))
        guard.allow_loopback(port);
    constexpr std::string_view here = "http://127.0.0.1:";
    for (auto const& w : stored_webhooks(storage))
        if (w.url.starts_with(here))
            if (auto const port = std::strtoul(w.url.c_str() + here.size(), nullptr, 10); port < 65536)
                guard.allow_loopback(static_cast<std::uint16_t>(port));
    return guard;
}

posthorn::options options_of(database& rows) {
    posthorn::options o;
    o.languages = usable(&languages, rows, {"en"});
    return o;
}

database& prepared(database& rows) {
    prepare_tables(rows, MONITOR_DATA);
    return rows;
}

// Commands that ask the service nothing are not for users who may not do anything either.
admin::acting_user user_of(database& rows, command const& with) {
    if (auto u = acting_user(rows, with.as, with.language)) {
        if (u->is_active)
            return *std::move(u);
        posthorn::field_errors errors;
        errors.add("user", {posthorn::message_id::user_inactive, {u->name}});
        throw refusal(errors, posthorn::language_of(with.language));
    }
    throw refusal(unknown_user(screen(false, with.language), *with.as));
}

// A key that is missing is made, but not where the history was sealed with it: with another one, every seal
// would look forged.
posthorn::encryption_keys history_keys(posthorn::dispatcher<objects, desk_policies> const& hooks,
                                       command const& with) {
    auto const file = with.key_file + ".history";
    if (has_key(file))
        return keys_from(file);
    auto const verdict = admin::service<objects, desk_policies>(hooks, passing_keys()).verify_history();
    screen const words(false, with.language);
    if (!verdict)
        throw refusal(
            complaint{"history", "history_failed", posthorn::describe(verdict.error(), words.in())});
    if (verdict->is_intact() && verdict->sealed == 0)
        return keys_from(file);
    throw refusal(complaint{
        "history", "history_key_missing",
        words.say("the key file of the history, ", "le fichier de clé de l'historique, ") + file +
            words.say(
                ", is missing, and the history was sealed with its key; restore the file, or name another "
                "key with --key-file",
                ", est introuvable, et l'historique a été scellé avec sa clé ; restaurez le fichier, ou "
                "indiquez une autre clé avec --key-file")});
}

// Found by the id, and by what people call it.
template <class T>
admin::object_source<T> source_of(std::vector<T> all, std::string T::* code, std::string T::* label,
                                  std::int64_t T::* scope = nullptr) {
    admin::object_source<T> source;
    source.list = [all, code, label, scope](std::string_view inside, std::string_view text,
                                            std::size_t limit) {
        std::vector<admin::object_choice> found;
        for (auto const& o : all) {
            auto const name = code == label ? o.*label : o.*code + "  " + o.*label;
            bool const is_inside = scope == nullptr || std::to_string(o.*scope) == inside;
            if (found.size() != limit && is_inside && admin::contains_text(name, text))
                found.emplace_back(std::to_string(o.id), name);
        }
        return found;
    };
    source.load = [all, code, scope](std::string_view id) -> std::optional<T> {
        auto it = std::ranges::find_if(all, [&](T const& o) { return std::to_string(o.id) == id; });
        // Names of what is inside something else are told apart there only.
        if (it == all.end() && scope == nullptr)
            it = std::ranges::find_if(all, [&](T const& o) { return o.*code == id; });
        return it == all.end() ? std::nullopt : std::optional(*it);
    };
    if (scope != nullptr)
        source.is_inside = [scope](T const& o, std::string_view inside) {
            return std::to_string(o.*scope) == inside;
        };
    return source;
}

} // namespace

struct admin_desk::parts {
    explicit parts(command const& with)
        : storage(open_storage(with.data, with.key_file)),
          rows(with.data),
          user(user_of(prepared(rows), with)),
          out(with.json, with.language),
          hooks(io, storage, guard_of(storage, rows), patient_schedule(), options_of(rows)),
          service(hooks, history_keys(hooks, with)) {
        service.offer(
            source_of<project>(table<project>(rows, "projects").load(), &project::code, &project::label));
        service.offer(source_of<phase>(table<phase>(rows, "phases").load(), &phase::label, &phase::label,
                                       &phase::project_id));
        service.offer(source_of<monitor::user>(table<monitor::user>(rows, "users").load(),
                                               &monitor::user::login, &monitor::user::name));
    }

    boost::asio::io_context io{1};
    posthorn::sqlite_storage storage;
    database rows;
    admin::acting_user user;
    screen out;
    posthorn::dispatcher<objects, desk_policies> hooks;
    admin::service<objects, desk_policies> service;
};

admin_desk::admin_desk(command const& with) : parts_(std::make_unique<parts>(with)) {}
admin_desk::~admin_desk() = default;

posthorn::admin::service_base& admin_desk::service() noexcept {
    return parts_->service;
}

posthorn::admin::acting_user const& admin_desk::user() const noexcept {
    return parts_->user;
}

screen const& admin_desk::out() const noexcept {
    return parts_->out;
}

database& admin_desk::rows() noexcept {
    return parts_->rows;
}

admin::test_report admin_desk::test(admin::webhook_form const& form, admin::test_choice const& choice) {
    std::optional<admin::outcome<admin::test_report>> ended;
    parts_->service.async_test(user(), form, choice, [&ended](admin::outcome<admin::test_report> r) {
        ended.emplace(std::move(r));
    });
    while (!ended)
        parts_->io.run_one();
    return accepted(*std::move(ended));
}

bool admin_desk::deliver(std::chrono::seconds at_most, std::function<bool()> const& ended) {
    constexpr std::chrono::milliseconds glance(20);
    auto const end = std::chrono::steady_clock::now() + at_most;
    parts_->hooks.async_run(boost::asio::detached);
    bool done = false;
    while (!done && std::chrono::steady_clock::now() < end) {
        parts_->io.run_for(glance);
        done = ended();
    }
    parts_->hooks.stop();
    parts_->io.run();
    return done;
}

} // namespace monitor
