// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/compiled_webhook.hpp>
#include <posthorn/detail/lane.hpp>
#include <posthorn/model/action.hpp>
#include <posthorn/model/uuid.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace posthorn::detail {

// A webhook that asks for an event.
template <class Key>
struct route {
    // Webhooks answer an event in the order of their creation.
    std::uint64_t order;
    uuid webhook;
    std::shared_ptr<compiled_webhook const> what;
    std::shared_ptr<lane<Key>> home;
};

// Which webhooks ask for which (object type, action): immutable; a change makes a new table that shares what
// is the same.
template <class Key>
class routing_table {
  public:
    using list = std::vector<route<Key>>;

    explicit routing_table(std::size_t object_types)
        : cells_(object_types * actions, std::make_shared<list const>()) {}

    [[nodiscard]] list const& routes(std::size_t object, action what) const noexcept {
        return *cells_[object * actions + static_cast<std::size_t>(what)];
    }

    // The table with this route, instead of an older one of the same webhook.
    [[nodiscard]] std::shared_ptr<routing_table const> with(route<Key> const& added) const {
        auto next = std::make_shared<routing_table>(*this);
        for (std::size_t i = 0; i != cells_.size(); ++i) {
            auto const what = static_cast<action>(i % actions);
            bool const asks = i / actions == added.what->object_index() &&
                              (!added.what->what() || *added.what->what() == what);
            next->replace(i, added.webhook, asks ? &added : nullptr);
        }
        return next;
    }

    // The table without this webhook.
    [[nodiscard]] std::shared_ptr<routing_table const> without(uuid const& webhook) const {
        auto next = std::make_shared<routing_table>(*this);
        for (std::size_t i = 0; i != cells_.size(); ++i)
            next->replace(i, webhook, nullptr);
        return next;
    }

  private:
    static constexpr std::size_t actions = 3;

    void replace(std::size_t cell, uuid const& webhook, route<Key> const* added) {
        auto const& old = *cells_[cell];
        bool const known =
            std::any_of(old.begin(), old.end(), [&](auto const& r) { return r.webhook == webhook; });
        if (!known && added == nullptr)
            return;
        list changed;
        changed.reserve(old.size() + 1);
        for (auto const& r : old)
            if (r.webhook != webhook)
                changed.push_back(r);
        if (added != nullptr) {
            auto const later = std::find_if(changed.begin(), changed.end(),
                                            [&](auto const& r) { return r.order > added->order; });
            changed.insert(later, *added);
        }
        cells_[cell] = std::make_shared<list const>(std::move(changed));
    }

    std::vector<std::shared_ptr<list const>> cells_;
};

} // namespace posthorn::detail
