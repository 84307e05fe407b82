// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <atomic>
#include <memory>
#include <utility>

namespace posthorn::detail {

// Hands nodes from any thread to one consumer without a lock; a node has a member `Node* next`.
template <class Node>
class inbox {
  public:
    inbox() = default;
    inbox(inbox const&) = delete;
    inbox& operator=(inbox const&) = delete;

    ~inbox() {
        for (auto* node = take_all(); node != nullptr;)
            std::unique_ptr<Node>(std::exchange(node, node->next));
    }

    // True when the inbox was empty: the caller then wakes the consumer, once for all that comes until it
    // takes.
    [[nodiscard]] bool push(std::unique_ptr<Node> node) noexcept {
        auto* const raw = node.release();
        auto* before = head_.load(std::memory_order_relaxed);
        // Once the exchange succeeds, the node is the consumer's and may be gone: nothing below reads it.
        do
            raw->next = before;
        while (
            !head_.compare_exchange_weak(before, raw, std::memory_order_release, std::memory_order_relaxed));
        return before == nullptr;
    }

    // All nodes, in the order of their pushes, linked by `next`; the caller owns them.
    [[nodiscard]] Node* take_all() noexcept {
        Node* reversed = head_.exchange(nullptr, std::memory_order_acquire);
        Node* ordered = nullptr;
        while (reversed != nullptr) {
            auto* const rest = reversed->next;
            reversed->next = ordered;
            ordered = reversed;
            reversed = rest;
        }
        return ordered;
    }

  private:
    std::atomic<Node*> head_{nullptr};
};

} // namespace posthorn::detail
