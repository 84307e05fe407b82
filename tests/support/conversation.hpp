// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "loopback_server.hpp"
#include "transport_client.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn::test {

/// What came of one answer, and whether its connection was used again.
struct reply {
    exchange outcome;
    bool kept = false;
};

/// A client and a receiver that answers what the test says, many times.
template <class Client>
class conversation {
  public:
    /// @param body  how long the client waits for the end of a body
    explicit conversation(std::chrono::milliseconds body = std::chrono::milliseconds(15)) : body_(body) {}

    /// Sends a request, which `answer` is the answer to, and then another one.
    [[nodiscard]] reply to(std::string answer) {
        // A server keeps the threads of its connections until it ends.
        constexpr int most = 200;
        if (asked_++ % most == 0)
            begin();
        {
            std::scoped_lock const lock(mutex_);
            answer_ = std::move(answer);
        }
        reply r{client_->post(plain_url(server_->port()))};
        {
            std::scoped_lock const lock(mutex_);
            answer_ = plain_200;
        }
        auto const next = client_->post(plain_url(server_->port()));
        r.kept = !next.error && next.reused_connection;
        return r;
    }

  private:
    void begin() {
        client_.reset();
        server_.reset();
        server_ = std::make_unique<loopback_server>([this](loopback_server::peer& p) {
            for (;;) {
                p.request();
                std::string bytes;
                {
                    std::scoped_lock const lock(mutex_);
                    bytes = answer_;
                }
                p.send(bytes);
            }
        });
        auto limits = patient();
        limits.tick = std::chrono::milliseconds(1);
        limits.body = body_;
        client_ = std::make_unique<Client>(limits);
    }

    std::chrono::milliseconds body_;
    int asked_ = 0;
    std::mutex mutex_;
    std::string answer_;
    std::unique_ptr<loopback_server> server_;
    std::unique_ptr<Client> client_;
};

} // namespace posthorn::test
