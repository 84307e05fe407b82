// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/detail/dispatch/rendered_event.hpp>
#include <posthorn/detail/engine/policy_table.hpp>
#include <posthorn/detail/registry/fingerprints.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/registry/secret_sealer.hpp>
#include <posthorn/detail/registry/webhook_preparer.hpp>
#include <posthorn/detail/retry/deactivation.hpp>
#include <posthorn/detail/retry/failure_period.hpp>
#include <posthorn/detail/routing/compiled_filter.hpp>
#include <posthorn/detail/routing/compiled_webhook.hpp>
#include <posthorn/detail/routing/routing.hpp>
#include <posthorn/detail/util/snapshot.hpp>
#include <posthorn/model/damaged_record.hpp>
#include <posthorn/model/ensured.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>
#include <posthorn/model/record.hpp>
#include <posthorn/model/webhook.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::detail {

using engine_lane = lane<engine_key>;
using engine_table = routing_table<engine_key>;

// What the directory needs of the engine.
class directory_owner {
  public:
    // The lane's next settings; null: the webhook was removed.
    virtual void configure(std::shared_ptr<engine_lane> const& home,
                           std::shared_ptr<lane_settings<engine_key>> next) = 0;
    virtual void change_queue(uuid const& webhook, queue_change what) = 0;
    // Nobody knows the lane yet.
    virtual void resume_failing(engine_lane& home, std::optional<failing_record> const& known) = 0;
    // What the registry has was written: by this process or by another one.
    virtual void failing_changed(std::shared_ptr<engine_lane> const& home,
                                 std::optional<failing_record> const& known) = 0;
    // The directory holds no lock.
    virtual void problem(error_code ec, std::string_view text) = 0;

  protected:
    ~directory_owner() = default;
};

// Describes a change by looking at what is known: called again whenever somebody else was first. False: there
// is nothing to change.
using change_plan = std::function<result<bool>(registry_commit&)>;

// What this process knows of the registry: a cache, which is compared with the registry's generation. Every
// change is a compare-and-set on what is stored, and is seen here as those of other processes are.
//
// Safe from any thread; no lock is held while a policy is called.
class webhook_directory {
  public:
    using save_result = boost::system::result<uuid, field_errors>;

    webhook_directory(directory_owner& owner, policy_table& policies, options const& settings,
                      catalog_schema catalog, std::size_t shards);
    webhook_directory(webhook_directory const&) = delete;
    webhook_directory& operator=(webhook_directory const&) = delete;
    // Threads that dispatched remember a table, and with it the lanes; their secrets go now.
    ~webhook_directory();

    // --- how fresh it is ---

    // Whether the registry was loaded, ever.
    [[nodiscard]] bool loaded() const noexcept { return loaded_.load(std::memory_order_acquire); }

    // Why it is not loaded; success: it is.
    [[nodiscard]] result<void> ready() const;

    // Compares generations, and loads what changed. `errc::registry_unavailable` beside the reason, which the
    // observer gets.
    [[nodiscard]] result<void> sync();
    [[nodiscard]] boost::asio::awaitable<result<void>> async_sync();

    // The same, only if it was not done for `options::registry_poll`, or somebody reported a change.
    [[nodiscard]] result<void> freshen();

    // The same, only if this generation is not known.
    [[nodiscard]] result<void> sync_to(std::uint64_t generation);

    // The same, and damaged records are looked at once more.
    [[nodiscard]] result<void> reload();

    // The registry reports changes itself.
    void set_watched() noexcept { watched_ = true; }
    [[nodiscard]] bool watched() const noexcept { return watched_; }
    void note_newer(std::uint64_t generation) noexcept;
    [[nodiscard]] bool is_known_to_be_stale() const noexcept {
        return newest_.load(std::memory_order_acquire) > known_.load(std::memory_order_acquire);
    }

    // --- webhooks ---

    [[nodiscard]] save_result save(webhook w, std::string_view user);
    [[nodiscard]] boost::system::result<ensured, field_errors>
    ensure(webhook draft, std::string_view key, on_user_change rule, std::string_view user);
    [[nodiscard]] result<void> remove(uuid const& id, std::string_view user);
    [[nodiscard]] result<void> remove(damaged_record const& which, std::string_view user);
    // For a process whose executors may not run. False: the registry failed, which the observer was notified
    // of.
    [[nodiscard]] bool deactivate(uuid const& id, deactivation const& why);
    // False: there is nothing to change, since a user was faster.
    [[nodiscard]] boost::asio::awaitable<result<bool>> async_deactivate(uuid id, deactivation why);
    // Tells the observer what came of it.
    void report(uuid const& id, deactivation const& why, result<void> const& done);
    // Adds to the history of a webhook what changes nothing of it.
    [[nodiscard]] result<void> note(uuid const& id, history_action what, std::string_view user,
                                    std::vector<field_change> changes);

    [[nodiscard]] std::vector<webhook> webhooks() const;
    // None: there is no such webhook, or it cannot be read.
    [[nodiscard]] std::optional<webhook> find(uuid const& id) const;
    // Shows each webhook and its place, in the order of their creation, under the lock.
    void visit(std::function<void(webhook const&, std::uint64_t place)> const& show) const;
    // Where a webhook stands in that order, also one that was removed; 0: it was never there.
    [[nodiscard]] std::uint64_t place_of(uuid const& id) const;
    [[nodiscard]] std::vector<damaged_record> damaged() const;

    // What saving it would reject.
    [[nodiscard]] field_errors check(webhook w) const;
    // What would take part, whatever else is wrong with the webhook.
    [[nodiscard]] std::optional<prepared_webhook> try_out(webhook w, field_errors& errors) const;

    // --- filters ---

    // `errors`: what the caller has found already.
    [[nodiscard]] save_result save(filter f, field_errors errors, std::string_view user);
    [[nodiscard]] result<void> remove_filter(uuid const& id, std::string_view user);
    [[nodiscard]] std::vector<filter> filters() const;

    // --- other records ---

    [[nodiscard]] std::optional<record> find(record_key const& key) const;
    [[nodiscard]] std::vector<record> all_of(record_kind kind) const;
    // Makes a change, again as long as somebody else comes first. Errors: those of the plan or of the
    // registry; `errc::registry_conflict`, if others always come first.
    [[nodiscard]] result<void> change(change_plan const& plan);
    [[nodiscard]] boost::asio::awaitable<result<void>> async_change(change_plan plan);
    // What puts, or erases, a record whatever it is now.
    [[nodiscard]] change_plan putting(record_key key, std::optional<std::string> value) const;

    [[nodiscard]] result<std::vector<history_entry>> history(history_query const& q) const;
    [[nodiscard]] fingerprints const& marks() const noexcept { return marks_; }

    // --- for the engine ---

    [[nodiscard]] std::shared_ptr<engine_table const> routes() const { return routes_.load(); }

    // After the rows of an event were stored: a webhook that was removed since the event was matched has
    // cancelled its rows already, and nobody claims those that came later.
    void cancel_orphans(rendered_event const& b, result<void> const& stored);

    // Shows the lane of each webhook, in the order of their ids, under the lock.
    template <class Show>
    void visit_lanes(Show show) const {
        std::scoped_lock const lock(mutex_);
        for (auto const& [id, e] : webhooks_)
            show(e.home);
    }

    // Whether a claim has returned a webhook that is not known here, or an older state of it is.
    [[nodiscard]] bool is_behind(std::vector<claimed_delivery> const& claimed) const;
    // Loads then. False: the registry cannot be asked.
    [[nodiscard]] boost::asio::awaitable<bool> async_know(std::vector<claimed_delivery> const& claimed);
    // One for each; null: there is no such webhook, or only an older state of it is known.
    [[nodiscard]] std::vector<std::shared_ptr<engine_lane>>
    lanes_of(std::vector<claimed_delivery> const& claimed) const;
    [[nodiscard]] std::shared_ptr<engine_lane> lane_of(uuid const& id) const;
    // Whether its rows are still to be moved like this.
    [[nodiscard]] bool wants(uuid const& id, queue_change what) const;
    // Whether a user has removed it, as far as is known here.
    [[nodiscard]] bool is_removed(uuid const& id) const;

    // What the rows of each webhook should be moved to: after a crash, they may not be.
    [[nodiscard]] std::vector<std::pair<uuid, queue_change>> queues() const;

  private:
    struct entry {
        record stored;
        webhook what;
        webhook_facts facts;
        std::shared_ptr<engine_lane> home;
        // Null: it cannot be used, and `problem` says why. Its deliveries wait until it is saved again or
        // removed.
        std::shared_ptr<compiled_webhook const> compiled;
        std::string problem;
        // Whether `what` is what is stored.
        bool readable = false;
    };
    struct filter_entry {
        record stored;
        filter what;
        // None: no webhook passes it, and `problem` says why.
        std::optional<compiled_filter> compiled;
        std::string problem;
        bool readable = false;
    };
    // A record that was read, before it takes part.
    struct loaded_webhook {
        entry next;
        std::optional<prepared_webhook> made;
    };
    struct loaded_records {
        std::vector<loaded_webhook> webhooks;
        std::vector<filter_entry> filters;
        std::vector<record> others;
    };
    // What a webhook is saved with.
    struct saving {
        webhook what;
        std::string_view user;
        webhook_facts facts;
        // Whether `ensure` saves it, and whether it was removed before.
        bool drafts = false;
        bool was_removed = false;
    };
    class problems;

    [[nodiscard]] webhook_preparer preparer() const noexcept { return {policies_, catalog_}; }

    // --- loading ---
    [[nodiscard]] result<void> load();
    [[nodiscard]] result<void> unavailable(error_code const& why, char const* text);
    void checked();
    bool apply(registry_load loaded, std::uint64_t known);
    [[nodiscard]] std::vector<record> newer(std::vector<record> all) const;
    [[nodiscard]] loaded_records read(std::vector<record> all) const;
    [[nodiscard]] loaded_webhook read_webhook(record r) const;
    [[nodiscard]] filter_entry read_filter(record r) const;
    void install(loaded_records all, problems& met);
    void install(loaded_webhook next, problems& met);
    void install(filter_entry next, std::set<uuid>& touched, problems& met);
    void install(record next);
    void equip(entry& e, std::optional<prepared_webhook> made, bool is_new, bool differs);
    [[nodiscard]] static std::optional<queue_change> queue_of(entry const& e);
    void publish();
    void forget_age();
    void erase_unlisted(std::set<record_key> const& listed, std::uint64_t generation);
    [[nodiscard]] std::shared_ptr<engine_lane> new_lane(uuid const& id);
    void erase(std::map<uuid, entry>::iterator at, std::uint64_t created);
    void route_to(entry const& e, problems& met);
    void name_filter(entry const& of, std::optional<uuid> const& next);
    [[nodiscard]] std::shared_ptr<unusable_routes const> unusable() const;

    // --- changes ---
    [[nodiscard]] result<bool> plan_save(saving& s, registry_commit& c, field_errors& errors) const;
    void add_history(registry_commit& c, webhook const* before, webhook const* after, history_action what,
                     std::string_view user) const;
    void end_failing(registry_commit& c, uuid const& id, std::optional<std::uint64_t> generation) const;
    [[nodiscard]] std::optional<prepared_webhook> approve(webhook& w, std::optional<entry> const& before,
                                                          field_errors& errors) const;
    void check_filter(webhook const& w, webhook const* before, field_errors& errors) const;
    [[nodiscard]] result<bool> seal(saving& s, std::uint64_t revision, std::string& text,
                                    field_errors& errors) const;
    [[nodiscard]] result<bool> plan_ensure(saving& s, std::string_view key, on_user_change rule,
                                           registry_commit& c, field_errors& errors, ensured& out) const;
    [[nodiscard]] result<bool> was_removed(uuid const& id) const;
    [[nodiscard]] result<bool> plan_remove(uuid const& id, std::string_view user, registry_commit& c) const;
    [[nodiscard]] result<bool> plan_deactivation(uuid const& id, deactivation const& why,
                                                 registry_commit& c) const;
    [[nodiscard]] result<bool> plan_save(filter const& f, std::string_view user, registry_commit& c,
                                         field_errors& errors) const;
    [[nodiscard]] result<bool> plan_remove_filter(uuid const& id, std::string_view user,
                                                  registry_commit& c) const;
    [[nodiscard]] field_errors failed(error_code const& why, field_errors errors, message_id what) const;
    [[nodiscard]] std::optional<entry> entry_of(uuid const& id) const;
    [[nodiscard]] std::string filter_name(std::optional<uuid> const& id) const;

    directory_owner& owner_;
    policy_table& policies_;
    options const& options_;
    catalog_schema const catalog_;
    std::size_t const shards_;
    secret_sealer const sealer_;
    fingerprints const marks_;
    bool watched_ = false;

    std::atomic<bool> loaded_{false};
    // The generation of what is known here, and the newest one that was reported.
    std::atomic<std::uint64_t> known_{0};
    std::atomic<std::uint64_t> newest_{0};
    // When the registry is to be asked again.
    std::atomic<duration::rep> check_at_{0};

    mutable std::mutex mutex_;
    error_code failed_;
    std::map<uuid, entry> webhooks_;
    std::map<uuid, filter_entry> filters_;
    // List filters and settings; and webhooks and filters whose key is no id.
    std::map<record_key, record> others_;
    // The webhooks that cannot be used; and those whose filter cannot.
    std::set<uuid> unusable_;
    std::set<uuid> misfiltered_;
    // Webhooks that were removed, with their places.
    std::map<uuid, std::uint64_t> erased_;
    // Those whose rows are cancelled as soon as no event matches them.
    std::vector<uuid> removed_;
    // The webhooks that name a filter.
    std::map<uuid, std::set<uuid>> named_by_;
    routing_editor<engine_key> editor_;
    snapshot<engine_table> routes_;
};

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/detail/registry/webhook_directory.ipp>
#endif
