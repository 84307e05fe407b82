// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "host.hpp"

#include <boost/asio/detached.hpp>

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

void host::on_change(posthorn::event<project> const& e) {
    tell("project", e, {e.what(), &e.object(), e.previous()});
}

void host::on_change(posthorn::event<phase, project> const& e) {
    tell("phase", e, {e.what(), e.scope(), nullptr, &e.object(), e.previous()});
}

void host::on_change(posthorn::event<user> const& e) {
    tell("user", e, {e.what()});
}

template <class Event>
void host::tell(std::string_view object, Event const& e, change const& c) {
    ++changes_;
    for (auto& x : expected_) {
        auto const& w = x.of.what;
        x.count += w.object == object && (!w.what || *w.what == c.what) && (!x.of.wants || x.of.wants(c));
    }
    auto const r = hooks_.dispatch(e);
    matched_ += r.matched();
    accepted_ += r.accepted();
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
