// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/observer.hpp>
#include <posthorn/config.hpp>

#include <cstdio>
#include <functional>
#include <memory>
#include <string_view>

namespace posthorn {

/// Models Observer: the application log, one JSON object per line.
///
/// Tells refusals, attempts that failed, ends that are not delivered, and problems; with `everything` also
/// what went well. Never holds a header value, a body that was sent, a path or a query, so no secret of the
/// host; what a receiver answered is kept out too. A copyable handle. Thread safety: all functions, from any
/// threads; a line is written whole.
class json_log {
  public:
    /// How much is told.
    enum class detail_level {
        /// What a person may have to act on.
        problems,
        /// Every acceptance, attempt and end.
        everything,
    };

    /// Writes to `file`, which outlives the log.
    explicit json_log(std::FILE* file = stderr, detail_level level = detail_level::problems);

    /// Hands each line, its newline included, to `sink`; calls are serialised.
    explicit json_log(std::function<void(std::string_view)> sink,
                      detail_level level = detail_level::problems);

    void on_accepted(accepted_notice const& n);
    void on_refused(refused_notice const& n);
    void on_attempt(attempt_notice const& n);
    void on_settled(settled_notice const& n);
    void on_failing(failing_notice const& n);
    void on_problem(problem_notice const& n);

  private:
    class state;
    std::shared_ptr<state> state_;
    detail_level level_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/observe/json_log.ipp>
#endif
