// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/shielded.hpp>
#include <posthorn/model/call_mode.hpp>
#include <posthorn/options.hpp>
#include <posthorn/policies.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The seam between the policies, which are types of the host, and the engine, which is compiled once: a call
// through it costs a few nanoseconds per delivery, and a translation unit of the host none of the engine's
// coroutines.
namespace posthorn::detail {

// A Signer's key.
class signing_key {
  public:
    virtual ~signing_key() = default;
    virtual void sign(signed_message const& message, header_block& out) = 0;
};

// A Clock's timer.
class engine_timer {
  public:
    virtual ~engine_timer() = default;
    virtual void arm(steady_time at, std::function<void()> f) = 0;
    virtual void cancel() = 0;
};

// A Transport's copy for one shard.
class shard_transport {
  public:
    virtual ~shard_transport() = default;
    virtual void bind(transport_context context) = 0;
    // True: `start` is to be used; false: `send`.
    [[nodiscard]] virtual bool is_startable() const noexcept = 0;
    virtual void start(request const& what, exchange& out, send_handler done) = 0;
    [[nodiscard]] virtual boost::asio::awaitable<exchange> send(request const& what) = 0;
    virtual void cancel() noexcept = 0;
};

// All policies of one dispatcher; each function means what the concept of its policy says.
class policy_table {
  public:
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    virtual ~policy_table() = default;

    [[nodiscard]] virtual wall_time now() const = 0;
    [[nodiscard]] virtual steady_time steady_now() const = 0;
    // The same, for those who outlive the policies.
    [[nodiscard]] virtual std::function<steady_time()> steady_source() const = 0;
    [[nodiscard]] virtual std::unique_ptr<engine_timer>
    make_timer(boost::asio::any_io_executor const& where) const = 0;
    [[nodiscard]] virtual std::uint64_t random() const = 0;
    [[nodiscard]] virtual uuid make_id(wall_time now) const = 0;

    [[nodiscard]] virtual bool supports(call_mode mode) const noexcept = 0;

    // Whether there is an asynchronous one.
    [[nodiscard]] virtual bool has_transport() const noexcept = 0;
    [[nodiscard]] virtual std::unique_ptr<shard_transport> make_transport() const = 0;
    // The blocking transport; any thread.
    virtual void bind_calls(transport_context context) = 0;
    [[nodiscard]] virtual exchange call(request const& what) = 0;
    virtual void cancel_calls() noexcept = 0;
    // What the transports say of these settings.
    virtual void check_connection(connection_settings const& settings, field_errors& errors) const = 0;
    [[nodiscard]] virtual result<std::unique_ptr<signing_key>>
    make_key(signing_secrets const& secrets) const = 0;
    [[nodiscard]] virtual std::optional<duration> delay(unsigned attempts_made,
                                                        std::uint64_t word) const noexcept = 0;
    [[nodiscard]] virtual bool allows_endpoint(url const& endpoint) const noexcept = 0;
    [[nodiscard]] virtual bool allows_address(boost::asio::ip::address const& address,
                                              std::uint16_t port) const noexcept = 0;

    [[nodiscard]] virtual result<void> append_now(std::span<outbox_row> rows, lease const& hold) = 0;
    [[nodiscard]] virtual awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold) = 0;
    [[nodiscard]] virtual awaitable<result<claim_end>>
    claim(wall_time now, lease const& hold, claim_query const& query, std::vector<claimed_delivery>& out) = 0;
    [[nodiscard]] virtual awaitable<result<void>> settle(std::span<settlement> batch) = 0;
    [[nodiscard]] virtual awaitable<result<void>> extend(lease const& hold, wall_time now) = 0;
    [[nodiscard]] virtual awaitable<result<void>> release(std::uint64_t lease_id) = 0;
    [[nodiscard]] virtual awaitable<result<std::optional<wall_time>>> next_due(wall_time now) = 0;
    [[nodiscard]] virtual awaitable<result<void>> change(uuid const& webhook, queue_change what,
                                                         wall_time now) = 0;
    // 0: nothing is left to forget.
    [[nodiscard]] virtual awaitable<result<std::size_t>> prune(wall_time now) = 0;

    // What people see of deliveries, where the outbox shows them.
    [[nodiscard]] virtual result<delivery_page> deliveries(delivery_query const& query) = 0;
    [[nodiscard]] virtual result<std::optional<stored_delivery>> find_delivery(uuid const& id) = 0;
    [[nodiscard]] virtual result<std::vector<stored_attempt>> attempts(uuid const& id) = 0;
    [[nodiscard]] virtual result<std::size_t> count(delivery_states states, std::size_t most) = 0;
    [[nodiscard]] virtual result<bool> change_delivery(uuid const& id, delivery_change what,
                                                       wall_time now) = 0;

    // The registry. The awaited ones call the others where the registry cannot be awaited.
    [[nodiscard]] virtual result<std::uint64_t> commit(registry_commit const& c) = 0;
    [[nodiscard]] virtual result<registry_load> load(std::uint64_t after) = 0;
    [[nodiscard]] virtual result<std::uint64_t> generation() = 0;
    [[nodiscard]] virtual result<std::vector<history_record>> history(history_query const& q) = 0;
    [[nodiscard]] virtual awaitable<result<std::uint64_t>> async_commit(registry_commit const& c) = 0;
    [[nodiscard]] virtual awaitable<result<registry_load>> async_load(std::uint64_t after) = 0;
    [[nodiscard]] virtual awaitable<result<std::uint64_t>> async_generation() = 0;
    [[nodiscard]] virtual bool awaits_registry() const noexcept = 0;
    // None, where the registry names none.
    [[nodiscard]] virtual encryption_keys keys() = 0;
    // False: the registry reports no changes.
    [[nodiscard]] virtual bool watch(std::weak_ptr<registry_watcher> who) = 0;

    // Whether somebody wants to know when an attempt was made and how long it took.
    [[nodiscard]] virtual bool observes_attempts() const noexcept = 0;
    virtual void notify(accepted_notice const& n) noexcept = 0;
    virtual void notify(refused_notice const& n) noexcept = 0;
    virtual void notify(attempt_notice const& n) noexcept = 0;
    virtual void notify(settled_notice const& n) noexcept = 0;
    virtual void notify(failing_notice const& n) noexcept = 0;
    virtual void notify(problem_notice const& n) noexcept = 0;
};

template <class T>
class signing_key_of final : public signing_key {
  public:
    explicit signing_key_of(typename T::key key) : key_(std::move(key)) {}
    void sign(signed_message const& message, header_block& out) override { T::sign(key_, message, out); }

  private:
    typename T::key key_;
};

template <class T>
class timer_of final : public engine_timer {
  public:
    timer_of(boost::asio::any_io_executor const& where, T const& clock) : timer_(where, clock) {}
    void arm(steady_time at, std::function<void()> f) override { timer_.arm(at, std::move(f)); }
    void cancel() override { timer_.cancel(); }

  private:
    typename T::timer timer_;
};

template <class T>
class transport_of final : public shard_transport {
  public:
    explicit transport_of(T const& transport) : transport_(transport) {}
    void bind(transport_context context) override {
        if constexpr (requires { transport_.bind(std::move(context)); })
            transport_.bind(std::move(context));
    }
    bool is_startable() const noexcept override { return StartableTransport<T>; }
    void start(request const& what, exchange& out, send_handler done) override {
        if constexpr (StartableTransport<T>)
            transport_.start(what, out, std::move(done));
    }
    boost::asio::awaitable<exchange> send(request const& what) override { return transport_.send(what); }
    void cancel() noexcept override { transport_.cancel(); }

  private:
    T transport_;
};

// Where no transport is needed.
class no_transport final : public shard_transport {
  public:
    void bind(transport_context) override {}
    bool is_startable() const noexcept override { return false; }
    void start(request const&, exchange&, send_handler) override {}
    boost::asio::awaitable<exchange> send(request const&) override {
        co_return exchange(errc::connect_failed);
    }
    void cancel() noexcept override {}
};

// The policies of one dispatcher, by value.
template <class P>
struct policy_values {
    using types = needed_policies<P>;

    typename types::transport transport;
    typename types::blocking_transport blocking_transport;
    typename types::registry registry;
    typename types::outbox outbox;
    typename types::signer signer;
    typename types::retry retry;
    typename types::guard guard;
    typename types::observer observer;
    typename types::clock clock;
    typename types::random random;
    typename types::ids ids;
};

template <class P>
class policies_of final : public policy_table {
    using types = needed_policies<P>;
    static constexpr bool stores = is_set<typename types::outbox>;
    static constexpr bool shows = shows_deliveries<typename types::outbox>;
    static constexpr bool awaits = AwaitableRegistry<typename types::registry>;

  public:
    explicit policies_of(policy_values<P> with) : with_(std::move(with)) {}

    // For what a host's transaction works with.
    [[nodiscard]] typename types::outbox const& outbox() const noexcept { return with_.outbox; }
    [[nodiscard]] typename types::registry const& registry() const noexcept { return with_.registry; }

    wall_time now() const override { return with_.clock.now(); }
    steady_time steady_now() const override { return with_.clock.steady_now(); }
    std::function<steady_time()> steady_source() const override {
        return [clock = with_.clock] { return clock.steady_now(); };
    }
    std::unique_ptr<engine_timer> make_timer(boost::asio::any_io_executor const& where) const override {
        return std::make_unique<timer_of<typename types::clock>>(where, with_.clock);
    }
    std::uint64_t random() const override { return with_.random(); }
    uuid make_id(wall_time now) const override {
        auto const first = with_.random();
        auto const second = with_.random();
        return with_.ids(now, first, second);
    }

    bool supports(call_mode mode) const noexcept override { return types::semantics::has(mode); }

    bool has_transport() const noexcept override { return Transport<typename types::transport>; }
    std::unique_ptr<shard_transport> make_transport() const override {
        if constexpr (Transport<typename types::transport>)
            return std::make_unique<transport_of<typename types::transport>>(with_.transport);
        else
            return std::make_unique<no_transport>();
    }
    void bind_calls(transport_context context) override {
        if constexpr (requires { with_.blocking_transport.bind(std::move(context)); })
            with_.blocking_transport.bind(std::move(context));
    }
    exchange call(request const& what) override {
        exchange outcome(errc::policy_threw);
        try {
            if constexpr (BlockingTransport<typename types::blocking_transport>)
                outcome = with_.blocking_transport.call(what);
        } catch (std::exception const& e) {
            outcome.detail = e.what();
        } catch (...) { // NOLINT(bugprone-empty-catch): the outcome says it
        }
        return outcome;
    }
    void cancel_calls() noexcept override {
        if constexpr (BlockingTransport<typename types::blocking_transport>)
            with_.blocking_transport.cancel();
    }
    void check_connection(connection_settings const& settings, field_errors& errors) const override {
        if (!ask<typename types::transport>(settings, errors))
            (void)ask<typename types::blocking_transport>(settings, errors);
    }
    result<std::unique_ptr<signing_key>> make_key(signing_secrets const& secrets) const override {
        auto made = shielded([&] { return with_.signer.make_key(secrets); });
        if (!made)
            return made.error();
        return std::unique_ptr<signing_key>(
            std::make_unique<signing_key_of<typename types::signer>>(*std::move(made)));
    }
    std::optional<duration> delay(unsigned attempts_made, std::uint64_t word) const noexcept override {
        if constexpr (is_set<typename types::retry>)
            return with_.retry.delay(attempts_made, word);
        else
            return std::nullopt;
    }
    bool allows_endpoint(url const& endpoint) const noexcept override {
        refresh_guard();
        return with_.guard.allows_endpoint(endpoint);
    }
    bool allows_address(boost::asio::ip::address const& address, std::uint16_t port) const noexcept override {
        refresh_guard();
        return with_.guard.allows_address(address, port);
    }

    result<void> append_now(std::span<outbox_row> rows, lease const& hold) override {
        if constexpr (ImmediateOutbox<typename types::outbox>)
            return reported([&] { return with_.outbox.append_now(rows, hold); });
        else
            return error_code(errc::storage_failed);
    }
    awaitable<result<void>> append(std::span<outbox_row> rows, lease const& hold) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.append(rows, hold); });
        else
            return nothing<void>();
    }
    awaitable<result<claim_end>> claim(wall_time now, lease const& hold, claim_query const& query,
                                       std::vector<claimed_delivery>& out) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.claim(now, hold, query, out); });
        else
            return nothing<claim_end>();
    }
    awaitable<result<void>> settle(std::span<settlement> batch) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.settle(batch); });
        else
            return nothing<void>();
    }
    awaitable<result<void>> extend(lease const& hold, wall_time now) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.extend(hold, now); });
        else
            return nothing<void>();
    }
    awaitable<result<void>> release(std::uint64_t lease_id) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.release(lease_id); });
        else
            return nothing<void>();
    }
    awaitable<result<std::optional<wall_time>>> next_due(wall_time now) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.next_due(now); });
        else
            return nothing<std::optional<wall_time>>();
    }
    awaitable<result<void>> change(uuid const& webhook, queue_change what, wall_time now) override {
        if constexpr (stores)
            return started([&] { return with_.outbox.change(webhook, what, now); });
        else
            return nothing<void>();
    }
    awaitable<result<std::size_t>> prune(wall_time now) override {
        if constexpr (prunes<typename types::outbox>)
            return started([&] { return with_.outbox.prune(now); });
        else
            return nothing<std::size_t>();
    }

    result<delivery_page> deliveries(delivery_query const& query) override {
        if constexpr (shows)
            return reported([&] { return with_.outbox.deliveries(query); });
        else
            return delivery_page();
    }
    result<std::optional<stored_delivery>> find_delivery(uuid const& id) override {
        if constexpr (shows)
            return reported([&] { return with_.outbox.find(id); });
        else
            return std::optional<stored_delivery>();
    }
    result<std::vector<stored_attempt>> attempts(uuid const& id) override {
        if constexpr (shows)
            return reported([&] { return with_.outbox.attempts(id); });
        else
            return std::vector<stored_attempt>();
    }
    result<std::size_t> count(delivery_states states, std::size_t most) override {
        if constexpr (shows)
            return reported([&] { return with_.outbox.count(states, most); });
        else
            return std::size_t{0};
    }
    result<bool> change_delivery(uuid const& id, delivery_change what, wall_time now) override {
        if constexpr (shows)
            return reported([&] { return with_.outbox.change(id, what, now); });
        else
            return {boost::system::in_place_value, false};
    }

    result<std::uint64_t> commit(registry_commit const& c) override {
        return reported([&] { return with_.registry.commit(c); });
    }
    result<registry_load> load(std::uint64_t after) override {
        return reported([&] { return with_.registry.load(after); });
    }
    result<std::uint64_t> generation() override {
        return reported([&] { return with_.registry.generation(); });
    }
    result<std::vector<history_record>> history(history_query const& q) override {
        return reported([&] { return with_.registry.history(q); });
    }
    awaitable<result<std::uint64_t>> async_commit(registry_commit const& c) override {
        if constexpr (awaits)
            return started([&] { return with_.registry.async_commit(c); });
        else
            return given(commit(c));
    }
    awaitable<result<registry_load>> async_load(std::uint64_t after) override {
        if constexpr (awaits)
            return started([&] { return with_.registry.async_load(after); });
        else
            return given(load(after));
    }
    awaitable<result<std::uint64_t>> async_generation() override {
        if constexpr (awaits)
            return started([&] { return with_.registry.async_generation(); });
        else
            return given(generation());
    }
    bool awaits_registry() const noexcept override { return awaits; }
    encryption_keys keys() override {
        if constexpr (KeyedRegistry<typename types::registry>) {
            encryption_keys given;
            // Without keys no secret is stored or read, and the observer knows why.
            (void)reported([&]() -> result<void> {
                given = with_.registry.keys();
                return {};
            });
            return given;
        } else {
            return {};
        }
    }
    bool watch(std::weak_ptr<registry_watcher> who) override {
        if constexpr (WatchedRegistry<typename types::registry>)
            with_.registry.watch(std::move(who));
        return WatchedRegistry<typename types::registry>;
    }

    bool observes_attempts() const noexcept override { return hears_attempt<typename types::observer>; }
    void notify(accepted_notice const& n) noexcept override { detail::notify(with_.observer, n); }
    void notify(refused_notice const& n) noexcept override { detail::notify(with_.observer, n); }
    void notify(attempt_notice const& n) noexcept override { detail::notify(with_.observer, n); }
    void notify(settled_notice const& n) noexcept override { detail::notify(with_.observer, n); }
    void notify(failing_notice const& n) noexcept override { detail::notify(with_.observer, n); }
    void notify(problem_notice const& n) noexcept override { detail::notify(with_.observer, n); }

  private:
    void refresh_guard() const noexcept {
        if constexpr (RefreshableGuard<typename types::guard>)
            with_.guard.refresh(with_.clock.steady_now());
    }

    // True: it said no, so that nobody else need be asked. One that throws has said no too.
    template <class Sender>
    [[nodiscard]] static bool ask(connection_settings const& settings, field_errors& errors) {
        field_errors said;
        try {
            if constexpr (ConnectingTransport<Sender>)
                Sender::check_connection(settings, said);
            else if constexpr (is_set<Sender>)
                said.add("connection", message_id::connection_unsupported);
        } catch (...) {
            said.add("connection", message_id::connection_unsupported);
        }
        for (auto const& one : said)
            errors.add(one);
        return !said.empty();
    }

    // The result of a storage's call. The observer is notified of an exception.
    template <class Call>
    [[nodiscard]] auto reported(Call call) -> decltype(call()) {
        auto const report = [this](std::string_view thrown) noexcept {
            detail::notify(with_.observer, problem_notice{errc::policy_threw, thrown, now()});
        };
        try {
            return call();
        } catch (std::exception const& e) {
            report(e.what());
        } catch (...) {
            report("the storage threw an object that is no std::exception");
        }
        return {boost::system::in_place_error, error_code(errc::policy_threw)};
    }

    // What an outbox that is not there says.
    template <class T>
    [[nodiscard]] static awaitable<result<T>> nothing() {
        co_return result<T>();
    }

    // What is there already.
    template <class T>
    [[nodiscard]] static awaitable<T> given(T value) {
        co_return value;
    }

    template <class Awaitable>
    [[nodiscard]] static Awaitable failed() {
        co_return error_code(errc::policy_threw);
    }

    // An operation of the outbox; what throws before there is anything to await is an error like any other.
    template <class Call>
    [[nodiscard]] static auto started(Call call) -> decltype(call()) {
        try {
            return call();
        } catch (...) {
            return failed<decltype(call())>();
        }
    }

    policy_values<P> with_;
};

} // namespace posthorn::detail
