// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace posthorn {

/// One header field as text; views into a header_block.
struct header_view {
    std::string_view name;
    std::string_view value;
};

/// The fields of a header block, "Name: value\r\n" each, in order; a forward range of header_view.
class header_range {
  public:
    class iterator {
      public:
        using value_type = header_view;
        using difference_type = std::ptrdiff_t;

        iterator() = default;
        explicit iterator(std::string_view rest) noexcept : rest_(rest) {}

        [[nodiscard]] header_view operator*() const noexcept {
            auto const line = rest_.substr(0, rest_.find('\r'));
            auto const colon = line.find(':');
            return {line.substr(0, colon), line.substr(colon + 2)};
        }

        iterator& operator++() noexcept {
            rest_.remove_prefix(rest_.find('\n') + 1);
            return *this;
        }

        iterator operator++(int) noexcept {
            auto const before = *this;
            ++*this;
            return before;
        }

        [[nodiscard]] friend bool operator==(iterator const& a, iterator const& b) noexcept {
            return a.rest_.size() == b.rest_.size();
        }

      private:
        std::string_view rest_;
    };

    explicit header_range(std::string_view block) noexcept : block_(block) {}

    [[nodiscard]] iterator begin() const noexcept { return iterator(block_); }
    [[nodiscard]] iterator end() const noexcept { return iterator(block_.substr(block_.size())); }

  private:
    std::string_view block_;
};

/// Header fields as they stand on the wire: "Name: value\r\n", one after the other, in one buffer.
///
/// Names and values must be valid (see `header_name_ok`, `header_value_ok`); the block adds no check of its
/// own.
class header_block {
  public:
    header_block() = default;

    /// Appends a field.
    void add(std::string_view name, std::string_view value) {
        text_.append(name).append(": ", 2).append(value).append("\r\n", 2);
    }

    void clear() noexcept { text_.clear(); }

    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    [[nodiscard]] header_range fields() const noexcept { return header_range(text_); }

    /// The buffer, for signers and templates that write a value piece by piece.
    [[nodiscard]] std::string& buffer() noexcept { return text_; }

  private:
    std::string text_;
};

} // namespace posthorn
