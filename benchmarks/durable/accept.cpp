// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// Events accepted in transactions of the host: by the library, or by statements that anyone would write.

#include "durable.hpp"

#include <boost/asio/io_context.hpp>

#include <cstring>
#include <initializer_list>

namespace bench {

namespace {

struct policies : posthorn::default_policies::with_storage<posthorn::sqlite_storage>::with_semantics<
                      posthorn::fire_and_forget> {};
using dispatcher = posthorn::dispatcher<objects, policies>;

constexpr char const* url = "https://example.com/hooks/item";
// Transactions that are not counted: the log is there then, and SQLite knows its pages.
constexpr std::size_t warmup = 8;

// A host that only accepts.
class accepting_host {
  public:
    accepting_host(std::string const& path, durable_options const& wanted)
        : hooks_(io_, open_storage(path, wanted.durability)),
          connection_(connect(path, wanted.durability)),
          session_(connection_.get()),
          subject_(wanted.body),
          batch_(wanted.batch) {
        numbered_item::save_webhook(hooks_, url);
    }

    void accept() {
        auto tx = hooks_.begin(posthorn::sqlite_transaction(session_));
        for (std::size_t i = 0; i != batch_; ++i)
            tx.created(subject_.next());
        if (auto const report = tx.commit(); report.accepted() != batch_)
            throw std::runtime_error("not accepted: " + report.error().message());
    }

    void render() {
        auto tx = hooks_.begin();
        for (std::size_t i = 0; i != batch_; ++i)
            tx.created(subject_.next());
    }

    [[nodiscard]] sqlite3* connection() const noexcept { return connection_.get(); }

  private:
    // Nobody runs it.
    boost::asio::io_context io_;
    dispatcher hooks_;
    bench::connection connection_;
    posthorn::sqlite_session session_;
    numbered_item subject_;
    std::size_t batch_;
};

class statement {
  public:
    statement(sqlite3* c, char const* sql) : connection_(c) {
        if (sqlite3_prepare_v3(c, sql, -1, SQLITE_PREPARE_PERSISTENT, &value_, nullptr) != SQLITE_OK)
            throw std::runtime_error(std::string(sql) + ": " + sqlite3_errmsg(c));
    }
    statement(statement const&) = delete;
    statement& operator=(statement const&) = delete;
    ~statement() { sqlite3_finalize(value_); }

    [[nodiscard]] sqlite3_stmt* get() const noexcept { return value_; }

    void run() {
        if (sqlite3_step(value_) != SQLITE_DONE)
            throw std::runtime_error(sqlite3_errmsg(connection_));
        sqlite3_reset(value_);
    }

    [[nodiscard]] std::string bytes(int column) const {
        auto const* const data = static_cast<char const*>(sqlite3_column_blob(value_, column));
        return {data, static_cast<std::size_t>(sqlite3_column_bytes(value_, column))};
    }

  private:
    sqlite3* connection_;
    sqlite3_stmt* value_ = nullptr;
};

// What the library stores of one event, from which the rows of all others are made.
struct stored_rows {
    std::string webhook;
    std::int64_t method = 0;
    std::int64_t target_end = 0;
    std::int64_t headers_end = 0;
    std::string object;
    std::int64_t action = 0;
    std::string actor;
    std::string text;
};

[[nodiscard]] stored_rows rows_of_one_event(durable_options wanted) {
    wanted.batch = 1;
    database_file const file(wanted);
    accepting_host host(file.path(), wanted);
    host.accept();
    statement ask(host.connection(),
                  "SELECT d.webhook, r.method, r.target_end, r.headers_end, r.object, r.action, "
                  "r.actor, r.text "
                  "FROM posthorn_delivery AS d JOIN posthorn_request AS r "
                  "ON r.delivery = d.sequence");
    if (sqlite3_step(ask.get()) != SQLITE_ROW)
        throw std::runtime_error("the library stored nothing");
    stored_rows found;
    found.webhook = ask.bytes(0);
    found.method = sqlite3_column_int64(ask.get(), 1);
    found.target_end = sqlite3_column_int64(ask.get(), 2);
    found.headers_end = sqlite3_column_int64(ask.get(), 3);
    found.object = ask.bytes(4);
    found.action = sqlite3_column_int64(ask.get(), 5);
    found.actor = ask.bytes(6);
    found.text = ask.bytes(7);
    return found;
}

// The same rows by hand. Ids and times are made as the events come, since an index of ids of one instant is
// another one.
class bare_inserts {
  public:
    bare_inserts(std::string const& path, durable_options const& wanted)
        : rows_(rows_of_one_event(wanted)),
          created_(path, wanted.durability),
          connection_(connect(path, wanted.durability)),
          begin_(connection_.get(), "BEGIN IMMEDIATE"),
          commit_(connection_.get(), "COMMIT"),
          delivery_(connection_.get(),
                    "INSERT INTO posthorn_delivery (id, webhook, event, created, state, attempts, lease, "
                    "not_before) VALUES (?, ?, ?, ?, 0, 0, 0, ?)"),
          request_(connection_.get(), "INSERT INTO posthorn_request (delivery, method, target_end, "
                                      "headers_end, object, action, actor, text) "
                                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
          number_end_(rows_.text.data() + rows_.text.find(std::string(message_body::digits, '0')) +
                      message_body::digits),
          batch_(wanted.batch) {}

    void accept() {
        begin_.run();
        for (std::size_t i = 0; i != batch_; ++i)
            insert(wall_now());
        commit_.run();
    }

  private:
    // Makes the tables as the library does.
    struct tables {
        tables(std::string const& path, posthorn::sqlite_durability d) { (void)open_storage(path, d); }
    };

    static void bind(sqlite3_stmt* s, int index, posthorn::uuid const& id) {
        sqlite3_bind_blob(s, index, id.data, sizeof id.data, SQLITE_STATIC);
    }
    static void bind(sqlite3_stmt* s, int index, std::string const& bytes) {
        sqlite3_bind_blob64(s, index, bytes.data(), bytes.size(), SQLITE_STATIC);
    }

    static void bind_text(sqlite3_stmt* s, int index, std::string const& text) {
        sqlite3_bind_text64(s, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }

    void insert(posthorn::wall_time now) {
        message_body::write_number(number_end_, next_++);
        auto const event = fresh_id(now);
        auto const id = fresh_id(now);
        auto const time = now.time_since_epoch().count();
        auto* const d = delivery_.get();
        bind(d, 1, id);
        bind(d, 2, rows_.webhook);
        bind(d, 3, event);
        sqlite3_bind_int64(d, 4, time);
        sqlite3_bind_int64(d, 5, time);
        delivery_.run();
        auto* const r = request_.get();
        sqlite3_bind_int64(r, 1, sqlite3_last_insert_rowid(connection_.get()));
        sqlite3_bind_int64(r, 2, rows_.method);
        sqlite3_bind_int64(r, 3, rows_.target_end);
        sqlite3_bind_int64(r, 4, rows_.headers_end);
        bind_text(r, 5, rows_.object);
        sqlite3_bind_int64(r, 6, rows_.action);
        bind_text(r, 7, rows_.actor);
        bind(r, 8, rows_.text);
        request_.run();
    }

    stored_rows rows_;
    tables created_;
    bench::connection connection_;
    statement begin_;
    statement commit_;
    statement delivery_;
    statement request_;
    char* number_end_;
    std::size_t batch_;
    std::uint64_t next_ = 0;
};

template <class Step>
void repeat(durable_options const& wanted, std::string_view name, std::string const& more, Step step) {
    for (std::size_t i = 0; i != warmup; ++i)
        step();
    auto const steps = (wanted.count + wanted.batch - 1) / wanted.batch;
    stopwatch watch;
    for (std::size_t i = 0; i != steps; ++i) {
        auto const begun = steady::now();
        step();
        watch.step(begun);
    }
    watch.print(name, steps * wanted.batch, number_member("batch", wanted.batch) + more);
}

} // namespace

void measure_accept(durable_options const& wanted) {
    database_file const file(wanted);
    auto const more = text_member("who", wanted.bare ? "bare" : "posthorn") +
                      text_member("durability", name_of(wanted.durability));
    if (wanted.bare) {
        bare_inserts host(file.path(), wanted);
        repeat(wanted, "accept", more, [&] { host.accept(); });
    } else {
        accepting_host host(file.path(), wanted);
        repeat(wanted, "accept", more, [&] { host.accept(); });
    }
}

void measure_render(durable_options const& wanted) {
    database_file const file(wanted);
    accepting_host host(file.path(), wanted);
    repeat(wanted, "render", "", [&] { host.render(); });
}

} // namespace bench
