// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/address_range.hpp>
#include <posthorn/detail/net/socket_address.hpp>
#include <posthorn/guard/own_addresses.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <ifaddrs.h>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

namespace posthorn {

class own_addresses::state {
  public:
    explicit state(source list) : list_(std::move(list)) {}

    void refresh(steady_time now) noexcept {
        {
            std::scoped_lock const lock(mutex_);
            if (next_ && now < *next_)
                return;
            next_ = now + fresh_for;
        }
        read();
    }

    [[nodiscard]] bool contains(detail::address_bits a) noexcept {
        std::unique_lock lock(mutex_);
        if (!known_) {
            lock.unlock();
            read();
            lock.lock();
        }
        return !known_ || std::binary_search(known_->begin(), known_->end(), a);
    }

  private:
    using sorted_addresses = std::vector<detail::address_bits>;

    static constexpr std::chrono::seconds fresh_for{30};

    // Outside of the lock, so that nobody else waits for the system.
    void read() noexcept {
        try {
            auto const listed = list_();
            if (!listed)
                return;
            sorted_addresses found;
            for (auto const& address : *listed)
                found.push_back(detail::to_address_bits(address));
            std::sort(found.begin(), found.end());
            std::scoped_lock const lock(mutex_);
            known_ = std::move(found);
        } catch (...) { // NOLINT(bugprone-empty-catch): what was known stays
        }
    }

    source const list_;
    std::mutex mutex_;
    std::optional<sorted_addresses> known_;
    std::optional<steady_time> next_;
};

POSTHORN_DECL own_addresses::own_addresses(source list) : state_(std::make_shared<state>(std::move(list))) {}

POSTHORN_DECL void own_addresses::refresh(steady_time now) const noexcept {
    state_->refresh(now);
}

POSTHORN_DECL bool own_addresses::contains(boost::asio::ip::address const& address) const noexcept {
    return state_->contains(detail::to_address_bits(address));
}

POSTHORN_DECL own_addresses::source own_addresses::system_source() {
    return []() -> result<std::vector<boost::asio::ip::address>> {
        ifaddrs* list = nullptr;
        if (::getifaddrs(&list) != 0)
            return error_code(errno, boost::system::system_category());
        std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> const owned(list, &::freeifaddrs);
        std::vector<boost::asio::ip::address> found;
        for (auto const* a = list; a != nullptr; a = a->ifa_next)
            if (auto const address = detail::address_of(a->ifa_addr))
                found.push_back(*address);
        return found;
    };
}

} // namespace posthorn
