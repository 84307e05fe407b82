// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/ascii.hpp>
#include <posthorn/impl/response_reader.ipp>
#include <posthorn/transport/beast_async.hpp>
#include <posthorn/transport/resolver_pool.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

namespace detail {

using tcp = boost::asio::ip::tcp;

// Ticks of the transport's one coarse timer; deadlines and ages are counted in them.
using tick_count = std::uint64_t;

// One TCP connection of one lane, plain or with TLS on top.
struct beast_connection {
    beast_connection(boost::asio::any_io_executor const& executor, url const& to)
        : endpoint(to), socket(executor), input(initial_input) {}

    // So that a webhook that moved does not use its old connections.
    [[nodiscard]] bool leads_to(url const& u) const noexcept {
        return endpoint.https() == u.https() && endpoint.port() == u.port() && endpoint.host() == u.host();
    }

    static constexpr std::size_t initial_input = 4096;

    url endpoint;
    tcp::socket socket;
    std::optional<boost::asio::ssl::stream<tcp::socket&>> tls;
    std::string output;
    std::vector<char> input;
    // Bytes of `input` that were received and not yet parsed.
    std::size_t received = 0;
    // Whether its last response left it in a state that can carry another request.
    bool reusable = false;
    tick_count born = 0;
    tick_count idle_since = 0;
};

// What the first write of a request left over, written while the answer is awaited: a receiver may answer,
// and stop reading, before it has everything.
template <class Stream>
class request_rest : public std::enable_shared_from_this<request_rest<Stream>> {
  public:
    request_rest(Stream& stream, std::string_view rest)
        : stream_(stream),
          rest_(rest),
          over_(stream.get_executor(), boost::asio::steady_timer::time_point::max()) {}

    void write() {
        writing_ = true;
        stream_.async_write_some(boost::asio::const_buffer(rest_.data(), rest_.size()),
                                 [self = this->shared_from_this()](boost::system::error_code ec,
                                                                   std::size_t n) { self->wrote(ec, n); });
    }

    [[nodiscard]] bool is_written() const noexcept { return rest_.empty(); }
    [[nodiscard]] boost::system::error_code const& error() const noexcept { return error_; }

    // Waits until nothing of this is under way; what is not written then never will be.
    [[nodiscard]] boost::asio::awaitable<void> end(tcp::socket& socket) {
        if (!writing_)
            co_return;
        boost::system::error_code ignored;
        socket.close(ignored);
        co_await over_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
    }

  private:
    void wrote(boost::system::error_code ec, std::size_t n) {
        writing_ = false;
        error_ = ec;
        rest_.remove_prefix(n);
        if (!ec && !rest_.empty())
            return write();
        over_.cancel();
    }

    Stream& stream_;
    std::string_view rest_;
    boost::asio::steady_timer over_;
    boost::system::error_code error_;
    bool writing_ = false;
};

} // namespace detail

// One shard's connections and deadlines.
class beast_async::state : public std::enable_shared_from_this<state> {
  public:
    // Registers an exchange with the deadline list for as long as it lives.
    class deadline {
      public:
        explicit deadline(state& owner) : owner_(owner), index_(owner.active_.size()) {
            owner_.active_.push_back(this);
            total_ = owner_.tick_after(owner_.context_.limits.total);
            owner_.keep_ticking();
        }
        deadline(deadline const&) = delete;
        deadline& operator=(deadline const&) = delete;
        ~deadline() {
            owner_.active_.back()->index_ = index_;
            std::swap(owner_.active_[index_], owner_.active_.back());
            owner_.active_.pop_back();
        }

        // The phase that begins now ends in `limit`, or with the whole exchange, whichever comes first.
        void phase(errc name, std::chrono::milliseconds limit) {
            auto const at = owner_.tick_after(limit);
            name_ = at < total_ ? name : errc::total_timeout;
            at_ = std::min(at, total_);
        }

        void watch(detail::tcp::socket* socket) noexcept { socket_ = socket; }
        void watch(boost::asio::steady_timer* gate) noexcept { gate_ = gate; }

        // Why the exchange was cut, if it was.
        [[nodiscard]] error_code cut() const noexcept { return cut_; }

        void expire_at(detail::tick_count now) {
            if (now >= at_)
                abort(name_);
        }

        void abort(errc why) {
            if (!cut_)
                cut_ = why;
            boost::system::error_code ignored;
            if (socket_ != nullptr)
                socket_->close(ignored);
            if (gate_ != nullptr)
                gate_->cancel();
        }

      private:
        state& owner_;
        std::size_t index_;
        errc name_ = errc::total_timeout;
        detail::tick_count at_ = 0;
        detail::tick_count total_ = 0;
        error_code cut_;
        detail::tcp::socket* socket_ = nullptr;
        boost::asio::steady_timer* gate_ = nullptr;
    };

    state(transport_context context, std::vector<std::string> files, std::vector<std::string> pems)
        : context_(std::move(context)),
          timer_(context_.executor),
          files_(std::move(files)),
          pems_(std::move(pems)) {}

    [[nodiscard]] boost::asio::awaitable<exchange> send(request const& what) {
        exchange x;
        if (!context_.allows_endpoint(*what.endpoint)) {
            x.error = errc::blocked_address;
            co_return x;
        }
        deadline d(*this);
        auto c = take(what);
        if (c) {
            x.reused_connection = true;
            bool const answered = co_await perform(*c, what, d, x);
            // A kept connection that died without a byte says nothing about the request: once more on a new
            // one.
            bool const stale =
                !answered && (x.error == errc::eof_before_response || x.error == errc::connection_reset);
            if (!stale) {
                put_back(what, std::move(c), x);
                co_return x;
            }
            c.reset();
            x = exchange();
        }
        c = co_await open(what, d, x);
        if (!c)
            co_return x;
        (void)co_await perform(*c, what, d, x);
        put_back(what, std::move(c), x);
        co_return x;
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
    using connection_ptr = std::unique_ptr<detail::beast_connection>;

    // --- deadlines ---

    [[nodiscard]] detail::tick_count ticks(std::chrono::milliseconds t) const noexcept {
        auto const tick = std::max<std::int64_t>(context_.limits.tick.count(), 1);
        return static_cast<detail::tick_count>((t.count() + tick - 1) / tick);
    }

    // The next tick may come at once, so one more is waited for: a deadline is never early.
    [[nodiscard]] detail::tick_count tick_after(std::chrono::milliseconds t) const noexcept {
        return now_ + ticks(t) + 1;
    }

    void keep_ticking() {
        if (ticking_)
            return;
        ticking_ = true;
        timer_.expires_after(context_.limits.tick);
        timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
            if (auto const self = weak.lock(); self && !ec)
                self->tick();
        });
    }

    void tick() {
        ticking_ = false;
        ++now_;
        for (auto* const d : active_)
            d->expire_at(now_);
        close_old();
        if (!active_.empty() || pooled_ != 0)
            keep_ticking();
    }

    // --- pool ---

    void close_old() {
        if (pooled_ == 0)
            return;
        for (auto& [lane, kept] : pool_)
            pooled_ -= std::erase_if(kept, [&](connection_ptr const& c) {
                return now_ - c->idle_since > ticks(context_.limits.idle) ||
                       now_ - c->born > ticks(context_.limits.lifetime);
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
            if (c->leads_to(*what.endpoint) && is_quiet(*c))
                return c;
        }
        return nullptr;
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

    void put_back(request const& what, connection_ptr c, exchange const& x) {
        bool const answered = !x.error || x.error == errc::http_status;
        if (!answered || !c->reusable || !c->socket.is_open() ||
            now_ - c->born > ticks(context_.limits.lifetime))
            return;
        c->idle_since = now_;
        pool_[what.lane].push_back(std::move(c));
        ++pooled_;
    }

    // --- opening ---

    [[nodiscard]] boost::asio::awaitable<connection_ptr> open(request const& what, deadline& d, exchange& x) {
        std::vector<boost::asio::ip::address> found;
        d.phase(errc::dns_timeout, context_.limits.resolve);
        if (what.endpoint->is_address())
            found.push_back(boost::asio::ip::make_address(what.endpoint->host()));
        else
            found = co_await resolve(what.endpoint->host(), d, x);
        for (auto const& a : found)
            if (!context_.allows_address(a, what.endpoint->port())) {
                x.error = errc::blocked_address;
                x.detail = what.endpoint->host() + " has the address " + a.to_string();
            }
        if (x.error)
            co_return nullptr;
        auto c = std::make_unique<detail::beast_connection>(context_.executor, *what.endpoint);
        d.watch(&c->socket);
        co_await connect(*c, found, d, x);
        if (!x.error && what.endpoint->https())
            co_await handshake(*c, d, x);
        d.watch(static_cast<detail::tcp::socket*>(nullptr));
        c->born = now_;
        if (x.error)
            co_return nullptr;
        co_return c;
    }

    struct lookup {
        explicit lookup(boost::asio::any_io_executor const& executor)
            : gate(executor, boost::asio::steady_timer::time_point::max()) {}
        boost::asio::steady_timer gate;
        error_code ec;
        resolver_pool::addresses found;
        bool done = false;
    };

    [[nodiscard]] boost::asio::awaitable<resolver_pool::addresses> resolve(std::string host, deadline& d,
                                                                           exchange& x) {
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
                                         std::vector<boost::asio::ip::address> const& to, deadline& d,
                                         exchange& x) {
        d.phase(errc::connect_timeout, context_.limits.connect);
        auto const count = std::min(to.size(), context_.limits.addresses);
        for (std::size_t i = 0; i != count; ++i) {
            detail::tcp::endpoint const endpoint(to[i], c.endpoint.port());
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
            x.error = {};
            x.detail.clear();
            c.socket.set_option(detail::tcp::no_delay(true), ec);
            co_return;
        }
    }

    boost::asio::awaitable<void> handshake(detail::beast_connection& c, deadline& d, exchange& x) {
        d.phase(errc::tls_timeout, context_.limits.tls);
        auto* const trust = trusted(x);
        if (trust == nullptr)
            co_return;
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

    // The TLS context, made when the first HTTPS request comes.
    [[nodiscard]] boost::asio::ssl::context* trusted(exchange& x) {
        namespace ssl = boost::asio::ssl;
        if (!trust_) {
            trust_.emplace(ssl::context::tls_client);
            boost::system::error_code ec;
            SSL_CTX_set_min_proto_version(trust_->native_handle(), TLS1_2_VERSION);
            SSL_CTX_set_options(trust_->native_handle(), SSL_OP_NO_RENEGOTIATION);
            trust_->set_default_verify_paths(ec);
            for (auto const& file : files_)
                if (trust_->load_verify_file(file, ec); ec)
                    trust_error_ = "the CA file " + file + " cannot be used: " + ec.message();
            for (auto const& pem : pems_)
                if (trust_->add_certificate_authority(boost::asio::buffer(pem), ec); ec)
                    trust_error_ = "a CA certificate cannot be used: " + ec.message();
        }
        if (trust_error_.empty())
            return &*trust_;
        x.error = errc::tls_handshake_failed;
        x.detail = trust_error_;
        return nullptr;
    }

    // --- one exchange on an open connection ---

    // True if any byte of a response came.
    [[nodiscard]] boost::asio::awaitable<bool> perform(detail::beast_connection& c, request const& what,
                                                       deadline& d, exchange& x) {
        d.watch(&c.socket);
        d.phase(errc::response_timeout, context_.limits.response);
        serialise(what, c.output);
        bool answered = false;
        if (c.tls)
            answered = co_await exchange_over(*c.tls, c, d, x);
        else
            answered = co_await exchange_over(c.socket, c, d, x);
        d.watch(static_cast<detail::tcp::socket*>(nullptr));
        co_return answered;
    }

    static void serialise(request const& what, std::string& out) {
        out.clear();
        out.append(to_string(what.method)).append(" ").append(what.target).append(" HTTP/1.1\r\nHost: ");
        append_authority(out, *what.endpoint);
        out.append("\r\n");
        if (!what.body.empty() || needs_body(what.method)) {
            char digits[24];
            auto const end = std::to_chars(digits, digits + sizeof digits, what.body.size()).ptr;
            out.append("Content-Length: ").append(digits, end).append("\r\n");
        }
        out.append(what.headers).append(what.secret_headers).append(what.signature_headers);
        out.append("\r\n").append(what.body);
    }

    // url::authority without its temporary string.
    static void append_authority(std::string& out, url const& u) {
        bool const v6 = u.host().find(':') != std::string::npos;
        out.append(v6 ? "[" : "").append(u.host()).append(v6 ? "]" : "");
        if (u.port() == (u.https() ? 443 : 80))
            return;
        char digits[8];
        out.append(":").append(digits, std::to_chars(digits, digits + sizeof digits, u.port()).ptr);
    }

    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<bool> exchange_over(Stream& stream, detail::beast_connection& c,
                                                             deadline& d, exchange& x) {
        boost::system::error_code ec;
        auto const sent =
            co_await stream.async_write_some(boost::asio::const_buffer(c.output.data(), c.output.size()),
                                             boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        std::shared_ptr<detail::request_rest<Stream>> rest;
        if (!ec && sent != c.output.size()) {
            rest = std::make_shared<detail::request_rest<Stream>>(stream,
                                                                  std::string_view(c.output).substr(sent));
            rest->write();
        }
        // A write that failed does not end it: a receiver may have answered, and closed, before it read
        // everything.
        bool answered = false;
        c.received = 0;
        c.reusable = false;
        std::size_t header_bytes = 0;
        for (unsigned interim = 0;; ++interim) {
            x.response.clear();
            std::optional<detail::response_reader> reader(std::in_place, context_.limits, x.response);
            error_code failed = co_await read_header(stream, c, *reader, header_bytes, answered);
            if (!failed)
                failed = interim_error(reader->status(), interim);
            if (failed) {
                x.response.clear();
                x.error = d.cut() ? d.cut() : read_or_write_error(failed, rest ? rest->error() : ec);
                break;
            }
            if (reader->status() < 200)
                continue;
            x.response.status = reader->status();
            x.error = reader->status() < 300 ? error_code() : error_code(errc::http_status);
            co_await read_body(stream, c, *reader, d);
            bool const whole_request = !ec && (!rest || rest->is_written());
            c.reusable = whole_request && !d.cut() && c.received == 0 && !has_unread(stream) &&
                         reader->exactly_framed();
            break;
        }
        if (rest)
            co_await rest->end(c.socket);
        co_return answered;
    }

    [[nodiscard]] error_code interim_error(int status, unsigned interim) const {
        if (status == 101)
            return errc::unexpected_upgrade;
        if (status < 200 && interim == context_.limits.interim_responses)
            return errc::too_many_interim;
        return {};
    }

    // A reset is told once: to the write, if it came before it, and the read finds an end.
    [[nodiscard]] static error_code read_or_write_error(error_code const& read,
                                                        boost::system::error_code const& write) {
        bool const reset = read == errc::eof_before_response && write == boost::asio::error::connection_reset;
        return reset ? error_code(errc::connection_reset) : read;
    }

    // Bytes behind the response that TLS has taken from the socket already, where no look at the socket finds
    // them.
    [[nodiscard]] static bool has_unread(detail::tcp::socket&) noexcept { return false; }
    [[nodiscard]] static bool has_unread(boost::asio::ssl::stream<detail::tcp::socket&>& stream) noexcept {
        auto* const ssl = stream.native_handle();
        return SSL_has_pending(ssl) == 1 || BIO_ctrl_pending(SSL_get_rbio(ssl)) != 0;
    }

    // Reads until the header of one response, interim or final, is parsed.
    template <class Stream>
    [[nodiscard]] boost::asio::awaitable<error_code> read_header(Stream& stream, detail::beast_connection& c,
                                                                 detail::response_reader& reader,
                                                                 std::size_t& header_bytes, bool& answered) {
        while (!reader.is_header_done()) {
            boost::beast::error_code parsed;
            auto const used = feed(reader, c, parsed);
            header_bytes += used;
            if (parsed && parsed != boost::beast::http::error::need_more)
                co_return detail::parse_error(parsed, reader.coded());
            auto const size = header_bytes + (reader.is_header_done() ? 0 : c.received);
            if (size > context_.limits.header_bytes)
                co_return errc::header_limit;
            if (reader.is_header_done())
                break;
            boost::system::error_code ec;
            auto const n = co_await read_some(stream, c, ec);
            answered = answered || n != 0;
            if (ec)
                co_return read_error(ec, reader.got_some());
        }
        co_return error_code();
    }

    // Reads what is worth reading of the body; the outcome stands already.
    template <class Stream>
    boost::asio::awaitable<void> read_body(Stream& stream, detail::beast_connection& c,
                                           detail::response_reader& reader, deadline& d) {
        d.phase(errc::total_timeout, context_.limits.body);
        reader.eager(true);
        std::size_t read = c.received;
        while (!reader.is_done()) {
            boost::beast::error_code parsed;
            if (c.received != 0)
                feed(reader, c, parsed);
            if (reader.is_done() || (parsed && parsed != boost::beast::http::error::need_more))
                co_return;
            if (reader.body_exceeded() || read > context_.limits.body_read)
                co_return;
            boost::system::error_code ec;
            read += co_await read_some(stream, c, ec);
            if (ec)
                co_return;
        }
    }

    static std::size_t feed(detail::response_reader& reader, detail::beast_connection& c,
                            boost::beast::error_code& ec) {
        auto const used = reader.put(boost::asio::const_buffer(c.input.data(), c.received), ec);
        c.received -= used;
        std::memmove(c.input.data(), c.input.data() + used, c.received);
        return used;
    }

    template <class Stream>
    [[nodiscard]] static boost::asio::awaitable<std::size_t>
    read_some(Stream& stream, detail::beast_connection& c, boost::system::error_code& ec) {
        if (c.received == c.input.size())
            c.input.resize(c.input.size() * 2);
        boost::asio::mutable_buffer const room(c.input.data() + c.received, c.input.size() - c.received);
        auto const n = co_await stream.async_read_some(
            room, boost::asio::redirect_error(boost::asio::use_awaitable, ec));
        c.received += n;
        co_return n;
    }

    [[nodiscard]] static error_code read_error(boost::system::error_code const& ec, bool begun) {
        if (begun)
            return errc::partial_response;
        bool const closed = ec == boost::asio::error::eof || ec == boost::asio::ssl::error::stream_truncated;
        return closed ? errc::eof_before_response : errc::connection_reset;
    }

    transport_context context_;
    boost::asio::steady_timer timer_;
    bool ticking_ = false;
    detail::tick_count now_ = 0;
    std::vector<deadline*> active_;

    boost::unordered_flat_map<uuid, std::vector<connection_ptr>, uuid_hash> pool_;
    std::size_t pooled_ = 0;

    std::vector<std::string> files_;
    std::vector<std::string> pems_;
    std::optional<boost::asio::ssl::context> trust_;
    std::string trust_error_;
};

POSTHORN_DECL void beast_async::bind(transport_context context) {
    state_ = std::make_shared<state>(std::move(context), trusted_files_, trusted_pems_);
}

POSTHORN_DECL boost::asio::awaitable<exchange> beast_async::send(request const& what) {
    return state_->send(what);
}

POSTHORN_DECL void beast_async::cancel() noexcept {
    state_->cancel();
}

} // namespace posthorn
