// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/address_range.hpp>
#include <posthorn/detail/net/beast_connection.hpp>
#include <posthorn/detail/net/beast_tunnel.hpp>
#include <posthorn/impl/transport/tls_trust.ipp>
#include <posthorn/transport/beast_async.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/errc.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace posthorn {

// One shard's connections and deadlines.
class beast_async::state : public std::enable_shared_from_this<state> {
  public:
    state(transport_context context, tls_trust trust)
        : context_(std::move(context)),
          limits_(context_.limits),
          timer_(context_.executor),
          trust_(std::move(trust)) {}

    // `out` is new; `done` is called when it is filled, never inside this call.
    void start(request const& what, exchange& out, detail::resumption&& done) noexcept {
        connection_ptr c;
        try {
            c = take(what);
            out.reused_connection = c != nullptr;
            if (!c)
                c = std::make_shared<detail::beast_connection>(context_.executor, what);
            begin(*c, what, out, now_ + total_of(what));
            c->done = std::move(done);
            if (out.reused_connection)
                launch(c);
            else
                spawn_open(c);
        } catch (...) {
            out.error = errc::policy_threw;
            if (c && c->done)
                done = std::move(c->done);
            boost::asio::post(context_.executor, [done = std::move(done)]() mutable { done(); });
        }
    }

    void cancel() {
        for (auto* const d : active_)
            d->abort(errc::cancelled);
        pool_.clear();
        pooled_ = 0;
        timer_.cancel();
        ticking_ = false;
    }

  private:
    using connection_ptr = std::shared_ptr<detail::beast_connection>;

    // --- deadlines ---

    // The limits in ticks. The next tick may come at once, so one more is waited for: a deadline is never
    // early.
    struct limits_in_ticks {
        explicit limits_in_ticks(exchange_limits const& l) noexcept
            : resolve(ticks(l.resolve, l)),
              connect(ticks(l.connect, l)),
              tls(ticks(l.tls, l)),
              response(ticks(l.response, l)),
              total(ticks(l.total, l)),
              body(ticks(l.body, l)),
              idle(ticks(l.idle, l)),
              lifetime(ticks(l.lifetime, l)) {}

        static detail::tick_count ticks(std::chrono::milliseconds t, exchange_limits const& l) noexcept {
            auto const tick = std::max<std::int64_t>(l.tick.count(), 1);
            return static_cast<detail::tick_count>((t.count() + tick - 1) / tick + 1);
        }

        detail::tick_count resolve, connect, tls, response, total, body, idle, lifetime;
    };

    [[nodiscard]] detail::tick_count total_of(request const& what) const noexcept {
        if (what.limit <= duration::zero())
            return limits_.total;
        auto const limit = std::chrono::ceil<std::chrono::milliseconds>(what.limit);
        return std::min(limits_.total, limits_in_ticks::ticks(limit, context_.limits));
    }

    void keep_ticking() {
        if (ticking_)
            return;
        timer_.expires_after(context_.limits.tick);
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
            if (auto const self = weak.lock(); self && !ec)
                self->tick();
        });
        ticking_ = true;
    }

    void tick() {
        ticking_ = false;
        now_ += 1 + missed_ticks();
        for (auto* const d : active_)
            d->expire_at(now_);
        close_old();
        if (!active_.empty() || pooled_ != 0)
            keep_ticking();
    }

    // Ages go on while nobody runs the context. Deadlines do not: an exchange is not blamed for a context
    // that was busy elsewhere.
    [[nodiscard]] detail::tick_count missed_ticks() const {
        auto const late = boost::asio::steady_timer::clock_type::now() - timer_.expiry();
        return active_.empty() ? static_cast<detail::tick_count>(late / context_.limits.tick) : 0;
    }

    // --- pool ---

    void close_old() {
        if (pooled_ == 0)
            return;
        for (auto& [lane, kept] : pool_)
            pooled_ -= std::erase_if(kept, [&](connection_ptr const& c) {
                return now_ - c->idle_since >= limits_.idle || now_ - c->born >= limits_.lifetime;
            });
        boost::unordered::erase_if(pool_, [](auto const& entry) { return entry.second.empty(); });
    }

    [[nodiscard]] connection_ptr take(request const& what) {
        auto const it = pool_.find(what.lane);
        if (it == pool_.end())
            return nullptr;
        while (!it->second.empty()) {
            auto c = std::move(it->second.back());
            it->second.pop_back();
            --pooled_;
            if (c->serves(what) && is_allowed(*c, *what.endpoint) && is_quiet(*c))
                return c;
        }
        return nullptr;
    }

    // A kept connection was checked when it was made; its name may be blocked since. Asked once in a tick.
    [[nodiscard]] bool is_allowed(detail::beast_connection& c, url const& endpoint) const {
        if (c.allowed_at == now_)
            return true;
        c.allowed_at = now_;
        return context_.allows_endpoint(endpoint);
    }

    // A connection that was idle for a while must have nothing to read: neither a close nor an answer nobody
    // asked for.
    [[nodiscard]] bool is_quiet(detail::beast_connection& c) const {
        if (c.idle_since == now_)
            return true;
        char byte = 0;
        boost::system::error_code ec;
        c.socket.non_blocking(true, ec);
        c.socket.receive(boost::asio::buffer(&byte, 1), boost::asio::socket_base::message_peek, ec);
        return ec == boost::asio::error::would_block || ec == boost::asio::error::try_again;
    }

    void put_back(connection_ptr& c) {
        c->idle_since = now_;
        pool_[c->what->lane].push_back(std::move(c));
        ++pooled_;
    }

    // --- opening ---

    void begin(detail::beast_connection& c, request const& what, exchange& out, detail::tick_count end) {
        c.what = &what;
        c.outcome = &out;
        c.deadline.begin(active_, end);
        keep_ticking();
    }

    void spawn_open(connection_ptr const& c) {
        boost::asio::co_spawn(context_.executor, open(shared_from_this(), c), boost::asio::detached);
    }

    static boost::asio::awaitable<void> open(std::shared_ptr<state> self, connection_ptr c) {
        auto& x = *c->outcome;
        try {
            co_await self->establish(*c, x);
            if (!x.error)
                self->launch(c);
        } catch (std::exception const& e) {
            x.error = errc::policy_threw;
            x.detail = e.what();
        } catch (...) {
            x.error = errc::policy_threw;
        }
        // Posted: whoever waits may start the next exchange, which may end as fast.
        if (c)
            boost::asio::post(self->context_.executor, [self, c]() mutable { self->finish(c); });
    }

    [[nodiscard]] boost::asio::awaitable<void> establish(detail::beast_connection& c, exchange& x) {
        auto& d = c.deadline;
        if (d.cut() || !is_endpoint_allowed(c)) {
            x.error = d.cut() ? d.cut() : error_code(errc::blocked_address);
            co_return;
        }
        if (c.has_lost_proxy()) {
            x.error = errc::proxy_refused;
            x.detail = "the proxy is not written as http://host:port";
            co_return;
        }
        auto const& hop = c.next_hop();
        std::vector<boost::asio::ip::address> found;
        d.phase(errc::dns_timeout, now_ + limits_.resolve);
        if (hop.is_address())
            found.push_back(boost::asio::ip::make_address(hop.host()));
        else
            found = co_await resolve(hop.host(), d, x);
        if (!x.error)
            keep_allowed(found, hop, x);
        d.watch(&c.socket);
        if (!x.error)
            co_await connect(c, found, d, x);
        if (x.error && c.proxy)
            x.detail = "proxy " + hop.authority() + (x.detail.empty() ? "" : ": ") + x.detail;
        if (!x.error && c.proxy)
            co_await detail::open_tunnel(c, context_.limits, x);
        if (!x.error && c.endpoint.https())
            co_await handshake(c, d, x);
        c.born = c.allowed_at = now_;
    }

    // Asks about every address, and leaves those that may be connected to.
    void keep_allowed(std::vector<boost::asio::ip::address>& found, url const& to, exchange& x) const {
        auto const blocked = [&](boost::asio::ip::address const& a) {
            if (context_.allows_address(a, to.port()))
                return false;
            x.log_detail = to.host() + " has the address " + a.to_string();
            return true;
        };
        auto const refused = std::erase_if(found, blocked);
        if (refused != 0 && (found.empty() || !context_.limits.skip_blocked))
            x.error = errc::blocked_address;
    }

    // What a proxy makes of a name is the proxy's; an address is asked for here.
    [[nodiscard]] bool is_endpoint_allowed(detail::beast_connection const& c) const {
        if (!context_.allows_endpoint(c.endpoint))
            return false;
        return !c.proxy || !c.endpoint.is_address() ||
               context_.allows_address(boost::asio::ip::make_address(c.endpoint.host()), c.endpoint.port());
    }

    struct lookup {
        explicit lookup(boost::asio::any_io_executor const& executor)
            : gate(executor, boost::asio::steady_timer::time_point::max()) {}
        boost::asio::steady_timer gate;
        error_code ec;
        resolver_pool::addresses found;
        bool done = false;
    };

    [[nodiscard]] boost::asio::awaitable<resolver_pool::addresses>
    resolve(std::string host, detail::exchange_deadline& d, exchange& x) {
        auto const asked = std::make_shared<lookup>(context_.executor);
        context_.resolver->resolve(host, context_.executor,
                                   [asked](error_code ec, resolver_pool::addresses found) {
                                       asked->ec = ec;
                                       asked->found = std::move(found);
                                       asked->done = true;
                                       asked->gate.cancel();
                                   });
        d.watch(&asked->gate);
        boost::system::error_code woken;
        co_await asked->gate.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
        d.watch(static_cast<boost::asio::steady_timer*>(nullptr));
        x.error = d.cut() ? d.cut() : asked->ec;
        co_return std::move(asked->found);
    }

    boost::asio::awaitable<void> connect(detail::beast_connection& c,
                                         std::vector<boost::asio::ip::address> const& to,
                                         detail::exchange_deadline& d, exchange& x) {
        d.phase(errc::connect_timeout, now_ + limits_.connect);
        auto const count = std::min(to.size(), context_.limits.addresses);
        for (std::size_t i = 0; i != count; ++i) {
            detail::tcp::endpoint const endpoint(to[i], c.next_hop().port());
            boost::system::error_code ec;
            c.socket.close(ec);
            co_await c.socket.async_connect(endpoint,
                                            boost::asio::redirect_error(boost::asio::use_awaitable, ec));
            if (d.cut()) {
                x.error = d.cut();
                co_return;
            }
            if (ec) {
                x.error = ec == boost::asio::error::connection_refused ? errc::connect_refused
                                                                       : errc::connect_failed;
                x.detail = ec.message();
                continue;
            }
            x.detail.clear();
            x.error = wrong_end(c.socket, endpoint, x);
            c.socket.set_option(detail::tcp::no_delay(true), ec);
            co_return;
        }
    }

    // The system may connect elsewhere than it was asked to, as it does for 0.0.0.0: nobody has allowed that.
    [[nodiscard]] static error_code wrong_end(detail::tcp::socket const& socket,
                                              detail::tcp::endpoint const& asked, exchange& x) {
        boost::system::error_code ec;
        auto const reached = socket.remote_endpoint(ec);
        // It was reset meanwhile.
        if (ec)
            return errc::connection_reset;
        if (reached.port() == asked.port() &&
            detail::to_address_bits(reached.address()) == detail::to_address_bits(asked.address()))
            return {};
        x.log_detail = "asked for " + asked.address().to_string() + ", the system has connected to " +
                       reached.address().to_string();
        return errc::blocked_address;
    }

    boost::asio::awaitable<void> handshake(detail::beast_connection& c, detail::exchange_deadline& d,
                                           exchange& x) {
        d.phase(errc::tls_timeout, now_ + limits_.tls);
        std::string unusable;
        auto const trust = detail::tls_context(trust_, c.settings, unusable);
        if (!trust) {
            x.error = errc::tls_handshake_failed;
            x.detail = unusable;
            co_return;
        }
        c.tls.emplace(c.socket, *trust);
        boost::system::error_code ec;
        c.tls->set_verify_mode(boost::asio::ssl::verify_peer, ec);
        if (ec || !expect_name(c.tls->native_handle(), c.endpoint)) {
            x.error = errc::tls_handshake_failed;
            co_return;
        }
        co_await c.tls->async_handshake(boost::asio::ssl::stream_base::client,
                                        boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        if (d.cut()) {
            x.error = d.cut();
        } else if (ec) {
            auto const verdict = SSL_get_verify_result(c.tls->native_handle());
            bool const distrusted =
                verdict != X509_V_OK ||
                ERR_GET_REASON(static_cast<unsigned long>(ec.value())) == SSL_R_CERTIFICATE_VERIFY_FAILED;
            x.error = distrusted ? errc::tls_verify_failed : errc::tls_handshake_failed;
            x.detail = verdict != X509_V_OK ? X509_verify_cert_error_string(verdict) : ec.message();
        }
    }

    // Asks for the name, and for a certificate that has it among its alternative names, whole.
    [[nodiscard]] static bool expect_name(SSL* ssl, url const& to) {
        auto* const rules = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                                   X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (to.is_address())
            return X509_VERIFY_PARAM_set1_ip_asc(rules, to.host().c_str()) == 1;
        return SSL_set_tlsext_host_name(ssl, to.host().c_str()) == 1 &&
               X509_VERIFY_PARAM_set1_host(rules, to.host().data(), to.host().size()) == 1;
    }

    // --- one exchange on an open connection: one write, reads until nothing more is worth reading ---

    // One operation of a connection, which lives as long as its operations. `Then` leaves the connection
    // where it is if it throws.
    template <class Stream,
              void (state::*Then)(Stream&, connection_ptr&, boost::system::error_code const&, std::size_t)>
    struct step {
        using allocator_type = detail::operation_allocator<std::byte>;

        [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(c->memory); }

        void operator()(boost::system::error_code const& ec, std::size_t n) {
            try {
                (owner->*Then)(*stream, c, ec, n);
            } catch (...) {
                if (!c || !c->done)
                    throw;
                owner->give_up(c);
            }
        }

        // Held by whoever waits for the exchange.
        state* owner;
        Stream* stream;
        connection_ptr c;
    };

    // Takes the connection, unless it throws.
    void launch(connection_ptr& c) {
        auto& connection = *c;
        connection.deadline.watch(&connection.socket);
        connection.deadline.phase(errc::response_timeout, now_ + limits_.response);
        connection.output.assign(*connection.what, connection.host_field);
        connection.rest.reset();
        connection.reader.emplace(context_.limits, connection.outcome->response);
        connection.received = connection.header_bytes = 0;
        connection.interim_responses = 0;
        connection.answered = connection.decided = false;
        if (connection.tls)
            write(*connection.tls, std::move(c));
        else
            write(connection.socket, std::move(c));
    }

    template <class Stream>
    void write(Stream& stream, connection_ptr c) {
        auto const bytes = c->output.view();
        stream.async_write_some(boost::asio::const_buffer(bytes.data(), bytes.size()),
                                step<Stream, &state::wrote<Stream>>{this, &stream, std::move(c)});
    }

    // A write that failed does not end the exchange: a receiver may have answered, and closed, before it read
    // everything.
    template <class Stream>
    void wrote(Stream& stream, connection_ptr& c, boost::system::error_code const& ec, std::size_t n) {
        c->write_error = ec;
        if (!ec && n != c->output.view().size()) {
            c->rest.emplace(c->output.view().substr(n));
            write_rest(stream, c);
        }
        read(stream, std::move(c));
    }

    template <class Stream>
    static void write_rest(Stream& stream, connection_ptr const& c) {
        auto const bytes = c->rest->view();
        stream.async_write_some(boost::asio::const_buffer(bytes.data(), bytes.size()),
                                [&stream, c](boost::system::error_code const& ec, std::size_t n) {
                                    wrote_rest(stream, c, ec, n);
                                });
    }

    template <class Stream>
    static void wrote_rest(Stream& stream, connection_ptr const& c, boost::system::error_code const& ec,
                           std::size_t n) {
        c->rest->wrote(ec, n);
        try {
            if (c->rest->is_writing())
                write_rest(stream, c);
        } catch (...) {
            c->rest->wrote(make_error_code(boost::system::errc::not_enough_memory), 0);
            close(*c);
        }
    }

    template <class Stream>
    void read(Stream& stream, connection_ptr c) {
        boost::asio::mutable_buffer const room(c->input.data() + c->received, c->input.size() - c->received);
        stream.async_read_some(room, step<Stream, &state::took<Stream>>{this, &stream, std::move(c)});
    }

    template <class Stream>
    void took(Stream& stream, connection_ptr& c, boost::system::error_code const& ec, std::size_t n) {
        c->received += n;
        c->body_bytes += n;
        c->answered = c->answered || n != 0;
        if (advance(*c, ec))
            return finish(c);
        if (c->received == c->input.size()) {
            // Lines of chunks and trailers, of which none ends: they get no more memory than a header.
            if (c->decided && c->received >= context_.limits.header_bytes)
                return finish(c);
            c->input.resize(c->input.size() * 2);
        }
        read(stream, std::move(c));
    }

    // Goes as far as what was received allows; `ec`: nothing more will come. True: the exchange has ended.
    [[nodiscard]] bool advance(detail::beast_connection& c, boost::system::error_code const& ec) {
        while (!c.decided) {
            auto failed = parse_header(c);
            bool const whole = c.reader->is_header_done();
            if (!failed && !whole && !ec)
                return false;
            if (!failed)
                failed = whole ? interim_error(c.reader->status(), c.interim_responses) : read_error(c, ec);
            if (failed) {
                fail(c, failed);
                return true;
            }
            if (c.reader->status() < 200)
                expect_next(c);
            else
                decide(c);
        }
        return !wants_body(c, ec);
    }

    [[nodiscard]] error_code parse_header(detail::beast_connection& c) const {
        if (c.received == 0)
            return {};
        boost::beast::error_code parsed;
        c.header_bytes += feed(c, parsed);
        if (parsed && parsed != boost::beast::http::error::need_more)
            return detail::parse_error(parsed, c.reader->coded());
        auto const size = c.header_bytes + (c.reader->is_header_done() ? 0 : c.received);
        return size > context_.limits.header_bytes ? error_code(errc::header_limit) : error_code();
    }

    [[nodiscard]] error_code interim_error(int status, unsigned interim) const {
        if (status == 101)
            return errc::unexpected_upgrade;
        if (status < 200 && interim == context_.limits.interim_responses)
            return errc::too_many_interim;
        return {};
    }

    void expect_next(detail::beast_connection& c) {
        ++c.interim_responses;
        c.outcome->response.clear();
        c.reader.emplace(context_.limits, c.outcome->response);
    }

    // The first final header decides; what is read of the body is for the log and for the next request.
    void decide(detail::beast_connection& c) {
        auto& x = *c.outcome;
        x.response.status = c.reader->status();
        x.error = c.reader->status() < 300 ? error_code() : error_code(errc::http_status);
        c.decided = true;
        c.deadline.phase(errc::total_timeout, now_ + limits_.body);
        c.reader->eager(true);
        c.body_bytes = c.received;
    }

    // True if more is worth reading.
    [[nodiscard]] bool wants_body(detail::beast_connection& c, boost::system::error_code const& ec) const {
        if (c.reader->is_done() || ec)
            return false;
        boost::beast::error_code parsed;
        if (c.received != 0 && c.reader->can_take(c.received))
            feed(c, parsed);
        if (c.reader->is_done() || (parsed && parsed != boost::beast::http::error::need_more))
            return false;
        return !c.reader->body_exceeded() && c.body_bytes <= context_.limits.body_read;
    }

    static std::size_t feed(detail::beast_connection& c, boost::beast::error_code& ec) {
        auto const used = c.reader->put(boost::asio::const_buffer(c.input.data(), c.received), ec);
        c.received -= used;
        if (c.received != 0)
            std::memmove(c.input.data(), c.input.data() + used, c.received);
        return used;
    }

    static void fail(detail::beast_connection& c, error_code const& failed) {
        c.outcome->response.clear();
        auto const& written = c.rest ? c.rest->error() : c.write_error;
        c.outcome->error = c.deadline.cut() ? c.deadline.cut() : read_or_write_error(failed, written);
    }

    // A reset is told once: to the write, if it came before it, and the read finds an end.
    [[nodiscard]] static error_code read_or_write_error(error_code const& read,
                                                        boost::system::error_code const& write) {
        bool const reset = read == errc::eof_before_response && write == boost::asio::error::connection_reset;
        return reset ? error_code(errc::connection_reset) : read;
    }

    // TLS 1.3 tells only behind the handshake that a receiver refuses our certificate.
    [[nodiscard]] static error_code read_error(detail::beast_connection const& c,
                                               boost::system::error_code const& ec) {
        if (c.reader->got_some())
            return errc::partial_response;
        if (!c.answered && !c.outcome->reused_connection && detail::is_certificate_alert(ec)) {
            c.outcome->detail = ec.message();
            return errc::tls_handshake_failed;
        }
        bool const closed = ec == boost::asio::error::eof || ec == boost::asio::ssl::error::stream_truncated;
        return closed ? errc::eof_before_response : errc::connection_reset;
    }

    // --- the end of an exchange ---

    void finish(connection_ptr& c) {
        c->deadline.end();
        if (is_stale(*c))
            return repeat(c);
        auto done = std::move(c->done);
        try {
            if (is_reusable(*c))
                put_back(c);
        } catch (...) { // NOLINT(bugprone-empty-catch): then it is closed
        }
        if (c)
            close(*c);
        c.reset();
        // Nothing here may be touched after it.
        done();
    }

    // For want of memory. What the header decided stands.
    void give_up(connection_ptr& c) {
        if (!c->decided)
            c->outcome->error = errc::policy_threw;
        finish(c);
    }

    // A kept connection that died without a byte says nothing about the request.
    [[nodiscard]] static bool is_stale(detail::beast_connection const& c) noexcept {
        auto const& error = c.outcome->error;
        return c.outcome->reused_connection && !c.answered &&
               (error == errc::eof_before_response || error == errc::connection_reset);
    }

    // Once more, on a new connection.
    void repeat(connection_ptr& c) {
        auto const fresh = std::make_shared<detail::beast_connection>(context_.executor, *c->what);
        begin(*fresh, *c->what, *c->outcome, c->deadline.total());
        *c->outcome = exchange();
        fresh->done = std::move(c->done);
        try {
            spawn_open(fresh);
        } catch (...) {
            c->done = std::move(fresh->done);
            throw;
        }
        close(*c);
    }

    [[nodiscard]] bool is_reusable(detail::beast_connection& c) const {
        bool const whole_request = !c.write_error && (!c.rest || c.rest->view().empty());
        return c.decided && whole_request && !c.deadline.cut() && c.received == 0 && !has_unread(c) &&
               c.reader->exactly_framed() && c.socket.is_open() && now_ - c.born < limits_.lifetime;
    }

    // Bytes behind the response that TLS has taken from the socket already, where no look at the socket finds
    // them.
    [[nodiscard]] static bool has_unread(detail::beast_connection& c) noexcept {
        if (!c.tls)
            return false;
        auto* const ssl = c.tls->native_handle();
        return SSL_has_pending(ssl) == 1 || BIO_ctrl_pending(SSL_get_rbio(ssl)) != 0;
    }

    // What is left of the request is not written any more.
    static void close(detail::beast_connection& c) {
        boost::system::error_code ignored;
        c.socket.close(ignored);
    }

    transport_context context_;
    limits_in_ticks const limits_;
    boost::asio::steady_timer timer_;
    bool ticking_ = false;
    detail::tick_count now_ = 0;
    detail::exchange_deadline::list active_;

    boost::unordered_flat_map<uuid, std::vector<connection_ptr>, uuid_hash> pool_;
    std::size_t pooled_ = 0;

    tls_trust trust_;
};

// A type with a name, since it lives in a coroutine's frame, where g++ 12 accepts no other.
struct beast_async::starter {
    void operator()(send_handler done) const { where->start(*what, *out, std::move(done)); }

    state* where;
    request const* what;
    exchange* out;
};

POSTHORN_DECL void beast_async::check_connection(connection_settings const& settings, field_errors& errors) {
    detail::check_tls_context(settings, errors);
}

POSTHORN_DECL void beast_async::bind(transport_context context) {
    state_ = std::make_shared<state>(std::move(context), trust_);
}

POSTHORN_DECL boost::asio::awaitable<exchange> beast_async::send(request const& what) {
    exchange x;
    starter const start{state_.get(), &what, &x};
    auto sent = detail::suspend(start);
    co_await std::move(sent); // NOLINT(performance-move-const-arg)
    co_return x;
}

POSTHORN_DECL void beast_async::start(request const& what, exchange& out, send_handler done) noexcept {
    state_->start(what, out, std::move(done));
}

POSTHORN_DECL void beast_async::cancel() noexcept {
    state_->cancel();
}

} // namespace posthorn
