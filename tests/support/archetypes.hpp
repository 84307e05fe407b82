// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/address_guard.hpp>
#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/concepts/clock.hpp>
#include <posthorn/concepts/host_transaction.hpp>
#include <posthorn/concepts/ids.hpp>
#include <posthorn/concepts/key_provider.hpp>
#include <posthorn/concepts/observer.hpp>
#include <posthorn/concepts/random.hpp>
#include <posthorn/concepts/registry.hpp>
#include <posthorn/concepts/retry_policy.hpp>
#include <posthorn/concepts/signer.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/concepts/transport.hpp>

#include <boost/asio/post.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Policies that have what their concept lists and nothing else: copyable, but neither assignable nor
/// default-constructible.
namespace posthorn::test::archetypes {

class base {
  public:
    base() = delete;
    explicit base(int) noexcept {}
    base(base const&) = default;
    base& operator=(base const&) = delete;
    ~base() = default;
};

class transport : private base {
  public:
    explicit transport(int n) : base(n) {}
    boost::asio::awaitable<exchange> send(request const& what) {
        ++*sent;
        exchange ok;
        ok.response.status = what.body.empty() ? 400 : 200;
        if (what.body.empty())
            ok.error = errc::http_status;
        co_return ok;
    }
    void cancel() noexcept {}

    std::shared_ptr<int> sent = std::make_shared<int>(0);
};

class blocking_transport : private base {
  public:
    explicit blocking_transport(int n) : base(n) {}
    exchange call(request const& what) {
        ++*sent;
        exchange ok;
        ok.response.status = what.body.empty() ? 400 : 200;
        if (what.body.empty())
            ok.error = errc::http_status;
        return ok;
    }
    void cancel() noexcept {}

    std::shared_ptr<int> sent = std::make_shared<int>(0);
};

class host_transaction : private base {
  public:
    explicit host_transaction(int n) : base(n) {}
    result<void> commit() {
        ++*commits;
        return {};
    }
    result<void> rollback() {
        ++*rollbacks;
        return {};
    }

    std::shared_ptr<int> commits = std::make_shared<int>(0);
    std::shared_ptr<int> rollbacks = std::make_shared<int>(0);
};

// Keeps records, and no history; everything that it loads is complete.
class registry : private base {
  public:
    explicit registry(int n) : base(n) {}
    result<std::uint64_t> commit(registry_commit const& c) {
        for (auto const& change : c.changes)
            if (revision_of(change) != change.if_revision)
                return error_code(errc::registry_conflict);
        stored->generation += c.changes.empty() ? 0 : 1;
        for (auto const& change : c.changes) {
            std::erase_if(stored->records,
                          [&](record const& r) { return r.kind == change.kind && r.key == change.key; });
            if (change.value)
                stored->records.emplace_back(change, change.if_revision + 1, *change.value);
        }
        return {boost::system::in_place_value, stored->generation};
    }
    result<registry_load> load(std::uint64_t) { return *stored; }
    result<std::uint64_t> generation() { return {boost::system::in_place_value, stored->generation}; }
    result<std::vector<history_record>> history(history_query const&) {
        return std::vector<history_record>();
    }

    std::shared_ptr<registry_load> stored = std::make_shared<registry_load>(complete());

  private:
    static registry_load complete() {
        registry_load none;
        none.complete = true;
        return none;
    }
    [[nodiscard]] std::uint64_t revision_of(record_key const& key) const {
        for (auto const& r : stored->records)
            if (r.kind == key.kind && r.key == key.key)
                return r.revision;
        return 0;
    }
};

// Without append_now. Keeps rows in order, and knows one lease.
class outbox : private base {
  public:
    explicit outbox(int n) : base(n) {}
    boost::asio::awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold) {
        for (auto const& r : rows)
            if (!r.is_held_by(hold))
                waiting->push_back({r.what, 0});
        co_return result<void>();
    }
    boost::asio::awaitable<result<claim_end>> claim(wall_time, lease const&, claim_query const& query,
                                                    std::vector<claimed_delivery>& out) {
        for (auto limit = query.limit; limit != 0 && !waiting->empty(); --limit) {
            out.push_back(waiting->front());
            waiting->pop_front();
        }
        co_return claim_end::complete;
    }
    boost::asio::awaitable<result<void>> settle(std::span<settlement> batch) {
        for (auto& s : batch) {
            s.lost = false;
            ++*settled;
        }
        co_return result<void>();
    }
    boost::asio::awaitable<result<void>> extend(lease const&, wall_time) { co_return result<void>(); }
    boost::asio::awaitable<result<void>> release(std::uint64_t) { co_return result<void>(); }
    boost::asio::awaitable<result<std::optional<wall_time>>> next_due(wall_time) {
        co_return std::optional<wall_time>();
    }
    boost::asio::awaitable<result<void>> change(uuid, queue_change, wall_time) { co_return result<void>(); }

    std::shared_ptr<std::deque<claimed_delivery>> waiting = std::make_shared<std::deque<claimed_delivery>>();
    std::shared_ptr<int> settled = std::make_shared<int>(0);
};

class signer : private base {
  public:
    class key : public base {
      public:
        key(key&&) = default;
        key& operator=(key&&) noexcept { return *this; }
        ~key() = default;

      private:
        friend class signer;
        explicit key(int n) : base(n) {}
    };
    explicit signer(int n) : base(n) {}
    result<key> make_key(signing_secrets const&) const { return key(0); }
    static void sign(key&, signed_message const&, header_block& out) { out.add("X-Signed", "yes"); }
};

class retry : private base {
  public:
    explicit retry(int n) : base(n) {}
    std::optional<duration> delay(unsigned, std::uint64_t) const noexcept { return std::nullopt; }
};

class guard : private base {
  public:
    explicit guard(int n) : base(n) {}
    bool allows_endpoint(url const&) const noexcept { return true; }
    bool allows_address(boost::asio::ip::address const&, std::uint16_t) const noexcept { return true; }
};

class observer : private base {
  public:
    explicit observer(int n) : base(n) {}
    void on_settled(settled_notice const&) { ++*ends; }

    std::shared_ptr<int> ends = std::make_shared<int>(0);
};

class clock : private base {
  public:
    explicit clock(int n) : base(n) {}
    wall_time now() const { return wall_time(std::chrono::hours(24 * 365 * 56)); }
    steady_time steady_now() const { return steady_time(std::chrono::hours(1)); }

    // Neither copyable nor movable; never wakes, since time stands still.
    class timer {
      public:
        timer(boost::asio::any_io_executor, clock const&) {}
        timer(timer const&) = delete;
        template <class F>
        void arm(steady_time, F) {}
        void cancel() {}
    };
};

class random : private base {
  public:
    explicit random(int n) : base(n) {}
    std::uint64_t operator()() const { return ++*last; }

    std::shared_ptr<std::uint64_t> last = std::make_shared<std::uint64_t>(0);
};

class ids : private base {
  public:
    explicit ids(int n) : base(n) {}
    uuid operator()(wall_time, std::uint64_t a, std::uint64_t b) const {
        uuid id{};
        id.data[0] = static_cast<std::uint8_t>(a);
        id.data[1] = static_cast<std::uint8_t>(b);
        return id;
    }
};

// Knows the key "one".
class key_provider : private base {
  public:
    explicit key_provider(int n) : base(n) {}
    result<encryption_key> current() const {
        return encryption_key("one", secret(std::string(encryption_key::size, '1')));
    }
    result<encryption_key> find(std::string_view id) const {
        if (id != "one")
            return error_code(errc::unknown_encryption_key);
        return current();
    }
};

} // namespace posthorn::test::archetypes
