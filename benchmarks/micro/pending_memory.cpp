// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// How much memory a delivery takes while it waits: accepts deliveries that nobody sends, and looks at the
// heap.
//
// Usage: posthorn_pending_memory [count]. Prints one line of JSON.

#include <posthorn/defaults.hpp>

#include "../common/allocations.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct item {
    std::uint64_t id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, text))

using objects = posthorn::catalog<posthorn::object<item, "item">>;

} // namespace

int main(int argc, char** argv) {
    std::size_t const count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
    boost::asio::io_context io;
    posthorn::memory_limits limits;
    limits.per_webhook = count;
    posthorn::dispatcher<objects> hooks{io, posthorn::memory_storage(limits)};
    auto const saved =
        hooks.save(hooks.webhook("bench")
                       .on<item>()
                       .post("https://example.com/hooks/item")
                       .body(R"({"type":"item.modified","id":{{item.id}},"text":"{{item.text}}"})"));
    if (!saved)
        std::puts(saved.error().text().c_str());
    item subject{0, std::string(440, 'x')};
    std::size_t accepted = 0;
    auto const before = bench::allocations();
    for (std::size_t i = 0; i != count; ++i) {
        ++subject.id;
        accepted += hooks.dispatch(posthorn::created(subject)).accepted();
    }
    auto const after = bench::allocations();
    auto const n = static_cast<double>(count);
    std::printf("{\"name\":\"pending_memory\",\"pending\":%zu,\"bytes_per_delivery\":%.0f,"
                "\"allocations_per_delivery\":%.2f}\n",
                accepted, static_cast<double>(after.bytes_in_use - before.bytes_in_use) / n,
                static_cast<double>(after.count - before.count) / n);
    return accepted == count ? 0 : 1;
}
