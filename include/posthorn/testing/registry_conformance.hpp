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
    w.revision = static_cast<std::uint64_t>(n) + 1;
    w.wording = "webhook " + std::to_string(n);
    w.description = "line one\nline two, with \"quotes\" and \xc3\xa9";
    w.translations.emplace_back("fr", "webhook \xc3\xa0 " + std::to_string(n), "ligne 1\nligne \"2\"");
    w.translations.emplace_back("pt-BR", "", "");
    w.active = n % 2 == 0;
    w.url = "https://example.com/{{project.id}}?n=" + std::to_string(n);
    w.method = verb::put;
    w.body = webhook_body("{\"n\": {{project.id}}}");
    w.headers.emplace_back("X-Plain", std::string("v"));
    w.headers.emplace_back("Authorization", secret("Bearer hush"));
    w.object = "project";
    w.what = action::modified;
    w.filter.emplace().data[15] = static_cast<std::uint8_t>(n + 100);
    w.pace.in_flight = static_cast<std::uint32_t>(n);
    w.pace.rate = static_cast<std::uint32_t>(1000 + n);
    w.pace.period = std::chrono::minutes(n);
    w.pace.in_order = n % 2 == 0;
    w.condition = "project.label != \"a\\\\b\" && previous.id == " + std::to_string(n);
    w.signing.emplace_back(secret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="));
    w.signing.emplace_back(secret("whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY="),
                           wall_time(std::chrono::sys_days{std::chrono::January / 1 / 2027}));
    w.connection.ca = "-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----\n";
    w.connection.client_certificate = "-----BEGIN CERTIFICATE-----\nQg==\n-----END CERTIFICATE-----\n";
    w.connection.client_key = secret("-----BEGIN PRIVATE KEY-----\nQw==\n-----END PRIVATE KEY-----\n");
    w.connection.proxy = "http://proxy.example.com:3128";
    w.connection.proxy_credentials = secret("us:word");
    return w;
}

// With what a storage may stumble over: quotes, backslashes, line ends, control characters, blanks at the
// ends, other scripts.
inline filter sample_filter(int n) {
    filter f;
    f.id.data[15] = static_cast<std::uint8_t>(n);
    f.name =
        " filter " + std::to_string(n) + ": 'a' \"b\" \\ %s; -- \t\r\n\x01\x7f \xc3\xa9 \xf0\x9f\x93\xaf ";
    f.translations.emplace_back("fr", " filtre \"" + std::to_string(n) + "\" \xc3\xa9 ");
    f.translations.emplace_back("pt-BR", "");
    f.object = "project";
    f.expression = "project.label == \"\\\"\\n\\\\\xd7\xa9\" && project.id == " + std::to_string(n);
    f.owner = "o'brien\\\xe2\x80\xae" + std::to_string(n);
    f.is_public = n % 2 == 0;
    return f;
}

inline void require_same(filter const& a, filter const& b) {
    require(a.id == b.id && a.name == b.name && a.object == b.object,
            "a registry keeps a filter's id, name and object, byte for byte");
    require(a.translations == b.translations, "a registry keeps a filter's translations, in their order");
    require(a.expression == b.expression, "a registry keeps a filter's expression, byte for byte");
    require(a.owner == b.owner && a.is_public == b.is_public,
            "a registry keeps a filter's owner, and whether it is public");
}

inline void require_same(webhook const& a, webhook const& b) {
    require(a.id == b.id && a.wording == b.wording && a.description == b.description && a.active == b.active,
            "a registry keeps id, wording, description and active");
    require(a.translations == b.translations, "a registry keeps the translations, in their order");
    require(a.pace == b.pace, "a registry keeps how fast a webhook is told, and whether in order");
    require(a.revision == b.revision, "a registry keeps the revision");
    require(a.url == b.url && a.method == b.method && a.object == b.object && a.what == b.what,
            "a registry keeps url, method, object and action");
    require(a.filter == b.filter, "a registry keeps which filter a webhook names, and whether it names one");
    require(a.condition == b.condition, "a registry keeps the condition, byte for byte");
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
    require(a.connection == b.connection, "a registry keeps the connection settings, the secret ones too");
}

template <class T>
[[nodiscard]] std::vector<webhook> loaded(T& registry) {
    auto all = registry.load();
    require(all.has_value(), "load succeeds when nothing is wrong");
    return *std::move(all);
}

template <class T>
[[nodiscard]] std::vector<filter> loaded_filters(T& registry) {
    auto all = registry.load_filters();
    require(all.has_value(), "load_filters succeeds when nothing is wrong");
    return *std::move(all);
}

// The last bytes of the filters' ids, in the order in which they are loaded.
template <class T>
[[nodiscard]] std::vector<int> filter_numbers(T& registry) {
    std::vector<int> all;
    for (auto const& f : loaded_filters(registry))
        all.push_back(f.id.data[15]);
    return all;
}

template <class T, class Add>
void add_filter_cases(Add const& add) {
    add("a_new_registry_has_no_filters",
        [](T& r) { require(loaded_filters(r).empty(), "a new registry loads no filters"); });
    add("a_filter_that_was_put_is_loaded_field_by_field", [](T& r) {
        for (int const n : {1, 2})
            require(r.put(sample_filter(n)).has_value(), "put of a filter succeeds when nothing is wrong");
        auto const all = loaded_filters(r);
        require(all.size() == 2, "the filters that were put are loaded");
        require_same(all[0], sample_filter(1));
        require_same(all[1], sample_filter(2));
    });
    add("an_empty_filter_is_kept_too", [](T& r) {
        filter nothing;
        nothing.id.data[0] = 1;
        require(r.put(nothing).has_value(), "put does not judge a filter");
        require_same(loaded_filters(r).at(0), nothing);
    });
    add("filters_are_loaded_in_the_order_of_their_creation", [](T& r) {
        for (int const n : {9, 3, 7, 1})
            (void)r.put(sample_filter(n));
        require(filter_numbers(r) == std::vector<int>{9, 3, 7, 1},
                "load_filters gives filters in the order of their creation, not of their ids");
    });
    add("a_changed_filter_keeps_its_place_and_nothing_of_the_old_one", [](T& r) {
        for (int const n : {1, 2, 3})
            (void)r.put(sample_filter(n));
        filter changed;
        changed.id = sample_filter(2).id;
        changed.name = "other";
        require(r.put(changed).has_value(), "a known filter can be put again");
        require(filter_numbers(r) == std::vector<int>{1, 2, 3},
                "a filter that is put again keeps its place and is not doubled");
        require_same(loaded_filters(r).at(1), changed);
        require_same(loaded_filters(r).at(2), sample_filter(3));
    });
    add("an_erased_filter_is_gone_and_comes_back_as_the_newest", [](T& r) {
        for (int const n : {1, 2, 3})
            (void)r.put(sample_filter(n));
        require(r.erase_filter(sample_filter(1).id).has_value(),
                "erase_filter succeeds when nothing is wrong");
        require(filter_numbers(r) == std::vector<int>{2, 3}, "erase_filter forgets one filter and no other");
        require(r.put(sample_filter(1)).has_value(), "an erased filter can be put again");
        require(filter_numbers(r) == std::vector<int>{2, 3, 1},
                "a filter that was erased and put again is the newest");
    });
    add("erasing_a_filter_that_is_not_there_is_harmless", [](T& r) {
        (void)r.put(sample_filter(1));
        (void)r.erase_filter(sample_filter(2).id);
        require(filter_numbers(r) == std::vector<int>{1}, "erasing an unknown filter changes nothing");
    });
    add("filters_and_webhooks_of_one_id_are_two_things", [](T& r) {
        (void)r.put(sample_webhook(1));
        (void)r.put(sample_filter(1));
        require(loaded(r).size() == 1 && loaded_filters(r).size() == 1,
                "a filter and a webhook of the same id stand side by side");
        require_same(loaded(r).at(0), sample_webhook(1));
        require_same(loaded_filters(r).at(0), sample_filter(1));
        (void)r.erase(sample_webhook(1).id);
        require(loaded(r).empty() && loaded_filters(r).size() == 1, "erase forgets webhooks only");
        (void)r.put(sample_webhook(1));
        (void)r.erase_filter(sample_filter(1).id);
        require(loaded(r).size() == 1 && loaded_filters(r).empty(), "erase_filter forgets filters only");
    });
    add("a_filter_that_a_webhook_names_is_erased_like_any_other", [](T& r) {
        auto w = sample_webhook(1);
        w.filter = sample_filter(1).id;
        (void)r.put(sample_filter(1));
        (void)r.put(w);
        require(r.erase_filter(sample_filter(1).id).has_value(),
                "a registry does not judge who needs a filter");
        require(loaded_filters(r).empty(), "a filter that was erased is gone");
        require_same(loaded(r).at(0), w);
    });
    add("copies_share_their_filters", [](T& r) {
        T copy = r;
        (void)copy.put(sample_filter(1));
        require(filter_numbers(r) == std::vector<int>{1},
                "a copy of a registry is a handle of the same registry");
    });
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
        changed.filter.reset();
        changed.condition.clear();
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
    detail::add_filter_cases<T>(add);
    return cases;
}

} // namespace posthorn::testing
