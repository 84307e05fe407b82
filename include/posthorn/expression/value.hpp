// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace posthorn {

// g++ 12 says that a scoped enumerator shadows `posthorn::duration`, which it cannot.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
/// The kinds of value that an expression can have.
enum class value_kind : std::uint8_t {
    null,
    boolean,
    integer,
    unsigned_integer,
    real,
    text,
    timestamp,
    duration,
    list,
    record
};
#pragma GCC diagnostic pop

/// A point in time inside expressions: microseconds, so that the years 0 to 9999 fit.
using utc_time = std::chrono::sys_time<std::chrono::microseconds>;

/// The time between two of them.
using time_span = utc_time::duration;

struct record_schema;
class value;

/// The static type of a value: what a field of an object can hold.
struct value_type {
    value_kind kind = value_kind::null;
    /// Whether the value can be null.
    bool optional = false;
    /// The schema of a record, through a function so that records may contain themselves.
    record_schema const& (*record)() = nullptr;
    /// The type of a list's elements.
    value_type (*element)() = nullptr;
};

/// One field of a record, with the accessor that reads it.
struct field_schema {
    std::string_view name;
    value_type type;
    value (*get)(void const* record) = nullptr;
};

/// The fields of one described struct that webhooks may see.
struct record_schema {
    std::span<field_schema const> fields;
};

/// How a list is read without knowing its element's C++ type.
struct list_access {
    std::size_t (*size)(void const* list);
    value (*at)(void const* list, std::size_t index);
};

/// A value of an expression: a view of at most 24 bytes into the host's object, copied freely, owning
/// nothing.
///
/// Valid as long as the object it was read from. Thread safety: as the object's.
class value {
  public:
    /// Null.
    value() noexcept : integer_(0) {}
    explicit value(bool b) noexcept : kind_(value_kind::boolean), boolean_(b) {}
    explicit value(std::int64_t i) noexcept : kind_(value_kind::integer), integer_(i) {}
    explicit value(std::uint64_t u) noexcept : kind_(value_kind::unsigned_integer), unsigned_(u) {}
    explicit value(double d) noexcept : kind_(value_kind::real), real_(d) {}
    explicit value(std::string_view s) noexcept : kind_(value_kind::text), text_(s) {}
    explicit value(utc_time t) noexcept : kind_(value_kind::timestamp), time_(t) {}
    explicit value(time_span d) noexcept : kind_(value_kind::duration), span_(d) {}
    value(void const* list, list_access const& access) noexcept
        : kind_(value_kind::list), list_{list, &access} {}
    value(void const* record, record_schema const& schema) noexcept
        : kind_(value_kind::record), record_{record, &schema} {}

    [[nodiscard]] value_kind kind() const noexcept { return kind_; }
    [[nodiscard]] bool is_null() const noexcept { return kind_ == value_kind::null; }

    /// @name Access; the kind must be the one that the name says.
    /// @{
    [[nodiscard]] bool as_boolean() const noexcept { return boolean_; }
    [[nodiscard]] std::int64_t as_integer() const noexcept { return integer_; }
    [[nodiscard]] std::uint64_t as_unsigned() const noexcept { return unsigned_; }
    [[nodiscard]] double as_real() const noexcept { return real_; }
    [[nodiscard]] std::string_view as_text() const noexcept { return text_; }
    [[nodiscard]] utc_time as_timestamp() const noexcept { return time_; }
    [[nodiscard]] time_span as_duration() const noexcept { return span_; }
    [[nodiscard]] std::size_t size() const noexcept { return list_.access->size(list_.object); }
    [[nodiscard]] value at(std::size_t index) const noexcept { return list_.access->at(list_.object, index); }
    [[nodiscard]] record_schema const& schema() const noexcept { return *record_.schema; }
    [[nodiscard]] value field(field_schema const& f) const noexcept { return f.get(record_.object); }
    /// @}

  private:
    struct list_view {
        void const* object;
        list_access const* access;
    };
    struct record_view {
        void const* object;
        record_schema const* schema;
    };

    value_kind kind_ = value_kind::null;
    union {
        bool boolean_;
        std::int64_t integer_;
        std::uint64_t unsigned_;
        double real_;
        std::string_view text_;
        utc_time time_;
        time_span span_;
        list_view list_;
        record_view record_;
    };
};

} // namespace posthorn
