// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "host.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace monitor {

namespace {

posthorn::options with_lease(std::chrono::milliseconds lease) {
    posthorn::options o;
    o.lease = lease;
    // The outages of the demo last seconds, and so do its waits.
    o.breaker_wait = o.longest_breaker_wait = std::chrono::milliseconds(20);
    return o;
}

constexpr posthorn::call_mode in_order[] = {posthorn::call_mode::in_transaction,
                                            posthorn::call_mode::after_commit,
                                            posthorn::call_mode::fire_and_forget};

} // namespace

posthorn::standard_schedule patient_schedule() {
    using std::chrono::milliseconds;
    std::vector<posthorn::duration> waits{milliseconds(200), milliseconds(400), milliseconds(800)};
    waits.resize(120, milliseconds(1000));
    return posthorn::standard_schedule(std::move(waits));
}

host::host(store& rows, posthorn::sqlite_storage storage, std::uint16_t receiver_port,
           std::chrono::milliseconds lease, journal watch, posthorn::json_log log)
    : work_(boost::asio::make_work_guard(io_)),
      guard_(rows.file(), receiver_port),
      hooks_(io_, std::move(storage), guard_, patient_schedule(),
             posthorn::observers<journal, posthorn::json_log>(std::move(watch), std::move(log)),
             with_lease(lease)),
      rows_(rows) {}

void host::start() {
    hooks_.async_run(boost::asio::detached);
    watch_ports();
    deliveries_ = std::jthread([this] { io_.run(); });
}

host::~host() {
    boost::asio::post(io_, [this] {
        ends_ = true;
        port_timer_.cancel();
    });
    hooks_.stop();
    work_.reset();
}

void host::watch_ports() {
    port_timer_.expires_after(std::chrono::milliseconds(500));
    port_timer_.async_wait([this](posthorn::error_code const&) {
        if (ends_)
            return;
        if (guard_.has_news(clock_.steady_now()))
            (void)hooks_.reload();
        watch_ports();
    });
}

posthorn::uuid host::save(posthorn::filter const& f) {
    auto const saved = hooks_.save(f);
    if (!saved)
        throw std::runtime_error("filter \"" + f.name + "\"\n" + saved.error().text());
    return *saved;
}

void host::save(subscription s) {
    auto const saved = hooks_.save(s.what);
    if (!saved)
        throw std::runtime_error("webhook \"" + s.what.wording + "\"\n" + saved.error().text());
    s.what.id = *saved;
    expect_of(std::move(s));
}

std::vector<posthorn::history_entry> host::history(posthorn::uuid const& webhook) const {
    auto found = hooks_.history(webhook, 0, 1000);
    if (!found)
        throw std::runtime_error("the history: " + found.error().message());
    return *std::move(found);
}

bool host::is_own(posthorn::uuid const& webhook) const {
    return std::ranges::any_of(expected_, [&](expectation const& x) { return x.of.what.id == webhook; });
}

std::vector<left_delivery> host::own(std::vector<left_delivery> all) const {
    std::erase_if(all, [this](left_delivery const& d) { return !is_own(d.webhook); });
    return all;
}

void host::on_change(posthorn::event<project> const& e, maker make) {
    carry_out("project", e, {e.what(), &e.object(), e.previous()}, make);
}

void host::on_change(posthorn::event<phase, project> const& e, maker make) {
    carry_out("phase", e, {e.what(), e.scope(), nullptr, &e.object(), e.previous()}, make);
}

void host::on_change(posthorn::event<user> const& e, maker make) {
    carry_out("user", e, {e.what()}, make);
}

template <class Event>
void host::carry_out(std::string_view object, Event const& e, change const& c, maker const& make) {
    ++totals_.changes;
    auto const id = posthorn::make_uuid_v7(clock_.now(), random_(), random_());
    auto tx = hooks_.begin(posthorn::sqlite_transaction(rows_.connection()));
    rows_.write(e);
    tx.record(e.with_id(id));
    if (std::exchange(withdraws_, false)) {
        ++totals_.withdrawn;
        return;
    }
    auto will = expect(object, c);
    rows_.log({id, object, e.object().id, e.what(), e.actor(), std::move(will.told)});
    auto const report = tx.commit();
    if (report.committed()) {
        ++totals_.made;
        make();
    }
    // Others may refuse what the server itself would not.
    bool const is_foreign = report.error().call() != nullptr && !is_own(report.error().call()->webhook());
    if (report.committed() != will.stands && !is_foreign)
        surprises_.push_back("change " + std::to_string(totals_.changes) + " was " +
                             (will.stands ? "refused: " + report.error().message() : "not refused"));
    count(will, report);
    note(report);
}

// In plain C++: who is told, in the order of a commit, and whether somebody says no.
host::outlook host::expect(std::string_view object, change const& c) {
    outlook will;
    for (auto const mode : in_order)
        for (auto& x : expected_) {
            auto const& w = x.of.what;
            if (w.mode != mode || w.object != object || (w.what && *w.what != c.what) ||
                (x.of.wants && !x.of.wants(c)))
                continue;
            bool const waits = is_synchronous(mode);
            bool const well = !waits || (answers_ && !(x.of.refuses && x.of.refuses(c)));
            will.calls.push_back({&x, well});
            if (!waits)
                will.told.push_back(w.wording);
            will.stands = well || mode != posthorn::call_mode::in_transaction;
            if (!will.stands)
                return will;
        }
    return will;
}

// Where webhooks of others are called too, they may refuse the change or take the time of the server's own
// calls: then these are what the report says.
void host::count(outlook const& will, posthorn::transaction_report const& report) {
    bool const has_foreign = std::ranges::any_of(
        report.calls(), [this](posthorn::call_report const& made) { return !is_own(made.webhook()); });
    for (auto const& [to, ends_well] : will.calls) {
        auto const made =
            std::ranges::find(report.calls(), to->of.what.id, [](auto const& one) { return one.webhook(); });
        bool const waits = is_synchronous(to->of.what.mode);
        bool const is_made = waits ? made != report.calls().end() : report.committed();
        if (has_foreign && !is_made)
            continue;
        ++to->told;
        to->delivered += (has_foreign && waits ? !made->error() : ends_well) ? 1U : 0U;
    }
}

// Of synchronous calls, those of the server's own webhooks.
void host::note(posthorn::transaction_report const& report) {
    auto const own = [this](std::vector<posthorn::call_report> const& calls) {
        return static_cast<std::size_t>(
            std::ranges::count_if(calls, [this](auto const& made) { return is_own(made.webhook()); }));
    };
    totals_.refused += report.committed() ? 0U : 1U;
    totals_.calls += own(report.calls());
    totals_.reported += own(report.failed());
    totals_.accepted += report.accepted();
    auto const* const no = report.error().call();
    if (no == nullptr || no->status() != 409 || !is_own(no->webhook()))
        return;
    if (++totals_.vetoed == 1)
        refusal_ = report.messages();
}

posthorn::error_code host::finish(std::chrono::seconds at_most, std::function<void()> const& tick) {
    std::promise<posthorn::error_code> drained;
    auto outcome = drained.get_future();
    hooks_.async_drain(at_most, [&drained](posthorn::error_code ec) { drained.set_value(ec); });
    while (outcome.wait_for(std::chrono::seconds(1)) == std::future_status::timeout)
        tick();
    return outcome.get();
}

} // namespace monitor
