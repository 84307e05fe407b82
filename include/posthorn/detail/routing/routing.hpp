// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/lane/lane.hpp>
#include <posthorn/detail/routing/compiled_webhook.hpp>
#include <posthorn/detail/routing/predicates.hpp>
#include <posthorn/detail/util/block_cache.hpp>
#include <posthorn/detail/util/cow.hpp>
#include <posthorn/detail/util/persistent_map.hpp>
#include <posthorn/model/action.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/model/uuid.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn::detail {

// A webhook that asks for an event.
template <class Key>
struct route {
    // Webhooks answer an event in the order of their creation; no two have one number.
    std::uint64_t order;
    uuid webhook;
    std::shared_ptr<compiled_webhook const> what;
    std::shared_ptr<lane<Key>> home;
};

// A route that an event takes; valid as long as the table it is from.
template <class Key>
struct matched_route {
    std::uint64_t order;
    route<Key> const* to;

    [[nodiscard]] route<Key> const& operator*() const noexcept { return *to; }
    [[nodiscard]] route<Key> const* operator->() const noexcept { return to; }
};

// A webhook that cannot be used, and the events that it asks for as far as that is known.
struct unusable_route {
    uuid webhook;
    std::size_t object;
    std::optional<action> what;
    // Whether it has a say in the host's transaction.
    bool vetoes;
};
using unusable_routes = std::vector<unusable_route>;

template <class Key>
using matched_routes = std::vector<matched_route<Key>, block_allocator<matched_route<Key>>>;

// Routes by what they ask for beside the kind of event: those that have the same filter and the same
// condition stand together, so that each is looked at once, whatever the number of routes.
template <class Key>
class route_groups {
  public:
    using shared_route = cow<route<Key>>;

    // Null: no filter, no condition.
    void add(shared_route const& r, predicate const* filter, predicate const* condition, edit_number who) {
        auto* where = &unfiltered_;
        if (filter != nullptr)
            where = &filtered_.edit(filter->slot, who, [&] { return filter_group{*filter, {}}; }).inner;
        auto* routes = &where->always;
        if (condition != nullptr)
            routes =
                &where->tested.edit(condition->slot, who, [&] { return condition_group{*condition, {}}; })
                     .routes;
        (void)routes->edit(r->order, who, [&] { return r; });
        ++size_;
    }

    // What was added with the same filter and condition.
    void remove(std::uint64_t order, predicate const* filter, predicate const* condition, edit_number who) {
        --size_;
        if (filter == nullptr)
            return remove(unfiltered_, order, condition, who);
        auto& inner = filtered_.known(filter->slot, who).inner;
        remove(inner, order, condition, who);
        if (inner.empty())
            filtered_.erase(filter->slot, who);
    }

    void match(event_view const& e, predicate_memo& memo, matched_routes<Key>& out) const {
        match(unfiltered_, e, memo, out);
        filtered_.for_each([&](std::uint64_t, filter_group const& group) {
            if (memo.holds(group.filter, e))
                match(group.inner, e, memo, out);
        });
    }

    // How many routes there are.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

  private:
    using list = persistent_map<shared_route>;

    struct condition_group {
        predicate condition;
        list routes;
    };

    struct conditions {
        list always;
        // By the slots of the conditions.
        persistent_map<condition_group> tested;

        [[nodiscard]] bool empty() const noexcept { return always.empty() && tested.empty(); }
    };

    struct filter_group {
        predicate filter;
        conditions inner;
    };

    static void remove(conditions& from, std::uint64_t order, predicate const* condition, edit_number who) {
        if (condition == nullptr) {
            from.always.erase(order, who);
            return;
        }
        auto& routes = from.tested.known(condition->slot, who).routes;
        routes.erase(order, who);
        if (routes.empty())
            from.tested.erase(condition->slot, who);
    }

    static void match(conditions const& in, event_view const& e, predicate_memo& memo,
                      matched_routes<Key>& out) {
        auto const take = [&](std::uint64_t order, shared_route const& r) { out.push_back({order, &*r}); };
        in.always.for_each(take);
        in.tested.for_each([&](std::uint64_t, condition_group const& group) {
            if (memo.holds(group.condition, e))
                group.routes.for_each(take);
        });
    }

    conditions unfiltered_;
    // By the slots of the filters.
    persistent_map<filter_group> filtered_;
    std::size_t size_ = 0;
};

// Which webhooks ask for which event: immutable, read by any number of threads.
//
// A route stands where its (object type, action) is; there, if its filter or condition says that a field
// equals a constant, under that constant, so that routes for other values cost nothing; there, in the group
// of its filter and its condition. All of it is shared between a table and the one made from it.
template <class Key>
class routing_table {
  public:
    explicit routing_table(std::size_t object_types) : cells_(object_types * cells_of_type) {}

    // Whether any route asks for such events, whatever its filter and condition say.
    [[nodiscard]] bool asked_for(std::size_t object, action what) const noexcept {
        return cells_[number_of(object, what)] || cells_[number_of(object, std::nullopt)];
    }

    // Null: all webhooks can be used.
    [[nodiscard]] unusable_routes const* unusable() const noexcept { return unusable_.get(); }

    // Whether a filter or condition for such events speaks of `event`, so that its time and id must be known.
    [[nodiscard]] bool needs_event(std::size_t object, action what) const noexcept {
        auto const needs = [](cow<cell> const& c) { return c && c->event_readers != 0; };
        return needs(cells_[number_of(object, what)]) || needs(cells_[number_of(object, std::nullopt)]);
    }

    // Appends the routes that the event takes, in the order of their webhooks' creation.
    void match(event_view const& e, predicate_memo& memo, matched_routes<Key>& out) const {
        memo.start(slots_);
        auto const first = static_cast<std::ptrdiff_t>(out.size());
        match(cells_[number_of(e.object_index, e.what)], e, memo, out);
        match(cells_[number_of(e.object_index, std::nullopt)], e, memo, out);
        auto const earlier = [](auto const& a, auto const& b) { return a.order < b.order; };
        if (!std::is_sorted(out.begin() + first, out.end(), earlier))
            std::sort(out.begin() + first, out.end(), earlier);
    }

  private:
    template <class>
    friend class routing_editor;

    static constexpr std::size_t cells_of_type = 4;

    // The routes under the values of one path.
    struct index {
        expression path;
        persistent_map<route_groups<Key>> routes;
    };

    // The routes of one object type and action, or of one object type and all actions.
    struct cell {
        route_groups<Key> rest;
        // By the numbers of the paths.
        persistent_map<index> indexes;
        std::size_t size = 0;
        std::size_t event_readers = 0;
    };

    [[nodiscard]] static std::size_t number_of(std::size_t object, std::optional<action> what) noexcept {
        return object * cells_of_type + (what ? static_cast<std::size_t>(*what) : cells_of_type - 1);
    }

    static void match(cow<cell> const& c, event_view const& e, predicate_memo& memo,
                      matched_routes<Key>& out) {
        if (!c)
            return;
        c->rest.match(e, memo, out);
        c->indexes.for_each([&](std::uint64_t, index const& i) {
            expression_scratch scratch;
            auto const v = i.path.evaluate(e, scratch);
            auto const* const groups = v.is_null() ? nullptr : i.routes.find(hash_of(v));
            if (groups != nullptr)
                groups->match(e, memo, out);
        });
    }

    std::vector<cow<cell>> cells_;
    std::shared_ptr<unusable_routes const> unusable_;
    std::size_t slots_ = 0;
};

// Makes tables: what changes in one edit is copied once, the rest is shared with the tables before. Not for
// several threads at a time.
template <class Key>
class routing_editor {
  public:
    using table = routing_table<Key>;

    explicit routing_editor(catalog_schema catalog) : pool_(catalog), table_(catalog.size()) {}

    // Adds a route, instead of an older one of the same webhook. `filter` is compiled for the type that
    // filters such objects; empty: none.
    void put(route<Key> const& added, std::optional<expression> const& filter, std::size_t filtered_type) {
        erase(added.webhook);
        auto const object = added.what->object_index();
        auto const& condition = added.what->condition();
        placement p{added.order, table::number_of(object, added.what->what())};
        if (filter)
            p.filter = pool_.acquire(*filter, {filtered_type, std::nullopt, true});
        if (condition)
            p.condition = pool_.acquire(*condition, {object, added.what->what(), false});
        table_.slots_ = pool_.slots();
        auto& c = editable(p.cell);
        p.under = best_key(c, p);
        auto const shared = cow<route<Key>>::make(edit_, added);
        for_each_group(c, p, [&](groups& g) { g.add(shared, p.filter_test(), p.condition_test(), edit_); });
        ++c.size;
        c.event_readers += p.reads_event();
        placements_.emplace(added.webhook, p);
    }

    // Nothing if the webhook has no route.
    void erase(uuid const& webhook) {
        auto const found = placements_.find(webhook);
        if (found == placements_.end())
            return;
        auto const p = found->second;
        placements_.erase(found);
        auto& c = editable(p.cell);
        for_each_group(c, p,
                       [&](groups& g) { g.remove(p.order, p.filter_test(), p.condition_test(), edit_); });
        drop_empty(c, p);
        c.event_readers -= p.reads_event();
        if (--c.size == 0)
            table_.cells_[p.cell] = cow<cell>();
        // The tables that have its slot keep a copy of the predicate.
        for (auto const* const e : {p.filter, p.condition})
            if (e != nullptr)
                pool_.release(e);
    }

    // Null: all webhooks can be used.
    void set_unusable(std::shared_ptr<unusable_routes const> all) { table_.unusable_ = std::move(all); }

    // What was put and erased so far, as a table for everybody.
    [[nodiscard]] std::shared_ptr<table const> publish() {
        ++edit_;
        return std::make_shared<table const>(table_);
    }

  private:
    using cell = typename table::cell;
    using index = typename table::index;
    using groups = route_groups<Key>;

    // Where a webhook's route stands.
    struct placement {
        std::uint64_t order;
        std::size_t cell;
        predicate_pool::entry const* filter = nullptr;
        predicate_pool::entry const* condition = nullptr;
        // Null: under no key.
        predicate_pool::key const* under = nullptr;

        [[nodiscard]] static predicate const* test_of(predicate_pool::entry const* e) noexcept {
            return e == nullptr ? nullptr : &e->what;
        }
        [[nodiscard]] predicate const* filter_test() const noexcept { return test_of(filter); }
        [[nodiscard]] predicate const* condition_test() const noexcept { return test_of(condition); }
        [[nodiscard]] bool reads_event() const noexcept {
            return condition != nullptr && condition->what.test.uses_event();
        }
    };

    [[nodiscard]] cell& editable(std::size_t number) {
        auto& c = table_.cells_[number];
        if (!c)
            c = cow<cell>::make(edit_);
        return c.edit(edit_);
    }

    // The key under whose values the fewest routes stand so far, for that spreads them best; a route stands
    // under each value of a key, so that fewer values are better. Of equals the first, the filter's before
    // the condition's.
    [[nodiscard]] static predicate_pool::key const* best_key(cell const& c, placement const& p) {
        predicate_pool::key const* best = nullptr;
        auto fewest = std::numeric_limits<std::size_t>::max();
        for (auto const* const e : {p.filter, p.condition}) {
            if (e == nullptr)
                continue;
            for (auto const& k : e->keys)
                if (auto const many = routes_under(c, k); many < fewest) {
                    best = &k;
                    fewest = many;
                }
        }
        return best;
    }

    [[nodiscard]] static std::size_t routes_under(cell const& c, predicate_pool::key const& k) noexcept {
        auto const* const i = c.indexes.find(k.path);
        std::size_t many = k.hashes.size() - 1;
        for (auto const hash : k.hashes)
            if (auto const* const g = i == nullptr ? nullptr : i->routes.find(hash))
                many += g->size();
        return many;
    }

    template <class F>
    void for_each_group(cell& c, placement const& p, F f) {
        if (p.under == nullptr)
            return f(c.rest);
        auto& i = c.indexes.edit(p.under->path, edit_, [&] { return index{pool_.path(p.under->path), {}}; });
        for (auto const hash : p.under->hashes)
            f(i.routes.edit(hash, edit_, [] { return groups(); }));
    }

    void drop_empty(cell& c, placement const& p) {
        if (p.under == nullptr)
            return;
        auto& i = c.indexes.known(p.under->path, edit_);
        for (auto const hash : p.under->hashes)
            if (i.routes.find(hash)->size() == 0)
                i.routes.erase(hash, edit_);
        if (i.routes.empty())
            c.indexes.erase(p.under->path, edit_);
    }

    predicate_pool pool_;
    table table_;
    edit_number edit_ = 1;
    boost::unordered_flat_map<uuid, placement, uuid_hash> placements_;
};

} // namespace posthorn::detail
