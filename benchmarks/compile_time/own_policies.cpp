// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host with a signature scheme of its own, without retries, with a log.

#include <posthorn/defaults.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <string>

struct project {
    std::int64_t id;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

struct token_signer {
    struct key {
        posthorn::secret token;
    };
    posthorn::result<key> make_key(posthorn::signing_secrets const& secrets) const {
        return key{secrets.empty() ? posthorn::secret() : secrets.back().key()};
    }
    static void sign(key& with, posthorn::signed_message const&, posthorn::header_block& out) {
        out.add("X-Token", with.token.reveal());
    }
};

struct policies : posthorn::default_policies::with_signer<token_signer>::with_retry<
                      posthorn::no_retry>::with_observer<posthorn::json_log> {};

int main() {
    boost::asio::io_context io;
    posthorn::dispatcher<objects, policies> hooks{io};
    auto const saved = hooks.save(hooks.webhook("x")
                                      .on<project>()
                                      .post("https://example.com/")
                                      .body(posthorn::default_body)
                                      .sign(posthorn::secret("abc")));
    hooks.async_run(boost::asio::detached);
    project const p{1, "A"};
    hooks.dispatch(posthorn::created(p));
    hooks.async_drain(std::chrono::seconds(3), boost::asio::detached);
    io.run();
    return saved ? 0 : 1;
}
