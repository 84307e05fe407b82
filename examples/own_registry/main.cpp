// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host that keeps webhooks, filters and settings its own way: four functions over opaque records. This one
// has them in memory; a host with a database writes the same four against two of its tables. The library's
// own conformance cases try it, as the tests of a host would.

#include <posthorn/defaults.hpp>
#include <posthorn/testing/registry_conformance.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

struct player {
    std::int64_t id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(player, (), (id, name))

using objects = posthorn::catalog<posthorn::object<player, "player">>;

// Models posthorn::Registry. Copies share the records. It names no keys, so webhooks have no secrets here.
class table_registry {
  public:
    // All of it, or nothing: what is asked for is checked before anything is changed.
    posthorn::result<std::uint64_t> commit(posthorn::registry_commit const& c) {
        std::scoped_lock const lock(state_->mutex);
        auto& t = *state_;
        if (!t.may_make(c))
            return make_error_code(posthorn::errc::registry_conflict);
        if (!c.changes.empty())
            ++t.generation;
        for (auto const& change : c.changes) {
            auto& r = t.records[change];
            if (change.if_revision == 0) // It is new, or created again.
                r.created = t.generation;
            static_cast<posthorn::record_key&>(r) = change;
            ++r.revision;
            r.changed = t.generation;
            r.active = change.active;
            r.erased = !change.value;
            r.value = change.value.value_or("");
        }
        for (auto const& seal : c.seals)
            t.history[seal.number - 1].seal = seal.seal;
        for (auto const& entry : c.entries) {
            t.history.push_back(entry);
            t.history.back().number = t.history.size();
            t.history.back().seal.clear();
        }
        return t.generation;
    }

    posthorn::result<posthorn::registry_load> load(std::uint64_t after) {
        std::scoped_lock const lock(state_->mutex);
        posthorn::registry_load found;
        found.generation = state_->generation;
        found.complete = after == 0 || after > state_->generation;
        for (auto const& [key, r] : state_->records)
            if (found.complete || r.changed > after)
                found.records.push_back(r);
        // In the order of their creation; the map has those of one commit in the order of their keys.
        std::ranges::stable_sort(found.records, {}, &posthorn::record::created);
        return found;
    }

    posthorn::result<std::uint64_t> generation() {
        std::scoped_lock const lock(state_->mutex);
        return state_->generation;
    }

    posthorn::result<std::vector<posthorn::history_record>> history(posthorn::history_query const& q) {
        std::scoped_lock const lock(state_->mutex);
        std::vector<posthorn::history_record> found;
        auto const take = [&](posthorn::history_record const& e) {
            if (found.size() < q.limit && e.number > q.after && (q.before == 0 || e.number < q.before) &&
                (!q.of || *q.of == e))
                found.push_back(e);
        };
        if (q.oldest_first)
            std::for_each(state_->history.begin(), state_->history.end(), take);
        else
            std::for_each(state_->history.rbegin(), state_->history.rend(), take);
        return found;
    }

  private:
    struct tables {
        [[nodiscard]] bool may_make(posthorn::registry_commit const& c) const {
            std::set<posthorn::record_key> seen;
            for (auto const& change : c.changes) {
                auto const it = records.find(change);
                auto const now = it == records.end() || it->second.erased ? 0 : it->second.revision;
                if (now != change.if_revision || !seen.insert(change).second)
                    return false;
            }
            std::map<std::uint64_t, std::string> wanted;
            for (auto const& s : c.seals) {
                if (s.number == 0 || s.number > history.size())
                    return false;
                auto const& old = history[s.number - 1].seal;
                if ((!old.empty() && old != s.seal) ||
                    wanted.try_emplace(s.number, s.seal).first->second != s.seal)
                    return false;
            }
            return !c.if_generation || *c.if_generation == generation;
        }

        std::mutex mutex;
        // Erased ones stay, so that other processes see that they are gone, and no revision comes twice.
        std::map<posthorn::record_key, posthorn::record> records;
        std::vector<posthorn::history_record> history;
        std::uint64_t generation = 0;
    };

    std::shared_ptr<tables> state_ = std::make_shared<tables>();
};

static_assert(posthorn::check_registry<table_registry>());

struct policies : posthorn::default_policies::with_registry<table_registry> {};

int main() {
    std::size_t kept = 0;
    auto const cases = posthorn::testing::registry_cases<table_registry>([] { return table_registry(); });
    for (auto const& rule : cases) {
        try {
            rule.run();
            ++kept;
        } catch (posthorn::testing::conformance_failure const& broken) {
            std::printf("%s: %s\n", rule.name().c_str(), broken.what());
        }
    }
    std::printf("%zu of %zu rules kept\n", kept, cases.size());

    boost::asio::io_context io;
    table_registry const registry;
    posthorn::dispatcher<objects, policies> first{io, posthorn::memory_storage(), registry};
    posthorn::dispatcher<objects, policies> second{io, posthorn::memory_storage(), registry};
    auto const saved = first.save(first.webhook("Lobby")
                                      .on<player>()
                                      .put("https://lobby.example.com/p/{{player.name}}")
                                      .body("{{player.id}}"));
    if (!saved || !second.reload()) {
        std::puts(saved ? "the registry could not be loaded" : saved.error().text().c_str());
        return 1;
    }
    std::printf("the other dispatcher has %zu webhook\n", second.webhooks().size());
    return kept == cases.size() && second.webhooks().size() == 1 ? 0 : 1;
}
