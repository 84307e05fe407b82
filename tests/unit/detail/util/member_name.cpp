// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/util/member_name.hpp>

namespace {

POSTHORN_NAMES_MEMBER(ring);

struct nothing {};
struct function {
    void ring();
};
struct overloads {
    void ring(int);
    void ring(char);
};
struct a_template {
    template <class T>
    void ring(T);
};
struct data {
    int ring;
};
class hidden {
    [[maybe_unused]] void ring() {}
};
struct inherited : overloads {};
struct abstract {
    virtual ~abstract() = default;
    virtual void ring() = 0;
};
struct a_type {
    using ring = int;
};
struct final_one final {
    void ring();
};
struct final_nothing final {};
struct no_default {
    no_default(no_default&&) = delete;
    explicit no_default(int&);
    int& part;
};

static_assert(names_ring<function> && names_ring<overloads> && names_ring<a_template> && names_ring<data>);
static_assert(names_ring<hidden> && names_ring<inherited> && names_ring<abstract> && names_ring<a_type>);
static_assert(names_ring<final_one> && !names_ring<final_nothing>);
static_assert(!names_ring<nothing> && !names_ring<no_default> && !names_ring<int> && !names_ring<int*>);

} // namespace
