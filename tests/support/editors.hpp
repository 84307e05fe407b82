// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/dispatcher.hpp>
#include <posthorn/storage/memory.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "dispatcher_fixture.hpp"
#include "stored_records.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Processes that change the same webhooks and filters, and what must be true of what they leave behind.
namespace posthorn::test {

/// A registry that stops at each of its calls, before and after it.
template <class Inner>
class stopping_registry {
  public:
    explicit stopping_registry(Inner inner) : inner_(std::move(inner)) {}

    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c) {
        return at([&] { return inner_.commit(c); });
    }
    [[nodiscard]] result<registry_load> load(std::uint64_t after) {
        return at([&] { return inner_.load(after); });
    }
    [[nodiscard]] result<std::uint64_t> generation() {
        return at([&] { return inner_.generation(); });
    }
    [[nodiscard]] result<std::vector<history_record>> history(history_query const& q) {
        return inner_.history(q);
    }
    [[nodiscard]] encryption_keys keys() const { return inner_.keys(); }

    /// Called with the number of the stop; not while it runs.
    void on_stop(std::function<void(int)> what) { *stop_ = std::move(what); }

  private:
    template <class Call>
    auto at(Call call) {
        stop();
        auto done = call();
        stop();
        return done;
    }
    void stop() {
        if (!*stop_)
            return;
        auto const act = std::exchange(*stop_, nullptr);
        act(++*number_);
        if (!*stop_)
            *stop_ = act;
    }

    Inner inner_;
    std::shared_ptr<std::function<void(int)>> stop_ = std::make_shared<std::function<void(int)>>();
    std::shared_ptr<int> number_ = std::make_shared<int>(0);
};

enum class edit : std::uint8_t { rename, describe, remove, deactivate, gone, refilter, rotate };
inline constexpr std::array all_edits{edit::rename, edit::describe, edit::remove, edit::deactivate,
                                      edit::gone,   edit::refilter, edit::rotate};

[[nodiscard]] constexpr std::string_view to_string(edit e) noexcept {
    constexpr std::string_view names[] = {"rename", "describe", "remove", "deactivate",
                                          "gone",   "refilter", "rotate"};
    return names[static_cast<std::size_t>(e)];
}

/// A process that edits one webhook and one filter.
template <class Storage>
class editor {
  public:
    using registry_type = stopping_registry<Storage>;
    struct policies : simulated_policies::with_registry<registry_type>::template with_blocking_transport<
                          testing::scripted_transport>::template with_semantics<after_commit> {};
    using hooks_type = dispatcher<objects, policies>;

    editor(Storage storage, std::string name)
        : storage_(std::move(storage)), name_(std::move(name)), registry(storage_), receiver_(clock_) {
        restart();
    }

    void restart() {
        hooks.reset();
        hooks.emplace(io_, clock_, receiver_, registry, testing::seeded_random(++seed_));
    }

    /// A webhook that names a filter, and that filter.
    std::pair<uuid, uuid> set_up() {
        auto const f = hooks->save(hooks_type::filter("all").template on<project>().for_everyone()).value();
        auto const w = hooks
                           ->save(hooks_type::webhook("w")
                                      .template on<project>()
                                      .post("https://a.example.com/")
                                      .body("1")
                                      .header("Authorization", secret("Bearer hush"))
                                      .for_filter(f)
                                      .after_commit())
                           .value();
        return {w, f};
    }

    /// Makes an edit on what it knows. True: it succeeded, or there was nothing to do.
    bool make(edit what, uuid const& webhook, uuid const& filter) {
        auto known = find(webhook);
        switch (what) {
        case edit::rename:
        case edit::describe:
        case edit::deactivate:
            if (!known)
                return false;
            if (what == edit::rename)
                known->wording = "renamed by " + name_ + std::to_string(++count_);
            else if (what == edit::describe)
                known->description = "described by " + name_ + std::to_string(++count_);
            else
                known->active = false;
            return hooks->save(*known, name_).has_value();
        case edit::remove:
            return hooks->remove(webhook, name_).has_value();
        case edit::gone: {
            receiver_.answer(410);
            project const p{1, "P"};
            return static_cast<bool>(hooks->dispatch_and_wait(created(p)));
        }
        case edit::refilter:
            for (auto f : hooks->filters())
                if (f.id == filter) {
                    f.name = "renamed by " + name_ + std::to_string(++count_);
                    return hooks->save(f, name_).has_value();
                }
            return false;
        default:
            return rotate();
        }
    }

    [[nodiscard]] std::string const& name() const noexcept { return name_; }

  private:
    [[nodiscard]] std::optional<posthorn::webhook> find(uuid const& id) {
        for (auto& w : hooks->webhooks())
            if (w.id == id)
                return std::move(w);
        return std::nullopt;
    }

    // With the keys that there are, once more: every record is written again.
    bool rotate() {
        auto const loaded = registry.load(0);
        if (!loaded)
            return false;
        for (auto const& r : loaded->records) {
            if (r.kind != record_kind::webhook || r.erased)
                continue;
            auto const id = detail::parse_id(r.key).value();
            auto const facts = detail::facts_of(r.value).value();
            auto const plain = sealer_of(storage_).opened(id, facts.secrets).value();
            registry_commit c;
            c.changes.emplace_back(
                r, r.revision,
                detail::with_secrets(r.value, r.revision, sealer_of(storage_).sealed(id, plain).value())
                    .value());
            c.changes.back().active = r.active;
            (void)registry.commit(c);
        }
        return true;
    }

    Storage storage_;
    std::string name_;
    boost::asio::io_context io_;
    testing::simulated_clock clock_;
    std::uint64_t seed_ = 0;
    int count_ = 0;

  public:
    registry_type registry;
    std::optional<hooks_type> hooks;

  private:
    testing::scripted_transport receiver_;
};

/// What a history says of one webhook in the end; none: it was deleted.
[[nodiscard]] inline std::optional<std::map<std::string, std::string>>
told_by(std::vector<history_entry> const& newest_first) {
    std::optional<std::map<std::string, std::string>> fields;
    for (auto e = newest_first.rbegin(); e != newest_first.rend(); ++e) {
        if (e->what == history_action::created)
            fields.emplace();
        if (!fields)
            throw std::runtime_error("the history changes what is not there");
        for (auto const& c : e->changes) {
            // A filter is shown by its name, which may change.
            if (e->what != history_action::created && c.field != "filter" && (*fields)[c.field] != c.from)
                throw std::runtime_error("an entry of the history begins with what was not there: " +
                                         c.field);
            (*fields)[c.field] = c.to;
        }
        if (e->what == history_action::deleted)
            fields.reset();
    }
    return fields;
}

/// Whether the webhook is what its history says, and whether everything that succeeded is in it. Throws
/// std::runtime_error with what is not so.
template <class Storage>
void require_consistent(editor<Storage>& by, uuid const& webhook,
                        std::vector<std::pair<std::string, edit>> const& succeeded) {
    auto const past = by.hooks->history(webhook, 0, 1000).value();
    auto const told = told_by(past);
    auto const all = by.hooks->webhooks();
    auto const it = std::ranges::find(all, webhook, &posthorn::webhook::id);
    bool const there = it != all.end();
    if (there != told.has_value())
        throw std::runtime_error(there ? "a deleted webhook is there" : "a webhook is gone without a trace");
    if (there && (told->at("wording") != it->wording || told->at("active") != (it->active ? "yes" : "no") ||
                  (told->contains("description") ? told->at("description") : "") != it->description))
        throw std::runtime_error("the history and the table disagree");
    if (there && it->headers.at(0).secret_value().reveal() != "Bearer hush")
        throw std::runtime_error("a secret was lost");
    for (auto const& [who, what] : succeeded) {
        if (what == edit::remove && there)
            throw std::runtime_error("a webhook was resurrected");
        if ((what == edit::deactivate || what == edit::gone) && there && it->active)
            throw std::runtime_error("a deactivation was lost");
        auto const field = what == edit::rename ? "wording" : what == edit::describe ? "description" : "";
        if (*field != '\0' && std::ranges::none_of(past, [&](history_entry const& e) {
                return e.user == who && std::ranges::any_of(e.changes, [&](field_change const& c) {
                           return c.field == field && c.to.find(who) != std::string::npos;
                       });
            }))
            throw std::runtime_error("an update was lost: " + std::string(field));
    }
}

} // namespace posthorn::test
