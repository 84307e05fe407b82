// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/webhook_preparer.hpp>
#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/random_source.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// Whatever is saved can be loaded: one field at a time, or several, hold arbitrary bytes and extreme numbers.

std::string bytes(testing::seeded_random& random, std::size_t most = 12) {
    std::string text;
    for (auto size = random() % (most + 1); size != 0; --size)
        text += static_cast<char>(random() % 4 == 0 ? random() % 256 : 'a' + random() % 26);
    return text;
}

std::uint32_t number(testing::seeded_random& random) {
    constexpr std::uint32_t ends[] = {0, 1, 2, std::numeric_limits<std::uint32_t>::max()};
    return random() % 2 == 0 ? ends[random() % 4] : static_cast<std::uint32_t>(random());
}

std::int64_t wide_number(testing::seeded_random& random) {
    constexpr std::int64_t ends[] = {0,
                                     -1,
                                     1,
                                     999,
                                     5'000'000'000,
                                     std::numeric_limits<std::int64_t>::max(),
                                     std::numeric_limits<std::int64_t>::min()};
    return random() % 2 == 0 ? ends[random() % 7] : static_cast<std::int64_t>(random());
}

webhook valid() {
    return host::draft("w").on<project>().post("https://a.example.com/{{project.id}}").body("{}").value();
}

void disturb(webhook& w, testing::seeded_random& random) {
    switch (random() % 16) {
    case 0:
        w.wording = bytes(random);
        break;
    case 1:
        w.description = bytes(random);
        break;
    case 2:
        w.translations.emplace_back(bytes(random, 3), bytes(random), bytes(random));
        break;
    case 3:
        w.url = "https://a.example.com/" + bytes(random);
        break;
    case 4:
        w.headers.emplace_back("Content-Type", std::string(random() % 2 == 0 ? "text/plain" : "text/xml"));
        w.body = webhook_body(bytes(random, 40));
        break;
    case 5:
        w.headers.emplace_back("X-" + bytes(random, 4), bytes(random));
        break;
    case 6:
        w.headers.emplace_back("X-S" + bytes(random, 2), secret(bytes(random, 30)));
        break;
    case 7:
        w.condition = random() % 2 == 0 ? "project.code == \"" + bytes(random) + '"' : bytes(random);
        break;
    case 8:
        w.signing.emplace_back(secret("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="),
                               wall_time(std::chrono::nanoseconds(wide_number(random))));
        break;
    case 9:
        w.pace.in_flight = number(random);
        w.pace.rate = number(random);
        break;
    case 10:
        w.pace.period = std::chrono::milliseconds(wide_number(random));
        w.pace.rate = number(random) % 2;
        break;
    case 11:
        w.connection.ca = bytes(random, 60);
        break;
    case 12:
        w.connection.proxy = "http://p.example.com:" + std::to_string(random() % 70'000);
        w.connection.proxy_credentials = secret("u:" + bytes(random));
        break;
    case 13:
        w.connection.client_certificate = bytes(random, 60);
        w.connection.client_key = secret(bytes(random, 60));
        break;
    case 14:
        w.object = random() % 2 == 0 ? "user" : bytes(random, 4);
        w.active = random() % 2 == 0;
        break;
    default:
        w.filter.emplace();
        *w.filter->begin() = static_cast<std::uint8_t>(random());
        break;
    }
}

filter any_filter(testing::seeded_random& random) {
    filter f;
    f.name = random() % 3 == 0 ? bytes(random) : "Ours";
    f.object = random() % 8 == 0 ? bytes(random, 4) : "project";
    f.expression = random() % 2 == 0 ? "project.code == \"" + bytes(random) + '"' : "";
    f.owner = bytes(random);
    f.is_public = random() % 2 == 0;
    if (random() % 4 == 0)
        f.translations.emplace_back(bytes(random, 3), bytes(random));
    return f;
}

// What saving itself makes otherwise: the condition is canonical, some headers are secret by their name.
void normalise(webhook& given, webhook const& saved) {
    given.id = saved.id;
    given.revision = saved.revision;
    given.condition = saved.condition;
    detail::webhook_preparer::keep_secret(given);
}

struct two_hosts : host {
    two_hosts() : other(io, clock, receiver, storage, testing::seeded_random(9)) {}
    dispatcher<objects, simulated_policies> other;
};

template <class T>
[[nodiscard]] std::optional<T> found(std::vector<T> all, uuid const& id) {
    for (auto& one : all)
        if (one.id == id)
            return std::move(one);
    return std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_registry_properties)

BOOST_FIXTURE_TEST_CASE(a_webhook_is_saved_if_and_only_if_it_is_loaded_as_it_is, two_hosts) {
    std::size_t saved = 0;
    for (std::uint64_t seed = 1; seed <= 10'000; ++seed) {
        testing::seeded_random random(seed);
        auto w = valid();
        for (auto n = 1 + random() % 3; n != 0; --n)
            disturb(w, random);
        auto const before = storage.generation().value();
        auto const user = random() % 8 == 0 ? bytes(random) : std::string("ann");
        auto const id = hooks->save(w, user);
        if (!id) {
            BOOST_REQUIRE_MESSAGE(storage.generation().value() == before, "seed " << seed);
            continue;
        }
        ++saved;
        auto const loaded = found(other.webhooks(), *id);
        BOOST_REQUIRE_MESSAGE(loaded.has_value(), "seed " << seed);
        normalise(w, *loaded);
        BOOST_REQUIRE_MESSAGE(*loaded == w, "seed " << seed);
        auto const past = other.history(*id).value();
        BOOST_REQUIRE_MESSAGE(past.size() == 1U && !past[0].damaged && past[0].user == user, "seed " << seed);
        BOOST_REQUIRE(other.remove(*id).has_value());
    }
    BOOST_TEST(other.damaged().empty());
    // Neither is the rule everything or nothing.
    BOOST_TEST(saved > 1000U);
    BOOST_TEST(saved < 9000U);
}

BOOST_FIXTURE_TEST_CASE(a_filter_is_saved_if_and_only_if_it_is_loaded_as_it_is, two_hosts) {
    std::size_t saved = 0;
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        testing::seeded_random random(seed);
        auto f = any_filter(random);
        auto const before = storage.generation().value();
        auto const id = hooks->save(f);
        if (!id) {
            BOOST_REQUIRE_MESSAGE(storage.generation().value() == before, "seed " << seed);
            continue;
        }
        ++saved;
        auto const loaded = found(other.filters(), *id);
        BOOST_REQUIRE_MESSAGE(loaded.has_value(), "seed " << seed);
        f.id = *id;
        f.revision = 1;
        f.expression = loaded->expression;
        BOOST_REQUIRE_MESSAGE(*loaded == f, "seed " << seed);
        BOOST_REQUIRE(other.remove_filter(*id).has_value());
    }
    BOOST_TEST(other.damaged().empty());
    BOOST_TEST(saved > 300U);
    BOOST_TEST(saved < 2700U);
}

BOOST_AUTO_TEST_SUITE_END()
