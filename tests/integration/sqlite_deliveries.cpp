// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What people see of deliveries in a file with many of them, beside what one plain statement finds.

#include <posthorn/storage/sqlite.hpp>

#include "../support/sqlite_file.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace {

using namespace posthorn;
using posthorn::test::connect;
using posthorn::test::fresh_file;
using posthorn::test::quick_options;
using posthorn::test::run_sql;
namespace data = boost::unit_test::data;

constexpr int rows = 75'000;
constexpr int webhooks = 50;

// How the rows of a file are: `state` is SQL over n, the number of the row, from 1.
struct population {
    char const* name;
    char const* state;
};

std::ostream& operator<<(std::ostream& out, population const& p) {
    return out << p.name;
}

constexpr population populations[] = {
    {"all wait but a few",
     "CASE n % 5000 WHEN 1 THEN 1 WHEN 2 THEN 3 WHEN 3 THEN 4 WHEN 4 THEN 5 ELSE 0 END"},
    {"all arrived but the oldest", "CASE WHEN n <= 20 THEN n % 6 ELSE 2 END"},
    {"all arrived but the newest", "CASE WHEN n > 74980 THEN n % 6 ELSE 2 END"},
    {"many of each", "n % 6"},
    {"all in hand", "1"},
    {"some wait, many failed", "CASE n % 10 WHEN 0 THEN 0 ELSE 3 END"},
    {"the oldest wait", "CASE WHEN n <= 45000 THEN 0 ELSE 2 END"},
};

// Nobody but one webhook waits: of the oldest rows.
std::string webhook_sql(char const* of = "n") {
    return "CAST(printf('%016d', CASE WHEN " + std::string(of) + " <= 30 THEN 7777 ELSE " + of + " % " +
           std::to_string(webhooks) + " END) AS BLOB)";
}

uuid webhook_id(int number) {
    auto text = std::to_string(number);
    text.insert(0, 16 - text.size(), '0');
    uuid id;
    std::memcpy(id.data, text.data(), 16);
    return id;
}

struct crowded_file {
    explicit crowded_file(population const& p)
        : storage(sqlite_storage::open(file.path(), quick_options()).value()),
          connection(connect(file.path())) {
        run_sql(connection.get(), "PRAGMA synchronous = OFF");
        run_sql(
            connection.get(),
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < " +
                std::to_string(rows) + "), made AS (SELECT n, " + std::string(p.state) +
                " AS state FROM numbers) INSERT INTO posthorn_delivery (id, webhook, event, created, state, "
                "attempts, lease, not_before, ended) SELECT CAST(printf('%016d', n) AS BLOB), " +
                webhook_sql() +
                ", CAST(printf('%016d', n) AS BLOB), n, state, 0, CASE state WHEN 1 THEN (n % 3 - 1) * 10 + "
                "5 ELSE 0 END, n, CASE WHEN state IN (2, 3, 4) THEN n END FROM made");
        run_sql(
            connection.get(),
            "INSERT INTO posthorn_request (delivery, method, target_end, headers_end, object, action, actor, "
            "text) SELECT sequence, 1, 1, 1, 'item', 1, 'ada', CAST('/' AS BLOB) FROM posthorn_delivery");
    }

    // What one statement finds, at most `most`.
    [[nodiscard]] std::vector<std::uint64_t> wanted(delivery_query const& q, std::size_t most) {
        std::string sql = "SELECT sequence FROM posthorn_delivery WHERE state IN (-1";
        for (int s = 0; s != 6; ++s)
            if (q.states.has(static_cast<delivery_state>(s)))
                sql += "," + std::to_string(s);
        sql += ")";
        if (q.webhooks) {
            sql += " AND webhook IN (x'00'";
            for (auto const& w : *q.webhooks)
                sql += ",CAST('" + std::string(reinterpret_cast<char const*>(w.begin()), w.size()) +
                       "' AS BLOB)";
            sql += ")";
        }
        sql += " ORDER BY sequence DESC LIMIT " + std::to_string(most);
        std::vector<std::uint64_t> found;
        auto const keep = [](void* out, int, char** values, char**) {
            static_cast<std::vector<std::uint64_t>*>(out)->push_back(std::stoull(values[0]));
            return 0;
        };
        BOOST_REQUIRE(sqlite3_exec(connection.get(), sql.c_str(), keep, &found, nullptr) == SQLITE_OK);
        return found;
    }

    // What the pages show, as far.
    [[nodiscard]] std::vector<std::uint64_t> shown(delivery_query q, std::size_t most) {
        std::vector<std::uint64_t> found;
        for (std::size_t pages = 0;; ++pages) {
            // No search goes on for ever: it comes further by a bounded number of rows each time.
            BOOST_REQUIRE(pages < most + 2 + rows / 1000);
            auto const page = storage.deliveries(q).value();
            BOOST_REQUIRE(page.found.size() <= q.limit);
            for (auto const& d : page.found)
                found.push_back(d.number);
            q.before = page.next;
            if (q.before == 0 || found.size() >= most)
                break;
        }
        found.resize(std::min(found.size(), most));
        return found;
    }

    fresh_file file;
    sqlite_storage storage;
    test::sqlite_connection connection;
};

} // namespace

BOOST_AUTO_TEST_SUITE(sqlite_deliveries)

BOOST_DATA_TEST_CASE(pages_show_what_one_statement_finds, data::make(populations), of) {
    using enum delivery_state;
    crowded_file file(of);
    delivery_states const sets[] = {{pending, delivering, failed, paused},
                                    {pending},
                                    {delivering},
                                    {delivered},
                                    {failed},
                                    {cancelled},
                                    {paused},
                                    {paused, failed},
                                    delivery_states::all()};
    std::vector<uuid> many;
    for (int w = 1; w != 40; ++w)
        many.push_back(webhook_id(w));
    std::optional<std::vector<uuid>> const choices[] = {std::nullopt,
                                                        std::vector{webhook_id(3)},
                                                        std::vector{webhook_id(7777)},
                                                        std::vector{webhook_id(8888)},
                                                        std::vector{webhook_id(5), webhook_id(7777)},
                                                        many};
    constexpr std::size_t most = 150;
    for (auto const& states : sets)
        for (auto const& choice : choices) {
            delivery_query q;
            q.states = states;
            q.webhooks = choice;
            q.limit = 40;
            BOOST_TEST(file.shown(q, most) == file.wanted(q, most), boost::test_tools::per_element());
        }
}

BOOST_DATA_TEST_CASE(counts_are_what_one_statement_counts, data::make(populations), of) {
    crowded_file file(of);
    for (int s = 0; s != 6; ++s) {
        auto const all = static_cast<std::size_t>(
            run_sql(file.connection.get(),
                    "SELECT count(*) FROM posthorn_delivery WHERE state = " + std::to_string(s)));
        delivery_states const one{static_cast<delivery_state>(s)};
        BOOST_TEST(file.storage.count(one, rows).value() == all);
        BOOST_TEST(file.storage.count(one, 10).value() == std::min<std::size_t>(all, 10));
    }
    BOOST_TEST(file.storage.count(delivery_states::all(), rows + 1).value() ==
               static_cast<std::size_t>(rows));
}

BOOST_AUTO_TEST_SUITE_END()
