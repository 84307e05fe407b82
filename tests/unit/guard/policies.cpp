// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/address_guard.hpp>
#include <posthorn/guard/allow_list.hpp>
#include <posthorn/guard/public_addresses.hpp>

#include "../../support/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Rules that a host adds to the guard of the library, as the catalogue has them.

namespace {

using posthorn::url;
using posthorn::test::text_of;

// What the host wants beside public addresses.
class strict_guard {
  public:
    explicit strict_guard(boost::json::object const& rules) {
        https_only_ = rules.contains("https_only");
        names_only_ = rules.contains("require_hostname");
        if (auto const* const denied = rules.if_contains("deny_host"))
            for (auto const& name : denied->as_array())
                denied_.emplace_back(std::string_view(name.as_string()).substr(2));
        if (auto const* const opened = rules.if_contains("allow_cidr"))
            for (auto const& network : opened->as_array())
                BOOST_TEST(!base_.allow_network(network.as_string()).has_value());
    }

    [[nodiscard]] bool allows_endpoint(url const& endpoint) const noexcept {
        return base_.allows_endpoint(endpoint) && (endpoint.https() || !https_only_) &&
               !(endpoint.is_address() && names_only_) &&
               std::none_of(denied_.begin(), denied_.end(), [&](std::string const& name) {
                   return posthorn::detail::is_name_within(endpoint.host(), name);
               });
    }

    [[nodiscard]] bool allows_address(boost::asio::ip::address const& a, std::uint16_t port) const noexcept {
        return base_.allows_address(a, port);
    }

  private:
    posthorn::allow_list base_;
    bool https_only_ = false;
    bool names_only_ = false;
    std::vector<std::string> denied_;
};

static_assert(posthorn::AddressGuard<strict_guard>);

} // namespace

BOOST_AUTO_TEST_SUITE(guard_policies)

BOOST_AUTO_TEST_CASE(gives_the_verdicts_of_the_catalogue) {
    posthorn::test::claimed_entries claimed("guard_policies");
    claimed.each([&](std::string const&, boost::json::object const& entry) {
        strict_guard const guard(entry.at("context").as_object());
        auto const parsed = posthorn::parse_url(text_of(entry, "input"));
        BOOST_REQUIRE(parsed.has_value());
        BOOST_TEST(guard.allows_endpoint(*parsed) == (claimed.expected(entry) == "accept"));
    });
    BOOST_TEST(claimed.all().size() == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
