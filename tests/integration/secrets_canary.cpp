// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/text/base64.hpp>
#include <posthorn/dispatcher.hpp>
#include <posthorn/environment/uuid_v7.hpp>
#include <posthorn/guard/public_addresses.hpp>
#include <posthorn/observe/counters.hpp>
#include <posthorn/observe/json_log.hpp>
#include <posthorn/observe/observers.hpp>
#include <posthorn/retry/standard_schedule.hpp>
#include <posthorn/signing/standard_webhooks.hpp>
#include <posthorn/signing/verify.hpp>
#include <posthorn/storage/memory.hpp>
#include <posthorn/storage/sqlite.hpp>
#include <posthorn/testing/scripted_transport.hpp>
#include <posthorn/testing/seeded_random.hpp>
#include <posthorn/testing/simulated_clock.hpp>

#include "../support/canary.hpp"
#include "../support/sqlite_file.hpp"
#include "../support/stored_records.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <boost/mp11/list.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Unique secrets go in wherever the library takes secrets; then everything that came out is searched for
// them.
namespace {

using namespace std::chrono_literals;
using namespace posthorn;
using test::canary;
using test::canary_forms;
using test::canary_search;
using testing::scripted_answer;

// --- the secrets ---

struct webhook_secrets {
    std::string authorization;
    std::string cookie;
    std::string api_key;
    std::string marked;
    std::string signing;
    std::string client_key;
    std::string proxy_password;
};

std::string base64(std::string const& bytes) {
    std::string out;
    posthorn::detail::base64_encode({reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size()},
                                    out);
    return out;
}

// Makes secrets, and remembers them.
class nest {
  public:
    // Printable, with characters that JSON, a URL and a form escape.
    [[nodiscard]] std::string text(std::string name) {
        std::string made;
        for (char const* const behind : {"/", "+", "\"", "\\", "%", "&", ""})
            made.append(letters(10)).append(behind);
        return keep(std::move(name), std::move(made));
    }

    [[nodiscard]] std::string word(std::string name) { return keep(std::move(name), letters(40)); }

    [[nodiscard]] std::string bytes(std::string name, std::size_t size) {
        std::string made;
        for (std::size_t i = 0; i != size; ++i)
            made += static_cast<char>(static_cast<unsigned char>(random_() & 0xff));
        return keep(std::move(name), std::move(made));
    }

    // A signing key as text; its bytes are searched for, too.
    [[nodiscard]] std::string signing(std::string const& name, std::size_t size = 32) {
        return keep(name + " as text", "whsec_" + base64(bytes(name, size)));
    }

    [[nodiscard]] webhook_secrets of_webhook(std::string const& which) {
        webhook_secrets s;
        s.authorization = text(which + " authorization");
        s.cookie = text(which + " cookie");
        s.api_key = text(which + " API key");
        s.marked = text(which + " marked field");
        s.signing = signing(which + " signing key");
        s.client_key = text(which + " client key");
        s.proxy_password = text(which + " proxy password");
        return s;
    }

    [[nodiscard]] std::vector<canary> const& all() const noexcept { return all_; }

  private:
    [[nodiscard]] std::string letters(int n) {
        constexpr std::string_view all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        std::string made;
        for (; n != 0; --n)
            made += all[random_() % all.size()];
        return made;
    }

    [[nodiscard]] std::string keep(std::string name, std::string bytes) {
        all_.push_back({std::move(name), bytes});
        return bytes;
    }

    testing::seeded_random random_{2026};
    std::vector<canary> all_;
};

// --- what comes out ---

// Text by the place where it came out. A handle.
class heard {
  public:
    void add(std::string const& where, std::string_view text) const {
        std::scoped_lock const lock(state_->mutex);
        state_->text[where].append(text).append("\n");
    }

    [[nodiscard]] std::map<std::string, std::string> all() const {
        std::scoped_lock const lock(state_->mutex);
        return state_->text;
    }

  private:
    struct state {
        std::mutex mutex;
        std::map<std::string, std::string> text;
    };
    std::shared_ptr<state> state_ = std::make_shared<state>();
};

// Repeats every text of every notice.
class listener {
  public:
    explicit listener(heard out) : out_(std::move(out)) {}

    void on_accepted(accepted_notice const& n) {
        out_.add("notices", n.error.message());
        out_.add("deliveries", n.what.request().whole());
    }
    void on_refused(refused_notice const& n) {
        out_.add("notices", n.error.message());
        out_.add("notices", n.message);
    }
    void on_attempt(attempt_notice const& n) {
        out_.add("notices", n.endpoint.authority() + std::string(n.endpoint.target()));
        out_.add("notices", n.outcome.error.message());
        out_.add("notices", n.outcome.detail);
        out_.add("notices", n.outcome.log_detail);
        out_.add("answers", n.outcome.response.excerpt);
        out_.add("answers", n.outcome.response.location);
        out_.add("answers", n.outcome.response.retry_after);
        out_.add("deliveries", n.what.request().whole());
    }
    void on_settled(settled_notice const& n) { out_.add("notices", n.error.message()); }
    void on_problem(problem_notice const& n) {
        out_.add("notices", n.error.message());
        out_.add("notices", n.message);
    }

  private:
    heard out_;
};

// --- the host ---

struct account {
    std::int64_t id = 0;
    std::string name;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(account, (), (id, name, password))

using objects = catalog<object<account, "account", hidden<&account::password>>>;
using listeners = observers<json_log, counters, listener>;

template <class Storage>
struct policies
    : default_policies::with_storage<Storage>::template with_transport<testing::scripted_transport>::
          template with_blocking_transport<testing::scripted_transport>::template with_clock<
              testing::simulated_clock>::template with_random<testing::seeded_random>::
              template with_observer<listeners>::template with_semantics<in_transaction, after_commit,
                                                                         fire_and_forget> {};

struct in_memory {
    using storage_type = memory_storage;

    explicit in_memory(encryption_keys const&) {}

    [[nodiscard]] storage_type& storage() noexcept { return storage_; }
    void wait() {}
    void dump(heard const&) const {}
    [[nodiscard]] no_transaction begin() { return no_transaction(); }
    void close() noexcept {}

    storage_type storage_;
};

struct in_sqlite {
    using storage_type = sqlite_storage;

    explicit in_sqlite(encryption_keys const& keys) : connection(test::connect(file.path())) {
        test::run_sql(connection.get(), "PRAGMA synchronous = NORMAL");
        open(keys);
    }

    void open(encryption_keys const& keys) {
        auto o = test::quick_options();
        o.keys = keys;
        storage_.emplace(sqlite_storage::open(file.path(), o).value());
    }

    [[nodiscard]] storage_type& storage() noexcept { return *storage_; }
    // Until what was asked of the storage's thread is done.
    void wait() { (void)storage_->counts().value(); }
    [[nodiscard]] sqlite_transaction begin() { return sqlite_transaction(connection.get()); }

    void dump(heard const& out) const {
        out.add("database files", test::all_bytes(file.directory()));
        if (connection)
            out.add("database rows", test::all_rows(connection.get()));
    }

    void close() {
        storage_.reset();
        connection.reset();
    }

    test::fresh_file file;
    test::sqlite_connection connection;
    std::optional<storage_type> storage_;
};

template <class Store>
class watched_host {
  public:
    using hooks_type = dispatcher<objects, policies<typename Store::storage_type>>;

    watched_host()
        : before_(nest_.of_webhook("first")),
          after_(nest_.of_webhook("second")),
          password_(nest_.text("hidden field")),
          key_bytes_(nest_.bytes("encryption key", 32)),
          store_(keys()) {
        start();
    }

    [[nodiscard]] encryption_keys keys() const {
        return static_keys::make(encryption_key("first", secret(key_bytes_))).value();
    }

    void start() {
        options o;
        o.body_bytes = 1000;
        json_log const log([out = out_](std::string_view line) { out.add("log", line); },
                           json_log::detail_level::everything);
        hooks_.emplace(io_, clock_, receiver_, store_.storage(), listeners(log, counters(), listener(out_)),
                       testing::seeded_random(7), o);
        hooks_->async_run(boost::asio::detached);
        settle();
    }

    void stop() {
        hooks_->stop();
        settle();
        hooks_.reset();
    }

    // All that is ready, and what the storage does for it.
    void settle() {
        do {
            testing::run_simulated(io_, clock_, 0s);
            store_.wait();
            io_.restart();
        } while (io_.poll() != 0);
    }

    void pass(duration time) {
        auto const end = clock_.steady_now() + time;
        settle();
        for (auto next = clock_.next_timer(); next && *next <= end; next = clock_.next_timer()) {
            clock_.advance_to_next();
            settle();
        }
        clock_.advance(end - clock_.steady_now());
        settle();
    }

    // --- what the host does ---

    [[nodiscard]] static webhook hook(std::string const& host, action what, call_mode mode,
                                      webhook_secrets const& s) {
        webhook w;
        w.wording = "Tell " + host;
        w.url = "https://" + host + ".example.com/{{account.id}}?name={{account.name}}";
        w.body = webhook_body::standard();
        w.object = "account";
        w.what = what;
        w.mode = mode;
        // As an administrator types it, and as a host hands it over.
        w.headers.emplace_back("Authorization", "Bearer " + s.authorization);
        w.headers.emplace_back("Cookie", secret("session=" + s.cookie));
        w.headers.emplace_back("X-Api-Key", s.api_key);
        w.headers.emplace_back("X-Note", secret(s.marked));
        w.headers.emplace_back("X-Name", std::string("{{account.name}}"));
        w.signing.emplace_back(secret(s.signing));
        w.connection.client_certificate = "-----BEGIN CERTIFICATE-----";
        w.connection.client_key = secret(s.client_key);
        w.connection.proxy = "http://proxy.example.com:3128";
        w.connection.proxy_credentials = secret("us:" + s.proxy_password);
        return w;
    }

    // Saves, or says why not; either way what is said is heard.
    std::optional<uuid> save(webhook const& w) {
        auto const saved = hooks_->save(w);
        if (saved)
            return *saved;
        for (auto const& e : saved.error())
            out_.add("errors", e.field() + ": " + e.message());
        out_.add("errors", saved.error().text());
        hear_exception([&] { (void)saved.value(); });
        return std::nullopt;
    }

    void save_all() {
        for (auto const& w : webhooks(before_))
            BOOST_REQUIRE(save(w).has_value());
    }

    [[nodiscard]] std::vector<webhook> webhooks(webhook_secrets const& s) const {
        return {hook("ask", action::modified, call_mode::in_transaction, s),
                hook("report", action::created, call_mode::after_commit, s),
                hook("queue", action::deleted, call_mode::fire_and_forget, s),
                hook("gone", action::deleted, call_mode::fire_and_forget, s)};
    }

    // The same webhooks with other secrets.
    void change_all() {
        auto changed = webhooks(after_);
        for (auto const& known : hooks_->webhooks())
            for (auto& w : changed)
                if (w.wording == known.wording) {
                    w.id = known.id;
                    BOOST_TEST(save(w).has_value());
                }
    }

    // Calls and deliveries of all modes, the calls both ways.
    void call_all(std::string const& name = "Ann") {
        account const one{1, name, password_};
        account const other{2, name, password_};
        for (bool const blocking : {true, false}) {
            auto asking = hooks_->begin(store_.begin());
            asking.modified(one, other);
            hear(end(asking, blocking));
            auto reporting = hooks_->begin(store_.begin());
            reporting.created(one);
            reporting.deleted(other);
            hear(end(reporting, blocking));
        }
        auto const dispatched = hooks_->dispatch(deleted(one));
        out_.add("reports", dispatched.error().message());
        hear(dispatched.refused());
        settle();
    }

    // --- what is said of it ---

    // Each secret of a webhook where it does not belong, and what names the hidden field.
    void save_all_wrong() {
        auto const pass_phrase = nest_.word("password in a URL");
        auto const& s = before_;
        std::vector<std::function<void(webhook&)>> const mistakes{
            [&](auto& w) { w.headers[0] = {"Authorization", "Bearer " + s.authorization + "\r\nX: y"}; },
            [&](auto& w) { w.headers[0] = {"Authorization", "{{account.name}}" + s.authorization}; },
            [&](auto& w) { w.headers[1] = {"Cookie", secret(s.cookie + " ")}; },
            [&](auto& w) { w.headers[2] = {"X-Api-Key", s.api_key + "{{account.nam}}"}; },
            [&](auto& w) { w.headers[3] = {"X-Note", secret(s.marked + "{{account.id}}")}; },
            [&](auto& w) { w.headers[3] = {"X-Note", secret(s.marked + '\x01')}; },
            [&](auto& w) { w.headers[3] = {"Content-Type", secret(s.marked)}; },
            [&](auto& w) { w.headers[3] = {"Webhook-Signature", secret(s.marked)}; },
            [&](auto& w) { w.headers[3] = {"X Note", secret(s.marked)}; },
            [&](auto& w) { w.headers[3] = {s.marked, std::string("x")}; },
            [&](auto& w) { w.headers[3] = {"Cookie", secret(s.marked)}; },
            [&](auto& w) { w.headers[3] = {"X-Note", secret(std::string(4096, 'x') + s.marked)}; },
            [&](auto& w) { w.signing[0] = signing_secret(secret(s.signing + "!")); },
            [&](auto& w) { w.signing[0] = signing_secret(secret(s.signing.substr(0, 30))); },
            [&](auto& w) { w.signing[0] = signing_secret(secret("whsk_" + s.signing.substr(10))); },
            [&](auto& w) { w.signing.emplace_back(secret(s.marked)); },
            [&](auto& w) { w.connection.client_certificate.clear(); },
            [&](auto& w) { w.connection.client_key = secret(std::string(70'000, 'x') + s.client_key); },
            [&](auto& w) { w.connection.proxy = "http://us:" + s.proxy_password + "@proxy.example.com"; },
            [&](auto& w) { w.connection.proxy.clear(); },
            [&](auto& w) { w.connection.proxy_credentials = secret(s.proxy_password); },
            [&](auto& w) { w.connection.proxy_credentials = secret("us:" + s.proxy_password + '\n'); },
            [&](auto& w) { w.url = "https://ann:" + pass_phrase + "@example.com/"; },
            [&](auto& w) { w.url = "https://ann:" + pass_phrase + "@{{account.name}}/"; },
            [&](auto& w) { w.url = "https://ann:" + pass_phrase + "{{account.nam}}@example.com/"; },
            [&](auto& w) { w.url = "https://ann:" + pass_phrase; },
            [&](auto& w) { w.url = "https:/ann:" + pass_phrase + "@example.com/"; },
            [&](auto& w) { w.url = "ftp://ann:" + pass_phrase + "@example.com/"; },
            [&](auto& w) { w.url = "https://example.com/{{account.password}}"; },
            [&](auto& w) { w.body = webhook_body("{{account.password}}"); },
            [&](auto& w) { w.condition = "account.password == 'x'"; },
            [&](auto& w) { w.headers[4] = {"X-Name", std::string("{{account.password}}")}; },
        };
        auto all = hook("wrong", action::created, call_mode::in_transaction, s);
        for (std::size_t i = 0; i != mistakes.size(); ++i) {
            auto one = hook("wrong", action::created, call_mode::in_transaction, s);
            mistakes[i](one);
            mistakes[i](all);
            BOOST_TEST(!save(one).has_value(), "mistake " << i);
            hear_exception([&] { (void)parse_url(one.url).value(); });
        }
        all.wording.clear();
        BOOST_TEST(!save(all).has_value());
        BOOST_TEST(hooks_->webhooks().empty());
        hear_wrong_keys();
    }

    void hear_wrong_keys() {
        std::string digits;
        for (auto const& form : canary_forms(key_bytes_))
            if (form.name.starts_with("hex"))
                digits = form.text;
        for (auto const& text : {digits + "0", digits.substr(1) + "x", base64(key_bytes_) + "=", key_bytes_})
            hear_exception([&] { (void)parse_encryption_key("k", text).value(); });
        hear_exception(
            [&] { (void)static_keys::make(encryption_key("k", secret(key_bytes_ + "x"))).value(); });
        hear_exception([&] { (void)webhook_verifier::create({secret(before_.signing + "x")}).value(); });
        hear_exception([&] { (void)standard_webhooks().make_key({}).value(); });
    }

    void hear(std::vector<refusal> const& refused) {
        for (auto const& r : refused)
            out_.add("reports", r.error().message() + r.message());
    }

    void hear(transaction_report const& r) {
        hear(r.refused());
        out_.add("reports", r.error().code().message() + r.rollback_error().message());
        for (auto const in : {language::english, language::french}) {
            out_.add("reports", r.error().message(in));
            for (auto const& line : r.messages(in))
                out_.add("reports", line);
            for (auto const& c : r.calls())
                out_.add("reports", c.message(in));
        }
        for (auto const& c : r.calls()) {
            out_.add("reports", c.error().message() + c.wording() + c.url() + c.detail());
            out_.add("answers", c.answer());
            out_.add("answers", c.location());
        }
    }

    template <class Act>
    void hear_exception(Act const& act) {
        try {
            act();
        } catch (std::exception const& e) {
            out_.add("exceptions", e.what());
        }
    }

    // What was sent, but for the fields that are secret.
    void hear_requests() {
        for (auto const& r : receiver_.requests()) {
            out_.add("requests", r.url());
            out_.add("requests", r.headers());
            out_.add("requests", r.signature_headers());
            out_.add("requests", r.body());
        }
    }

    void hear_storage() {
        for (auto const& w : hooks_->webhooks())
            out_.add("records", posthorn::detail::record_of(w));
        for (auto const& w : hooks_->webhooks())
            ids_.insert(w.id);
        for (auto const& id : ids_)
            for (auto const& e : hooks_->history(id).value())
                for (auto const& c : e.changes)
                    out_.add("history", c.field + ": " + c.from + " -> " + c.to);
        store_.dump(out_);
    }

    template <class Transaction>
    [[nodiscard]] transaction_report end(Transaction& tx, bool blocking) {
        if (blocking)
            return tx.commit();
        std::optional<transaction_report> report;
        tx.async_commit([&](transaction_report r) { report = std::move(r); });
        settle();
        return report.value();
    }

    // Of all webhooks that were there at some time.
    std::set<posthorn::uuid> ids_;
    nest nest_;
    webhook_secrets const before_;
    webhook_secrets const after_;
    std::string const password_;
    std::string const key_bytes_;
    heard out_;
    Store store_;
    boost::asio::io_context io_;
    testing::simulated_clock clock_;
    testing::scripted_transport receiver_{clock_};
    std::optional<hooks_type> hooks_;
};

// Every place where something came out, and none of the secrets in it.
void check_nothing_came_out(nest const& secrets, heard const& out) {
    canary_search const search(secrets.all());
    for (auto const& [where, text] : out.all()) {
        BOOST_TEST(text.size() > 100U, where << " says hardly anything");
        for (auto const& name : search.found_in(text))
            BOOST_ERROR(where << ": " << name);
        // What would be found, were it there.
        BOOST_TEST(search.found_in(text + secrets.all().back().bytes).size() == 1U, where);
    }
}

[[nodiscard]] bool says(heard const& out, std::string const& where, std::string const& what) {
    return out.all()[where].find(what) != std::string::npos;
}

// That the secrets were in use: a receiver got the fields, and can check the signature.
void check_received(testing::recorded_request const& r, webhook_secrets const& s) {
    BOOST_TEST(r.header("Authorization") == "Bearer " + s.authorization);
    BOOST_TEST(r.header("Cookie") == "session=" + s.cookie);
    BOOST_TEST(r.header("X-Api-Key") == s.api_key);
    BOOST_TEST(r.header("X-Note") == s.marked);
    BOOST_REQUIRE(r.connection() != nullptr);
    BOOST_TEST(r.connection()->client_key.reveal() == s.client_key);
    BOOST_TEST(r.connection()->proxy_credentials.reveal() == "us:" + s.proxy_password);
    BOOST_TEST(webhook_verifier::create({secret(s.signing)})
                   ->verify(r.header("webhook-id"), r.header("webhook-timestamp"),
                            r.header("webhook-signature"), r.body(), r.at())
                   .has_value());
}

// Repeats what it was sent, as it is, and as a JSON document and a URL hold it; the last secret broken off.
scripted_answer repeating(int status, webhook_secrets const& s) {
    std::string everything;
    for (auto const& value : {s.authorization, s.cookie, s.api_key, s.proxy_password, s.marked})
        for (auto const& form : canary_forms(value))
            if (form.name == "raw" || form.name.starts_with("JSON") ||
                form.name.find("needed") != form.name.npos)
                everything += "You sent Bearer " + form.text + ". ";
    auto const piece = s.marked.substr(0, 30);
    return scripted_answer(status)
        .body(everything + piece)
        .location("https://elsewhere.example.com/?back=" + s.authorization)
        .retry_after(s.cookie.substr(0, 64));
}

template <class T>
concept printed = requires(std::ostream& out, T const& value) { out << value; };

using stores = boost::mp11::mp_list<in_memory, in_sqlite>;

} // namespace

// What holds secrets, or may, has no way to text.
static_assert(!printed<secret> && !printed<signing_secret> && !printed<webhook_header> && !printed<webhook> &&
              !printed<encryption_key> && !printed<request> && !printed<delivery> && !printed<settlement> &&
              !printed<exchange> && !printed<connection_settings> && !printed<webhook_draft<objects>>);

BOOST_AUTO_TEST_SUITE(integration_secrets_canary)

// The forms, by literals that another program has written.
BOOST_AUTO_TEST_CASE(the_forms_of_some_bytes_are_known) {
    std::map<std::string, std::string> forms;
    for (auto const& f : canary_forms("Ab/\"\\+ ~\x01\xff"))
        forms[f.name] = f.text;
    BOOST_TEST(forms["raw"] == "Ab/\"\\+ ~\x01\xff");
    BOOST_TEST(forms["lower case"] == "ab/\"\\+ ~\x01\xff");
    BOOST_TEST(forms["JSON"] == "Ab/\\\"\\\\+ ~\x01\xff");
    BOOST_TEST(forms["JSON, escaped slashes"] == "Ab\\/\\\"\\\\+ ~\x01\xff");
    BOOST_TEST(forms["hex, lower case"] == "41622f225c2b207e01ff");
    BOOST_TEST(forms["hex, upper case"] == "41622F225C2B207E01FF");
    BOOST_TEST(forms["percent-encoded, lower case"] == "%41%62%2f%22%5c%2b%20%7e%01%ff");
    BOOST_TEST(forms["percent-encoded, upper case"] == "%41%62%2F%22%5C%2B%20%7E%01%FF");
    BOOST_TEST(forms["percent-encoded where needed, lower case"] == "Ab%2f%22%5c%2b%20~%01%ff");
    BOOST_TEST(forms["percent-encoded where needed, upper case"] == "Ab%2F%22%5C%2B%20~%01%FF");
    BOOST_TEST(forms["base64, 0 bytes behind"] == "QWIvIlwrIH4B/");
    BOOST_TEST(forms["base64, 1 bytes behind"] == "FiLyJcKyB+Af");
    BOOST_TEST(forms["base64, 2 bytes behind"] == "BYi8iXCsgfgH/");
    BOOST_TEST(forms["base64url, 0 bytes behind"] == "QWIvIlwrIH4B_");
    BOOST_TEST(forms["base64url, 1 bytes behind"] == "FiLyJcKyB-Af");
    BOOST_TEST(forms["base64url, 2 bytes behind"] == "BYi8iXCsgfgH_");
}

// Were the search blind for one form, "found nothing" would say nothing.
BOOST_AUTO_TEST_CASE(each_form_of_each_secret_is_found_where_it_is_planted) {
    nest secrets;
    (void)secrets.of_webhook("some");
    (void)secrets.bytes("some bytes", 32);
    for (auto const& hidden : secrets.all()) {
        canary_search const search({hidden});
        BOOST_TEST(search.found_in("nothing of the kind, and more of it").empty());
        BOOST_TEST(search.found_in(hidden.bytes.substr(0, canary_search::piece - 1)).empty());
        for (auto const& form : canary_forms(hidden.bytes)) {
            BOOST_TEST(search.found_in("before" + form.text + "after").size() >= 1U, form.name);
            auto const middle = form.text.substr(form.text.size() / 2, canary_search::piece);
            BOOST_TEST(search.found_in("before" + middle + "after").size() == 1U, form.name);
        }
        for (std::size_t before = 0; before != 7; ++before) {
            auto plain = base64(std::string(before, '~') + hidden.bytes + "and more");
            BOOST_TEST(search.found_in(plain).size() >= 1U, before << " bytes before");
            std::replace(plain.begin(), plain.end(), '+', '-');
            std::replace(plain.begin(), plain.end(), '/', '_');
            BOOST_TEST(search.found_in(plain).size() >= 1U, before << " bytes before");
        }
        std::string encoded;
        append_percent_encoded(encoded, hidden.bytes);
        BOOST_TEST(search.found_in(encoded).size() >= 1U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_secret_comes_out_nowhere, Store, stores) {
    watched_host<Store> host;
    host.save_all_wrong();
    host.save_all();

    // Everybody is content.
    host.call_all();
    auto const asked = host.receiver_.requests_to("ask.example.com");
    BOOST_REQUIRE(asked.size() == 2U);
    check_received(asked[0], host.before_);
    check_received(host.receiver_.requests_to("report.example.com").at(1), host.before_);
    check_received(host.receiver_.requests_to("queue.example.com").at(2), host.before_);
    BOOST_TEST(host.receiver_.requests_to("queue.example.com").size() == 3U);

    // Every way in which an exchange fails, and answers that repeat what was sent.
    for (auto e = static_cast<int>(errc::blocked_address); e <= static_cast<int>(errc::unexpected_upgrade);
         ++e) {
        host.receiver_.answer(static_cast<errc>(e));
        host.call_all();
    }
    for (int const status : {200, 302, 401, 503}) {
        host.receiver_.answer(repeating(status, host.before_));
        host.call_all();
    }
    // What cannot be rendered is a dead letter at once.
    host.call_all(std::string(1100, 'x'));

    // What waits is sent with the secrets that were entered meanwhile, or ends.
    host.receiver_.answer(repeating(200, host.after_));
    host.receiver_.host("gone.example.com").next(2).answer(413);
    host.receiver_.host("gone.example.com").answer(repeating(410, host.after_));
    host.change_all();
    host.pass(6min);
    host.call_all();
    auto const last = host.receiver_.requests_to("queue.example.com").back();
    check_received(last, host.after_);
    host.hear_requests();
    host.hear_storage();
    for (auto const& w : host.hooks_->webhooks())
        if (w.wording != "Tell queue")
            BOOST_TEST(host.hooks_->remove(w.id).has_value());
    host.settle();
    host.hear_storage();
    host.stop();
    host.store_.close();
    host.store_.dump(host.out_);

    check_nothing_came_out(host.nest_, host.out_);
    // The wrong secrets are told of, the failed calls reported, the ends logged, the rows stored.
    BOOST_TEST(says(host.out_, "errors", "headers[3]: a secret header takes no expressions"));
    BOOST_TEST(says(host.out_, "errors", "url: The URL must hold no user name"));
    BOOST_TEST(says(host.out_, "errors", "signing: "));
    BOOST_TEST(
        says(host.out_, "reports", "Request sent to https://ask.example.com/2?name=Ann (status code: 302)"));
    BOOST_TEST(says(host.out_, "reports", "The webhook \"Tell ask\" has prevented the change."));
    BOOST_TEST(says(host.out_, "answers", "You sent ***. "));
    BOOST_TEST(says(host.out_, "answers", "https://elsewhere.example.com/?back=***"));
    for (char const* const event : {"accepted", "refused", "attempt", "failed", "delivered", "problem"})
        BOOST_TEST(says(host.out_, "log", std::string("\"event\":\"") + event + '"'), event);
    BOOST_TEST(says(host.out_, "records", "X-Api-Key"));
    if constexpr (std::is_same_v<Store, in_sqlite>) {
        BOOST_TEST(says(host.out_, "database rows", "X-Api-Key"));
        BOOST_TEST(says(host.out_, "database rows", "/1?name=Ann"));
        BOOST_TEST(says(host.out_, "database files", "/1?name=Ann"));
    }
}

// A host's own provider says more than it should; the library passes none of it on.
struct indiscreet_keys {
    [[nodiscard]] result<encryption_key> current() const { throw std::runtime_error("no key but " + bytes); }
    [[nodiscard]] result<encryption_key> find(std::string_view) const { return current(); }
    std::string bytes;
};

BOOST_AUTO_TEST_CASE(a_secret_comes_out_nowhere_when_its_key_is_wrong_or_changes) {
    watched_host<in_sqlite> host;
    host.receiver_.answer(repeating(200, host.before_));
    host.save_all();
    auto const other = host.nest_.bytes("another encryption key", 32);
    encryption_key const first("first", secret(host.key_bytes_));
    encryption_key const second("second", secret(other));
    auto const reopen = [&](encryption_keys const& keys) {
        host.stop();
        host.store_.open(keys);
        host.start();
        host.call_all();
        for (auto const& d : host.hooks_->damaged())
            host.out_.add("errors", d.reason);
        auto const saved =
            host.save(host.hook("ask", action::created, call_mode::in_transaction, host.before_));
        auto& storage = host.store_.storage();
        for (auto const& r : storage.load(0).value().records)
            if (auto const id = posthorn::detail::parse_id(r.key); id && r.kind == record_kind::webhook)
                host.hear_exception([&] {
                    auto const facts = posthorn::detail::facts_of(r.value).value();
                    (void)test::sealer_of(storage).opened(*id, facts.secrets).value();
                });
        host.out_.add("errors", storage.rotate_secrets().error().message());
        host.hear_storage();
        if (saved)
            BOOST_TEST(host.hooks_->remove(*saved).has_value());
    };
    reopen(static_keys::make(encryption_key("first", secret(other))).value());
    BOOST_TEST(says(host.out_, "log", "cannot be used"));
    BOOST_TEST(says(host.out_, "reports", make_error_code(errc::webhook_unusable).message()));
    reopen(static_keys::make(second).value());
    reopen(indiscreet_keys{host.key_bytes_});
    reopen(encryption_keys());
    BOOST_TEST(host.receiver_.count() == 0U);
    reopen(static_keys::make(second, {first}).value());
    BOOST_REQUIRE(host.receiver_.count() != 0U);
    reopen(static_keys::make(second).value());
    check_received(host.receiver_.requests().back(), host.before_);
    host.hear_requests();
    host.stop();
    host.store_.close();
    host.store_.dump(host.out_);
    check_nothing_came_out(host.nest_, host.out_);
}

BOOST_AUTO_TEST_SUITE_END()
