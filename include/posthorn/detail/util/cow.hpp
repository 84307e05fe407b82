// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

// Parts that several versions of an immutable structure share. An edit copies what it changes, once; what it
// made itself it changes in place, so that many changes in one edit cost what the changes cost.
namespace posthorn::detail {

// Names an edit; no number is used twice for one structure. An edit ends when its result is published: then
// nothing that it made may change, and the next edit has another number.
using edit_number = std::uint64_t;

// The base of a part: its owners are counted, and it knows the edit that made it. The number says who may
// change the part; a count of one would not do, since whoever let go of it last may have been reading.
class shared_part {
  public:
    explicit shared_part(edit_number maker) noexcept : maker_(maker) {}
    shared_part(shared_part const&) = delete;
    shared_part& operator=(shared_part const&) = delete;

    [[nodiscard]] bool made_by(edit_number who) const noexcept { return maker_ == who; }

    void retain() const noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }

    // True: the caller was the last owner and destroys the part.
    [[nodiscard]] bool release() const noexcept {
        return owners_.fetch_sub(1, std::memory_order_acq_rel) == 1;
    }

  protected:
    ~shared_part() = default;

  private:
    edit_number const maker_;
    mutable std::atomic<std::uint32_t> owners_{1};
};

// Owns a part together with others; as small as a pointer, for the parts hold many of them.
template <class Part>
class part_ptr {
  public:
    part_ptr() noexcept = default;
    // Takes over the first ownership of a new part.
    explicit part_ptr(Part* made) noexcept : part_(made) {}
    part_ptr(part_ptr const& other) noexcept : part_(other.part_) {
        if (part_ != nullptr)
            part_->retain();
    }
    part_ptr(part_ptr&& other) noexcept : part_(std::exchange(other.part_, nullptr)) {}
    part_ptr& operator=(part_ptr other) noexcept {
        std::swap(part_, other.part_);
        return *this;
    }
    ~part_ptr() {
        if (part_ != nullptr && part_->release())
            Part::destroy(part_);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return part_ != nullptr; }
    [[nodiscard]] Part const* get() const noexcept { return part_; }
    [[nodiscard]] Part const& operator*() const noexcept { return *part_; }
    [[nodiscard]] Part const* operator->() const noexcept { return part_; }

    // For the edit that made the part.
    [[nodiscard]] Part& writable() const noexcept { return *part_; }

  private:
    Part* part_ = nullptr;
};

// A value that versions share until one of them edits it.
template <class T>
class cow {
  public:
    // Nothing.
    cow() noexcept = default;

    template <class... Args>
    [[nodiscard]] static cow make(edit_number who, Args&&... args) {
        cow made;
        made.box_ = part_ptr<box>(new box(who, std::forward<Args>(args)...));
        return made;
    }

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(box_); }
    [[nodiscard]] T const& operator*() const noexcept { return box_->value; }
    [[nodiscard]] T const* operator->() const noexcept { return &box_->value; }

    // The value to change, a copy of its own unless this edit made it.
    [[nodiscard]] T& edit(edit_number who) {
        if (!box_->made_by(who))
            *this = make(who, box_->value);
        return box_.writable().value;
    }

  private:
    struct box : shared_part {
        template <class... Args>
        explicit box(edit_number who, Args&&... args)
            : shared_part(who), value(std::forward<Args>(args)...) {}

        static void destroy(box* last) noexcept { delete last; }

        T value;
    };

    part_ptr<box> box_;
};

} // namespace posthorn::detail
