// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// HTTPS to a receiver with a private CA: first refused, since nobody vouches for it, then trusted by name.
// Two keys sign during a rotation, and the receiver accepts either.

#include <posthorn/defaults.hpp>
#include <posthorn/signing/verify.hpp>

#include "../common/receiver.hpp"
#include "certificate.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <string>

namespace ssl = boost::asio::ssl;

struct invoice {
    std::int64_t id;
    double total;
};
BOOST_DESCRIBE_STRUCT(invoice, (), (id, total))

using objects = posthorn::catalog<posthorn::object<invoice, "invoice">>;

struct policies : posthorn::default_policies::with_guard<posthorn::allow_list>::with_retry<
                      posthorn::no_retry>::with_observer<posthorn::counters> {};

// Reads one request over TLS; an empty one if the sender did not trust the certificate.
example::received receive(example::receiver& receiver, example::certificate const& who) {
    ssl::context context(ssl::context::tls_server);
    SSL_CTX_use_certificate(context.native_handle(), who.x509.get());
    SSL_CTX_use_PrivateKey(context.native_handle(), who.key.get());
    ssl::stream<example::tcp::socket> stream(receiver.accept(), context);
    boost::system::error_code refused;
    stream.handshake(ssl::stream_base::server, refused);
    if (refused)
        return {};
    try {
        auto request = example::read_request(stream);
        example::answer(stream, "200 OK");
        return request;
    } catch (boost::system::system_error const&) {
        // With TLS 1.3 the server learns that it is not trusted only when it reads.
        return {};
    }
}

// Sends one event and gives what the receiver read, and what the sender counted.
std::pair<example::received, posthorn::counter_values> tell(posthorn::beast_async const& transport,
                                                            example::certificate const& who) {
    example::receiver receiver;
    auto arrived = std::async(std::launch::async, [&] { return receive(receiver, who); });
    boost::asio::io_context io;
    posthorn::counters const counted;
    posthorn::dispatcher<objects, policies> hooks{io, transport, counted,
                                                  posthorn::allow_list().allow_loopback(receiver.port())};
    auto const saved =
        hooks.save(hooks.webhook("Book-keeping")
                       .on<invoice>(posthorn::action::created)
                       .post("https://localhost:" + std::to_string(receiver.port()) + "/invoices")
                       .body(posthorn::default_body)
                       .header("Authorization", posthorn::secret("Bearer 5d41402abc4b2a76"))
                       .sign(posthorn::secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
                       .sign(posthorn::secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")));
    if (!saved)
        std::puts(saved.error().text().c_str());
    hooks.async_run(boost::asio::detached);
    invoice const written{2026, 1234.5};
    hooks.dispatch(posthorn::created(written));
    hooks.async_drain(std::chrono::seconds(10), boost::asio::detached);
    io.run();
    return {arrived.get(), counted.values()};
}

int main() {
    auto const who = example::make_certificate();

    auto const [nothing, refused] = tell(posthorn::beast_async(), who);
    std::printf("unknown CA: delivered %d, request line \"%s\"\n", static_cast<int>(refused.delivered),
                nothing.request_line.c_str());

    auto [request, trusted] = tell(posthorn::beast_async().trust_pem(who.pem), who);
    auto const verifier =
        posthorn::webhook_verifier::create({posthorn::secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")})
            .value();
    auto const valid =
        verifier.verify(request.headers["webhook-id"], request.headers["webhook-timestamp"],
                        request.headers["webhook-signature"], request.body, posthorn::system_clock().now());
    std::printf("trusted CA: delivered %d, %s, signature %s\n", static_cast<int>(trusted.delivered),
                request.request_line.c_str(), valid ? "valid" : "not valid");
    bool const good = refused.delivered == 0 && nothing.request_line.empty() && trusted.delivered == 1 &&
                      valid && request.headers["authorization"] == "Bearer 5d41402abc4b2a76";
    return good ? 0 : 1;
}
