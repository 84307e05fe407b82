// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host with transactions of its own, and an outbox in the same database: deliveries are stored in the
// host's transaction, so both are there or neither is. Shown on a commit, a rollback, a savepoint and a bulk
// import. The database is in memory; with a real one, `connection` gives its connection, and `enlist` runs an
// INSERT.

#include <posthorn/defaults.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using strings = std::vector<std::string>;

struct order {
    std::int64_t id;
    std::string item;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, item))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

// The host's database, with one transaction at a time: what is written is there after the commit.
class database {
  public:
    void write(std::function<void()> what) { written_.push_back(std::move(what)); }
    void insert(std::string const& item) {
        write([this, item] { items.push_back(item); });
    }
    [[nodiscard]] std::size_t savepoint() const { return written_.size(); }
    void rollback_to(std::size_t savepoint) { written_.resize(savepoint); }
    posthorn::result<void> commit() {
        for (auto const& what : std::exchange(written_, {}))
            what();
        return {};
    }

    strings items;

  private:
    std::vector<std::function<void()>> written_;
};

// Models posthorn::HostTransaction. `connection` is what the outbox is given.
class shop_transaction {
  public:
    explicit shop_transaction(database& db) : db_(&db) {}
    posthorn::result<void> commit() { return db_->commit(); }
    posthorn::result<void> rollback() {
        db_->rollback_to(0);
        return {};
    }
    database& connection() { return *db_; }

  private:
    database* db_;
};

static_assert(posthorn::check_host_transaction<shop_transaction>());

// Models posthorn::Outbox: memory_storage, and a way into the host's transaction. The example own_storage has
// the other members.
class shop_outbox : public posthorn::memory_storage {
  public:
    shop_outbox() = default;

    posthorn::result<void> enlist(database& db, std::span<posthorn::outbox_row> rows,
                                  posthorn::lease const& hold) {
        std::vector<posthorn::outbox_row> kept(rows.begin(), rows.end());
        db.write([table = *this, kept, hold]() mutable { (void)table.append_now(kept, hold); });
        return {};
    }
};

// Stands in for the network: keeps what would be sent. Copies share it.
struct network {
    asio::awaitable<posthorn::exchange> send(posthorn::request const& what) {
        sent->emplace_back(what.target);
        posthorn::exchange done;
        done.response.status = 200;
        co_return done;
    }
    void cancel() noexcept {}

    std::shared_ptr<strings> sent = std::make_shared<strings>();
};

struct policies : posthorn::default_policies::with_outbox<shop_outbox>::with_transport<network> {};

// Each change is written and recorded.
template <class Transaction>
void sell(Transaction& tx, database& db, order const& o) {
    db.insert(o.item);
    tx.created(o);
}

int main() {
    asio::io_context io;
    network const net;
    posthorn::dispatcher<objects, policies> hooks{io, net};
    hooks
        .save(
            hooks.webhook("Packing").on<order>().put("https://packing.example.com/{{order.item}}").body("1"))
        .value();
    hooks.async_run(asio::detached);

    database db;
    order const lamp{1, "lamp"}, desk{2, "desk"}, chair{3, "chair"}, sofa{4, "sofa"}, shelf{5, "shelf"};

    auto first = hooks.begin(shop_transaction(db));
    sell(first, db, lamp);
    bool committed = first.commit().committed();
    {
        auto given_up = hooks.begin(shop_transaction(db));
        sell(given_up, db, desk);
    } // not committed: rolled back, and nobody hears of the desk

    auto partly = hooks.begin(shop_transaction(db));
    sell(partly, db, chair);
    auto const rows = db.savepoint();
    auto const events = partly.savepoint();
    sell(partly, db, sofa);
    db.rollback_to(rows); // the host takes back its rows, Posthorn the events
    events.rollback();
    committed &= partly.commit().committed();

    auto bulk = hooks.begin(shop_transaction(db));
    bulk.quiet(); // of what is imported, nobody is told
    sell(bulk, db, shelf);
    committed &= bulk.commit().committed();

    hooks.async_drain(std::chrono::seconds(10), asio::detached);
    io.run();
    for (auto const& item : db.items)
        std::printf("in the database: %s\n", item.c_str());
    for (auto const& target : *net.sent)
        std::printf("told: %s\n", target.c_str());
    bool const good =
        committed && db.items == strings{"lamp", "chair", "shelf"} && *net.sent == strings{"/lamp", "/chair"};
    return good ? 0 : 1;
}
