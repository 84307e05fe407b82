// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/signing/standard_webhooks.hpp>
#include <posthorn/signing/verify.hpp>

#include "require.hpp"

#include <chrono>
#include <string>
#include <string_view>

// A received message whose signature field is the input: no other one than the right one verifies. And keys.

namespace {

using namespace posthorn;

char const* const key_text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view id = "msg_1";
constexpr std::string_view stamp = "1614265330";
wall_time const sent{std::chrono::seconds(1614265330)};

std::string signature_of(std::string_view body) {
    static auto key = standard_webhooks().make_key({signing_secret(secret(key_text))}).value();
    header_block block;
    standard_webhooks::sign(key, {id, sent, body}, block);
    for (auto const field : block.fields())
        if (field.name == "webhook-signature")
            return std::string(field.value);
    return {};
}

// Whether one of the texts between blanks is `wanted`.
bool holds(std::string_view texts, std::string_view wanted) {
    for (auto at = texts.find(wanted); at != texts.npos; at = texts.find(wanted, at + 1)) {
        auto const end = at + wanted.size();
        if ((at == 0 || texts[at - 1] == ' ') && (end == texts.size() || texts[end] == ' '))
            return true;
    }
    return false;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static auto const verifier = webhook_verifier::create({secret(key_text)}).value();
    if (size == 0)
        return 0;
    auto const text = fuzz::text_of(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0: {
        static auto const right = signature_of("body");
        bool const verified = verifier.verify(id, stamp, text, "body", sent).has_value();
        fuzz::require(!verified || holds(text, right), "a wrong signature verifies");
        break;
    }
    case 1: {
        auto const right = signature_of(text);
        fuzz::require(verifier.verify(id, stamp, right, text, sent).has_value(),
                      "a right signature does not verify");
        fuzz::require(!verifier.verify("msg_2", stamp, right, text, sent), "another id verifies");
        fuzz::require(!verifier.verify(id, "1614265331", right, text, sent), "another time verifies");
        fuzz::require(!verifier.verify(id, stamp, right, std::string(text) + ' ', sent),
                      "another body verifies");
        break;
    }
    case 2:
        (void)webhook_verifier::create({secret(std::string(text))});
        (void)standard_webhooks().make_key({signing_secret(secret(std::string(text)))});
        break;
    default:
        fuzz::require(!verifier.verify(text, stamp, signature_of("body"), "body", sent) || text == id,
                      "another id verifies");
        fuzz::require(!verifier.verify(id, text, signature_of("body"), "body", sent) || text == stamp,
                      "another time verifies");
    }
    return 0;
}
