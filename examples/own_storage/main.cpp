// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host that keeps deliveries its own way. This one decorates the storage that ships and writes each
// acceptance and each end into its own ledger; a host with a database writes the same members against its
// tables. The outbox here only stores through awaitables, so events are handed over with async_dispatch.

#include <posthorn/defaults.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace asio = boost::asio;

struct player {
    std::int64_t id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(player, (), (id, name))

using objects = posthorn::catalog<posthorn::object<player, "player">>;

// Models posthorn::Outbox. Copies share the ledger and the rows.
class ledger_outbox {
  public:
    asio::awaitable<posthorn::result<void>> append(std::span<posthorn::outbox_row> rows,
                                                   posthorn::lease const& hold) {
        auto const stored = co_await rows_.append(rows, hold);
        if (stored)
            for (auto const& row : rows)
                if (!row.refused)
                    ledger_->push_back("accepted " + std::string(row.what->request().target()));
        co_return stored;
    }

    asio::awaitable<posthorn::result<void>> settle(std::span<posthorn::settlement> batch) {
        auto const done = co_await rows_.settle(batch);
        if (done)
            for (auto const& s : batch)
                ledger_->push_back(std::string(to_string(s.state)) + " after " + std::to_string(s.attempts) +
                                   " attempt");
        co_return done;
    }

    asio::awaitable<posthorn::result<posthorn::claim_end>>
    claim(posthorn::wall_time now, posthorn::lease const& hold, posthorn::claim_query const& query,
          std::vector<posthorn::claimed_delivery>& out) {
        return rows_.claim(now, hold, query, out);
    }
    asio::awaitable<posthorn::result<void>> extend(posthorn::lease const& hold, posthorn::wall_time now) {
        return rows_.extend(hold, now);
    }
    asio::awaitable<posthorn::result<void>> release(std::uint64_t lease) { return rows_.release(lease); }
    asio::awaitable<posthorn::result<std::optional<posthorn::wall_time>>> next_due(posthorn::wall_time now) {
        return rows_.next_due(now);
    }
    asio::awaitable<posthorn::result<void>> change(posthorn::uuid webhook, posthorn::queue_change what,
                                                   posthorn::wall_time now) {
        return rows_.change(webhook, what, now);
    }

    [[nodiscard]] std::vector<std::string> const& ledger() const { return *ledger_; }

  private:
    posthorn::memory_storage rows_;
    std::shared_ptr<std::vector<std::string>> ledger_ = std::make_shared<std::vector<std::string>>();
};

static_assert(posthorn::check_outbox<ledger_outbox>());

// Stands in for the network, so that the example needs none.
struct always_accepts {
    asio::awaitable<posthorn::exchange> send(posthorn::request const&) {
        posthorn::exchange done;
        done.response.status = 200;
        co_return done;
    }
    void cancel() noexcept {}
};

struct policies : posthorn::default_policies::with_outbox<ledger_outbox>::with_transport<always_accepts> {};

asio::awaitable<void> play(posthorn::dispatcher<objects, policies>& hooks) {
    player const joined{11, "Zoë"};
    auto const told = co_await hooks.async_dispatch(posthorn::created(joined), asio::use_awaitable);
    std::printf("matched %zu, accepted %zu\n", told.matched(), told.accepted());
    co_await hooks.async_drain(std::chrono::seconds(10), asio::use_awaitable);
}

int main() {
    asio::io_context io;
    ledger_outbox const outbox;
    posthorn::dispatcher<objects, policies> hooks{io, outbox};
    auto const saved = hooks.save(hooks.webhook("Lobby")
                                      .on<player>()
                                      .put("https://lobby.example.com/p/{{player.name}}")
                                      .body("{{player.id}}"));
    if (!saved) {
        std::puts(saved.error().text().c_str());
        return 1;
    }
    hooks.async_run(asio::detached);
    asio::co_spawn(io, play(hooks), asio::detached);
    io.run();

    for (auto const& line : outbox.ledger())
        std::puts(line.c_str());
    return outbox.ledger() == std::vector<std::string>{"accepted /p/Zo%C3%AB", "delivered after 1 attempt"}
               ? 0
               : 1;
}
