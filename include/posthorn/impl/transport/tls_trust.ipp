// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/net/tls_context.hpp>
#include <posthorn/transport/tls_trust.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace posthorn {

class tls_trust::state {
  public:
    state() = default;
    // The same trust, not read yet.
    state(std::vector<std::string> files, std::vector<std::string> pems)
        : files_(std::move(files)), pems_(std::move(pems)) {}

    [[nodiscard]] std::vector<std::string> const& files() const noexcept { return files_; }
    [[nodiscard]] std::vector<std::string> const& pems() const noexcept { return pems_; }

    using settings = std::shared_ptr<connection_settings const>;
    using context_pointer = std::shared_ptr<boost::asio::ssl::context>;

    // Null: `why` says what cannot be used.
    [[nodiscard]] context_pointer context(settings const& of, std::string& why) {
        bool const own_authorities = of && !of->ca.empty();
        auto usual = own_authorities ? nullptr : usual_context(why);
        if (!of || (!own_authorities && !usual))
            return usual;
        std::scoped_lock const lock(mutex_);
        return own_.find(of, usual ? usual->native_handle() : nullptr, why);
    }

  private:
    [[nodiscard]] context_pointer usual_context(std::string& why) {
        std::call_once(read_, [this] { read(); });
        why = unusable_;
        return unusable_.empty() ? context_ : nullptr;
    }

    void read() {
        namespace ssl = boost::asio::ssl;
        context_ = std::make_shared<ssl::context>(ssl::context::tls_client);
        boost::system::error_code ec;
        detail::apply_tls_rules(*context_);
        context_->set_default_verify_paths(ec);
        for (auto const& file : files_)
            if (context_->load_verify_file(file, ec); ec)
                unusable_ = "the CA file " + file + " cannot be used: " + ec.message();
        for (auto const& pem : pems_)
            if (context_->add_certificate_authority(boost::asio::buffer(pem), ec); ec)
                unusable_ = "a CA certificate cannot be used: " + ec.message();
    }

    std::vector<std::string> files_;
    std::vector<std::string> pems_;
    std::once_flag read_;
    context_pointer context_;
    std::string unusable_;

    std::mutex mutex_;
    detail::tls_context_cache own_;
};

namespace detail {

class tls_trust_access {
  public:
    [[nodiscard]] static std::shared_ptr<boost::asio::ssl::context>
    context(tls_trust const& t, std::shared_ptr<connection_settings const> const& of, std::string& why) {
        return t.state_->context(of, why);
    }
};

// What to make connections with that have these settings, or none; null: `why` says what cannot be used. Any
// thread.
[[nodiscard]] POSTHORN_DECL std::shared_ptr<boost::asio::ssl::context>
tls_context(tls_trust const& t, std::shared_ptr<connection_settings const> const& of, std::string& why) {
    return tls_trust_access::context(t, of, why);
}

} // namespace detail

POSTHORN_DECL tls_trust::tls_trust() : state_(std::make_shared<state>()) {}

POSTHORN_DECL void tls_trust::add_file(std::string path) {
    auto files = state_->files();
    files.push_back(std::move(path));
    state_ = std::make_shared<state>(std::move(files), state_->pems());
}

POSTHORN_DECL void tls_trust::add_pem(std::string pem) {
    auto pems = state_->pems();
    pems.push_back(std::move(pem));
    state_ = std::make_shared<state>(state_->files(), std::move(pems));
}

} // namespace posthorn
