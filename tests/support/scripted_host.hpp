// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/registry/secret_sealer.hpp>
#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/storage/sqlite.hpp>
#include <posthorn/testing/outbox_conformance.hpp>

#include "stored_records.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <sqlite3.h>
#include <string>
#include <utility>
#include <vector>

namespace posthorn::test {

/// A host and its sqlite_storage that do, step by step, everything that writes: each step is at most one
/// transaction, and waits for it, so that a disk sees the same writes in each run.
class scripted_host {
  public:
    using bench = testing::detail::outbox_bench<sqlite_storage>;
    using numbers = std::set<std::uint32_t>;

    struct step {
        std::string name;
        std::function<result<void>()> run;
    };

    explicit scripted_host(sqlite_durability promise) : promise_(promise) {}

    static constexpr char const* path = "host.db";

    [[nodiscard]] static sqlite_options options(sqlite_durability promise, bool rotated) {
        encryption_key const first("2026-01", secret(std::string(32, 'a')));
        encryption_key const second("2026-02", secret(std::string(32, 'b')));
        sqlite_options o;
        o.durability = promise;
        o.keys = rotated ? static_keys::make(second, {first}).value() : static_keys::make(first).value();
        return o;
    }

    // --- what is known from outside ---

    /// The orders whose commit has returned, and the deliveries that were stored with each.
    [[nodiscard]] std::map<int, numbers> const& committed() const noexcept { return committed_; }
    /// The same of those that were rolled back, or whose commit failed.
    [[nodiscard]] std::map<int, numbers> const& undone() const noexcept { return undone_; }
    /// What was stored outside of the host's transactions.
    [[nodiscard]] numbers const& appended() const noexcept { return appended_; }
    /// What was settled as delivered: it may be pruned.
    [[nodiscard]] numbers const& delivered() const noexcept { return delivered_; }
    [[nodiscard]] std::optional<sqlite_storage>& storage() noexcept { return storage_; }

    // --- what it can do ---

    [[nodiscard]] result<void> open(bool rotated) {
        storage_.reset();
        auto opened = sqlite_storage::open(path, options(promise_, rotated));
        if (!opened)
            return opened.error();
        storage_.emplace(*std::move(opened));
        return {};
    }

    [[nodiscard]] result<void> connect() {
        auto opened = posthorn::detail::sqlite_open(path);
        if (!opened)
            return opened.error();
        connection_ = *std::move(opened);
        // Checkpoints are steps of their own.
        return execute(promise_ == sqlite_durability::power_loss
                           ? "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0"
                           : "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
    }

    [[nodiscard]] result<void> execute(std::string const& sql) {
        return posthorn::detail::sqlite_execute(connection_.get(), sql.c_str());
    }

    /// Inserts an order with its deliveries; `undo` is an order that a savepoint takes back.
    [[nodiscard]] result<void> commit(int order, std::vector<outbox_row> rows, lease const& hold = lease(),
                                      std::optional<int> undo = std::nullopt) {
        numbers const stored = numbers_of(rows);
        auto const done = in_transaction([&](sqlite_transaction& tx) -> result<void> {
            if (undo)
                if (auto const taken_back = insert_and_take_back(tx, *undo); !taken_back)
                    return taken_back;
            if (auto const inserted = insert(tx, order, rows, hold); !inserted)
                return inserted;
            return tx.commit();
        });
        (done ? committed_ : undone_)[order] = stored;
        return done;
    }

    [[nodiscard]] result<void> roll_back(int order, std::vector<outbox_row> rows) {
        undone_[order] = numbers_of(rows);
        return in_transaction([&](sqlite_transaction& tx) -> result<void> {
            if (auto const inserted = insert(tx, order, rows, lease()); !inserted)
                return inserted;
            return tx.rollback();
        });
    }

    [[nodiscard]] result<void> append(std::vector<outbox_row> rows) {
        auto const stored = storage_->append_now(rows, lease());
        if (stored)
            appended_.merge(numbers_of(rows));
        return stored;
    }

    /// Puts a record, or erases it, whatever it is now.
    [[nodiscard]] result<void> store(record_key const& key, std::optional<std::string> text,
                                     bool active = true) {
        auto const loaded = storage_->load(0);
        if (!loaded)
            return loaded.error();
        std::uint64_t revision = 0;
        for (auto const& r : loaded->records)
            if (static_cast<record_key const&>(r) == key && !r.erased)
                revision = r.revision;
        registry_commit c;
        c.changes.emplace_back(key, revision, std::move(text));
        c.changes.back().active = active;
        return made(storage_->commit(c));
    }

    [[nodiscard]] result<void> store(webhook const& w) {
        posthorn::detail::webhook_facts facts;
        auto sealed = sealer_of(*storage_).sealed(w.id, posthorn::detail::secrets_of(w));
        if (!sealed)
            return sealed.error();
        facts.secrets = *std::move(sealed);
        return store(webhook_key(w.id), posthorn::detail::record_of(w, facts), w.active);
    }

    /// Encrypts the secrets of one webhook anew, and is broken off.
    [[nodiscard]] result<void> begin_rotation() {
        result<void> first = error_code(errc::registry_conflict);
        (void)posthorn::detail::rotate_secrets([this](std::uint64_t after) { return storage_->load(after); },
                                               [&](registry_commit const& c) -> result<std::uint64_t> {
                                                   if (first)
                                                       return error_code(errc::storage_failed);
                                                   auto done = storage_->commit(c);
                                                   first = made(done);
                                                   return first ? done : error_code(errc::storage_failed);
                                               },
                                               storage_->keys(), [] { return system_random()(); });
        return first;
    }

    [[nodiscard]] result<void> claim(std::int64_t now, std::uint64_t id, std::size_t limit) {
        std::vector<claimed_delivery> out;
        lease const under = bench::hold(id, now);
        claim_query const query(limit);
        auto const done = wait(storage_->claim(bench::at(now), under, query, out));
        return done ? result<void>() : done.error();
    }

    [[nodiscard]] result<void> settle(std::vector<settlement> batch) {
        for (auto& s : batch) {
            s.started = bench::at(1);
            s.time = bench::at(2);
            s.status = s.state == delivery_state::delivered ? 200 : 500;
        }
        auto const done = wait(storage_->settle(batch));
        for (auto const& s : batch)
            if (done && !s.lost && s.state == delivery_state::delivered)
                delivered_.insert(bench::number_of(s.id));
        return done;
    }

    [[nodiscard]] result<void> prune() {
        auto const week_later = bench::at(8 * 24 * 3600);
        auto const gone = testing::detail::completed(io_, storage_->prune(week_later));
        if (!gone)
            return gone.error();
        return {};
    }

    template <class T>
    [[nodiscard]] result<T> wait(boost::asio::awaitable<result<T>> operation) {
        return testing::detail::completed(io_, std::move(operation));
    }

    void close() {
        storage_.reset();
        connection_.reset();
    }

    [[nodiscard]] static outbox_row row(std::uint32_t n, std::uint32_t webhook = 1000) {
        return bench::row(n, webhook, static_cast<std::int64_t>(n) - 100);
    }

    /// What is sent does not fit into a page.
    [[nodiscard]] static outbox_row large_row(std::uint32_t n) {
        request_text text;
        text.buffer() += "/large";
        text.end_target();
        text.end_headers();
        for (int i = 0; i != 4000; ++i)
            text.buffer() += "line " + std::to_string(i) + "\n";
        return outbox_row(delivery::make(bench::id_of(n), bench::id_of(1000), bench::id_of(2000),
                                         bench::at(static_cast<std::int64_t>(n) - 100), verb::post,
                                         text.view()));
    }

    [[nodiscard]] static webhook hook(std::uint32_t n, std::string const& key) {
        webhook w;
        w.id = bench::id_of(n);
        w.wording = "webhook " + std::to_string(n);
        w.url = "https://example.com/" + key;
        w.object = "order";
        w.headers.emplace_back("X-Api-Key", secret("header " + key));
        w.signing.emplace_back(secret("signing " + key));
        w.signing.emplace_back(secret("older " + key), bench::at(500));
        return w;
    }

    // --- the script ---

    [[nodiscard]] std::vector<step> steps() {
        std::vector<step> all;
        auto const add = [&](std::string name, std::function<result<void>()> run) {
            all.push_back({std::move(name), std::move(run)});
        };
        add("open", [this] { return open(false); });
        add("connect", [this] { return connect(); });
        add("orders",
            [this] { return execute("CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY)"); });
        add_registry_steps(add);
        add_first_deliveries(add);
        add("checkpoint", [this] { return execute("PRAGMA wal_checkpoint(PASSIVE)"); });
        add_more_deliveries(add);
        add("truncate", [this] { return execute("PRAGMA wal_checkpoint(TRUNCATE)"); });
        add("commit 8", [this] { return commit(8, {row(41), row(42)}); });
        add_rotation(add);
        add("close", [this]() -> result<void> {
            close();
            return {};
        });
        add("reopen", [this] { return open(true); });
        add("reconnect", [this] { return connect(); });
        add("commit 10", [this] { return commit(10, {row(44)}); });
        return all;
    }

  private:
    template <class Add>
    void add_registry_steps(Add const& add) {
        add("put 1000", [this] { return store(hook(1000, "one")); });
        add("put 1001", [this] { return store(hook(1001, "two")); });
        add("put filter", [this] {
            filter f;
            f.id = bench::id_of(1500);
            f.name = "large ones";
            f.object = "order";
            f.expression = "order.id > 5";
            return store(filter_key(f.id), posthorn::detail::record_of(f));
        });
        add("put an entry and a setting", [this] {
            registry_commit c;
            c.entries.push_back(entry(1000, "ann"));
            c.entries.push_back(entry(1500, "ben"));
            c.changes.emplace_back(setting("script", "step"), 0, posthorn::detail::record_of_text("here"));
            return made(storage_->commit(c));
        });
        add("seal", [this] {
            registry_commit c;
            c.seals.emplace_back(1, "a seal");
            return made(storage_->commit(c));
        });
    }

    template <class Add>
    void add_first_deliveries(Add const& add) {
        add("commit 1", [this] { return commit(1, {row(1), row(2)}); });
        add("commit 2", [this] { return commit(2, {row(3)}, bench::hold(5)); });
        add("roll back 3", [this] { return roll_back(3, {row(4)}); });
        add("append", [this] { return append({row(10), row(11), row(12), row(13), row(14)}); });
        add("claim", [this] { return claim(0, 7, 6); });
        add("settle", [this] {
            return settle(
                {bench::to(1, 7, delivery_state::delivered), bench::to(10, 7, delivery_state::delivered),
                 bench::to(11, 7, delivery_state::pending, 1, 100), bench::to(12, 7, delivery_state::failed),
                 bench::to(999, 7, delivery_state::failed)});
        });
    }

    template <class Add>
    void add_more_deliveries(Add const& add) {
        add("commit 4", [this] { return commit(4, {row(20, 1001), row(21)}); });
        add("savepoint 6, commit 5", [this] { return commit(5, {row(23)}, lease(), 6); });
        add("extend", [this] {
            lease const longer = bench::hold(7, 30);
            return wait(storage_->extend(longer, bench::at(30)));
        });
        add("deactivate 1001", [this] {
            auto w = hook(1001, "two");
            w.active = false;
            return store(w);
        });
        add("pause", [this] {
            return wait(storage_->change(bench::id_of(1001), queue_change::pause, bench::at(31)));
        });
        add("change 1000", [this] { return store(hook(1000, "three")); });
        add("append large", [this] { return append({large_row(30)}); });
        add("claim again", [this] { return claim(61, 8, 100); });
        add("settle again", [this] {
            return settle({bench::to(3, 8, delivery_state::delivered),
                           bench::to(14, 8, delivery_state::delivered),
                           bench::to(21, 8, delivery_state::pending, 1, 120)});
        });
        add("prune", [this] { return prune(); });
        add("activate 1001", [this] { return store(hook(1001, "two")); });
        add("resume", [this] {
            return wait(storage_->change(bench::id_of(1001), queue_change::resume, bench::at(62)));
        });
        add("commit 7", [this] { return commit(7, {row(40), large_row(45)}); });
    }

    template <class Add>
    void add_rotation(Add const& add) {
        add("open with a new key", [this] { return open(true); });
        add("begin a rotation", [this] { return begin_rotation(); });
        add("rotate", [this] { return made(storage_->rotate_secrets()); });
        add("erase 1001", [this] { return store(webhook_key(bench::id_of(1001)), std::nullopt); });
        add("cancel", [this] {
            return wait(storage_->change(bench::id_of(1001), queue_change::cancel, bench::at(70)));
        });
        add("release", [this] { return wait(storage_->release(7)); });
        add("commit 9",
            [this] { return commit(9, {row(43), bench::row(46, 1000, 0, errc::body_too_large)}); });
        add("the host alone", [this] { return execute("INSERT OR IGNORE INTO orders VALUES (100)"); });
    }

    [[nodiscard]] static numbers numbers_of(std::vector<outbox_row> const& rows) {
        numbers all;
        for (auto const& r : rows)
            all.insert(bench::number_of(r.what->id()));
        return all;
    }

    template <class T>
    [[nodiscard]] static result<void> made(result<T> const& done) {
        return done ? result<void>() : result<void>(done.error());
    }

    [[nodiscard]] static history_record entry(std::uint32_t webhook, std::string user) {
        history_entry e;
        e.user = std::move(user);
        e.time = bench::at(1);
        return {webhook_key(bench::id_of(webhook)), posthorn::detail::record_of(e)};
    }

    template <class Work>
    [[nodiscard]] result<void> in_transaction(Work const& work) {
        auto tx = sqlite_transaction::begin(connection_.get());
        if (!tx)
            return tx.error();
        auto const done = work(*tx);
        if (!done)
            (void)tx->rollback();
        return done;
    }

    [[nodiscard]] result<void> insert(sqlite_transaction& tx, int order, std::vector<outbox_row>& rows,
                                      lease const& hold) {
        if (auto const inserted = execute("INSERT INTO orders VALUES (" + std::to_string(order) + ")");
            !inserted)
            return inserted;
        return storage_->enlist(tx.connection(), rows, hold);
    }

    [[nodiscard]] result<void> insert_and_take_back(sqlite_transaction& tx, int order) {
        std::vector<outbox_row> rows{row(static_cast<std::uint32_t>(500 + order))};
        undone_[order] = numbers_of(rows);
        if (auto const marked = tx.savepoint(1); !marked)
            return marked;
        if (auto const inserted = insert(tx, order, rows, lease()); !inserted)
            return inserted;
        return tx.rollback_to(1);
    }

    boost::asio::io_context io_;
    sqlite_durability promise_;
    std::optional<sqlite_storage> storage_;
    posthorn::detail::sqlite_handle connection_;
    std::map<int, numbers> committed_;
    std::map<int, numbers> undone_;
    numbers appended_;
    numbers delivered_;
};

} // namespace posthorn::test
