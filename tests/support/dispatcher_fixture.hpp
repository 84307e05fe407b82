// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/dispatcher.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/retry/standard_schedule.hpp>
#include <posthorn/signing/standard_webhooks.hpp>
#include <posthorn/storage/memory.hpp>
#include <posthorn/testing/scripted_transport.hpp>
#include <posthorn/testing/seeded_random.hpp>
#include <posthorn/testing/simulated_clock.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace posthorn::test {

using namespace std::chrono_literals;

struct project {
    std::int64_t id = 0;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

struct phase {
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id))

struct user {
    std::string name;
};
BOOST_DESCRIBE_STRUCT(user, (), (name))

using objects =
    catalog<object<project, "project">, object<phase, "phase", scoped_by<project>>, object<user, "user">>;

/// An observer that remembers what it heard.
class event_log {
  public:
    struct attempt_entry {
        unsigned number;
        call_mode mode;
        error_code error;
        delivery_state next;
        wall_time next_at;
        wall_time time;
    };
    struct end {
        uuid id;
        delivery_state state;
        unsigned attempts;
        error_code error;
        bool lost;
    };

    struct warning {
        uuid webhook;
        wall_time since;
        wall_time disabled_at;
        wall_time time;
    };

    event_log() : state_(std::make_shared<state>()) {}

    void on_accepted(accepted_notice const& n) {
        std::scoped_lock const lock(state_->mutex);
        state_->accepted.push_back(n.error);
    }
    void on_refused(refused_notice const& n) {
        std::scoped_lock const lock(state_->mutex);
        state_->refused.emplace_back(n.message);
    }
    void on_attempt(attempt_notice const& n) {
        std::scoped_lock const lock(state_->mutex);
        state_->attempts.push_back({n.number, n.mode, n.outcome.error, n.next, n.next_at, n.time});
        if (state_->on_attempt)
            state_->on_attempt();
    }
    void on_settled(settled_notice const& n) {
        std::scoped_lock const lock(state_->mutex);
        state_->ends.push_back({n.delivery, n.state, n.attempts, n.error, n.lost});
    }
    void on_failing(failing_notice const& n) {
        std::scoped_lock const lock(state_->mutex);
        state_->warnings.push_back({n.webhook, n.since, n.disabled_at, n.time});
    }
    void on_problem(problem_notice const& n) {
        std::scoped_lock const lock(state_->mutex);
        state_->problems.push_back(n.error.message() + ": " + std::string(n.message));
    }

    /// Calls `what`, under the log's lock, at each attempt.
    void on_each_attempt(std::function<void()> what) {
        std::scoped_lock const lock(state_->mutex);
        state_->on_attempt = std::move(what);
    }

    [[nodiscard]] std::vector<error_code> acceptances() const { return copy(&state::accepted); }
    [[nodiscard]] std::vector<std::string> refusals() const { return copy(&state::refused); }
    [[nodiscard]] std::vector<attempt_entry> attempts() const { return copy(&state::attempts); }
    [[nodiscard]] std::vector<end> ends() const { return copy(&state::ends); }
    [[nodiscard]] std::vector<warning> warnings() const { return copy(&state::warnings); }
    [[nodiscard]] std::vector<std::string> problems() const { return copy(&state::problems); }

    [[nodiscard]] std::size_t count(delivery_state s) const {
        auto const all = ends();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](end const& e) { return e.state == s && !e.lost; }));
    }

  private:
    struct state {
        std::mutex mutex;
        std::vector<error_code> accepted;
        std::vector<std::string> refused;
        std::vector<attempt_entry> attempts;
        std::vector<end> ends;
        std::vector<warning> warnings;
        std::vector<std::string> problems;
        std::function<void()> on_attempt;
    };

    template <class T>
    [[nodiscard]] std::vector<T> copy(std::vector<T> state::* which) const {
        std::scoped_lock const lock(state_->mutex);
        return (*state_).*which;
    }

    std::shared_ptr<state> state_;
};

struct simulated_policies
    : default_policies::with_transport<testing::scripted_transport>::with_clock<
          testing::simulated_clock>::with_random<testing::seeded_random>::with_observer<event_log> {};

/// What a dispatcher's operation said when it completed, and how often.
struct outcome {
    std::vector<error_code> said;

    [[nodiscard]] bool done() const noexcept { return !said.empty(); }
    [[nodiscard]] auto record() {
        return [this](error_code ec) { said.push_back(ec); };
    }
};

/// Options under which a webhook has as many in flight from the start as it may have at all.
[[nodiscard]] inline options at_once(std::size_t in_flight = 8) {
    options o;
    o.in_flight_per_webhook = o.in_flight_at_start = in_flight;
    return o;
}

/// A host with a dispatcher on one shard, simulated time, and a scripted receiver.
template <class Policies>
struct basic_host {
    using dispatcher_type = dispatcher<objects, Policies>;

    template <class... With>
    explicit basic_host(With... with) : receiver(clock) {
        if constexpr (sizeof...(With) == 0)
            hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(7), at_once());
        else
            hooks.emplace(io, clock, receiver, storage, log, testing::seeded_random(7), std::move(with)...);
    }

    void run() { hooks->async_run(ran.record()); }

    void drain(duration timeout) { hooks->async_drain(timeout, drained.record()); }

    /// Lets simulated time pass.
    void pass(duration time) { testing::run_simulated(io, clock, time); }

    /// All that is ready, without time passing.
    void settle() { pass(0s); }

    /// Saves, or says why not.
    template <class Draft>
    uuid save(Draft const& draft) {
        auto const saved = hooks->save(draft);
        if (!saved)
            throw std::runtime_error(saved.error().text());
        return *saved;
    }

    /// The saved webhook with this id.
    [[nodiscard]] webhook stored(uuid const& id) const {
        for (auto const& w : hooks->webhooks())
            if (w.id == id)
                return w;
        throw std::runtime_error("no such webhook");
    }

    [[nodiscard]] static webhook_draft<objects> draft(std::string wording = "a webhook") {
        return dispatcher_type::webhook(std::move(wording));
    }

    /// A webhook for all that happens to projects.
    uuid listen(std::string url = "https://a.example.com/hook") {
        return save(draft().template on<project>().post(std::move(url)).body("{{project.id}}"));
    }

    // The context outlives all that works on it.
    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage storage;
    event_log log;
    outcome ran;
    outcome drained;
    project const one{1, "P1"};
    project const two{2, "P2"};
    std::optional<dispatcher_type> hooks;
};

using host = basic_host<simulated_policies>;

/// What the requests say, one after the other.
[[nodiscard]] inline std::vector<std::string> bodies(std::vector<testing::recorded_request> const& requests) {
    std::vector<std::string> all;
    for (auto const& r : requests)
        all.push_back(r.body());
    return all;
}

} // namespace posthorn::test
