// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/handlers.hpp>
#include <posthorn/detail/policy_table.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/webhook.hpp>
#include <posthorn/options.hpp>
#include <posthorn/shards.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace posthorn::detail {

class engine;
struct rendered_event;

// The dispatcher without its types: a handle of the engine. Every function is safe from any thread.
class core {
  public:
    core(catalog_schema catalog, posthorn::shards const& where, std::unique_ptr<policy_table> policies,
         options const& settings);

    [[nodiscard]] boost::system::result<uuid, field_errors> save(webhook const& w) const;
    [[nodiscard]] result<void> remove(uuid const& id) const;
    [[nodiscard]] std::vector<webhook> webhooks() const;

    // `errors`: what the caller has found already.
    [[nodiscard]] boost::system::result<uuid, field_errors> save(filter const& f, field_errors errors) const;
    [[nodiscard]] result<void> remove_filter(uuid const& id) const;
    [[nodiscard]] std::vector<filter> filters() const;

    // Matches, renders, stores, hands over.
    [[nodiscard]] dispatch_result dispatch(event_view& e, std::optional<wall_time> time,
                                           std::optional<uuid> id) const;

    // The same in two steps: the event is needed for the first one only.
    [[nodiscard]] std::shared_ptr<rendered_event> render(event_view& e, std::optional<wall_time> time,
                                                         std::optional<uuid> id) const;
    void append(std::shared_ptr<rendered_event> what, append_handler handler) const;

    void run(run_handler handler) const;
    void drain(duration timeout, run_handler handler) const;
    void stop() const noexcept;

    [[nodiscard]] boost::asio::any_io_executor executor() const;

  private:
    std::shared_ptr<engine> engine_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/core.ipp>
#endif
