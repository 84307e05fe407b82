// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/storage/sqlite.hpp>

#include "../support/lossy_vfs.hpp"
#include "../support/scripted_host.hpp"
#include "../support/stored_records.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using posthorn::sqlite_durability;
using posthorn::sqlite_storage;
using posthorn::test::disk_fault;
using posthorn::test::disk_image;
using posthorn::test::lossy_disk;
using posthorn::test::power_losses;
using posthorn::test::scripted_host;
using bench = scripted_host::bench;
using numbers = scripted_host::numbers;

// Everything is tried; under a sanitizer, which is many times slower, a fifth of it.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSTHORN_TEST_SANITIZED
#endif
#endif
#if defined(POSTHORN_TEST_SANITIZED) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t every = 5;
#else
constexpr std::size_t every = 1;
#endif

// What a file says: everything that the storage and the host have stored, and what the storage makes of it.
struct contents {
    std::string sound;
    std::string rows;
    std::string webhooks;
    // What can be claimed once all leases have ended.
    numbers claimable;

    bool operator==(contents const&) const = default;
};

struct closing {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
};

// Calls `see(statement)` for each row.
template <class See>
void each_row(sqlite3* c, std::string const& sql, See see) {
    sqlite3_stmt* raw = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_prepare_v2(c, sql.c_str(), -1, &raw, nullptr), SQLITE_OK);
    std::unique_ptr<sqlite3_stmt, closing> const statement(raw);
    int code = 0;
    while ((code = sqlite3_step(raw)) == SQLITE_ROW)
        see(raw);
    BOOST_REQUIRE_EQUAL(code, SQLITE_DONE);
}

[[nodiscard]] std::string column(sqlite3_stmt* s, int i) {
    auto const size = static_cast<std::size_t>(sqlite3_column_bytes(s, i));
    auto const* const data = static_cast<char const*>(sqlite3_column_blob(s, i));
    return data == nullptr ? std::string() : std::string(data, size);
}

void read_tables(sqlite3* c, contents& out) {
    each_row(c, "PRAGMA integrity_check", [&](sqlite3_stmt* s) { out.sound += column(s, 0); });
    std::vector<std::string> tables;
    each_row(c, "SELECT name, sql FROM sqlite_master ORDER BY name", [&](sqlite3_stmt* s) {
        auto const sql = column(s, 1);
        out.rows += sql + '\n';
        if (sql.starts_with("CREATE TABLE"))
            tables.push_back(column(s, 0));
    });
    for (auto const& table : tables)
        each_row(c, "SELECT * FROM " + table, [&](sqlite3_stmt* s) {
            out.rows += table;
            for (int i = 0; i != sqlite3_column_count(s); ++i)
                out.rows += '|' + std::to_string(sqlite3_column_type(s, i)) + column(s, i);
            out.rows += '\n';
        });
}

[[nodiscard]] std::string text_of(std::vector<posthorn::webhook> const& all) {
    std::string text;
    for (auto const& w : all) {
        text += w.wording + ' ' + w.url + '\n';
        for (auto const& h : w.headers)
            text.append(h.name()).append(": ").append(h.secret_value().reveal()) += '\n';
        for (auto const& s : w.signing)
            text.append(s.key().reveal()) += '\n';
    }
    return text;
}

// Everything but what a claim would change.
[[nodiscard]] contents contents_beside(std::optional<sqlite_storage>& storage) {
    contents now;
    auto const connection = posthorn::detail::sqlite_open(scripted_host::path).value();
    read_tables(connection.get(), now);
    if (storage)
        now.webhooks = text_of(posthorn::test::stored_webhooks(*storage));
    return now;
}

// As a new process finds it after a crash.
[[nodiscard]] contents recovered(disk_image const& image, sqlite_durability promise) {
    lossy_disk const disk(image);
    auto opened = sqlite_storage::open(scripted_host::path, scripted_host::options(promise, true));
    if (!opened) {
        contents broken;
        broken.sound = "not opened: " + opened.error().message();
        return broken;
    }
    std::optional<sqlite_storage> storage(*std::move(opened));
    auto found = contents_beside(storage);
    std::vector<posthorn::claimed_delivery> claimed;
    boost::asio::io_context io;
    posthorn::lease const late = bench::hold(77, 1'000'000);
    posthorn::claim_query const query(1000);
    auto const done =
        posthorn::testing::detail::completed(io, storage->claim(bench::at(1'000'000), late, query, claimed));
    if (!done)
        found.sound = "not claimed: " + done.error().message();
    for (auto const& c : claimed)
        found.claimable.insert(bench::number_of(c.what->id()));
    return found;
}

[[nodiscard]] std::size_t hash_of(disk_image const& image) {
    std::size_t h = 0;
    for (auto const& [name, bytes] : image)
        for (std::string_view const part : {std::string_view(name), std::string_view(bytes)})
            h = h * 1'000'003 + std::hash<std::string_view>()(part);
    return h;
}

// A script that ran once, and what was there after each of its steps.
class recording {
  public:
    explicit recording(sqlite_durability promise) : promise_(promise) {
        scripted_host host(promise);
        // Before the tables are there, opening makes them.
        begin_.push_back(0);
        end_.push_back(0);
        after_.emplace_back();
        names_.emplace_back("nothing");
        for (auto const& step : host.steps()) {
            begin_.push_back(disk_.time());
            auto const done = step.run();
            BOOST_REQUIRE_MESSAGE(done.has_value(), step.name + ": " + (done ? "" : done.error().message()));
            end_.push_back(disk_.time());
            names_.push_back(step.name);
            after_.push_back(contents_beside(host.storage()));
            if (!host.storage())
                after_.back().webhooks = after_[after_.size() - 2].webhooks;
            see_claimable(after_.back());
        }
        after_[0] = after_[1];
        host.close();
    }

    // Loses the power at every moment, or at each of so many, and in every way; gives how often a step was
    // lost that had ended.
    [[nodiscard]] std::size_t lose_power(std::size_t stride) {
        std::size_t lost = 0;
        power_losses(disk_.log()).each([&](std::size_t now, disk_image const& image) {
            if (now % stride != 0)
                return;
            ++cases_;
            auto const& found = look(image);
            auto const last = steps_ended(now);
            auto const next = steps_begun(now);
            for (auto step = std::min(last_that_lasts(last), next); step <= std::max(last, next); ++step)
                if (found == after_[step])
                    return;
            ++lost;
            auto const earlier =
                std::find(after_.begin(), after_.begin() + static_cast<std::ptrdiff_t>(last), found);
            bool const whole = earlier != after_.begin() + static_cast<std::ptrdiff_t>(last);
            if (promise_ == sqlite_durability::process_end && whole)
                return;
            complain(now, last, found);
        });
        return lost;
    }

    [[nodiscard]] std::size_t cases() const noexcept { return cases_; }
    [[nodiscard]] std::size_t images() const noexcept { return seen_.size(); }
    [[nodiscard]] std::size_t steps() const noexcept { return names_.size() - 1; }
    [[nodiscard]] std::size_t events() const noexcept { return disk_.log().size(); }
    [[nodiscard]] std::size_t syncs() const {
        return static_cast<std::size_t>(
            std::count_if(disk_.log().begin(), disk_.log().end(),
                          [](auto const& e) { return e.what == posthorn::test::disk_event::kind::sync; }));
    }

  private:
    [[nodiscard]] std::size_t steps_ended(std::size_t now) const {
        return static_cast<std::size_t>(std::upper_bound(end_.begin(), end_.end(), now) - end_.begin()) - 1;
    }
    // The one that was under way, if any.
    [[nodiscard]] std::size_t steps_begun(std::size_t now) const {
        return static_cast<std::size_t>(std::lower_bound(begin_.begin() + 1, begin_.end(), now) -
                                        begin_.begin()) -
               1;
    }

    // What only says who works on what, or what is old, waits for no disk: the power takes the workers too.
    [[nodiscard]] std::size_t last_that_lasts(std::size_t step) const {
        for (auto const* const prefix : {"claim", "extend", "prune"})
            if (names_[step].starts_with(prefix))
                return last_that_lasts(step - 1);
        return step;
    }

    void see_claimable(contents& now) {
        auto const connection = posthorn::detail::sqlite_open(scripted_host::path).value();
        // Deliveries of a webhook that is inactive, or was erased, are not handed out.
        auto const* const sql =
            "SELECT id FROM posthorn_delivery WHERE state < 2 AND lower(hex(webhook)) NOT IN "
            "(SELECT replace(key, '-', '') FROM posthorn_record WHERE kind = 0 AND (value IS NULL OR NOT "
            "active))";
        each_row(connection.get(), sql, [&](sqlite3_stmt* s) {
            posthorn::uuid id{};
            auto const bytes = column(s, 0);
            std::copy(bytes.begin(), bytes.end(), id.begin());
            now.claimable.insert(bench::number_of(id));
        });
    }

    // Many moments leave the same image.
    [[nodiscard]] contents const& look(disk_image const& image) {
        auto const [at, is_new] = seen_.try_emplace(hash_of(image), 0);
        if (is_new) {
            auto const found = recovered(image, promise_);
            auto const known = std::find(kinds_.begin(), kinds_.end(), found);
            at->second = static_cast<std::size_t>(known - kinds_.begin());
            if (known == kinds_.end())
                kinds_.push_back(found);
        }
        return kinds_[at->second];
    }

    void complain(std::size_t now, std::size_t last, contents const& found) {
        constexpr std::size_t enough = 5;
        if (++complaints_ > enough)
            return;
        auto const same = [](bool holds) { return holds ? "as it was" : "another"; };
        auto const& wanted = after_[last];
        BOOST_ERROR("power lost after event " << now << ", after step " << last << " (" << names_[last]
                                              << "): file " << found.sound << ", rows "
                                              << same(found.rows == wanted.rows) << ", webhooks "
                                              << same(found.webhooks == wanted.webhooks) << ", claimable "
                                              << same(found.claimable == wanted.claimable));
    }

    lossy_disk disk_;
    sqlite_durability promise_;
    std::vector<std::size_t> begin_;
    std::vector<std::size_t> end_;
    std::vector<contents> after_;
    std::vector<std::string> names_;
    std::unordered_map<std::size_t, std::size_t> seen_;
    std::vector<contents> kinds_;
    std::size_t cases_ = 0;
    std::size_t complaints_ = 0;
};

[[nodiscard]] bool is_there(sqlite_storage const& storage, std::uint32_t n) {
    return storage.state_of(bench::id_of(n)).value().has_value();
}

[[nodiscard]] std::set<int> orders_in(char const* path) {
    std::set<int> all;
    auto const connection = posthorn::detail::sqlite_open(path).value();
    each_row(connection.get(), "SELECT id FROM orders",
             [&](sqlite3_stmt* s) { all.insert(sqlite3_column_int(s, 0)); });
    return all;
}

// Whether everything that was acknowledged is there. What failed is not; where `is_known` is false, it is
// whole or not there.
[[nodiscard]] std::string what_is_wrong(scripted_host const& host, sqlite_storage const& storage,
                                        bool is_known) {
    auto const orders = orders_in(scripted_host::path);
    for (auto const& [order, rows] : host.committed()) {
        if (!orders.contains(order))
            return "order " + std::to_string(order) + " is lost";
        for (auto const n : rows)
            if (!is_there(storage, n) && !host.delivered().contains(n))
                return "delivery " + std::to_string(n) + " is lost";
    }
    for (auto const n : host.appended())
        if (!is_there(storage, n) && !host.delivered().contains(n))
            return "delivery " + std::to_string(n) + " is lost";
    for (auto const& [order, rows] : host.undone()) {
        bool const there = orders.contains(order);
        if (there && is_known)
            return "order " + std::to_string(order) + " failed, and is there";
        for (auto const n : rows)
            if (is_there(storage, n) != there)
                return "order " + std::to_string(order) + " is there in part";
    }
    return {};
}

// The script on a disk that fails; afterwards everything works again. Empty: nothing was wrong.
[[nodiscard]] std::string run_with(disk_fault const& fault, std::size_t& failed) {
    lossy_disk disk;
    scripted_host host(sqlite_durability::power_loss);
    disk.break_with(fault);
    for (auto const& step : host.steps()) {
        if (step.name == "close")
            if (auto wrong = what_is_wrong(host, *host.storage(), true); !wrong.empty())
                return wrong;
        auto done = step.run();
        failed += !done;
        // Nothing goes on without these; a fault ends at some time.
        bool const opens = step.name.find("open") != std::string::npos ||
                           step.name.find("connect") != std::string::npos || step.name == "orders";
        for (std::size_t again = 0; opens && !done && again != 2 * fault.count + 2; ++again)
            done = step.run();
        if (opens && !done)
            return step.name + " fails for ever: " + done.error().message();
    }
    disk.repair();
    if (auto const last = host.commit(50, {scripted_host::row(50)}); !last)
        return "it does not work again: " + last.error().message();
    // A commit whose sync failed is in the file all the same: whoever opens it next may find it.
    if (auto wrong = what_is_wrong(host, *host.storage(), fault.code == SQLITE_FULL); !wrong.empty())
        return wrong;
    auto const survivors = disk.durable();
    host.close();
    lossy_disk const after(survivors);
    auto const again = sqlite_storage::open(scripted_host::path,
                                            scripted_host::options(sqlite_durability::power_loss, true));
    if (!again)
        return "not opened after a loss of power: " + again.error().message();
    return what_is_wrong(host, *again, false);
}

// How many writes, truncations and syncs the script makes.
[[nodiscard]] std::size_t chances() {
    lossy_disk disk;
    scripted_host host(sqlite_durability::power_loss);
    disk.break_with({0, 0, SQLITE_FULL});
    for (auto const& step : host.steps())
        BOOST_REQUIRE(step.run().has_value());
    return disk.tried();
}

void fail_everywhere(int code, std::size_t count, std::size_t stride) {
    std::size_t failed = 0;
    auto const all = chances();
    for (std::size_t first = 0; first < all; first += stride) {
        auto const wrong = run_with({first, count, code}, failed);
        BOOST_REQUIRE_MESSAGE(wrong.empty(), "fault " << code << " from event " << first << " on, " << count
                                                      << " times: " << wrong);
    }
    BOOST_TEST_MESSAGE("code " << code << ", " << count << " at a time: " << all / stride << " runs, "
                               << failed << " failed steps");
    BOOST_TEST(failed > all / stride / 2);
}

// Several pieces of work in one transaction of the storage, on a disk that fails. Empty: nothing was wrong.
[[nodiscard]] std::string share_with(disk_fault const& fault, std::size_t& tried, std::size_t& failed) {
    constexpr std::uint32_t count = 5;
    lossy_disk disk;
    scripted_host host(sqlite_durability::power_loss);
    if (!host.open(false) || !host.connect())
        return "not opened";
    auto& storage = *host.storage();
    boost::asio::io_context io;
    std::vector<std::vector<posthorn::outbox_row>> rows(count);
    std::vector<posthorn::result<void>> outcomes(count, posthorn::error_code(posthorn::errc::storage_failed));
    // While the host holds the lock, what is asked for comes together.
    if (!host.execute("BEGIN IMMEDIATE"))
        return "not locked";
    for (std::uint32_t n = 0; n != count; ++n) {
        rows[n].push_back(n == 2 ? scripted_host::large_row(n) : scripted_host::row(n));
        auto appended = storage.append(rows[n], posthorn::lease());
        boost::asio::co_spawn(
            io, std::move(appended),
            [&outcomes, n](std::exception_ptr, posthorn::result<void> r) { outcomes[n] = r; });
    }
    io.poll();
    disk.break_with(fault);
    if (!host.execute("COMMIT"))
        return "not unlocked";
    io.run();
    tried = disk.tried();
    disk.repair();
    std::vector<posthorn::outbox_row> one{scripted_host::row(99)};
    if (auto const last = storage.append_now(one, posthorn::lease()); !last)
        return "it does not work again: " + last.error().message();
    for (std::uint32_t n = 0; n != count; ++n) {
        failed += !outcomes[n];
        if (is_there(storage, n) != outcomes[n].has_value())
            return "delivery " + std::to_string(n) + (outcomes[n] ? " is lost" : " failed, and is there");
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(integration_sqlite_power_loss)

// Every write of the script, whole, torn and left out, in every way that a disk may choose.
BOOST_AUTO_TEST_CASE(no_loss_of_power_takes_what_was_accepted) {
    recording recorded(sqlite_durability::power_loss);
    BOOST_TEST(recorded.steps() >= 30U);
    BOOST_TEST(recorded.syncs() >= 30U);
    BOOST_TEST(recorded.lose_power(every) == 0U);
    BOOST_TEST_MESSAGE(recorded.steps() << " steps, " << recorded.events() << " writes and syncs, "
                                        << recorded.syncs() << " syncs, " << recorded.cases() << " losses, "
                                        << recorded.images() << " different images");
    BOOST_TEST(recorded.images() > 1000U / every);
}

// Shows too that the test above sees a loss.
BOOST_AUTO_TEST_CASE(with_the_weaker_promise_the_last_is_lost_and_nothing_is_torn) {
    recording recorded(sqlite_durability::process_end);
    BOOST_TEST(recorded.lose_power(3 * every) > 0U);
    BOOST_TEST_MESSAGE(recorded.cases() << " losses, " << recorded.images() << " different images");
}

BOOST_AUTO_TEST_CASE(a_full_disk_costs_nothing_that_was_accepted) {
    fail_everywhere(SQLITE_FULL, 1, every);
    fail_everywhere(SQLITE_FULL, 25, 5 * every);
}

BOOST_AUTO_TEST_CASE(a_disk_that_fails_costs_nothing_that_was_accepted) {
    fail_everywhere(SQLITE_IOERR, 1, every);
    fail_everywhere(SQLITE_IOERR, 25, 5 * every);
}

BOOST_AUTO_TEST_CASE(who_shares_a_transaction_that_fails_is_told) {
    std::size_t all = 0;
    std::size_t failed = 0;
    BOOST_TEST(share_with({0, 0, SQLITE_FULL}, all, failed).empty());
    BOOST_TEST(failed == 0U);
    for (auto const code : {SQLITE_FULL, SQLITE_IOERR})
        for (std::size_t const count : {1U, 100U})
            for (std::size_t first = 0; first != all; ++first) {
                std::size_t tried = 0;
                auto const wrong = share_with({first, count, code}, tried, failed);
                BOOST_TEST(wrong.empty(), "fault " << code << " from event " << first << " on, " << count
                                                   << " times: " << wrong);
            }
    BOOST_TEST(failed > all);
}

BOOST_AUTO_TEST_SUITE_END()
