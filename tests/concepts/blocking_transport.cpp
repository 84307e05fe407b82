// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/concepts/blocking_transport.hpp>
#include <posthorn/testing/scripted_transport.hpp>
#include <posthorn/transport/beast_sync.hpp>

#include "support/archetypes.hpp"

namespace {

using boost::asio::awaitable;
using posthorn::BlockingTransport;
using posthorn::exchange;
using posthorn::request;

struct without_call {
    void cancel() noexcept;
};

struct without_cancel {
    exchange call(request const&);
};

struct cancel_may_throw {
    exchange call(request const&);
    void cancel();
};

struct awaits {
    awaitable<exchange> call(request const&);
    void cancel() noexcept;
};

struct changes_the_request {
    exchange call(request&);
    void cancel() noexcept;
};

struct cannot_be_copied {
    cannot_be_copied(cannot_be_copied&&) = default;
    exchange call(request const&);
    void cancel() noexcept;
};

} // namespace

static_assert(posthorn::check_blocking_transport<posthorn::test::archetypes::blocking_transport>());
static_assert(posthorn::check_blocking_transport<posthorn::testing::scripted_transport>());
static_assert(posthorn::check_blocking_transport<posthorn::beast_sync>());
static_assert(!BlockingTransport<int>);
static_assert(!BlockingTransport<without_call>);
static_assert(!BlockingTransport<without_cancel>);
static_assert(!BlockingTransport<cancel_may_throw>);
static_assert(!BlockingTransport<awaits>);
static_assert(!BlockingTransport<changes_the_request>);
static_assert(!BlockingTransport<cannot_be_copied>);
