// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/net/response_reader.hpp>

#include "require.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

// A response of a receiver, in pieces: what comes of it does not depend on where they are cut, and is
// bounded.

namespace {

using namespace posthorn;

struct result_of_reading {
    int status = 0;
    bool exact = false;
    response out;
};

// Reads pieces of 1 to `longest` bytes, whose sizes follow from `seed`.
result_of_reading read(std::string_view bytes, std::size_t longest, unsigned seed) {
    exchange_limits limits;
    limits.header_bytes = 512;
    limits.header_fields = 10;
    limits.body_kept = 16;
    limits.body_read = 256;
    result_of_reading r;
    std::optional<detail::response_reader> reader;
    reader.emplace(limits, r.out);
    std::string input;
    // Of all responses up to the final one, as the transports count them.
    std::size_t header_bytes = 0;
    bool decided = false;
    bool ended = false;
    while (!bytes.empty() && !ended) {
        seed = seed * 1664525U + 1013904223U;
        auto const n = std::min<std::size_t>(bytes.size(), 1 + (seed >> 16) % longest);
        input.append(bytes.substr(0, n));
        bytes.remove_prefix(n);
        for (bool more = true; more && !ended && !input.empty() && reader->can_take(input.size());) {
            boost::beast::error_code ec;
            auto const used = reader->put(boost::asio::buffer(input.data(), input.size()), ec);
            input.erase(0, used);
            bool const broken = ec && ec != boost::beast::http::error::need_more;
            fuzz::require(!broken || detail::parse_error(ec, reader->coded()) != error_code(),
                          "an error has no name");
            header_bytes += decided ? 0 : used;
            auto const size = header_bytes + (reader->is_header_done() ? 0 : input.size());
            more = used != 0;
            if (!decided && (broken || size > limits.header_bytes)) {
                ended = true;
            } else if (!decided && reader->is_header_done()) {
                if (reader->status() < 200) {
                    r.out.clear();
                    reader.emplace(limits, r.out);
                } else {
                    decided = true;
                    r.status = reader->status();
                    reader->eager(true);
                    ended = reader->is_done();
                }
                more = true;
            } else if (decided) {
                ended = broken || reader->is_done() || reader->body_exceeded();
            }
        }
    }
    // As the transports do: nothing is said by what is no response.
    if (!decided)
        r.out.clear();
    r.exact = decided && input.empty() && bytes.empty() && reader->exactly_framed();
    return r;
}

void check_bounds(result_of_reading const& r) {
    fuzz::require(r.status == 0 || (r.status >= 200 && r.status <= 599), "a status is none");
    fuzz::require(r.out.excerpt.size() <= 16, "an excerpt is long");
    fuzz::require(r.out.location.size() <= 512, "a location is long");
    fuzz::require(r.out.retry_after.size() <= 4 * 64 + 3, "waits are long");
    auto const is_break = [](char c) { return c == '\r' || c == '\0'; };
    fuzz::require(r.out.location.find('\n') == std::string::npos, "a location has a line break");
    fuzz::require(std::none_of(r.out.retry_after.begin(), r.out.retry_after.end(), is_break) &&
                      std::none_of(r.out.location.begin(), r.out.location.end(), is_break),
                  "a value has a line break");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const bytes = fuzz::text_of(data, size);
    auto const whole = read(bytes, 1 << 16, 0);
    check_bounds(whole);
    for (std::size_t const longest : {1U, 2U, 7U, 40U}) {
        auto const parts = read(bytes, longest, static_cast<unsigned>(size));
        check_bounds(parts);
        fuzz::require(parts.status == whole.status, "the status depends on the pieces");
        fuzz::require(parts.out.retry_after == whole.out.retry_after &&
                          parts.out.location == whole.out.location,
                      "a field depends on the pieces");
        fuzz::require(!whole.exact || parts.exact, "the framing depends on the pieces");
    }
    return 0;
}
