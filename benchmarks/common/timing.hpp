// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace bench {

// Keeps the compiler from dropping what nobody reads.
template <class T>
inline void keep(T const& value) {
    asm volatile("" : : "r,m"(value) : "memory");
}

// Nanoseconds per call of f(i), for i from `first` on.
template <class F>
[[nodiscard]] double ns_per_call(std::size_t calls, F f, std::size_t first = 0) {
    using clock = std::chrono::steady_clock;
    auto const begin = clock::now();
    for (std::size_t i = 0; i != calls; ++i)
        f(first + i);
    return std::chrono::duration<double, std::nano>(clock::now() - begin).count() /
           static_cast<double>(calls);
}

// The median of what nine rounds give.
template <class Round>
[[nodiscard]] double median_of_rounds(Round round) {
    std::array<double, 9> all{};
    for (auto& ns : all)
        ns = round();
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
}

// Nanoseconds per call of f(i), the median of nine rounds.
template <class F>
[[nodiscard]] double median_ns(std::size_t calls, F f) {
    std::size_t first = 0;
    return median_of_rounds([&] {
        auto const ns = ns_per_call(calls, f, first);
        first += calls;
        return ns;
    });
}

} // namespace bench
