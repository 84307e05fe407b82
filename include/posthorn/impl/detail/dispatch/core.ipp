// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/dispatch/core.hpp>
#include <posthorn/detail/engine/delivery_control.hpp>
#include <posthorn/detail/engine/engine.hpp>
#include <posthorn/detail/engine/trial.hpp>
#include <posthorn/detail/transaction/host_link.hpp>
#include <posthorn/detail/transaction/transaction_job.hpp>
#include <posthorn/detail/util/bounded_time.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/system_executor.hpp>

#include <atomic>
#include <exception>
#include <utility>

namespace posthorn::detail {

// What a transaction that was ended says to whoever ends it again.
[[nodiscard]] POSTHORN_DECL transaction_report ended_before() {
    transaction_report over;
    call_reporter::fail(over, errc::transaction_over);
    return over;
}

[[nodiscard]] POSTHORN_DECL boost::asio::awaitable<void> nothing() {
    co_return;
}

POSTHORN_DECL core::core(catalog_schema catalog, posthorn::shards const& where,
                         std::unique_ptr<policy_table> policies, options const& settings)
    : engine_(std::make_shared<engine>(catalog, where, std::move(policies), settings)) {
    engine_->begin();
}

POSTHORN_DECL result<void> core::ready() const {
    return engine_->registry().ready();
}

POSTHORN_DECL result<void> core::sync() const {
    return engine_->registry().sync();
}

POSTHORN_DECL result<void> core::reload() const {
    return engine_->registry().reload();
}

POSTHORN_DECL boost::system::result<uuid, field_errors> core::save(webhook const& w,
                                                                   std::string_view user) const {
    return engine_->registry().save(w, user);
}

POSTHORN_DECL boost::system::result<ensured, field_errors>
core::ensure(webhook const& draft, std::string_view key, on_user_change rule, std::string_view user) const {
    return engine_->registry().ensure(draft, key, rule, user);
}

POSTHORN_DECL result<void> core::remove(uuid const& id, std::string_view user) const {
    return engine_->registry().remove(id, user);
}

POSTHORN_DECL result<void> core::remove(damaged_record const& which, std::string_view user) const {
    return engine_->registry().remove(which, user);
}

POSTHORN_DECL std::vector<damaged_record> core::damaged() const {
    return engine_->registry().damaged();
}

POSTHORN_DECL result<std::vector<history_entry>> core::history(history_query const& q) const {
    return engine_->registry().history(q);
}

POSTHORN_DECL options const& core::settings() const noexcept {
    return engine_->settings();
}

POSTHORN_DECL std::vector<webhook> core::webhooks() const {
    return engine_->registry().webhooks();
}

POSTHORN_DECL std::optional<webhook> core::find(uuid const& id) const {
    return engine_->registry().find(id);
}

POSTHORN_DECL void core::visit(std::function<void(webhook const&, std::uint64_t place)> const& show) const {
    engine_->registry().visit(show);
}

POSTHORN_DECL std::uint64_t core::place_of(uuid const& id) const {
    return engine_->registry().place_of(id);
}

POSTHORN_DECL field_errors core::check(webhook const& w) const {
    return engine_->registry().check(w);
}

POSTHORN_DECL result<void> core::note(uuid const& id, history_action what, std::string_view user,
                                      std::vector<field_change> changes) const {
    return engine_->registry().note(id, what, user, std::move(changes));
}

POSTHORN_DECL fingerprints const& core::marks() const noexcept {
    return engine_->registry().marks();
}

POSTHORN_DECL std::shared_ptr<trial> core::try_out(webhook const& w, field_errors& errors) const {
    auto made = engine_->registry().try_out(w, errors);
    return made ? std::make_shared<trial>(engine_, w, std::move(made->compiled), std::move(made->deliveries))
                : nullptr;
}

POSTHORN_DECL catalog_schema core::catalog() const noexcept {
    return engine_->catalog();
}

POSTHORN_DECL uuid core::make_id() const {
    return engine_->policies().make_id(engine_->policies().now());
}

POSTHORN_DECL result<delivery_page> core::deliveries(delivery_query const& query) const {
    return engine_->policies().deliveries(query);
}

POSTHORN_DECL result<std::optional<stored_delivery>> core::find_delivery(uuid const& id) const {
    return engine_->policies().find_delivery(id);
}

POSTHORN_DECL result<std::vector<stored_attempt>> core::attempts(uuid const& id) const {
    return engine_->policies().attempts(id);
}

POSTHORN_DECL result<std::size_t> core::count(delivery_states states, std::size_t most) const {
    return engine_->policies().count(states, most);
}

POSTHORN_DECL result<delivery_state> core::change_delivery(uuid const& id, delivery_change what) const {
    return delivery_control(*engine_).change(id, what);
}

POSTHORN_DECL std::optional<record> core::find(record_key const& key) const {
    return engine_->registry().find(key);
}

POSTHORN_DECL std::vector<record> core::all_of(record_kind kind) const {
    return engine_->registry().all_of(kind);
}

POSTHORN_DECL result<void> core::change(change_plan const& plan) const {
    return engine_->registry().change(plan);
}

POSTHORN_DECL change_plan core::putting(record_key key, std::optional<std::string> value) const {
    return engine_->registry().putting(std::move(key), std::move(value));
}

POSTHORN_DECL result<std::vector<history_record>> core::raw_history(history_query const& q) const {
    return engine_->policies().history(q);
}

POSTHORN_DECL result<std::uint64_t> core::commit(registry_commit const& c) const {
    return engine_->policies().commit(c);
}

POSTHORN_DECL boost::system::result<uuid, field_errors> core::save(filter const& f, field_errors errors,
                                                                   std::string_view user) const {
    return engine_->registry().save(f, std::move(errors), user);
}

POSTHORN_DECL result<void> core::remove_filter(uuid const& id, std::string_view user) const {
    return engine_->registry().remove_filter(id, user);
}

POSTHORN_DECL std::vector<filter> core::filters() const {
    return engine_->registry().filters();
}

POSTHORN_DECL dispatch_result core::dispatch(event_view& e, std::optional<wall_time> time,
                                             std::optional<uuid> id) const {
    rendered_event what;
    if (auto const ec = engine_->refusal_of_all()) {
        what.outcome.set_error(ec);
        return std::move(what.outcome);
    }
    engine_->render(e, time, id, what);
    if (what.calls != 0)
        engine_->refuse_calls(what);
    what.hold = engine_->hold();
    if (!what.rows.empty())
        engine_->accept(what, engine_->policies().append_now(what.rows, what.hold));
    return std::move(what.outcome);
}

POSTHORN_DECL std::shared_ptr<rendered_event> core::render(event_view& e, std::optional<wall_time> time,
                                                           std::optional<uuid> id) const {
    auto what = std::make_shared<rendered_event>();
    if (auto const ec = engine_->refusal_of_all_now())
        what->outcome.set_error(ec);
    else
        engine_->render(e, time, id, *what);
    what->hold = engine_->hold();
    return what;
}

POSTHORN_DECL void core::append(std::shared_ptr<rendered_event> what, append_handler handler) const {
    if (!std::atomic_ref(what->taken).exchange(true))
        return engine_->append(std::move(what), std::move(handler));
    dispatch_result none;
    none.set_error(errc::already_started);
    std::move(handler)(errc::already_started, std::move(none));
}

POSTHORN_DECL std::shared_ptr<transaction_job> core::begin(std::unique_ptr<host_link> host) const {
    try {
        return std::make_shared<transaction_job>(engine_, std::move(host));
    } catch (...) {
        (void)host->rollback();
        throw;
    }
}

POSTHORN_DECL void core::run(run_handler handler) const {
    engine_->run(std::move(handler));
}

POSTHORN_DECL void core::drain(duration timeout, run_handler handler) const {
    engine_->drain(bounded(timeout), std::move(handler));
}

POSTHORN_DECL void core::stop() const noexcept {
    engine_->stop();
}

POSTHORN_DECL void core::close() const noexcept {
    engine_->close();
}

POSTHORN_DECL boost::asio::any_io_executor core::executor() const {
    return engine_ ? engine_->keeper_executor()
                   : boost::asio::any_io_executor(boost::asio::system_executor());
}

POSTHORN_DECL policy_table& core::policies() const {
    return engine_->policies();
}

POSTHORN_DECL void open_transaction::record(event_view& e, std::optional<wall_time> time,
                                            std::optional<uuid> id) const {
    if (job_)
        job_->record(e, time, id);
}

POSTHORN_DECL std::size_t open_transaction::mark() const {
    return job_ ? job_->mark() : 0;
}

POSTHORN_DECL void open_transaction::forget_from(std::weak_ptr<transaction_job> const& of, std::size_t mark) {
    if (auto const job = of.lock())
        job->forget_from(mark);
}

POSTHORN_DECL void open_transaction::quiet(bool on) const {
    if (job_)
        job_->quiet(on);
}

POSTHORN_DECL transaction_report open_transaction::commit() {
    if (auto const job = std::exchange(job_, nullptr)) {
        job->close();
        return job->run();
    }
    return ended_before();
}

POSTHORN_DECL void open_transaction::close() const noexcept {
    if (job_)
        job_->close();
}

POSTHORN_DECL void open_transaction::commit(boost::asio::any_io_executor const& where,
                                            commit_handler handler) {
    auto const slot = boost::asio::get_associated_cancellation_slot(handler);
    auto job = std::exchange(job_, nullptr);
    auto done = [job, handler = std::move(handler)](std::exception_ptr broken) mutable {
        if (job && broken)
            job->break_off();
        auto report = job ? job->take_report() : ended_before();
        // Whoever is told may let everything go at once, the execution contexts too, which the job still
        // knows.
        job.reset();
        std::move(handler)(std::move(report));
    };
    auto steps = job ? transaction_job::run_async(job) : nothing();
    boost::asio::co_spawn(where, std::move(steps),
                          boost::asio::bind_cancellation_slot(slot, std::move(done)));
}

} // namespace posthorn::detail
