// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/time.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace posthorn {

/// Models Clock: the machine's clocks.
class system_clock {
  public:
    [[nodiscard]] wall_time now() const;
    [[nodiscard]] steady_time steady_now() const;

    /// Wakes by the executor's timers.
    class timer {
      public:
        timer(boost::asio::any_io_executor executor, system_clock const&) : timer_(std::move(executor)) {}

        template <class F>
        void arm(steady_time at, F f) {
            timer_.expires_at(std::chrono::time_point_cast<boost::asio::steady_timer::duration>(at));
            timer_.async_wait([f = std::move(f)](boost::system::error_code ec) mutable {
                if (!ec)
                    f();
            });
        }

        void cancel() { timer_.cancel(); }

      private:
        boost::asio::steady_timer timer_;
    };
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/system.ipp>
#endif
