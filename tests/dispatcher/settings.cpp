// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/dispatcher.hpp>

#include "support/archetypes.hpp"
#include "support/dispatcher_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

// The dispatcher below its types, on one shard, with this registry.
template <class Registry>
struct core_host {
    struct policies : simulated_policies::with_registry<Registry> {};

    explicit core_host(Registry registry) : receiver(clock) {
        detail::policy_values<policies> values{
            receiver, {}, std::move(registry), storage, {}, {}, {}, {}, clock, testing::seeded_random(7), {}};
        core = std::make_unique<detail::core>(
            objects::schema(), shards(io), std::make_unique<detail::policies_of<policies>>(std::move(values)),
            options());
    }
    core_host(core_host const&) = delete;
    core_host& operator=(core_host const&) = delete;
    ~core_host() { core->stop(); }

    boost::asio::io_context io;
    testing::simulated_clock clock;
    testing::scripted_transport receiver;
    memory_storage storage;
    std::unique_ptr<detail::core> core;
};

// Knows whether two calls of it were ever made at once.
class lonely_registry : public archetypes::registry {
  public:
    lonely_registry() : registry(0) {}

    result<void> put_setting(std::string_view, std::string_view, std::string_view) { return alone(); }
    result<void> erase_setting(std::string_view, std::string_view) { return alone(); }
    result<std::optional<std::string>> find_setting(std::string_view, std::string_view) {
        (void)alone();
        return std::optional<std::string>();
    }
    result<std::vector<setting>> settings(std::string_view, std::string_view, std::size_t) {
        (void)alone();
        return std::vector<setting>();
    }
    result<std::vector<history_entry>> history_after(std::uint64_t, std::size_t) {
        (void)alone();
        return std::vector<history_entry>();
    }

    [[nodiscard]] bool was_met() const { return *met_; }
    [[nodiscard]] int calls() const { return *calls_; }

  private:
    result<void> alone() {
        if (++*inside_ != 1)
            *met_ = true;
        ++*calls_;
        std::this_thread::yield();
        --*inside_;
        return {};
    }

    std::shared_ptr<std::atomic<int>> inside_ = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<int>> calls_ = std::make_shared<std::atomic<int>>(0);
    std::shared_ptr<std::atomic<bool>> met_ = std::make_shared<std::atomic<bool>>(false);
};

class throwing_registry : public archetypes::registry {
  public:
    throwing_registry() : registry(0) {}

    result<void> put_setting(std::string_view, std::string_view, std::string_view) {
        throw std::runtime_error("no");
    }
    result<void> erase_setting(std::string_view, std::string_view) { throw std::runtime_error("no"); }
    result<std::optional<std::string>> find_setting(std::string_view, std::string_view) {
        throw std::runtime_error("no");
    }
    result<std::vector<setting>> settings(std::string_view, std::string_view, std::size_t) {
        throw std::runtime_error("no");
    }
    result<std::vector<history_entry>> history_after(std::uint64_t, std::size_t) {
        throw std::runtime_error("no");
    }
};

// What each of the five says.
std::vector<error_code> errors_of(detail::core const& core) {
    return {core.put_setting("kind", "key", "value").error(), core.erase_setting("kind", "key").error(),
            core.find_setting("kind", "key").error(), core.settings("kind", "", 1).error(),
            core.history_after(0, 1).error()};
}

static_assert(detail::keeps_seals<detail::core const> && detail::keeps_seals<memory_storage>);

} // namespace

BOOST_AUTO_TEST_SUITE(dispatcher_settings)

BOOST_AUTO_TEST_CASE(settings_go_to_the_registry_and_come_from_it) {
    memory_storage kept;
    core_host<memory_storage> h(kept);
    BOOST_TEST(h.core->put_setting("active", "ann", "one").has_value());
    BOOST_TEST(h.core->put_setting("active", "ben", "two").has_value());
    BOOST_TEST((kept.find_setting("active", "ann").value() == "one"));
    BOOST_TEST((h.core->find_setting("active", "ben").value() == "two"));
    BOOST_TEST(
        (h.core->settings("active", "ann", 10).value() == std::vector<setting>{{"active", "ben", "two"}}));
    BOOST_TEST(h.core->settings("active", "", 1).value().size() == 1U);
    BOOST_TEST(h.core->erase_setting("active", "ann").has_value());
    BOOST_TEST(!kept.find_setting("active", "ann").value().has_value());
}

BOOST_AUTO_TEST_CASE(the_history_of_all_webhooks_is_listed) {
    core_host<memory_storage> h{memory_storage()};
    for (auto const* const wording : {"first", "second"})
        BOOST_TEST(
            h.core
                ->save(host::draft(wording).on<project>().post("https://a.example.com/").body("{}").value(),
                       "ann")
                .has_value());
    auto const all = h.core->history_after(0, 10).value();
    BOOST_REQUIRE_EQUAL(all.size(), 2U);
    BOOST_TEST(all[0].changes.at(0).to == "first");
    BOOST_TEST(all[1].changes.at(0).to == "second");
    BOOST_TEST((h.core->history_after(all[0].number, 10).value() == std::vector<history_entry>{all[1]}));
}

BOOST_AUTO_TEST_CASE(the_history_is_sealed_through_the_dispatcher) {
    encryption_keys const keys = static_keys::make(encryption_key("k", secret(std::string(32, 'k')))).value();
    core_host<memory_storage> const h{memory_storage()};
    BOOST_TEST(
        h.core->save(host::draft().on<project>().post("https://a.example.com/").body("{}").value(), "ann")
            .has_value());
    BOOST_TEST(admin::seal_new(*h.core, keys).value().sealed == 1U);
    BOOST_TEST(admin::verify_all(*h.core, keys).value().sealed == 1U);
    core_host<archetypes::registry> const none(archetypes::registry(0));
    BOOST_TEST((admin::seal_new(*none.core, keys).error() == errc::not_supported));
    BOOST_TEST((admin::verify_all(*none.core, keys).error() == errc::not_supported));
}

BOOST_AUTO_TEST_CASE(a_registry_without_them_says_so) {
    core_host<archetypes::registry> h(archetypes::registry(0));
    for (auto const& error : errors_of(*h.core))
        BOOST_TEST((error == errc::not_supported));
}

BOOST_AUTO_TEST_CASE(what_a_registry_throws_is_an_error) {
    core_host<throwing_registry> h{throwing_registry()};
    for (auto const& error : errors_of(*h.core))
        BOOST_TEST((error == errc::policy_threw));
}

BOOST_AUTO_TEST_CASE(a_registry_gets_one_call_at_a_time) {
    lonely_registry const registry;
    core_host<lonely_registry> h(registry);
    auto const at_load = registry.calls();
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n != 200; ++n)
                (void)errors_of(*h.core);
        });
    for (auto& t : threads)
        t.join();
    BOOST_TEST(!registry.was_met());
    BOOST_TEST(registry.calls() - at_load == 4 * 200 * 5);
}

BOOST_AUTO_TEST_SUITE_END()
