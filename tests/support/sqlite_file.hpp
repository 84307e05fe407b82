// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/storage/sqlite.hpp>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace posthorn::test {

/// A path of its own in a folder of its own, which goes with the last copy.
class fresh_file {
  public:
    fresh_file() : folder_(std::make_shared<folder>()) {}

    [[nodiscard]] std::string path() const { return (folder_->where / "host.db").string(); }
    [[nodiscard]] std::filesystem::path const& directory() const { return folder_->where; }

  private:
    struct folder {
        folder() {
            static std::atomic<int> last{0};
            where = std::filesystem::temp_directory_path() /
                    ("posthorn-" + std::to_string(::getpid()) + "-" + std::to_string(++last));
            std::filesystem::create_directories(where);
        }
        folder(folder const&) = delete;
        folder& operator=(folder const&) = delete;
        ~folder() {
            std::error_code ignored;
            std::filesystem::remove_all(where, ignored);
        }
        std::filesystem::path where;
    };

    std::shared_ptr<folder> folder_;
};

struct close_sqlite {
    void operator()(sqlite3* c) const noexcept { sqlite3_close(c); }
};
using sqlite_connection = std::unique_ptr<sqlite3, close_sqlite>;

/// The host's own connection.
[[nodiscard]] inline sqlite_connection connect(std::string const& path) {
    sqlite3* raw = nullptr;
    if (sqlite3_open(path.c_str(), &raw) != SQLITE_OK)
        throw std::runtime_error("cannot open " + path);
    sqlite_connection c(raw);
    sqlite3_busy_timeout(raw, 5000);
    return c;
}

/// Runs SQL; gives the first value of the last row, 0 without one.
inline std::int64_t run_sql(sqlite3* c, std::string const& sql) {
    std::int64_t value = 0;
    auto const keep = [](void* out, int columns, char** values, char**) {
        if (columns != 0 && values[0] != nullptr)
            *static_cast<std::int64_t*>(out) = std::stoll(values[0]);
        return 0;
    };
    char* message = nullptr;
    if (sqlite3_exec(c, sql.c_str(), keep, &value, &message) != SQLITE_OK) {
        std::string const text = message == nullptr ? "SQL failed" : message;
        sqlite3_free(message);
        throw std::runtime_error(text + ": " + sql);
    }
    return value;
}

/// Each value of each row of each table, and what the schema says.
[[nodiscard]] inline std::string all_rows(sqlite3* c) {
    std::string dump;
    auto const each_row = [&](std::string const& sql, auto const& use) {
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(c, sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
            throw std::runtime_error("SQL failed: " + sql);
        std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> const statement(raw, sqlite3_finalize);
        while (sqlite3_step(raw) == SQLITE_ROW)
            use(raw);
    };
    auto const value = [](sqlite3_stmt* row, int column) {
        auto const* const bytes = static_cast<char const*>(sqlite3_column_blob(row, column));
        return std::string(bytes == nullptr ? "" : bytes,
                           static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
    };
    auto const keep = [&](sqlite3_stmt* row) {
        for (int i = 0; i != sqlite3_column_count(row); ++i)
            dump.append(value(row, i)).append("\n");
    };
    each_row("SELECT sql FROM sqlite_master", keep);
    each_row("SELECT name FROM sqlite_master WHERE type = 'table'",
             [&](sqlite3_stmt* row) { each_row("SELECT * FROM \"" + value(row, 0) + '"', keep); });
    return dump;
}

/// All bytes of all files of a folder.
[[nodiscard]] inline std::string all_bytes(std::filesystem::path const& folder) {
    std::string all;
    for (auto const& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream in(entry.path(), std::ios::binary);
        all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
}

/// A key for the secrets of tests.
[[nodiscard]] inline encryption_keys test_keys() {
    return static_keys::make(encryption_key("test", secret(std::string(32, 'k')))).value();
}

/// Without a wait for the disk, which no test needs that kills no machine.
[[nodiscard]] inline sqlite_options quick_options() {
    sqlite_options o;
    o.durability = sqlite_durability::process_end;
    o.keys = test_keys();
    return o;
}

/// A host's database: what conformance suites ask for.
class sqlite_database {
  public:
    // `prepared`: the host's connection keeps what is prepared on it.
    explicit sqlite_database(bool prepared = false) : prepared_(prepared) {}

    [[nodiscard]] sqlite_storage outbox() {
        return sqlite_storage::open(file_.path(), quick_options()).value();
    }
    [[nodiscard]] sqlite_transaction begin() {
        if (!host_) {
            host_ = connect(file_.path());
            run_sql(host_.get(), "PRAGMA synchronous = NORMAL");
            session_ = std::make_unique<sqlite_session>(host_.get());
        }
        return prepared_ ? sqlite_transaction(*session_) : sqlite_transaction(host_.get());
    }
    [[nodiscard]] std::string path() const { return file_.path(); }

  private:
    bool prepared_;
    fresh_file file_;
    sqlite_connection host_;
    std::unique_ptr<sqlite_session> session_;
};

} // namespace posthorn::test
