// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/detail/net/openssl.hpp>
#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/text/base64.hpp>
#include <posthorn/impl/detail/storage/sealing.ipp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace posthorn::detail {

using admin::history_checkpoint;
using admin::history_digest;
using admin::history_finding;
using admin::history_seal;
using admin::history_verdict;

// --- digests ---

// What is hashed for one purpose is never what is hashed for another one.
inline constexpr std::string_view content_domain = "posthorn.history.content.1";
// Of entries about something else than a webhook.
inline constexpr std::string_view other_content_domain = "posthorn.history.content.2";
// Of entries that cannot be read.
inline constexpr std::string_view damaged_content_domain = "posthorn.history.damaged.1";
inline constexpr std::string_view chain_domain = "posthorn.history.chain.1";
inline constexpr std::string_view checkpoint_domain = "posthorn.history.checkpoint.1";

inline void append_sized(std::string& to, std::string_view part) {
    append_big_endian(to, part.size());
    to.append(part);
}

inline void append_digest(std::string& to, history_digest const& digest) {
    to.append(digest.begin(), digest.end());
}

[[nodiscard]] inline result<history_digest> sha256_of(std::string_view bytes) {
    history_digest digest{};
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
        return openssl_lacks_algorithm();
    return digest;
}

[[nodiscard]] inline result<history_digest> content_of(history_entry const& e) {
    if (e.damaged)
        return sha256_of(std::string(damaged_content_domain).append(e.stored));
    std::string bytes(e.kind == record_kind::webhook ? content_domain : other_content_domain);
    if (e.kind != record_kind::webhook)
        append_sized(bytes, to_string(e.kind));
    bytes.append(e.subject.begin(), e.subject.end());
    append_big_endian(bytes, static_cast<std::uint64_t>(e.time.time_since_epoch().count()));
    append_sized(bytes, e.user);
    append_big_endian(bytes, static_cast<std::uint64_t>(e.what));
    append_big_endian(bytes, e.changes.size());
    for (auto const& c : e.changes)
        for (auto const* const part : {&c.field, &c.from, &c.to})
            append_sized(bytes, *part);
    return sha256_of(bytes);
}

// The digest of the entry of this number and content, behind those of `last`.
[[nodiscard]] inline result<history_digest> chained(history_checkpoint const& last, std::uint64_t number,
                                                    history_digest const& content) {
    std::string bytes(chain_domain);
    append_big_endian(bytes, last.number);
    append_digest(bytes, last.digest);
    append_big_endian(bytes, number);
    append_digest(bytes, content);
    return sha256_of(bytes);
}

[[nodiscard]] inline result<history_digest> mac_of(history_checkpoint const& c, encryption_key const& with) {
    std::string bytes(checkpoint_domain);
    append_big_endian(bytes, c.number);
    append_digest(bytes, c.digest);
    auto const key = with.bytes.reveal();
    history_digest mac{};
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), openssl_bytes(bytes), bytes.size(),
             mac.data(), nullptr) == nullptr)
        return openssl_lacks_algorithm();
    return mac;
}

// --- keys ---

// The keys that seals name, one after the other: neighbours name the same one, mostly.
class seal_keys {
  public:
    explicit seal_keys(encryption_keys const& from) : from_(from) {}

    // Whether the checkpoint's key has made it. Errors: `errc::unknown_encryption_key`, or others.
    [[nodiscard]] result<bool> has_made(history_checkpoint const& c) {
        if (!known_ || known_->id != c.key) {
            auto found = from_.find(c.key);
            if (!found)
                return no_answer_of(found.error());
            if (!found->valid())
                return no_answer_of(errc::bad_encryption_key);
            known_ = *std::move(found);
        }
        auto const mac = mac_of(c, *known_);
        if (!mac)
            return no_answer_of(mac.error());
        return CRYPTO_memcmp(mac->data(), c.mac.data(), mac->size()) == 0;
    }

  private:
    // An error_code could be a bool as well, so it has to be said.
    [[nodiscard]] static result<bool> no_answer_of(error_code const& why) {
        return {boost::system::in_place_error, why};
    }

    encryption_keys const& from_;
    std::optional<encryption_key> known_;
};

// --- text ---

// A decimal number and nothing else.
[[nodiscard]] inline std::optional<std::uint64_t> seal_number_of(std::string_view text) {
    std::uint64_t number = 0;
    auto const* const begin = text.data();
    auto const* const end = begin + text.size();
    auto const read = std::from_chars(begin, end, number);
    return read.ec == std::errc() && read.ptr == end ? std::optional(number) : std::nullopt;
}

// What stands before the next blank, which goes with it.
[[nodiscard]] inline std::string_view next_word(std::string_view& text) {
    auto const end = std::min(text.find(' '), text.size());
    auto const word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

[[nodiscard]] inline bool read_digest(std::string_view& text, history_digest& out) {
    auto const word = next_word(text);
    return base64_decoded_size(word) == out.size() &&
           base64_decode(word, reinterpret_cast<char*>(out.data()));
}

inline void append_words(std::string& to, std::initializer_list<history_digest const*> digests) {
    for (auto const* const d : digests) {
        base64_encode(*d, to);
        to += ' ';
    }
}

inline constexpr std::string_view seal_format = "1";

// --- verification ---

// An entry that is not what was sealed.
struct seal_suspicion {
    std::uint64_t number = 0;
    history_digest content{};
    history_digest sealed{};
    // Whether its content was sealed as another entry, and what was sealed is another entry's content.
    bool seal_elsewhere = false;
    bool content_elsewhere = false;
};

// Meets entries and seals in the order of their numbers, and finds the first difference.
class history_verifier {
  public:
    // What is known of the entry that belongs to a seal.
    enum class entry_state : std::uint8_t { there, gone, end, unreadable };

    history_verifier(encryption_keys const& keys, std::optional<history_checkpoint> const& kept)
        : keys_(keys), kept_(kept ? kept->number : 0), kept_digest_(kept ? kept->digest : history_digest{}) {}

    // Whether there is nothing more to learn.
    [[nodiscard]] bool done() const noexcept { return done_; }

    // Whether an entry is found to be another one than was sealed, and only its name is open.
    [[nodiscard]] bool has_suspect() const noexcept { return suspect_.has_value(); }

    // An entry that has no seal.
    void meet(history_entry const& e) noexcept {
        if (strays_++ == 0)
            first_stray_ = e.number;
    }

    // A seal that cannot be read; `number`: where it stands, if that can be told.
    void meet_unreadable(std::uint64_t number) {
        if (!suspect_)
            find(history_finding::forged_seal, number);
    }

    // A seal, and the entry of its number if that is there.
    [[nodiscard]] result<void> meet(history_seal const& s, entry_state state, history_entry const* e) {
        if (suspect_)
            return compare_with_suspect(e, s);
        auto const made = keys_.has_made(s);
        if (!made && made.error() == errc::unknown_encryption_key)
            return find(history_finding::unknown_key, s.number);
        if (!made)
            return made.error();
        if (!*made)
            return find(history_finding::forged_seal, s.number);
        if (strays_ != 0)
            return find(s.previous < first_stray_ ? history_finding::added : history_finding::forged_seal,
                        first_stray_);
        if (s.previous != verdict_.last.number)
            return find_gap(s);
        if (state == entry_state::there)
            return compare(s, *e);
        return find(state == entry_state::gone  ? history_finding::removed
                    : state == entry_state::end ? history_finding::truncated
                                                : history_finding::changed,
                    s.number);
    }

    // When there are no more.
    [[nodiscard]] history_verdict verdict() {
        if (suspect_)
            find(suspect_->content_elsewhere && suspect_->seal_elsewhere ? history_finding::reordered
                                                                         : history_finding::changed,
                 suspect_->number);
        else if (!done_ && kept_ > verdict_.last.number)
            find(history_finding::truncated, kept_);
        else if (!done_)
            verdict_.unsealed = strays_;
        return verdict_;
    }

  private:
    result<void> find(history_finding what, std::uint64_t number) {
        verdict_.finding = what;
        verdict_.number = number;
        done_ = true;
        suspect_.reset();
        return {};
    }

    // A seal that names another one before it than there is.
    [[nodiscard]] result<void> find_gap(history_seal const& s) {
        auto const digest = chained(verdict_.last, s.number, s.content);
        if (!digest)
            return digest.error();
        if (s.previous > verdict_.last.number && *digest != s.digest)
            return find(history_finding::removed, s.previous);
        return find(history_finding::forged_seal, s.number);
    }

    [[nodiscard]] result<void> compare(history_seal const& s, history_entry const& e) {
        auto const content = content_of(e);
        if (!content)
            return content.error();
        auto const digest = chained(verdict_.last, e.number, *content);
        if (!digest)
            return digest.error();
        if (*digest == s.digest)
            return *content == s.content ? accept(s) : find(history_finding::forged_seal, s.number);
        auto& suspect = suspect_.emplace();
        suspect.number = s.number;
        suspect.content = *content;
        suspect.sealed = s.content;
        return {};
    }

    [[nodiscard]] result<void> accept(history_seal const& s) {
        // A seal behind the kept one leads to it, or the end was written anew.
        if (kept_ > verdict_.last.number && kept_ <= s.number && kept_digest_ != s.digest)
            return find(history_finding::truncated, kept_);
        verdict_.last = s;
        ++verdict_.sealed;
        return {};
    }

    [[nodiscard]] result<void> compare_with_suspect(history_entry const* e, history_seal const& s) {
        auto& suspect = *suspect_;
        if (e != nullptr) {
            auto const content = content_of(*e);
            if (!content)
                return content.error();
            suspect.content_elsewhere = suspect.content_elsewhere || *content == suspect.sealed;
        }
        suspect.seal_elsewhere = suspect.seal_elsewhere || s.content == suspect.content;
        done_ = suspect.content_elsewhere && suspect.seal_elsewhere;
        return {};
    }

    seal_keys keys_;
    // The number of the checkpoint that was kept; 0: none.
    std::uint64_t const kept_;
    history_digest const kept_digest_;
    history_verdict verdict_;
    std::optional<seal_suspicion> suspect_;
    // Entries since the last seal.
    std::size_t strays_ = 0;
    std::uint64_t first_stray_ = 0;
    bool done_ = false;
};

// Entries and seals in memory, both in the order of their numbers.
[[nodiscard]] inline result<history_verdict> verified(std::span<history_entry const> entries,
                                                      std::span<history_seal const> seals,
                                                      history_verifier verifier) {
    using entry_state = history_verifier::entry_state;
    while (!verifier.done() && !(entries.empty() && seals.empty())) {
        bool const has_entry = !entries.empty();
        if (seals.empty() || (has_entry && entries.front().number < seals.front().number)) {
            verifier.meet(entries.front());
            entries = entries.subspan(1);
            continue;
        }
        auto const& s = seals.front();
        bool const there = has_entry && entries.front().number == s.number;
        auto const state = there ? entry_state::there : has_entry ? entry_state::gone : entry_state::end;
        if (auto const met = verifier.meet(s, state, there ? &entries.front() : nullptr); !met)
            return met.error();
        seals = seals.subspan(1);
        entries = entries.subspan(there ? 1 : 0);
    }
    return verifier.verdict();
}

// An entry and its seal as they are stored.
[[nodiscard]] inline result<void> meet(history_verifier& verifier, history_record const& stored) {
    auto const e = entry_of(stored);
    if (stored.seal.empty()) {
        verifier.meet(e);
        return {};
    }
    auto const seal = admin::parse_seal(stored.number, stored.seal);
    if (!seal) {
        verifier.meet_unreadable(stored.number);
        return {};
    }
    return verifier.meet(*seal, history_verifier::entry_state::there, &e);
}

POSTHORN_DECL result<history_verdict> verify_all(sealed_storage const& in, encryption_keys const& keys,
                                                 std::optional<history_checkpoint> const& kept) {
    openssl_error_mark const mark;
    if (!keys)
        return error_code(errc::no_encryption_key);
    history_verifier verifier(keys, kept);
    history_query q;
    q.oldest_first = true;
    q.limit = in.page;
    for (std::size_t read = in.page; read == in.page && !verifier.done();) {
        auto const found = in.history(q);
        if (!found)
            return found.error();
        read = found->size();
        for (auto const& stored : *found) {
            // A registry of the host's that gives the same again and again would never end.
            if (stored.number <= q.after)
                return error_code(errc::bad_record);
            q.after = stored.number;
            if (verifier.done())
                break;
            if (auto const met = meet(verifier, stored); !met)
                return met.error();
        }
    }
    return verifier.verdict();
}

// --- sealing ---

// The last seal; none: number 0. Most entries are sealed, so the last ones are looked at first.
[[nodiscard]] inline result<history_seal> last_seal(sealed_storage const& in) {
    history_query q;
    q.limit = in.page;
    for (std::size_t read = in.page; read == in.page;) {
        auto const found = in.history(q);
        if (!found)
            return found.error();
        read = found->size();
        for (auto const& stored : *found) {
            if (q.before != 0 && stored.number >= q.before)
                return error_code(errc::bad_record);
            q.before = stored.number;
            if (!stored.seal.empty())
                return admin::parse_seal(stored.number, stored.seal);
        }
    }
    return history_seal();
}

// Seals what stands behind `done.last`, at most a page of it. Gives how much there was.
[[nodiscard]] inline result<std::size_t> seal_page(sealed_storage const& in, encryption_key const& with,
                                                   admin::history_sealing& done) {
    history_query q;
    q.after = done.last.number;
    q.oldest_first = true;
    q.limit = in.page;
    auto const found = in.history(q);
    if (!found)
        return found.error();
    registry_commit c;
    auto last = done.last;
    for (auto const& stored : *found) {
        if (stored.number <= last.number)
            return error_code(errc::bad_record);
        auto const sealed = admin::seal(last, entry_of(stored), with);
        if (!sealed)
            return sealed.error();
        c.seals.emplace_back(stored.number, admin::to_text(*sealed));
        last = *sealed;
    }
    if (c.seals.empty())
        return std::size_t{0};
    if (auto const put = in.commit(c); !put)
        return put.error();
    done.last = last;
    done.sealed += c.seals.size();
    return found->size();
}

// From the last seal on, wherever that is now.
[[nodiscard]] inline result<admin::history_sealing>
seal_rest(sealed_storage const& in, encryption_keys const& keys, encryption_key const& with) {
    auto const last = last_seal(in);
    if (!last)
        return last.error();
    if (last->number != 0) {
        auto const made = seal_keys(keys).has_made(*last);
        if (!made)
            return made.error();
        if (!*made)
            return error_code(errc::bad_record);
    }
    admin::history_sealing done;
    done.last = *last;
    for (std::size_t read = in.page; read == in.page;) {
        auto const sealed = seal_page(in, with, done);
        if (!sealed)
            return sealed.error();
        read = *sealed;
    }
    return done;
}

POSTHORN_DECL result<admin::history_sealing> seal_new(sealed_storage const& in, encryption_keys const& keys) {
    openssl_error_mark const mark;
    if (!keys)
        return error_code(errc::no_encryption_key);
    auto const with = keys.current();
    if (!with)
        return with.error();
    // Somebody else may be sealing with another key: what has a seal keeps it.
    constexpr int most = 100;
    result<admin::history_sealing> done = error_code(errc::registry_conflict);
    for (int i = 0; i != most && !done && done.error() == errc::registry_conflict; ++i)
        done = seal_rest(in, keys, *with);
    return done;
}

} // namespace posthorn::detail

namespace posthorn::admin {

POSTHORN_DECL result<history_seal> seal(history_checkpoint const& last, history_entry const& entry,
                                        encryption_key const& with) {
    posthorn::detail::openssl_error_mark const mark;
    if (!with.valid())
        return make_error_code(errc::bad_encryption_key);
    if (entry.number <= last.number)
        return make_error_code(errc::bad_record);
    auto const content = posthorn::detail::content_of(entry);
    if (!content)
        return content.error();
    auto const digest = posthorn::detail::chained(last, entry.number, *content);
    if (!digest)
        return digest.error();
    history_seal s;
    s.number = entry.number;
    s.previous = last.number;
    s.content = *content;
    s.digest = *digest;
    s.key = with.id;
    auto const mac = posthorn::detail::mac_of(s, with);
    if (!mac)
        return mac.error();
    s.mac = *mac;
    return s;
}

POSTHORN_DECL result<history_verdict> verify(std::span<history_entry const> entries,
                                             std::span<history_seal const> seals, encryption_keys const& keys,
                                             std::optional<history_checkpoint> const& kept) {
    posthorn::detail::openssl_error_mark const mark;
    if (!keys)
        return error_code(errc::no_encryption_key);
    return posthorn::detail::verified(entries, seals, posthorn::detail::history_verifier(keys, kept));
}

POSTHORN_DECL std::string to_text(history_checkpoint const& c) {
    auto text = std::to_string(c.number) + ' ';
    posthorn::detail::append_words(text, {&c.digest, &c.mac});
    return text += c.key;
}

POSTHORN_DECL result<history_checkpoint> parse_checkpoint(std::string_view text) {
    history_checkpoint c;
    auto const number = posthorn::detail::seal_number_of(posthorn::detail::next_word(text));
    if (!number || !posthorn::detail::read_digest(text, c.digest) ||
        !posthorn::detail::read_digest(text, c.mac))
        return make_error_code(errc::bad_record);
    c.number = *number;
    c.key = text;
    return c;
}

POSTHORN_DECL std::string to_text(history_seal const& s) {
    auto text = std::string(posthorn::detail::seal_format) + ' ' + std::to_string(s.previous) + ' ';
    posthorn::detail::append_words(text, {&s.content, &s.digest, &s.mac});
    return text += s.key;
}

POSTHORN_DECL result<history_seal> parse_seal(std::uint64_t number, std::string_view text) {
    history_seal parsed;
    bool const known = posthorn::detail::next_word(text) == posthorn::detail::seal_format;
    auto const previous = posthorn::detail::seal_number_of(posthorn::detail::next_word(text));
    if (!known || !previous || !posthorn::detail::read_digest(text, parsed.content) ||
        !posthorn::detail::read_digest(text, parsed.digest) ||
        !posthorn::detail::read_digest(text, parsed.mac) || text.empty())
        return make_error_code(errc::bad_record);
    parsed.number = number;
    parsed.previous = *previous;
    parsed.key = text;
    return parsed;
}

} // namespace posthorn::admin
