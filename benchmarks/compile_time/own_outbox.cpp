// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host that brings its outbox: what the concept lists and nothing else, so that dead letters are not kept.

#include <posthorn/defaults.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

using boost::asio::awaitable;
using posthorn::result;

struct project {
    std::int64_t id;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

// Of one process and one thread.
class outbox {
  public:
    awaitable<result<void>> append(std::span<posthorn::outbox_row> added, posthorn::lease const& hold) {
        for (auto const& r : added)
            if (!r.error)
                rows_->push_back({r.what, 0, r.is_held_by(hold) ? hold.id : 0, r.what->created()});
        co_return result<void>();
    }
    awaitable<result<posthorn::claim_end>> claim(posthorn::wall_time now, posthorn::lease const& hold,
                                                 posthorn::claim_query const& query,
                                                 std::vector<posthorn::claimed_delivery>& out) {
        posthorn::claim_tally tally(query);
        auto end = posthorn::claim_end::complete;
        for (auto& r : *rows_) {
            if (r.lease != 0 || r.due > now)
                continue;
            if (tally.room_of(r.what->webhook()) == 0) {
                end = posthorn::claim_end::no_room;
                continue;
            }
            tally.take(r.what->webhook());
            r.lease = hold.id;
            out.push_back({r.what, r.attempts});
        }
        co_return end;
    }
    awaitable<result<void>> settle(std::span<posthorn::settlement> batch) {
        for (auto& s : batch) {
            auto const r = std::find_if(rows_->begin(), rows_->end(),
                                        [&](row const& x) { return x.what->id() == s.id; });
            s.lost = r == rows_->end() || r->lease != s.lease;
            if (s.lost)
                continue;
            if (s.state == posthorn::delivery_state::pending)
                *r = {r->what, s.attempts, 0, s.not_before};
            else if (s.state == posthorn::delivery_state::paused)
                *r = {r->what, s.attempts, 0, never};
            else
                rows_->erase(r);
        }
        co_return result<void>();
    }
    awaitable<result<void>> extend(posthorn::lease const&, posthorn::wall_time) { co_return result<void>(); }
    awaitable<result<void>> release(std::uint64_t lease) {
        for (auto& r : *rows_)
            r.lease = r.lease == lease ? 0 : r.lease;
        co_return result<void>();
    }
    awaitable<result<std::optional<posthorn::wall_time>>> next_due(posthorn::wall_time now) {
        std::optional<posthorn::wall_time> first;
        for (auto const& r : *rows_)
            if (r.lease == 0 && r.due > now && r.due != never)
                first = first ? std::min(*first, r.due) : r.due;
        co_return first;
    }
    awaitable<result<void>> change(posthorn::uuid webhook, posthorn::queue_change what, posthorn::wall_time) {
        auto const waits = [&](row const& r) { return r.lease == 0 && r.what->webhook() == webhook; };
        if (what == posthorn::queue_change::cancel)
            std::erase_if(*rows_, waits);
        for (auto& r : *rows_)
            if (waits(r))
                r.due = what == posthorn::queue_change::pause ? never : r.what->created();
        co_return result<void>();
    }

  private:
    static constexpr auto never = posthorn::wall_time::max();

    struct row {
        posthorn::delivery_ptr what;
        unsigned attempts;
        std::uint64_t lease;
        posthorn::wall_time due;
    };

    std::shared_ptr<std::vector<row>> rows_ = std::make_shared<std::vector<row>>();
};

struct policies : posthorn::default_policies::with_outbox<outbox> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, policies> hooks{io};
    auto const saved = hooks.save(
        hooks.webhook("x").on<project>().post("https://example.com/").body(posthorn::default_body));
    hooks.async_run(boost::asio::detached);
    project const p{1, "A"};
    hooks.async_dispatch(posthorn::created(p), boost::asio::detached);
    hooks.async_drain(std::chrono::seconds(3), boost::asio::detached);
    io.run();
    return saved ? 0 : 1;
}
