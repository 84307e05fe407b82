// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/transaction.hpp>

#include "dispatcher_fixture.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// A host with a database of its own, in memory, for the tests of transactions.
namespace posthorn::test {

// Blows at one step of many, as an error or as an exception, and counts the steps. A step with 0 is the next.
class fuse {
  public:
    enum class kind { error, exception };

    void arm(std::size_t step, kind how) {
        left_ = step;
        how_ = how;
    }
    void disarm() { left_.reset(); }

    // Called at each step that may fail; true: it is to fail with an error.
    [[nodiscard]] bool blows(std::string const& step) {
        steps_.push_back(step);
        if (before_each)
            before_each(steps_.size() - 1);
        if (!left_ || (*left_)-- != 0)
            return false;
        left_.reset();
        blown_ = step;
        if (how_ == kind::exception)
            throw std::runtime_error("the fuse has blown");
        return true;
    }

    [[nodiscard]] std::vector<std::string> const& steps() const noexcept { return steps_; }
    // Empty: it did not.
    [[nodiscard]] std::string const& blown() const noexcept { return blown_; }

    // Told the number of each step before it is taken.
    std::function<void(std::size_t)> before_each;

  private:
    std::optional<std::size_t> left_;
    kind how_ = kind::error;
    std::vector<std::string> steps_;
    std::string blown_;
};

// What the host's transactions have done, and the deliveries that wait for one of them.
struct fake_database {
    int open = 0;
    int committed = 0;
    int rolled_back = 0;
    // What an outbox that shares the database has stored in the open transaction.
    std::vector<std::function<void()>> on_commit;
    fuse* breaks = nullptr;
    // A commit that breaks has committed all the same, as when the connection is lost behind it.
    bool commits_nevertheless = false;
};

// Models HostTransaction; `connection` is what an outbox enlists with.
class fake_transaction {
  public:
    explicit fake_transaction(fake_database& db) : db_(&db) { ++db.open; }

    result<void> commit() {
        if (db_->breaks != nullptr && db_->breaks->blows("commit")) {
            if (db_->commits_nevertheless)
                for (auto const& f : std::exchange(db_->on_commit, {}))
                    f();
            return error_code(boost::system::errc::make_error_code(boost::system::errc::io_error));
        }
        for (auto const& f : std::exchange(db_->on_commit, {}))
            f();
        --db_->open;
        ++db_->committed;
        return {};
    }

    result<void> rollback() {
        db_->on_commit.clear();
        --db_->open;
        ++db_->rolled_back;
        if (db_->breaks != nullptr && db_->breaks->blows("rollback"))
            return error_code(boost::system::errc::make_error_code(boost::system::errc::io_error));
        return {};
    }

    fake_database& connection() { return *db_; }

  private:
    fake_database* db_;
};

// The same without a database that an outbox could share.
class separate_transaction {
  public:
    static constexpr bool separate_from_outbox = true;

    explicit separate_transaction(fake_database& db) : inner_(db) {}
    result<void> commit() { return inner_.commit(); }
    result<void> rollback() { return inner_.rollback(); }

  private:
    fake_transaction inner_;
};

// An outbox in memory that fails when its fuse says so; one that can be enlisted in a fake_database, too.
class fused_outbox {
  public:
    fused_outbox(memory_storage inner, fuse& f) : inner_(std::move(inner)), fuse_(&f) {}

    [[nodiscard]] result<void> append_now(std::span<outbox_row> rows, lease const& hold) {
        if (fuse_->blows("append"))
            return error_code(errc::storage_failed);
        return inner_.append_now(rows, hold);
    }
    [[nodiscard]] result<void> enlist(fake_database& db, std::span<outbox_row> rows, lease const& hold) {
        if (fuse_->blows("enlist"))
            return error_code(errc::storage_failed);
        db.on_commit.emplace_back([inner = inner_, kept = std::vector<outbox_row>(rows.begin(), rows.end()),
                                   hold]() mutable { (void)inner.append_now(kept, hold); });
        return {};
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold) {
        if (fuse_->blows("append"))
            co_return error_code(errc::storage_failed);
        co_return co_await inner_.append(rows, hold);
    }
    [[nodiscard]] boost::asio::awaitable<result<claim_end>>
    claim(wall_time now, lease const& hold, claim_query const& query, std::vector<claimed_delivery>& out) {
        return inner_.claim(now, hold, query, out);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> settle(std::span<settlement> batch) {
        return inner_.settle(batch);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> extend(lease const& hold, wall_time now) {
        return inner_.extend(hold, now);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> release(std::uint64_t id) {
        return inner_.release(id);
    }
    [[nodiscard]] boost::asio::awaitable<result<std::optional<wall_time>>> next_due(wall_time now) {
        return inner_.next_due(now);
    }
    [[nodiscard]] boost::asio::awaitable<result<void>> change(uuid webhook, queue_change what,
                                                              wall_time now) {
        return inner_.change(webhook, what, now);
    }

  private:
    memory_storage inner_;
    fuse* fuse_;
};

// A receiver that fails when its fuse says so.
class fused_transport {
  public:
    fused_transport(testing::scripted_transport inner, fuse& f) : inner_(std::move(inner)), fuse_(&f) {}

    void bind(transport_context context) { inner_.bind(std::move(context)); }
    [[nodiscard]] boost::asio::awaitable<exchange> send(request const& what) {
        if (what.limit != duration::zero() && fuse_->blows("call " + what.endpoint->host()))
            co_return exchange(errc::connection_reset);
        co_return co_await inner_.send(what);
    }
    [[nodiscard]] exchange call(request const& what) {
        if (fuse_->blows("call " + what.endpoint->host()))
            return exchange(errc::connection_reset);
        return inner_.call(what);
    }
    void cancel() noexcept { inner_.cancel(); }

  private:
    testing::scripted_transport inner_;
    fuse* fuse_;
};

struct transactional_policies
    : simulated_policies::with_blocking_transport<testing::scripted_transport>::with_semantics<
          in_transaction, after_commit, fire_and_forget> {};

struct transactional_host : basic_host<transactional_policies> {
    template <class... With>
    explicit transactional_host(With... with) : basic_host<transactional_policies>(std::move(with)...) {}

    // A webhook on projects, at https://HOST/hook.
    uuid listen_at(std::string const& name, call_mode mode) {
        auto w = draft("Tell " + name)
                     .on<project>()
                     .post("https://" + name + "/p/{{project.id}}")
                     .body("{{project.id}}")
                     .value();
        w.mode = mode;
        auto const saved = hooks->save(w);
        if (!saved)
            throw std::runtime_error(saved.error().text());
        return *saved;
    }

    // Ends the transaction, in the one way or in the other.
    template <class Transaction>
    transaction_report end(Transaction& tx, bool blocking) {
        if (blocking)
            return tx.commit();
        std::optional<transaction_report> report;
        tx.async_commit([&](transaction_report r) { report = std::move(r); });
        if (report)
            throw std::logic_error("async_commit completed inside the call");
        if (!testing::run_simulated(io, clock, [&] { return report.has_value(); }))
            throw std::logic_error("async_commit does not complete");
        return *std::move(report);
    }

    fake_database db;
};

// Where requests went, in order.
[[nodiscard]] inline std::vector<std::string>
hosts_of(std::vector<testing::recorded_request> const& requests) {
    std::vector<std::string> all;
    for (auto const& r : requests)
        all.push_back(r.host());
    return all;
}

} // namespace posthorn::test
