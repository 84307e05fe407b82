// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/util/cow.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace posthorn::detail {

// A map of 64-bit keys in ascending order, whose copies share what is the same: a copy costs nothing, and a
// change to one copies a path of nodes.
//
// A trie of five bits a level from the most significant on. A node stands where its keys begin to differ, so
// that there is none with less than two of them (the root aside): hashes, dense numbers and sparse ones all
// give a flat trie. A node and all it holds is one block of memory.
template <class V>
class persistent_map {
  public:
    [[nodiscard]] bool empty() const noexcept { return !root_; }

    // Null: not there.
    [[nodiscard]] V const* find(std::uint64_t key) const noexcept {
        for (auto const* n = root_.get(); n != nullptr;) {
            auto const bit = n->bit_of(key);
            if ((n->leaves & bit) != 0) {
                auto const& e = n->entry_at(bit);
                return e.key == key ? &e.value : nullptr;
            }
            if ((n->branches & bit) == 0)
                return nullptr;
            n = n->child_at(bit).get();
        }
        return nullptr;
    }

    // Calls f(key, value) in ascending order of the keys.
    template <class F>
    void for_each(F&& f) const {
        if (root_)
            visit(*root_, f);
    }

    // The value of this key, to be changed by this edit; made by `make()` if there is none.
    template <class Make>
    [[nodiscard]] V& edit(std::uint64_t key, edit_number who, Make&& make) {
        return find(key) == nullptr ? insert(key, who, make()) : known(key, who);
    }

    // The value of a key that is there, to be changed by this edit.
    [[nodiscard]] V& known(std::uint64_t key, edit_number who) {
        auto* at = &root_;
        for (;;) {
            own(*at, who);
            auto& n = at->writable();
            auto const bit = n.bit_of(key);
            if ((n.leaves & bit) != 0)
                return n.entry_at(bit).value;
            at = &n.child_at(bit);
        }
    }

    // Whether it was there.
    bool erase(std::uint64_t key, edit_number who) {
        if (find(key) == nullptr)
            return false;
        erase_from(root_, key, who);
        return true;
    }

  private:
    struct node;
    using link = part_ptr<node>;
    using bits = std::uint32_t;

    static constexpr unsigned digit_bits = 5;

    struct entry {
        std::uint64_t key;
        V value;
    };

    // Behind it stand its entries, then its children, each in ascending order of their digits.
    struct node : shared_part {
        node(edit_number who, unsigned at, bits with_leaves, bits with_branches) noexcept
            : shared_part(who), shift(at), leaves(with_leaves), branches(with_branches) {}

        [[nodiscard]] bits bit_of(std::uint64_t key) const noexcept {
            return bits{1} << ((key >> shift) & 31);
        }
        [[nodiscard]] std::size_t entries() const noexcept { return count(leaves); }
        [[nodiscard]] std::size_t children() const noexcept { return count(branches); }

        [[nodiscard]] entry* first_entry() noexcept { return reinterpret_cast<entry*>(this + 1); }
        [[nodiscard]] entry const* first_entry() const noexcept {
            return reinterpret_cast<entry const*>(this + 1);
        }
        [[nodiscard]] link* first_child() noexcept {
            return reinterpret_cast<link*>(first_entry() + entries());
        }
        [[nodiscard]] link const* first_child() const noexcept {
            return reinterpret_cast<link const*>(first_entry() + entries());
        }

        [[nodiscard]] entry& entry_at(bits bit) noexcept { return first_entry()[count(leaves & (bit - 1))]; }
        [[nodiscard]] entry const& entry_at(bits bit) const noexcept {
            return first_entry()[count(leaves & (bit - 1))];
        }
        [[nodiscard]] link& child_at(bits bit) noexcept { return first_child()[count(branches & (bit - 1))]; }
        [[nodiscard]] link const& child_at(bits bit) const noexcept {
            return first_child()[count(branches & (bit - 1))];
        }

        // The memory for the entries and children that the bits name; the caller constructs them.
        [[nodiscard]] static node* allocate(edit_number who, unsigned at, bits leaves, bits branches) {
            static_assert(std::is_nothrow_copy_constructible_v<V> && std::is_nothrow_move_constructible_v<V>,
                          "a node is filled without a way back");
            static_assert(alignof(entry) <= alignof(node) && alignof(link) <= alignof(entry));
            auto const bytes = sizeof(node) + count(leaves) * sizeof(entry) + count(branches) * sizeof(link);
            return ::new (::operator new(bytes)) node(who, at, leaves, branches);
        }

        static void destroy(node* last) noexcept {
            std::destroy_n(last->first_child(), last->children());
            std::destroy_n(last->first_entry(), last->entries());
            last->~node();
            ::operator delete(last);
        }

        // Of its keys, those equal in all digits above this one stand below it.
        unsigned const shift;
        bits const leaves;
        bits const branches;
    };

    // The processor's instruction where the build may use it; the compilers' own fallback is a slow call.
    [[nodiscard]] static std::size_t count(bits set) noexcept {
#if defined(__POPCNT__) || !defined(__x86_64__)
        return static_cast<std::size_t>(std::popcount(set));
#else
        set -= (set >> 1) & 0x5555'5555U;
        set = (set & 0x3333'3333U) + ((set >> 2) & 0x3333'3333U);
        return (((set + (set >> 4)) & 0x0f0f'0f0fU) * 0x0101'0101U) >> 24;
#endif
    }

    template <class F>
    static void visit(node const& n, F& f) {
        auto const* e = n.first_entry();
        auto const* child = n.first_child();
        for (bits left = n.leaves | n.branches; left != 0; left &= left - 1) {
            if ((n.leaves & (left & (~left + 1))) != 0) {
                f(e->key, e->value);
                ++e;
            } else {
                visit(**child, f);
                ++child;
            }
        }
    }

    // Puts a node in the place of another that has all of its entries and children that the bits still name.
    // What the bits name beyond that, the caller constructs: there is room for it.
    static node& rebuild(link& at, edit_number who, bits leaves, bits branches) {
        auto& old = at.writable();
        bool const mine = old.made_by(who);
        auto* const made = node::allocate(who, old.shift, leaves, branches);
        auto const transfer = [mine](auto* from, bits has, auto* to, bits wants) {
            for (bits left = has | wants; left != 0; left &= left - 1) {
                bits const bit = left & (~left + 1);
                if ((has & wants & bit) != 0 && mine)
                    std::construct_at(to, std::move(*from));
                else if ((has & wants & bit) != 0)
                    std::construct_at(to, std::as_const(*from));
                from += (has & bit) != 0;
                to += (wants & bit) != 0;
            }
        };
        transfer(old.first_entry(), old.leaves, made->first_entry(), leaves);
        transfer(old.first_child(), old.branches, made->first_child(), branches);
        at = link(made);
        return *made;
    }

    static void own(link& at, edit_number who) {
        if (!at->made_by(who))
            rebuild(at, who, at->leaves, at->branches);
    }

    // Any of its keys.
    [[nodiscard]] static std::uint64_t some_key(node const* n) noexcept {
        while (n->leaves == 0)
            n = n->first_child()->get();
        return n->first_entry()->key;
    }

    // The digit in which a key that is not there differs from all that are near to it.
    [[nodiscard]] unsigned parting(std::uint64_t key) const noexcept {
        auto const* n = root_.get();
        while ((n->branches & n->bit_of(key)) != 0)
            n = n->child_at(n->bit_of(key)).get();
        auto const bit = n->bit_of(key);
        auto const near = (n->leaves & bit) != 0 ? n->entry_at(bit).key : some_key(n);
        auto const highest = static_cast<unsigned>(std::bit_width(near ^ key)) - 1;
        return highest / digit_bits * digit_bits;
    }

    V& insert(std::uint64_t key, edit_number who, V value) {
        if (!root_) {
            auto* const made = node::allocate(who, 0, bits{1} << (key & 31), 0);
            root_ = link(made);
            return std::construct_at(made->first_entry(), entry{key, std::move(value)})->value;
        }
        auto const shift = parting(key);
        auto* at = &root_;
        for (;;) {
            auto const bit = (*at)->bit_of(key);
            bool const single = (*at)->branches == 0 && (*at)->entries() == 1;
            if (single || (*at)->shift < shift)
                break;
            if ((*at)->shift == shift)
                return put(rebuild(*at, who, (*at)->leaves | bit, (*at)->branches), key, std::move(value));
            own(*at, who);
            if (((*at)->leaves & bit) != 0)
                return split(*at, bit, who, shift, key, std::move(value));
            at = &at->writable().child_at(bit);
        }
        return part(*at, who, shift, key, std::move(value));
    }

    static V& put(node& n, std::uint64_t key, V value) noexcept {
        return std::construct_at(&n.entry_at(n.bit_of(key)), entry{key, std::move(value)})->value;
    }

    // Puts a node with a new key above the node that is there; one with a single entry is dissolved.
    static V& part(link& at, edit_number who, unsigned shift, std::uint64_t key, V value) {
        auto const near = some_key(at.get());
        auto const bit_at = [shift](std::uint64_t k) { return bits{1} << ((k >> shift) & 31); };
        bool const single = at->branches == 0 && at->entries() == 1;
        auto* const above =
            node::allocate(who, shift, bit_at(key) | (single ? bit_at(near) : 0), single ? 0 : bit_at(near));
        if (single)
            put(*above, near, at->first_entry()->value);
        else
            std::construct_at(above->first_child(), std::move(at));
        at = link(above);
        return put(*above, key, std::move(value));
    }

    // Puts a node with a new key in the place of an entry.
    static V& split(link& at, bits bit, edit_number who, unsigned shift, std::uint64_t key, V value) {
        auto const near = at->entry_at(bit).key;
        auto const bit_at = [shift](std::uint64_t k) { return bits{1} << ((k >> shift) & 31); };
        auto* const below = node::allocate(who, shift, bit_at(key) | bit_at(near), 0);
        put(*below, near, at->entry_at(bit).value);
        auto& made = put(*below, key, std::move(value));
        link child(below);
        auto& n = rebuild(at, who, at->leaves & ~bit, at->branches | bit);
        std::construct_at(&n.child_at(bit), std::move(child));
        return made;
    }

    // The key is there.
    static void erase_from(link& at, std::uint64_t key, edit_number who) {
        auto const bit = at->bit_of(key);
        if ((at->leaves & bit) != 0) {
            if (at->branches == 0 && at->entries() == 1)
                at = link();
            else
                rebuild(at, who, at->leaves & ~bit, at->branches);
        } else {
            own(at, who);
            auto& child = at.writable().child_at(bit);
            erase_from(child, key, who);
            if (child->branches == 0 && child->entries() == 1) {
                entry last = *child->first_entry();
                auto& n = rebuild(at, who, at->leaves | bit, at->branches & ~bit);
                put(n, last.key, std::move(last.value));
            }
        }
        // A node whose keys no longer differ in its digit gives way to the one below.
        if (at && at->leaves == 0 && at->children() == 1)
            at = link(at->first_child()[0]);
    }

    link root_;
};

} // namespace posthorn::detail
