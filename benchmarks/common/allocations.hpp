// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>

// Counts what the whole program allocates, its libraries too; include it in one translation unit. Needs
// glibc, whose own functions stand behind ours.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* p, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* p);
}

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

inline void* allocated(void* p) noexcept {
    allocation_count.fetch_add(1, std::memory_order_relaxed);
    allocated_bytes.fetch_add(static_cast<std::int64_t>(malloc_usable_size(p)), std::memory_order_relaxed);
    return p;
}

inline void released(void* p) noexcept {
    allocated_bytes.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(p)), std::memory_order_relaxed);
}

} // namespace bench

extern "C" {

void* malloc(std::size_t size) {
    return bench::allocated(__libc_malloc(size));
}

void* calloc(std::size_t count, std::size_t size) {
    return bench::allocated(__libc_calloc(count, size));
}

void* realloc(void* p, std::size_t size) {
    bench::released(p);
    return bench::allocated(__libc_realloc(p, size));
}

void* memalign(std::size_t alignment, std::size_t size) {
    return bench::allocated(__libc_memalign(alignment, size));
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
    *out = memalign(alignment, size);
    return *out == nullptr ? ENOMEM : 0;
}

void free(void* p) {
    bench::released(p);
    __libc_free(p);
}

} // extern "C"
