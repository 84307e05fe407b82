// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/form.hpp>
#include <posthorn/admin/history_seal.hpp>
#include <posthorn/admin/list_filter.hpp>
#include <posthorn/admin/order.hpp>
#include <posthorn/admin/rights.hpp>
#include <posthorn/admin/test_call.hpp>
#include <posthorn/config.hpp>
#include <posthorn/detail/dispatch/completing.hpp>
#include <posthorn/detail/dispatch/core.hpp>
#include <posthorn/expression/criteria.hpp>
#include <posthorn/model/filter.hpp>
#include <posthorn/model/history.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/system/result.hpp>

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

class trial;

} // namespace posthorn::detail

namespace posthorn::admin {

/// A value, or all that is wrong at once. A missing right is an error of the field "user", what the storage
/// says one of the field "storage".
template <class T>
using outcome = boost::system::result<T, field_errors>;

/// Which webhooks a list shows, in the order of their creation.
struct webhook_query {
    // User-declared, so that the type is no aggregate: g++ 12 destroys braced aggregates beside co_await
    // twice.
    webhook_query() noexcept {}

    /// What the wording must contain, whatever its case; none: what the user's active filter says.
    std::optional<std::string> contains;
    /// `webhook_list::next` of the page before; nil: from the first one on.
    uuid after{};
    /// At most so many; from 1 to 1000.
    std::size_t limit = 50;
};

/// A webhook in a list.
struct webhook_row {
    webhook_row() noexcept {}

    uuid id{};
    /// In the user's language.
    std::string wording;
    bool active = true;
    /// "project.modified"; "project.*" for all actions.
    std::string event;
    std::string verb;
    std::string url;
    call_mode mode = call_mode::fire_and_forget;
    /// The name of the project filter; empty: all projects.
    std::string filter;
};

struct webhook_list {
    webhook_list() noexcept {}

    std::vector<webhook_row> found;
    /// `webhook_query::after` of the next page; nil: this is the last one.
    uuid next{};
    /// How many there are on all pages, and without any filter.
    std::size_t matching = 0;
    std::size_t all = 0;
};

/// A project filter as a person edits it: as criteria, or as an expression where it is none of criteria.
struct filter_form {
    filter_form() noexcept {}

    /// Nil: a new filter.
    uuid id{};
    /// The revision that the form was filled from; saving fails if another user has changed the filter since.
    /// Required for an existing filter.
    std::uint64_t revision = 0;
    /// Required.
    std::string name;
    /// In the other languages.
    std::vector<filter_translation> translations;
    /// The catalog's name of the object type. Required.
    std::string object;
    /// All of which must hold; none: what `expression` says.
    std::optional<std::vector<criterion>> criteria;
    std::string expression;
    bool is_public = false;
};

/// A project filter in a list.
struct filter_row {
    filter_row() noexcept {}

    uuid id{};
    /// In the user's language.
    std::string name;
    std::string object;
    /// Canonical text; empty: all projects.
    std::string expression;
    std::string owner;
    bool is_public = false;
    /// Whether it is what the user's new webhooks begin with.
    bool is_default = false;
    /// How many webhooks name it; 0 for a user who may not view them.
    std::size_t used_by = 0;
};

/// A field that criteria can be made of.
struct filter_field {
    filter_field() noexcept {}

    /// "status", "owner.name".
    std::string path;
    std::vector<criterion_operator> operators;
};

/// The administration without the host's types: see `service`. Every function for people takes who does it,
/// and checks his rights. They may wait for the storage: for any thread but an executor's.
///
/// Thread safety: all functions, from any threads.
class service_base {
  public:
    // --- webhooks ---

    /// Needs view_webhooks.
    [[nodiscard]] outcome<webhook_list> webhooks(acting_user const& user,
                                                 webhook_query const& query = webhook_query()) const;

    /// What a new webhook begins with. Needs view_webhooks and create_webhook.
    [[nodiscard]] outcome<webhook_form> new_webhook(acting_user const& user) const;

    /// What an existing one is edited with. Needs view_webhooks.
    [[nodiscard]] outcome<webhook_form> form(acting_user const& user, uuid const& id) const;

    /// What is wrong with a form, as saving it would say. Needs what saving needs.
    [[nodiscard]] field_errors check(acting_user const& user, webhook_form const& form) const;

    /// "Register": saves a new or an existing webhook, and gives its id. Needs view_webhooks, and
    /// create_webhook or modify_webhook.
    [[nodiscard]] outcome<uuid> save(acting_user const& user, webhook_form const& form);

    /// "Apply": saves an existing webhook, and gives what it is edited on with. Needs view_webhooks and
    /// modify_webhook.
    [[nodiscard]] outcome<webhook_form> apply(acting_user const& user, webhook_form const& form);

    /// Needs view_webhooks and delete_webhook.
    outcome<void> remove(acting_user const& user, uuid const& id);

    /// What was done to a webhook, newest first; also to one that was removed. Needs view_webhooks.
    ///
    /// @param before only entries with a smaller number, for the next page; 0: from the newest on
    [[nodiscard]] outcome<std::vector<history_entry>>
    history(acting_user const& user, uuid const& id, std::uint64_t before = 0, std::size_t limit = 50) const;

    /// The same of a project filter. Needs to see it; of one that was removed, view_public_filters.
    [[nodiscard]] outcome<std::vector<history_entry>> filter_history(acting_user const& user, uuid const& id,
                                                                     std::uint64_t before = 0,
                                                                     std::size_t limit = 50) const;

    /// Stored webhooks and filters that cannot be read, or not be used. Needs view_webhooks.
    [[nodiscard]] outcome<std::vector<damaged_record>> damaged(acting_user const& user) const;

    /// Removes a damaged record. Needs view_webhooks and delete_webhook, of a filter delete_public_filter.
    outcome<void> remove(acting_user const& user, damaged_record const& which);

    /// Seals what the history has gained, see `seal_new`; the functions above do so themselves. Nothing
    /// without keys.
    result<void> seal_history();

    /// Compares the whole history with its seals, see `verify_all`. For programs; of a user, see below.
    ///
    /// @param kept what an earlier verification gave as its last checkpoint
    [[nodiscard]] result<history_verdict>
    verify_history(std::optional<history_checkpoint> const& kept = {}) const;

    /// The same for a user. Needs view_webhooks.
    [[nodiscard]] outcome<history_verdict>
    verify_history(acting_user const& user, std::optional<history_checkpoint> const& kept = {}) const;

    // --- project filters ---

    /// Those that the user may choose for events of this object type; of all types, if it is empty. Private
    /// ones are his own; public ones need view_public_filters.
    [[nodiscard]] outcome<std::vector<filter_row>> filters(acting_user const& user,
                                                           std::string_view object = {}) const;

    /// The fields that filters on objects of this type offer, and their operators. For anybody.
    [[nodiscard]] std::vector<filter_field> fields(std::string_view object) const;

    [[nodiscard]] outcome<filter_form> edit_filter(acting_user const& user, uuid const& id) const;

    /// A private filter needs no right but its owner; a public one needs create_public_filter, or
    /// modify_public_filter when it was public before. What was public stays public. One that webhooks name
    /// needs modify_webhook too, since it decides what they are told.
    [[nodiscard]] outcome<uuid> save(acting_user const& user, filter_form const& form);

    /// Refused while webhooks name it. A public one needs delete_public_filter.
    outcome<void> remove_filter(acting_user const& user, uuid const& id);

    /// What the user's new webhooks begin with; none: all projects.
    outcome<void> set_default_filter(acting_user const& user, std::optional<uuid> const& id);

    // --- filters of the list ---

    /// All of these need view_webhooks; public filters their own rights, as above.
    [[nodiscard]] outcome<std::vector<list_filter>> list_filters(acting_user const& user) const;
    [[nodiscard]] outcome<uuid> save(acting_user const& user, list_filter const& f);
    outcome<void> remove_list_filter(acting_user const& user, uuid const& id);

    /// What the list is narrowed to: until it is deselected, whenever the user comes back.
    [[nodiscard]] outcome<std::optional<active_filter>> active(acting_user const& user) const;
    outcome<void> select(acting_user const& user, uuid const& id);
    outcome<void> select_text(acting_user const& user, std::string const& contains);
    outcome<void> deselect(acting_user const& user);

    /// What becomes active when a session begins and nothing is.
    outcome<void> set_default_list_filter(acting_user const& user, std::optional<uuid> const& id);
    [[nodiscard]] outcome<std::optional<uuid>> default_list_filter(acting_user const& user) const;
    outcome<void> begin_session(acting_user const& user);

    // --- tests ---

    /// The objects that a webhook can be tested with, of one type, inside one scope object; of a type with a
    /// scope, first its scope object is chosen. Needs view_webhooks. Errors: "after" when no such choice is
    /// listed any more.
    ///
    /// @param text what a label must contain; empty: anything
    /// @param limit maximum number of choices, from 1 to 1000; fewer of them: this is the last page
    /// @param after the id of the last choice of the page before; empty: from the first one on
    [[nodiscard]] outcome<std::vector<object_choice>>
    objects(acting_user const& user, std::string_view object, std::string_view scope = {},
            std::string_view text = {}, std::size_t limit = 50, std::string_view after = {}) const;

    /// Makes one call with what a form says now, saved or not, active or not, whatever its filter and its
    /// condition. Guard, signer and transport are those of real calls; nothing is stored but who has tested a
    /// saved webhook. Of the form nothing is asked but what makes a call: a missing translation, a condition
    /// or a filter that is wrong, or what somebody else has saved meanwhile keep nobody from a test. Needs
    /// view_webhooks, and create_webhook for a new webhook or modify_webhook for a saved one, whose secrets
    /// are sent.
    ///
    /// Preconditions: the first shard's execution context is run by somebody. Completion: when the call has
    /// ended, or at once where the form is wrong. Completion signature: `void(outcome<test_report>)`. Errors:
    /// those of the form, and "object" or "scope" when the host has no such object; what comes of the call is
    /// in the report. Starting it waits for the storage, as the other functions do. Executor: the call is
    /// made on the first shard's; without an asynchronous transport in the bundle it is made here, and this
    /// function waits. The final handler runs on its associated executor, never inside this call.
    /// Cancellation: not by a slot; the transport's deadlines end it. Object lifetimes: none, all is copied.
    /// Thread safety: safe. Exceptions: std::bad_alloc, and what the host's sources throw.
    template <boost::asio::completion_token_for<void(outcome<test_report>)> Token = boost::asio::deferred_t>
    auto async_test(acting_user const& user, webhook_form const& form, test_choice const& choice,
                    Token&& token = Token()) {
        return boost::asio::async_initiate<Token, void(outcome<test_report>)>(
            [self = *this](auto handler, acting_user const& who, webhook_form const& what,
                           test_choice const& with) mutable {
                self.start_test(who, what, with,
                                posthorn::detail::completing(std::move(handler), self.core_.executor()));
            },
            token, user, form, choice);
    }

    // --- pending orders ---

    /// Needs view_orders.
    [[nodiscard]] outcome<order_page> orders(acting_user const& user,
                                             order_query const& query = order_query()) const;

    /// Needs view_orders.
    [[nodiscard]] outcome<order_detail> order(acting_user const& user, uuid const& id) const;

    /// Cancels, pauses, resumes or redelivers, and gives the order as it is now: one that is in progress
    /// stays so until its attempt has ended. Needs view_orders and manage_orders.
    outcome<admin::order> change(acting_user const& user, uuid const& id, delivery_change what);

  protected:
    service_base(posthorn::detail::core core, encryption_keys history_keys)
        : core_(std::move(core)), history_keys_(std::move(history_keys)), sources_(core_.catalog().size()) {}

    // What is missing of the rights; of a user who is not active, all.
    [[nodiscard]] static field_errors missing(acting_user const& user, rights needed);

    // The same, or why the registry cannot be asked.
    [[nodiscard]] field_errors refused(acting_user const& user, rights needed) const;

    [[nodiscard]] static rights needed_to_save(webhook_form const& form);

    // What a form means, what is wrong with it, and what it was filled from.
    struct reading {
        webhook meant;
        std::optional<webhook> stored;
        field_errors errors;
    };
    [[nodiscard]] reading read(acting_user const& user, webhook_form const& form) const;

    // The host's objects of one type, without the type.
    struct any_source {
        std::function<std::vector<object_choice>(std::string_view scope, std::string_view text,
                                                 std::size_t limit)>
            list;
        std::function<std::shared_ptr<void const>(std::string_view id)> load;
        std::function<bool(void const* object, std::string_view scope)> is_inside;
    };

    // `object`: its place in the catalog.
    void offer(std::size_t object, any_source from) { sources_.at(object) = std::move(from); }

  private:
    static constexpr std::size_t most_in_a_page = 1000;

    using test_handler = boost::asio::any_completion_handler<void(outcome<test_report>)>;

    void start_test(acting_user const& user, webhook_form const& form, test_choice const& choice,
                    test_handler handler);
    // A call that is ready, and what the history notes of it: nothing of a webhook that is not saved.
    struct prepared_test {
        std::shared_ptr<posthorn::detail::trial> call;
        std::optional<std::vector<field_change>> noted;
    };
    [[nodiscard]] outcome<prepared_test> prepare_test(acting_user const& user, webhook_form const& form,
                                                      test_choice const& choice) const;
    [[nodiscard]] std::shared_ptr<posthorn::detail::trial>
    render_test(acting_user const& user, std::shared_ptr<posthorn::detail::trial> call, webhook const& meant,
                test_choice const& choice, field_errors& errors) const;
    // Whether an object is inside a scope object, as far as its source says.
    [[nodiscard]] bool is_inside(std::size_t object, void const* found, test_choice const& choice) const;
    [[nodiscard]] std::shared_ptr<void const> load(std::size_t object, std::string const& id,
                                                   char const* field, field_errors& errors) const;
    [[nodiscard]] posthorn::detail::sealed_storage history_storage() const;
    // What was saved has an entry in the history, which is sealed.
    [[nodiscard]] outcome<uuid> sealed(outcome<uuid> saved);
    [[nodiscard]] outcome<std::vector<history_entry>> history(record_kind kind, uuid const& id,
                                                              std::uint64_t before, std::size_t limit) const;
    [[nodiscard]] std::optional<filter> find_filter(uuid const& id) const;
    [[nodiscard]] bool is_used(uuid const& filter) const;
    // Whether the user may have one more private filter, beside the `owned` ones.
    void check_private_filters(std::size_t owned, field_errors& errors) const;
    [[nodiscard]] static bool may_see(acting_user const& user, bool is_public, std::string_view owner);
    void check_filter_choice(acting_user const& user, webhook_form const& form, webhook const* stored,
                             field_errors& errors) const;
    [[nodiscard]] outcome<list_filter> find_list_filter(acting_user const& user, uuid const& id) const;
    [[nodiscard]] outcome<std::string> chosen(std::string_view kind, acting_user const& user) const;
    outcome<void> choose(std::string_view kind, acting_user const& user, std::string_view value);
    [[nodiscard]] std::string label_of(acting_user const& user, uuid const& webhook) const;
    [[nodiscard]] static admin::order shown(stored_delivery const& from, std::string label, language in);

    posthorn::detail::core core_;
    encryption_keys history_keys_;
    // By place in the catalog.
    std::vector<any_source> sources_;
};

} // namespace posthorn::admin

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/admin/order.ipp>
#include <posthorn/impl/admin/service_base.ipp>
#include <posthorn/impl/admin/test_call.ipp>
#endif
