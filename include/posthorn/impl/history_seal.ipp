// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/detail/base64.hpp>
#include <posthorn/impl/openssl.ipp>
#include <posthorn/impl/sealing.ipp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <limits>
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
    std::string bytes(content_domain);
    bytes.append(e.webhook.begin(), e.webhook.end());
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

[[nodiscard]] inline std::string seal_key_of(std::uint64_t number) {
    constexpr std::size_t digits = 20;
    auto text = std::to_string(number);
    return text.insert(0, digits - text.size(), '0');
}

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

// A seal as it was read.
struct read_seal {
    std::uint64_t number = 0;
    std::optional<history_seal> seal;
};

// Entries or seals that are in memory.
template <class T>
class all_at_once {
  public:
    explicit all_at_once(std::span<T const> all) noexcept : rest_(all) {}

    [[nodiscard]] result<void> fill() const { return {}; }
    [[nodiscard]] T const* peek() const noexcept { return rest_.empty() ? nullptr : &rest_.front(); }
    void pop() noexcept { rest_ = rest_.subspan(1); }
    [[nodiscard]] result<void> look_again() const { return {}; }
    [[nodiscard]] bool is_damaged() const noexcept { return false; }

  private:
    std::span<T const> rest_;
};

// The entries of a registry, page by page.
class stored_entries {
  public:
    explicit stored_entries(sealed_storage const& in) : in_(in) {}

    // Before each peek.
    [[nodiscard]] result<void> fill() {
        if (next_ != page_.size() || ended_)
            return {};
        auto read = in_.entries(last_, in_.page);
        // One that cannot be read hides those before it.
        if (!read && read.error() == errc::bad_record)
            read = in_.entries(last_, 1);
        damaged_ = !read && read.error() == errc::bad_record;
        if (!read && !damaged_)
            return read.error();
        page_ = damaged_ ? std::vector<history_entry>() : *std::move(read);
        next_ = 0;
        ended_ = page_.empty();
        if (!ended_)
            last_ = page_.back().number;
        return {};
    }
    [[nodiscard]] history_entry const* peek() const noexcept {
        return next_ == page_.size() ? nullptr : &page_[next_];
    }
    void pop() noexcept { ++next_; }
    // At the end: more may have come.
    [[nodiscard]] result<void> look_again() {
        ended_ = false;
        return fill();
    }
    // Whether the next one cannot be read.
    [[nodiscard]] bool is_damaged() const noexcept { return damaged_ && next_ == page_.size(); }

  private:
    sealed_storage const& in_;
    std::vector<history_entry> page_;
    std::size_t next_ = 0;
    std::uint64_t last_ = 0;
    bool ended_ = false;
    bool damaged_ = false;
};

// The seals of a registry, page by page.
class stored_seals {
  public:
    explicit stored_seals(sealed_storage const& in) : in_(in) {}

    // Before each peek.
    [[nodiscard]] result<void> fill() {
        if (next_ != page_.size() || ended_)
            return {};
        auto const read = in_.seals(last_, in_.page);
        if (!read)
            return read.error();
        page_.clear();
        for (auto const& kept : *read)
            page_.push_back(parsed(kept));
        next_ = 0;
        ended_ = page_.empty();
        if (!ended_)
            last_ = read->back().key;
        return {};
    }
    [[nodiscard]] read_seal const* peek() const noexcept {
        return next_ == page_.size() ? nullptr : &page_[next_];
    }
    void pop() noexcept { ++next_; }

  private:
    [[nodiscard]] static read_seal parsed(setting const& kept) {
        read_seal one;
        one.number = seal_number_of(kept.key).value_or(0);
        if (auto seal = admin::parse_seal(kept))
            one.seal = *std::move(seal);
        return one;
    }

    sealed_storage const& in_;
    std::vector<read_seal> page_;
    std::size_t next_ = 0;
    std::string last_;
    bool ended_ = false;
};

[[nodiscard]] inline read_seal as_read(history_seal const& s) {
    read_seal one;
    one.number = s.number;
    one.seal = s;
    return one;
}
[[nodiscard]] inline read_seal as_read(read_seal const& s) {
    return s;
}

// Lets the verifier meet both in the order of their numbers.
template <class Entries, class Seals>
[[nodiscard]] result<history_verdict> verified(Entries entries, Seals seals, history_verifier verifier) {
    using entry_state = history_verifier::entry_state;
    while (!verifier.done()) {
        if (auto const filled = entries.fill(); !filled)
            return filled.error();
        if (auto const filled = seals.fill(); !filled)
            return filled.error();
        // Who sees a seal sees its entry; not so who looked before.
        if (entries.peek() == nullptr && seals.peek() != nullptr && !verifier.has_suspect())
            if (auto const looked = entries.look_again(); !looked)
                return looked.error();
        auto const* const e = entries.peek();
        if (seals.peek() == nullptr && e == nullptr)
            break;
        if (seals.peek() == nullptr || (e != nullptr && e->number < as_read(*seals.peek()).number)) {
            verifier.meet(*e);
            entries.pop();
            continue;
        }
        auto const s = as_read(*seals.peek());
        bool const there = e != nullptr && e->number == s.number;
        auto const state = there                  ? entry_state::there
                           : e != nullptr         ? entry_state::gone
                           : entries.is_damaged() ? entry_state::unreadable
                                                  : entry_state::end;
        if (!s.seal)
            verifier.meet_unreadable(s.number);
        else if (auto const met = verifier.meet(*s.seal, state, there ? e : nullptr); !met)
            return met.error();
        seals.pop();
        if (there)
            entries.pop();
    }
    if (!verifier.done() && entries.is_damaged() && !verifier.has_suspect())
        return error_code(errc::bad_record);
    return verifier.verdict();
}

POSTHORN_DECL result<history_verdict> verify_all(sealed_storage const& in, encryption_keys const& keys,
                                                 std::optional<history_checkpoint> const& kept) {
    openssl_error_mark const mark;
    if (!keys)
        return error_code(errc::no_encryption_key);
    return verified(stored_entries(in), stored_seals(in), history_verifier(keys, kept));
}

// --- sealing ---

// The first seal behind a key.
[[nodiscard]] inline result<std::optional<setting>> seal_behind(sealed_storage const& in,
                                                                std::string_view key) {
    auto found = in.seals(key, 1);
    if (!found)
        return found.error();
    return found->empty() ? std::optional<setting>() : std::optional(std::move(found->front()));
}

// The last seal; none: number 0. Found by halves, since a list goes on from any key and forwards only.
[[nodiscard]] inline result<history_seal> last_seal(sealed_storage const& in) {
    auto high = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t low = 0;
    std::optional<setting> last;
    for (std::string key; low != high; key = seal_key_of(low + (high - low) / 2)) {
        auto const found = seal_behind(in, key);
        if (!found)
            return found.error();
        if (!*found && key.empty())
            return history_seal();
        if (!*found) {
            high = *seal_number_of(key);
            continue;
        }
        auto const number = seal_number_of((*found)->key);
        if (!number || *number <= low)
            return error_code(errc::bad_record);
        low = *number;
        // Somebody else may be sealing.
        high = std::max(high, low);
        last = *found;
    }
    return admin::parse_seal(*last);
}

POSTHORN_DECL result<admin::history_sealing> seal_new(sealed_storage const& in, encryption_keys const& keys) {
    openssl_error_mark const mark;
    if (!keys)
        return error_code(errc::no_encryption_key);
    auto const with = keys.current();
    if (!with)
        return with.error();
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
        auto const entries = in.entries(done.last.number, in.page);
        if (!entries)
            return entries.error();
        read = entries->size();
        for (auto const& e : *entries) {
            auto const sealed = admin::seal(done.last, e, *with);
            if (!sealed)
                return sealed.error();
            if (auto const put = in.put(admin::to_setting(*sealed)); !put)
                return put.error();
            done.last = *sealed;
            ++done.sealed;
        }
    }
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
    return posthorn::detail::verified(posthorn::detail::all_at_once<history_entry>(entries),
                                      posthorn::detail::all_at_once<history_seal>(seals),
                                      posthorn::detail::history_verifier(keys, kept));
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

POSTHORN_DECL setting to_setting(history_seal const& s) {
    auto value = std::string(posthorn::detail::seal_format) + ' ' + std::to_string(s.previous) + ' ';
    posthorn::detail::append_words(value, {&s.content, &s.digest, &s.mac});
    return {std::string(history_seal_kind), posthorn::detail::seal_key_of(s.number), value += s.key};
}

POSTHORN_DECL result<history_seal> parse_seal(setting const& s) {
    history_seal parsed;
    std::string_view text = s.value;
    auto const number = posthorn::detail::seal_number_of(s.key);
    bool const known = posthorn::detail::next_word(text) == posthorn::detail::seal_format;
    auto const previous = posthorn::detail::seal_number_of(posthorn::detail::next_word(text));
    if (!number || s.key != posthorn::detail::seal_key_of(*number) || !known || !previous ||
        !posthorn::detail::read_digest(text, parsed.content) ||
        !posthorn::detail::read_digest(text, parsed.digest) ||
        !posthorn::detail::read_digest(text, parsed.mac) || text.empty())
        return make_error_code(errc::bad_record);
    parsed.number = *number;
    parsed.previous = *previous;
    parsed.key = text;
    return parsed;
}

} // namespace posthorn::admin
