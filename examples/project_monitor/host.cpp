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

void change_counts::add(std::string_view object, posthorn::action what) noexcept {
    for (auto& r : rows_)
        if (r.object == object)
            ++r.by_action[static_cast<std::size_t>(what)];
}

std::size_t change_counts::all() const noexcept {
    std::size_t sum = 0;
    for (auto const& r : rows_)
        for (auto const n : r.by_action)
            sum += n;
    return sum;
}

std::size_t change_counts::asked_for(posthorn::webhook const& w) const noexcept {
    std::size_t sum = 0;
    for (auto const& r : rows_)
        for (std::size_t i = 0; r.object == w.object && i != r.by_action.size(); ++i)
            if (!w.what || static_cast<std::size_t>(*w.what) == i)
                sum += r.by_action[i];
    return sum;
}

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

void host::save(posthorn::webhook const& w) {
    if (auto const saved = hooks_.save(w); !saved)
        throw std::runtime_error("webhook \"" + w.wording + "\"\n" + saved.error().text());
}

template <class Event>
void host::tell(std::string_view object, Event const& e) {
    counts_.add(object, e.what());
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
