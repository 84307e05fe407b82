// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "support/transactional_host.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;
using strings = std::vector<std::string>;

// Each step of a commit fails once in every position, in every way; what is promised is looked at after each.
namespace {

struct fused_policies : transactional_policies::with_transport<fused_transport>::with_blocking_transport<
                            fused_transport>::with_outbox<fused_outbox>::with_registry<memory_storage> {};

// Where the deliveries are stored: in the host's database, or beside it.
enum class place { together, beside };

struct rig {
    explicit rig(place where) : where_(where), receiver(clock) {
        fused_transport const transport(receiver, steps);
        hooks.emplace(*io, clock, transport, storage, fused_outbox(storage, steps), log,
                      testing::seeded_random(7));
        for (auto const* const name : {"first", "second"})
            listen(name, call_mode::in_transaction);
        for (auto const* const name : {"third", "fourth"})
            listen(name, call_mode::after_commit);
        for (auto const* const name : {"fifth", "sixth"})
            listen(name, call_mode::fire_and_forget);
        hooks->async_run([](error_code) {});
        settle();
        db.breaks = &steps;
    }

    void listen(std::string const& name, call_mode mode) {
        auto w =
            hooks->webhook(name).on<project>().post("https://" + name + "/").body("{{project.id}}").value();
        w.url = "https://" + name + ".example.com/";
        w.mode = mode;
        if (!hooks->save(w))
            throw std::logic_error("the webhook is wrong");
    }

    void settle() { testing::run_simulated(*io, clock, 0s); }

    template <class Use>
    void with_transaction(Use use) {
        project const one{1, "P1"};
        project const two{2, "P2"};
        auto const record = [&](auto tx) {
            tx.created(one);
            tx.created(two);
            use(tx);
        };
        if (where_ == place::together)
            record(hooks->begin(fake_transaction(db)));
        else
            record(hooks->begin(separate_transaction(db)));
    }

    void commit(bool blocking) {
        with_transaction([&](auto& tx) {
            if (blocking)
                report = tx.commit();
            else
                tx.async_commit([this](transaction_report r) { report = std::move(r); });
        });
        settle();
    }

    // Later, when several retries would have been made.
    void wait() { testing::run_simulated(*io, clock, 1h); }

    [[nodiscard]] std::size_t count(std::string const& name) const {
        return receiver.requests_to(name + ".example.com").size();
    }

    // What must hold whatever has failed.
    void check_promises(bool lost_append = false) {
        bool const committed = db.committed == 1;
        BOOST_TEST(db.open == 0);
        BOOST_TEST(db.committed + (db.rolled_back > 0 ? 1 : 0) == 1);
        // Told in the transaction: each at most once for each event, and all of them before a commit.
        for (auto const* const name : {"first", "second"}) {
            BOOST_TEST(count(name) <= 2U);
            BOOST_TEST((!committed || count(name) == 2U));
        }
        // After the commit: never without one, and never twice.
        for (auto const* const name : {"third", "fourth"})
            BOOST_TEST((committed ? count(name) <= 2U : count(name) == 0U));
        // In the background: nothing without a commit, everything with one.
        for (auto const* const name : {"fifth", "sixth"})
            BOOST_TEST(count(name) == (committed && !lost_append ? 2U : 0U));
        if (!report)
            return;
        BOOST_TEST(report->committed() == committed);
        BOOST_TEST(static_cast<bool>(report->error()) == !committed);
        BOOST_TEST(report->accepted() == (committed && !lost_append ? 4U : 0U));
        BOOST_TEST(report->refused().size() == (lost_append ? 4U : 0U));
        // Whoever was told is named.
        BOOST_TEST(report->told().size() == count("first") + count("second"));
        std::size_t after = 0;
        for (auto const& c : report->calls())
            after += c.mode() == call_mode::after_commit ? 1U : 0U;
        BOOST_TEST(after == (committed ? 4U : 0U));
        BOOST_TEST(report->failed().size() == (committed ? 4U : 0U) - count("third") - count("fourth"));
    }

    place where_;
    fuse steps;
    fake_database db;
    std::optional<boost::asio::io_context> io{std::in_place};
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage storage;
    event_log log;
    std::optional<dispatcher<objects, fused_policies>> hooks;
    std::optional<transaction_report> report;
};

std::size_t all_steps(place where, bool blocking) {
    rig r(where);
    r.commit(blocking);
    BOOST_TEST(r.db.committed == 1);
    strings expected(8, "");
    for (std::size_t i = 0; i != 4; ++i)
        expected[i] = i % 2 == 0 ? "call first.example.com" : "call second.example.com";
    auto const& steps = r.steps.steps();
    BOOST_TEST(steps.size() == 10U);
    BOOST_TEST(std::equal(expected.begin(), expected.begin() + 4, steps.begin()));
    BOOST_TEST(steps[4] == (where == place::together ? "enlist" : "commit"));
    BOOST_TEST(steps[5] == (where == place::together ? "commit" : "append"));
    BOOST_TEST(steps[6] == "call third.example.com");
    return steps.size();
}

std::string_view name(place p) {
    return p == place::together ? "stored together" : "stored beside";
}

template <class Body>
void for_each_position(Body body) {
    for (auto const where : {place::together, place::beside})
        for (bool const blocking : {true, false}) {
            auto const steps = all_steps(where, blocking);
            for (std::size_t step = 0; step != steps; ++step)
                BOOST_TEST_CONTEXT(name(where)
                                   << (blocking ? ", commit" : ", async_commit") << ", step " << step)
            body(where, blocking, step);
        }
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_transaction_faults)

BOOST_AUTO_TEST_CASE(each_step_fails_once) {
    for (auto const how : {fuse::kind::error, fuse::kind::exception})
        for_each_position([&](place where, bool blocking, std::size_t step) {
            rig r(where);
            r.steps.arm(step, how);
            r.commit(blocking);
            BOOST_TEST(r.report.has_value());
            auto const failed = r.steps.blown();
            BOOST_TEST(!failed.empty());
            r.wait();
            r.check_promises(failed == "append");
            BOOST_TEST(r.report->committed() == (step > 5 || failed == "append"));
            if (failed.starts_with("call") && step < 4) {
                BOOST_REQUIRE(r.report->error().call() != nullptr);
                BOOST_TEST("call " + r.report->error().call()->wording() + ".example.com" == failed);
            }
        });
}

// The host thinks that it failed, and the deliveries are there: they are delivered while the run goes on.
BOOST_AUTO_TEST_CASE(a_commit_whose_outcome_is_unknown_loses_nothing) {
    for (bool const blocking : {true, false}) {
        rig r(place::together);
        r.db.commits_nevertheless = true;
        r.steps.arm(5, fuse::kind::error);
        r.commit(blocking);
        BOOST_TEST(r.steps.blown() == "commit");
        BOOST_TEST(!r.report->committed());
        r.wait();
        BOOST_TEST(r.count("fifth") == 2U);
        BOOST_TEST(r.count("sixth") == 2U);
        BOOST_TEST(r.count("third") == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_rollback_fails_behind_each_step) {
    for (auto const how : {fuse::kind::error, fuse::kind::exception})
        for_each_position([&](place where, bool blocking, std::size_t step) {
            rig r(where);
            r.steps.arm(step, fuse::kind::error);
            r.steps.before_each = [&](std::size_t) {
                if (r.steps.steps().back() == "rollback")
                    r.steps.arm(0, how);
            };
            r.commit(blocking);
            BOOST_TEST(r.report.has_value());
            BOOST_TEST(static_cast<bool>(r.report->rollback_error()) == !r.report->committed());
            r.wait();
            r.check_promises(r.steps.blown() == "append");
        });
}

// A dispatcher that is stopped while a step is under way.
BOOST_AUTO_TEST_CASE(a_stop_comes_at_each_step) {
    for_each_position([&](place where, bool blocking, std::size_t step) {
        rig r(where);
        r.steps.before_each = [&](std::size_t now) {
            if (now == step)
                r.hooks->stop();
        };
        r.commit(blocking);
        BOOST_TEST(r.report.has_value());
        bool const committed = r.db.committed == 1;
        BOOST_TEST(r.report->committed() == committed);
        BOOST_TEST(r.db.open == 0);
        // What was stored is delivered by the next run.
        r.hooks->async_run([](error_code) {});
        r.wait();
        BOOST_TEST(r.count("fifth") == (committed ? 2U : 0U));
        BOOST_TEST(r.count("sixth") == (committed ? 2U : 0U));
        BOOST_TEST((committed || r.count("third") + r.count("fourth") == 0U));
    });
}

BOOST_AUTO_TEST_CASE(a_cancellation_comes_at_each_step) {
    for (auto const where : {place::together, place::beside}) {
        auto const steps = all_steps(where, false);
        for (std::size_t step = 0; step != steps; ++step)
            BOOST_TEST_CONTEXT(name(where) << ", step " << step) {
                rig r(where);
                boost::asio::cancellation_signal signal;
                r.steps.before_each = [&](std::size_t now) {
                    if (now == step)
                        signal.emit(boost::asio::cancellation_type::partial);
                };
                r.with_transaction([&](auto& tx) {
                    tx.async_commit(boost::asio::bind_cancellation_slot(
                        signal.slot(), [&](transaction_report report) { r.report = std::move(report); }));
                });
                r.settle();
                BOOST_TEST(r.report.has_value());
                r.wait();
                r.check_promises();
                // The host's commit, once begun, is not undone.
                std::size_t const commit = where == place::together ? 5 : 4;
                BOOST_TEST(r.report->committed() == (step >= commit));
            }
    }
}

// The context is destroyed while a step waits: nothing is committed that was not, nothing is sent.
BOOST_AUTO_TEST_CASE(everything_is_destroyed_at_each_call) {
    for (auto const where : {place::together, place::beside})
        for (std::size_t calls = 0; calls != 8; ++calls)
            BOOST_TEST_CONTEXT(name(where) << ", call " << calls) {
                rig r(where);
                bool completed = false;
                r.receiver.hold();
                r.with_transaction(
                    [&](auto& tx) { tx.async_commit([&](transaction_report const&) { completed = true; }); });
                r.io->restart();
                r.io->poll();
                for (std::size_t i = 0; i != calls; ++i) {
                    r.receiver.release(1);
                    r.io->restart();
                    r.io->poll();
                }
                BOOST_TEST(r.receiver.count() == calls + 1);
                r.hooks.reset();
                r.io.reset();
                BOOST_TEST(!completed);
                BOOST_TEST(r.db.open == 0);
                BOOST_TEST(r.db.committed == (calls >= 4 ? 1 : 0));
                BOOST_TEST(r.db.rolled_back == (calls >= 4 ? 0 : 1));
                BOOST_TEST(r.count("fifth") + r.count("sixth") == 0U);
            }
}

BOOST_AUTO_TEST_SUITE_END()
