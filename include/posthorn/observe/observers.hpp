// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/observer.hpp>

#include <tuple>
#include <utility>

namespace posthorn {

/// Models Observer: tells each of a list, in order.
template <class... Each>
class observers {
  public:
    observers() = default;
    explicit observers(Each... each) : each_(std::move(each)...) {}

    void on_accepted(accepted_notice const& n) { tell(n); }
    void on_refused(refused_notice const& n) { tell(n); }
    void on_attempt(attempt_notice const& n) { tell(n); }
    void on_settled(settled_notice const& n) { tell(n); }
    void on_failing(failing_notice const& n) { tell(n); }
    void on_problem(problem_notice const& n) { tell(n); }

  private:
    static_assert((check_observer<Each>() && ...));

    template <class Notice>
    void tell(Notice const& n) {
        std::apply([&](Each&... each) { (detail::notify(each, n), ...); }, each_);
    }

    std::tuple<Each...> each_;
};

} // namespace posthorn
