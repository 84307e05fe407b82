// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "setup.hpp"

#include "key_file.hpp"
#include "refusal.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace monitor {

namespace {

[[noreturn]] void cannot_check(std::string const& what, std::string const& name, std::string const& why) {
    throw std::runtime_error("the demo cannot tell what must arrive: " + what + " \"" + name + "\" " + why);
}

std::map<std::string, posthorn::uuid> set_up_filters(host& server) {
    std::map<std::string, posthorn::uuid> ids;
    auto const stored = server.filters();
    for (auto const& f : all_filters()) {
        auto const it = std::ranges::find(stored, f.name, &posthorn::filter::name);
        if (it != stored.end() && it->expression != f.expression)
            cannot_check("filter", f.name, "is not what it was when the demo made it; give it another name");
        ids.emplace(f.name, it == stored.end() ? server.save(f) : it->id);
    }
    return ids;
}

std::string base_url(std::uint16_t receiver_port) {
    return "http://127.0.0.1:" + std::to_string(receiver_port);
}

bool has_content(std::string const& file) {
    std::error_code ec;
    auto const size = std::filesystem::file_size(file, ec);
    return !ec && size != 0;
}

// Where the template's path begins.
std::size_t end_of_authority(std::string const& url) {
    return std::min(url.find('/', url.find("://") + 3), url.size());
}

// Before a key is made for a database that cannot be.
void check_place(std::string const& file) {
    std::filesystem::path const path(file);
    std::error_code ec;
    if (std::filesystem::is_directory(path, ec))
        throw failure(file + " is a folder; name the database in it with --data",
                      file + " est un dossier ; indiquez la base de données qui s'y trouve avec --data");
    auto const folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    if (!std::filesystem::is_directory(folder, ec))
        throw failure("there is no folder " + folder.string() + " for the database; create it",
                      "il n'y a pas de dossier " + folder.string() + " pour la base de données ; créez-le");
}

} // namespace

posthorn::sqlite_storage open_storage(std::string const& file, std::string const& key_file) {
    check_place(file);
    // Another key than that with which the secrets of the database were encrypted would be of no use.
    if (has_content(file) && !has_content(key_file))
        throw failure(
            "the key file " + key_file + " is missing, and " + file +
                " exists: its secrets are encrypted with that key; restore the file, or name another one "
                "with --key-file",
            "le fichier de clé " + key_file + " est introuvable, et " + file +
                " existe : ses secrets sont chiffrés avec cette clé ; restaurez le fichier, ou indiquez-en "
                "un autre avec --key-file");
    posthorn::sqlite_options how;
    how.keys = keys_from(key_file);
    auto opened = posthorn::sqlite_storage::open(file, how);
    if (!opened)
        throw std::runtime_error(file + ": " + opened.error().message());
    return *std::move(opened);
}

namespace {

// Looks at what is stored, and delivers nothing.
struct quiet_policies : policies::with_guard<posthorn::allow_list>::with_observer<posthorn::no_observer> {};

class stored_hooks {
  public:
    stored_hooks(posthorn::sqlite_storage const& storage, std::uint16_t receiver_port)
        : hooks_(io_, storage, posthorn::allow_list().allow_loopback(receiver_port)) {
        if (auto const ready = hooks_.reload(); !ready)
            throw std::runtime_error("the stored webhooks: " + ready.error().message());
    }

    [[nodiscard]] posthorn::dispatcher<objects, quiet_policies>& operator*() { return hooks_; }

  private:
    boost::asio::io_context io_;
    posthorn::dispatcher<objects, quiet_policies> hooks_;
};

} // namespace

std::vector<posthorn::webhook> stored_webhooks(posthorn::sqlite_storage const& storage) {
    stored_hooks known(storage, 1);
    return (*known).webhooks();
}

posthorn::secret new_signing_key() {
    std::array<unsigned char, 32> bytes;
    std::array<unsigned char, 64> text{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    auto const size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
    return posthorn::secret("whsec_" + std::string(text.data(), text.data() + size));
}

posthorn::secret signing_key(posthorn::sqlite_storage const& storage) {
    auto const own = own_wordings();
    for (auto const& w : stored_webhooks(storage))
        // A key that is being replaced comes first.
        if (own.contains(w.wording) && !w.signing.empty())
            return w.signing.back().key();
    return new_signing_key();
}

void move_receiver(posthorn::sqlite_storage const& storage, std::uint16_t receiver_port) {
    auto const base = base_url(receiver_port);
    auto const own = own_wordings();
    stored_hooks known(storage, receiver_port);
    for (auto& w : (*known).webhooks()) {
        if (!own.contains(w.wording))
            continue;
        auto const url = base + w.url.substr(end_of_authority(w.url));
        if (url == std::exchange(w.url, url))
            continue;
        if (auto const saved = (*known).save(w); !saved)
            throw std::runtime_error("webhook \"" + w.wording + "\"\n" + saved.error().text());
    }
}

namespace {

// What the demo expects of one of its own is what it has saved it with.
void check_own(host& server, posthorn::webhook const& w, std::optional<posthorn::uuid> const& filter,
               posthorn::secret const& key) {
    for (auto const& entry : server.history(w.id))
        for (auto const& c : entry.changes)
            if (entry.user != posthorn::system_user && !c.field.starts_with("description") &&
                !c.field.starts_with("translations"))
                cannot_check("webhook", w.wording,
                             "was edited by " + entry.user + "; delete it, and the demo makes it anew");
    if (w.filter != filter)
        cannot_check("webhook", w.wording, "names another filter; delete it, and the demo makes it anew");
    if (w.signing.back().key().reveal() != key.reveal())
        cannot_check("webhook", w.wording, "has another key than the others; delete it");
}

} // namespace

void set_up(host& server, std::uint16_t receiver_port, posthorn::secret const& key) {
    auto const stored = server.webhooks();
    auto const filters = set_up_filters(server);
    for (auto& s : all_subscriptions(base_url(receiver_port), key, new_signing_key(), filters)) {
        auto const it = std::find_if(stored.begin(), stored.end(),
                                     [&](auto const& w) { return w.wording == s.what.wording; });
        if (it == stored.end()) {
            server.save(std::move(s));
        } else {
            check_own(server, *it, s.what.filter, key);
            s.what = *it;
            server.expect_of(std::move(s));
        }
    }
}

} // namespace monitor
