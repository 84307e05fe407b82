// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/host_transaction.hpp>
#include <posthorn/concepts/storage.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/util/shielded.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace posthorn::detail {

// The host's transaction without its type.
class host_link {
  public:
    virtual ~host_link() = default;
    [[nodiscard]] virtual result<void> commit() = 0;
    [[nodiscard]] virtual result<void> rollback() = 0;
    // Whether deliveries are stored within it.
    [[nodiscard]] virtual bool enlists() const noexcept = 0;
    [[nodiscard]] virtual result<void> enlist(std::span<outbox_row> rows, lease const& hold) = 0;
    // The registry's generation, as the transaction sees it; none: the registry is not in its database.
    [[nodiscard]] virtual std::optional<result<std::uint64_t>> generation() = 0;
    // Nothing to do where the host's transaction has no savepoints.
    [[nodiscard]] virtual result<void> savepoint(std::size_t number) = 0;
    [[nodiscard]] virtual result<void> rollback_to(std::size_t number) = 0;
};

// Whether deliveries can be stored in the transaction of `Host`.
template <class Outbox, class Host>
concept enlistable = requires(Outbox& outbox, Host& host, std::span<outbox_row> rows, lease const& hold) {
    { outbox.enlist(host.connection(), rows, hold) } -> std::same_as<result<void>>;
};

// Whether the transaction of `Host` sees the registry.
template <class Registry, class Host>
concept sees_registry = requires(Registry& registry, Host& host) {
    { registry.generation(host.connection()) } -> std::same_as<result<std::uint64_t>>;
};

template <class Host, class Outbox, class Registry>
class host_link_of final : public host_link {
  public:
    host_link_of(Host host, Outbox const& outbox, Registry const& registry)
        : host_(std::move(host)), outbox_(outbox), registry_(registry) {}

    result<void> commit() override {
        return shielded([&] { return host_.commit(); });
    }
    result<void> rollback() override {
        return shielded([&] { return host_.rollback(); });
    }
    bool enlists() const noexcept override { return enlistable<Outbox, Host>; }
    result<void> enlist(std::span<outbox_row> rows, lease const& hold) override {
        if constexpr (enlistable<Outbox, Host>)
            return shielded([&] { return outbox_.enlist(host_.connection(), rows, hold); });
        else
            return error_code(errc::storage_failed);
    }

    std::optional<result<std::uint64_t>> generation() override {
        if constexpr (sees_registry<Registry, Host>)
            return shielded([&] { return registry_.generation(host_.connection()); });
        else
            return std::nullopt;
    }

    result<void> savepoint(std::size_t number) override {
        if constexpr (has_savepoints<Host>)
            return shielded([&] { return host_.savepoint(number); });
        else
            return {};
    }
    result<void> rollback_to(std::size_t number) override {
        if constexpr (has_savepoints<Host>)
            return shielded([&] { return host_.rollback_to(number); });
        else
            return {};
    }

  private:
    Host host_;
    Outbox outbox_;
    Registry registry_;
};

} // namespace posthorn::detail
