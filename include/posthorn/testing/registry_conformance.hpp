// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/storage.hpp>
#include <posthorn/testing/conformance.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The rules of Registry as cases that run against any model of it, under any test framework:
/// @code
/// for (auto const& c : posthorn::testing::registry_cases<my_registry>([] { return my_registry(fresh_file());
/// }))
///     SECTION(c.name()) { c.run(); }                        // Catch2; or SUBCASE, BOOST_DATA_TEST_CASE, a
///     plain loop
/// @endcode
/// The factory gives a new, empty registry at each call. `run` throws `conformance_failure` with the rule
/// that is broken.
namespace posthorn::testing {

namespace detail {

inline webhook sample_webhook(int n) {
    webhook w;
    w.id.data[15] = static_cast<std::uint8_t>(n);
    w.wording = "webhook " + std::to_string(n);
    w.description = "line one\nline two, with \"quotes\" and \xc3\xa9";
    w.active = n % 2 == 0;
    w.url = "https://example.com/{{project.id}}?n=" + std::to_string(n);
    w.method = verb::put;
    w.body = webhook_body("{\"n\": {{project.id}}}");
    w.headers.emplace_back("X-Plain", std::string("v"));
    w.headers.emplace_back("Authorization", secret("Bearer hush"));
    w.object = "project";
    w.what = action::modified;
    w.signing.emplace_back(secret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="));
    w.signing.emplace_back(secret("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="),
                           wall_time(std::chrono::sys_days{std::chrono::January / 1 / 2027}));
    return w;
}

inline void require_same(webhook const& a, webhook const& b) {
    require(a.id == b.id && a.wording == b.wording && a.description == b.description && a.active == b.active,
            "a registry keeps id, wording, description and active");
    require(a.url == b.url && a.method == b.method && a.object == b.object && a.what == b.what,
            "a registry keeps url, method, object and action");
    require(a.body.is_none() == b.body.is_none() && a.body.is_standard() == b.body.is_standard() &&
                a.body.text() == b.body.text(),
            "a registry keeps the body, and which kind of body it is");
    require(a.headers.size() == b.headers.size() && a.signing.size() == b.signing.size(),
            "a registry keeps all headers and all signing secrets");
    for (std::size_t i = 0; i != a.headers.size(); ++i)
        require(a.headers[i].name() == b.headers[i].name() && a.headers[i].value() == b.headers[i].value() &&
                    a.headers[i].is_secret() == b.headers[i].is_secret() &&
                    a.headers[i].secret_value() == b.headers[i].secret_value(),
                "a registry keeps each header in its place, the secret ones too");
    for (std::size_t i = 0; i != a.signing.size(); ++i)
        require(a.signing[i].key() == b.signing[i].key() &&
                    a.signing[i].not_after() == b.signing[i].not_after(),
                "a registry keeps each signing secret and its end");
}

template <class T>
[[nodiscard]] std::vector<webhook> loaded(T& registry) {
    auto all = registry.load();
    require(all.has_value(), "load succeeds when nothing is wrong");
    return *std::move(all);
}

} // namespace detail

/// The rules of Registry.
///
/// @param factory gives a new, empty registry; called once per case
template <Registry T, class Factory>
    requires std::is_invocable_r_v<T, Factory const&>
[[nodiscard]] conformance_cases registry_cases(Factory factory) {
    using detail::require, detail::loaded, detail::sample_webhook;
    conformance_cases cases;
    auto const add = [&](std::string name, std::function<void(T&)> body) {
        cases.emplace_back(std::move(name), [factory, body = std::move(body)] {
            T registry = factory();
            body(registry);
        });
    };
    add("a_new_registry_is_empty", [](T& r) { require(loaded(r).empty(), "a new registry loads nothing"); });
    add("what_was_put_is_loaded_field_by_field", [](T& r) {
        auto const w = sample_webhook(1);
        require(r.put(w).has_value(), "put succeeds when nothing is wrong");
        auto const all = loaded(r);
        require(all.size() == 1, "what was put is loaded");
        detail::require_same(all[0], w);
    });
    add("absent_things_stay_absent", [](T& r) {
        webhook w;
        w.id.data[15] = 1;
        require(r.put(w).has_value(), "put does not judge a webhook");
        detail::require_same(loaded(r).at(0), w);
        w.body = webhook_body::standard();
        require(r.put(w).has_value(), "put does not judge a webhook");
        detail::require_same(loaded(r).at(0), w);
        w.body = webhook_body("");
        require(r.put(w).has_value(), "put does not judge a webhook");
        detail::require_same(loaded(r).at(0), w);
    });
    add("webhooks_are_loaded_in_the_order_of_their_creation", [](T& r) {
        for (int const n : {9, 3, 7, 1})
            require(r.put(sample_webhook(n)).has_value(), "put succeeds when nothing is wrong");
        auto const all = loaded(r);
        require(all.size() == 4 && all[0].id.data[15] == 9 && all[1].id.data[15] == 3 &&
                    all[2].id.data[15] == 7 && all[3].id.data[15] == 1,
                "load gives webhooks in the order of their creation, not of their ids");
    });
    add("a_change_keeps_the_place_and_replaces_everything", [](T& r) {
        for (int const n : {1, 2, 3})
            (void)r.put(sample_webhook(n));
        auto changed = sample_webhook(2);
        changed.url = "https://other.example.com/";
        changed.headers.clear();
        changed.signing.pop_back();
        changed.what.reset();
        require(r.put(changed).has_value(), "a known webhook can be put again");
        auto const all = loaded(r);
        require(all.size() == 3, "a webhook that is put again is not doubled");
        require(all[1].id == changed.id, "a webhook that is put again keeps its place");
        detail::require_same(all[1], changed);
    });
    add("an_erased_webhook_is_gone_and_the_others_stay", [](T& r) {
        for (int const n : {1, 2, 3})
            (void)r.put(sample_webhook(n));
        require(r.erase(sample_webhook(2).id).has_value(), "erase succeeds when nothing is wrong");
        auto const all = loaded(r);
        require(all.size() == 2 && all[0].id.data[15] == 1 && all[1].id.data[15] == 3,
                "erase forgets one webhook and no other");
    });
    add("erasing_what_is_not_there_is_harmless", [](T& r) {
        (void)r.put(sample_webhook(1));
        (void)r.erase(sample_webhook(2).id);
        require(loaded(r).size() == 1, "erasing an unknown webhook changes nothing");
    });
    add("a_webhook_that_comes_back_is_new", [](T& r) {
        (void)r.put(sample_webhook(1));
        (void)r.put(sample_webhook(2));
        (void)r.erase(sample_webhook(1).id);
        require(r.put(sample_webhook(1)).has_value(), "an erased webhook can be put again");
        auto const all = loaded(r);
        require(all.size() == 2 && all[1].id.data[15] == 1,
                "a webhook that was erased and put again is the newest");
    });
    add("copies_share_one_state", [](T& r) {
        T copy = r;
        (void)copy.put(sample_webhook(1));
        require(loaded(r).size() == 1, "a copy of a registry is a handle of the same registry");
    });
    add("many_webhooks_are_kept", [](T& r) {
        for (int n = 0; n != 200; ++n)
            (void)r.put(sample_webhook(n));
        require(loaded(r).size() == 200, "a registry keeps hundreds of webhooks");
    });
    return cases;
}

} // namespace posthorn::testing
