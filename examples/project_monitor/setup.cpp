// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "setup.hpp"

#include "key_file.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace monitor {

namespace {

std::map<std::string, posthorn::uuid> set_up_filters(host& server) {
    std::map<std::string, posthorn::uuid> ids;
    for (auto const& f : server.filters())
        ids.emplace(f.name, f.id);
    for (auto const& f : all_filters())
        if (!ids.contains(f.name))
            ids.emplace(f.name, server.save(f));
    return ids;
}

std::string base_url(std::uint16_t receiver_port) {
    return "http://127.0.0.1:" + std::to_string(receiver_port);
}

// Where the template's path begins.
std::size_t end_of_authority(std::string const& url) {
    return std::min(url.find('/', url.find("://") + 3), url.size());
}

} // namespace

posthorn::sqlite_storage open_storage(std::string const& file, std::string const& key_file) {
    posthorn::sqlite_options how;
    how.keys = keys_from(key_file);
    auto opened = posthorn::sqlite_storage::open(file, how);
    if (!opened)
        throw std::runtime_error(file + ": " + opened.error().message());
    return *std::move(opened);
}

std::vector<posthorn::webhook> stored_webhooks(posthorn::sqlite_storage& storage) {
    auto stored = storage.load();
    if (!stored)
        throw std::runtime_error("the stored webhooks: " + stored.error().message());
    return *std::move(stored);
}

posthorn::secret new_signing_key() {
    std::array<unsigned char, 32> bytes;
    std::array<unsigned char, 64> text{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    auto const size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
    return posthorn::secret("whsec_" + std::string(text.data(), text.data() + size));
}

posthorn::secret signing_key(posthorn::sqlite_storage& storage) {
    auto const stored = stored_webhooks(storage);
    // A key that is being replaced comes first.
    return stored.empty() ? new_signing_key() : stored.front().signing.back().key();
}

void move_receiver(posthorn::sqlite_storage& storage, std::uint16_t receiver_port) {
    auto const base = base_url(receiver_port);
    for (auto& w : stored_webhooks(storage)) {
        auto const url = base + w.url.substr(end_of_authority(w.url));
        if (url == std::exchange(w.url, url))
            continue;
        if (auto const put = storage.put(w); !put)
            throw std::runtime_error("webhook \"" + w.wording + "\": " + put.error().message());
    }
}

void set_up(host& server, std::uint16_t receiver_port, posthorn::secret const& key) {
    auto const stored = server.webhooks();
    auto const filters = set_up_filters(server);
    for (auto& s : all_subscriptions(base_url(receiver_port), key, new_signing_key(), filters)) {
        auto const it = std::find_if(stored.begin(), stored.end(),
                                     [&](auto const& w) { return w.wording == s.what.wording; });
        if (it == stored.end()) {
            server.save(std::move(s));
        } else {
            s.what = *it;
            server.expect_of(std::move(s));
        }
    }
    if (server.webhooks().size() != server.expectations().size())
        throw std::runtime_error("the database has webhooks that this demo does not know");
}

} // namespace monitor
