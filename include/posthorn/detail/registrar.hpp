// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/compiled_filter.hpp>
#include <posthorn/detail/compiled_webhook.hpp>
#include <posthorn/detail/deactivation.hpp>
#include <posthorn/detail/late_problems.hpp>
#include <posthorn/detail/policy_table.hpp>
#include <posthorn/detail/routing.hpp>
#include <posthorn/detail/snapshot.hpp>
#include <posthorn/detail/text_rules.hpp>
#include <posthorn/detail/webhook_changes.hpp>
#include <posthorn/detail/webhook_preparer.hpp>
#include <posthorn/expression/syntax.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/header_rules.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/webhook.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::detail {

// Webhooks and saved filters: checks them, keeps them with the registry, and makes of them what events are
// matched with. The engine owns it, and is told which lanes have new settings. Safe from any thread.
template <class Engine>
class registrar {
  public:
    using key = typename Engine::key;
    using lane_type = lane<key>;
    using table = routing_table<key>;

    registrar(Engine& owner, catalog_schema catalog, std::size_t shards)
        : engine_(owner), catalog_(catalog), shards_(shards), editor_(catalog), routes_(editor_.publish()) {}

    registrar(registrar const&) = delete;
    registrar& operator=(registrar const&) = delete;

    // Threads that dispatched remember a table, and with it the lanes; their secrets go now.
    ~registrar() {
        for (auto const& [id, e] : webhooks_) {
            e.home->current.reset();
            e.home->calls.set(nullptr);
        }
    }

    // The routes of now.
    [[nodiscard]] std::shared_ptr<table const> routes() const { return routes_.load(); }

    // --- webhooks ---

    // Any thread.
    [[nodiscard]] boost::system::result<uuid, field_errors> save(webhook w, std::string_view user) {
        problems met(engine_);
        changing const now(*this);
        return save(std::move(w), met, user);
    }

    // Any thread: one call of the registry, when nobody else has one.
    template <class Result, class... Parameters, class... Values>
    [[nodiscard]] Result ask(Result (policy_table::*what)(Parameters...), Values const&... with) {
        changing const now(*this);
        return (policies().*what)(with...);
    }

    // The same, unless somebody else has one: none. Waits for nobody.
    template <class Result, class... Parameters, class... Values>
    [[nodiscard]] std::optional<Result> try_ask(Result (policy_table::*what)(Parameters...),
                                                Values const&... with) {
        changing const now(*this, std::try_to_lock);
        return now ? std::optional<Result>((policies().*what)(with...)) : std::nullopt;
    }

    // Any thread.
    [[nodiscard]] result<void> remove(uuid const& id, std::string_view user) {
        changing const now(*this);
        auto const it = webhooks_.find(id);
        if (it == webhooks_.end())
            return error_code(errc::unknown_webhook);
        auto const noted = entry_of(&it->second.what, nullptr, history_action::deleted, user);
        if (auto const erased = policies().erase(id, noted); !erased)
            return erased.error();
        engine_.failing().erase_now(id, true);
        std::scoped_lock const lock(mutex_);
        auto const home = it->second.home;
        name_filter(it->second, std::nullopt);
        webhooks_.erase(it);
        editor_.erase(id);
        routes_.store(editor_.publish());
        home->calls.set(nullptr);
        engine_.configure(home, nullptr);
        engine_.change_queue(id, queue_change::cancel);
        return {};
    }

    // Any thread.
    [[nodiscard]] std::vector<webhook> webhooks() const {
        std::scoped_lock const lock(mutex_);
        return in_order(webhooks_);
    }

    // Any thread; none: there is no such webhook.
    [[nodiscard]] std::optional<webhook> find(uuid const& id) const {
        std::scoped_lock const lock(mutex_);
        auto const it = webhooks_.find(id);
        return it == webhooks_.end() ? std::nullopt : std::optional(it->second.what);
    }

    // Any thread: shows each webhook, in the order of their creation, under the lock.
    void visit(std::function<void(webhook const&)> const& show) const {
        std::scoped_lock const lock(mutex_);
        for (auto const* const e : sorted(webhooks_))
            show(e->what);
    }

    // Any thread: what saving it would refuse.
    [[nodiscard]] std::optional<prepared_webhook> approve(webhook w, field_errors& errors) {
        changing const now(*this);
        return approve(w, history_action::changed, errors);
    }

    // Any thread: what would take part, whatever else is wrong with the webhook.
    [[nodiscard]] std::optional<prepared_webhook> try_out(webhook w, field_errors& errors) const {
        webhook_preparer::keep_secret(w);
        return preparer().prepare(w, errors);
    }

    // Any thread: adds to the history of a webhook what changes nothing of it.
    [[nodiscard]] result<void> note(uuid const& id, history_action what, std::string_view user,
                                    std::vector<field_change> changes) {
        changing const now(*this);
        auto const it = webhooks_.find(id);
        if (it == webhooks_.end())
            return error_code(errc::unknown_webhook);
        auto e = entry_of(&it->second.what, &it->second.what, what, user);
        e.changes = std::move(changes);
        return policies().note(e);
    }

    // --- filters ---

    // Any thread. `errors`: what the caller has found already.
    [[nodiscard]] boost::system::result<uuid, field_errors> save(filter f, field_errors errors) {
        problems met(engine_);
        changing const now(*this);
        if (f.id.is_nil())
            f.id = policies().make_id(policies().now());
        auto compiled = compile_filter(f, catalog_, errors);
        check_texts(f, engine_.settings().languages, errors);
        auto const before = filters_.find(f.id);
        if (before != filters_.end() && before->second.what.object != f.object && in_use(f.id))
            errors.add("object", {message_id::filter_object_fixed, {before->second.what.object}});
        if (!errors.empty())
            return errors;
        if (auto const put = policies().put_filter(f); !put) {
            errors.add("storage", {message_id::filter_not_stored, {put.error()}});
            return errors;
        }
        std::scoped_lock const lock(mutex_);
        // A new name or owner alone changes no route.
        bool const same = before != filters_.end() && before->second.compiled &&
                          before->second.what.object == f.object &&
                          before->second.what.expression == f.expression;
        install(f, std::move(compiled));
        if (!same && in_use(f.id)) {
            for (auto const& webhook : named_by_.at(f.id))
                route_to(webhooks_.at(webhook), met);
            routes_.store(editor_.publish());
        }
        return f.id;
    }

    // Any thread.
    [[nodiscard]] result<void> remove_filter(uuid const& id) {
        changing const now(*this);
        if (filters_.find(id) == filters_.end())
            return error_code(errc::unknown_filter);
        if (in_use(id))
            return error_code(errc::filter_in_use);
        if (auto const erased = policies().erase_filter(id); !erased)
            return erased.error();
        std::scoped_lock const lock(mutex_);
        filters_.erase(id);
        return {};
    }

    // Any thread.
    [[nodiscard]] std::vector<filter> filters() const {
        std::scoped_lock const lock(mutex_);
        return in_order(filters_);
    }

    // Any thread. Waits for nobody who waits for the registry.
    void deactivate(uuid const& id, deactivation why) {
        {
            std::scoped_lock const lock(mutex_);
            gone_.emplace_back(id, why);
        }
        deactivate_gone();
    }

    // --- for the engine ---

    // Whether what the registry holds is known; else nothing can be said of the rows of its webhooks.
    [[nodiscard]] bool loaded() const {
        std::scoped_lock const lock(mutex_);
        return loaded_;
    }

    // False: the registry failed, and is to be asked again.
    bool load() {
        problems met(engine_);
        changing const now(*this);
        auto const filters = policies().load_filters();
        auto const webhooks = policies().load();
        auto const failing = engine_.failing().load();
        for (auto const& ec : {filters.error(), webhooks.error(), failing.error()})
            if (ec) {
                met.add(ec, "the registry could not be loaded");
                return false;
            }
        std::scoped_lock const lock(mutex_);
        for (auto f : *filters) {
            field_errors errors;
            auto compiled = compile_filter(f, catalog_, errors);
            if (!compiled)
                met.add(errc::unknown_filter, "filter " + to_text(f.id) + " is of no use: " + errors.text());
            install(f, std::move(compiled));
        }
        for (auto w : *webhooks) {
            field_errors errors;
            auto made = preparer().prepare(w, errors);
            if (!made)
                met.add(errc::unknown_webhook,
                        "webhook " + to_text(w.id) + " is told nothing: " + errors.text());
            install(w, std::move(made), met);
        }
        routes_.store(editor_.publish());
        engine_.failing().end_load();
        loaded_ = true;
        return true;
    }

    // Shows the lane of each webhook, in the order of their ids, under the lock.
    template <class Show>
    void visit_lanes(Show show) const {
        std::scoped_lock const lock(mutex_);
        for (auto const& [id, e] : webhooks_)
            show(e.home);
    }

    // The lanes of claimed deliveries, one for each.
    [[nodiscard]] std::vector<std::shared_ptr<lane_type>>
    lanes_of(std::vector<claimed_delivery> const& claimed) const {
        std::scoped_lock const lock(mutex_);
        std::vector<std::shared_ptr<lane_type>> homes;
        homes.reserve(claimed.size());
        for (auto const& c : claimed) {
            auto const it = webhooks_.find(c.what->webhook());
            // A row of a webhook that is gone goes through a lane that was removed, where it is cancelled.
            homes.push_back(it != webhooks_.end() ? it->second.home : removed_lane());
        }
        return homes;
    }

    // Any thread; null: there is no such webhook.
    [[nodiscard]] std::shared_ptr<lane_type> lane_of(uuid const& id) const {
        std::scoped_lock const lock(mutex_);
        auto const it = webhooks_.find(id);
        return it == webhooks_.end() ? nullptr : it->second.home;
    }

  private:
    using problems = late_problems<Engine>;

    // Held by the one who changes something: the registry may make him wait, and those who only read do not
    // wait with him.
    class changing {
      public:
        explicit changing(registrar& of) : of_(of), lock_(of.changing_) {}
        changing(registrar& of, std::try_to_lock_t now) : of_(of), lock_(of.changing_, now) {}
        changing(changing const&) = delete;
        changing& operator=(changing const&) = delete;
        ~changing() {
            lock_ = std::unique_lock<std::mutex>();
            // Without memory the webhook stays active, and its receiver says so again.
            (void)shielded([&]() -> result<void> {
                of_.deactivate_gone();
                return {};
            });
        }

        explicit operator bool() const noexcept { return lock_.owns_lock(); }

      private:
        registrar& of_;
        std::unique_lock<std::mutex> lock_;
    };

    // What could not be done while somebody else changed something, he does afterwards.
    void deactivate_gone() {
        while (any_gone()) {
            problems met(engine_);
            std::unique_lock const lock(changing_, std::try_to_lock);
            if (!lock)
                return;
            if (auto const gone = take_gone())
                deactivate(gone->first, gone->second, met);
        }
    }

    [[nodiscard]] bool any_gone() const {
        std::scoped_lock const lock(mutex_);
        return !gone_.empty();
    }

    [[nodiscard]] std::optional<std::pair<uuid, deactivation>> take_gone() {
        std::scoped_lock const lock(mutex_);
        if (gone_.empty())
            return std::nullopt;
        auto const gone = gone_.back();
        gone_.pop_back();
        return gone;
    }

    void deactivate(uuid const& id, deactivation why, problems& met) {
        auto const it = webhooks_.find(id);
        if (it == webhooks_.end() || !it->second.what.active)
            return;
        auto w = it->second.what;
        w.active = false;
        auto const saved =
            save(std::move(w), met, system_user, history_action::disabled, &policy_table::put_soon);
        auto const named = "webhook " + to_text(id);
        std::string const reason(reason_of(why));
        if (saved)
            met.add(errc::http_status, named + " is deactivated: " + reason);
        else
            met.add(errc::http_status, named + " should be deactivated, since " + reason +
                                           ", but could not be: " + saved.error().text());
    }

    struct entry {
        webhook what;
        std::uint64_t order = 0;
        std::shared_ptr<lane_type> home;
        // Null: the registry holds what this host can make nothing of. It is told nothing and its deliveries
        // wait, until it is mended or removed.
        std::shared_ptr<compiled_webhook const> compiled;
    };

    struct filter_entry {
        filter what;
        std::uint64_t order = 0;
        // None: as above; no webhook passes it.
        std::optional<compiled_filter> compiled;
    };

    [[nodiscard]] policy_table& policies() const noexcept { return engine_.policies(); }

    [[nodiscard]] webhook_preparer preparer() const noexcept { return {policies(), catalog_}; }

    [[nodiscard]] static std::shared_ptr<lane_type> removed_lane() {
        auto gone = std::make_shared<lane_type>(uuid{}, 0);
        gone->removed = true;
        return gone;
    }

    // The entries of a map in the order of their creation.
    template <class Entry>
    [[nodiscard]] static std::vector<Entry const*> sorted(std::map<uuid, Entry> const& known) {
        std::vector<Entry const*> ordered;
        ordered.reserve(known.size());
        for (auto const& [id, e] : known)
            ordered.push_back(&e);
        std::ranges::sort(ordered, std::less(), [](auto const* e) { return e->order; });
        return ordered;
    }

    // Their values.
    template <class Entry>
    [[nodiscard]] static std::vector<decltype(Entry::what)> in_order(std::map<uuid, Entry> const& known) {
        std::vector<decltype(Entry::what)> all;
        all.reserve(known.size());
        for (auto const* const e : sorted(known))
            all.push_back(e->what);
        return all;
    }

    void check_filter(webhook const& w, field_errors& errors) const {
        auto const object = index_of(catalog_, w.object);
        if (!w.filter || object == no_index)
            return;
        // What was saved once may be saved again, so that a webhook can be deactivated whatever is missing.
        auto const before = webhooks_.find(w.id);
        if (before != webhooks_.end() && before->second.what.filter == w.filter &&
            before->second.what.object == w.object)
            return;
        auto const wanted = filtered_by(catalog_, object);
        if (wanted == no_index)
            return errors.add("filter", {message_id::filter_without_scope, {in_backticks(w.object)}});
        auto const found = filters_.find(*w.filter);
        if (found == filters_.end())
            errors.add("filter", {message_id::filter_unknown, {to_text(*w.filter)}});
        else if (!found->second.compiled)
            errors.add("filter", message_id::filter_unusable);
        else if (found->second.what.object != catalog_[wanted].name)
            errors.add("filter",
                       {message_id::filter_other_object,
                        {in_backticks(found->second.what.object), in_backticks(catalog_[wanted].name)}});
    }

    [[nodiscard]] bool in_use(uuid const& id) const { return named_by_.contains(id); }

    // Notes which filter a webhook names.
    void name_filter(entry const& of, std::optional<uuid> const& next) {
        if (of.what.filter && of.what.filter != next) {
            auto const known = named_by_.find(*of.what.filter);
            known->second.erase(of.what.id);
            if (known->second.empty())
                named_by_.erase(known);
        }
        if (next)
            named_by_[*next].insert(of.what.id);
    }

    using put_function = result<void> (policy_table::*)(webhook const&, history_entry const&);

    // The caller holds `changing_`.
    [[nodiscard]] boost::system::result<uuid, field_errors>
    save(webhook w, problems& met, std::string_view user, history_action what = history_action::changed,
         put_function put = &policy_table::put) {
        if (w.id.is_nil())
            w.id = policies().make_id(policies().now());
        field_errors errors;
        auto made = approve(w, what, errors);
        if (!made)
            return errors;
        auto const before = webhooks_.find(w.id);
        bool const is_new = before == webhooks_.end();
        w.revision = is_new ? 1 : before->second.what.revision + 1;
        auto const noted = is_new ? entry_of(nullptr, &w, history_action::created, user)
                                  : entry_of(&before->second.what, &w, what, user);
        if (auto const stored = (policies().*put)(w, noted); !stored) {
            errors.add("storage", {message_id::webhook_not_stored, {stored.error()}});
            return errors;
        }
        made->deliveries->anew = !noted.changes.empty();
        // Nothing else waits for a registry on an executor.
        if (made->deliveries->anew && what != history_action::disabled)
            engine_.failing().erase_now(w.id, false);
        std::scoped_lock const lock(mutex_);
        bool const told = !is_new && before->second.compiled && before->second.what.active;
        install(w, std::move(made), met);
        routes_.store(editor_.publish());
        if (!is_new && told != w.active)
            engine_.change_queue(w.id, w.active ? queue_change::resume : queue_change::pause);
        return w.id;
    }

    // Every rule of saving. The caller holds `changing_`.
    [[nodiscard]] std::optional<prepared_webhook> approve(webhook& w, history_action what,
                                                          field_errors& errors) const {
        webhook_preparer::keep_secret(w);
        auto const before = webhooks_.find(w.id);
        check_revision(w, before == webhooks_.end() ? nullptr : &before->second.what, errors);
        auto made = preparer().prepare(w, errors);
        check_filter(w, errors);
        // Nobody is there to give texts to one that is gone.
        if (what != history_action::disabled)
            check_texts(w, engine_.settings().languages, errors);
        return errors.empty() ? std::move(made) : std::nullopt;
    }

    // `before` is null if there is no such webhook.
    static void check_revision(webhook const& w, webhook const* before, field_errors& errors) {
        if (w.revision == 0)
            return;
        if (before == nullptr)
            errors.add("revision", message_id::webhook_deleted);
        else if (w.revision != before->revision)
            errors.add("revision", {message_id::revision_conflict, {before->revision, w.revision}});
    }

    // Null: it was not there before, or is not afterwards.
    [[nodiscard]] history_entry entry_of(webhook const* before, webhook const* after, history_action what,
                                         std::string_view user) const {
        history_entry e;
        e.webhook = before != nullptr ? before->id : after->id;
        e.time = policies().now();
        e.user = user;
        e.what = what;
        e.changes = changes_between(before, after);
        for (auto& c : e.changes)
            if (c.field == "filter") {
                c.from = filter_name(before);
                c.to = filter_name(after);
            }
        return e;
    }

    // People know a filter by its name; that of a private one is its owner's alone.
    [[nodiscard]] std::string filter_name(webhook const* of) const {
        if (of == nullptr || !of->filter)
            return {};
        auto const known = filters_.find(*of->filter);
        return known == filters_.end() || !known->second.what.is_public ? to_text(*of->filter)
                                                                        : known->second.what.name;
    }

    void install(filter const& f, std::optional<compiled_filter> compiled) {
        auto [it, is_new] = filters_.try_emplace(f.id);
        if (is_new)
            it->second.order = ++last_order_;
        it->second.what = f;
        it->second.compiled = std::move(compiled);
    }

    // Makes a webhook take part, from the next table on; none: what it would take part with is wrong. The
    // caller holds both locks.
    void install(webhook const& w, std::optional<prepared_webhook> made, problems& met) {
        auto [it, is_new] = webhooks_.try_emplace(w.id);
        auto& e = it->second;
        if (is_new) {
            e.order = ++last_order_;
            e.home = std::make_shared<lane_type>(w.id, uuid_hash()(w.id) % shards_,
                                                 lane_rules(engine_.settings()));
            engine_.failing().resume(*e.home);
            e.what.id = w.id;
        }
        name_filter(e, w.filter);
        e.what = w;
        if (!made)
            return;
        e.compiled = std::move(made->compiled);
        auto next = std::move(made->deliveries);
        e.home->calls.set(std::move(made->calls));
        // Nobody knows a new lane yet; its first delivery may reach the shard before anything that is posted
        // now.
        if (is_new)
            e.home->configure(std::move(next));
        else
            engine_.configure(e.home, std::move(next));
        route_to(e, met);
    }

    // A filter that is not there, that is wrong, or that is about other objects lets nothing pass.
    void route_to(entry const& e, problems& met) {
        auto const& w = e.what;
        if (!w.active || !e.compiled)
            return editor_.erase(w.id);
        auto const filtered = filtered_by(catalog_, e.compiled->object_index());
        std::optional<expression> test;
        if (w.filter) {
            auto const f = filters_.find(*w.filter);
            if (f == filters_.end() || !f->second.compiled || filtered == no_index ||
                f->second.what.object != catalog_[filtered].name) {
                met.add(errc::unknown_filter, "webhook " + to_text(w.id) + " is told nothing: its filter " +
                                                  to_text(*w.filter) +
                                                  " is missing, wrong, or about other objects");
                return editor_.erase(w.id);
            }
            test = f->second.compiled->test;
        }
        editor_.put({e.order, w.id, e.compiled, e.home}, test, filtered);
    }

    Engine& engine_;
    catalog_schema const catalog_;
    std::size_t const shards_;
    // First the one who changes something, then, for a moment, whoever reads or writes what follows.
    std::mutex changing_;
    mutable std::mutex mutex_;
    // Webhooks to deactivate.
    std::vector<std::pair<uuid, deactivation>> gone_;
    std::map<uuid, entry> webhooks_;
    std::map<uuid, filter_entry> filters_;
    // The webhooks that name a filter.
    std::map<uuid, std::set<uuid>> named_by_;
    std::uint64_t last_order_ = 0;
    bool loaded_ = false;
    routing_editor<key> editor_;
    snapshot<table> routes_;
};

} // namespace posthorn::detail
