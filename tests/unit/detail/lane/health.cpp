// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/lane/health.hpp>

#include <boost/test/unit_test.hpp>

#include <ostream>

namespace posthorn::detail {

inline std::ostream& operator<<(std::ostream& out, health h) {
    return out << static_cast<int>(h);
}

} // namespace posthorn::detail

namespace {

using posthorn::errc;
using posthorn::exchange;
using posthorn::detail::health;
using posthorn::detail::health_of;

health of_status(int status) {
    exchange x;
    x.response.status = status;
    if (status < 200 || status > 299)
        x.error = errc::http_status;
    return health_of(x);
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_health)

BOOST_AUTO_TEST_CASE(of_every_status) {
    for (int s = 200; s != 600; ++s) {
        auto const expected = s == 429 || s == 502 || s == 503 || s == 504 ? health::overloaded
                              : s >= 500                                   ? health::failing
                                                                           : health::well;
        BOOST_TEST(of_status(s) == expected, "status " << s);
    }
}

BOOST_AUTO_TEST_CASE(of_every_error) {
    struct row {
        errc error;
        health expected;
    };
    using enum health;
    for (auto const& r :
         {row{errc::dns_timeout, overloaded}, row{errc::connect_timeout, overloaded},
          row{errc::tls_timeout, overloaded}, row{errc::response_timeout, overloaded},
          row{errc::total_timeout, overloaded}, row{errc::cancelled, unknown},
          row{errc::blocked_address, unknown}, row{errc::policy_threw, unknown},
          row{errc::dns_failed, failing}, row{errc::connect_refused, failing},
          row{errc::connect_failed, failing}, row{errc::tls_handshake_failed, failing},
          row{errc::tls_verify_failed, failing}, row{errc::connection_reset, failing},
          row{errc::eof_before_response, failing}, row{errc::partial_response, failing},
          row{errc::bad_version, failing}, row{errc::bad_status, failing}, row{errc::header_limit, failing}})
        BOOST_TEST(health_of(exchange(r.error)) == r.expected, posthorn::make_error_code(r.error).message());
    BOOST_TEST(health_of(exchange(boost::system::errc::make_error_code(boost::system::errc::io_error))) ==
               failing);
}

BOOST_AUTO_TEST_SUITE_END()
