// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/defaults.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../common/process.hpp"
#include "../common/sender.hpp"

#include <boost/describe/class.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

// What the parts of posthorn_durable share; main.cpp says how it is used.
namespace bench {

struct durable_options {
    std::string command;
    // Where database files go while the program runs; without it the program's own folder, since the usual
    // temporary folder may be in memory.
    std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    // Events, rows or commits.
    std::size_t count = 20'000;
    // Events in a transaction, or rows in a claim and in a settlement.
    std::size_t batch = 64;
    std::size_t body = 512;
    // accept: SQLite by hand in place of the library.
    bool bare = false;
    // deliver, first-byte: the storage in memory in place of SQLite.
    bool memory = false;
    posthorn::sqlite_durability durability = posthorn::sqlite_durability::power_loss;
    // deliver: of a receiver that runs already.
    std::uint16_t port = 0;
    std::size_t connections = 16;
    // deliver: events that are dispatched and not settled, at most.
    std::size_t window = 2048;
    std::optional<unsigned> core;
    // first-byte: where the receiver is.
    std::optional<unsigned> receiver_core;
};

struct item {
    std::string id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(item, (), (id, text))

using objects = posthorn::catalog<posthorn::object<item, "item">>;

// An item whose rendered body has `body` bytes, and another number each time.
class numbered_item {
  public:
    explicit numbered_item(std::size_t body) {
        constexpr std::string_view without_text = R"({"type":"item.created","id":"","text":""})";
        if (body < without_text.size() + message_body::digits)
            throw std::invalid_argument("--body is too small");
        value_.id.assign(message_body::digits, '0');
        value_.text.assign(body - without_text.size() - message_body::digits, 'x');
    }

    [[nodiscard]] item const& next() {
        message_body::write_number(value_.id.data() + value_.id.size(), number_++);
        return value_;
    }

    // Of a dispatcher that tells of such items.
    template <class Dispatcher>
    static void save_webhook(Dispatcher& hooks, std::string const& url, std::string_view secret = "") {
        auto draft = hooks.webhook("bench")
                         .template on<item>(posthorn::action::created)
                         .post(url)
                         .body(R"({"type":"item.created","id":"{{item.id}}","text":"{{item.text}}"})");
        if (!secret.empty())
            std::move(draft).sign(posthorn::secret(secret));
        if (auto const saved = hooks.save(draft); !saved)
            throw std::runtime_error(saved.error().text());
    }

  private:
    item value_;
    std::uint64_t number_ = 0;
};

// --- files and connections ---

// The path of a database that is not there yet; what is there in the end goes.
class database_file {
  public:
    explicit database_file(durable_options const& wanted) {
        static int made = 0;
        std::filesystem::create_directories(wanted.folder);
        path_ = wanted.folder /
                ("posthorn-durable-" + std::to_string(::getpid()) + "-" + std::to_string(++made) + ".db");
        remove();
    }
    database_file(database_file const&) = delete;
    database_file& operator=(database_file const&) = delete;
    ~database_file() { remove(); }

    [[nodiscard]] std::string path() const { return path_.string(); }

    // With its log.
    [[nodiscard]] std::uintmax_t size() const {
        std::uintmax_t sum = 0;
        for (auto const* const end : {"", "-wal"})
            if (std::filesystem::exists(path() + end))
                sum += std::filesystem::file_size(path() + end);
        return sum;
    }

  private:
    void remove() const noexcept {
        std::error_code ignored;
        for (auto const* const end : {"", "-wal", "-shm"})
            std::filesystem::remove(path_.string() + end, ignored);
    }

    std::filesystem::path path_;
};

[[nodiscard]] inline posthorn::sqlite_storage open_storage(std::string const& path,
                                                           posthorn::sqlite_durability durability) {
    posthorn::sqlite_options o;
    o.durability = durability;
    // A key that protects nothing outside a benchmark.
    o.keys =
        posthorn::static_keys::make(posthorn::encryption_key("bench", posthorn::secret(std::string(32, 'k'))))
            .value();
    auto opened = posthorn::sqlite_storage::open(path, std::move(o));
    if (!opened)
        throw std::runtime_error(path + ": " + opened.error().message());
    return *std::move(opened);
}

struct close_connection {
    void operator()(sqlite3* c) const noexcept { sqlite3_close(c); }
};
using connection = std::unique_ptr<sqlite3, close_connection>;

inline void execute(sqlite3* c, char const* sql) {
    if (sqlite3_exec(c, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(std::string(sql) + ": " + sqlite3_errmsg(c));
}

// The host's own connection; what it promises is what the storage promises.
[[nodiscard]] inline connection connect(std::string const& path, posthorn::sqlite_durability durability) {
    sqlite3* raw = nullptr;
    // One thread at a time uses it.
    auto const code = sqlite3_open_v2(
        path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    connection c(raw);
    if (code != SQLITE_OK)
        throw std::runtime_error("cannot open " + path);
    sqlite3_busy_timeout(raw, 5'000);
    execute(raw, durability == posthorn::sqlite_durability::power_loss ? "PRAGMA synchronous = FULL"
                                                                       : "PRAGMA synchronous = NORMAL");
    return c;
}

// --- ids ---

[[nodiscard]] inline posthorn::wall_time wall_now() {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
}

[[nodiscard]] inline posthorn::uuid fresh_id(posthorn::wall_time now) {
    posthorn::system_random const random;
    auto const first = random();
    return posthorn::uuid_v7()(now, first, random());
}

// Deliveries that wait, of these webhooks in turn.
inline void append_waiting(posthorn::sqlite_storage storage, std::vector<posthorn::uuid> const& of,
                           std::size_t count, std::size_t body) {
    constexpr std::size_t at_once = 1000;
    posthorn::request_text text;
    text.buffer() += "/hooks/item";
    text.end_target();
    text.buffer() += "Content-Type: application/json\r\n";
    text.end_headers();
    text.buffer().append(body, 'x');
    std::vector<posthorn::outbox_row> rows;
    for (std::size_t n = 0; n != count;) {
        rows.clear();
        for (; n != count && rows.size() != at_once; ++n) {
            auto const now = wall_now();
            rows.emplace_back(posthorn::delivery::make(fresh_id(now), of[n * 7919 % of.size()], fresh_id(now),
                                                       now, posthorn::verb::post, text.view(),
                                                       {"item", posthorn::action::created, "ada"}));
        }
        if (auto const stored = storage.append_now(rows, posthorn::lease()); !stored)
            throw std::runtime_error("append: " + stored.error().message());
    }
}

// --- figures ---

[[nodiscard]] inline double process_cpu_seconds() {
    timespec used{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

[[nodiscard]] inline double seconds_since(steady::time_point begun) {
    return std::chrono::duration<double>(steady::now() - begun).count();
}

// Of durations, in microseconds; of none, 0.
class percentiles {
  public:
    void add(steady::duration d) {
        nanoseconds_.push_back(std::chrono::duration_cast<std::chrono::nanoseconds>(d).count());
    }

    // As a JSON object.
    [[nodiscard]] std::string json() {
        std::sort(nanoseconds_.begin(), nanoseconds_.end());
        std::string text;
        for (auto const* const p : {"10", "50", "90", "99", "100"}) {
            char one[48];
            std::snprintf(one, sizeof one, "%s\"p%s\":%.1f", text.empty() ? "{" : ",", p,
                          at(to_number<double>(p, p)));
            text += one;
        }
        return text + "}";
    }

  private:
    [[nodiscard]] double at(double p) const {
        if (nanoseconds_.empty())
            return 0;
        auto const rank = p / 100 * static_cast<double>(nanoseconds_.size() - 1);
        return static_cast<double>(nanoseconds_[static_cast<std::size_t>(rank)]) / 1000;
    }

    std::vector<std::int64_t> nanoseconds_;
};

// From its construction on: time, CPU time of the whole process, and how long each step took.
class stopwatch {
  public:
    void step(steady::time_point begun) { steps_.add(steady::now() - begun); }

    // One line of JSON, of which `requests` is what was done meanwhile; `more`: further members, each with a
    // comma before it.
    void print(std::string_view name, std::size_t requests, std::string const& more) {
        auto const seconds = seconds_since(begun_);
        auto const cpu = process_cpu_seconds() - cpu_begun_;
        std::printf("{\"name\":\"%.*s\",\"requests\":%zu,\"seconds\":%.6f,\"per_second\":%.0f,"
                    "\"cpu_seconds\":%.6f,\"latency_us\":%s%s}\n",
                    static_cast<int>(name.size()), name.data(), requests, seconds,
                    static_cast<double>(requests) / seconds, cpu, steps_.json().c_str(), more.c_str());
        std::fflush(stdout);
    }

  private:
    steady::time_point begun_ = steady::now();
    double cpu_begun_ = process_cpu_seconds();
    percentiles steps_;
};

[[nodiscard]] inline std::string text_member(std::string_view name, std::string_view value) {
    return ",\"" + std::string(name) + "\":\"" + std::string(value) + "\"";
}

template <class Number>
[[nodiscard]] std::string number_member(std::string_view name, Number value) {
    return ",\"" + std::string(name) + "\":" + std::to_string(value);
}

[[nodiscard]] inline std::string_view name_of(posthorn::sqlite_durability d) {
    return d == posthorn::sqlite_durability::power_loss ? "full" : "normal";
}

// --- commands ---

void measure_accept(durable_options const& wanted);
void measure_render(durable_options const& wanted);
void measure_claim(durable_options const& wanted);
void measure_delivery(durable_options const& wanted);
void measure_first_byte(durable_options const& wanted);
void measure_backlog(durable_options const& wanted);
void measure_admin(durable_options const& wanted);
void measure_registry(durable_options const& wanted);
void measure_reach(durable_options const& wanted);
void measure_disk(durable_options const& wanted);

// Pending deliveries as the library stores them, for those who measure what is done with them.
void fill(std::string const& path, durable_options const& wanted);

} // namespace bench
