// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/storage.hpp>
#include <posthorn/storage/memory.hpp>

#include "support/archetypes.hpp"

namespace {

using namespace posthorn;
using boost::asio::awaitable;

// A model with everything; each rejecter below hides one function behind another one.
struct whole {
    awaitable<result<void>> append(std::span<outbox_row>, lease const&);
    awaitable<result<claim_end>> claim(wall_time, lease const&, claim_query const&,
                                       std::vector<claimed_delivery>&);
    awaitable<result<void>> settle(std::span<settlement>);
    awaitable<result<void>> extend(lease const&, wall_time);
    awaitable<result<void>> release(std::uint64_t);
    awaitable<result<std::optional<wall_time>>> next_due(wall_time);
    awaitable<result<void>> change(uuid, queue_change, wall_time);
};

struct appends_at_once : whole {
    result<void> append(std::span<outbox_row>, lease const&);
};
struct claims_without_limit : whole {
    awaitable<result<claim_end>> claim(wall_time, lease const&, std::vector<claimed_delivery>&);
};
struct returns_claims : whole {
    awaitable<result<std::vector<claimed_delivery>>> claim(wall_time, lease const&, claim_query const&,
                                                           std::vector<claimed_delivery>&);
};
struct settles_one : whole {
    awaitable<result<void>> settle(settlement&);
};
struct settles_without_a_result : whole {
    awaitable<void> settle(std::span<settlement>);
};
struct extends_without_now : whole {
    awaitable<result<void>> extend(lease const&);
};
struct releases_nothing : whole {
    awaitable<result<void>> release();
};
struct is_always_due : whole {
    awaitable<result<wall_time>> next_due(wall_time);
};
struct changes_at_once : whole {
    result<void> change(uuid, queue_change, wall_time);
};
struct cannot_be_copied : whole {
    cannot_be_copied(cannot_be_copied&&) = default;
};

struct immediate : whole {
    result<void> append_now(std::span<outbox_row>, lease const&);
};
struct awaits_to_append_now : whole {
    awaitable<result<void>> append_now(std::span<outbox_row>, lease const&);
};

struct whole_registry {
    result<void> put(webhook const&);
    result<void> erase(uuid const&);
    result<std::vector<webhook>> load();
    result<void> put(filter const&);
    result<void> erase_filter(uuid const&);
    result<std::vector<filter>> load_filters();
};
struct puts_without_a_result : whole_registry {
    using whole_registry::put;
    void put(webhook const&);
};
struct puts_what_it_may_change : whole_registry {
    result<void> put(filter const&);
    result<void> put(webhook&);
};
struct erases_by_text : whole_registry {
    result<void> erase(std::string const&);
};
struct loads_without_a_result : whole_registry {
    std::vector<webhook> load();
};
struct puts_no_filter : whole_registry {
    result<void> put(webhook const&);
};
struct puts_a_filter_without_a_result : whole_registry {
    using whole_registry::put;
    void put(filter const&);
};
struct puts_a_filter_that_it_may_change : whole_registry {
    result<void> put(webhook const&);
    result<void> put(filter&);
};
struct erases_filters_by_text : whole_registry {
    result<void> erase_filter(std::string const&);
};
struct erases_a_filter_without_a_result : whole_registry {
    void erase_filter(uuid const&);
};
struct loads_filters_without_a_result : whole_registry {
    std::vector<filter> load_filters();
};
struct loads_webhooks_as_filters : whole_registry {
    result<std::vector<webhook>> load_filters();
};
struct keeps_settings : whole_registry {
    result<void> put_setting(std::string_view, std::string_view, std::string_view);
    result<void> erase_setting(std::string_view, std::string_view);
    result<std::optional<std::string>> find_setting(std::string_view, std::string_view);
    result<std::vector<setting>> settings(std::string_view, std::string_view, std::size_t);
};
struct awaits_settings : keeps_settings {
    awaitable<result<void>> put_setting_async(std::string_view, std::string_view, std::string_view);
    awaitable<result<void>> erase_setting_async(std::string_view, std::string_view);
    awaitable<result<std::optional<std::string>>> find_setting_async(std::string_view, std::string_view);
};
struct awaits_settings_without_a_result : awaits_settings {
    awaitable<std::optional<std::string>> find_setting_async(std::string_view, std::string_view);
};
struct finds_settings_without_a_result : keeps_settings {
    std::optional<std::string> find_setting(std::string_view, std::string_view);
};
struct lists_settings_without_a_limit : keeps_settings {
    result<std::vector<setting>> settings(std::string_view, std::string_view);
};
struct lists_history : whole_registry {
    result<std::vector<history_entry>> history_after(std::uint64_t, std::size_t);
};
struct registry_that_cannot_be_copied : whole_registry {
    registry_that_cannot_be_copied(registry_that_cannot_be_copied&&) = default;
};

} // namespace

static_assert(check_outbox<test::archetypes::outbox>());
static_assert(check_outbox<memory_storage>());
static_assert(Outbox<test::archetypes::outbox> && Outbox<whole>);
static_assert(!Outbox<int>);
static_assert(!Outbox<appends_at_once>);
static_assert(!Outbox<claims_without_limit>);
static_assert(!Outbox<returns_claims>);
static_assert(!Outbox<settles_one>);
static_assert(!Outbox<settles_without_a_result>);
static_assert(!Outbox<extends_without_now>);
static_assert(!Outbox<releases_nothing>);
static_assert(!Outbox<is_always_due>);
static_assert(!Outbox<changes_at_once>);
static_assert(!Outbox<cannot_be_copied>);

static_assert(ImmediateOutbox<immediate> && ImmediateOutbox<memory_storage>);
static_assert(!ImmediateOutbox<whole>);
static_assert(!ImmediateOutbox<awaits_to_append_now>);

static_assert(check_registry<test::archetypes::registry>());
static_assert(check_registry<memory_storage>());
static_assert(Registry<test::archetypes::registry> && Registry<whole_registry>);
static_assert(!Registry<int>);
static_assert(!Registry<puts_without_a_result>);
static_assert(!Registry<puts_what_it_may_change>);
static_assert(!Registry<erases_by_text>);
static_assert(!Registry<loads_without_a_result>);
static_assert(!Registry<puts_no_filter>);
static_assert(!Registry<puts_a_filter_without_a_result>);
static_assert(!Registry<puts_a_filter_that_it_may_change>);
static_assert(!Registry<erases_filters_by_text>);
static_assert(!Registry<erases_a_filter_without_a_result>);
static_assert(!Registry<loads_filters_without_a_result>);
static_assert(!Registry<loads_webhooks_as_filters>);
static_assert(!Registry<registry_that_cannot_be_copied>);

static_assert(detail::keeps_settings<keeps_settings> && detail::keeps_settings<memory_storage>);
static_assert(check_registry<keeps_settings>() && check_registry<lists_history>());
static_assert(!detail::keeps_settings<test::archetypes::registry>);
static_assert(!detail::keeps_settings<finds_settings_without_a_result>);
static_assert(detail::awaits_settings<awaits_settings> && check_registry<awaits_settings>());
static_assert(!detail::awaits_settings<keeps_settings> && !detail::has_awaited_settings<keeps_settings>);
static_assert(!detail::awaits_settings<awaits_settings_without_a_result>);
static_assert(!detail::awaits_settings<memory_storage>);
static_assert(!detail::keeps_settings<lists_settings_without_a_limit>);
static_assert(detail::lists_history<lists_history> && detail::lists_history<memory_storage>);
static_assert(!detail::lists_history<test::archetypes::registry>);
