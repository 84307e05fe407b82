// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/transport/tls_trust.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <mutex>
#include <optional>
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

    // Null: `why` says what cannot be used.
    [[nodiscard]] boost::asio::ssl::context* context(std::string& why) {
        std::call_once(read_, [this] { read(); });
        why = unusable_;
        return unusable_.empty() ? &*context_ : nullptr;
    }

  private:
    void read() {
        namespace ssl = boost::asio::ssl;
        context_.emplace(ssl::context::tls_client);
        boost::system::error_code ec;
        SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION);
        SSL_CTX_set_options(context_->native_handle(), SSL_OP_NO_RENEGOTIATION);
        // At least 112 bits, also where the system's OpenSSL asks for less.
        constexpr int least_level = 2;
        if (SSL_CTX_get_security_level(context_->native_handle()) < least_level)
            SSL_CTX_set_security_level(context_->native_handle(), least_level);
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
    std::optional<boost::asio::ssl::context> context_;
    std::string unusable_;
};

namespace detail {

class tls_trust_access {
  public:
    [[nodiscard]] static boost::asio::ssl::context* context(tls_trust const& t, std::string& why) {
        return t.state_->context(why);
    }
};

// What to make connections with; null: `why` says what cannot be used. Any thread.
[[nodiscard]] POSTHORN_DECL boost::asio::ssl::context* tls_context(tls_trust const& t, std::string& why) {
    return tls_trust_access::context(t, why);
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
