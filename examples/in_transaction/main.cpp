// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// A webhook that may say no. It is called before the host's transaction commits; its receiver answers 409,
// the transaction is rolled back, and the user is told why, in English and in French.

#include <posthorn/defaults.hpp>

#include "../common/receiver.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <thread>

struct project {
    std::int64_t id;
    std::string label;
    std::int64_t budget;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, label, budget))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

// Only this one call mode: nothing is stored, nothing is delivered in the background.
struct policies
    : posthorn::default_policies::with_guard<posthorn::allow_list>::with_semantics<posthorn::in_transaction> {
};

using dispatcher = posthorn::dispatcher<objects, policies>;

namespace {

// The host's database: what is committed, and what its open transaction has written.
struct database {
    std::map<std::int64_t, project> rows;
    std::map<std::int64_t, project> written;
};

// Models posthorn::HostTransaction: how Posthorn ends the transaction.
class database_transaction {
  public:
    explicit database_transaction(database& db) : db_(&db) { db.written = db.rows; }

    posthorn::result<void> commit() {
        db_->rows = db_->written;
        return {};
    }
    posthorn::result<void> rollback() {
        db_->written = db_->rows;
        return {};
    }

  private:
    database* db_;
};

static_assert(posthorn::check_host_transaction<database_transaction>());

// The other side, in a thread: says no to every project of more than a million.
void control_budgets(example::receiver& receiver, int requests) {
    for (; requests != 0; --requests) {
        auto socket = receiver.accept();
        auto const request = example::read_request(socket);
        if (boost::json::parse(request.body).at("budget").as_int64() > 1'000'000)
            example::answer(socket, "409 Conflict", "There is one million left.");
        else
            example::answer(socket, "200 OK");
    }
}

posthorn::transaction_report change_budget(dispatcher& hooks, database& db, std::int64_t budget) {
    auto const before = db.rows.at(42);
    auto after = before;
    after.budget = budget;

    auto tx = hooks.begin(database_transaction(db));
    tx.by("ada");
    db.written.at(42) = after;
    tx.modified(before, after);
    auto report = tx.commit(); // asks the receiver, waits for its answer, then commits or rolls back

    std::printf("budget %lld: %s; in the database: %lld\n", static_cast<long long>(budget),
                report ? "committed" : "rolled back", static_cast<long long>(db.rows.at(42).budget));
    if (auto const* const call = report.error().call())
        std::printf("  \"%s\" answered %d: %s\n", call->wording().c_str(), call->status(),
                    call->answer().c_str());
    for (auto const language : {posthorn::language::english, posthorn::language::french})
        for (auto const& line : report.messages(language))
            std::printf("  %s\n", line.c_str());
    return report;
}

} // namespace

int main() {
    example::receiver receiver;
    // Nobody runs this context: commit() works on the thread that calls it.
    boost::asio::io_context io;
    dispatcher hooks{io, posthorn::allow_list().allow_loopback(receiver.port())};
    auto const saved =
        hooks.save(hooks.webhook("Budget control")
                       .on<project>(posthorn::action::modified)
                       .when("project.budget > previous.budget")
                       .put("http://127.0.0.1:" + std::to_string(receiver.port()) + "/budgets/{{project.id}}")
                       .body(R"({"budget": {{project.budget}}, "by": {{event.actor}}})")
                       .in_transaction());
    if (!saved) {
        std::puts(saved.error().text().c_str());
        return 1;
    }

    database db;
    db.rows[42] = project{42, "Town hall", 500'000};
    std::thread other_side([&] { control_budgets(receiver, 2); });
    auto const refused = change_budget(hooks, db, 2'000'000);
    bool const unchanged = db.rows.at(42).budget == 500'000;
    auto const accepted = change_budget(hooks, db, 900'000);
    other_side.join();

    bool const said_no = !refused && refused.error().call() != nullptr &&
                         refused.error().call()->status() == 409 && refused.messages().size() == 3;
    bool const good = said_no && unchanged && accepted && db.rows.at(42).budget == 900'000;
    return good ? 0 : 1;
}
