// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/config.hpp>
#include <posthorn/expression/code.hpp>
#include <posthorn/expression/scratch.hpp>
#include <posthorn/expression/value.hpp>
#include <posthorn/model/event.hpp>

namespace posthorn::detail {

// The event as a record, so that `event.actor` is a path like any other; the evaluator knows the positions.
[[nodiscard]] POSTHORN_DECL record_schema const& event_record();

[[nodiscard]] POSTHORN_DECL value evaluate(expression_code const& code, event_view const& e,
                                           expression_scratch& scratch) noexcept;

} // namespace posthorn::detail

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/expression/evaluate.ipp>
#endif
