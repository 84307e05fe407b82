// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

// Secrets that must come out nowhere, and the search for them in whatever came out, written in any usual way.
namespace posthorn::test {

/// A secret with a name that a report may show.
struct canary {
    std::string name;
    std::string bytes;
};

/// A way to write some bytes.
struct canary_form {
    std::string name;
    std::string text;
};

namespace writing {

[[nodiscard]] inline bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

[[nodiscard]] inline std::string two_digits(char c, std::string_view digits) {
    auto const byte = static_cast<unsigned char>(c);
    return {digits[byte >> 4], digits[byte & 15]};
}

// Each byte that `kept` does not keep as `prefix` and two digits.
template <class Kept>
[[nodiscard]] std::string digits_of(std::string_view bytes, char const* prefix, std::string_view digits,
                                    Kept kept) {
    std::string text;
    for (char const c : bytes)
        text.append(kept(c) ? std::string(1, c) : prefix + two_digits(c, digits));
    return text;
}

// The digits of base64 that depend on nothing but `bytes` when `before` others precede them.
[[nodiscard]] inline std::string base64_inside(std::string_view bytes, std::size_t before,
                                               std::string_view last_two) {
    std::string const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string text;
    std::uint32_t bits = 0;
    std::size_t held = 0;
    // So many bits of the first byte belong to a digit that the byte before it shares.
    std::size_t skipped = (6 - before * 8 % 6) % 6;
    for (char const c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        held += 8;
        held -= std::exchange(skipped, 0);
        for (; held >= 6; held -= 6) {
            auto const digit = bits >> (held - 6) & 63;
            text += digit < alphabet.size() ? alphabet[digit] : last_two[digit - alphabet.size()];
        }
    }
    return text;
}

[[nodiscard]] inline std::string json_escaped(std::string_view bytes, std::string_view escaped) {
    std::string text;
    for (char const c : bytes)
        text.append(escaped.find(c) == std::string_view::npos ? "" : "\\").append(1, c);
    return text;
}

} // namespace writing

/// All ways in which some bytes may stand in a log, a document or a database; some may be equal.
[[nodiscard]] inline std::vector<canary_form> canary_forms(std::string_view bytes) {
    constexpr std::string_view lower = "0123456789abcdef";
    constexpr std::string_view upper = "0123456789ABCDEF";
    auto const none = [](char) { return false; };
    auto const unreserved = [](char c) {
        return writing::is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos;
    };
    std::string folded(bytes);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    std::vector<canary_form> forms{
        {"raw", std::string(bytes)},
        {"lower case", folded},
        {"JSON", writing::json_escaped(bytes, "\"\\")},
        {"JSON, escaped slashes", writing::json_escaped(bytes, "\"\\/")},
        {"hex, lower case", writing::digits_of(bytes, "", lower, none)},
        {"hex, upper case", writing::digits_of(bytes, "", upper, none)},
        {"percent-encoded, lower case", writing::digits_of(bytes, "%", lower, none)},
        {"percent-encoded, upper case", writing::digits_of(bytes, "%", upper, none)},
        {"percent-encoded where needed, lower case", writing::digits_of(bytes, "%", lower, unreserved)},
        {"percent-encoded where needed, upper case", writing::digits_of(bytes, "%", upper, unreserved)},
    };
    for (std::size_t before = 0; before != 3; ++before) {
        auto const behind = ", " + std::to_string(before) + " bytes behind";
        forms.push_back({"base64" + behind, writing::base64_inside(bytes, before, "+/")});
        forms.push_back({"base64url" + behind, writing::base64_inside(bytes, before, "-_")});
    }
    return forms;
}

/// Finds canaries, in every form, whole or a piece of at least `piece` characters.
class canary_search {
  public:
    static constexpr std::size_t piece = 12;

    explicit canary_search(std::vector<canary> const& all) {
        for (auto const& c : all)
            for (auto const& form : canary_forms(c.bytes))
                for (std::size_t i = 0; i + piece <= form.text.size(); ++i)
                    pieces_.try_emplace(form.text.substr(i, piece), c.name + " (" + form.name + ")");
    }

    /// The names of what `text` holds, each with one form of it.
    [[nodiscard]] std::set<std::string> found_in(std::string_view text) const {
        std::set<std::string> found;
        for (std::size_t i = 0; i + piece <= text.size(); ++i)
            if (auto const known = pieces_.find(text.substr(i, piece)); known != pieces_.end())
                found.insert(known->second);
        return found;
    }

  private:
    struct hash {
        using is_transparent = void;
        [[nodiscard]] std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    std::unordered_map<std::string, std::string, hash, std::equal_to<>> pieces_;
};

} // namespace posthorn::test
