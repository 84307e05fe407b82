// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// What several processes on one file cost: how long the webhooks take to load, how long one change takes to
// be seen, what a transaction pays to see every change, and when another process acts on one.

#include <posthorn/retry/no_retry.hpp>

#include "durable.hpp"
#include "peer.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>
#include <sys/wait.h>
#include <thread>

namespace bench {

namespace {

namespace asio = boost::asio;

struct policies : posthorn::default_policies::with_storage<posthorn::sqlite_storage>::with_guard<
                      posthorn::allow_list>::with_retry<posthorn::no_retry> {};
using dispatcher = posthorn::dispatcher<objects, policies>;

// A handle of its own, as another process has it.
struct handle {
    explicit handle(std::string const& path, posthorn::allow_list guard = posthorn::allow_list())
        : hooks(io, open_storage(path, posthorn::sqlite_durability::power_loss), std::move(guard)) {}

    asio::io_context io{1};
    dispatcher hooks;
};

template <class Value, class Error>
Value must(boost::system::result<Value, Error> got, char const* what) {
    if (!got)
        throw std::runtime_error(std::string(what) + " failed");
    if constexpr (!std::is_void_v<Value>)
        return *std::move(got);
}

[[nodiscard]] posthorn::webhook get(dispatcher const& hooks, posthorn::uuid const& id) {
    for (auto& w : hooks.webhooks())
        if (w.id == id)
            return w;
    throw std::runtime_error("a webhook is missing");
}

// --- many webhooks ---

void save_many(std::string const& path, std::size_t count) {
    asio::io_context io(1);
    // The disk need not follow while the file is filled.
    dispatcher hooks(io, open_storage(path, posthorn::sqlite_durability::process_end),
                     posthorn::allow_list());
    for (std::size_t i = 0; i != count; ++i)
        must(hooks.save(hooks.webhook("Tell " + std::to_string(i))
                            .on<item>(posthorn::action::created)
                            .when("item.id == '" + std::to_string(i) + "'")
                            .post("https://a.example.com/" + std::to_string(i))
                            .body("{{item.id}}")),
             "save");
}

void measure_many(durable_options const& wanted, std::size_t count) {
    constexpr std::size_t changes = 200;
    database_file const file(wanted);
    save_many(file.path(), count);
    auto const begun = steady::now();
    handle server(file.path());
    must(server.hooks.reload(), "reload");
    auto const load_seconds = seconds_since(begun);
    if (server.hooks.webhooks().size() != count)
        throw std::runtime_error("not all webhooks were loaded");

    handle editor(file.path());
    must(editor.hooks.reload(), "reload");
    percentiles notice;
    percentiles nothing;
    auto all = editor.hooks.webhooks();
    for (std::size_t i = 0; i != std::min(changes, all.size()); ++i) {
        auto& changed = all[i * 7919 % all.size()];
        changed.active = !changed.active;
        must(editor.hooks.save(changed), "save");
        auto const asked = steady::now();
        must(server.hooks.reload(), "reload");
        auto const seen = steady::now();
        notice.add(seen - asked);
        must(server.hooks.reload(), "reload");
        nothing.add(steady::now() - seen);
    }
    std::printf("{\"name\":\"registry\",\"webhooks\":%zu,\"bytes\":%ju,\"load_ms\":%.1f,\"notice_us\":%s,"
                "\"nothing_new_us\":%s}\n",
                count, static_cast<std::uintmax_t>(file.size()), load_seconds * 1000, notice.json().c_str(),
                nothing.json().c_str());
}

// --- a transaction ---

// A transaction of one event, and how much of it is reading the generation on the host's connection.
void measure_reading(durable_options const& wanted) {
    constexpr std::size_t times = 2000;
    constexpr std::size_t reads = 1000;
    database_file const file(wanted);
    asio::io_context io(1);
    auto const storage = open_storage(file.path(), wanted.durability);
    dispatcher hooks(io, storage, posthorn::allow_list());
    numbered_item::save_webhook(hooks, "https://example.com/hooks/item");
    auto const host = connect(file.path(), wanted.durability);
    posthorn::sqlite_session session(host.get());
    numbered_item subject(wanted.body);
    percentiles whole;
    for (std::size_t i = 0; i != times; ++i) {
        auto const begun = steady::now();
        auto tx = hooks.begin(posthorn::sqlite_transaction(session));
        tx.created(subject.next());
        if (tx.commit().accepted() != 1)
            throw std::runtime_error("not accepted");
        whole.add(steady::now() - begun);
    }
    percentiles reading;
    execute(host.get(), "BEGIN IMMEDIATE");
    for (std::size_t i = 0; i != reads; ++i) {
        auto const begun = steady::now();
        static_cast<void>(must(storage.generation(session), "generation"));
        reading.add(steady::now() - begun);
    }
    execute(host.get(), "ROLLBACK");
    std::printf("{\"name\":\"generation\",\"durability\":\"%s\",\"transaction_us\":%s,\"reading_us\":%s}\n",
                std::string(name_of(wanted.durability)).c_str(), whole.json().c_str(),
                reading.json().c_str());
}

// --- another process ---

// From one process to the other.
class line {
  public:
    line() { check(::pipe(ends_.data()), "pipe"); }
    line(line const&) = delete;
    line& operator=(line const&) = delete;
    ~line() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    void send(std::uint16_t what) const {
        if (::write(ends_[1], &what, sizeof what) != sizeof what)
            throw_errno("write");
    }

    [[nodiscard]] std::uint16_t wait() const {
        std::uint16_t what = 0;
        if (::read(ends_[0], &what, sizeof what) != sizeof what)
            throw_errno("read");
        return what;
    }

  private:
    std::array<int, 2> ends_{};
};

// Delivers until it is killed, and dispatches meanwhile so many events a second.
[[noreturn]] void serve(std::string const& path, line const& orders, line const& answers) {
    using namespace std::chrono_literals;
    auto const first = orders.wait();
    auto const second = orders.wait();
    auto const rate = orders.wait();
    handle server(path, posthorn::allow_list().allow_loopback(first).allow_loopback(second));
    auto const work = asio::make_work_guard(server.io);
    server.hooks.async_run(asio::detached);
    std::thread const delivering([&] { server.io.run(); });
    answers.send(1);
    numbered_item subject(512);
    for (auto due = steady::now();;) {
        if (rate == 0) {
            std::this_thread::sleep_for(1h);
            continue;
        }
        due += std::chrono::nanoseconds(1s) / rate;
        std::this_thread::sleep_until(due);
        static_cast<void>(server.hooks.dispatch(posthorn::created(subject.next())));
    }
}

// A process that runs `serve`.
class server_process {
  public:
    explicit server_process(std::string const& path) : id_(check(::fork(), "fork")) {
        if (id_ != 0)
            return;
        try {
            serve(path, orders_, answers_);
        } catch (std::exception const& e) {
            std::fprintf(stderr, "the server: %s\n", e.what());
        }
        ::_exit(1);
    }
    server_process(server_process const&) = delete;
    server_process& operator=(server_process const&) = delete;
    ~server_process() {
        ::kill(id_, SIGKILL);
        ::waitpid(id_, nullptr, 0);
    }

    void start(std::uint16_t first, std::uint16_t second, std::uint16_t rate) const {
        for (auto const n : {first, second, rate})
            orders_.send(n);
        static_cast<void>(answers_.wait());
    }

  private:
    line orders_;
    line answers_;
    pid_t id_;
};

// Here a person activates a webhook; there the delivery that waits for it is sent.
void measure_reach(durable_options const& wanted, std::uint16_t rate) {
    using namespace std::chrono_literals;
    constexpr auto too_long = 10s;
    database_file const file(wanted);
    // Before there is a thread.
    server_process const server(file.path());
    peer probed(std::nullopt);
    peer loaded(std::nullopt);
    auto const guard = posthorn::allow_list().allow_loopback(probed.port()).allow_loopback(loaded.port());
    handle editor(file.path(), guard);
    auto const url = [](peer const& to) { return "http://127.0.0.1:" + std::to_string(to.port()) + "/"; };
    numbered_item::save_webhook(editor.hooks, url(loaded));
    auto const id = must(editor.hooks.save(editor.hooks.webhook("probe")
                                               .on<item>(posthorn::action::deleted)
                                               .post(url(probed))
                                               .body("{{item.id}}")),
                         "save");
    server.start(probed.port(), loaded.port(), rate);
    auto rows = open_storage(file.path(), wanted.durability);
    auto const set_active = [&](bool active) {
        auto w = get(editor.hooks, id);
        w.active = active;
        must(editor.hooks.save(w), "save");
    };
    std::minstd_rand random(1);
    percentiles delay;
    for (std::size_t i = 0; i != wanted.count; ++i) {
        set_active(false);
        append_waiting(rows, {id}, 1, wanted.body);
        // The server looks at any time of this change.
        std::this_thread::sleep_for(1500ms + std::chrono::milliseconds(random() % 1000));
        auto const begun = steady::now();
        set_active(true);
        while (probed.last_seen() < begun) {
            if (steady::now() - begun > too_long)
                throw std::runtime_error("the server does not act on the change");
            std::this_thread::sleep_for(100us);
        }
        delay.add(probed.last_seen() - begun);
    }
    std::printf("{\"name\":\"reach\",\"dispatches_per_second\":%u,\"changes\":%zu,\"delay_us\":%s}\n",
                static_cast<unsigned>(rate), wanted.count, delay.json().c_str());
    std::fflush(stdout);
}

} // namespace

void measure_registry(durable_options const& wanted) {
    measure_many(wanted, std::max<std::size_t>(1, wanted.count / 100));
    measure_many(wanted, wanted.count);
    measure_reading(wanted);
}

void measure_reach(durable_options const& wanted) {
    for (auto const rate : {std::uint16_t(0), std::uint16_t(1000)})
        measure_reach(wanted, rate);
}

} // namespace bench
