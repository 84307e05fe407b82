// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A host with a transport of its own: one event, one request. The same program for all consumers.

#include <posthorn/environment/system_clock.hpp>
#include <posthorn/environment/system_random.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/observe/no_observer.hpp>
#include <posthorn/posthorn.hpp>
#include <posthorn/retry/standard_schedule.hpp>
#include <posthorn/signing/no_signature.hpp>
#include <posthorn/storage/memory.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

struct project {
    std::int64_t id;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

class recording {
  public:
    explicit recording(std::shared_ptr<std::string> seen) : seen_(std::move(seen)) {}

    boost::asio::awaitable<posthorn::exchange> send(posthorn::request const& r) {
        seen_->append(r.endpoint->host()).append(r.target);
        posthorn::exchange answered;
        answered.response.status = 204;
        co_return answered;
    }

    void cancel() noexcept {}

  private:
    std::shared_ptr<std::string> seen_;
};

struct policies : posthorn::default_policies::with_transport<recording>::with_signer<posthorn::no_signature> {
};

int main() {
    boost::asio::io_context io;
    auto const seen = std::make_shared<std::string>();
    posthorn::dispatcher<objects, policies> hooks{io, recording(seen)};

    auto const saved = hooks.save(hooks.webhook("Tell the archive")
                                      .on<project>(posthorn::action::created)
                                      .post("https://archive.example.com/projects/{{project.code}}")
                                      .body(posthorn::default_body));
    if (!saved) {
        std::puts(saved.error().text().c_str());
        return 1;
    }
    hooks.async_run(boost::asio::detached);
    project const opened{1, "a&b"};
    hooks.dispatch(posthorn::created(opened));
    posthorn::error_code drained;
    hooks.async_drain(std::chrono::seconds(5), [&drained](posthorn::error_code ec) { drained = ec; });
    io.run();

    std::printf("%s; %s\n", seen->c_str(), drained.message().c_str());
    return !drained && *seen == "archive.example.com/projects/a%26b" ? 0 : 1;
}
