// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// One webhook, one change, one signed POST; the receiver in this program checks the signature.

#include <posthorn/defaults.hpp>
#include <posthorn/signing/verify.hpp>

#include "../common/receiver.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <future>
#include <string>

struct project {
    std::int64_t id;
    std::string label;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, label))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

// The defaults refuse loopback addresses; this host allows the one port that its receiver listens on.
struct policies : posthorn::default_policies::with_guard<posthorn::allow_list> {};

int main() {
    posthorn::secret const key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    example::receiver receiver;
    auto arrived = std::async(std::launch::async, [&] {
        auto socket = receiver.accept();
        auto request = example::read_request(socket);
        example::answer(socket, "204 No Content");
        return request;
    });

    boost::asio::io_context io;
    posthorn::dispatcher<objects, policies> hooks{io, posthorn::allow_list().allow_loopback(receiver.port())};
    auto const saved = hooks.save(
        hooks.webhook("Tell the archive")
            .on<project>(posthorn::action::modified)
            .post("http://127.0.0.1:" + std::to_string(receiver.port()) + "/projects/{{project.id}}")
            .body(posthorn::default_body)
            .sign(key));
    if (!saved) {
        std::puts(saved.error().text().c_str());
        return 1;
    }

    hooks.async_run(boost::asio::detached);
    project const before{42, "Town hall"};
    project const after{42, "New town hall"};
    auto const told = hooks.dispatch(posthorn::modified(before, after).by("ada"));
    std::printf("matched %zu, accepted %zu\n", told.matched(), told.accepted());
    hooks.async_drain(std::chrono::seconds(10), boost::asio::detached);
    io.run();

    auto request = arrived.get();
    std::printf("%s\n%s\n", request.request_line.c_str(), request.body.c_str());
    auto const verifier = posthorn::webhook_verifier::create({key}).value();
    auto const valid =
        verifier.verify(request.headers["webhook-id"], request.headers["webhook-timestamp"],
                        request.headers["webhook-signature"], request.body, posthorn::system_clock().now());
    std::printf("signature: %s\n", valid ? "valid" : valid.error().message().c_str());
    return valid && request.request_line == "POST /projects/42 HTTP/1.1" ? 0 : 1;
}
