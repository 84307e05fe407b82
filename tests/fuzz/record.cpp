// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/records.hpp>

#include "require.hpp"

#include <string>
#include <utility>
#include <vector>

// A stored row, damaged as it may be: it is refused, or read as something that is stored and read again
// alike.

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using namespace posthorn;
    if (size == 0)
        return 0;
    auto const text = fuzz::text_of(data + 1, size - 1);
    uuid const id{};
    std::vector<detail::secret_field> secrets;
    for (int i = 0; i != (data[0] >> 2) % 4; ++i)
        secrets.push_back({(data[0] & 128) != 0 ? "headers[" + std::to_string(i) + "]"
                                                : "signing[" + std::to_string(i) + "]",
                           secret("s")});
    switch (data[0] % 4) {
    case 0:
        if (auto const w = detail::webhook_of(id, text, std::move(secrets))) {
            auto const written = detail::record_of(*w);
            auto const again = detail::webhook_of(id, written, detail::secrets_of(*w));
            fuzz::require(again.has_value() && detail::record_of(*again) == written, "a webhook changes");
        }
        break;
    case 1:
        if (auto const f = detail::filter_of(id, text)) {
            auto const written = detail::record_of(*f);
            auto const again = detail::filter_of(id, written);
            fuzz::require(again.has_value() && detail::record_of(*again) == written, "a filter changes");
        }
        break;
    case 2: {
        record_key const of(record_kind::webhook, to_text(id));
        auto const e = detail::entry_of({of, std::string(text)});
        fuzz::require(e.damaged ? e.stored == text : e.stored.empty(), "the text of an entry is lost");
        if (!e.damaged)
            fuzz::require(detail::entry_of({of, detail::record_of(e)}) == e, "an entry changes");
        break;
    }
    default:
        if (auto const facts = detail::facts_of(text)) {
            auto const written = detail::record_of(webhook(), *facts);
            auto const again = detail::facts_of(written);
            fuzz::require(again.has_value() && detail::record_of(webhook(), *again) == written,
                          "what is kept beside a webhook changes");
        }
        // Which events it asks for can be told of anything.
        (void)detail::selector_of(text);
        for (auto const& changed : {detail::deactivated(text), detail::with_secrets(text, 1, {})})
            fuzz::require(!changed || detail::facts_of(*changed).has_value() || !detail::facts_of(text),
                          "a record is damaged by a change");
    }
    return 0;
}
