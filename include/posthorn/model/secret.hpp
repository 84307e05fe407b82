// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string_view>
#include <utility>

namespace posthorn {

/// Text that must never be printed: a signing key, a password in a header.
///
/// Is neither printed nor made JSON, and has no conversion to text; `reveal()` is the one, greppable way to
/// the bytes. The memory is wiped on destruction and on assignment. Thread safety: distinct objects are safe;
/// a shared one as any value.
class secret {
  public:
    /// The empty secret.
    secret() noexcept = default;

    /// Copies `text`; the caller's copy stays the caller's to wipe.
    explicit secret(std::string_view text) : size_(text.size()) {
        if (size_ == 0)
            return;
        bytes_ = std::make_unique<char[]>(size_);
        text.copy(bytes_.get(), size_);
    }

    /// A secret of `size` bytes, written by `fill(char*)`, which gets null for size 0: for what must be in no
    /// other memory. When `fill` throws, what it wrote is wiped.
    template <class Fill>
    [[nodiscard]] static secret of_size(std::size_t size, Fill const& fill) {
        secret made;
        if (size != 0)
            made.bytes_ = std::make_unique<char[]>(size);
        made.size_ = size;
        fill(made.bytes_.get());
        return made;
    }

    secret(secret const& other) : secret(other.reveal()) {}

    secret(secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

    secret& operator=(secret other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        return *this;
    }

    ~secret() {
        // A volatile write is not removed as dead, although nobody reads the memory again.
        char volatile* const p = bytes_.get();
        for (std::size_t i = 0; i != size_; ++i)
            p[i] = 0;
    }

    /// The bytes; valid until this secret is assigned or destroyed. Do not print, log or store them.
    [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.get(), size_}; }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    /// Takes the same time wherever the two differ.
    [[nodiscard]] friend bool operator==(secret const& a, secret const& b) noexcept {
        if (a.size_ != b.size_)
            return false;
        unsigned difference = 0;
        for (std::size_t i = 0; i != a.size_; ++i)
            difference |= static_cast<unsigned>(static_cast<unsigned char>(a.bytes_[i]) ^
                                                static_cast<unsigned char>(b.bytes_[i]));
        return difference == 0;
    }

    /// A secret is never printed; `reveal()` says where it is meant to be.
    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>&,
                                                        secret const&) = delete;

    /// Nor made JSON: no `boost::json::value_from`, whatever generic overloads there are.
    template <class Tag, class Value>
    friend void tag_invoke(Tag, Value&, secret const&) = delete;

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_ = 0;
};

} // namespace posthorn
