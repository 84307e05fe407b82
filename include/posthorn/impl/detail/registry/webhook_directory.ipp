// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/webhook_changes.hpp>
#include <posthorn/detail/registry/webhook_directory.hpp>
#include <posthorn/detail/retry/failing_records.hpp>
#include <posthorn/detail/text/text_rules.hpp>
#include <posthorn/expression/suggestion.hpp>
#include <posthorn/expression/syntax.hpp>

#include <boost/uuid/name_generator_sha1.hpp>

#include <algorithm>
#include <chrono>
#include <functional>

namespace posthorn::detail {

// How often a change is made again when others come first.
inline constexpr int most_tries = 100;

// What the observer is told at the end of the scope, once locks are free, since it may ask the dispatcher
// something.
class webhook_directory::problems {
  public:
    explicit problems(directory_owner& to) noexcept : to_(to) {}
    problems(problems const&) = delete;
    problems& operator=(problems const&) = delete;
    ~problems() {
        for (auto const& [ec, text] : all_)
            to_.problem(ec, text);
    }

    void add(error_code ec, std::string text) { all_.emplace_back(ec, std::move(text)); }

  private:
    directory_owner& to_;
    std::vector<std::pair<error_code, std::string>> all_;
};

// The entries of a map in the order of their creation.
template <class Entry>
[[nodiscard]] std::vector<Entry const*> by_creation(std::map<uuid, Entry> const& known) {
    std::vector<Entry const*> ordered;
    ordered.reserve(known.size());
    for (auto const& [id, e] : known)
        if (e.readable)
            ordered.push_back(&e);
    std::ranges::sort(ordered, std::less(),
                      [](auto const* e) { return std::pair(e->stored.created, e->what.id); });
    return ordered;
}

[[nodiscard]] inline record_key key_of(record_kind kind, uuid const& id) {
    return {kind, to_text(id)};
}

[[nodiscard]] inline record_key failing_key(uuid const& id) {
    return {record_kind::setting, setting_key(failing_kind, to_text(id))};
}

// The webhook that a record says of since when it fails; none: it is another record.
[[nodiscard]] inline std::optional<uuid> failing_id(record_key const& key) {
    auto const prefix = setting_key(failing_kind, "");
    if (key.kind != record_kind::setting || !key.key.starts_with(prefix))
        return std::nullopt;
    return parse_id(std::string_view(key.key).substr(prefix.size()));
}

// None: it does not fail, or what is stored cannot be read.
[[nodiscard]] inline std::optional<failing_record> failing_of(record const& r) {
    auto const text = r.erased ? result<std::string>(std::string()) : text_of_record(r.value);
    return text ? parse_failing_text(*text) : std::nullopt;
}

POSTHORN_DECL webhook_directory::webhook_directory(directory_owner& owner, policy_table& policies,
                                                   options const& settings, catalog_schema catalog,
                                                   std::size_t shards)
    : owner_(owner),
      policies_(policies),
      options_(settings),
      catalog_(catalog),
      shards_(shards),
      sealer_(policies.keys(), [p = &policies] { return p->random(); }),
      marks_(sealer_.keys()),
      editor_(catalog),
      routes_(editor_.publish()) {}

POSTHORN_DECL webhook_directory::~webhook_directory() {
    for (auto const& [id, e] : webhooks_) {
        e.home->current.reset();
        e.home->calls.set(nullptr);
    }
}

// --- how fresh it is ---

POSTHORN_DECL result<void> webhook_directory::ready() const {
    std::scoped_lock const lock(mutex_);
    if (loaded())
        return {};
    return failed_ ? failed_ : make_error_code(errc::registry_unavailable);
}

POSTHORN_DECL void webhook_directory::note_newer(std::uint64_t generation) noexcept {
    auto seen = newest_.load();
    while (seen < generation && !newest_.compare_exchange_weak(seen, generation)) {
    }
}

POSTHORN_DECL void webhook_directory::checked() {
    auto const next = policies_.steady_now() + options_.registry_poll;
    check_at_ = next.time_since_epoch().count();
}

POSTHORN_DECL result<void> webhook_directory::unavailable(error_code const& why, char const* text) {
    {
        std::scoped_lock const lock(mutex_);
        failed_ = why;
    }
    owner_.problem(why, text);
    return error_code(errc::registry_unavailable);
}

POSTHORN_DECL result<void> webhook_directory::freshen() {
    if (loaded() && !is_known_to_be_stale() &&
        (watched_ || policies_.steady_now().time_since_epoch().count() < check_at_.load()))
        return {};
    return sync();
}

POSTHORN_DECL result<void> webhook_directory::sync_to(std::uint64_t generation) {
    return loaded() && known_ == generation ? result<void>() : load();
}

POSTHORN_DECL result<void> webhook_directory::sync() {
    if (!loaded())
        return load();
    auto const now = policies_.generation();
    if (!now)
        return unavailable(now.error(), "the registry could not be asked for its generation");
    if (*now != known_)
        return load();
    checked();
    return {};
}

// A registry of the host's may forget to say that all of it is all of it.
[[nodiscard]] inline result<registry_load> checked_load(result<registry_load> loaded, std::uint64_t after) {
    if (loaded && after == 0 && !loaded->complete)
        return error_code(errc::incomplete_load);
    return loaded;
}

POSTHORN_DECL result<void> webhook_directory::load() {
    for (int i = 0; i != most_tries; ++i) {
        auto const known = known_.load();
        auto loaded = checked_load(policies_.load(known), known);
        if (!loaded)
            return unavailable(loaded.error(), "the registry could not be loaded");
        if (apply(*std::move(loaded), known))
            return {};
    }
    return unavailable(errc::registry_conflict, "the registry is replaced by an older copy again and again");
}

POSTHORN_DECL boost::asio::awaitable<result<void>> webhook_directory::async_sync() {
    if (loaded()) {
        auto asking = policies_.async_generation();
        auto const now = co_await std::move(asking);
        if (!now)
            co_return unavailable(now.error(), "the registry could not be asked for its generation");
        if (*now == known_) {
            checked();
            co_return result<void>();
        }
    }
    for (int i = 0; i != most_tries; ++i) {
        auto const known = known_.load();
        auto loading = policies_.async_load(known);
        auto answered = co_await std::move(loading);
        auto loaded = checked_load(std::move(answered), known);
        if (!loaded)
            co_return unavailable(loaded.error(), "the registry could not be loaded");
        if (apply(*std::move(loaded), known))
            co_return result<void>();
    }
    co_return unavailable(errc::registry_conflict,
                          "the registry is replaced by an older copy again and again");
}

POSTHORN_DECL result<void> webhook_directory::reload() {
    if (auto const done = sync(); !done)
        return done;
    std::vector<record> again;
    {
        std::scoped_lock const lock(mutex_);
        for (auto const& [id, e] : filters_)
            if (!e.compiled)
                again.push_back(e.stored);
        for (auto const& id : unusable_)
            again.push_back(webhooks_.at(id).stored);
    }
    problems met(owner_);
    auto loaded = read(std::move(again));
    std::scoped_lock const lock(mutex_);
    // What was changed or erased meanwhile is known already.
    std::erase_if(loaded.filters, [&](filter_entry const& f) {
        auto const it = filters_.find(f.what.id);
        return it == filters_.end() || !(it->second.stored == f.stored);
    });
    std::erase_if(loaded.webhooks, [&](loaded_webhook const& w) {
        auto const it = webhooks_.find(w.next.what.id);
        return it == webhooks_.end() || !(it->second.stored == w.next.stored);
    });
    install(std::move(loaded), met);
    publish();
    return {};
}

// --- loading ---

// `known`: the generation known before the load began. A load with a smaller one comes from a registry that
// was replaced by an older copy, so the cached state is discarded. False: another thread has changed the
// cached state in the meantime, and the registry must be loaded again.
POSTHORN_DECL bool webhook_directory::apply(registry_load loaded, std::uint64_t known) {
    problems met(owner_);
    bool const went_back = loaded.generation < known;
    // A registry of the host's may count wrongly; what is known must never seem newer than what comes next.
    for (auto& r : loaded.records)
        r.changed = std::min(r.changed, loaded.generation);
    std::set<record_key> listed;
    if (loaded.complete)
        listed.insert(loaded.records.begin(), loaded.records.end());
    auto all = read(newer(std::move(loaded.records)));
    std::scoped_lock const lock(mutex_);
    if (known_ < known || (went_back && known_ != known))
        return false;
    checked();
    // Another thread was faster: this may still have what is erased by now, and nothing else is new in it.
    if (!went_back && this->loaded() && loaded.generation <= known_)
        return true;
    if (went_back)
        forget_age();
    if (loaded.complete)
        erase_unlisted(listed, loaded.generation);
    install(std::move(all), met);
    publish();
    failed_ = {};
    known_ = went_back ? loaded.generation : std::max(known_.load(), loaded.generation);
    if (went_back)
        newest_ = loaded.generation;
    loaded_.store(true, std::memory_order_release);
    return true;
}

// Those that are not known here in this state, or a later one.
POSTHORN_DECL std::vector<record> webhook_directory::newer(std::vector<record> all) const {
    std::scoped_lock const lock(mutex_);
    std::erase_if(all, [&](record const& r) {
        auto const id = parse_id(r.key);
        if (id && r.kind == record_kind::webhook)
            if (auto const it = webhooks_.find(*id); it != webhooks_.end())
                return it->second.stored == r;
        if (id && r.kind == record_kind::filter)
            if (auto const it = filters_.find(*id); it != filters_.end())
                return it->second.stored == r;
        return false;
    });
    return all;
}

POSTHORN_DECL webhook_directory::loaded_records webhook_directory::read(std::vector<record> all) const {
    loaded_records found;
    for (auto& r : all) {
        bool const named = parse_id(r.key).value_or(uuid()) != uuid();
        if (named && r.kind == record_kind::webhook)
            found.webhooks.push_back(read_webhook(std::move(r)));
        else if (named && r.kind == record_kind::filter)
            found.filters.push_back(read_filter(std::move(r)));
        else
            found.others.push_back(std::move(r));
    }
    return found;
}

// `where`: the member of the record that is to blame; empty: all of it.
[[nodiscard]] inline std::string damage_text(std::string const& where) {
    return where.empty() ? "what is stored is not a JSON object in UTF-8"
                         : "in what is stored, " + in_backticks(where) + " is missing or not valid";
}

POSTHORN_DECL webhook_directory::loaded_webhook webhook_directory::read_webhook(record r) const {
    loaded_webhook l;
    auto& e = l.next;
    e.stored = std::move(r);
    auto const id = *parse_id(e.stored.key);
    e.what.id = id;
    e.what.revision = e.stored.revision;
    if (e.stored.erased)
        return l;
    std::string where;
    auto facts = facts_of(e.stored.value, &where);
    auto secrets =
        facts ? sealer_.opened(id, facts->secrets) : result<std::vector<secret_field>>(facts.error());
    auto w = secrets ? webhook_of(id, e.stored.value, *std::move(secrets), &where)
                     : result<webhook>(secrets.error());
    if (!w) {
        e.problem = w.error() == errc::bad_record ? damage_text(where) : w.error().message();
        // What it names is not to be removed.
        e.what.filter = selector_of(e.stored.value).filter;
        return l;
    }
    if (w->active != e.stored.active) {
        e.problem = w->active ? "its deliveries are held back, although its record says that it is active"
                              : "its deliveries are handed out, although its record says that it is inactive";
        e.what.filter = w->filter;
        return l;
    }
    e.facts = *std::move(facts);
    e.what = *std::move(w);
    e.what.revision = e.stored.revision;
    e.readable = true;
    field_errors errors;
    l.made = preparer().prepare(e.what, errors);
    if (!l.made)
        e.problem = errors.text();
    return l;
}

POSTHORN_DECL webhook_directory::filter_entry webhook_directory::read_filter(record r) const {
    filter_entry e;
    e.stored = std::move(r);
    auto const id = *parse_id(e.stored.key);
    e.what.id = id;
    if (e.stored.erased)
        return e;
    std::string where;
    auto f = filter_of(id, e.stored.value, &where);
    if (!f) {
        e.problem = damage_text(where);
        return e;
    }
    e.what = *std::move(f);
    e.what.revision = e.stored.revision;
    e.readable = true;
    field_errors errors;
    e.compiled = compile_filter(e.what, catalog_, errors);
    if (!e.compiled)
        e.problem = errors.text();
    return e;
}

// What is not to be called, but not removed.
[[nodiscard]] inline std::shared_ptr<lane_settings<engine_key>> unusable_settings(std::uint64_t revision) {
    auto settings = std::make_shared<lane_settings<engine_key>>(
        lane_settings<engine_key>{parse_url("https://unusable.invalid/").value(), secret(), nullptr, false});
    settings->unusable = true;
    settings->revision = revision;
    return settings;
}

// The caller holds the lock, here and in what follows.
POSTHORN_DECL void webhook_directory::install(loaded_records all, problems& met) {
    for (auto& r : all.others)
        install(std::move(r));
    std::set<uuid> touched;
    for (auto& f : all.filters)
        install(std::move(f), touched, met);
    std::set<uuid> routed;
    for (auto& w : all.webhooks) {
        routed.insert(w.next.what.id);
        install(std::move(w), met);
    }
    for (auto const& id : touched)
        if (auto const named = named_by_.find(id); named != named_by_.end())
            for (auto const& webhook : named->second)
                if (!routed.contains(webhook))
                    route_to(webhooks_.at(webhook), met);
}

POSTHORN_DECL void webhook_directory::publish() {
    editor_.set_unusable(unusable());
    routes_.store(editor_.publish());
    for (auto const& id : std::exchange(removed_, {}))
        owner_.change_queue(id, queue_change::cancel);
}

POSTHORN_DECL void webhook_directory::cancel_orphans(rendered_event const& b, result<void> const& stored) {
    if (!stored || b.rows.empty() || b.routes == routes_.load())
        return;
    std::scoped_lock const lock(mutex_);
    std::set<uuid> orphaned;
    for (auto const& match : b.matches)
        if (!webhooks_.contains(match->webhook) && orphaned.insert(match->webhook).second)
            owner_.change_queue(match->webhook, queue_change::cancel);
}

// Whatever is loaded next is newer.
POSTHORN_DECL void webhook_directory::forget_age() {
    for (auto& [id, e] : webhooks_)
        e.stored.changed = 0;
    for (auto& [id, e] : filters_)
        e.stored.changed = 0;
    for (auto& [key, r] : others_)
        r.changed = 0;
}

POSTHORN_DECL void webhook_directory::install(record next) {
    auto const known = others_.find(next);
    if (known != others_.end() && known->second.changed > next.changed)
        return;
    if (auto const id = failing_id(next))
        if (auto const of = webhooks_.find(*id); of != webhooks_.end())
            owner_.failing_changed(of->second.home, failing_of(next));
    if (next.erased)
        others_.erase(next);
    else
        others_.insert_or_assign(next, std::move(next));
}

POSTHORN_DECL void webhook_directory::install(filter_entry next, std::set<uuid>& touched, problems& met) {
    auto const id = next.what.id;
    auto const known = filters_.find(id);
    if (known != filters_.end() && known->second.stored.changed > next.stored.changed)
        return;
    // A new name or owner alone changes no route.
    if (known == filters_.end() || next.stored.erased || !known->second.compiled || !next.compiled ||
        known->second.what.object != next.what.object ||
        known->second.what.expression != next.what.expression)
        touched.insert(id);
    if (next.stored.erased) {
        filters_.erase(id);
        return;
    }
    if (!next.compiled)
        met.add(errc::bad_record, "filter " + to_text(id) + " cannot be used: " + next.problem);
    filters_.insert_or_assign(id, std::move(next));
}

POSTHORN_DECL void webhook_directory::install(loaded_webhook next, problems& met) {
    auto const id = next.next.what.id;
    auto it = webhooks_.find(id);
    if (it != webhooks_.end() && it->second.stored.changed > next.next.stored.changed)
        return;
    if (next.next.stored.erased) {
        if (it != webhooks_.end())
            erase(it, next.next.stored.created);
        erased_.insert_or_assign(id, next.next.stored.created);
        return;
    }
    erased_.erase(id);
    bool const is_new = it == webhooks_.end();
    if (is_new) {
        it = webhooks_.try_emplace(id).first;
        it->second.home = new_lane(id);
    }
    auto& e = it->second;
    auto const queue_before = is_new ? std::nullopt : queue_of(e);
    // Changes that were not seen one by one may have left rows behind; a first load looks at all.
    bool const skipped = is_new ? loaded() && next.next.stored.revision > 1
                                : next.next.stored.revision > e.stored.revision + 1;
    auto same = next.next.what;
    same.revision = e.what.revision;
    bool const differs = !is_new && (e.stored.created != next.next.stored.created || !(same == e.what));
    name_filter(e, std::nullopt);
    auto const home = e.home;
    e = std::move(next.next);
    e.home = home;
    name_filter(e, e.what.filter);
    if (!next.made)
        met.add(errc::webhook_unusable, "webhook " + to_text(id) + " cannot be used: " + e.problem);
    equip(e, std::move(next.made), is_new, differs);
    route_to(e, met);
    if (auto const queue = queue_of(e); queue && (skipped || (!is_new && queue != queue_before)))
        owner_.change_queue(id, *queue);
}

// Configures the lane of a webhook; none: it cannot be used. `differs`: its contents changed.
POSTHORN_DECL void webhook_directory::equip(entry& e, std::optional<prepared_webhook> made, bool is_new,
                                            bool differs) {
    auto settings = made ? std::move(made->deliveries) : nullptr;
    if (settings) {
        settings->anew = differs;
        settings->created = e.stored.created;
    }
    if (made && made->calls)
        made->calls->created = e.stored.created;
    e.compiled = made ? std::move(made->compiled) : nullptr;
    if (e.compiled)
        unusable_.erase(e.what.id);
    else
        unusable_.insert(e.what.id);
    if (made)
        e.home->calls.set(std::move(made->calls));
    else
        e.home->calls.set_unusable();
    // Nobody knows a new lane yet; its first delivery may reach the shard before anything that is posted now.
    if (is_new)
        e.home->configure(std::move(settings));
    else
        owner_.configure(e.home, settings ? std::move(settings) : unusable_settings(e.what.revision));
}

// What the rows of a webhook should be moved to. None: it cannot be used here, and others may be able to.
POSTHORN_DECL std::optional<queue_change> webhook_directory::queue_of(entry const& e) {
    if (e.readable && !e.what.active)
        return queue_change::pause;
    return e.compiled ? std::optional(queue_change::resume) : std::nullopt;
}

POSTHORN_DECL std::shared_ptr<engine_lane> webhook_directory::new_lane(uuid const& id) {
    auto home = std::make_shared<engine_lane>(id, uuid_hash()(id) % shards_, lane_rules(options_));
    auto const failing = others_.find(failing_key(id));
    owner_.resume_failing(*home, failing == others_.end() ? std::nullopt : failing_of(failing->second));
    return home;
}

POSTHORN_DECL void webhook_directory::erase(std::map<uuid, entry>::iterator at, std::uint64_t created) {
    auto const id = at->first;
    auto const home = at->second.home;
    name_filter(at->second, std::nullopt);
    webhooks_.erase(at);
    unusable_.erase(id);
    misfiltered_.erase(id);
    erased_.insert_or_assign(id, created);
    editor_.erase(id);
    home->calls.set(nullptr);
    owner_.configure(home, nullptr);
    removed_.push_back(id);
}

// What a complete load of this generation does not have was erased, unless it came after it.
POSTHORN_DECL void webhook_directory::erase_unlisted(std::set<record_key> const& listed,
                                                     std::uint64_t generation) {
    auto const is_gone = [&](record const& r) { return r.changed <= generation && !listed.contains(r); };
    for (auto it = webhooks_.begin(); it != webhooks_.end();) {
        auto const at = it++;
        if (is_gone(at->second.stored))
            erase(at, at->second.stored.created);
    }
    std::erase_if(filters_, [&](auto const& f) { return is_gone(f.second.stored); });
    for (auto it = others_.begin(); it != others_.end();) {
        auto const at = it++;
        if (!is_gone(at->second))
            continue;
        auto gone = at->second;
        gone.erased = true;
        install(std::move(gone));
    }
}

// What a filter that is missing, wrong, or about other objects would let pass is not known: its webhook
// cannot be used.
POSTHORN_DECL void webhook_directory::route_to(entry const& e, problems& met) {
    auto const& w = e.what;
    misfiltered_.erase(w.id);
    if (!e.compiled || !w.active)
        return editor_.erase(w.id);
    auto const filtered = filtered_by(catalog_, e.compiled->object_index());
    std::optional<expression> test;
    if (w.filter) {
        auto const f = filters_.find(*w.filter);
        bool const missing = f == filters_.end();
        if (missing || !f->second.compiled || filtered == no_index ||
            f->second.what.object != catalog_[filtered].name) {
            met.add(errc::webhook_unusable,
                    "webhook " + to_text(w.id) + " cannot be used: its filter " + to_text(*w.filter) +
                        (missing ? " is missing" : " is not valid here, or about other objects"));
            misfiltered_.insert(w.id);
            return editor_.erase(w.id);
        }
        test = f->second.compiled->test;
    }
    editor_.put({e.stored.created, w.id, e.compiled, e.home}, test, filtered);
}

// Notes which filter a webhook names.
POSTHORN_DECL void webhook_directory::name_filter(entry const& of, std::optional<uuid> const& next) {
    if (of.what.filter && of.what.filter != next)
        if (auto const known = named_by_.find(*of.what.filter); known != named_by_.end()) {
            known->second.erase(of.what.id);
            if (known->second.empty())
                named_by_.erase(known);
        }
    if (next)
        named_by_[*next].insert(of.what.id);
}

// Null: there is none.
POSTHORN_DECL std::shared_ptr<unusable_routes const> webhook_directory::unusable() const {
    unusable_routes all;
    for (auto const* const ids : {&unusable_, &misfiltered_})
        for (auto const& id : *ids) {
            auto const asks = selector_of(webhooks_.at(id).stored.value);
            auto const object = index_of(catalog_, asks.object);
            if (asks.active && object != no_index)
                all.push_back({id, object, asks.what, asks.mode == call_mode::in_transaction});
        }
    return all.empty() ? nullptr : std::make_shared<unusable_routes const>(std::move(all));
}

// --- what is known ---

POSTHORN_DECL std::vector<webhook> webhook_directory::webhooks() const {
    std::vector<webhook> all;
    visit([&](webhook const& w, std::uint64_t) { all.push_back(w); });
    return all;
}

POSTHORN_DECL void
webhook_directory::visit(std::function<void(webhook const&, std::uint64_t place)> const& show) const {
    std::scoped_lock const lock(mutex_);
    for (auto const* const e : by_creation(webhooks_))
        show(e->what, e->stored.created);
}

POSTHORN_DECL std::optional<webhook> webhook_directory::find(uuid const& id) const {
    std::scoped_lock const lock(mutex_);
    auto const it = webhooks_.find(id);
    return it == webhooks_.end() || !it->second.readable ? std::nullopt : std::optional(it->second.what);
}

POSTHORN_DECL std::optional<webhook_directory::entry> webhook_directory::entry_of(uuid const& id) const {
    std::scoped_lock const lock(mutex_);
    auto const it = webhooks_.find(id);
    return it == webhooks_.end() ? std::nullopt : std::optional(it->second);
}

POSTHORN_DECL std::uint64_t webhook_directory::place_of(uuid const& id) const {
    std::scoped_lock const lock(mutex_);
    if (auto const it = webhooks_.find(id); it != webhooks_.end())
        return it->second.stored.created;
    auto const gone = erased_.find(id);
    return gone == erased_.end() ? 0 : gone->second;
}

POSTHORN_DECL std::vector<damaged_record> webhook_directory::damaged() const {
    std::vector<damaged_record> all;
    auto const add = [&](record const& r, uuid const& id, std::string const& reason) {
        auto& d = all.emplace_back();
        d.which = r;
        d.id = id;
        d.revision = r.revision;
        d.reason = reason;
    };
    std::scoped_lock const lock(mutex_);
    for (auto const& [id, e] : webhooks_)
        if (!e.compiled)
            add(e.stored, id, e.problem);
    for (auto const& [id, e] : filters_)
        if (!e.compiled)
            add(e.stored, id, e.problem);
    for (auto const& [key, r] : others_)
        if (key.kind == record_kind::webhook || key.kind == record_kind::filter)
            add(r, uuid(), "its key is not the id of a " + std::string(to_string(key.kind)));
        else if (static_cast<std::size_t>(key.kind) >= record_kind_count)
            add(r, uuid(), "this version knows no records of its kind");
    return all;
}

POSTHORN_DECL std::vector<filter> webhook_directory::filters() const {
    std::scoped_lock const lock(mutex_);
    std::vector<filter> all;
    for (auto const* const e : by_creation(filters_))
        all.push_back(e->what);
    return all;
}

POSTHORN_DECL std::optional<record> webhook_directory::find(record_key const& key) const {
    std::scoped_lock const lock(mutex_);
    auto const it = others_.find(key);
    return it == others_.end() ? std::nullopt : std::optional(it->second);
}

POSTHORN_DECL std::vector<record> webhook_directory::all_of(record_kind kind) const {
    std::vector<record> all;
    std::scoped_lock const lock(mutex_);
    for (auto it = others_.lower_bound({kind, {}}); it != others_.end() && it->first.kind == kind; ++it)
        all.push_back(it->second);
    return all;
}

POSTHORN_DECL result<std::vector<history_entry>> webhook_directory::history(history_query const& q) const {
    auto const found = policies_.history(q);
    if (!found)
        return found.error();
    std::vector<history_entry> all;
    all.reserve(found->size());
    for (auto const& e : *found)
        all.push_back(detail::entry_of(e));
    return all;
}

POSTHORN_DECL bool webhook_directory::is_behind(std::vector<claimed_delivery> const& claimed) const {
    std::scoped_lock const lock(mutex_);
    return std::ranges::any_of(claimed, [&](claimed_delivery const& c) {
        auto const it = webhooks_.find(c.what->webhook());
        return it == webhooks_.end() || it->second.stored.revision < c.webhook_revision;
    });
}

POSTHORN_DECL boost::asio::awaitable<bool>
webhook_directory::async_know(std::vector<claimed_delivery> const& claimed) {
    if (!is_behind(claimed))
        co_return true;
    auto syncing = async_sync();
    auto const done = co_await std::move(syncing);
    co_return done.has_value();
}

POSTHORN_DECL std::vector<std::shared_ptr<engine_lane>>
webhook_directory::lanes_of(std::vector<claimed_delivery> const& claimed) const {
    std::scoped_lock const lock(mutex_);
    std::vector<std::shared_ptr<engine_lane>> homes;
    homes.reserve(claimed.size());
    for (auto const& c : claimed) {
        auto const it = webhooks_.find(c.what->webhook());
        bool const known = it != webhooks_.end() && it->second.stored.revision >= c.webhook_revision;
        homes.push_back(known ? it->second.home : nullptr);
    }
    return homes;
}

POSTHORN_DECL std::shared_ptr<engine_lane> webhook_directory::lane_of(uuid const& id) const {
    std::scoped_lock const lock(mutex_);
    auto const it = webhooks_.find(id);
    return it == webhooks_.end() ? nullptr : it->second.home;
}

POSTHORN_DECL bool webhook_directory::wants(uuid const& id, queue_change what) const {
    std::scoped_lock const lock(mutex_);
    auto const it = webhooks_.find(id);
    if (it == webhooks_.end())
        return what == queue_change::cancel;
    return queue_of(it->second) == what;
}

POSTHORN_DECL bool webhook_directory::is_removed(uuid const& id) const {
    std::scoped_lock const lock(mutex_);
    return erased_.contains(id);
}

POSTHORN_DECL std::vector<std::pair<uuid, queue_change>> webhook_directory::queues() const {
    std::vector<std::pair<uuid, queue_change>> all;
    std::scoped_lock const lock(mutex_);
    all.reserve(webhooks_.size() + erased_.size());
    for (auto const& [id, e] : webhooks_)
        if (auto const queue = queue_of(e))
            all.emplace_back(id, *queue);
    for (auto const& [id, created] : erased_)
        all.emplace_back(id, queue_change::cancel);
    return all;
}

// --- changes ---

POSTHORN_DECL result<void> webhook_directory::change(change_plan const& plan) {
    for (int i = 0; i != most_tries; ++i) {
        registry_commit c;
        auto const planned = plan(c);
        if (!planned)
            return planned.error();
        if (!*planned)
            return {};
        auto const done = policies_.commit(c);
        if (!done && done.error() != errc::registry_conflict)
            return done.error();
        // What was stored is seen as others see it. If that fails, the next call looks again.
        auto const seen = load();
        if (done)
            return {};
        if (!seen)
            return seen;
    }
    return error_code(errc::registry_conflict);
}

POSTHORN_DECL boost::asio::awaitable<result<void>> webhook_directory::async_change(change_plan plan) {
    for (int i = 0; i != most_tries; ++i) {
        registry_commit c;
        auto const planned = plan(c);
        if (!planned)
            co_return planned.error();
        if (!*planned)
            co_return result<void>();
        auto committing = policies_.async_commit(c);
        auto const done = co_await std::move(committing);
        if (!done && done.error() != errc::registry_conflict)
            co_return done.error();
        auto syncing = async_sync();
        auto const seen = co_await std::move(syncing);
        if (done)
            co_return result<void>();
        if (!seen)
            co_return seen;
    }
    co_return error_code(errc::registry_conflict);
}

[[nodiscard]] inline result<bool> planned(bool something) {
    return {boost::system::in_place_value, something};
}

[[nodiscard]] inline result<bool> not_planned(error_code const& why) {
    return {boost::system::in_place_error, why};
}

POSTHORN_DECL change_plan webhook_directory::putting(record_key key, std::optional<std::string> value) const {
    return [this, key = std::move(key), value = std::move(value)](registry_commit& c) {
        auto const before = find(key);
        if (before ? value && before->value == *value : !value)
            return planned(false);
        c.changes.emplace_back(key, before ? before->revision : 0, value);
        return planned(true);
    };
}

POSTHORN_DECL void webhook_directory::add_history(registry_commit& c, webhook const* before,
                                                  webhook const* after, history_action what,
                                                  std::string_view user) const {
    history_entry e;
    e.subject = before != nullptr ? before->id : after->id;
    e.time = policies_.now();
    e.user = user;
    e.what = what;
    e.changes = changes_between(before, after, marks_);
    for (auto& change : e.changes)
        if (change.field == "filter") {
            change.from = before == nullptr ? std::string() : filter_name(before->filter);
            change.to = after == nullptr ? std::string() : filter_name(after->filter);
        }
    c.entries.emplace_back(key_of(record_kind::webhook, e.subject), record_of(e));
}

// People know a filter by its name; that of a private one is its owner's alone.
POSTHORN_DECL std::string webhook_directory::filter_name(std::optional<uuid> const& id) const {
    if (!id)
        return {};
    std::scoped_lock const lock(mutex_);
    auto const known = filters_.find(*id);
    return known == filters_.end() || !known->second.what.is_public ? to_text(*id) : known->second.what.name;
}

// A failing period ends with what a user changes, in the same commit. `generation`: the one known
// before anything was looked up, so that a period which another process stores later makes the commit fail;
// none: the webhook is new.
POSTHORN_DECL void webhook_directory::end_failing(registry_commit& c, uuid const& id,
                                                  std::optional<std::uint64_t> generation) const {
    auto const key = failing_key(id);
    if (auto const known = find(key))
        c.changes.emplace_back(key, known->revision, std::nullopt);
    else if (generation)
        c.if_generation = generation;
}

POSTHORN_DECL field_errors webhook_directory::failed(error_code const& why, field_errors errors,
                                                     message_id what) const {
    if (errors.empty())
        errors.add("storage", {what, {why}});
    if (!errors.cause())
        errors.set_cause(why);
    return errors;
}

// --- saving a webhook ---

POSTHORN_DECL webhook_directory::save_result webhook_directory::save(webhook w, std::string_view user) {
    if (auto const fresh = sync(); !fresh)
        return failed(fresh.error(), {}, message_id::webhook_not_stored);
    if (w.id.is_nil())
        w.id = policies_.make_id(policies_.now());
    field_errors errors;
    auto const done = change([&](registry_commit& c) {
        errors = {};
        saving s{w, user, {}};
        return plan_save(s, c, errors);
    });
    if (!errors.empty())
        return errors;
    if (!done)
        return failed(done.error(), {}, message_id::webhook_not_stored);
    return w.id;
}

POSTHORN_DECL result<bool> webhook_directory::plan_save(saving& s, registry_commit& c,
                                                        field_errors& errors) const {
    // Read before anything that is decided by looking at other records.
    auto const generation = known_.load();
    auto& w = s.what;
    auto const before = entry_of(w.id);
    auto const* const was = before && before->readable ? &before->what : nullptr;
    if (!is_storable(s.user))
        errors.add("user", message_id::not_utf8);
    auto const made = approve(w, before, errors);
    if (!made)
        return not_planned(errors.cause() ? errors.cause() : make_error_code(errc::bad_record));
    auto const revision = before ? before->stored.revision : 0;
    w.revision = revision + 1;
    if (was != nullptr && before->compiled) {
        auto same = w;
        same.revision = was->revision;
        if (same == *was)
            return planned(false);
    }
    s.facts.drafted = s.drafts ? w.revision : before ? before->facts.drafted : 0;
    s.facts.activated = before ? before->facts.activated : 0;
    if (before && w.active && (was == nullptr || !was->active))
        s.facts.activated = w.revision;
    std::string text;
    if (auto const sealed = seal(s, w.revision, text, errors); !sealed)
        return sealed;
    auto& change = c.changes.emplace_back(key_of(record_kind::webhook, w.id), revision, std::move(text));
    change.active = w.active;
    add_history(c, was, &w, before ? history_action::changed : history_action::created, s.user);
    end_failing(c, w.id, before ? std::optional(generation) : std::nullopt);
    if (w.filter)
        c.if_generation = generation;
    return planned(true);
}

// Every rule of saving.
POSTHORN_DECL std::optional<prepared_webhook>
webhook_directory::approve(webhook& w, std::optional<entry> const& before, field_errors& errors) const {
    webhook_preparer::keep_secret(w);
    auto const* const was = before && before->readable ? &before->what : nullptr;
    if (w.revision != 0 && !before) {
        errors.add("revision", message_id::webhook_deleted);
        errors.set_cause(errc::registry_conflict);
    } else if (w.revision != 0 && w.revision != before->stored.revision) {
        errors.add("revision", {message_id::revision_conflict, {before->stored.revision, w.revision}});
        errors.set_cause(errc::registry_conflict);
    }
    auto made = preparer().prepare(w, errors);
    check_filter(w, was, errors);
    // Texts that nobody changes are not asked for in a language that came later.
    if (was == nullptr || was->wording != w.wording || was->description != w.description ||
        was->translations != w.translations)
        check_texts(w, options_.languages, errors);
    check_storable(w, errors);
    return errors.empty() ? std::move(made) : std::nullopt;
}

POSTHORN_DECL void webhook_directory::check_filter(webhook const& w, webhook const* before,
                                                   field_errors& errors) const {
    auto const object = index_of(catalog_, w.object);
    if (!w.filter || object == no_index)
        return;
    // What was saved once may be saved again, so that a webhook can be deactivated whatever is missing.
    if (before != nullptr && before->filter == w.filter && before->object == w.object)
        return;
    auto const wanted = filtered_by(catalog_, object);
    if (wanted == no_index)
        return errors.add("filter", {message_id::filter_without_scope, {in_backticks(w.object)}});
    std::scoped_lock const lock(mutex_);
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

// The record's text; what is stored must be what is loaded, byte for byte.
POSTHORN_DECL result<bool> webhook_directory::seal(saving& s, std::uint64_t revision, std::string& text,
                                                   field_errors& errors) const {
    auto const secrets = secrets_of(s.what);
    auto sealed = sealer_.sealed(s.what.id, secrets);
    if (!sealed)
        return not_planned(sealed.error());
    s.facts.secrets = *std::move(sealed);
    text = record_of(s.what, s.facts);
    auto again = webhook_of(s.what.id, text, secrets);
    if (again)
        again->revision = revision;
    if (!again || !(*again == s.what)) {
        errors.add("webhook", message_id::not_loadable);
        return not_planned(errc::bad_record);
    }
    return planned(true);
}

POSTHORN_DECL field_errors webhook_directory::check(webhook w) const {
    field_errors errors;
    auto const before = entry_of(w.id);
    (void)approve(w, before, errors);
    return errors;
}

POSTHORN_DECL std::optional<prepared_webhook> webhook_directory::try_out(webhook w,
                                                                         field_errors& errors) const {
    webhook_preparer::keep_secret(w);
    return preparer().prepare(w, errors);
}

// --- what the host's code ensures ---

// Never changed: the ids of keys follow from it.
[[nodiscard]] inline uuid id_of_key(std::string_view key) {
    constexpr uuid space{
        {0x70, 0x6f, 0x73, 0x74, 0x68, 0x6f, 0x52, 0x6e, 0x80, 0x77, 0x65, 0x62, 0x68, 0x6f, 0x6f, 0x6b}};
    return boost::uuids::name_generator_sha1(space)(key.data(), key.size());
}

POSTHORN_DECL boost::system::result<ensured, field_errors>
webhook_directory::ensure(webhook draft, std::string_view key, on_user_change rule, std::string_view user) {
    if (auto const fresh = sync(); !fresh)
        return failed(fresh.error(), {}, message_id::webhook_not_stored);
    field_errors errors;
    ensured out;
    draft.id = id_of_key(key);
    draft.revision = 0;
    auto const removed = was_removed(draft.id);
    if (!removed)
        return failed(removed.error(), {}, message_id::webhook_not_stored);
    auto const done = change([&](registry_commit& c) {
        errors = {};
        saving s{draft, user, {}, true, *removed};
        return plan_ensure(s, key, rule, c, errors, out);
    });
    if (!errors.empty())
        return errors;
    if (!done)
        return failed(done.error(), {}, message_id::webhook_not_stored);
    return out;
}

// Whether there was a webhook of this id, which somebody has removed: a registry may forget the records that
// were erased, and has the history still.
POSTHORN_DECL result<bool> webhook_directory::was_removed(uuid const& id) const {
    if (place_of(id) != 0)
        return planned(!entry_of(id));
    history_query q;
    q.of = key_of(record_kind::webhook, id);
    q.limit = 1;
    auto const found = policies_.history(q);
    return found ? planned(!found->empty()) : not_planned(found.error());
}

POSTHORN_DECL result<bool> webhook_directory::plan_ensure(saving& s, std::string_view key,
                                                          on_user_change rule, registry_commit& c,
                                                          field_errors& errors, ensured& out) const {
    out.id = s.what.id;
    out.outcome = ensure_outcome::kept;
    auto const before = entry_of(s.what.id);
    bool const keeps = rule == on_user_change::keep;
    if (key.empty() || !is_storable(key)) {
        errors.add("key", key.empty() ? message_id::key_missing : message_id::not_utf8);
        return not_planned(errc::bad_record);
    }
    if (!before && keeps && (s.was_removed || place_of(s.what.id) != 0))
        return planned(false);
    auto normal = s.what;
    field_errors ignored;
    webhook_preparer::keep_secret(normal);
    (void)preparer().prepare(normal, ignored);
    if (before) {
        normal.revision = before->what.revision;
        if (before->readable && before->what == normal) {
            out.outcome = ensure_outcome::unchanged;
            return planned(false);
        }
        // While the revision is the one that the host's code made, nobody else has changed it.
        // One that was created as the host's code says may have any revision, if there was one of its id.
        auto const drafted = before->facts.drafted;
        bool const is_as_created = drafted == 1 && before->stored.changed == before->stored.created;
        bool const is_own = before->readable && (drafted == before->stored.revision || is_as_created);
        if (keeps && !is_own)
            return planned(false);
    }
    out.outcome = before ? ensure_outcome::updated : ensure_outcome::created;
    auto const done = plan_save(s, c, errors);
    if (done && !*done)
        out.outcome = ensure_outcome::unchanged;
    return done;
}

// --- other changes of webhooks ---

POSTHORN_DECL result<void> webhook_directory::remove(uuid const& id, std::string_view user) {
    if (!is_storable(user))
        return error_code(errc::bad_user);
    if (auto const fresh = sync(); !fresh)
        return fresh;
    return change([&](registry_commit& c) { return plan_remove(id, user, c); });
}

POSTHORN_DECL result<bool> webhook_directory::plan_remove(uuid const& id, std::string_view user,
                                                          registry_commit& c) const {
    auto const generation = known_.load();
    auto const before = entry_of(id);
    if (!before)
        return not_planned(errc::unknown_webhook);
    c.changes.emplace_back(key_of(record_kind::webhook, id), before->stored.revision, std::nullopt);
    webhook nothing;
    nothing.id = id;
    add_history(c, before->readable ? &before->what : &nothing, nullptr, history_action::deleted, user);
    end_failing(c, id, generation);
    return planned(true);
}

POSTHORN_DECL result<void> webhook_directory::remove(damaged_record const& which, std::string_view user) {
    if (which.which.kind == record_kind::webhook && !which.id.is_nil())
        return remove(which.id, user);
    if (which.which.kind == record_kind::filter && !which.id.is_nil())
        return remove_filter(which.id, user);
    return change(putting(which.which, std::nullopt));
}

POSTHORN_DECL result<bool> webhook_directory::plan_deactivation(uuid const& id, deactivation const& why,
                                                                registry_commit& c) const {
    auto const generation = known_.load();
    auto const before = entry_of(id);
    if (!before || !before->readable || !before->what.active || before->stored.created != why.created)
        return planned(false);
    // A user has changed where it sends, or has activated it, since.
    if (before->stored.revision != why.revision &&
        (std::hash<std::string>()(before->what.url) != why.url_hash ||
         before->facts.activated > why.revision))
        return planned(false);
    auto text = deactivated(before->stored.value);
    if (!text)
        return not_planned(text.error());
    auto after = before->what;
    after.active = false;
    auto& change =
        c.changes.emplace_back(key_of(record_kind::webhook, id), before->stored.revision, *std::move(text));
    change.active = false;
    add_history(c, &before->what, &after, history_action::disabled, system_user);
    end_failing(c, id, generation);
    return planned(true);
}

POSTHORN_DECL void webhook_directory::report(uuid const& id, deactivation const& why,
                                             result<void> const& done) {
    auto const named = "webhook " + to_text(id);
    std::string const reason(reason_of(why.why));
    if (done)
        owner_.problem(errc::http_status, named + " is deactivated: " + reason);
    else
        owner_.problem(done.error(), named + " should be deactivated, since " + reason +
                                         ", but could not be: " + done.error().message());
}

POSTHORN_DECL bool webhook_directory::deactivate(uuid const& id, deactivation const& why) {
    bool changed = false;
    auto const done = change([&](registry_commit& c) {
        auto const planned = plan_deactivation(id, why, c);
        changed = !planned || *planned;
        return planned;
    });
    if (changed || !done)
        report(id, why, done);
    return done.has_value();
}

POSTHORN_DECL boost::asio::awaitable<result<bool>> webhook_directory::async_deactivate(uuid id,
                                                                                       deactivation why) {
    auto const changed = std::make_shared<bool>(false);
    auto changing = async_change([this, id, why, changed](registry_commit& c) {
        auto const planned = plan_deactivation(id, why, c);
        *changed = !planned || *planned;
        return planned;
    });
    auto const done = co_await std::move(changing);
    if (!done)
        co_return not_planned(done.error());
    co_return planned(*changed);
}

POSTHORN_DECL result<void> webhook_directory::note(uuid const& id, history_action what, std::string_view user,
                                                   std::vector<field_change> changes) {
    if (!is_storable(user))
        return error_code(errc::bad_user);
    if (!entry_of(id))
        return error_code(errc::unknown_webhook);
    history_entry e;
    e.subject = id;
    e.time = policies_.now();
    e.user = user;
    e.what = what;
    e.changes = std::move(changes);
    registry_commit c;
    c.entries.emplace_back(key_of(record_kind::webhook, id), record_of(e));
    if (auto const done = policies_.commit(c); !done)
        return done.error();
    return {};
}

// --- filters ---

POSTHORN_DECL webhook_directory::save_result webhook_directory::save(filter f, field_errors errors,
                                                                     std::string_view user) {
    if (auto const fresh = sync(); !fresh)
        return failed(fresh.error(), {}, message_id::filter_not_stored);
    if (f.id.is_nil())
        f.id = policies_.make_id(policies_.now());
    (void)compile_filter(f, catalog_, errors);
    check_texts(f, options_.languages, errors);
    check_storable(f, errors);
    if (!is_storable(user))
        errors.add("user", message_id::not_utf8);
    auto const found = errors;
    auto const done = change([&](registry_commit& c) {
        errors = found;
        return plan_save(f, user, c, errors);
    });
    if (!errors.empty())
        return errors;
    if (!done)
        return failed(done.error(), {}, message_id::filter_not_stored);
    return f.id;
}

POSTHORN_DECL result<bool> webhook_directory::plan_save(filter const& f, std::string_view user,
                                                        registry_commit& c, field_errors& errors) const {
    std::unique_lock lock(mutex_);
    auto const generation = known_.load();
    auto const known = filters_.find(f.id);
    auto const before = known == filters_.end() ? std::nullopt : std::optional(known->second);
    bool const used = named_by_.contains(f.id);
    lock.unlock();
    if (f.revision != 0 && !before) {
        errors.add("revision", message_id::filter_deleted);
        errors.set_cause(errc::registry_conflict);
    } else if (f.revision != 0 && f.revision != before->stored.revision) {
        errors.add("revision", {message_id::filter_conflict, {before->stored.revision, f.revision}});
        errors.set_cause(errc::registry_conflict);
    }
    auto const* const was = before && before->readable ? &before->what : nullptr;
    if (was != nullptr && was->object != f.object && used)
        errors.add("object", {message_id::filter_object_fixed, {was->object}});
    if (!errors.empty())
        return not_planned(errc::bad_record);
    auto after = f;
    after.revision = before ? before->stored.revision + 1 : 1;
    if (was != nullptr && before->compiled) {
        auto same = after;
        same.revision = was->revision;
        if (same == *was)
            return planned(false);
    }
    c.changes.emplace_back(key_of(record_kind::filter, f.id), before ? before->stored.revision : 0,
                           record_of(after));
    history_entry e;
    e.kind = record_kind::filter;
    e.subject = f.id;
    e.time = policies_.now();
    e.user = user;
    e.what = before ? history_action::changed : history_action::created;
    e.changes = changes_between(was, &after);
    c.entries.emplace_back(key_of(record_kind::filter, f.id), record_of(e));
    // Which webhooks name it decides what may be changed.
    if (was != nullptr && was->object != f.object)
        c.if_generation = generation;
    return planned(true);
}

POSTHORN_DECL result<void> webhook_directory::remove_filter(uuid const& id, std::string_view user) {
    if (!is_storable(user))
        return error_code(errc::bad_user);
    if (auto const fresh = sync(); !fresh)
        return fresh;
    return change([&](registry_commit& c) { return plan_remove_filter(id, user, c); });
}

POSTHORN_DECL result<bool> webhook_directory::plan_remove_filter(uuid const& id, std::string_view user,
                                                                 registry_commit& c) const {
    std::scoped_lock const lock(mutex_);
    auto const known = filters_.find(id);
    if (known == filters_.end())
        return not_planned(errc::unknown_filter);
    if (named_by_.contains(id))
        return not_planned(errc::filter_in_use);
    auto const& e = known->second;
    c.if_generation = known_.load();
    c.changes.emplace_back(key_of(record_kind::filter, id), e.stored.revision, std::nullopt);
    history_entry noted;
    noted.kind = record_kind::filter;
    noted.subject = id;
    noted.time = policies_.now();
    noted.user = user;
    noted.what = history_action::deleted;
    noted.changes = e.readable ? changes_between(&e.what, nullptr) : std::vector<field_change>();
    c.entries.emplace_back(key_of(record_kind::filter, id), record_of(noted));
    return planned(true);
}

} // namespace posthorn::detail
