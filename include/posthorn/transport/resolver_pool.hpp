// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/time.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace posthorn {

/// Looks names up on threads of its own, one look-up per name at a time, with a short cache.
///
/// Asio's resolver has one thread per context: one slow name would hold up all others. Here each look-up has
/// a thread, which is started when it is needed; a few stay for what comes next. Where there are not enough
/// for all, names wait in turn, each kind of them for its part: those whose last look-up found something
/// within a second may use all threads, those never looked up seven of eight, those whose last look-up took
/// longer, whatever came of it, one of four. So a name server that hangs delays its own names. A name that it
/// answers at once again is as any other from then on.
///
/// A look-up that hangs keeps one thread, and neither its callers, which give up at their own deadlines, nor
/// a shutdown: the threads keep what they need alive and end by themselves. Who asks for a name that is being
/// looked up waits for that look-up, unless it has taken ten seconds already.
///
/// What was found is kept for ten seconds, up to 64 addresses of a name; what was not found is asked again. A
/// caller judges addresses from the cache as it does new ones. Nothing here grows without bound. Thread
/// safety: all functions, from any threads.
class resolver_pool {
  public:
    using addresses = std::vector<boost::asio::ip::address>;

    /// What looks a name up, blocking; nothing found: an empty list. The default asks the operating system.
    using lookup = std::function<addresses(std::string const& host)>;

    /// @param threads  threads at most
    /// @param queue    names of each kind that may wait for a thread
    /// @param now      steady time, for the cache, and to tell slow names
    resolver_pool(std::size_t threads, std::size_t queue, std::function<steady_time()> now,
                  lookup ask = system_lookup());
    ~resolver_pool();

    resolver_pool(resolver_pool const&) = delete;
    resolver_pool& operator=(resolver_pool const&) = delete;

    /// Calls `done` on `executor` with the addresses, or `errc::dns_failed`; never inside this call.
    void resolve(std::string const& host, boost::asio::any_io_executor const& executor,
                 std::function<void(error_code, addresses)> done);

    /// Drops everybody who waits: none of them is called any more, so that their executors may go.
    void forget();

    /// The same for good: whoever asks later is dropped, too.
    void close();

    /// getaddrinfo.
    [[nodiscard]] static lookup system_lookup();

  private:
    class state;
    std::shared_ptr<state> state_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/transport/resolver_pool.ipp>
#endif
