// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/model/secret.hpp>

#include <posthorn/concepts/key_provider.hpp>
#include <posthorn/model/signing.hpp>
#include <posthorn/model/webhook.hpp>

#include <boost/json/value_from.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

using posthorn::secret;

static_assert(!std::is_aggregate_v<secret>);
static_assert(!std::is_convertible_v<secret, std::string_view>);
static_assert(!std::is_convertible_v<secret, std::string>);
static_assert(!std::is_convertible_v<std::string_view, secret>);
static_assert(std::is_nothrow_move_constructible_v<secret>);

template <class T>
concept Printable = requires(std::ostream& out, T const& value) { out << value; };

static_assert(Printable<std::string_view>);
static_assert(!Printable<secret>);
static_assert(!Printable<posthorn::signing_secret>);
static_assert(!Printable<posthorn::webhook_header>);
static_assert(!Printable<posthorn::encryption_key>);

template <class T>
concept MadeJson = boost::json::has_value_from<T>::value;

static_assert(MadeJson<std::string>);
static_assert(!MadeJson<secret>);
static_assert(!MadeJson<posthorn::signing_secret>);
static_assert(!MadeJson<posthorn::webhook_header>);
static_assert(!MadeJson<posthorn::encryption_key>);

namespace {

/// Looks at one array when it is given back, which is the last moment at which its bytes may be read.
class release_watch {
  public:
    release_watch(void const* memory, std::size_t size) noexcept : memory_(memory), size_(size) {
        active = this;
    }
    release_watch(release_watch const&) = delete;
    release_watch& operator=(release_watch const&) = delete;
    ~release_watch() { active = nullptr; }

    static void releasing(void const* memory) noexcept {
        if (active == nullptr || memory != active->memory_)
            return;
        auto const* const bytes = static_cast<char const*>(memory);
        active->wiped_ = std::all_of(bytes, bytes + active->size_, [](char c) { return c == 0; });
    }

    /// None while it has not been given back.
    [[nodiscard]] std::optional<bool> wiped() const noexcept { return wiped_; }

  private:
    static thread_local release_watch* active;

    void const* memory_;
    std::size_t size_;
    std::optional<bool> wiped_;
};

thread_local release_watch* release_watch::active = nullptr;

} // namespace

void* operator new[](std::size_t size) {
    if (void* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc();
}

void operator delete[](void* memory) noexcept {
    release_watch::releasing(memory);
    std::free(memory);
}

void operator delete[](void* memory, std::size_t) noexcept {
    operator delete[](memory);
}

namespace {

constexpr std::string_view text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

BOOST_AUTO_TEST_SUITE(model_secret)

BOOST_AUTO_TEST_CASE(reveals_what_it_was_given) {
    BOOST_TEST(secret(text).reveal() == text);
    BOOST_TEST(!secret(text).empty());
    constexpr std::string_view with_zero("a\0b", 3);
    BOOST_TEST(secret(with_zero).reveal() == with_zero);
}

BOOST_AUTO_TEST_CASE(the_empty_secret_is_empty) {
    BOOST_TEST(secret().empty());
    BOOST_TEST(secret("").empty());
    BOOST_TEST(secret().reveal() == "");
    BOOST_TEST((secret() == secret("")));
}

BOOST_AUTO_TEST_CASE(keeps_its_own_copy_of_the_text) {
    std::string mine(text);
    secret const kept(mine);
    mine.assign(mine.size(), 'x');
    BOOST_TEST(kept.reveal() == text);
}

BOOST_AUTO_TEST_CASE(equality_looks_at_every_byte_and_the_length) {
    BOOST_TEST((secret("abc") == secret("abc")));
    for (auto const other : {"xbc", "axc", "abx", "ab", "abcd", ""})
        BOOST_TEST((secret("abc") != secret(other)), other);
    // Differences that would cancel each other if they were subtracted or xored into one.
    BOOST_TEST((secret("ab") != secret("ba")));
    BOOST_TEST((secret("\x01\x01") != secret("\x02\x02")));
}

BOOST_AUTO_TEST_CASE(copies_are_independent) {
    secret first(text);
    secret second(first);
    BOOST_TEST(second.reveal() == text);
    BOOST_TEST(static_cast<void const*>(second.reveal().data()) != first.reveal().data());
    first = secret("other");
    BOOST_TEST(first.reveal() == "other");
    BOOST_TEST(second.reveal() == text);
}

BOOST_AUTO_TEST_CASE(a_moved_from_secret_is_empty_and_can_be_assigned) {
    secret first(text);
    secret second(std::move(first));
    BOOST_TEST(second.reveal() == text);
    BOOST_TEST(first.empty());
    BOOST_TEST(first.reveal() == "");
    first = second;
    BOOST_TEST(first.reveal() == text);
    first = std::move(second);
    BOOST_TEST(first.reveal() == text);
}

BOOST_AUTO_TEST_CASE(assignment_to_itself_changes_nothing) {
    secret one(text);
    auto const& same = one;
    one = same;
    BOOST_TEST(one.reveal() == text);
}

BOOST_AUTO_TEST_CASE(the_memory_is_wiped_on_destruction) {
    std::optional<secret> one(text);
    release_watch const watch(one->reveal().data(), one->reveal().size());
    one.reset();
    BOOST_TEST(watch.wiped().has_value());
    BOOST_TEST(watch.wiped().value_or(false));
}

BOOST_AUTO_TEST_CASE(the_memory_is_wiped_on_assignment) {
    secret one(text);
    release_watch const watch(one.reveal().data(), one.reveal().size());
    one = secret("other");
    BOOST_TEST(watch.wiped().has_value());
    BOOST_TEST(watch.wiped().value_or(false));
    BOOST_TEST(one.reveal() == "other");
}

BOOST_AUTO_TEST_CASE(moving_leaves_nothing_behind_and_releases_nothing) {
    secret one(text);
    auto const* const memory = one.reveal().data();
    release_watch const watch(memory, one.reveal().size());
    secret const two(std::move(one));
    BOOST_TEST(!watch.wiped().has_value());
    BOOST_TEST(static_cast<void const*>(two.reveal().data()) == memory);
}

BOOST_AUTO_TEST_CASE(of_size_is_written_in_place) {
    char const* written = nullptr;
    auto const made = secret::of_size(3, [&](char* to) {
        written = to;
        std::string_view("abc").copy(to, 3);
    });
    BOOST_TEST(made.reveal() == "abc");
    BOOST_TEST(static_cast<void const*>(made.reveal().data()) == written);
    BOOST_TEST((made == secret("abc")));
}

BOOST_AUTO_TEST_CASE(of_size_0_is_the_empty_secret) {
    bool null = false;
    auto const made = secret::of_size(0, [&](char const* to) { null = to == nullptr; });
    BOOST_TEST(null);
    BOOST_TEST(made.empty());
    BOOST_TEST((made == secret()));
}

BOOST_AUTO_TEST_CASE(the_memory_is_wiped_when_its_writer_throws) {
    std::optional<release_watch> watch;
    auto const write_half = [&](char* to) {
        watch.emplace(to, text.size());
        text.copy(to, text.size() / 2);
        throw 1;
    };
    BOOST_CHECK_THROW(static_cast<void>(secret::of_size(text.size(), write_half)), int);
    BOOST_TEST(watch->wiped().has_value());
    BOOST_TEST(watch->wiped().value_or(false));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
