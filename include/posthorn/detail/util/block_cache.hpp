// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <cstddef>
#include <new>

namespace posthorn::detail {

// Memory for what is made and given back once per delivery. A thread keeps a part of what is given back on
// it, by size, so that in steady state nothing is allocated.
//
// Thread safety: all functions, from any threads; a block may be given back on another thread than it was
// taken on.
class block_cache {
  public:
    [[nodiscard]] static void* take(std::size_t size) {
        auto const unit = units(size);
        if (unit < list_count && mine.lists[unit] != nullptr) {
            auto* const first = mine.lists[unit];
            mine.lists[unit] = first->next;
            mine.bytes -= unit * unit_size;
            return first;
        }
        return ::operator new(unit * unit_size);
    }

    // `size`: as it was asked for.
    static void give_back(void* block, std::size_t size) noexcept {
        auto const unit = units(size);
        if (unit >= list_count || mine.bytes + unit * unit_size > most_kept)
            return ::operator delete(block);
        thread_local cleaner const at_the_end;
        static_cast<void>(&at_the_end);
        // A thread that ends keeps nothing any more.
        if (mine.ended)
            return ::operator delete(block);
        mine.lists[unit] = ::new (block) free_block{mine.lists[unit]};
        mine.bytes += unit * unit_size;
    }

  private:
    struct free_block {
        free_block* next;
    };

    static constexpr std::size_t unit_size = 64;
    static constexpr std::size_t list_count = 65; // up to 4 KiB

#if defined(__SANITIZE_ADDRESS__)
#define POSTHORN_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POSTHORN_ADDRESS_SANITIZER 1
#endif
#endif
#if defined(POSTHORN_ADDRESS_SANITIZER)
#undef POSTHORN_ADDRESS_SANITIZER
    // The sanitizer finds what is used after it was given back only if it goes back to the heap.
    static constexpr std::size_t most_kept = 0;
#else
    static constexpr std::size_t most_kept = 256 * 1024;
#endif

    // Without a constructor and a destructor, so that it can be used as long as its thread runs any code.
    struct kept {
        free_block* lists[list_count];
        std::size_t bytes;
        bool ended;
    };

    struct cleaner {
        cleaner() = default;
        cleaner(cleaner const&) = delete;
        cleaner& operator=(cleaner const&) = delete;
        ~cleaner() {
            mine.ended = true;
            for (auto*& list : mine.lists)
                while (list != nullptr) {
                    auto* const block = list;
                    list = block->next;
                    ::operator delete(block);
                }
        }
    };

    [[nodiscard]] static constexpr std::size_t units(std::size_t size) noexcept {
        return (size + unit_size - 1) / unit_size;
    }

    inline static constinit thread_local kept mine{};
};

// For containers that live as long as one call.
template <class T>
struct block_allocator {
    using value_type = T;

    block_allocator() = default;
    template <class U>
    // NOLINTNEXTLINE(google-explicit-constructor): allocators convert.
    block_allocator(block_allocator<U> const&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t n) {
        static_assert(alignof(T) <= alignof(std::max_align_t));
        return static_cast<T*>(block_cache::take(n * sizeof(T)));
    }
    void deallocate(T* p, std::size_t n) noexcept { block_cache::give_back(p, n * sizeof(T)); }

    template <class U>
    [[nodiscard]] bool operator==(block_allocator<U> const&) const noexcept {
        return true;
    }
};

} // namespace posthorn::detail
