// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/admin/service.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/registry/secret_sealer.hpp>
#include <posthorn/detail/retry/failing_records.hpp>
#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/registry_double.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// What happens while the webhooks are not known, and when other processes change them.

struct counting_transaction {
    result<void> commit() {
        ++*commits;
        return {};
    }
    result<void> rollback() {
        ++*rollbacks;
        return {};
    }
    std::shared_ptr<int> commits = std::make_shared<int>(0);
    std::shared_ptr<int> rollbacks = std::make_shared<int>(0);
};

// A process: a dispatcher over a registry and an outbox that others share.
template <class Registry>
struct process {
    struct policies : simulated_policies::with_registry<Registry>::template with_blocking_transport<
                          testing::scripted_transport>::template with_semantics<in_transaction, after_commit,
                                                                                fire_and_forget> {};
    using hooks_type = dispatcher<objects, policies>;

    explicit process(memory_storage shared = memory_storage())
        : storage(std::move(shared)), receiver(clock), registry(storage) {
        start();
    }

    void start(options const& o = options()) {
        hooks.reset();
        hooks.emplace(io, clock, receiver, storage, registry, log, testing::seeded_random(++seed), o);
    }
    void run() { hooks->async_run(ran.record()); }
    void pass(duration time) { testing::run_simulated(io, clock, time); }

    [[nodiscard]] static auto hook(std::string name = "w") {
        return hooks_type::webhook(std::move(name))
            .template on<project>()
            .post("https://a.example.com/hook")
            .body("{{project.id}}");
    }

    memory_storage storage;
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    Registry registry;
    event_log log;
    outcome ran;
    std::uint64_t seed = 0;
    project const one{1, "P1"};
    std::optional<hooks_type> hooks;
};

using registries = std::tuple<plain_registry, awaited_registry>;

struct memory_process : process<plain_registry> {};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_registry_states)

// --- not loaded ---

BOOST_AUTO_TEST_CASE_TEMPLATE(an_unknown_registry_refuses_a_dispatch_and_the_next_one_loads, Registry,
                              registries) {
    process<Registry> p;
    BOOST_TEST(p.hooks->save(p.hook()).has_value());
    p.registry.said->fails = true;
    p.start();
    BOOST_TEST((p.hooks->ready().error() == errc::storage_failed));
    auto const refused = p.hooks->dispatch_and_wait(created(p.one));
    BOOST_TEST((refused.error().code() == errc::registry_unavailable));
    BOOST_TEST(!p.hooks->save(p.hook("another")).has_value());
    BOOST_TEST((p.hooks->save(p.hook("another")).error().cause() == errc::registry_unavailable));
    BOOST_TEST((p.hooks->remove(uuid()).error() == errc::registry_unavailable));
    BOOST_TEST((p.hooks->dispatch(created(p.one)).error() == errc::registry_unavailable));
    BOOST_TEST(p.storage.counts().pending == 0U);
    p.registry.said->fails = false;
    auto const accepted = p.hooks->dispatch(created(p.one));
    BOOST_TEST(accepted.accepted() == 1U);
    BOOST_TEST(p.hooks->ready().has_value());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_transaction_with_an_event_is_rolled_back_while_webhooks_are_unknown, Registry,
                              registries) {
    process<Registry> p;
    BOOST_TEST(p.hooks->save(p.hook().in_transaction()).has_value());
    p.registry.said->fails = true;
    p.start();
    counting_transaction host;
    {
        auto tx = p.hooks->begin(host);
        tx.created(p.one);
        auto const report = tx.commit();
        BOOST_TEST(!report);
        BOOST_TEST((report.error().code() == errc::registry_unavailable));
    }
    BOOST_TEST(*host.commits == 0);
    BOOST_TEST(*host.rollbacks == 1);
    {
        auto tx = p.hooks->begin(host);
        std::optional<transaction_report> report;
        tx.created(p.one);
        tx.async_commit([&](transaction_report r) { report.emplace(std::move(r)); });
        p.pass(1s);
        BOOST_TEST_REQUIRE(report.has_value());
        BOOST_TEST((report->error().code() == errc::registry_unavailable));
    }
    BOOST_TEST(*host.rollbacks == 2);
    // Without an event nothing is unknown.
    auto empty = p.hooks->begin(host);
    BOOST_TEST(static_cast<bool>(empty.commit()));
    BOOST_TEST(p.receiver.count() == 0U);
    p.registry.said->fails = false;
    auto tx = p.hooks->begin(host);
    tx.created(p.one);
    BOOST_TEST(static_cast<bool>(tx.commit()));
    BOOST_TEST(p.receiver.count() == 1U);
}

BOOST_AUTO_TEST_CASE(an_async_dispatch_does_not_make_its_executor_wait_for_the_load) {
    struct policies : simulated_policies::with_registry<awaited_registry> {};
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver(clock);
    memory_storage storage;
    awaited_registry registry(storage);
    registry.said->fails = true;
    dispatcher<objects, policies> hooks(io, clock, receiver, storage, registry, testing::seeded_random(4));
    registry.said->fails = false;
    int const waits = registry.said->waits;
    project const one{1, "P1"};
    error_code first;
    hooks.async_dispatch(created(one), [&](error_code ec, dispatch_result const&) { first = ec; });
    testing::run_simulated(io, clock, 0s);
    BOOST_TEST((first == errc::registry_unavailable));
    error_code second = errc::stopping;
    hooks.async_dispatch(created(one), [&](error_code ec, dispatch_result const&) { second = ec; });
    testing::run_simulated(io, clock, 0s);
    BOOST_TEST(!second);
    BOOST_TEST(registry.said->waits == waits);
}

// --- other processes ---

BOOST_AUTO_TEST_CASE_TEMPLATE(a_change_of_another_process_is_seen_within_the_poll, Registry, registries) {
    process<Registry> p;
    process<Registry> other(p.storage);
    p.run();
    p.pass(10s);
    BOOST_TEST(other.hooks->save(p.hook()).has_value());
    p.pass(1s);
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.pass(1s);
    BOOST_TEST(p.receiver.count() == 1U);
    // An accept-only process too.
    process<Registry> accepts(p.storage);
    auto w = other.hooks->webhooks().at(0);
    w.active = false;
    BOOST_TEST(other.hooks->save(w).has_value());
    accepts.clock.advance(1s);
    BOOST_TEST(accepts.hooks->dispatch(created(p.one)).matched() == 0U);
    p.pass(1s);
    BOOST_TEST(p.hooks->dispatch(created(p.one)).matched() == 0U);
    BOOST_TEST(other.hooks->remove(w.id).has_value());
    p.pass(1s);
    BOOST_TEST(p.hooks->webhooks().empty());
}

BOOST_AUTO_TEST_CASE(a_registry_that_reports_changes_is_never_polled) {
    host p;
    dispatcher<objects, simulated_policies> other(p.io, p.clock, p.receiver, p.storage,
                                                  testing::seeded_random(9));
    BOOST_TEST(other.save(host::draft().on<project>().post("https://a.example.com/").body("1")).has_value());
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
    BOOST_TEST(other.remove(other.webhooks().at(0).id).has_value());
    BOOST_TEST(p.hooks->dispatch(created(p.one)).matched() == 0U);
}

BOOST_FIXTURE_TEST_CASE(reload_sees_a_change_at_once, memory_process) {
    process<plain_registry> other(storage);
    BOOST_TEST(other.hooks->save(hook()).has_value());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 1U);
    registry.said->fails = true;
    BOOST_TEST((hooks->reload().error() == errc::registry_unavailable));
}

BOOST_FIXTURE_TEST_CASE(a_load_that_was_overtaken_brings_nothing_back, memory_process) {
    auto const id = hooks->save(hook()).value();
    posthorn::filter f;
    f.name = "named";
    f.object = "project";
    f.expression = "project.id > 0";
    f.is_public = true;
    auto const named = hooks->save(f).value();
    process<plain_registry> other(storage);
    auto changed = other.hooks->webhooks().at(0);
    changed.description = "Changed by another process";
    BOOST_TEST(other.hooks->save(changed).has_value());
    auto renamed = other.hooks->filters().at(0);
    renamed.name = "renamed";
    BOOST_TEST(other.hooks->save(renamed).has_value());
    registry.said->after_load = [&] {
        BOOST_TEST(hooks->remove(id).has_value());
        BOOST_TEST(hooks->remove_filter(named).has_value());
    };
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST(!registry.said->after_load);
    BOOST_TEST(hooks->webhooks().empty());
    BOOST_TEST(hooks->filters().empty());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 0U);
}

// An answer that is older than what is known by now does not mean that the registry has gone back.
BOOST_FIXTURE_TEST_CASE(a_question_that_was_overtaken_takes_nothing_back, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    registry.said->after_generation = [&] { BOOST_TEST(hooks->save(hook()).has_value()); };
    registry.said->after_load = [&] {
        registry.said->after_load = [&] { BOOST_TEST(hooks->save(hook()).has_value()); };
    };
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST(!registry.said->after_generation);
    BOOST_TEST(!registry.said->after_load);
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_is_only_in_a_registry_that_was_replaced_is_forgotten, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    BOOST_TEST(hooks->save(hook()).has_value());
    memory_storage const backup;
    process<plain_registry> other(backup);
    auto const kept = other.hooks->save(hook()).value();
    registry.said->restored = backup;
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 1U);
    BOOST_TEST(hooks->webhooks().at(0).id == kept);
}

// What was loaded before it was replaced is not what it has now.
BOOST_FIXTURE_TEST_CASE(a_load_from_before_a_registry_was_replaced_counts_no_more, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    BOOST_TEST(hooks->save(hook()).has_value());
    process<plain_registry> other(storage);
    // So that its ids are others.
    other.clock.advance(1s);
    BOOST_TEST(other.hooks->save(hook()).has_value());
    memory_storage const backup;
    process<plain_registry> later(backup);
    BOOST_TEST(later.hooks->save(hook()).has_value());
    registry.said->after_load = [&] {
        registry.said->restored = backup;
        BOOST_TEST(hooks->reload().has_value());
    };
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST(hooks->dispatch(created(one)).matched() == 1U);
}

// Its row is stored behind the removal, which has cancelled what was there.
BOOST_FIXTURE_TEST_CASE(what_matched_before_a_removal_does_not_wait_forever, memory_process) {
    auto const id = hooks->save(hook()).value();
    run();
    counting_transaction host;
    auto tx = hooks->begin(host);
    tx.created(one);
    BOOST_TEST(hooks->remove(id).has_value());
    pass(1s);
    BOOST_TEST(static_cast<bool>(tx.commit()));
    pass(1h);
    BOOST_TEST(receiver.count() == 0U);
    BOOST_TEST(storage.counts().pending == 0U);
    BOOST_TEST(storage.counts().cancelled == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_registry_that_cannot_be_asked_any_more_refuses_events, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    registry.said->fails = true;
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    clock.advance(1s);
    BOOST_TEST((hooks->dispatch(created(one)).error() == errc::registry_unavailable));
    registry.said->fails = false;
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
}

BOOST_FIXTURE_TEST_CASE(two_editors_lose_no_change, memory_process) {
    process<plain_registry> other(storage);
    auto const id = hooks->save(hook()).value();
    auto mine = hooks->webhooks().at(0);
    auto yours = other.hooks->webhooks().at(0);
    mine.wording = "mine";
    yours.description = "yours";
    BOOST_TEST(hooks->save(mine, "ann").has_value());
    auto const refused = other.hooks->save(yours, "ben");
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.error().cause() == errc::registry_conflict));
    yours = other.hooks->webhooks().at(0);
    yours.description = "yours";
    BOOST_TEST(other.hooks->save(yours, "ben").has_value());
    auto const both = hooks->webhooks().at(0);
    BOOST_TEST(both.wording == "mine");
    BOOST_TEST(both.description == "yours");
    BOOST_TEST(both.revision == 3U);
    BOOST_TEST(hooks->history(id).value().size() == 3U);
    BOOST_TEST(other.hooks->remove(id).has_value());
    BOOST_TEST(!hooks->save(both).has_value());
    BOOST_TEST(hooks->webhooks().empty());
}

// The 410 of an old URL leaves what was changed since; a later one changes only what it is about.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_410_undoes_no_change_of_another_process, Registry, registries) {
    for (bool const moves : {true, false}) {
        process<Registry> p;
        process<Registry> other(p.storage);
        auto const id =
            p.hooks->save(p.hook().sign(secret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")))
                .value();
        p.run();
        p.receiver.hold();
        p.receiver.answer(410);
        BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
        p.pass(100ms);
        auto w = other.hooks->webhooks().at(0);
        w.signing.clear();
        w.signing.emplace_back(secret("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="));
        if (moves)
            w.url = "https://b.example.com/";
        BOOST_TEST(other.hooks->save(w, "ann").has_value());
        p.receiver.release();
        p.pass(5s);
        auto const now = other.hooks->webhooks().at(0);
        BOOST_TEST(now.active == moves);
        BOOST_TEST(now.url == w.url);
        BOOST_TEST((now.signing == w.signing));
        auto const past = other.hooks->history(id).value();
        BOOST_TEST(past.size() == (moves ? 2U : 3U));
        if (!moves)
            BOOST_TEST((past[0].changes == std::vector<field_change>{{"active", "yes", "no"}}));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_410_brings_no_removed_webhook_back, Registry, registries) {
    process<Registry> p;
    process<Registry> other(p.storage);
    auto const id = p.hooks->save(p.hook()).value();
    p.run();
    p.receiver.hold();
    p.receiver.answer(410);
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.pass(100ms);
    BOOST_TEST(other.hooks->remove(id, "ann").has_value());
    p.receiver.release();
    p.pass(5s);
    BOOST_TEST(other.hooks->webhooks().empty());
    BOOST_TEST(p.hooks->webhooks().empty());
    BOOST_TEST(other.hooks->history(id).value().size() == 2U);
}

// It was reactivated since: the late 410 of another worker is about before.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_late_410_does_not_undo_a_reactivation, Registry, registries) {
    process<Registry> p;
    process<Registry> other(p.storage);
    BOOST_TEST(p.hooks->save(p.hook()).has_value());
    p.run();
    p.receiver.hold();
    p.receiver.answer(410);
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.pass(100ms);
    for (bool const active : {false, true}) {
        auto w = other.hooks->webhooks().at(0);
        w.active = active;
        BOOST_TEST(other.hooks->save(w, "ann").has_value());
    }
    p.receiver.release();
    p.pass(5s);
    BOOST_TEST(other.hooks->webhooks().at(0).active);
}

// It was removed and created again since: it is another webhook, whatever its id and URL.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_late_410_does_not_undo_a_webhook_that_was_created_again, Registry,
                              registries) {
    process<Registry> p;
    process<Registry> other(p.storage);
    auto const draft = p.hook().key("ours");
    auto const id = p.hooks->ensure(draft).value().id;
    p.run();
    p.receiver.hold();
    p.receiver.answer(410);
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.pass(100ms);
    BOOST_TEST(other.hooks->remove(id, "ann").has_value());
    BOOST_TEST(
        (other.hooks->ensure(draft, on_user_change::overwrite).value().outcome == ensure_outcome::created));
    p.receiver.release();
    p.pass(5s);
    BOOST_TEST(other.hooks->webhooks().at(0).active);
    BOOST_TEST(p.hooks->webhooks().at(0).active);
}

// The receiver says it once.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_410_is_not_forgotten_while_the_registry_fails, Registry, registries) {
    for (bool const waits : {false, true}) {
        process<Registry> p;
        auto draft = p.hook();
        if (waits)
            draft = std::move(draft).after_commit();
        BOOST_TEST(p.hooks->save(draft).has_value());
        p.run();
        p.pass(1s);
        p.receiver.answer(410);
        p.registry.said->is_read_only = true;
        if (waits)
            BOOST_TEST(p.hooks->dispatch_and_wait(created(p.one)).committed());
        else
            BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
        p.pass(10s);
        BOOST_TEST(p.hooks->webhooks().at(0).active);
        // The observer hears once that it failed, and once that it was done.
        auto const told = [&] {
            return std::ranges::count_if(p.log.problems(), [](std::string const& text) {
                return text.find("answered 410 Gone") != std::string::npos;
            });
        };
        BOOST_TEST(told() == 1);
        p.registry.said->is_read_only = false;
        p.pass(5s);
        BOOST_TEST(!p.hooks->webhooks().at(0).active);
        BOOST_TEST(told() == 2);
        BOOST_TEST(p.receiver.count() == 1U);
    }
}

// A process that only accepts events has no keeper: the next transaction that waits makes up for it.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_410_without_a_run_is_made_up_for_by_the_next_transaction, Registry,
                              registries) {
    process<Registry> p;
    BOOST_TEST(p.hooks->save(p.hook().after_commit()).has_value());
    p.receiver.answer(410);
    p.registry.said->is_read_only = true;
    BOOST_TEST(p.hooks->dispatch_and_wait(created(p.one)).committed());
    BOOST_TEST(p.hooks->dispatch_and_wait(created(p.one)).committed());
    BOOST_TEST(p.hooks->webhooks().at(0).active);
    p.registry.said->is_read_only = false;
    BOOST_TEST(p.hooks->dispatch_and_wait(created(p.one)).committed());
    BOOST_TEST(!p.hooks->webhooks().at(0).active);
    BOOST_TEST(p.receiver.count() == 3U);
    BOOST_TEST(p.hooks->dispatch_and_wait(created(p.one)).committed());
    BOOST_TEST(p.receiver.count() == 3U);
}

// What another process stores of a failing period while a user saves, removes or a 410 deactivates.
BOOST_FIXTURE_TEST_CASE(a_failing_period_that_is_stored_beside_a_change_ends_with_it, memory_process) {
    auto const id = hooks->save(hook().after_commit()).value();
    record_key const key(record_kind::setting, detail::setting_key(detail::failing_kind, to_text(id)));
    auto const fails_elsewhere = [&] {
        registry_commit c;
        std::uint64_t revision = 0;
        for (auto const& r : storage.load(0).value().records)
            if (r.key == key.key && !r.erased)
                revision = r.revision;
        c.changes.emplace_back(key, revision, detail::record_of_text("1970-01-01T00:00:00Z"));
        BOOST_TEST(storage.commit(c).has_value());
    };
    auto const is_stored = [&] {
        return std::ranges::any_of(storage.load(0).value().records,
                                   [&](record const& r) { return r.key == key.key && !r.erased; });
    };
    registry.said->during_commit = fails_elsewhere;
    auto w = hooks->webhooks().at(0);
    w.description = "changed";
    BOOST_TEST(hooks->save(w, "ann").has_value());
    BOOST_TEST(!is_stored());
    registry.said->during_commit = fails_elsewhere;
    receiver.answer(410);
    BOOST_TEST(hooks->dispatch_and_wait(created(one)).committed());
    BOOST_TEST(!hooks->webhooks().at(0).active);
    BOOST_TEST(!is_stored());
    registry.said->during_commit = fails_elsewhere;
    BOOST_TEST(hooks->remove(id, "ann").has_value());
    BOOST_TEST(!is_stored());
}

// The outbox knows no records: the process itself has to see that the webhook is there again.
BOOST_AUTO_TEST_CASE(a_cancellation_that_is_obsolete_is_not_made) {
    process<plain_registry> p;
    p.registry = plain_registry(memory_storage());
    p.start();
    auto const draft = p.hook().key("ours");
    auto const id = p.hooks->ensure(draft).value().id;
    BOOST_TEST(p.hooks->remove(id, "ann").has_value());
    BOOST_TEST(
        (p.hooks->ensure(draft, on_user_change::overwrite).value().outcome == ensure_outcome::created));
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.run();
    p.pass(1s);
    BOOST_TEST(p.receiver.count() == 1U);
    BOOST_TEST(p.storage.counts().cancelled == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_filter_that_another_process_uses_stays, Registry, registries) {
    process<Registry> p;
    process<Registry> other(p.storage);
    auto const f = p.hooks->save(p.hooks->filter("Ours").template on<project>().for_everyone()).value();
    BOOST_TEST(p.hooks->save(p.hook().for_filter(f)).has_value());
    BOOST_TEST((other.hooks->remove_filter(f).error() == errc::filter_in_use));
    // Between the look and the commit.
    auto const unused =
        p.hooks->save(p.hooks->filter("Theirs").template on<project>().for_everyone()).value();
    other.registry.said->during_commit = [&] {
        BOOST_TEST(p.hooks->save(p.hook("late").for_filter(unused)).has_value());
    };
    BOOST_TEST((other.hooks->remove_filter(unused).error() == errc::filter_in_use));
    // And the other way round.
    auto const gone = p.hooks->save(p.hooks->filter("Gone").template on<project>().for_everyone()).value();
    other.registry.said->during_commit = [&] { BOOST_TEST(p.hooks->remove_filter(gone).has_value()); };
    auto const refused = other.hooks->save(p.hook("later").for_filter(gone));
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().all().at(0).field() == "filter");
}

BOOST_FIXTURE_TEST_CASE(two_editors_of_a_filter_lose_no_change_and_it_has_a_history, memory_process) {
    process<plain_registry> other(storage);
    auto const id = hooks->save(hooks->filter("Ours").on<project>().for_everyone(), "ann").value();
    auto mine = hooks->filters().at(0);
    auto yours = other.hooks->filters().at(0);
    mine.expression = "false";
    yours.name = "Theirs";
    BOOST_TEST(hooks->save(mine, "ann").has_value());
    auto const refused = other.hooks->save(yours, "ben");
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().all().at(0).field() == "revision");
    BOOST_TEST((refused.error().cause() == errc::registry_conflict));
    auto const past = other.hooks->filter_history(id).value();
    BOOST_TEST_REQUIRE(past.size() == 2U);
    BOOST_TEST((past[0].kind == record_kind::filter && past[0].subject == id));
    BOOST_TEST(past[0].user == "ann");
    BOOST_TEST((past[0].changes == std::vector<field_change>{{"expression", "", "false"}}));
}

// --- claims ---

// The worker has not seen the webhook yet.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_delivery_of_a_webhook_that_is_new_elsewhere_is_sent, Registry, registries) {
    process<Registry> p;
    options o;
    o.registry_poll = 1h;
    p.start(o);
    p.run();
    p.pass(1s);
    process<Registry> other(p.storage);
    BOOST_TEST(other.hooks->save(p.hook()).has_value());
    BOOST_TEST(other.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.pass(30s);
    BOOST_TEST(p.receiver.count() == 1U);
    BOOST_TEST(p.storage.counts().cancelled == 0U);
}

// The worker knows an older state: what it sends is what is stored.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_stale_worker_loads_before_it_sends, Registry, registries) {
    process<Registry> p;
    options o;
    o.registry_poll = 1h;
    auto const id = p.hooks->save(p.hook()).value();
    p.start(o);
    p.run();
    p.pass(1s);
    process<Registry> other(p.storage);
    auto w = other.hooks->webhooks().at(0);
    w.url = "https://b.example.com/";
    BOOST_TEST(other.hooks->save(w).has_value());
    BOOST_TEST(other.hooks->dispatch(created(p.one)).accepted() == 1U);
    p.pass(30s);
    BOOST_TEST_REQUIRE(p.receiver.count() == 1U);
    BOOST_TEST(p.receiver.requests().at(0).url() == "https://b.example.com/");
    // And what is inactive, or gone, is not handed out.
    BOOST_TEST(other.hooks->dispatch(created(p.one)).accepted() == 1U);
    w = other.hooks->webhooks().at(0);
    w.active = false;
    BOOST_TEST(other.hooks->save(w).has_value());
    p.pass(10min);
    BOOST_TEST(p.receiver.count() == 1U);
    w = other.hooks->webhooks().at(0);
    w.active = true;
    BOOST_TEST(other.hooks->save(w).has_value());
    other.pass(1s);
    p.pass(1min);
    BOOST_TEST(p.receiver.count() == 2U);
    BOOST_TEST(other.hooks->dispatch(created(p.one)).accepted() == 1U);
    BOOST_TEST(other.hooks->remove(id).has_value());
    other.pass(1s);
    p.pass(10min);
    BOOST_TEST(p.receiver.count() == 2U);
    BOOST_TEST(p.storage.counts().cancelled == 1U);
}

// A process ended between the change of a webhook and that of its rows.
BOOST_FIXTURE_TEST_CASE(rows_follow_their_webhook_after_a_crash, memory_process) {
    auto const id = hooks->save(hook()).value();
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    for (bool const active : {false, true}) {
        auto w = stored_webhooks(storage).at(0);
        w.active = active;
        store(storage, w);
        start();
        run();
        pass(1s);
        hooks->stop();
        pass(1s);
        BOOST_TEST(storage.counts().paused == (active ? 0U : 1U));
        BOOST_TEST(receiver.count() == (active ? 1U : 0U));
    }
    BOOST_TEST(hooks.has_value());
    start();
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    hooks.reset();
    store_text(storage, webhook_key(id), std::nullopt);
    start();
    run();
    pass(1s);
    BOOST_TEST(storage.counts().cancelled == 1U);
}

// What a user paused stays paused, whatever happens to its webhook.
BOOST_FIXTURE_TEST_CASE(a_delivery_that_a_user_paused_is_not_resumed_with_its_webhook, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    for (int i = 0; i != 2; ++i)
        BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    auto const mine = hooks->deliveries().value().found.at(0).what->id();
    BOOST_TEST(hooks->change(mine, delivery_change::pause).has_value());
    for (bool const active : {false, true}) {
        auto w = hooks->webhooks().at(0);
        w.active = active;
        BOOST_TEST(hooks->save(w).has_value());
        pass(1s);
    }
    start();
    run();
    pass(1min);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST((storage.state_of(mine) == delivery_state::paused));
    BOOST_TEST(hooks->change(mine, delivery_change::resume).has_value());
    pass(1min);
    BOOST_TEST(receiver.count() == 2U);
}

// What one process cannot use, another one can: it does not touch the rows.
BOOST_FIXTURE_TEST_CASE(what_cannot_be_used_here_waits_for_others, memory_process) {
    auto const id = hooks->save(hook().header("X-Token", secret("s"))).value();
    process<plain_registry> keyless(storage);
    keyless.registry.said->keys.emplace();
    keyless.start();
    BOOST_TEST_REQUIRE(keyless.hooks->damaged().size() == 1U);
    BOOST_TEST(keyless.hooks->damaged().at(0).id == id);
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    keyless.run();
    keyless.pass(1min);
    BOOST_TEST(keyless.receiver.count() == 0U);
    BOOST_TEST(storage.counts().pending == 1U);
    // Nor do they hold up its end.
    outcome drained;
    keyless.hooks->async_drain(1h, drained.record());
    keyless.pass(2s);
    BOOST_TEST_REQUIRE(drained.done());
    BOOST_TEST(!drained.said[0]);
    run();
    pass(1s);
    BOOST_TEST(receiver.count() == 1U);
}

// A process that knows an older state of a webhook moves its rows as it was then: the record is right.
BOOST_FIXTURE_TEST_CASE(a_stale_process_cancels_and_pauses_nothing, memory_process) {
    auto const draft = hook().key("ours");
    for (bool const removes : {true, false}) {
        auto const id = hooks->ensure(draft, on_user_change::overwrite).value().id;
        process<plain_registry> other(storage);
        if (removes) {
            BOOST_TEST(other.hooks->remove(id).has_value());
        } else {
            auto w = other.hooks->webhooks().at(0);
            w.active = false;
            BOOST_TEST(other.hooks->save(w).has_value());
        }
        // Before the other process's executor does what its change asks for.
        BOOST_TEST(hooks->reload().has_value());
        BOOST_TEST(hooks->ensure(draft, on_user_change::overwrite).has_value());
        BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
        other.pass(1s);
        BOOST_TEST(storage.counts().cancelled == 0U);
        BOOST_TEST(storage.counts().paused == 0U);
    }
}

// A webhook was deactivated and activated again before this process looked, and who did it ended before its
// rows were moved.
BOOST_FIXTURE_TEST_CASE(what_was_paused_and_resumed_unseen_goes_out, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    options o;
    o.registry_poll = 1h;
    start(o);
    run();
    pass(1s);
    {
        process<plain_registry> other(storage);
        BOOST_TEST(other.hooks->dispatch(created(one)).accepted() == 1U);
        for (bool const active : {false, true}) {
            auto w = other.hooks->webhooks().at(0);
            w.active = active;
            BOOST_TEST(other.hooks->save(w).has_value());
            if (!active)
                other.pass(1s);
        }
        BOOST_TEST(storage.counts().paused == 1U);
    }
    BOOST_TEST(hooks->reload().has_value());
    pass(10s);
    BOOST_TEST(receiver.count() == 1U);
}

// The registry cannot say what is new; nothing is sent to where it was.
BOOST_FIXTURE_TEST_CASE(a_worker_that_cannot_load_sends_nothing, memory_process) {
    BOOST_TEST(hooks->save(hook()).has_value());
    run();
    pass(1s);
    process<plain_registry> other(storage);
    auto w = other.hooks->webhooks().at(0);
    w.url = "https://b.example.com/";
    BOOST_TEST(other.hooks->save(w).has_value());
    registry.said->fails = true;
    BOOST_TEST(other.hooks->dispatch(created(one)).accepted() == 1U);
    pass(30s);
    BOOST_TEST(receiver.count() == 0U);
    registry.said->fails = false;
    pass(30s);
    BOOST_TEST_REQUIRE(receiver.count() == 1U);
    BOOST_TEST(receiver.requests().at(0).url() == "https://b.example.com/");
}

// It has a say, whatever became of the one that was there when the event was recorded.
BOOST_FIXTURE_TEST_CASE(a_veto_that_was_removed_and_created_again_is_called, memory_process) {
    auto w = hook().in_transaction().value();
    w.id.data[0] = 9;
    BOOST_TEST(hooks->save(w).has_value());
    receiver.answer(500);
    counting_transaction host;
    auto tx = hooks->begin(host);
    tx.created(one);
    BOOST_TEST(hooks->remove(w.id).has_value());
    BOOST_TEST(hooks->save(w).has_value());
    auto const report = tx.commit();
    BOOST_TEST(!report);
    BOOST_TEST(receiver.count() == 1U);
    BOOST_TEST(*host.rollbacks == 1);
}

// An outbox that is not the registry: what the registry lacks may be damaged there.
BOOST_FIXTURE_TEST_CASE(a_delivery_of_an_unknown_webhook_waits_until_it_is_too_old, memory_process) {
    auto const id = hooks->save(hook()).value();
    process<plain_registry> other;
    other.registry = registry;
    options o = at_once();
    o.delivery_deadline = 1h;
    other.start(o);
    BOOST_TEST(other.hooks->dispatch(created(one)).accepted() == 1U);
    // As if the key had been damaged: the registry neither has the record nor knows that it was removed.
    other.registry.said->during_load = [&](registry_load& loaded) {
        loaded.complete = true;
        std::erase_if(loaded.records, [&](record const& r) { return r.key == to_text(id); });
    };
    other.start(o);
    other.run();
    other.pass(10min);
    BOOST_TEST(other.receiver.count() == 0U);
    BOOST_TEST(other.storage.counts().pending == 1U);
    BOOST_TEST(other.storage.counts().cancelled == 0U);
    other.pass(2h);
    BOOST_TEST(other.storage.counts().pending == 0U);
    BOOST_TEST(other.storage.counts().failed == 1U);
}

// --- damaged records ---

BOOST_FIXTURE_TEST_CASE(a_damaged_record_affects_only_itself, memory_process) {
    auto const good = hooks->save(hook("good")).value();
    auto const bad = hooks->save(hook("bad")).value();
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 2U);
    auto text = stored_record(storage, webhook_key(bad))->value;
    text.insert(text.find("\"bad\"") + 1, "\xe9");
    auto const revision = store_text(storage, webhook_key(bad), text);
    store_text(storage, {record_kind::webhook, "no id"}, "{}");
    store_text(storage, {record_kind::filter, to_text(good)}, "[");
    start();
    auto const damaged = hooks->damaged();
    BOOST_TEST_REQUIRE(damaged.size() == 3U);
    BOOST_TEST((damaged[0].id == bad && damaged[0].revision == revision));
    BOOST_TEST(damaged[0].reason == "what is stored is not a JSON object in UTF-8");
    BOOST_TEST((damaged[1].which == record_key(record_kind::filter, to_text(good))));
    BOOST_TEST((damaged[2].which == record_key(record_kind::webhook, "no id")));
    BOOST_TEST(hooks->webhooks().size() == 1U);
    // The others go on; what it asks for is refused, not forgotten.
    auto const result = hooks->dispatch(created(one));
    BOOST_TEST(result.accepted() == 1U);
    BOOST_TEST(result.refused().size() == 1U);
    run();
    pass(1min);
    BOOST_TEST(receiver.count() == 2U);
    BOOST_TEST(hooks->history(bad).value().size() == 1U);
    // Repaired, its deliveries are sent.
    auto repaired = hook("repaired").value();
    repaired.id = bad;
    repaired.revision = revision;
    BOOST_TEST(hooks->save(repaired, "ann").has_value());
    pass(1min);
    BOOST_TEST(receiver.count() == 3U);
    BOOST_TEST(hooks->remove(hooks->damaged().at(1)).has_value());
    BOOST_TEST(hooks->remove(hooks->damaged().at(0)).has_value());
    BOOST_TEST(hooks->damaged().empty());
}

BOOST_FIXTURE_TEST_CASE(a_damaged_record_says_which_member_is_to_blame, memory_process) {
    std::pair<std::string_view, std::string_view> const damages[] = {
        {"\"wording\":\"w\"", "\"wording\":1"},
        {"\"method\":\"POST\"", "\"method\":\"PAST\""},
        {"\"body\":{", "\"body\":[],\"gone\":{"},
        {"\"headers\":[]", "\"headers\":[1]"},
        {"\"active\":true", "\"active\":1e400"}};
    std::string_view const members[] = {"`wording`", "`method`", "`body`", "`headers`", "not a JSON object"};
    auto const id = hooks->save(hook()).value();
    auto const good = stored_record(storage, webhook_key(id))->value;
    for (std::size_t i = 0; i != std::size(damages); ++i) {
        auto text = good;
        auto const at = text.find(damages[i].first);
        BOOST_TEST_REQUIRE(at != std::string::npos);
        text.replace(at, damages[i].first.size(), damages[i].second);
        store_text(storage, webhook_key(id), text);
        BOOST_TEST(hooks->reload().has_value());
        BOOST_TEST_REQUIRE(hooks->damaged().size() == 1U);
        BOOST_TEST(hooks->damaged().at(0).reason.find(members[i]) != std::string::npos,
                   hooks->damaged().at(0).reason);
    }
}

// Deliveries follow the one, users see the other.
BOOST_FIXTURE_TEST_CASE(a_record_that_says_two_things_of_its_activity_is_damaged, memory_process) {
    auto const id = hooks->save(hook()).value();
    auto const text = stored_record(storage, webhook_key(id))->value;
    auto const revision = store_text(storage, webhook_key(id), text, false);
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST_REQUIRE(hooks->damaged().size() == 1U);
    BOOST_TEST(hooks->damaged().at(0).reason ==
               "its deliveries are held back, although its record says that it is active");
    auto repaired = hook().value();
    repaired.id = id;
    repaired.revision = revision;
    BOOST_TEST(hooks->save(repaired).has_value());
    BOOST_TEST(hooks->damaged().empty());
    BOOST_TEST(stored_record(storage, webhook_key(id))->active);
}

// As of a later version, or of a registry that is damaged.
BOOST_FIXTURE_TEST_CASE(records_and_entries_of_an_unknown_kind_are_listed_and_harm_nobody, memory_process) {
    auto const id = hooks->save(hook()).value();
    record_key const odd(static_cast<record_kind>(7), to_text(id));
    store_text(storage, odd, "{}");
    BOOST_TEST(hooks->reload().has_value());
    BOOST_TEST_REQUIRE(hooks->damaged().size() == 1U);
    BOOST_TEST((hooks->damaged().at(0).which == odd));
    BOOST_TEST(hooks->damaged().at(0).reason == "this version knows no records of its kind");
    BOOST_TEST(to_string(odd.kind) == "unknown");
    BOOST_TEST(hooks->dispatch(created(one)).accepted() == 1U);
    BOOST_TEST(hooks->remove(hooks->damaged().at(0)).has_value());
    BOOST_TEST(hooks->damaged().empty());
    BOOST_TEST(!stored_record(storage, odd));
    auto const entry = detail::entry_of(history_record(odd, "{}"));
    BOOST_TEST(entry.damaged);
}

// A registry that counts wrongly hides no later change.
BOOST_FIXTURE_TEST_CASE(a_record_that_seems_to_be_of_the_future_is_replaced_all_the_same, memory_process) {
    auto const id = hooks->save(hook()).value();
    registry.said->during_load = [](registry_load& loaded) {
        for (auto& r : loaded.records)
            r.changed = std::numeric_limits<std::int64_t>::max();
    };
    start();
    registry.said->during_load = nullptr;
    auto w = hooks->webhooks().at(0);
    w.wording = "later";
    BOOST_TEST(hooks->save(w).has_value());
    BOOST_TEST(hooks->webhooks().at(0).wording == "later");
    BOOST_TEST(hooks->remove(id).has_value());
    BOOST_TEST(hooks->webhooks().empty());
}

BOOST_FIXTURE_TEST_CASE(a_user_who_cannot_be_written_down_changes_nothing, memory_process) {
    auto const id = hooks->save(hook(), "ann").value();
    auto const named = hooks->save(hooks->filter("Ours").on<project>().for_everyone(), "ann").value();
    for (auto const& user : {std::string("\xff"), std::string("a\0b", 3)}) {
        BOOST_TEST((hooks->remove(id, user).error() == errc::bad_user));
        BOOST_TEST((hooks->remove_filter(named, user).error() == errc::bad_user));
        BOOST_TEST(!hooks->save(hook(), user).has_value());
    }
    BOOST_TEST(hooks->webhooks().size() == 1U);
    BOOST_TEST(hooks->filters().size() == 1U);
    BOOST_TEST(hooks->history(id).value().size() == 1U);
}

// What a registry of the host's throws is told in its words.
// What it does not return might be a webhook with a veto.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_first_load_that_is_not_complete_is_refused, Registry, registries) {
    process<Registry> p;
    BOOST_TEST(p.hooks->save(p.hook()).has_value());
    p.registry.said->during_load = [](registry_load& l) { l.complete = false; };
    p.start();
    p.run();
    p.pass(3s);
    BOOST_TEST((p.hooks->ready().error() == errc::incomplete_load));
    BOOST_TEST((p.hooks->dispatch(created(p.one)).error() == errc::registry_unavailable));
    p.registry.said->during_load = nullptr;
    BOOST_TEST(p.hooks->dispatch(created(p.one)).accepted() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_registry_throws_reaches_the_observer) {
    struct throwing_registry : plain_registry {
        using plain_registry::plain_registry;
        [[nodiscard]] result<std::uint64_t> generation() { throw std::runtime_error("the disk is on fire"); }
        [[nodiscard]] encryption_keys keys() const { throw std::runtime_error("the vault is shut"); }
    };
    process<throwing_registry> p;
    auto const told = [&](std::string_view text) {
        return std::ranges::any_of(p.log.problems(), [&](std::string const& problem) {
            return problem.find(text) != std::string::npos;
        });
    };
    BOOST_TEST(told("the vault is shut"));
    BOOST_TEST(!p.hooks->reload().has_value());
    BOOST_TEST(told("the disk is on fire"));
    memory_storage const storage;
    throwing_registry registry(storage);
    BOOST_TEST((admin::seal_new(registry, encryption_keys()).error() == errc::no_encryption_key));
}

BOOST_FIXTURE_TEST_CASE(a_damaged_webhook_with_a_veto_vetoes, memory_process) {
    auto const bad = hooks->save(hook("bad").in_transaction()).value();
    auto text = stored_record(storage, webhook_key(bad))->value;
    text.insert(text.find("\"bad\"") + 1, "\xe9");
    store_text(storage, webhook_key(bad), text);
    start();
    counting_transaction host;
    auto tx = hooks->begin(host);
    tx.created(one);
    auto const report = tx.commit();
    BOOST_TEST((report.error().code() == errc::webhook_unusable));
    BOOST_TEST(*host.rollbacks == 1);
    // It has nothing to say about what it does not ask for.
    posthorn::test::user const u{"ann"};
    auto other = hooks->begin(host);
    other.created(u);
    BOOST_TEST(static_cast<bool>(other.commit()));
    BOOST_TEST(hooks->remove(bad).has_value());
    auto again = hooks->begin(host);
    again.created(one);
    BOOST_TEST(static_cast<bool>(again.commit()));
}

BOOST_FIXTURE_TEST_CASE(a_filter_that_a_damaged_webhook_names_is_in_use, memory_process) {
    posthorn::filter f;
    f.name = "named";
    f.object = "project";
    f.expression = "project.id > 0";
    f.is_public = true;
    auto const named = hooks->save(f).value();
    auto const bad = hooks->save(hook("bad").for_filter(named)).value();
    auto text = stored_record(storage, webhook_key(bad))->value;
    text.insert(text.find("\"bad\"") + 1, "\xe9");
    store_text(storage, webhook_key(bad), text);
    start();
    BOOST_TEST_REQUIRE(hooks->damaged().size() == 1U);
    BOOST_TEST((hooks->remove_filter(named).error() == errc::filter_in_use));
    BOOST_TEST(hooks->remove(bad).has_value());
    BOOST_TEST(hooks->remove_filter(named).has_value());
}

BOOST_FIXTURE_TEST_CASE(a_veto_that_becomes_unusable_before_the_commit_vetoes, memory_process) {
    auto const bad = hooks->save(hook("bad").in_transaction()).value();
    counting_transaction host;
    auto tx = hooks->begin(host);
    tx.created(one);
    auto text = stored_record(storage, webhook_key(bad))->value;
    text.insert(text.find("\"bad\"") + 1, "\xe9");
    store_text(storage, webhook_key(bad), text);
    BOOST_TEST(hooks->reload().has_value());
    auto const report = tx.commit();
    BOOST_TEST(!report);
    BOOST_TEST((report.error().code() == errc::webhook_unusable));
    BOOST_TEST(*host.commits == 0);
    BOOST_TEST(*host.rollbacks == 1);
    BOOST_TEST(receiver.count() == 0U);
}

// --- start-up code ---

BOOST_FIXTURE_TEST_CASE(a_program_that_is_started_three_times_has_one_webhook, memory_process) {
    auto const ensure = [&](std::string url, on_user_change rule = on_user_change::keep) {
        start();
        return hooks
            ->ensure(hooks_type::webhook("archive").on<project>().post(std::move(url)).body("1"), rule)
            .value();
    };
    auto const first = ensure("https://a.example.com/");
    BOOST_TEST((first.outcome == ensure_outcome::created));
    BOOST_TEST((ensure("https://a.example.com/").outcome == ensure_outcome::unchanged));
    BOOST_TEST((ensure("https://a.example.com/").id == first.id));
    BOOST_TEST(hooks->webhooks().size() == 1U);
    BOOST_TEST(hooks->webhooks().at(0).revision == 1U);
    // A new version of the program.
    BOOST_TEST((ensure("https://b.example.com/").outcome == ensure_outcome::updated));
    BOOST_TEST(hooks->webhooks().at(0).url == "https://b.example.com/");
    // A user changes it: nothing is overwritten unless the host says so.
    auto w = hooks->webhooks().at(0);
    w.description = "mine";
    BOOST_TEST(hooks->save(w, "ann").has_value());
    BOOST_TEST((ensure("https://b.example.com/").outcome == ensure_outcome::kept));
    BOOST_TEST((ensure("https://c.example.com/").outcome == ensure_outcome::kept));
    BOOST_TEST(hooks->webhooks().at(0).description == "mine");
    BOOST_TEST(
        (ensure("https://c.example.com/", on_user_change::overwrite).outcome == ensure_outcome::updated));
    BOOST_TEST(hooks->webhooks().at(0).url == "https://c.example.com/");
    BOOST_TEST(hooks->webhooks().at(0).description.empty());
    // A user removes it.
    BOOST_TEST(hooks->remove(first.id, "ann").has_value());
    BOOST_TEST((ensure("https://c.example.com/").outcome == ensure_outcome::kept));
    BOOST_TEST(hooks->webhooks().empty());
    BOOST_TEST(
        (ensure("https://c.example.com/", on_user_change::overwrite).outcome == ensure_outcome::created));
    BOOST_TEST(hooks->webhooks().size() == 1U);
    // What the host's code created again is its own.
    BOOST_TEST((ensure("https://d.example.com/").outcome == ensure_outcome::updated));
}

// What was ensured is known by its revision, so that neither keys nor their rotation matter.
BOOST_FIXTURE_TEST_CASE(what_was_ensured_is_known_with_any_keys, memory_process) {
    auto const ensure = [&](std::string url) {
        start();
        return hooks
            ->ensure(hooks_type::webhook("archive")
                         .on<project>()
                         .post(std::move(url))
                         .header("X-Token", secret("s"))
                         .body("1"))
            .value()
            .outcome;
    };
    auto const with = [](char id, char filler) {
        return encryption_key(std::string(1, id), secret(std::string(encryption_key::size, filler)));
    };
    registry.said->keys = encryption_keys(static_keys::make(with('1', 'a')).value());
    BOOST_TEST((ensure("https://a.example.com/") == ensure_outcome::created));
    registry.said->keys = encryption_keys(static_keys::make(with('2', 'b'), {with('1', 'a')}).value());
    BOOST_TEST((ensure("https://a.example.com/") == ensure_outcome::unchanged));
    BOOST_TEST((ensure("https://b.example.com/") == ensure_outcome::updated));
    registry.said->keys = encryption_keys(static_keys::make(with('3', 'c'), {with('2', 'b')}).value());
    auto const rotated = detail::rotate_secrets([&](std::uint64_t after) { return registry.load(after); },
                                                [&](registry_commit const& c) { return registry.commit(c); },
                                                *registry.said->keys, [] { return system_random()(); });
    BOOST_TEST(rotated.value() == 1U);
    registry.said->keys = encryption_keys(static_keys::make(with('3', 'c')).value());
    BOOST_TEST((ensure("https://b.example.com/") == ensure_outcome::unchanged));
    BOOST_TEST((ensure("https://c.example.com/") == ensure_outcome::updated));
}

// What a user removed stays removed, also where the registry has forgotten the record.
BOOST_AUTO_TEST_CASE(what_a_user_removed_is_not_ensured_again_by_a_registry_without_memory) {
    memory_limits limits;
    limits.erased_kept = 0;
    process<plain_registry> p{memory_storage(limits)};
    auto const draft = p.hook().key("ours");
    auto const id = p.hooks->ensure(draft).value().id;
    BOOST_TEST(p.hooks->remove(id, "ann").has_value());
    p.start();
    BOOST_TEST((p.hooks->ensure(draft).value().outcome == ensure_outcome::kept));
    BOOST_TEST(p.hooks->webhooks().empty());
    p.registry.said->fails = true;
    BOOST_TEST(!p.hooks->ensure(draft).has_value());
    p.registry.said->fails = false;
    BOOST_TEST(
        (p.hooks->ensure(draft, on_user_change::overwrite).value().outcome == ensure_outcome::created));
}

BOOST_FIXTURE_TEST_CASE(a_key_outlives_a_new_wording_and_a_wrong_draft_is_an_error, memory_process) {
    auto const first = hooks->ensure(hook("Archive").key("archive")).value();
    auto const renamed = hooks->ensure(hook("The archive").key("archive")).value();
    BOOST_TEST((renamed.id == first.id && renamed.outcome == ensure_outcome::updated));
    BOOST_TEST(hooks->webhooks().at(0).wording == "The archive");
    BOOST_TEST((hooks->ensure(hook("Archive")).value().id != first.id));
    auto const wrong = hooks->ensure(hooks_type::webhook("wrong").on<project>().post("ftp://a/").body("1"));
    BOOST_TEST_REQUIRE(!wrong.has_value());
    BOOST_TEST(wrong.error().all().at(0).field() == "url");
    auto const nameless = hooks->ensure(hook(""));
    BOOST_TEST_REQUIRE(!nameless.has_value());
    BOOST_TEST(nameless.error().all().at(0).code() == "key_missing");
}

BOOST_AUTO_TEST_SUITE_END()
