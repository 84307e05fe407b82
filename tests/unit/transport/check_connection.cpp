// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/transport/beast_async.hpp>
#include <posthorn/transport/beast_sync.hpp>

#include "../../support/certificates.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/err.h>

#include <string>
#include <vector>

using namespace posthorn;
using test::certificate;
using test::certificate_authority;

namespace {

using texts = std::vector<std::string>;

certificate_authority const& authority() {
    static certificate_authority const made;
    return made;
}

certificate const& ours() {
    static certificate const made = authority().issue("DNS:us.example.com");
    return made;
}

// What is wrong: the fields, with the codes; the same for both transports.
texts said(connection_settings const& c) {
    field_errors errors;
    beast_async::check_connection(c, errors);
    field_errors again;
    beast_sync::check_connection(c, again);
    BOOST_TEST(errors.text() == again.text());
    BOOST_TEST(ERR_peek_error() == 0UL);
    texts all;
    for (auto const& e : errors)
        all.push_back(e.field() + ' ' + std::string(e.code()));
    return all;
}

texts of_ca(std::string pem) {
    connection_settings c;
    c.ca = std::move(pem);
    return said(c);
}

texts of_client(std::string chain, std::string const& key) {
    connection_settings c;
    c.client_certificate = std::move(chain);
    c.client_key = secret(key);
    return said(c);
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_check_connection)

BOOST_AUTO_TEST_CASE(certificates_in_pem_are_taken) {
    auto const one = authority().pem();
    BOOST_TEST(said(connection_settings()).empty());
    BOOST_TEST(of_ca(one).empty());
    BOOST_TEST(of_ca(one + "\n\n" + ours().pem()).empty());
    // The same twice, and what `openssl x509 -text` writes before it.
    BOOST_TEST(of_ca(one + one).empty());
    BOOST_TEST(of_ca("Certificate:\n    Data:\n" + one).empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_refused) {
    auto const one = authority().pem();
    texts const malformed{"connection.ca certificates_malformed"};
    auto damaged = one;
    damaged[one.size() / 2] = '!';
    auto other = one;
    other[one.size() / 2] = other[one.size() / 2] == 'A' ? 'B' : 'A';
    for (auto const& text :
         {std::string("no certificate"), std::string("\0", 1), one.substr(0, one.size() / 2), damaged,
          one + damaged, one + one.substr(0, one.size() / 2),
          std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
          std::string("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"),
          std::string("-----BEGIN PUBLIC KEY-----\nQUJD\n-----END PUBLIC KEY-----\n") + one,
          std::string("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: "
                      "AES-256-CBC,00000000000000000000000000000000\n\nQUJD\n-----END CERTIFICATE-----\n")})
        BOOST_TEST((of_ca(text) == malformed), text);
    BOOST_TEST(of_client("no certificate", ours().key_pem()) ==
                   (texts{"connection.client_certificate certificates_malformed"}),
               boost::test_tools::per_element());
}

// It would be stored and shown in clear.
BOOST_AUTO_TEST_CASE(a_key_among_certificates_is_refused) {
    BOOST_TEST((of_ca(authority().pem() + ours().key_pem()) == texts{"connection.ca certificates_with_key"}));
    BOOST_TEST((of_client(ours().pem() + ours().key_pem(), ours().key_pem()) ==
                texts{"connection.client_certificate certificates_with_key"}));
    BOOST_TEST((of_ca("-----BEGIN EC PRIVATE KEY-----\n") == texts{"connection.ca certificates_with_key"}));
}

BOOST_AUTO_TEST_CASE(a_certificate_is_shown_with_its_own_key) {
    BOOST_TEST(of_client(ours().pem(), ours().key_pem()).empty());
    BOOST_TEST(of_client(ours().pem() + authority().pem(), ours().key_pem()).empty());
    texts const other{"connection.client_key client_key_other"};
    BOOST_TEST((of_client(ours().pem(), authority().issue("DNS:us.example.com").key_pem()) == other));
    // The order counts.
    BOOST_TEST((of_client(authority().pem() + ours().pem(), ours().key_pem()) == other));
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_be_read_is_refused) {
    texts const malformed{"connection.client_key client_key_malformed"};
    auto const key = ours().key_pem();
    for (auto const& text : {std::string("no key"), key.substr(0, key.size() / 2), ours().pem(),
                             std::string("-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----\n")})
        BOOST_TEST((of_client(ours().pem(), text) == malformed), text);
    BOOST_TEST((of_client(ours().pem(), ours().key_pem("word")) ==
                texts{"connection.client_key client_key_encrypted"}));
    BOOST_TEST((of_client(ours().pem(), "") == texts{"connection.client_key client_key_missing"}));
    BOOST_TEST((of_client("", key) == texts{"connection.client_certificate client_certificate_missing"}));
}

BOOST_AUTO_TEST_CASE(everything_wrong_is_told_at_once) {
    connection_settings c;
    c.ca = "x";
    c.client_certificate = "y";
    c.client_key = secret("z");
    BOOST_TEST(said(c) == (texts{"connection.ca certificates_malformed",
                                 "connection.client_certificate certificates_malformed",
                                 "connection.client_key client_key_malformed"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
