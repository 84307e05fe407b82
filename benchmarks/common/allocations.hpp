// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <new>

// Counts what the whole program allocates; include it in one translation unit.
namespace bench {

struct allocation_totals {
    std::uint64_t count = 0;
    std::int64_t bytes_in_use = 0;
};

inline std::atomic<std::uint64_t> allocation_count{0};
inline std::atomic<std::int64_t> allocated_bytes{0};

[[nodiscard]] inline allocation_totals allocations() noexcept {
    return {allocation_count.load(std::memory_order_relaxed),
            allocated_bytes.load(std::memory_order_relaxed)};
}

inline void* counted(void* p) {
    if (p == nullptr)
        throw std::bad_alloc();
    allocation_count.fetch_add(1, std::memory_order_relaxed);
    allocated_bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(p)), std::memory_order_relaxed);
    return p;
}

inline void released(void* p) noexcept {
    allocated_bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(p)), std::memory_order_relaxed);
    std::free(p);
}

} // namespace bench

void* operator new(std::size_t size) {
    return bench::counted(std::malloc(size));
}
void* operator new(std::size_t size, std::align_val_t align) {
    auto const unit = static_cast<std::size_t>(align);
    return bench::counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit));
}
void operator delete(void* p) noexcept {
    bench::released(p);
}
void operator delete(void* p, std::size_t) noexcept {
    bench::released(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    bench::released(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    bench::released(p);
}
