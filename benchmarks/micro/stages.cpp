// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// The engine alone, stage by stage, without any I/O, on one webhook with a body of 512 bytes:
//   match           the routes of an event, beside one webhook
//   match_thousand  the same beside 1 000 webhooks with a condition `project.id == N` each, of which 10 match
//   filter          a condition of three criteria
//   render          a URL with one expression and a body with two, into a buffer that is there
//   sign            Standard Webhooks, HMAC-SHA256
//   enqueue         a delivery made, and stored in memory under a lease
//   settle          a row of the memory storage settled as delivered, in batches of 16
//   dispatch        the whole dispatch() of an event with one match, while the dispatcher runs
//   delivery        from dispatch() to settled, 16 at a time, with a transport that answers at once
//
// Usage: posthorn_stages [--stage NAME] [--calls N]
// Prints a line of JSON for each stage: nanoseconds and allocations per call, the median of nine rounds.
//
// --calls: one round of N calls. The work beside them is the same for every N, so that what a tool counts for
// two runs differs by what the calls do. Take multiples of 16.

#include <posthorn/defaults.hpp>
#include <posthorn/detail/routing/compiled_webhook.hpp>
#include <posthorn/detail/routing/routing.hpp>

#include "../common/allocations.hpp"
#include "../common/timing.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using posthorn::action;
using posthorn::detail::event_view;

struct project {
    std::int64_t id = 42;
    std::string status = "open";
    double budget = 125'000.5;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(project, (), (id, status, budget, text))

using objects = posthorn::catalog<posthorn::object<project, "project">>;

constexpr std::size_t body_size = 512;
// The bytes 0 to 31: a key that signs nothing outside a benchmark.
constexpr std::string_view signing_key = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
// Rows between two clean-ups: as many as a sender with many connections has open.
constexpr std::size_t open_rows = 64;
constexpr std::size_t batch_size = 16;
constexpr std::size_t most_calls = 20'000;

// What the calls cannot do without went wrong: there is nothing to measure.
void require(bool holds, char const* what) {
    if (holds)
        return;
    std::fprintf(stderr, "posthorn_stages: %s\n", what);
    std::abort();
}

[[nodiscard]] project subject() {
    project p;
    p.text.assign(body_size - std::string_view(R"({"type":"project.modified","id":42,"text":""})").size(),
                  'x');
    return p;
}

[[nodiscard]] event_view event_on(project const& p) {
    return {0, action::modified, &p, &p, nullptr, {}, {}, {}, posthorn::uuid_text(posthorn::uuid{})};
}

[[nodiscard]] posthorn::webhook webhook_with(std::string condition) {
    return posthorn::webhook_draft<objects>("bench")
        .on<project>(action::modified)
        .post("https://example.com/hooks/{{project.id}}")
        .body(R"({"type":"project.modified","id":{{project.id}},"text":"{{project.text}}"})")
        .when(std::move(condition))
        .sign(posthorn::secret(signing_key))
        .value();
}

[[nodiscard]] posthorn::detail::compiled_webhook compiled(posthorn::webhook const& w) {
    posthorn::field_errors errors;
    auto made = posthorn::detail::compiled_webhook::compile(w, objects::schema(), errors);
    require(made.has_value(), errors.text().c_str());
    return *std::move(made);
}

[[nodiscard]] posthorn::uuid fresh_id(posthorn::wall_time now) {
    posthorn::system_random const random;
    auto const first = random();
    return posthorn::uuid_v7()(now, first, random());
}

// Adds up what happens between `start` and `stop`.
class meter {
  public:
    void start() {
        allocations_before_ = bench::allocations().count;
        started_ = clock::now();
    }

    void stop() {
        ns_ += std::chrono::duration<double, std::nano>(clock::now() - started_).count();
        allocations_ += bench::allocations().count - allocations_before_;
    }

    [[nodiscard]] double ns() const noexcept { return ns_; }
    [[nodiscard]] std::uint64_t allocations() const noexcept { return allocations_; }

  private:
    using clock = std::chrono::steady_clock;

    double ns_ = 0;
    std::uint64_t allocations_ = 0;
    std::uint64_t allocations_before_ = 0;
    clock::time_point started_;
};

template <class F>
void repeat(meter& m, std::size_t calls, F f) {
    m.start();
    for (std::size_t i = 0; i != calls; ++i)
        f(i);
    m.stop();
}

// A stage has `calls`, how many a round has; `at_once`, how many of them may follow one another;
// `prepare(n)`, which makes it ready for n calls; and `perform(meter, n)`. This is one whose calls leave
// nothing behind.
template <class Self, std::size_t Calls>
struct repeatable {
    static constexpr std::size_t calls = Calls;
    static constexpr std::size_t at_once = Calls;

    void prepare(std::size_t) { self()(0); }
    void perform(meter& m, std::size_t n) {
        repeat(m, n, [this](std::size_t i) { self()(i); });
    }

  private:
    [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }
};

// Finds the routes of events, on other projects in turn.
class matcher {
  public:
    // Webhook `i` asks for project i / each; just one: for all projects.
    matcher(std::size_t webhooks, std::size_t each) : projects_(static_cast<std::int64_t>(webhooks / each)) {
        posthorn::detail::routing_editor<key> routes(objects::schema());
        for (std::size_t i = 0; i != webhooks; ++i) {
            auto const condition = webhooks == 1 ? "" : "project.id == " + std::to_string(i / each);
            posthorn::uuid id{};
            id.data[0] = static_cast<std::uint8_t>(i >> 8);
            id.data[1] = static_cast<std::uint8_t>(i);
            routes.put({i + 1, id,
                        std::make_shared<posthorn::detail::compiled_webhook const>(
                            compiled(webhook_with(condition))),
                        nullptr},
                       std::nullopt, 0);
        }
        table_ = routes.publish();
    }

    matcher(matcher const&) = delete;
    matcher& operator=(matcher const&) = delete;

    // How many webhooks match the next event.
    [[nodiscard]] std::size_t operator()() {
        if (++project_.id >= projects_)
            project_.id = 0;
        found_.clear();
        table_->match(event_, memo_, found_);
        return found_.size();
    }

  private:
    struct key {};

    std::int64_t projects_;
    std::shared_ptr<posthorn::detail::routing_table<key> const> table_;
    project project_;
    event_view event_ = event_on(project_);
    posthorn::detail::predicate_memo memo_;
    posthorn::detail::matched_routes<key> found_;
};

struct match_one : repeatable<match_one, 500'000> {
    void operator()(std::size_t) { require(find() == 1, "match: not the one webhook"); }

    matcher find{1, 1};
};

struct match_thousand : repeatable<match_thousand, 100'000> {
    void operator()(std::size_t) { require(find() == 10, "match_thousand: not the ten webhooks"); }

    matcher find{1'000, 10};
};

struct filtering : repeatable<filtering, 200'000> {
    void operator()(std::size_t) { require(condition.matches(event), "filter: it does not hold"); }

    project const what = subject();
    event_view const event = event_on(what);
    posthorn::expression const condition =
        posthorn::expression::compile_predicate(
            "project.status == 'open' && project.budget > 10000.0 && project.id != 7",
            {objects::schema(), 0, action::modified})
            .value();
};

struct rendering : repeatable<rendering, 50'000> {
    rendering() {
        (*this)(0);
        require(out.body().size() == body_size && out.target() == "/hooks/42", "render: another text");
    }

    void operator()(std::size_t) {
        out.clear();
        auto const error = hook.render(event, {}, out);
        require(!error, "render: an error");
        bench::keep(out.body().data());
    }

    project const what = subject();
    event_view const event = event_on(what);
    posthorn::detail::compiled_webhook const hook = compiled(webhook_with(""));
    posthorn::request_text out;
};

struct signing : repeatable<signing, 20'000> {
    void operator()(std::size_t) {
        out.clear();
        posthorn::standard_webhooks::sign(key, message, out);
        bench::keep(out.text().data());
    }

    posthorn::standard_webhooks::key key =
        posthorn::standard_webhooks().make_key(webhook_with("").signing).value();
    posthorn::wall_time const now = posthorn::system_clock().now();
    posthorn::uuid_text const id{fresh_id(now)};
    std::string const body = std::string(body_size, 'x');
    posthorn::signed_message const message{id.view(), now, body};
    posthorn::header_block out;
};

// A memory storage, and what it holds under the lease of one process.
class held_rows {
  public:
    held_rows() {
        stored_.reserve(most_calls);
        text_ = rendering().out;
    }

    [[nodiscard]] std::size_t size() const noexcept { return stored_.size() - settled_; }

    void append() {
        auto const id = fresh_id(now_);
        posthorn::outbox_row row(
            posthorn::delivery::make(id, webhook_, event_, now_, posthorn::verb::post, text_.view()));
        require(storage_.append_now(std::span(&row, 1), hold_) && !row.refused, "enqueue: refused");
        stored_.push_back(id);
    }

    // The n that are held longest.
    void settle(meter& m, std::size_t n) {
        asio::co_spawn(io_, settle_first(m, n), asio::detached);
        io_.restart();
        io_.run();
        settled_ += n;
        if (settled_ == stored_.size()) {
            stored_.clear();
            settled_ = 0;
        }
    }

  private:
    asio::awaitable<void> settle_first(meter& m, std::size_t n) {
        std::vector<posthorn::settlement> batch;
        batch.reserve(batch_size);
        m.start();
        for (std::size_t i = 0; i != n; ++i) {
            posthorn::settlement s;
            s.id = stored_[settled_ + i];
            s.lease = hold_.id;
            s.state = posthorn::delivery_state::delivered;
            s.attempts = 1;
            batch.push_back(s);
            if (batch.size() != batch_size && i + 1 != n)
                continue;
            auto const done = co_await storage_.settle(batch);
            require(done && !batch.back().lost, "settle: not settled");
            batch.clear();
        }
        m.stop();
    }

    asio::io_context io_{1};
    posthorn::memory_storage storage_;
    posthorn::wall_time const now_ = posthorn::system_clock().now();
    posthorn::lease const hold_{1, now_ + std::chrono::hours(24)};
    posthorn::uuid const webhook_ = fresh_id(now_);
    posthorn::uuid const event_ = fresh_id(now_);
    posthorn::request_text text_;
    std::vector<posthorn::uuid> stored_;
    // How many of them, from the first on, are held no longer.
    std::size_t settled_ = 0;
};

struct enqueuing {
    static constexpr std::size_t calls = 500 * open_rows;
    static constexpr std::size_t at_once = open_rows;

    // Leaves room for n rows, and none of them.
    void prepare(std::size_t n) {
        while (rows.size() < n)
            rows.append();
        meter ignored;
        rows.settle(ignored, rows.size());
    }
    void perform(meter& m, std::size_t n) {
        repeat(m, n, [this](std::size_t) { rows.append(); });
    }

    held_rows rows;
};

struct settling {
    static constexpr std::size_t calls = 500 * open_rows;
    static constexpr std::size_t at_once = open_rows;

    void prepare(std::size_t n) {
        while (rows.size() < n)
            rows.append();
    }
    void perform(meter& m, std::size_t n) { rows.settle(m, n); }

    held_rows rows;
};

// The receiver is as near as can be.
struct answering {
    asio::awaitable<posthorn::exchange> send(posthorn::request const& what) {
        posthorn::exchange done;
        done.response.status = what.body.size() == body_size ? 200 : 0;
        co_return done;
    }
    void cancel() noexcept {}
};

class counting {
  public:
    explicit counting(std::shared_ptr<std::size_t> delivered) : delivered_(std::move(delivered)) {}

    void on_settled(posthorn::settled_notice const& n) {
        require(n.state == posthorn::delivery_state::delivered, "delivery: not delivered");
        ++*delivered_;
    }

  private:
    std::shared_ptr<std::size_t> delivered_;
};

struct policies : posthorn::default_policies::with_transport<answering>::with_observer<counting> {};

// A host with one webhook, whose dispatcher runs when the host says so.
class host {
  public:
    host() {
        hooks_.save(webhook_with("")).value();
        hooks_.async_run(asio::detached);
        dispatch();
        settle_all();
    }

    [[nodiscard]] std::size_t open() const noexcept { return dispatched_ - *delivered_; }

    void dispatch() {
        ++dispatched_;
        require(hooks_.dispatch(posthorn::modified(subject_, subject_)).accepted() == 1, "dispatch: refused");
    }

    void settle_all() {
        while (open() != 0)
            io_.run_one();
    }

  private:
    [[nodiscard]] static posthorn::options tuned() {
        posthorn::options o;
        o.in_flight_per_webhook = batch_size;
        return o;
    }

    project const subject_ = subject();
    std::shared_ptr<std::size_t> delivered_ = std::make_shared<std::size_t>(0);
    std::size_t dispatched_ = 0;
    asio::io_context io_{1};
    posthorn::dispatcher<objects, policies> hooks_{posthorn::shards::single_threaded(io_),
                                                   counting(delivered_), tuned()};
};

struct dispatching {
    static constexpr std::size_t calls = 250 * open_rows;
    static constexpr std::size_t at_once = open_rows;

    // Leaves room for n deliveries, and none of them.
    void prepare(std::size_t n) {
        while (what.open() < n)
            what.dispatch();
        what.settle_all();
    }
    void perform(meter& m, std::size_t n) {
        repeat(m, n, [this](std::size_t) { what.dispatch(); });
    }

    host what;
};

struct delivering {
    static constexpr std::size_t calls = 500 * batch_size;
    static constexpr std::size_t at_once = calls;

    void prepare(std::size_t) {
        meter ignored;
        perform(ignored, batch_size);
    }
    void perform(meter& m, std::size_t n) {
        m.start();
        for (std::size_t i = 0; i != n; ++i) {
            what.dispatch();
            if (what.open() == batch_size)
                what.settle_all();
        }
        what.settle_all();
        m.stop();
    }

    host what;
};

void report(char const* name, double ns, std::uint64_t allocations, std::size_t calls) {
    std::printf("{\"stage\":\"%s\",\"ns\":%.1f,\"allocations\":%.2f}\n", name, ns,
                static_cast<double>(allocations) / static_cast<double>(calls));
    std::fflush(stdout);
}

template <class Stage>
void measure_once(char const* name, std::size_t calls) {
    auto stage = std::make_unique<Stage>();
    stage->prepare(most_calls);
    meter m;
    stage->perform(m, calls);
    report(name, m.ns() / static_cast<double>(calls), m.allocations(), calls);
    // To take apart what the calls left behind would be work that grows with their number.
    static_cast<void>(stage.release());
}

// `calls`: of one round only; 0: nine rounds.
template <class Stage>
void measure(char const* name, std::size_t calls) {
    if (calls != 0)
        return measure_once<Stage>(name, calls);
    Stage stage;
    std::uint64_t allocations = 0;
    std::size_t rounds = 0;
    auto const ns = bench::median_of_rounds([&] {
        meter m;
        for (std::size_t left = Stage::calls; left != 0;) {
            auto const n = std::min(left, Stage::at_once);
            stage.prepare(n);
            stage.perform(m, n);
            left -= n;
        }
        allocations += m.allocations();
        ++rounds;
        return m.ns() / static_cast<double>(Stage::calls);
    });
    report(name, ns, allocations, rounds * Stage::calls);
}

struct stage_entry {
    std::string_view name;
    void (*measure)(char const* name, std::size_t calls);
};

constexpr stage_entry stages[] = {
    {"match", measure<match_one>},     {"match_thousand", measure<match_thousand>},
    {"filter", measure<filtering>},    {"render", measure<rendering>},
    {"sign", measure<signing>},        {"enqueue", measure<enqueuing>},
    {"settle", measure<settling>},     {"dispatch", measure<dispatching>},
    {"delivery", measure<delivering>},
};

struct settings {
    // Empty: all.
    std::string_view stage;
    // 0: as many as each stage likes.
    std::size_t calls = 0;
};

[[nodiscard]] std::string_view known_stage(std::string_view name) {
    std::string names;
    for (auto const& s : stages) {
        if (s.name == name)
            return name;
        names.append(names.empty() ? "" : ", ").append(s.name);
    }
    throw std::invalid_argument("--stage takes one of " + names + ".");
}

[[nodiscard]] std::size_t number_of_calls(std::string_view text) {
    std::size_t n = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size() || n == 0 || n > most_calls)
        throw std::invalid_argument("--calls takes a number from 1 to " + std::to_string(most_calls) + ".");
    return n;
}

[[nodiscard]] settings parse(std::span<char* const> arguments) {
    settings s;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        std::string_view const name(arguments[i]);
        if ((name != "--stage" && name != "--calls") || i + 1 == arguments.size())
            throw std::invalid_argument("The options are --stage NAME and --calls N, not " +
                                        std::string(name) + (i + 1 == arguments.size() ? " alone." : "."));
        if (name == "--stage")
            s.stage = known_stage(arguments[i + 1]);
        else
            s.calls = number_of_calls(arguments[i + 1]);
    }
    return s;
}

} // namespace

int main(int argc, char** argv) {
    settings wanted;
    try {
        wanted = parse(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    } catch (std::invalid_argument const& e) {
        std::fprintf(stderr, "posthorn_stages: %s\n", e.what());
        return 2;
    }
    for (auto const& s : stages)
        if (wanted.stage.empty() || wanted.stage == s.name)
            s.measure(s.name.data(), wanted.calls);
}
