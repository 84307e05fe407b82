// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/dispatch_result.hpp>
#include <posthorn/error.hpp>
#include <posthorn/model/call_mode.hpp>
#include <posthorn/model/language.hpp>
#include <posthorn/model/time.hpp>
#include <posthorn/model/uuid.hpp>
#include <posthorn/model/verb.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace posthorn {

/// One synchronous call: which webhook was called, and what came of it.
class call_report {
  public:
    call_report() noexcept {}

    /// Set if it failed; a 2xx answer is success.
    [[nodiscard]] error_code const& error() const noexcept { return error_; }
    [[nodiscard]] explicit operator bool() const noexcept { return !error_; }

    [[nodiscard]] uuid const& webhook() const noexcept { return webhook_; }
    /// The webhook's name, for people.
    [[nodiscard]] std::string const& wording() const noexcept { return wording_; }
    [[nodiscard]] call_mode mode() const noexcept { return mode_; }
    [[nodiscard]] uuid const& event() const noexcept { return event_; }
    /// The webhook-id that the receiver got.
    [[nodiscard]] uuid const& delivery() const noexcept { return delivery_; }
    [[nodiscard]] verb method() const noexcept { return method_; }
    /// What the URL's template became.
    [[nodiscard]] std::string const& url() const noexcept { return url_; }
    /// The receiver's status code; 0: there was no answer.
    [[nodiscard]] int status() const noexcept { return status_; }
    /// The first bytes of the receiver's answer. Untrusted; where it repeats a secret of the request, there
    /// is
    /// `***`.
    [[nodiscard]] std::string const& answer() const noexcept { return answer_; }
    /// Where a redirect pointed, which was not followed. Untrusted, and masked like the answer.
    [[nodiscard]] std::string const& location() const noexcept { return location_; }
    /// More about the error; may be empty. It names no address that the user did not name: that is for the
    /// observer's log.
    [[nodiscard]] std::string const& detail() const noexcept { return detail_; }
    [[nodiscard]] duration took() const noexcept { return took_; }

    /// One sentence for the user who waited: where the request went, and the status code or what went wrong.
    [[nodiscard]] POSTHORN_DECL std::string message(language in = language::english) const;

  private:
    friend class call_reporter;

    error_code error_;
    uuid webhook_{};
    std::string wording_;
    call_mode mode_ = call_mode::in_transaction;
    uuid event_{};
    uuid delivery_{};
    verb method_ = verb::post;
    std::string url_;
    int status_ = 0;
    std::string answer_;
    std::string location_;
    std::string detail_;
    duration took_{};
    bool sent_ = false;
};

/// Why the host's transaction did not commit.
class transaction_error {
  public:
    transaction_error() noexcept {}

    [[nodiscard]] explicit operator bool() const noexcept { return code_.failed(); }

    /// The error of the call, of the outbox, or of the host's commit.
    [[nodiscard]] error_code const& code() const noexcept { return code_; }

    /// The call that said no; null: the storage or the host's own commit failed.
    [[nodiscard]] call_report const* call() const noexcept { return call_ ? &*call_ : nullptr; }

    /// One sentence: webhook, status code and what went wrong.
    [[nodiscard]] POSTHORN_DECL std::string message(language in = language::english) const;

  private:
    friend class call_reporter;

    error_code code_;
    std::optional<call_report> call_;
};

/// What came of a transaction: whether it was committed, what the calls said, what is on its way.
///
/// A value. Thread safety: distinct objects safe.
class transaction_report {
  public:
    transaction_report() noexcept {}

    /// True if the host's transaction committed, whatever the calls after it said.
    [[nodiscard]] bool committed() const noexcept { return committed_; }
    [[nodiscard]] explicit operator bool() const noexcept { return committed_; }

    /// Why it did not commit; false if it did.
    [[nodiscard]] transaction_error const& error() const noexcept { return error_; }

    /// Set if the rollback failed too.
    [[nodiscard]] error_code const& rollback_error() const noexcept { return rollback_error_; }

    /// All calls, in the order in which they were made; the last one before a rollback is the one that
    /// failed.
    [[nodiscard]] std::vector<call_report> const& calls() const noexcept { return calls_; }

    /// The receivers that an in-transaction call has told successfully: they know of the change, also if it
    /// was rolled back after that.
    [[nodiscard]] POSTHORN_DECL std::vector<call_report> told() const;

    /// The after-commit calls that failed; the change stands.
    [[nodiscard]] POSTHORN_DECL std::vector<call_report> failed() const;

    /// @name Deliveries in the background; none if nothing was committed. As in `dispatch_result`.
    /// @{
    [[nodiscard]] std::size_t accepted() const noexcept { return background_.accepted(); }
    [[nodiscard]] std::vector<refusal> const& refused() const noexcept { return background_.refused(); }
    /// @}

    /// What the user who waited is to see; nothing if it was committed and all calls went well. Of what
    /// happens in the background the user is told nothing. For each call that failed: that there was an
    /// error, what the URL's template became, and where the request was sent with which status code.
    [[nodiscard]] POSTHORN_DECL std::vector<std::string> messages(language in = language::english) const;

  private:
    friend class call_reporter;

    bool committed_ = false;
    transaction_error error_;
    error_code rollback_error_;
    std::vector<call_report> calls_;
    dispatch_result background_;
};

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/transaction_report.ipp>
#endif
