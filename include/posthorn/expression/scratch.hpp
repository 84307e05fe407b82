// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace posthorn {

/// Where an evaluation keeps the texts that it makes: on the stack as long as they are short, at most 1 MiB.
class expression_scratch {
  public:
    expression_scratch() noexcept {}
    expression_scratch(expression_scratch const&) = delete;
    expression_scratch& operator=(expression_scratch const&) = delete;
    ~expression_scratch() { forget_texts(); }

    /// Ends the life of all texts, for the next evaluation; the work goes on being counted.
    void forget_texts() noexcept {
        while (chunks_ != nullptr)
            ::operator delete(std::exchange(chunks_, chunks_->next));
        used_ = 0;
        left_ = most_text;
    }

    /// Room for a text, valid as long as the scratch; null when there is no more.
    [[nodiscard]] char* allocate(std::size_t bytes) noexcept {
        if (bytes > left_)
            return nullptr;
        left_ -= bytes;
        if (bytes <= first_.size() - used_)
            return first_.data() + std::exchange(used_, used_ + bytes);
        void* const memory = ::operator new(sizeof(chunk) + bytes, std::nothrow);
        if (memory == nullptr)
            return nullptr;
        chunks_ = ::new (memory) chunk{chunks_};
        return static_cast<char*>(memory) + sizeof(chunk);
    }

    /// Counts `steps` of work that depends on the data; false when an evaluation has done too much.
    [[nodiscard]] bool work(std::size_t steps) noexcept {
        if (steps > steps_left_)
            return false;
        steps_left_ -= steps;
        return true;
    }

  private:
    // A text stands behind it.
    struct chunk {
        chunk* next;
    };

    static constexpr std::size_t most_text = 1 << 20;

    std::size_t left_ = most_text;
    std::size_t steps_left_ = 1 << 20;
    std::size_t used_ = 0;
    chunk* chunks_ = nullptr;
    std::array<char, 512> first_;
};

} // namespace posthorn
