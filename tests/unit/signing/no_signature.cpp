// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/signing/no_signature.hpp>

#include <boost/test/unit_test.hpp>

static_assert(posthorn::check_signer<posthorn::no_signature>());

namespace {

BOOST_AUTO_TEST_SUITE(signing_no_signature)

BOOST_AUTO_TEST_CASE(adds_nothing) {
    auto key = posthorn::no_signature().make_key({});
    BOOST_REQUIRE(key.has_value());
    posthorn::header_block out;
    out.add("Host", "receiver.example");
    posthorn::no_signature::sign(*key, {"msg_1", posthorn::wall_time{}, "{}"}, out);
    BOOST_TEST(out.text() == "Host: receiver.example\r\n");
}

BOOST_AUTO_TEST_CASE(secrets_that_would_not_be_used_are_refused) {
    posthorn::signing_secrets const secrets{
        posthorn::signing_secret(posthorn::secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))};
    auto const key = posthorn::no_signature().make_key(secrets);
    BOOST_REQUIRE(key.has_error());
    BOOST_TEST(key.error() == make_error_code(posthorn::errc::bad_key));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
