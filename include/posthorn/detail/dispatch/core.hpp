// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/dispatch/handlers.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/model/catalog.hpp>
#include <posthorn/model/damaged_record.hpp>
#include <posthorn/model/ensured.hpp>
#include <posthorn/model/event.hpp>
#include <posthorn/model/field_error.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/model/stored_delivery.hpp>
#include <posthorn/model/webhook.hpp>
#include <posthorn/options.hpp>
#include <posthorn/shards.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::detail {

class engine;
class fingerprints;
class host_link;
class transaction_job;
class trial;
struct rendered_event;

// See webhook_directory.
using change_plan = std::function<result<bool>(registry_commit&)>;

// The dispatcher without its types: a handle of the engine. Every function is safe from any thread.
class core {
  public:
    core(catalog_schema catalog, posthorn::shards const& where, std::unique_ptr<policy_table> policies,
         options const& settings);

    // See webhook_directory. What is shown is first compared with the registry.
    [[nodiscard]] result<void> ready() const;
    [[nodiscard]] result<void> sync() const;
    [[nodiscard]] result<void> reload() const;
    [[nodiscard]] boost::system::result<uuid, field_errors> save(webhook const& w,
                                                                 std::string_view user) const;
    [[nodiscard]] boost::system::result<ensured, field_errors>
    ensure(webhook const& draft, std::string_view key, on_user_change rule, std::string_view user) const;
    [[nodiscard]] result<void> remove(uuid const& id, std::string_view user) const;
    [[nodiscard]] result<void> remove(damaged_record const& which, std::string_view user) const;
    [[nodiscard]] std::vector<damaged_record> damaged() const;
    [[nodiscard]] result<std::vector<history_entry>> history(history_query const& q) const;
    [[nodiscard]] std::vector<webhook> webhooks() const;
    [[nodiscard]] std::optional<webhook> find(uuid const& id) const;
    void visit(std::function<void(webhook const&, std::uint64_t place)> const& show) const;
    [[nodiscard]] std::uint64_t place_of(uuid const& id) const;
    [[nodiscard]] field_errors check(webhook const& w) const;
    [[nodiscard]] result<void> note(uuid const& id, history_action what, std::string_view user,
                                    std::vector<field_change> changes) const;
    [[nodiscard]] fingerprints const& marks() const noexcept;

    // A call of a webhook that need not be saved; null where none can be made, and `errors` says why.
    [[nodiscard]] std::shared_ptr<trial> try_out(webhook const& w, field_errors& errors) const;

    [[nodiscard]] catalog_schema catalog() const noexcept;
    [[nodiscard]] options const& settings() const noexcept;
    [[nodiscard]] uuid make_id() const;

    [[nodiscard]] result<delivery_page> deliveries(delivery_query const& query) const;
    [[nodiscard]] result<std::optional<stored_delivery>> find_delivery(uuid const& id) const;
    [[nodiscard]] result<std::vector<stored_attempt>> attempts(uuid const& id) const;
    [[nodiscard]] result<std::size_t> count(delivery_states states, std::size_t most) const;
    [[nodiscard]] result<delivery_state> change_delivery(uuid const& id, delivery_change what) const;
    // List filters and settings, as they are known.
    [[nodiscard]] std::optional<record> find(record_key const& key) const;
    [[nodiscard]] std::vector<record> all_of(record_kind kind) const;
    [[nodiscard]] result<void> change(change_plan const& plan) const;
    // What puts, or erases, a record whatever it is now.
    [[nodiscard]] change_plan putting(record_key key, std::optional<std::string> value) const;
    // The registry itself, for what is no record.
    [[nodiscard]] result<std::vector<history_record>> raw_history(history_query const& q) const;
    [[nodiscard]] result<std::uint64_t> commit(registry_commit const& c) const;

    // `errors`: what the caller has found already.
    [[nodiscard]] boost::system::result<uuid, field_errors> save(filter const& f, field_errors errors,
                                                                 std::string_view user) const;
    [[nodiscard]] result<void> remove_filter(uuid const& id, std::string_view user) const;
    [[nodiscard]] std::vector<filter> filters() const;

    // Matches, renders, stores, hands over.
    [[nodiscard]] dispatch_result dispatch(event_view& e, std::optional<wall_time> time,
                                           std::optional<uuid> id) const;

    // The same in two steps: the event is needed for the first one only.
    [[nodiscard]] std::shared_ptr<rendered_event> render(event_view& e, std::optional<wall_time> time,
                                                         std::optional<uuid> id) const;
    void append(std::shared_ptr<rendered_event> what, append_handler handler) const;

    // A transaction with nothing recorded yet.
    [[nodiscard]] std::shared_ptr<transaction_job> begin(std::unique_ptr<host_link> host) const;

    void run(run_handler handler) const;
    void drain(duration timeout, run_handler handler) const;
    void stop() const noexcept;
    // At the end of the dispatcher.
    void close() const noexcept;

    // Also of one that was moved from.
    [[nodiscard]] boost::asio::any_io_executor executor() const;
    [[nodiscard]] policy_table& policies() const;

  private:
    std::shared_ptr<engine> engine_;
};

// The transaction without its types, see `transaction`. Null: it was ended.
class open_transaction {
  public:
    explicit open_transaction(std::shared_ptr<transaction_job> job) noexcept : job_(std::move(job)) {}

    // Moved only: it ends once.
    open_transaction(open_transaction&&) = default;
    open_transaction& operator=(open_transaction&&) = default;

    void record(event_view& e, std::optional<wall_time> time, std::optional<uuid> id) const;
    [[nodiscard]] std::size_t mark() const;
    void quiet(bool on) const;

    // For savepoints, which keep nothing alive.
    [[nodiscard]] std::weak_ptr<transaction_job> weak() const noexcept { return job_; }
    static void forget_from(std::weak_ptr<transaction_job> const& of, std::size_t mark);

    // Both end it.
    [[nodiscard]] transaction_report commit();
    void close() const noexcept;
    void commit(boost::asio::any_io_executor const& where, commit_handler handler);

  private:
    std::shared_ptr<transaction_job> job_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/dispatch/core.ipp>
#endif
