// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/address_guard.hpp>
#include <posthorn/guard/allow_list.hpp>
#include <posthorn/guard/public_addresses.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

namespace {

using boost::asio::ip::address;
using posthorn::AddressGuard;
using posthorn::url;

// Only what the concept asks for.
struct archetype {
    archetype() = delete;
    explicit archetype(int) {}
    archetype(archetype const&) = delete;
    archetype& operator=(archetype const&) = delete;
    ~archetype() = default;

    bool allows_endpoint(url const&) const noexcept { return true; }
    bool allows_address(address const&, std::uint16_t) const noexcept { return false; }
};

struct without_endpoint {
    bool allows_address(address const&, std::uint16_t) const noexcept;
};

struct without_address {
    bool allows_endpoint(url const&) const noexcept;
};

struct endpoint_not_const {
    bool allows_endpoint(url const&) noexcept;
    bool allows_address(address const&, std::uint16_t) const noexcept;
};

struct address_not_const {
    bool allows_endpoint(url const&) const noexcept;
    bool allows_address(address const&, std::uint16_t) noexcept;
};

struct endpoint_may_throw {
    bool allows_endpoint(url const&) const;
    bool allows_address(address const&, std::uint16_t) const noexcept;
};

struct address_may_throw {
    bool allows_endpoint(url const&) const noexcept;
    bool allows_address(address const&, std::uint16_t) const;
};

struct endpoint_answers_int {
    int allows_endpoint(url const&) const noexcept;
    bool allows_address(address const&, std::uint16_t) const noexcept;
};

struct address_answers_nothing {
    bool allows_endpoint(url const&) const noexcept;
    void allows_address(address const&, std::uint16_t) const noexcept;
};

struct address_without_port {
    bool allows_endpoint(url const&) const noexcept;
    bool allows_address(address const&) const noexcept;
};

struct refreshed : archetype {
    using archetype::archetype;
    void refresh(posthorn::steady_time) const noexcept {}
};

struct refresh_may_throw : archetype {
    void refresh(posthorn::steady_time) const;
};

struct refresh_not_const : archetype {
    void refresh(posthorn::steady_time) noexcept;
};

struct refresh_without_time : archetype {
    void refresh() const noexcept;
};

struct refresh_answers : archetype {
    bool refresh(posthorn::steady_time) const noexcept;
};

struct address_not_const_argument {
    bool allows_endpoint(url const&) const noexcept;
    bool allows_address(address&, std::uint16_t) const noexcept;
};

} // namespace

static_assert(posthorn::check_address_guard<archetype>());
static_assert(posthorn::check_address_guard<posthorn::public_addresses>());
static_assert(posthorn::check_address_guard<posthorn::allow_list>());
static_assert(AddressGuard<archetype>);
static_assert(AddressGuard<posthorn::public_addresses>);
static_assert(AddressGuard<posthorn::allow_list>);
static_assert(posthorn::check_address_guard<refreshed>());
static_assert(posthorn::RefreshableGuard<refreshed>);
static_assert(posthorn::RefreshableGuard<posthorn::public_addresses>);
static_assert(posthorn::RefreshableGuard<posthorn::allow_list>);
static_assert(!posthorn::RefreshableGuard<archetype>);
static_assert(!posthorn::RefreshableGuard<refresh_may_throw>);
static_assert(!posthorn::RefreshableGuard<refresh_not_const>);
static_assert(!posthorn::RefreshableGuard<refresh_without_time>);
static_assert(!posthorn::RefreshableGuard<refresh_answers>);
static_assert(!AddressGuard<int>);
static_assert(!AddressGuard<without_endpoint>);
static_assert(!AddressGuard<without_address>);
static_assert(!AddressGuard<endpoint_not_const>);
static_assert(!AddressGuard<address_not_const>);
static_assert(!AddressGuard<endpoint_may_throw>);
static_assert(!AddressGuard<address_may_throw>);
static_assert(!AddressGuard<endpoint_answers_int>);
static_assert(!AddressGuard<address_answers_nothing>);
static_assert(!AddressGuard<address_without_port>);
static_assert(!AddressGuard<address_not_const_argument>);

BOOST_AUTO_TEST_SUITE(concepts_address_guard)

BOOST_AUTO_TEST_CASE(the_archetype_can_be_asked) {
    auto const ask = [](AddressGuard auto const& guard) {
        return guard.allows_endpoint(posthorn::parse_url("https://example.com/").value()) &&
               !guard.allows_address(address(), 443);
    };
    BOOST_TEST(ask(archetype(1)));
}

BOOST_AUTO_TEST_SUITE_END()
