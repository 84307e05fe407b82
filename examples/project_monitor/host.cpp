// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "host.hpp"

#include <boost/asio/detached.hpp>

#include <cstddef>
#include <stdexcept>
#include <utility>

namespace monitor {

namespace {

// Short waits, so that an outage of seconds shows the whole life of a delivery; enough of them to survive it.
posthorn::standard_schedule patient_schedule() {
    using std::chrono::milliseconds;
    std::vector<posthorn::duration> waits{milliseconds(200), milliseconds(400), milliseconds(800)};
    waits.resize(120, milliseconds(1000));
    return posthorn::standard_schedule(std::move(waits));
}

// Models posthorn::HostTransaction: what is written is there when it commits, or never.
class data_transaction {
  public:
    data_transaction(change_listener::maker make, std::size_t& made) : make_(std::move(make)), made_(&made) {}

    posthorn::result<void> commit() {
        make_();
        ++*made_;
        return {};
    }
    posthorn::result<void> rollback() noexcept { return {}; }

  private:
    change_listener::maker make_;
    std::size_t* made_;
};

static_assert(posthorn::check_host_transaction<data_transaction>());

constexpr posthorn::call_mode in_order[] = {posthorn::call_mode::in_transaction,
                                            posthorn::call_mode::after_commit,
                                            posthorn::call_mode::fire_and_forget};

} // namespace

host::host(std::uint16_t receiver_port, journal watch, posthorn::json_log log)
    : work_(boost::asio::make_work_guard(io_)),
      hooks_(io_, posthorn::allow_list().allow_loopback(receiver_port), patient_schedule(),
             posthorn::observers<journal, posthorn::json_log>(std::move(watch), std::move(log))) {
    hooks_.async_run(boost::asio::detached);
    deliveries_ = std::jthread([this] { io_.run(); });
}

host::~host() {
    hooks_.stop();
    work_.reset();
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
    expected_.push_back({std::move(s), *saved});
}

void host::on_change(posthorn::event<project> const& e, maker make) {
    carry_out("project", e, {e.what(), &e.object(), e.previous()}, std::move(make));
}

void host::on_change(posthorn::event<phase, project> const& e, maker make) {
    carry_out("phase", e, {e.what(), e.scope(), nullptr, &e.object(), e.previous()}, std::move(make));
}

void host::on_change(posthorn::event<user> const& e, maker make) {
    carry_out("user", e, {e.what()}, std::move(make));
}

template <class Event>
void host::carry_out(std::string_view object, Event const& e, change const& c, maker make) {
    ++totals_.changes;
    bool const stands = expect(object, c);
    auto tx = hooks_.begin(data_transaction(std::move(make), totals_.made));
    tx.record(e);
    auto const report = tx.commit();
    if (report.committed() != stands)
        surprises_.push_back("change " + std::to_string(totals_.changes) + " was " +
                             (stands ? "refused: " + report.error().message() : "not refused"));
    note(report);
}

// In plain C++, what a change will come to: who is told, in the order of a commit. False: somebody says no.
bool host::expect(std::string_view object, change const& c) {
    for (auto const mode : in_order)
        for (auto& x : expected_) {
            auto const& w = x.of.what;
            if (w.mode != mode || w.object != object || (w.what && *w.what != c.what) ||
                (x.of.wants && !x.of.wants(c)))
                continue;
            bool const waits = is_synchronous(mode);
            bool const well = !waits || (answers_ && !(x.of.refuses && x.of.refuses(c)));
            ++x.told;
            x.delivered += well ? 1U : 0U;
            if (!well && mode == posthorn::call_mode::in_transaction)
                return false;
        }
    return true;
}

void host::note(posthorn::transaction_report const& report) {
    totals_.refused += report.committed() ? 0U : 1U;
    totals_.calls += report.calls().size();
    totals_.reported += report.failed().size();
    totals_.accepted += report.accepted();
    auto const* const no = report.error().call();
    if (no == nullptr || no->status() != 409)
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
