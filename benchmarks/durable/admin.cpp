// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// How long people wait for the administration's lists, on a file with many webhooks and many pending orders.

#include <posthorn/admin/service.hpp>

#include "durable.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <functional>

namespace bench {

namespace {

namespace asio = boost::asio;
namespace admin = posthorn::admin;

struct policies : posthorn::default_policies::with_storage<posthorn::sqlite_storage> {};
using dispatcher = posthorn::dispatcher<objects, policies>;

// Of so many orders.
struct proportions {
    explicit proportions(std::size_t orders)
        : webhooks(std::clamp<std::size_t>(orders / 100, 1, 10'000)),
          delivered(orders / 100),
          failed(orders / 1000) {}

    std::size_t webhooks;
    // The others wait.
    std::size_t delivered;
    std::size_t failed;
};

// Every tenth one has a word in its name that the others have not.
std::vector<posthorn::uuid> save_webhooks(dispatcher& hooks, std::size_t count) {
    std::vector<posthorn::uuid> ids;
    for (std::size_t i = 0; i != count; ++i) {
        auto const saved = hooks.save(hooks.webhook((i % 10 == 0 ? "Archive " : "Tell ") + std::to_string(i))
                                          .on<item>(posthorn::action::created)
                                          .post("https://a.example.com/" + std::to_string(i))
                                          .body("{{item.id}}"));
        if (!saved)
            throw std::runtime_error(saved.error().text());
        ids.push_back(*saved);
    }
    return ids;
}

// The oldest ones end.
asio::awaitable<void> end_some(posthorn::sqlite_storage storage, std::size_t delivered, std::size_t failed) {
    posthorn::lease const hold(1, wall_now() + std::chrono::hours(24));
    std::vector<posthorn::claimed_delivery> claimed;
    posthorn::claim_query const query(delivered + failed);
    auto claiming = storage.claim(wall_now(), hold, query, claimed);
    if (auto const got = co_await std::move(claiming); !got)
        throw std::runtime_error("claim: " + got.error().message());
    std::vector<posthorn::settlement> batch;
    for (auto const& c : claimed) {
        posthorn::settlement s;
        s.id = c.what->id();
        s.lease = hold.id;
        s.state =
            batch.size() < delivered ? posthorn::delivery_state::delivered : posthorn::delivery_state::failed;
        s.error = batch.size() < delivered ? posthorn::error_code() : posthorn::errc::http_status;
        s.attempts = 1;
        s.started = s.time = wall_now();
        s.status = batch.size() < delivered ? 200 : 500;
        batch.push_back(s);
    }
    auto settling = storage.settle(batch);
    if (auto const settled = co_await std::move(settling); !settled)
        throw std::runtime_error("settle: " + settled.error().message());
}

template <class T>
T const& value_of(admin::outcome<T> const& got) {
    if (!got)
        throw std::runtime_error(got.error().text());
    return *got;
}

// One thing that a person asks for, again and again; it gives how much is shown.
struct question {
    char const* name;
    std::function<std::size_t(std::size_t)> ask;
};

admin::order_query orders_with(std::string text, std::optional<admin::order_status> status = {}) {
    admin::order_query q;
    q.text = std::move(text);
    q.status = status;
    return q;
}

} // namespace

void measure_admin(durable_options const& wanted) {
    constexpr std::size_t times = 200;
    database_file const file(wanted);
    asio::io_context io(1);
    // The disk need not follow while the file is filled.
    auto const storage = open_storage(file.path(), posthorn::sqlite_durability::process_end);
    dispatcher hooks(io, storage);
    proportions const many(wanted.count);
    auto const ids = save_webhooks(hooks, many.webhooks);
    append_waiting(storage, ids, wanted.count, wanted.body);
    std::exception_ptr broken;
    asio::co_spawn(io, end_some(storage, many.delivered, many.failed),
                   [&](std::exception_ptr e) { broken = e; });
    io.run();
    if (broken)
        std::rethrow_exception(broken);

    admin::service<objects, policies> const desk(hooks);
    admin::acting_user const ada("ada", admin::rights::all());
    std::uint64_t before = 0;
    std::vector<posthorn::uuid> shown;
    auto const orders = [&](admin::order_query const& q) {
        return value_of(desk.orders(ada, q)).found.size();
    };
    question const all[] = {
        {"list", [&](std::size_t) { return value_of(desk.webhooks(ada)).found.size(); }},
        {"list_contains",
         [&](std::size_t) {
             admin::webhook_query q;
             q.contains = "archive";
             return value_of(desk.webhooks(ada, q)).matching;
         }},
        {"show",
         [&](std::size_t i) { return value_of(desk.form(ada, ids[i * 49 % ids.size()])).wording.size(); }},
        {"orders", [&](std::size_t) { return orders(admin::order_query()); }},
        {"orders_next_page",
         [&](std::size_t) {
             auto q = orders_with("");
             q.before = before;
             auto const page = value_of(desk.orders(ada, q));
             before = page.next;
             for (auto const& o : page.found)
                 shown.push_back(o.id);
             return page.found.size();
         }},
        {"orders_of_every_tenth", [&](std::size_t) { return orders(orders_with("archive")); }},
        {"orders_of_one",
         [&](std::size_t i) {
             return orders(orders_with("Archive " + std::to_string(i * 40 % ids.size())));
         }},
        {"orders_of_none", [&](std::size_t) { return orders(orders_with("nothing is called so")); }},
        {"orders_failed", [&](std::size_t) { return orders(orders_with("", admin::order_status::failure)); }},
        {"orders_failed_of_one",
         [&](std::size_t i) {
             return orders(
                 orders_with("Archive " + std::to_string(i * 40 % ids.size()), admin::order_status::failure));
         }},
        {"orders_succeeded",
         [&](std::size_t) { return orders(orders_with("", admin::order_status::success)); }},
        {"orders_paused", [&](std::size_t) { return orders(orders_with("", admin::order_status::paused)); }},
        {"order",
         [&](std::size_t i) { return value_of(desk.order(ada, shown[i % shown.size()])).body.size(); }},
    };
    for (auto const& q : all) {
        stopwatch watch;
        std::size_t found = 0;
        for (std::size_t i = 0; i != times; ++i) {
            auto const begun = steady::now();
            found += q.ask(i);
            watch.step(begun);
        }
        watch.print("admin", times,
                    text_member("question", q.name) + number_member("shown", found / times) +
                        number_member("webhooks", many.webhooks) + number_member("orders", wanted.count));
    }
}

} // namespace bench
