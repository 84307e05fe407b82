// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "support/property.hpp"
#include "support/transactional_host.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

// Random transactions beside a model that says in a few lines who must be told what.
namespace {

struct random_policies : transactional_policies::with_outbox<fused_outbox>::with_registry<memory_storage> {};

// Requests by receiver, in order, each named by the id of its project.
using sent = std::map<std::string, std::vector<std::string>>;

class world {
  public:
    world() : receiver_(clock_) {
        hooks_.emplace(io_, clock_, receiver_, storage_, fused_outbox(storage_, never_),
                       testing::seeded_random(7));
        for (auto const& [name, mode] : webhooks) {
            auto w = hooks_->webhook(name)
                         .on<project>()
                         .post("https://" + std::string(name) + ".example.com/")
                         .body("{{project.id}}")
                         .value();
            w.mode = mode;
            if (!hooks_->save(w))
                throw std::logic_error("the webhook is wrong");
        }
        hooks_->async_run([](error_code) {});
    }

    void transact(random_source& random) {
        if (random.below(2) == 0)
            transact(random, hooks_->begin(fake_transaction(db_)));
        else
            transact(random, hooks_->begin(separate_transaction(db_)));
    }

    // Compares all that was sent with all that should have been.
    void check() {
        testing::run_simulated(io_, clock_, 10min);
        sent told;
        for (auto const& r : receiver_.requests())
            told[r.host().substr(0, r.host().find('.'))].push_back(r.body());
        // The background may overtake itself.
        for (auto* const all : {&told, &expected_})
            for (auto const* const name : {"e", "f"})
                std::sort((*all)[name].begin(), (*all)[name].end());
        if (told != expected_)
            BOOST_FAIL("what was sent is not what should have been");
        if (db_.open != 0 || db_.committed != committed_)
            BOOST_FAIL("the host's transactions have not ended as they should");
    }

    [[nodiscard]] int committed() const noexcept { return committed_; }
    [[nodiscard]] int vetoed() const noexcept { return vetoed_; }

  private:
    static constexpr std::pair<char const*, call_mode> webhooks[] = {
        {"a", call_mode::in_transaction},  {"b", call_mode::in_transaction},
        {"c", call_mode::after_commit},    {"d", call_mode::after_commit},
        {"e", call_mode::fire_and_forget}, {"f", call_mode::fire_and_forget}};

    template <class Transaction>
    void transact(random_source& random, Transaction tx) {
        std::vector<std::string> events;
        std::vector<std::pair<savepoint, std::size_t>> marks;
        // The first of the marks are those that still count.
        std::size_t live = 0;
        bool quiet = false;
        for (auto steps = random.below(7); steps != 0; --steps)
            switch (random.below(5)) {
            case 0:
                marks.insert(marks.begin() + static_cast<std::ptrdiff_t>(live++),
                             {tx.savepoint(), events.size()});
                break;
            case 1:
                if (!marks.empty()) {
                    auto const which = random.below(marks.size());
                    marks[which].first.rollback();
                    // Of a mark that went with another one, nothing comes.
                    if (which < live) {
                        events.resize(marks[which].second);
                        live = which + 1;
                    }
                }
                break;
            case 2:
                quiet = random.below(4) == 0;
                tx.quiet(quiet);
                break;
            default:
                project const p{++last_, "P"};
                tx.created(p);
                if (!quiet)
                    events.push_back(std::to_string(p.id));
            }
        if (random.below(6) == 0)
            return;
        end(random, tx, events);
    }

    template <class Transaction>
    void end(random_source& random, Transaction& tx, std::vector<std::string> const& events) {
        std::size_t const calls = 2 * events.size();
        std::size_t const veto = calls != 0 && random.below(3) == 0 ? random.below(calls) : calls;
        for (std::size_t i = 0; i != std::min(veto + 1, calls); ++i)
            expected_[i % 2 == 0 ? "a" : "b"].push_back(events[i / 2]);
        if (veto < calls) {
            std::string const who = veto % 2 == 0 ? "a.example.com" : "b.example.com";
            receiver_.host(who).next(veto / 2).answer(200);
            receiver_.host(who).next(1).answer(409);
        }
        bool const commits = veto == calls;
        if (commits)
            for (auto const& e : events)
                for (auto const* const name : {"c", "d", "e", "f"})
                    expected_[name].push_back(e);
        committed_ += commits ? 1 : 0;
        vetoed_ += commits ? 0 : 1;
        auto const report = commit(random, tx);
        if (report.committed() != commits || report.told().size() != (commits ? calls : veto))
            BOOST_FAIL("the report does not say what happened");
    }

    template <class Transaction>
    transaction_report commit(random_source& random, Transaction& tx) {
        if (random.below(2) == 0)
            return tx.commit();
        std::optional<transaction_report> report;
        tx.async_commit([&](transaction_report r) { report = std::move(r); });
        testing::run_simulated(io_, clock_, [&] { return report.has_value(); });
        return *std::move(report);
    }

    boost::asio::io_context io_;
    testing::simulated_clock clock_;
    testing::scripted_transport receiver_;
    memory_storage storage_;
    fuse never_;
    fake_database db_;
    std::optional<dispatcher<objects, random_policies>> hooks_;
    sent expected_;
    std::int64_t last_ = 0;
    int committed_ = 0;
    int vetoed_ = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_transaction_properties)

// 100 000 of them: 50 000 from each seed, in worlds of 50.
BOOST_AUTO_TEST_CASE(nothing_is_sent_that_should_not_be_and_nothing_is_missing) {
    constexpr std::size_t transactions = 50;
    int committed = 0;
    int vetoed = 0;
    for_all(
        [&](random_source& random) {
            world w;
            for (std::size_t i = 0; i != transactions; ++i)
                w.transact(random);
            w.check();
            committed += w.committed();
            vetoed += w.vetoed();
        },
        1000);
    BOOST_TEST(committed > 1000);
    BOOST_TEST(vetoed > 1000);
}

BOOST_AUTO_TEST_SUITE_END()
