// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/transport.hpp>
#include <posthorn/testing/scripted_transport.hpp>

#include "support/archetypes.hpp"

namespace {

using boost::asio::awaitable;
using posthorn::exchange;
using posthorn::request;
using posthorn::Transport;

struct without_send {
    void cancel() noexcept;
};

struct without_cancel {
    awaitable<exchange> send(request const&);
};

struct cancel_may_throw {
    awaitable<exchange> send(request const&);
    void cancel();
};

struct sends_at_once {
    exchange send(request const&);
    void cancel() noexcept;
};

struct gives_a_result {
    awaitable<posthorn::result<exchange>> send(request const&);
    void cancel() noexcept;
};

struct changes_the_request {
    awaitable<exchange> send(request&);
    void cancel() noexcept;
};

struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    awaitable<exchange> send(request const&);
    void cancel() noexcept;
};

} // namespace

static_assert(posthorn::check_transport<posthorn::test::archetypes::transport>());
static_assert(posthorn::check_transport<posthorn::testing::scripted_transport>());
static_assert(Transport<posthorn::test::archetypes::transport>);
static_assert(!Transport<int>);
static_assert(!Transport<without_send>);
static_assert(!Transport<without_cancel>);
static_assert(!Transport<cancel_may_throw>);
static_assert(!Transport<sends_at_once>);
static_assert(!Transport<gives_a_result>);
static_assert(!Transport<changes_the_request>);
static_assert(!Transport<cannot_be_copied>);
