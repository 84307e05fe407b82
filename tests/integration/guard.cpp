// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/service.hpp>
#include <posthorn/defaults.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include "../support/loopback_server.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::errc;
using posthorn::result;
using posthorn::test::loopback_server;
using peer = loopback_server::peer;
using boost::asio::ip::address;
using boost::asio::ip::make_address;

struct order {
    int id = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id))

using objects = posthorn::catalog<posthorn::object<order, "order">>;

// What the names of a test resolve to.
posthorn::resolver_pool::addresses look_up(std::string const& host) {
    if (host.starts_with("private."))
        return {make_address("93.184.216.34"), make_address("10.11.12.13")};
    if (host.starts_with("here."))
        return {make_address("93.184.216.40")};
    return {make_address("127.0.0.1")};
}

posthorn::transport_context with_names(posthorn::transport_context context) {
    context.resolver =
        std::make_shared<posthorn::resolver_pool>(2, 16, [] { return posthorn::steady_time(); }, &look_up);
    return context;
}

// The transports of the library, with a name server of the test's.
class async_transport {
  public:
    void bind(posthorn::transport_context context) { inner_.bind(with_names(std::move(context))); }
    [[nodiscard]] boost::asio::awaitable<posthorn::exchange> send(posthorn::request const& what) {
        return inner_.send(what);
    }
    void cancel() noexcept { inner_.cancel(); }

  private:
    posthorn::beast_async inner_;
};

class blocking_transport {
  public:
    void bind(posthorn::transport_context context) { inner_.bind(with_names(std::move(context))); }
    [[nodiscard]] posthorn::exchange call(posthorn::request const& what) { return inner_.call(what); }
    void cancel() noexcept { inner_.cancel(); }

  private:
    posthorn::beast_sync inner_;
};

struct log_lines {
    [[nodiscard]] bool has(std::string_view text) const { return all->find(text) != std::string::npos; }

    std::shared_ptr<std::string> all = std::make_shared<std::string>();
};

struct policies
    : posthorn::default_policies::with_guard<posthorn::allow_list>::with_transport<async_transport>::
          with_blocking_transport<blocking_transport>::with_observer<posthorn::json_log>::with_semantics<
              posthorn::in_transaction, posthorn::fire_and_forget> {};

struct any_transaction {
    [[nodiscard]] static result<void> commit() { return {}; }
    [[nodiscard]] static result<void> rollback() { return {}; }
};

// A host that has the public address 93.184.216.40, and listens on one port.
struct host {
    explicit host(std::uint16_t receiver, std::optional<std::uint16_t> own = std::nullopt)
        : hooks(io, guard(receiver, own),
                posthorn::json_log([all = log.all](std::string_view line) { *all += line; })) {
        posthorn::admin::object_source<order> source;
        source.load = [](std::string_view) { return std::optional(order{1}); };
        desk.offer(std::move(source));
    }

    static posthorn::allow_list guard(std::uint16_t receiver, std::optional<std::uint16_t> own) {
        posthorn::allow_list made(posthorn::public_addresses(posthorn::own_addresses(
            [] { return std::vector<address>{make_address("127.0.0.1"), make_address("93.184.216.40")}; })));
        made.allow_loopback(receiver);
        if (own)
            made.refuse_own_port(*own);
        return made;
    }

    void save(std::string const& url, bool in_transaction) {
        auto draft = hooks.webhook("Ask").on<order>().post(url).body("{{order.id}}");
        BOOST_REQUIRE(
            hooks.save(in_transaction ? std::move(draft).in_transaction() : std::move(draft)).has_value());
    }

    template <class Reached>
    void run_until(Reached reached) {
        auto const longest = std::chrono::steady_clock::now() + 20s;
        io.restart();
        while (!reached()) {
            BOOST_REQUIRE(std::chrono::steady_clock::now() < longest);
            io.run_one_for(5ms);
        }
    }

    [[nodiscard]] posthorn::admin::test_report test(std::string const& url, bool in_transaction = false) {
        posthorn::admin::webhook_form form;
        form.wording = "Ask";
        form.url = url;
        form.body = "{{order.id}}";
        form.object = "order";
        form.synchronous = form.transaction_execution = in_transaction;
        posthorn::admin::test_choice choice;
        choice.object = "1";
        std::optional<posthorn::admin::outcome<posthorn::admin::test_report>> ended;
        desk.async_test(
            {"ada", posthorn::admin::rights::all()}, form, choice,
            [&](posthorn::admin::outcome<posthorn::admin::test_report> r) { ended = std::move(r); });
        run_until([&] { return ended.has_value(); });
        return ended->value();
    }

    boost::asio::io_context io;
    log_lines log;
    posthorn::dispatcher<objects, policies> hooks;
    posthorn::admin::service<objects, policies> desk{hooks};
};

constexpr std::string_view secret_address = "10.11.12.13";

} // namespace

BOOST_AUTO_TEST_SUITE(integration_guard)

BOOST_AUTO_TEST_CASE(whoever_saved_a_webhook_is_told_that_it_is_blocked_and_the_log_is_told_the_address) {
    host h(1);
    h.save("https://private.example.com/", false);
    h.hooks.async_run(boost::asio::detached);
    order const one{1};
    BOOST_REQUIRE(h.hooks.dispatch(posthorn::created(one)).accepted() == 1U);
    h.run_until([&] { return h.log.has("\"failed\""); });
    BOOST_TEST(h.log.has("private.example.com has the address 10.11.12.13"));
    auto const page = h.hooks.deliveries(posthorn::delivery_query()).value();
    BOOST_REQUIRE(page.found.size() == 1U);
    auto const attempts = h.hooks.attempts(page.found.front().what->id()).value();
    BOOST_REQUIRE(attempts.size() == 1U);
    BOOST_TEST(attempts.front().error == make_error_code(errc::blocked_address).message());
    BOOST_TEST(attempts.front().answer == "");
}

BOOST_AUTO_TEST_CASE(a_transaction_that_is_refused_for_it_names_no_address) {
    for (bool const blocking : {true, false}) {
        host h(1);
        h.save("https://private.example.com/", true);
        order const one{1};
        auto tx = h.hooks.begin(any_transaction());
        tx.created(one);
        std::optional<posthorn::transaction_report> report;
        if (blocking)
            report = tx.commit();
        else
            tx.async_commit([&](posthorn::transaction_report r) { report = std::move(r); });
        h.run_until([&] { return report.has_value(); });
        BOOST_TEST((report->error().code() == errc::blocked_address));
        BOOST_REQUIRE(report->error().call() != nullptr);
        BOOST_TEST(report->error().call()->detail() == "");
        BOOST_TEST(report->error().message().find(secret_address) == std::string::npos);
        BOOST_TEST(h.log.has("private.example.com has the address 10.11.12.13"));
    }
}

BOOST_AUTO_TEST_CASE(a_test_call_passes_the_same_guard_and_names_no_address) {
    loopback_server server([](peer& p) { p.answer(); });
    auto const port = std::to_string(server.port());
    host h(server.port());
    for (bool const in_transaction : {false, true}) {
        for (auto const& url : {"https://private.example.com/", "https://here.example.com/"}) {
            auto const r = h.test(url, in_transaction);
            BOOST_TEST((r.error == errc::blocked_address), url);
            BOOST_TEST(r.detail == "", url);
            BOOST_TEST(r.answer == "", url);
            for (auto const& text : r.messages)
                BOOST_TEST(text.find(secret_address) == std::string::npos, text);
        }
        BOOST_TEST(h.log.has("private.example.com has the address 10.11.12.13"));
        BOOST_TEST(h.log.has("here.example.com has the address 93.184.216.40"));
        h.log.all->clear();
        // The same transport: what is opened is reached.
        BOOST_TEST(h.test("http://open.example.com:" + port + "/", in_transaction).status == 200);
    }
    server.stop();
    BOOST_TEST(server.connections() == 2U);
}

BOOST_AUTO_TEST_CASE(the_port_of_the_host_is_not_reached_though_loopback_is_open_there) {
    loopback_server server([](peer& p) { p.answer(); });
    auto const port = std::to_string(server.port());
    host h(server.port(), server.port());
    auto const r = h.test("http://open.example.com:" + port + "/");
    BOOST_TEST((r.error == errc::blocked_address));
    server.stop();
    BOOST_TEST(server.connections() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
