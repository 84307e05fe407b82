// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/model/time.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace posthorn {

/// Models Clock: the machine's clocks.
class system_clock {
  public:
    [[nodiscard]] wall_time now() const;
    [[nodiscard]] steady_time steady_now() const;

    /// Wakes by the executor's timers.
    class timer {
      public:
        timer(boost::asio::any_io_executor const& executor, system_clock const& clock);
        timer(timer&&) = delete;
        ~timer();

        void arm(steady_time at, std::function<void()> f);
        void cancel();

      private:
        struct state;
        std::unique_ptr<state> state_;
    };
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/environment/system_clock.ipp>
#endif
