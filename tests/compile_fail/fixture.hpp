// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/posthorn.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// A small host with the least policies that a dispatcher takes, for programs that must not compile.
namespace host {

struct project {
    std::int64_t id = 1;
    std::string code;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, code))

struct phase {
    std::int64_t id = 1;
};
BOOST_DESCRIBE_STRUCT(phase, (), (id))

struct user {
    std::string login;
};
BOOST_DESCRIBE_STRUCT(user, (), (login))

struct stranger {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(stranger, (), (n))

using objects = posthorn::catalog<posthorn::object<project, "project">,
                                  posthorn::object<phase, "phase", posthorn::scoped_by<project>>,
                                  posthorn::object<user, "user">>;

using posthorn::result;
template <class T>
using awaitable = boost::asio::awaitable<T>;

struct transport {
    awaitable<posthorn::exchange> send(posthorn::request const&) { co_return posthorn::exchange(); }
    void cancel() noexcept {}
};

struct registry {
    result<std::uint64_t> commit(posthorn::registry_commit const&) {
        return {boost::system::in_place_value, std::uint64_t{0}};
    }
    result<posthorn::registry_load> load(std::uint64_t) { return posthorn::registry_load(); }
    result<std::uint64_t> generation() { return {boost::system::in_place_value, std::uint64_t{0}}; }
    result<std::vector<posthorn::history_record>> history(posthorn::history_query const&) {
        return std::vector<posthorn::history_record>();
    }
};

struct waiting_outbox {
    awaitable<result<void>> append(std::span<posthorn::outbox_row>, posthorn::lease const&) {
        co_return result<void>();
    }
    awaitable<result<posthorn::claim_end>> claim(posthorn::wall_time, posthorn::lease const&,
                                                 posthorn::claim_query const&,
                                                 std::vector<posthorn::claimed_delivery>&) {
        co_return posthorn::claim_end::complete;
    }
    awaitable<result<void>> settle(std::span<posthorn::settlement>) { co_return result<void>(); }
    awaitable<result<void>> extend(posthorn::lease const&, posthorn::wall_time) { co_return result<void>(); }
    awaitable<result<void>> release(std::uint64_t) { co_return result<void>(); }
    awaitable<result<std::optional<posthorn::wall_time>>> next_due(posthorn::wall_time) {
        co_return std::optional<posthorn::wall_time>();
    }
    awaitable<result<void>> change(posthorn::uuid, posthorn::queue_change, posthorn::wall_time) {
        co_return result<void>();
    }
};

struct outbox : waiting_outbox {
    result<void> append_now(std::span<posthorn::outbox_row>, posthorn::lease const&) { return {}; }
};

struct signer {
    struct key {};
    result<key> make_key(posthorn::signing_secrets const&) const { return key(); }
    static void sign(key&, posthorn::signed_message const&, posthorn::header_block&) {}
};

struct retry {
    std::optional<posthorn::duration> delay(unsigned, std::uint64_t) const noexcept { return std::nullopt; }
};

struct guard {
    bool allows_endpoint(posthorn::url const&) const noexcept { return true; }
    bool allows_address(boost::asio::ip::address const&, std::uint16_t) const noexcept { return true; }
};

struct observer {
    void on_problem(posthorn::problem_notice const&) {}
};

struct clock {
    posthorn::wall_time now() const { return {}; }
    posthorn::steady_time steady_now() const { return {}; }
    class timer {
      public:
        timer(boost::asio::any_io_executor const&, clock const&) {}
        template <class F>
        void arm(posthorn::steady_time, F) {}
        void cancel() {}
    };
};

struct random {
    std::uint64_t operator()() const { return 4; }
};

struct ids {
    posthorn::uuid operator()(posthorn::wall_time, std::uint64_t, std::uint64_t) const { return {}; }
};

using bundle = posthorn::policy_set<transport, posthorn::not_set, registry, outbox,
                                    posthorn::semantics_set<posthorn::fire_and_forget>, signer, retry, guard,
                                    observer, clock, random, ids>;

struct policies : bundle {};

using dispatcher = posthorn::dispatcher<objects, policies>;

} // namespace host
