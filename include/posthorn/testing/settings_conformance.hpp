// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of a Registry that keeps settings, as cases like those of `registry_conformance.hpp`.
namespace posthorn::testing {

namespace detail {

template <class T>
void put_setting(T& registry, std::string_view kind, std::string_view key, std::string_view value) {
    require(registry.put_setting(kind, key, value).has_value(), "put_setting succeeds when nothing is wrong");
}

template <class T>
void erase_setting(T& registry, std::string_view kind, std::string_view key) {
    require(registry.erase_setting(kind, key).has_value(), "erase_setting succeeds when nothing is wrong");
}

template <class T>
[[nodiscard]] std::optional<std::string> found_setting(T& registry, std::string_view kind,
                                                       std::string_view key) {
    auto found = registry.find_setting(kind, key);
    require(found.has_value(), "find_setting succeeds when nothing is wrong");
    return *std::move(found);
}

template <class T>
[[nodiscard]] std::vector<setting> listed(T& registry, std::string_view kind, std::string_view after = {},
                                          std::size_t limit = 1000) {
    auto found = registry.settings(kind, after, limit);
    require(found.has_value(), "settings succeeds when nothing is wrong");
    return *std::move(found);
}

template <class T>
void setting_value_cases(auto const& add) {
    add("what_was_put_is_found", [](T& r) {
        require(!found_setting(r, "kind", "key"), "a new registry has no settings");
        put_setting(r, "kind", "key", "value");
        require(found_setting(r, "kind", "key") == "value", "what was put is found by its kind and key");
        require(!found_setting(r, "kind", "Key") && !found_setting(r, "Kind", "key"),
                "kinds and keys are compared byte for byte");
    });
    add("a_second_put_replaces", [](T& r) {
        put_setting(r, "kind", "key", "a longer value");
        put_setting(r, "kind", "key", "second");
        require(found_setting(r, "kind", "key") == "second", "put replaces what was there");
        require(listed(r, "kind").size() == 1, "a key is there once");
    });
    add("an_erased_one_is_gone", [](T& r) {
        put_setting(r, "kind", "key", "value");
        put_setting(r, "kind", "other", "stays");
        erase_setting(r, "kind", "key");
        require(!found_setting(r, "kind", "key"), "what was erased is not found");
        require(found_setting(r, "kind", "other") == "stays", "erase takes nothing else along");
        put_setting(r, "kind", "key", "again");
        require(found_setting(r, "kind", "key") == "again", "what was erased can come back");
    });
    add("erasing_what_is_not_there_changes_nothing", [](T& r) {
        put_setting(r, "kind", "key", "value");
        erase_setting(r, "kind", "ke");
        erase_setting(r, "kind", "key2");
        erase_setting(r, "other", "key");
        require(listed(r, "kind").size() == 1, "erasing what is not there changes nothing");
    });
    add("texts_are_kept_byte_for_byte", [](T& r) {
        std::string const odd = " 'a' \"b\" \\ %s; -- \t\r\n\x01\x7f \xc3\xa9 \xf0\x9f\x93\xaf ";
        put_setting(r, "kind" + odd, "key" + odd, odd);
        require(found_setting(r, "kind" + odd, "key" + odd) == odd, "a value is kept byte for byte");
        require(listed(r, "kind" + odd) == std::vector<setting>{{"kind" + odd, "key" + odd, odd}},
                "kind and key are kept byte for byte");
    });
    add("an_empty_value_is_a_value", [](T& r) {
        put_setting(r, "kind", "key", "");
        require(found_setting(r, "kind", "key") == "", "an empty value is not the same as none");
        put_setting(r, "kind", "null", std::string_view());
        require(found_setting(r, "kind", "null") == "", "an empty value is not the same as none");
    });
    add("a_long_value_is_kept", [](T& r) {
        std::string value;
        while (value.size() < 100'000)
            value += std::to_string(value.size()) + "\xc3\xa9,";
        put_setting(r, "kind", "key", value);
        require(found_setting(r, "kind", "key") == value, "a value of 100 KB is kept whole");
        require(listed(r, "kind").at(0).value == value, "a value of 100 KB is kept whole");
    });
    add("copies_share_one_set_of_settings", [](T& r) {
        T copy = r;
        put_setting(copy, "kind", "key", "value");
        require(found_setting(r, "kind", "key") == "value",
                "a copy of a registry is a handle of the same settings");
    });
}

template <class T>
void setting_list_cases(auto const& add) {
    add("a_kind_is_listed_by_its_keys_bytes", [](T& r) {
        for (auto const* const key : {"b", "a", "\xc3\xa9", "ab", "B", "a\x01", "Z", "_"})
            put_setting(r, "kind", key, std::string("of ") + key);
        std::vector<setting> wanted;
        for (auto const* const key : {"B", "Z", "_", "a", "a\x01", "ab", "b", "\xc3\xa9"})
            wanted.emplace_back("kind", key, std::string("of ") + key);
        require(listed(r, "kind") == wanted, "settings are listed in the order of their keys' bytes");
    });
    add("each_kind_has_its_own_keys", [](T& r) {
        put_setting(r, "a", "key", "1");
        put_setting(r, "ab", "key", "2");
        put_setting(r, "b", "key", "3");
        erase_setting(r, "b", "key");
        require(listed(r, "a") == std::vector<setting>{{"a", "key", "1"}} &&
                    listed(r, "ab") == std::vector<setting>{{"ab", "key", "2"}} && listed(r, "b").empty(),
                "kinds have nothing to do with each other");
    });
    add("keys_that_begin_alike_are_different_keys", [](T& r) {
        for (auto const* const key : {"ann", "anna", "annabel", "an"})
            put_setting(r, "active", key, key);
        erase_setting(r, "active", "anna");
        require(found_setting(r, "active", "ann") == "ann" && found_setting(r, "active", "an") == "an" &&
                    found_setting(r, "active", "annabel") == "annabel" && !found_setting(r, "active", "anna"),
                "a key is found whole, not by its beginning");
        require(listed(r, "active", "ann") == std::vector<setting>{{"active", "annabel", "annabel"}},
                "a list begins behind the key that it is asked for");
    });
    add("a_list_begins_behind_a_key_that_is_not_there", [](T& r) {
        put_setting(r, "kind", "a", "");
        put_setting(r, "kind", "c", "");
        require(listed(r, "kind", "b").size() == 1 && listed(r, "kind", "b").at(0).key == "c",
                "a list begins behind a key, whether it is there or not");
        require(listed(r, "kind", "c").empty(), "behind the last key there is nothing");
    });
    add("many_users_are_listed_page_by_page", [](T& r) {
        constexpr std::size_t many = 300;
        for (std::size_t n = 0; n != many; ++n)
            put_setting(r, "active", "user " + std::to_string(1000 + n * 7 % many), std::to_string(n));
        std::vector<setting> all;
        while (all.size() != many) {
            auto const page = listed(r, "active", all.empty() ? "" : all.back().key, 70);
            require(!page.empty() && page.size() <= 70, "a page has at most as many as it may have");
            all.insert(all.end(), page.begin(), page.end());
            // What comes in before it moves nothing.
            put_setting(r, "active", "another", "");
        }
        for (std::size_t n = 0; n != many; ++n)
            require(all[n].key == "user " + std::to_string(1000 + n),
                    "pages together give every key once, in order");
        require(listed(r, "active", all.back().key).empty(), "behind the last key there is nothing");
        require(listed(r, "active", "", 0).empty(), "a page of nothing is empty");
    });
    add("settings_are_no_webhooks", [](T& r) {
        put_setting(r, "kind", "key", "value");
        require(r.load().value().empty() && r.load_filters().value().empty(),
                "settings are neither webhooks nor filters");
    });
}

template <class T>
void awaited_setting_cases(auto const& add) {
    add("what_was_put_is_found_by_those_who_await_it_and_those_who_do_not", [](T& r) {
        boost::asio::io_context io;
        require(!completed(io, r.find_setting_async("kind", "key")).value(),
                "a new registry has no settings");
        require(completed(io, r.put_setting_async("kind", "key", "value")).has_value(),
                "put_setting_async succeeds when nothing is wrong");
        require(found_setting(r, "kind", "key") == "value", "put_setting_async is put_setting");
        put_setting(r, "kind", "key", "second");
        put_setting(r, "kind", "other", "");
        require(completed(io, r.find_setting_async("kind", "key")).value() == "second",
                "find_setting_async is find_setting");
        require(completed(io, r.find_setting_async("kind", "other")).value() == "",
                "an empty value is not the same as none");
        require(completed(io, r.put_setting_async("kind", "key", "third")).has_value() &&
                    found_setting(r, "kind", "key") == "third",
                "put_setting_async replaces what was there");
        require(completed(io, r.erase_setting_async("kind", "key")).has_value(),
                "erase_setting_async succeeds when nothing is wrong");
        require(!found_setting(r, "kind", "key"), "erase_setting_async is erase_setting");
        require(found_setting(r, "kind", "other") == "", "erase_setting_async takes nothing else along");
        require(completed(io, r.erase_setting_async("kind", "key")).has_value(),
                "erasing what is not there changes nothing");
    });
}

} // namespace detail

/// The rules of settings; those of awaited ones too, where a registry has them.
///
/// @param factory gives a new, empty registry; called once per case
template <Registry T, class Factory>
    requires(std::is_invocable_r_v<T, Factory const&> && posthorn::detail::keeps_settings<T>)
[[nodiscard]] conformance_cases settings_cases(Factory factory) {
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(T&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            T registry = factory();
            body(registry);
        });
    };
    detail::setting_value_cases<T>(add);
    detail::setting_list_cases<T>(add);
    if constexpr (posthorn::detail::awaits_settings<T>)
        detail::awaited_setting_cases<T>(add);
    return cases;
}

/// The rule that settings outlive the process.
///
/// @param factory gives a new, empty database, whose `outbox()` opens the storage on it each time
template <class Factory>
[[nodiscard]] conformance_cases settings_durability_cases(Factory factory) {
    using detail::require;
    conformance_cases cases;
    cases.emplace_back("settings_are_there_after_a_restart", [factory] {
        auto database = factory();
        {
            auto first = database.outbox();
            detail::put_setting(first, "active", "ann", "mine");
            detail::put_setting(first, "active", "ben", "old");
            detail::put_setting(first, "active", "ben", "new");
            detail::put_setting(first, "active", "eve", "gone");
            detail::erase_setting(first, "active", "eve");
        }
        auto second = database.outbox();
        require(detail::listed(second, "active") ==
                    std::vector<setting>{{"active", "ann", "mine"}, {"active", "ben", "new"}},
                "settings that were put or erased outlive the process");
    });
    return cases;
}

} // namespace posthorn::testing
