// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/secret_sealer.hpp>
#include <posthorn/detail/sqlite/database.hpp>
#include <posthorn/detail/sqlite/deliveries.hpp>
#include <posthorn/detail/sqlite/outbox.hpp>
#include <posthorn/detail/sqlite/prepared.hpp>
#include <posthorn/detail/sqlite/registry.hpp>
#include <posthorn/detail/sqlite/schema.hpp>
#include <posthorn/detail/storage/storage_thread.hpp>
#include <posthorn/detail/util/bounded_time.hpp>
#include <posthorn/environment/system_clock.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/storage/sqlite.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <sqlite3.h>
#include <string_view>
#include <utility>

namespace posthorn {

namespace detail {

// What a piece of work waits for when its transaction is committed.
enum class sqlite_wait : std::uint8_t {
    // Nothing: a loss of power takes the process with it, and what it held is claimed again.
    none,
    // The disk, once the write lock is free again: what is not on it in the end is only done once more.
    after,
    // The disk, before anybody sees it.
    within,
};

// A piece of the library's own work on its connection.
class sqlite_job : public storage_job {
  public:
    struct tools {
        sqlite_outbox& outbox;
        sqlite_registry_writer& registry;
        sqlite_deliveries& deliveries;
    };

    // Without a transaction. False: there is nothing to write.
    [[nodiscard]] virtual result<bool> look(tools&) { return true; }
    // In a transaction, which others may share.
    [[nodiscard]] virtual result<void> write(tools&) { return {}; }
    [[nodiscard]] virtual sqlite_wait wait() const noexcept { return sqlite_wait::within; }

    // Set where it failed.
    error_code failed;
    // Whether `look` said so.
    bool writes = false;
};

class append_job final : public sqlite_job {
  public:
    append_job(std::span<outbox_row const> what, lease const& under)
        : rows(what.begin(), what.end()), hold(under) {}
    result<void> write(tools& with) override { return with.outbox.inserter().insert(rows, hold); }

    std::vector<outbox_row> rows;
    lease hold;
};

class claim_job final : public sqlite_job {
  public:
    claim_job(wall_time at, lease const& under, claim_query const& wanted)
        : now(at), hold(under), query(wanted), rooms(wanted.rooms.begin(), wanted.rooms.end()) {
        query.rooms = rooms;
    }
    result<bool> look(tools& with) override { return with.outbox.has_work(now); }
    result<void> write(tools& with) override {
        out.clear();
        auto const done = with.outbox.claim(now, hold, query, out);
        if (!done)
            return done.error();
        end = *done;
        return {};
    }
    sqlite_wait wait() const noexcept override { return sqlite_wait::none; }

    wall_time now;
    lease hold;
    claim_query query;
    // What the query speaks of, since the caller may be gone before the job is.
    std::vector<claim_room> rooms;
    std::vector<claimed_delivery> out;
    claim_end end = claim_end::complete;
};

class settle_job final : public sqlite_job {
  public:
    explicit settle_job(std::span<settlement const> what) : batch(what.begin(), what.end()) {}
    result<bool> look(tools&) override { return !batch.empty(); }
    result<void> write(tools& with) override { return with.outbox.settle(batch); }
    sqlite_wait wait() const noexcept override { return sqlite_wait::after; }
    bool may_linger() const noexcept override { return batch.size() < 256; }

    std::vector<settlement> batch;
};

class extend_job final : public sqlite_job {
  public:
    extend_job(lease const& under, wall_time at) : hold(under), now(at) {}
    result<void> write(tools& with) override {
        auto const done = with.outbox.extend(hold, now);
        if (!done)
            return done.error();
        if (!*done)
            return error_code(errc::lease_lost);
        return {};
    }
    sqlite_wait wait() const noexcept override { return sqlite_wait::none; }

    lease hold;
    wall_time now;
};

class next_due_job final : public sqlite_job {
  public:
    explicit next_due_job(wall_time at) noexcept : now(at) {}
    result<bool> look(tools& with) override {
        auto const asked = with.outbox.next_due(now);
        if (!asked)
            return no_answer(asked.error());
        due = *asked;
        return false;
    }

    wall_time now;
    std::optional<wall_time> due;
};

class prune_job final : public sqlite_job {
  public:
    prune_job(wall_time delivered, wall_time others) : delivered_before(delivered), failed_before(others) {}
    result<bool> look(tools& with) override { return with.outbox.has_old(delivered_before, failed_before); }
    result<void> write(tools& with) override {
        // Few at a time, since a transaction of the host waits meanwhile.
        constexpr std::size_t most = 250;
        auto const gone = with.outbox.prune(delivered_before, failed_before, most);
        if (!gone)
            return gone.error();
        pruned = *gone;
        return {};
    }
    sqlite_wait wait() const noexcept override { return sqlite_wait::none; }

    wall_time delivered_before;
    wall_time failed_before;
    std::size_t pruned = 0;
};

class commit_job final : public sqlite_job {
  public:
    explicit commit_job(registry_commit c) : what_(std::move(c)) {}
    result<void> write(tools& with) override {
        auto const done = with.registry.commit(what_);
        if (!done)
            return done.error();
        generation = *done;
        return {};
    }

    std::uint64_t generation = 0;

  private:
    registry_commit what_;
};

// What is read of the registry, beside the thread that writes.
class reading_job : public storage_job {
  public:
    virtual void run() noexcept = 0;
};

class load_job final : public reading_job {
  public:
    load_job(sqlite_registry_reader& from, std::uint64_t after) noexcept : from_(from), after_(after) {}
    void run() noexcept override {
        try {
            found = from_.load(after_);
        } catch (...) {
            found = error_code(errc::storage_failed);
        }
    }

    result<registry_load> found = error_code(errc::storage_failed);

  private:
    sqlite_registry_reader& from_;
    std::uint64_t after_;
};

class generation_job final : public reading_job {
  public:
    explicit generation_job(sqlite_registry_reader& from) noexcept : from_(from) {}
    void run() noexcept override { found = from_.generation(); }

    result<std::uint64_t> found = error_code(errc::storage_failed);

  private:
    sqlite_registry_reader& from_;
};

// Work that is one call. The one who asked waits on its thread, so the call may name what is there.
template <class Call>
class looking_job final : public sqlite_job {
  public:
    explicit looking_job(Call call) : call_(std::move(call)) {}
    result<bool> look(tools& with) override {
        if (auto const done = call_(with); !done)
            return no_answer(done.error());
        return false;
    }

  private:
    Call call_;
};

template <class Call>
class writing_job final : public sqlite_job {
  public:
    explicit writing_job(Call call) : call_(std::move(call)) {}
    result<void> write(tools& with) override { return call_(with); }

  private:
    Call call_;
};

} // namespace detail

class sqlite_storage::state {
  public:
    template <class T>
    using awaitable = boost::asio::awaitable<T>;
    using tools = detail::sqlite_job::tools;

    state(detail::sqlite_handle connection, detail::sqlite_handle reader, sqlite_options options)
        : options_(std::move(options)),
          connection_(std::move(connection)),
          outbox_(connection_.get()),
          registry_(connection_.get()),
          deliveries_(connection_.get()),
          reader_(std::move(reader)),
          syncs_apart_(options_.durability == sqlite_durability::power_loss &&
                       detail::sqlite_overwrites_safely(connection_.get())),
          reading_([](detail::storage_thread::batch& jobs) {
              for (auto const& job : jobs)
                  static_cast<detail::reading_job&>(*job).run();
          }),
          thread_([this](detail::storage_thread::batch& jobs) { execute(jobs); }) {
        sqlite3_busy_handler(connection_.get(), &state::wait_while_busy, this);
        // Sooner than SQLite's 1000 pages, so that it is seldom a commit of the host that moves them.
        sqlite3_wal_autocheckpoint(connection_.get(), 800);
    }

    [[nodiscard]] sqlite_options const& options() const noexcept { return options_; }

    // --- for coroutines ---

    static awaitable<result<void>> done(std::shared_ptr<state> self,
                                        std::shared_ptr<detail::sqlite_job> job) {
        auto ended = self->thread_.ended(job);
        co_await std::move(ended);
        if (job->failed)
            co_return job->failed;
        co_return result<void>();
    }

    static awaitable<result<claim_end>> claim(std::shared_ptr<state> self,
                                              std::shared_ptr<detail::claim_job> job,
                                              std::vector<claimed_delivery>& out) {
        auto ended = self->thread_.ended(job);
        co_await std::move(ended);
        if (job->failed)
            co_return job->failed;
        std::move(job->out.begin(), job->out.end(), std::back_inserter(out));
        co_return job->end;
    }

    static awaitable<result<void>> settle(std::shared_ptr<state> self,
                                          std::shared_ptr<detail::settle_job> job,
                                          std::span<settlement> batch) {
        auto ended = self->thread_.ended(job);
        co_await std::move(ended);
        if (job->failed)
            co_return job->failed;
        for (std::size_t i = 0; i != batch.size(); ++i)
            batch[i].lost = job->batch[i].lost;
        co_return result<void>();
    }

    static awaitable<result<std::optional<wall_time>>> next_due(std::shared_ptr<state> self,
                                                                std::shared_ptr<detail::next_due_job> job) {
        auto ended = self->thread_.ended(job);
        co_await std::move(ended);
        if (job->failed)
            co_return job->failed;
        co_return job->due;
    }

    static awaitable<result<std::size_t>> prune(std::shared_ptr<state> self,
                                                std::shared_ptr<detail::prune_job> job) {
        auto ended = self->thread_.ended(job);
        co_await std::move(ended);
        if (job->failed)
            co_return job->failed;
        co_return job->pruned;
    }

    static awaitable<result<std::uint64_t>> commit(std::shared_ptr<state> self,
                                                   std::shared_ptr<detail::commit_job> job) {
        auto ended = self->thread_.ended(job);
        co_await std::move(ended);
        if (job->failed)
            co_return job->failed;
        co_return job->generation;
    }

    // Beside the thread that writes.
    static awaitable<result<registry_load>> load(std::shared_ptr<state> self, std::uint64_t after) {
        auto const job = std::make_shared<detail::load_job>(self->reader_, after);
        auto ended = self->reading_.ended(job);
        co_await std::move(ended);
        co_return std::move(job->found);
    }

    static awaitable<result<std::uint64_t>> generation(std::shared_ptr<state> self) {
        auto const job = std::make_shared<detail::generation_job>(self->reader_);
        auto ended = self->reading_.ended(job);
        co_await std::move(ended);
        co_return job->found;
    }

    // --- for threads ---

    void start(std::shared_ptr<detail::sqlite_job> job) { thread_.start(std::move(job)); }

    [[nodiscard]] result<void> wait_for(std::shared_ptr<detail::sqlite_job> job) {
        thread_.wait_for(job);
        if (job->failed)
            return job->failed;
        return {};
    }

    template <class Call>
    [[nodiscard]] result<void> write(Call call) {
        return wait_for(std::make_shared<detail::writing_job<Call>>(std::move(call)));
    }

    [[nodiscard]] detail::sqlite_registry_reader& reader() noexcept { return reader_; }

    // What `call(tools&)` gives.
    template <class Call>
    [[nodiscard]] auto read(Call call) {
        decltype(call(std::declval<tools&>())) found = error_code(errc::storage_failed);
        auto look = [&](tools& with) -> result<void> {
            found = call(with);
            return {};
        };
        if (auto const done = wait_for(std::make_shared<detail::looking_job<decltype(look)>>(look)); !done)
            found = done.error();
        return found;
    }

  private:
    // --- on the storage thread ---

    // The work of a batch shares one transaction, and with it one wait for the disk.
    void execute(detail::storage_thread::batch& jobs) noexcept {
        tools with{outbox_, registry_, deliveries_};
        std::size_t writers = 0;
        auto wait = detail::sqlite_wait::none;
        for (auto const& job : jobs)
            if (auto& mine = static_cast<detail::sqlite_job&>(*job); wants_to_write(mine, with)) {
                ++writers;
                wait = std::max(wait, mine.wait());
            }
        if (writers == 0)
            return;
        auto outcome = begin(wait);
        if (outcome)
            outcome = write_all(jobs, with, writers != 1);
        if (outcome)
            outcome = execute_guarded("COMMIT");
        if (outcome)
            return end(wait);
        if (detail::sqlite_in_transaction(connection_.get()))
            (void)execute_guarded("ROLLBACK");
        for (auto const& job : jobs)
            if (auto& mine = static_cast<detail::sqlite_job&>(*job); mine.writes && !mine.failed)
                mine.failed = outcome.error();
    }

    // A commit holds the write lock while it waits for the disk, so it waits only where it must.
    [[nodiscard]] result<void> begin(detail::sqlite_wait wait) noexcept {
        bool const waits = !syncs_apart_ || wait == detail::sqlite_wait::within;
        if (options_.durability == sqlite_durability::power_loss && waits != waits_within_) {
            if (auto const set = execute_guarded(waits ? "PRAGMA main.synchronous = FULL"
                                                       : "PRAGMA main.synchronous = NORMAL");
                !set)
                return set;
            waits_within_ = waits;
        }
        return execute_guarded("BEGIN IMMEDIATE");
    }

    // What a disk that fails may lose here is sent again at worst; from then on it is asked within commits,
    // whose errors are told.
    void end(detail::sqlite_wait wait) noexcept {
        if (syncs_apart_ && wait == detail::sqlite_wait::after)
            syncs_apart_ = guarded([&] { return detail::sqlite_sync_log(connection_.get()); }).has_value();
    }

    [[nodiscard]] static bool wants_to_write(detail::sqlite_job& job, tools& with) noexcept {
        auto const looked = guarded([&] { return job.look(with); });
        if (!looked)
            job.failed = looked.error();
        job.writes = looked && *looked;
        return job.writes;
    }

    // An error of one is its own; an error here is that of all.
    [[nodiscard]] result<void> write_all(detail::storage_thread::batch& jobs, tools& with,
                                         bool several) noexcept {
        for (auto const& job : jobs) {
            auto& mine = static_cast<detail::sqlite_job&>(*job);
            if (!mine.writes)
                continue;
            if (several)
                if (auto const kept = execute_guarded("SAVEPOINT posthorn_job"); !kept)
                    return kept;
            auto const written = guarded([&] { return mine.write(with); });
            if (!written)
                mine.failed = written.error();
            // Some errors end the whole transaction.
            if (!written && (!several || !detail::sqlite_in_transaction(connection_.get())))
                return written;
            if (!written)
                if (auto const undone = execute_guarded("ROLLBACK TO posthorn_job"); !undone)
                    return undone;
            if (several)
                if (auto const ended = execute_guarded("RELEASE posthorn_job"); !ended)
                    return ended;
        }
        return {};
    }

    [[nodiscard]] result<void> execute_guarded(char const* sql) noexcept {
        return guarded([&] { return detail::sqlite_execute(connection_.get(), sql); });
    }

    template <class Call>
    [[nodiscard]] static auto guarded(Call call) noexcept -> decltype(call()) {
        try {
            return call();
        } catch (...) {
            return {boost::system::in_place_error, error_code(errc::storage_failed)};
        }
    }

    // Called by SQLite while somebody else holds the write lock. 0: gives up.
    static int wait_while_busy(void* self, int waits_before) noexcept {
        using std::chrono::microseconds;
        auto& mine = *static_cast<state*>(self);
        auto const now = system_clock().steady_now();
        if (waits_before == 0)
            mine.wait_began_ = now;
        // Asleep for longer than it asked for, a thread gives up in time all the same.
        auto const waited = std::chrono::duration_cast<microseconds>(now - mine.wait_began_);
        if (waited >= mine.options_.busy_timeout || mine.thread_.stopping())
            return 0;
        // A host that commits without a break leaves the lock for moments only, so nobody sleeps for long.
        auto const pause = std::clamp(waited / 8, microseconds(50), microseconds(500));
        auto* const system = sqlite3_vfs_find(nullptr);
        system->xSleep(system, static_cast<int>(pause.count()));
        return 1;
    }

    sqlite_options const options_;
    detail::sqlite_handle const connection_;
    detail::sqlite_outbox outbox_;
    detail::sqlite_registry_writer registry_;
    detail::sqlite_deliveries deliveries_;
    detail::sqlite_registry_reader reader_;
    // For the disk, after a commit.
    bool syncs_apart_;
    // What `synchronous` says now; opened, it is what the options ask for.
    bool waits_within_ = true;
    // For the write lock.
    steady_time wait_began_{};
    // Last: they end before what they work with.
    detail::storage_thread reading_;
    detail::storage_thread thread_;
};

namespace detail {

// Whether a connection of the host promises as much as the storage does.
[[nodiscard]] inline bool is_durable_enough(std::int64_t synchronous, sqlite_durability wanted) noexcept {
    constexpr std::int64_t normal = 1;
    constexpr std::int64_t full = 2;
    return synchronous >= (wanted == sqlite_durability::power_loss ? full : normal);
}

[[nodiscard]] inline result<void> use_wal(sqlite3* connection) {
    sqlite_statement mode(connection, "PRAGMA main.journal_mode = WAL");
    auto const row = mode.start();
    if (!row)
        return row.error();
    if (!*row || mode.bytes(0) != "wal")
        return error_code(errc::not_durable);
    return {};
}

// What SQLite can count, and what can be taken from any time.
[[nodiscard]] inline sqlite_options within_bounds(sqlite_options o) {
    o.busy_timeout = std::clamp<std::chrono::milliseconds>(o.busy_timeout, std::chrono::milliseconds(0),
                                                           std::chrono::hours(24));
    for (auto* const kept : {&o.keep_delivered, &o.keep_failed})
        *kept = std::max(bounded(*kept), std::chrono::seconds(0));
    return o;
}

[[nodiscard]] inline result<sqlite_handle> sqlite_open_storage(std::string const& file,
                                                               sqlite_options const& options) {
    if (file.empty() || file == ":memory:")
        return error_code(errc::storage_needs_file);
    auto connection = sqlite_open(file);
    if (!connection)
        return connection.error();
    auto* const raw = connection->get();
    sqlite3_busy_timeout(raw, static_cast<int>(options.busy_timeout.count()));
    if (auto const wal = use_wal(raw); !wal)
        return wal.error();
    auto const* const pragma = options.durability == sqlite_durability::power_loss
                                   ? "PRAGMA main.synchronous = FULL"
                                   : "PRAGMA main.synchronous = NORMAL";
    if (auto const set = sqlite_execute(raw, pragma); !set)
        return set.error();
    if (auto const ready = sqlite_migrate(raw); !ready)
        return ready.error();
    return connection;
}

// Of a file that is ready.
[[nodiscard]] inline result<sqlite_handle> sqlite_open_reader(std::string const& file,
                                                              sqlite_options const& options) {
    auto connection = sqlite_open(file);
    if (!connection)
        return connection.error();
    sqlite3_busy_timeout(connection->get(), static_cast<int>(options.busy_timeout.count()));
    if (auto const set = sqlite_execute(connection->get(), "PRAGMA query_only = ON"); !set)
        return set.error();
    return connection;
}

} // namespace detail

POSTHORN_DECL result<sqlite_storage> sqlite_storage::open(std::string const& file, sqlite_options options) {
    options = detail::within_bounds(std::move(options));
    auto connection = detail::sqlite_open_storage(file, options);
    if (!connection)
        return connection.error();
    auto reader = detail::sqlite_open_reader(file, options);
    if (!reader)
        return reader.error();
    return sqlite_storage(
        std::make_shared<state>(*std::move(connection), *std::move(reader), std::move(options)));
}

// --- outbox ---

POSTHORN_DECL result<void> sqlite_storage::append_now(std::span<outbox_row> rows, lease const& hold) {
    return state_->wait_for(std::make_shared<detail::append_job>(rows, hold));
}

POSTHORN_DECL boost::asio::awaitable<result<void>> sqlite_storage::append(std::span<outbox_row> rows,
                                                                          lease const& hold) {
    return state::done(state_, std::make_shared<detail::append_job>(rows, hold));
}

POSTHORN_DECL boost::asio::awaitable<result<claim_end>>
sqlite_storage::claim(wall_time now, lease const& hold, claim_query const& query,
                      std::vector<claimed_delivery>& out) {
    return state::claim(state_, std::make_shared<detail::claim_job>(now, hold, query), out);
}

POSTHORN_DECL boost::asio::awaitable<result<void>> sqlite_storage::settle(std::span<settlement> batch) {
    return state::settle(state_, std::make_shared<detail::settle_job>(batch), batch);
}

POSTHORN_DECL boost::asio::awaitable<result<void>> sqlite_storage::extend(lease const& hold, wall_time now) {
    return state::done(state_, std::make_shared<detail::extend_job>(hold, now));
}

POSTHORN_DECL boost::asio::awaitable<result<void>> sqlite_storage::release(std::uint64_t lease_id) {
    auto give_back = [lease_id](state::tools& with) { return with.outbox.release(lease_id); };
    return state::done(state_, std::make_shared<detail::writing_job<decltype(give_back)>>(give_back));
}

POSTHORN_DECL boost::asio::awaitable<result<std::optional<wall_time>>>
sqlite_storage::next_due(wall_time now) {
    return state::next_due(state_, std::make_shared<detail::next_due_job>(now));
}

POSTHORN_DECL boost::asio::awaitable<result<void>> sqlite_storage::change(uuid webhook, queue_change what,
                                                                          wall_time now) {
    auto move = [=](state::tools& with) { return with.outbox.change(webhook, what, now); };
    return state::done(state_, std::make_shared<detail::writing_job<decltype(move)>>(move));
}

POSTHORN_DECL boost::asio::awaitable<result<std::size_t>> sqlite_storage::prune(wall_time now) {
    auto const& keep = state_->options();
    return state::prune(
        state_, std::make_shared<detail::prune_job>(now - keep.keep_delivered, now - keep.keep_failed));
}

POSTHORN_DECL result<void> sqlite_storage::enlist(sqlite_connection_ref connection,
                                                  std::span<outbox_row> rows, lease const& hold) {
    auto* const raw = &connection.get();
    if (!detail::sqlite_in_transaction(raw))
        return error_code(errc::no_transaction);
    std::optional<detail::sqlite_prepared> for_now;
    auto& prepared =
        connection.session() != nullptr ? connection.session()->prepared() : for_now.emplace(raw);
    auto const synchronous = prepared.synchronous();
    if (!synchronous)
        return synchronous.error();
    if (!detail::is_durable_enough(*synchronous, state_->options().durability))
        return error_code(errc::not_durable);
    // What the host's statements left behind is what it reads afterwards.
    auto const last_row = sqlite3_last_insert_rowid(raw);
    auto const stored = prepared.inserter.insert(rows, hold);
    sqlite3_set_last_insert_rowid(raw, last_row);
    return stored;
}

// --- for people ---

POSTHORN_DECL result<delivery_page> sqlite_storage::deliveries(delivery_query const& query) const {
    return state_->read([&](state::tools& with) { return with.deliveries.page(query); });
}

POSTHORN_DECL result<std::optional<stored_delivery>> sqlite_storage::find(uuid const& id) const {
    return state_->read([&](state::tools& with) { return with.deliveries.find(id); });
}

POSTHORN_DECL result<std::vector<stored_attempt>> sqlite_storage::attempts(uuid const& id) const {
    return state_->read([&](state::tools& with) { return with.deliveries.attempts(id); });
}

POSTHORN_DECL result<std::size_t> sqlite_storage::count(delivery_states states, std::size_t most) const {
    return state_->read([&](state::tools& with) { return with.deliveries.count(states, most); });
}

POSTHORN_DECL result<bool> sqlite_storage::change(uuid const& id, delivery_change what, wall_time now) {
    bool moved = false;
    auto const done = state_->write([&](state::tools& with) -> result<void> {
        auto const changed = with.deliveries.change(id, what, now);
        if (!changed)
            return changed.error();
        moved = *changed;
        return {};
    });
    if (!done)
        return detail::no_answer(done.error());
    return moved;
}

// --- registry ---

POSTHORN_DECL result<std::uint64_t> sqlite_storage::commit(registry_commit const& c) {
    auto const job = std::make_shared<detail::commit_job>(c);
    if (auto const done = state_->wait_for(job); !done)
        return done.error();
    return job->generation;
}

POSTHORN_DECL result<registry_load> sqlite_storage::load(std::uint64_t after) const {
    return state_->reader().load(after);
}

POSTHORN_DECL result<std::uint64_t> sqlite_storage::generation() const {
    return state_->reader().generation();
}

POSTHORN_DECL result<std::vector<history_record>> sqlite_storage::history(history_query const& q) const {
    return state_->reader().history(q);
}

POSTHORN_DECL result<std::uint64_t> sqlite_storage::generation(sqlite_connection_ref connection) const {
    std::optional<detail::sqlite_prepared> for_now;
    auto& prepared = connection.session() != nullptr ? connection.session()->prepared()
                                                     : for_now.emplace(&connection.get());
    return prepared.generation();
}

POSTHORN_DECL boost::asio::awaitable<result<std::uint64_t>>
sqlite_storage::async_commit(registry_commit const& c) {
    return state::commit(state_, std::make_shared<detail::commit_job>(c));
}

POSTHORN_DECL boost::asio::awaitable<result<registry_load>>
sqlite_storage::async_load(std::uint64_t after) const {
    return state::load(state_, after);
}

POSTHORN_DECL boost::asio::awaitable<result<std::uint64_t>> sqlite_storage::async_generation() const {
    return state::generation(state_);
}

POSTHORN_DECL encryption_keys sqlite_storage::keys() const {
    return state_->options().keys;
}

// --- for the host ---

POSTHORN_DECL result<std::size_t> sqlite_storage::rotate_secrets() {
    system_random const random;
    return detail::rotate_secrets([&](std::uint64_t after) { return load(after); },
                                  [&](registry_commit const& c) { return commit(c); }, keys(),
                                  [random] { return random(); });
}

POSTHORN_DECL result<delivery_counts> sqlite_storage::counts() const {
    return state_->read([](state::tools& with) { return with.outbox.counts(); });
}

POSTHORN_DECL result<std::optional<delivery_state>> sqlite_storage::state_of(uuid const& id) const {
    return state_->read([&](state::tools& with) { return with.outbox.state_of(id); });
}

} // namespace posthorn
