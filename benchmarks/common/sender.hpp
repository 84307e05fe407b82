// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "process.hpp"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// What every sender of the benchmarks shares, so that they differ in how they send and in nothing else:
// options, the message and its signature, the load, and the line of JSON.
//
//     sender --port N [--connections C] [--requests N] [--warmup N] [--body BYTES] [--secret whsec_... |
//     --unsigned]
//            [--ca FILE] [--rate R] [--core N] [--fifo]
//
// --ca: HTTPS to "localhost", trusting the certificate in FILE. --rate: R requests per second at even
// distances (an open loop) in place of one request at a time on each connection (a closed loop). The first
// `warmup` requests are not counted. Any answer but a 2xx, and any lost connection, ends a sender with 1: a
// run that failed has no speed.
namespace bench {

using steady = std::chrono::steady_clock;

inline constexpr std::size_t signature_size = 44; // a SHA-256 in base64

struct sender_options {
    std::uint16_t port = 0;
    std::size_t connections = 16;
    std::size_t requests = 100'000;
    std::size_t warmup = 2'000;
    std::size_t body = 512;
    // The bytes 0 to 31: a key that signs nothing outside a benchmark. Empty: nothing is signed.
    std::string secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    // PEM file; empty: plain HTTP.
    std::string ca;
    // Per second; 0: a closed loop.
    double rate = 0;
    std::optional<unsigned> core;
    bool fifo = false;

    [[nodiscard]] bool tls() const noexcept { return !ca.empty(); }
    // What the URL and the Host field name.
    [[nodiscard]] std::string host() const { return tls() ? "localhost" : "127.0.0.1"; }
};

[[nodiscard]] inline sender_options read_sender_options(int argc, char** argv) {
    sender_options result;
    for (int i = 1; i < argc; ++i) {
        std::string_view const name(argv[i]);
        if (name == "--fifo") {
            result.fifo = true;
            continue;
        }
        if (name == "--unsigned") {
            result.secret.clear();
            continue;
        }
        if (i + 1 == argc)
            throw std::invalid_argument(std::string(name) + ": an unknown option, or its value is missing");
        std::string_view const value(argv[++i]);
        if (name == "--port")
            result.port = to_number<std::uint16_t>(value, name);
        else if (name == "--connections")
            result.connections = to_number<std::size_t>(value, name);
        else if (name == "--requests")
            result.requests = to_number<std::size_t>(value, name);
        else if (name == "--warmup")
            result.warmup = to_number<std::size_t>(value, name);
        else if (name == "--body")
            result.body = to_number<std::size_t>(value, name);
        else if (name == "--secret")
            result.secret = std::string(value);
        else if (name == "--ca")
            result.ca = std::string(value);
        else if (name == "--rate")
            result.rate = to_number<double>(value, name);
        else if (name == "--core")
            result.core = to_number<unsigned>(value, name);
        else
            throw std::invalid_argument("unknown option " + std::string(name));
    }
    if (result.port == 0 || result.connections == 0 || result.requests == 0 || result.rate < 0)
        throw std::invalid_argument("--port, --connections and --requests must be positive");
    return result;
}

// HMAC-SHA256 from the two states that the key alone gives. SHA256_Init and its like are deprecated, but what
// replaces them allocates at each beginning, and the limit must not.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
class signer {
  public:
    explicit signer(std::vector<unsigned char> const& key)
        : inner_(begin_with(key, 0x36)), outer_(begin_with(key, 0x5c)) {}

    // Writes signature_size characters.
    void sign(std::string_view id, std::string_view timestamp, std::string_view body, char* out) const {
        auto inner = inner_;
        for (auto const piece : {id, std::string_view("."), timestamp, std::string_view("."), body})
            SHA256_Update(&inner, piece.data(), piece.size());
        std::array<unsigned char, SHA256_DIGEST_LENGTH> mac{};
        SHA256_Final(mac.data(), &inner);
        auto outer = outer_;
        SHA256_Update(&outer, mac.data(), mac.size());
        SHA256_Final(mac.data(), &outer);
        // EVP_EncodeBlock ends its text with a zero, which must not reach the request.
        std::array<unsigned char, signature_size + 1> text{};
        EVP_EncodeBlock(text.data(), mac.data(), static_cast<int>(mac.size()));
        std::copy_n(text.data(), signature_size, out);
    }

  private:
    [[nodiscard]] static SHA256_CTX begin_with(std::vector<unsigned char> const& key, unsigned char pad) {
        std::array<unsigned char, SHA256_CBLOCK> block{};
        if (key.size() > block.size())
            throw std::invalid_argument("the secret is longer than 64 bytes");
        std::copy(key.begin(), key.end(), block.begin());
        for (auto& byte : block)
            byte = static_cast<unsigned char>(byte ^ pad);
        SHA256_CTX result{};
        SHA256_Init(&result);
        SHA256_Update(&result, block.data(), block.size());
        return result;
    }

    SHA256_CTX inner_;
    SHA256_CTX outer_;
};
#pragma GCC diagnostic pop

// The body of request number n: JSON of a given size, another one each time.
class message_body {
  public:
    explicit message_body(std::size_t size) {
        text_ = R"({"type":"item.modified","id":")" + std::string(digits, '0') + R"(","text":")";
        number_end_ = text_.find('0') + digits;
        constexpr std::string_view end = "\"}";
        if (size < text_.size() + end.size())
            throw std::invalid_argument("--body: at least " + std::to_string(text_.size() + end.size()));
        text_.append(size - end.size() - text_.size(), 'x').append(end);
    }

    [[nodiscard]] std::string_view make(std::uint64_t number) {
        write_number(text_.data() + number_end_, number);
        return text_;
    }

    // The part of the body that changes.
    [[nodiscard]] std::string_view number() const noexcept {
        return std::string_view(text_).substr(number_end_ - digits, digits);
    }

    // Right-aligned. Numbers only grow, so the digits to the left are already right.
    static void write_number(char* end, std::uint64_t number) {
        for (; number != 0; number /= 10)
            *--end = static_cast<char>('0' + number % 10);
    }

    static constexpr std::size_t digits = 16;

  private:
    std::string text_;
    std::size_t number_end_ = 0;
};

// Request after request, signed: what the senders that are no dispatchers put into their header fields.
class signed_messages {
  public:
    // A sender that has several of them gives each another `series`, so that no two ids are the same.
    explicit signed_messages(sender_options const& wanted, std::uint64_t series = 0)
        : body_(wanted.body), number_(series * series_size) {
        if (!wanted.secret.empty())
            signer_.emplace(decode_secret(wanted.secret));
    }

    // The views are valid until the next call. Each call is one request.
    void next() {
        message_body::write_number(id_.data() + id_.size(), ++number_);
        message_body::write_number(timestamp_.data() + timestamp_.size(),
                                   static_cast<std::uint64_t>(std::time(nullptr)));
        text_ = body_.make(number_);
        if (signer_)
            signer_->sign(id_, timestamp_, text_, signature_.data() + signature_prefix);
    }

    [[nodiscard]] bool is_signed() const noexcept { return signer_.has_value(); }
    [[nodiscard]] std::string_view id() const noexcept { return id_; }
    [[nodiscard]] std::string_view timestamp() const noexcept { return timestamp_; }
    // "v1,..."; only if it is signed.
    [[nodiscard]] std::string_view signature() const noexcept { return signature_; }
    [[nodiscard]] std::string_view body() const noexcept { return text_; }
    // The only part of the body that changes, for a sender that keeps a copy of the rest.
    [[nodiscard]] std::string_view body_number() const noexcept { return body_.number(); }

  private:
    static constexpr std::size_t signature_prefix = 3;
    static constexpr std::uint64_t series_size = 100'000'000;

    message_body body_;
    std::optional<signer> signer_;
    std::string id_ = "00000000-0000-7000-8000-000000000000";
    std::string timestamp_ = "0000000000";
    std::string signature_ = "v1," + std::string(signature_size, 'A');
    std::string_view text_;
    std::uint64_t number_;
};

// When requests start, how long they take, and what is printed in the end. A sender asks `is_due` before it
// takes a free connection, calls `start` for the instant from which the request counts, and `end` when its
// answer is there.
class load {
  public:
    explicit load(sender_options const& wanted) : wanted_(wanted), total_(wanted.warmup + wanted.requests) {
        nanoseconds_.reserve(wanted.requests);
    }

    // Whether one more request is to be sent now. In an open loop a sender asks again and again, without
    // sleeping: a timer's own delay would count.
    [[nodiscard]] bool is_due() {
        if (started_ == total_ || (started_ == wanted_.warmup && ended_ != wanted_.warmup))
            return false;
        return !is_open_loop() || is_warming_up() || steady::now() >= scheduled();
    }

    // The instant from which the request counts: now, or when it was scheduled.
    [[nodiscard]] steady::time_point start() {
        if (started_ == wanted_.warmup)
            begin();
        auto const at = is_open_loop() && !is_warming_up() ? scheduled() : steady::now();
        ++started_;
        return at;
    }

    void end(steady::time_point started) {
        if (++ended_ <= wanted_.warmup)
            return;
        last_ = steady::now();
        nanoseconds_.push_back((last_ - started).count());
    }

    [[nodiscard]] bool is_over() const noexcept { return ended_ == total_; }
    // Whether what starts now is not counted.
    [[nodiscard]] bool is_warming_up() const noexcept { return started_ < wanted_.warmup; }
    [[nodiscard]] bool is_open_loop() const noexcept { return wanted_.rate > 0; }

    // One line of JSON; `more`: further members, as `,"name":value`.
    void print(std::string_view name, std::string_view more = "") {
        auto const seconds = std::chrono::duration<double>(last_ - begun_).count();
        std::sort(nanoseconds_.begin(), nanoseconds_.end());
        std::printf("{\"name\":\"%.*s\",\"connections\":%zu,\"requests\":%zu,\"body\":%zu,\"signed\":%s,"
                    "\"tls\":%s,\"rate\":%.0f,\"seconds\":%.6f,\"per_second\":%.0f,\"cpu_seconds\":%.6f,"
                    "\"latency_us\":{",
                    static_cast<int>(name.size()), name.data(), wanted_.connections, wanted_.requests,
                    wanted_.body, wanted_.secret.empty() ? "false" : "true", wanted_.tls() ? "true" : "false",
                    wanted_.rate, seconds, static_cast<double>(wanted_.requests) / seconds,
                    cpu_seconds() - cpu_begun_);
        bool first = true;
        for (auto const* const p :
             {"10", "25", "50", "75", "90", "95", "99", "99.5", "99.9", "99.95", "99.99", "100"}) {
            std::printf("%s\"p%s\":%.1f", first ? "" : ",", p, percentile(to_number<double>(p, p)));
            first = false;
        }
        std::printf("}%.*s}\n", static_cast<int>(more.size()), more.data());
    }

  private:
    void begin() {
        begun_ = steady::now();
        cpu_begun_ = cpu_seconds();
    }

    [[nodiscard]] steady::time_point scheduled() {
        if (started_ == wanted_.warmup && begun_ == steady::time_point())
            begin();
        auto const after = static_cast<double>(started_ - wanted_.warmup) / wanted_.rate;
        return begun_ + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(after));
    }

    // Of the sorted latencies, in microseconds.
    [[nodiscard]] double percentile(double p) const {
        auto const rank = p / 100 * static_cast<double>(nanoseconds_.size() - 1);
        return static_cast<double>(nanoseconds_[static_cast<std::size_t>(rank)]) / 1000;
    }

    // User and system time of the process.
    [[nodiscard]] static double cpu_seconds() {
        timespec used{};
        ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
    }

    sender_options wanted_;
    std::size_t total_;
    std::size_t started_ = 0;
    std::size_t ended_ = 0;
    steady::time_point begun_{};
    steady::time_point last_{};
    double cpu_begun_ = 0;
    std::vector<std::int64_t> nanoseconds_;
};

// Runs a sender's `body(options)`; says what was wrong, and where.
template <class Body>
int run_sender(int argc, char** argv, Body body) {
    try {
        auto const wanted = read_sender_options(argc, argv);
        place(wanted.core, wanted.fifo);
        body(wanted);
        return 0;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
}

} // namespace bench
