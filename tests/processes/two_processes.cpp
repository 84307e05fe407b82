// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "../support/editors.hpp"
#include "../support/sqlite_file.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdlib>
#include <sqlite3.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

// Real processes on one file: one is stopped at each step of its change, before and after each call of the
// registry and inside the commit, on the storage's own thread; meanwhile another one changes the same. A
// process forks before it has any thread.

using namespace posthorn;
using namespace posthorn::test;

namespace {

using file_editor = editor<sqlite_storage>;

// One byte at a time, from one process to another.
class signal_line {
  public:
    signal_line() {
        if (::pipe(ends_.data()) != 0)
            throw std::runtime_error("no pipe");
    }
    signal_line(signal_line const&) = delete;
    signal_line& operator=(signal_line const&) = delete;
    ~signal_line() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    void send(char what) const {
        if (::write(ends_[1], &what, 1) != 1)
            ::_exit(2);
    }
    [[nodiscard]] char wait() const {
        char what = 'x';
        if (::read(ends_[0], &what, 1) != 1)
            return 'x';
        return what;
    }

  private:
    std::array<int, 2> ends_{};
};

// What a process says when it ends.
constexpr char succeeded = '1';
constexpr char did_not = '0';
constexpr char at_stop = 's';

struct ids {
    uuid webhook{};
    uuid filter{};
};

// Where the commit hook of the storage's connection stops, in the process that is to stop there.
signal_line const* commit_reached = nullptr;
signal_line const* commit_go = nullptr;

int stop_in_commit(void*) {
    if (auto const* const reached = std::exchange(commit_reached, nullptr)) {
        reached->send(at_stop);
        (void)commit_go->wait();
    }
    return 0;
}

int hook_connection(sqlite3* connection, char const**, void const*) {
    sqlite3_commit_hook(connection, stop_in_commit, nullptr);
    return SQLITE_OK;
}

// Makes one edit in a process of its own. `stop`: at which call of the registry it stops; 0: inside its
// commit; -1: nowhere.
template <class Stop>
[[nodiscard]] pid_t start(std::string const& file, edit what, ids const& of, std::string const& name,
                          int stop, signal_line const& says, Stop const& go) {
    auto const child = ::fork();
    if (child != 0)
        return child;
    {
        if (stop == 0) {
            commit_reached = &says;
            commit_go = &go;
            sqlite3_auto_extension(reinterpret_cast<void (*)()>(hook_connection));
        }
        // Tables are there, so that opening commits nothing.
        auto const reached = std::exchange(commit_reached, nullptr);
        file_editor e(sqlite_storage::open(file, quick_options()).value(), name);
        commit_reached = reached;
        int seen = 0;
        if (stop > 0)
            e.registry.on_stop([&](int) {
                if (++seen != stop)
                    return;
                says.send(at_stop);
                (void)go.wait();
            });
        bool const well = e.make(what, of.webhook, of.filter);
        e.registry.on_stop(nullptr);
        commit_reached = nullptr;
        says.send(well ? succeeded : did_not);
    }
    ::_exit(0);
}

void reap(pid_t child) {
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

// Prepares and checks; in a process of its own too, since this one forks again.
template <class Work>
[[nodiscard]] bool in_a_process(Work work) {
    auto const child = ::fork();
    if (child == 0) {
        int code = 1;
        try {
            code = work() ? 0 : 1;
        } catch (std::exception const& e) {
            std::fprintf(stderr, "%s\n", e.what());
        }
        ::_exit(code);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

[[nodiscard]] ids prepare(std::string const& file) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    ids of;
    BOOST_REQUIRE(in_a_process([&] {
        file_editor e(sqlite_storage::open(file, quick_options()).value(), "setup");
        auto const made = e.set_up();
        ids const both{made.first, made.second};
        return ::write(ends[1], &both, sizeof both) == sizeof both;
    }));
    BOOST_REQUIRE(::read(ends[0], &of, sizeof of) == sizeof of);
    ::close(ends[0]);
    ::close(ends[1]);
    return of;
}

// True: the first one reached its stop.
[[nodiscard]] bool interrupted(std::string const& file, edit first, edit second, int stop) {
    auto const of = prepare(file);
    signal_line a_says;
    signal_line a_go;
    signal_line b_says;
    auto const a = start(file, first, of, "a", stop, a_says, a_go);
    auto said = a_says.wait();
    bool const reached = said == at_stop;
    std::vector<std::pair<std::string, edit>> made;
    if (reached) {
        auto const b = start(file, second, of, "b", -1, b_says, a_go);
        // Inside a commit the lock is held, so that the other one waits for it.
        if (stop == 0)
            a_go.send('g');
        if (b_says.wait() == succeeded)
            made.emplace_back("b", second);
        reap(b);
        if (stop != 0)
            a_go.send('g');
        said = a_says.wait();
    }
    if (said == succeeded)
        made.emplace_back("a", first);
    reap(a);
    BOOST_TEST_CONTEXT(to_string(first) << ", at stop " << stop << ": " << to_string(second)) {
        BOOST_TEST(in_a_process([&] {
            file_editor e(sqlite_storage::open(file, quick_options()).value(), "checks");
            require_consistent(e, of.webhook, made);
            return true;
        }));
    }
    return reached;
}

} // namespace

BOOST_AUTO_TEST_SUITE(processes_editors)

BOOST_AUTO_TEST_CASE(no_step_of_another_process_loses_an_update) {
    fresh_file const file;
    std::size_t interruptions = 0;
    for (auto const first : all_edits)
        for (auto const second : all_edits)
            for (int stop = 0;; ++stop) {
                bool const reached = interrupted(file.path(), first, second, stop);
                interruptions += reached;
                if (!reached && stop != 0)
                    break;
            }
    BOOST_TEST(interruptions > 200U);
}

BOOST_AUTO_TEST_SUITE_END()
