// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/registry.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/registry/secret_sealer.hpp>
#include <posthorn/detail/retry/failing_records.hpp>
#include <posthorn/environment/system_random.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What another process does with a registry, below all rules.
namespace posthorn::test {

/// None: it is not there.
template <Registry T>
[[nodiscard]] std::optional<record> stored_record(T registry, record_key const& key) {
    for (auto& r : registry.load(0).value().records)
        if (static_cast<record_key const&>(r) == key && !r.erased)
            return std::move(r);
    return std::nullopt;
}

/// Puts a record, or erases it, whatever it is now. Gives its revision.
template <Registry T>
std::uint64_t store_text(T registry, record_key const& key, std::optional<std::string> text,
                         bool active = true) {
    auto const before = stored_record(registry, key);
    registry_commit c;
    c.changes.emplace_back(key, before ? before->revision : 0, std::move(text));
    c.changes.back().active = active;
    if (!registry.commit(c))
        throw std::runtime_error("a record could not be stored");
    auto const after = stored_record(registry, key);
    return after ? after->revision : 0;
}

[[nodiscard]] inline record_key webhook_key(uuid const& id) {
    return {record_kind::webhook, to_text(id)};
}
[[nodiscard]] inline record_key filter_key(uuid const& id) {
    return {record_kind::filter, to_text(id)};
}

template <KeyedRegistry T>
[[nodiscard]] detail::secret_sealer sealer_of(T const& registry) {
    return {registry.keys(), [] { return system_random()(); }};
}

template <KeyedRegistry T>
std::uint64_t store(T const& registry, webhook const& w) {
    detail::webhook_facts facts;
    facts.secrets = sealer_of(registry).sealed(w.id, detail::secrets_of(w)).value();
    return store_text(registry, webhook_key(w.id), detail::record_of(w, facts), w.active);
}

template <Registry T>
std::uint64_t store(T const& registry, filter const& f) {
    return store_text(registry, filter_key(f.id), detail::record_of(f));
}

template <KeyedRegistry T>
[[nodiscard]] std::vector<webhook> stored_webhooks(T registry) {
    std::vector<webhook> all;
    for (auto const& r : registry.load(0).value().records) {
        if (r.kind != record_kind::webhook || r.erased)
            continue;
        auto const id = detail::parse_id(r.key).value();
        auto secrets = sealer_of(registry).opened(id, detail::facts_of(r.value).value().secrets).value();
        all.push_back(detail::webhook_of(id, r.value, std::move(secrets)).value());
        all.back().revision = r.revision;
    }
    return all;
}

template <Registry T>
[[nodiscard]] std::vector<filter> stored_filters(T registry) {
    std::vector<filter> all;
    for (auto const& r : registry.load(0).value().records)
        if (r.kind == record_kind::filter && !r.erased) {
            all.push_back(detail::filter_of(detail::parse_id(r.key).value(), r.value).value());
            all.back().revision = r.revision;
        }
    return all;
}

[[nodiscard]] inline record_key setting(std::string_view sort, std::string_view name) {
    return {record_kind::setting, detail::setting_key(sort, name)};
}

template <Registry T>
void store_setting(T const& registry, std::string_view sort, std::string_view name,
                   std::optional<std::string_view> value) {
    store_text(registry, setting(sort, name),
               value ? std::optional(detail::record_of_text(*value)) : std::nullopt);
}

template <Registry T>
[[nodiscard]] std::optional<std::string> stored_setting(T const& registry, std::string_view sort,
                                                        std::string_view name) {
    auto const r = stored_record(registry, setting(sort, name));
    return r ? std::optional(detail::text_of_record(r->value).value()) : std::nullopt;
}

} // namespace posthorn::test
