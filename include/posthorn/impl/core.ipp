// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/core.hpp>
#include <posthorn/detail/engine.hpp>

#include <utility>

namespace posthorn::detail {

POSTHORN_DECL core::core(catalog_schema catalog, posthorn::shards const& where,
                         std::unique_ptr<policy_table> policies, options const& settings)
    : engine_(std::make_shared<engine>(catalog, where, std::move(policies), settings)) {
    engine_->begin();
}

POSTHORN_DECL boost::system::result<uuid, field_errors> core::save(webhook const& w) const {
    return engine_->registry().save(w);
}

POSTHORN_DECL result<void> core::remove(uuid const& id) const {
    return engine_->registry().remove(id);
}

POSTHORN_DECL std::vector<webhook> core::webhooks() const {
    return engine_->registry().webhooks();
}

POSTHORN_DECL boost::system::result<uuid, field_errors> core::save(filter const& f,
                                                                   field_errors errors) const {
    return engine_->registry().save(f, std::move(errors));
}

POSTHORN_DECL result<void> core::remove_filter(uuid const& id) const {
    return engine_->registry().remove_filter(id);
}

POSTHORN_DECL std::vector<filter> core::filters() const {
    return engine_->registry().filters();
}

POSTHORN_DECL dispatch_result core::dispatch(event_view& e, std::optional<wall_time> time,
                                             std::optional<uuid> id) const {
    rendered_event what;
    engine_->render(e, time, id, what);
    if (!what.rows.empty())
        engine_->accept(what, engine_->policies().append_now(what.rows, what.hold));
    return std::move(what.outcome);
}

POSTHORN_DECL std::shared_ptr<rendered_event> core::render(event_view& e, std::optional<wall_time> time,
                                                           std::optional<uuid> id) const {
    auto what = std::make_shared<rendered_event>();
    engine_->render(e, time, id, *what);
    return what;
}

POSTHORN_DECL void core::append(std::shared_ptr<rendered_event> what, append_handler handler) const {
    engine_->append(std::move(what), std::move(handler));
}

POSTHORN_DECL void core::run(run_handler handler) const {
    engine_->run(std::move(handler));
}

POSTHORN_DECL void core::drain(duration timeout, run_handler handler) const {
    engine_->drain(timeout, std::move(handler));
}

POSTHORN_DECL void core::stop() const noexcept {
    engine_->stop();
}

POSTHORN_DECL boost::asio::any_io_executor core::executor() const {
    return engine_->keeper_executor();
}

} // namespace posthorn::detail
