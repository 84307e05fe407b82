// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/secret_sealer.hpp>
#include <posthorn/detail/storage/sealing.hpp>

#include <algorithm>
#include <string>

namespace posthorn::detail {

POSTHORN_DECL result<std::vector<sealed_secret>>
secret_sealer::sealed(uuid const& webhook, std::vector<secret_field> const& secrets) const {
    std::vector<sealed_secret> all;
    if (secrets.empty())
        return all;
    auto const with = keys_.current();
    if (!with)
        return with.error();
    for (auto const& s : secrets) {
        auto const first = random_();
        auto const second = random_();
        auto sealed = seal(s.value, seal_place{webhook, s.field}, *with, first, second);
        if (!sealed)
            return sealed.error();
        all.push_back({s.field, with->id, *std::move(sealed)});
    }
    return all;
}

POSTHORN_DECL result<std::vector<secret_field>>
secret_sealer::opened(uuid const& webhook, std::vector<sealed_secret> const& secrets) const {
    std::vector<secret_field> all;
    for (auto const& s : secrets) {
        auto const with = keys_.find(s.key);
        if (!with)
            return with.error();
        auto plain = unseal(s.sealed, seal_place{webhook, s.field}, *with);
        if (!plain)
            return plain.error();
        all.push_back({s.field, *std::move(plain)});
    }
    return all;
}

// None: the record needs no new encryption. A damaged one stays as it is.
[[nodiscard]] inline result<std::optional<record_change>>
rotated(record const& r, std::string const& current, secret_sealer const& sealer, std::size_t& count) {
    auto const id = parse_id(r.key);
    auto const facts = facts_of(r.value);
    if (!id || !facts || std::ranges::all_of(facts->secrets, [&](auto const& s) { return s.key == current; }))
        return std::optional<record_change>();
    auto const plain = sealer.opened(*id, facts->secrets);
    if (!plain)
        return plain.error();
    auto const sealed = sealer.sealed(*id, *plain);
    if (!sealed)
        return sealed.error();
    auto text = with_secrets(r.value, r.revision, *sealed);
    if (!text)
        return text.error();
    count = static_cast<std::size_t>(
        std::ranges::count_if(facts->secrets, [&](auto const& s) { return s.key != current; }));
    record_change c(r, r.revision, *std::move(text));
    c.active = r.active;
    return std::optional(std::move(c));
}

POSTHORN_DECL result<std::size_t>
rotate_secrets(std::function<result<registry_load>(std::uint64_t after)> const& load,
               std::function<result<std::uint64_t>(registry_commit const&)> const& commit,
               encryption_keys const& keys, std::function<std::uint64_t()> random) {
    secret_sealer const sealer(keys, std::move(random));
    auto const current = keys.current();
    if (!current)
        return current.error();
    std::size_t all = 0;
    error_code failed;
    // What was changed in the meantime is looked at again.
    constexpr int most = 100;
    bool again = true;
    for (int pass = 0; again && pass != most; ++pass) {
        again = false;
        auto const loaded = load(0);
        if (!loaded)
            return loaded.error();
        for (auto const& r : loaded->records) {
            if (r.kind != record_kind::webhook || r.erased)
                continue;
            std::size_t count = 0;
            auto change = rotated(r, current->id, sealer, count);
            // One that cannot be read keeps nobody from the others.
            if (!change && pass == 0)
                failed = change.error();
            if (!change || !*change)
                continue;
            registry_commit c;
            c.changes.push_back(**std::move(change));
            auto const done = commit(c);
            if (!done && done.error() != errc::registry_conflict)
                return done.error();
            again = again || !done;
            all += done ? count : 0;
        }
    }
    if (failed || again)
        return failed ? failed : make_error_code(errc::registry_conflict);
    return all;
}

} // namespace posthorn::detail
