// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The work of a dispatcher on its outbox, without the sending: claims and settlements, one after the other.

#include "durable.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <span>

namespace bench {

namespace {

namespace asio = boost::asio;

template <class T>
void require(posthorn::result<T> const& done, char const* what) {
    if (!done)
        throw std::runtime_error(std::string(what) + ": " + done.error().message());
}

// A lease that outlasts every run.
[[nodiscard]] posthorn::lease long_lease(posthorn::wall_time now) {
    return {1, now + std::chrono::hours(24)};
}

[[nodiscard]] std::vector<posthorn::settlement>
delivered(std::vector<posthorn::claimed_delivery> const& claimed, posthorn::lease const& hold,
          posthorn::wall_time started) {
    std::vector<posthorn::settlement> batch;
    batch.reserve(claimed.size());
    for (auto const& c : claimed) {
        posthorn::settlement s;
        s.id = c.what->id();
        s.lease = hold.id;
        s.state = posthorn::delivery_state::delivered;
        s.attempts = c.attempts + 1;
        s.started = started;
        s.status = 200;
        s.time = wall_now();
        batch.push_back(s);
    }
    return batch;
}

struct claim_times {
    stopwatch watch;
    std::size_t rows = 0;
    std::size_t lost = 0;
    double claim_seconds = 0;
    double settle_seconds = 0;
};

asio::awaitable<void> empty(posthorn::sqlite_storage storage, std::size_t at_once, claim_times& times) {
    auto const hold = long_lease(wall_now());
    posthorn::claim_query const query(at_once);
    for (std::vector<posthorn::claimed_delivery> claimed;;) {
        claimed.clear();
        auto const begun = steady::now();
        auto claiming = storage.claim(wall_now(), hold, query, claimed);
        auto const got = co_await std::move(claiming);
        require(got, "claim");
        if (claimed.empty())
            co_return;
        times.claim_seconds += seconds_since(begun);
        auto batch = delivered(claimed, hold, wall_now());
        auto const settling_begun = steady::now();
        auto settling = storage.settle(batch);
        auto const settled = co_await std::move(settling);
        require(settled, "settle");
        times.settle_seconds += seconds_since(settling_begun);
        times.watch.step(begun);
        times.rows += batch.size();
        for (auto const& s : batch)
            times.lost += s.lost;
    }
}

} // namespace

void fill(std::string const& path, durable_options const& wanted) {
    constexpr std::size_t at_once = 1000;
    // The disk need not follow at once.
    auto storage = open_storage(path, posthorn::sqlite_durability::process_end);
    posthorn::request_text text;
    text.buffer() += "/hooks/item";
    text.end_target();
    text.buffer() += "Content-Type: application/json\r\n";
    text.end_headers();
    text.buffer().append(wanted.body, 'x');
    auto const webhook = fresh_id(wall_now());
    std::vector<posthorn::outbox_row> rows;
    for (std::size_t left = wanted.count; left != 0;) {
        rows.clear();
        for (; left != 0 && rows.size() != at_once; --left) {
            auto const now = wall_now();
            rows.emplace_back(posthorn::delivery::make(fresh_id(now), webhook, fresh_id(now), now,
                                                       posthorn::verb::post, text.view()));
        }
        require(storage.append_now(rows, posthorn::lease()), "append");
    }
}

void measure_claim(durable_options const& wanted) {
    database_file const file(wanted);
    fill(file.path(), wanted);
    auto const storage = open_storage(file.path(), wanted.durability);
    asio::io_context io(1);
    std::exception_ptr failed;
    claim_times times;
    asio::co_spawn(io, empty(storage, wanted.batch, times), [&](std::exception_ptr e) { failed = e; });
    io.run();
    if (failed)
        std::rethrow_exception(failed);
    if (times.rows != wanted.count || times.lost != 0)
        throw std::runtime_error("not every row was settled");
    auto const rows = static_cast<double>(times.rows);
    times.watch.print("claim", times.rows,
                      number_member("batch", wanted.batch) +
                          text_member("durability", name_of(wanted.durability)) +
                          number_member("claim_us", times.claim_seconds * 1e6 / rows) +
                          number_member("settle_us", times.settle_seconds * 1e6 / rows));
}

} // namespace bench
