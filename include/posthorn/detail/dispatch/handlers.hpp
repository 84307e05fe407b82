// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/dispatch_result.hpp>
#include <posthorn/error.hpp>
#include <posthorn/transaction_report.hpp>

#include <boost/asio/any_completion_handler.hpp>

namespace posthorn::detail {

// The completions of the dispatcher's operations, without their types.
using run_handler = boost::asio::any_completion_handler<void(error_code)>;
using append_handler = boost::asio::any_completion_handler<void(error_code, dispatch_result)>;
using commit_handler = boost::asio::any_completion_handler<void(transaction_report)>;

} // namespace posthorn::detail
