// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/concepts/key_provider.hpp>
#include <posthorn/config.hpp>
#include <posthorn/error.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn {

/// The key that `text` writes as 64 hexadecimal digits, or as base64 in the standard alphabet with padding
/// (44 characters): what `openssl rand -hex 32` and `openssl rand -base64 32` print, without the line's end.
///
/// Errors: `errc::bad_encryption_key` when the text is neither, or the id is malformed.
[[nodiscard]] POSTHORN_DECL result<encryption_key> parse_encryption_key(std::string id,
                                                                        std::string_view text);

/// A KeyProvider over a fixed list: the current key, and the older ones that stored secrets still name.
///
/// @code
/// auto key = posthorn::parse_encryption_key("2026-05", text).value();
/// options.keys = posthorn::static_keys::make(std::move(key)).value();
/// @endcode
///
/// To rotate, start with a new key as the current one and the one before among the older ones. Thread safety:
/// distinct and shared objects are safe; copies share one immutable list, and a moved-from object keeps it.
class static_keys {
  public:
    /// Errors: `errc::bad_encryption_key` when a key is not 32 bytes, or an id is not 1 to 64 printable ASCII
    /// characters, or is given twice.
    [[nodiscard]] POSTHORN_DECL static result<static_keys> make(encryption_key current,
                                                                std::vector<encryption_key> older = {});

    // No move of its own: there is always a list.
    static_keys(static_keys const&) = default;
    static_keys& operator=(static_keys const&) = default;
    ~static_keys() = default;

    [[nodiscard]] POSTHORN_DECL result<encryption_key> current() const;

    /// Errors: `errc::unknown_encryption_key`.
    [[nodiscard]] POSTHORN_DECL result<encryption_key> find(std::string_view id) const;

  private:
    using list = std::vector<encryption_key>;

    explicit static_keys(std::shared_ptr<list const> keys) noexcept : keys_(std::move(keys)) {}

    // The current one first.
    std::shared_ptr<list const> keys_;
};

static_assert(KeyProvider<static_keys>);

namespace detail {

/// Means to be a KeyProvider; what it lacks is then said in prose.
template <class T>
concept has_current_key = requires(T& provider) { provider.current(); };

} // namespace detail

/// Any KeyProvider, or none: what the options of a storage take.
///
/// Models KeyProvider itself. Thread safety: as of a shared_ptr; copies share one provider, which is called
/// from any threads. A moved-from object holds none.
class encryption_keys {
  public:
    /// No keys: a storage then refuses secrets rather than storing them in clear.
    encryption_keys() noexcept = default;

    /// Not explicit, so that a provider is assigned to an option as it is.
    template <class Provider>
        requires(!std::same_as<Provider, encryption_keys> && detail::has_current_key<Provider>)
    encryption_keys(Provider provider) {
        static_assert(check_key_provider<Provider>());
        if constexpr (KeyProvider<Provider>)
            source_ = std::make_shared<source_of<Provider> const>(std::move(provider));
    }

    /// Whether there is a provider.
    [[nodiscard]] explicit operator bool() const noexcept { return source_ != nullptr; }

    /// Errors: `errc::no_encryption_key` without a provider; `errc::policy_threw`; what the provider says.
    [[nodiscard]] result<encryption_key> current() const {
        return ask(errc::no_encryption_key, [](source const& from) { return from.current(); });
    }

    /// Errors: `errc::unknown_encryption_key` without a provider; `errc::policy_threw`; what the provider
    /// says.
    [[nodiscard]] result<encryption_key> find(std::string_view id) const {
        return ask(errc::unknown_encryption_key, [id](source const& from) { return from.find(id); });
    }

  private:
    class source {
      public:
        source() noexcept = default;
        source(source const&) = delete;
        source& operator=(source const&) = delete;
        virtual ~source() = default;

        [[nodiscard]] virtual result<encryption_key> current() const = 0;
        [[nodiscard]] virtual result<encryption_key> find(std::string_view id) const = 0;
    };

    template <class Provider>
    class source_of final : public source {
      public:
        explicit source_of(Provider provider) : provider_(std::move(provider)) {}

        [[nodiscard]] result<encryption_key> current() const override { return provider_.current(); }
        [[nodiscard]] result<encryption_key> find(std::string_view id) const override {
            return provider_.find(id);
        }

      private:
        Provider provider_;
    };

    template <class Question>
    [[nodiscard]] result<encryption_key> ask(errc without_provider, Question const& question) const {
        if (!source_)
            return make_error_code(without_provider);
        try {
            return question(*source_);
        } catch (...) {
            return make_error_code(errc::policy_threw);
        }
    }

    std::shared_ptr<source const> source_;
};

static_assert(KeyProvider<encryption_keys>);

} // namespace posthorn

#if defined(POSTHORN_HEADER_ONLY)
#include <posthorn/impl/storage/encryption_keys.ipp>
#endif
