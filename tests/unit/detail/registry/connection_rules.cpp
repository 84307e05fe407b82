// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/connection_rules.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace posthorn;

namespace {

using texts = std::vector<std::string>;

// What is wrong: the fields, with the codes.
texts said(connection_settings const& c, bool https = true) {
    field_errors errors;
    detail::check_connection(c, https, errors);
    texts all;
    for (auto const& e : errors)
        all.push_back(e.field() + ' ' + std::string(e.code()));
    return all;
}

connection_settings with_proxy(std::string proxy, std::string credentials = {}) {
    connection_settings c;
    c.proxy = std::move(proxy);
    c.proxy_credentials = secret(credentials);
    return c;
}

} // namespace

BOOST_AUTO_TEST_SUITE(unit_connection_rules)

BOOST_AUTO_TEST_CASE(settings_are_empty_until_one_is_set) {
    connection_settings c;
    BOOST_TEST(c.empty());
    BOOST_TEST(said(c).empty());
    BOOST_TEST(said(c, false).empty());
    for (auto const set :
         {&connection_settings::ca, &connection_settings::client_certificate, &connection_settings::proxy}) {
        connection_settings one;
        one.*set = "x";
        BOOST_TEST(!one.empty());
        BOOST_TEST(!(one == c));
    }
    for (auto const set : {&connection_settings::client_key, &connection_settings::proxy_credentials}) {
        connection_settings one;
        one.*set = secret("x");
        BOOST_TEST(!one.empty());
        BOOST_TEST(!(one == c));
    }
}

BOOST_AUTO_TEST_CASE(a_proxy_is_an_http_url_of_host_and_port) {
    for (auto const* const good :
         {"http://proxy.example.com:3128", "http://10.0.0.1:8080/", "http://p", "http://[fd00::1]:3128"})
        BOOST_TEST(said(with_proxy(good)).empty(), good);
    for (auto const* const bad :
         {"proxy.example.com:3128", "https://proxy.example.com", "socks5://p:1", "http://us:word@p:1",
          "http://p:1/path", "http://p:1/?q", "http://p:1#f", "http://p:0", "http://", " http://p"})
        BOOST_TEST((said(with_proxy(bad)) == texts{"connection.proxy proxy_malformed"}), bad);
    BOOST_TEST(detail::proxy_of(with_proxy("http://Proxy.example.com:3128"))->authority() ==
               "proxy.example.com:3128");
    BOOST_TEST(!detail::proxy_of(connection_settings()).has_value());
}

BOOST_AUTO_TEST_CASE(credentials_have_a_colon_a_proxy_and_no_control_characters) {
    std::string const to = "http://p:1";
    for (auto const* const good : {"us:word", "us:", ":word", "us:wo:rd", "us:w\xc3\xb6rd"})
        BOOST_TEST(said(with_proxy(to, good)).empty(), good);
    for (auto const& bad : {std::string("word"), std::string("us:wo\nrd"), std::string("us:w\0rd", 7),
                            std::string("us:\x7f"), "us:" + std::string(510, 'x')})
        BOOST_TEST(
            (said(with_proxy(to, bad)) == texts{"connection.proxy_credentials proxy_credentials_malformed"}));
    BOOST_TEST((said(with_proxy("", "us:word")) == texts{"connection.proxy proxy_missing"}));
}

// The example of RFC 7617, section 2.
BOOST_AUTO_TEST_CASE(credentials_are_written_as_the_basic_scheme_wants) {
    BOOST_TEST(detail::proxy_authorization(with_proxy("http://p", "Aladdin:open sesame")).reveal() ==
               "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
    BOOST_TEST(detail::proxy_authorization(with_proxy("http://p")).empty());
}

BOOST_AUTO_TEST_CASE(a_certificate_and_its_key_come_together) {
    connection_settings c;
    c.client_certificate = "x";
    BOOST_TEST((said(c) == texts{"connection.client_key client_key_missing"}));
    c.client_key = secret("x");
    BOOST_TEST(said(c).empty());
    c.client_certificate.clear();
    BOOST_TEST((said(c) == texts{"connection.client_certificate client_certificate_missing"}));
}

BOOST_AUTO_TEST_CASE(what_protects_https_is_refused_for_http) {
    connection_settings c;
    c.ca = c.client_certificate = "x";
    c.client_key = secret("x");
    BOOST_TEST(said(c).empty());
    BOOST_TEST((said(c, false) ==
                texts{"connection.ca tls_without_https", "connection.client_certificate tls_without_https"}));
    BOOST_TEST(said(with_proxy("http://p"), false).empty());
}

BOOST_AUTO_TEST_CASE(texts_have_a_longest) {
    connection_settings c;
    c.ca = std::string(detail::max_authorities, 'x');
    c.client_certificate = std::string(detail::max_client_certificate, 'x');
    c.client_key = secret(std::string(detail::max_client_key, 'x'));
    BOOST_TEST(said(c).empty());
    c.ca += 'x';
    c.client_certificate += 'x';
    c.client_key = secret(std::string(detail::max_client_key + 1, 'x'));
    BOOST_TEST((said(c) == texts{"connection.ca text_too_long", "connection.client_certificate text_too_long",
                                 "connection.client_key text_too_long"}));
}

BOOST_AUTO_TEST_SUITE_END()
