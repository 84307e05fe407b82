// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// Deliveries in the host's own SQLite file, stored in the host's own transaction: what is rolled back is never
// told, and what is committed is told even if the process ends before it was. Here the first process only
// changes projects and ends; the second finds what waits, and delivers it.

#include <posthorn/defaults.hpp>
#include <posthorn/storage/sqlite.hpp>

#include "../common/receiver.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

struct project {
    std::int64_t id;
    std::string label;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, label))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

struct policies
    : posthorn::default_policies::with_storage<posthorn::sqlite_storage>::with_guard<posthorn::allow_list> {};

using dispatcher = posthorn::dispatcher<objects, policies>;

namespace {

struct close_database {
    void operator()(sqlite3* connection) const noexcept { sqlite3_close(connection); }
};
using database = std::unique_ptr<sqlite3, close_database>;

void run(sqlite3* connection, std::string const& sql) {
    if (sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(connection));
}

database open_database(std::string const& file) {
    sqlite3* connection = nullptr;
    auto const opened = sqlite3_open(file.c_str(), &connection);
    database owned(connection);
    if (opened != SQLITE_OK)
        throw std::runtime_error("cannot open " + file);
    sqlite3_busy_timeout(connection, 5000);
    run(connection, "CREATE TABLE IF NOT EXISTS projects (id INTEGER PRIMARY KEY, label TEXT NOT NULL)");
    return owned;
}

// The keys of the secrets that webhooks keep in the file; a host reads them from where it keeps its own.
posthorn::sqlite_options with_keys() {
    posthorn::sqlite_options options;
    auto const key = posthorn::parse_encryption_key(
        "example", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    options.keys = posthorn::static_keys::make(key.value()).value();
    return options;
}

// The first process: changes projects, and ends without a word to anybody.
void change_projects(std::string const& file, std::uint16_t port) {
    boost::asio::io_context io;
    auto const host = open_database(file);
    auto storage = posthorn::sqlite_storage::open(file, with_keys()).value();
    dispatcher hooks{io, storage, posthorn::allow_list().allow_loopback(port)};
    hooks.save(hooks.webhook("Tell the archive")
                   .on<project>(posthorn::action::created)
                   .post("http://127.0.0.1:" + std::to_string(port) + "/projects/{{project.id}}")
                   .body(posthorn::default_body)
                   .sign(posthorn::secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        .value();

    for (int id = 1; id <= 5; ++id) {
        auto tx = hooks.begin(posthorn::sqlite_transaction{host.get()});
        project const made{id, "Project " + std::to_string(id)};
        run(host.get(), "INSERT INTO projects VALUES (" + std::to_string(id) + ", '" + made.label + "')");
        tx.created(made);
        // Without a commit everything is rolled back: the row, and what would have been told about it.
        if (id != 3)
            std::printf("project %d: %s\n", id, tx.commit() ? "committed" : "rolled back");
    }
    std::printf("the first process ends; %zu deliveries wait in the file\n", storage.counts()->pending);
}

// The second process: finds what waits, and delivers it.
void deliver(std::string const& file, std::uint16_t port) {
    boost::asio::io_context io;
    auto storage = posthorn::sqlite_storage::open(file, with_keys()).value();
    dispatcher hooks{io, storage, posthorn::allow_list().allow_loopback(port)};
    hooks.async_run(boost::asio::detached);
    hooks.async_drain(std::chrono::seconds(30), boost::asio::detached);
    io.run();
    std::printf("the second process has delivered %zu\n", storage.counts()->delivered);
}

} // namespace

int main() {
    auto const folder = std::filesystem::temp_directory_path() /
                        ("posthorn_outbox_" + std::to_string(std::chrono::system_clock::now().time_since_epoch().count()));
    std::filesystem::create_directory(folder);
    auto const file = (folder / "host.db").string();

    example::receiver receiver;
    std::set<std::string> told;
    change_projects(file, receiver.port());
    std::thread other_side([&] {
        while (told.size() != 4) {
            auto socket = receiver.accept();
            told.insert(example::read_request(socket).request_line);
            example::answer(socket, "200 OK");
        }
    });
    deliver(file, receiver.port());
    other_side.join();
    for (auto const& line : told)
        std::printf("the receiver got %s\n", line.c_str());
    std::filesystem::remove_all(folder);
    bool const rolled_back_was_told = told.contains("POST /projects/3 HTTP/1.1");
    return told.size() == 4 && !rolled_back_was_told ? 0 : 1;
}
