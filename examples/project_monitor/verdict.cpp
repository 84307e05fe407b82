// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "verdict.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace monitor {

namespace {

namespace json = boost::json;

using header_fields = std::map<std::string, std::string, std::less<>>;

std::string_view text(json::value const& v) {
    if (auto const* const s = v.if_string())
        return {s->data(), s->size()};
    return {};
}

std::string lower(std::string_view name) {
    std::string l(name);
    std::transform(l.begin(), l.end(), l.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return l;
}

std::string state_of(delivery_record const& r) {
    return r.end ? std::string(to_string(*r.end)) : "still pending";
}

class judge_of_deliveries {
  public:
    judge_of_deliveries(host const& server, journal const& watched)
        : server_(server), deliveries_(watched.deliveries()), others_(watched.totals().others) {
        for (auto const& x : server.expectations()) {
            webhook_result r;
            r.told = x.told;
            r.expected = x.delivered;
            r.what = x.of.what;
            results_.emplace(x.of.what.id, std::move(r));
        }
        for (auto const& [id, r] : deliveries_)
            if (auto const w = results_.find(r.webhook); r.was_left && w != results_.end())
                ++w->second.expected;
        for (auto const& d : deliveries_)
            by_text_.emplace(posthorn::to_text(d.first), &d);
        for (auto& complaint : watched.complaints())
            expect(false, std::move(complaint));
        for (auto const& surprise : server.surprises())
            expect(false, surprise);
    }

    void read_ledger(std::string_view ledger) {
        while (!ledger.empty()) {
            auto const line = ledger.substr(0, ledger.find('\n'));
            ledger.remove_prefix(std::min(line.size() + 1, ledger.size()));
            request(json::parse(json::string_view(line.data(), line.size())));
        }
    }

    void compare_counts(std::string_view counts) {
        auto const parsed = json::parse(json::string_view(counts.data(), counts.size()));
        equal("requests that the receiver counted", result_.requests + foreign_.requests,
              count(parsed, "received"));
        equal("good signatures that the receiver counted", result_.verified + foreign_.verified,
              count(parsed, "verified"));
        equal("2xx answers that the receiver counted", result_.delivered + foreign_.answered,
              count(parsed, "answered_2xx"));
        equal("different ids with a 2xx answer", result_.delivered + foreign_.ids.size(),
              count(parsed, "distinct_ids_2xx"));
    }

    void compare_deliveries() {
        for (auto const& [id, r] : deliveries_) {
            is_synchronous(r.mode) ? compare_call(id, r) : compare_delivery(id, r);
            expect(!r.holds_a_password, posthorn::to_text(id) + " holds a password hash");
            if (auto const it = results_.find(r.webhook); it != results_.end())
                it->second.attempts += r.attempts;
        }
    }

    void compare_webhooks() {
        std::size_t deliveries = 0;
        std::size_t calls = 0;
        for (auto const& [id, r] : results_) {
            equal("deliveries of \"" + r.what.wording + "\"", r.expected, r.delivered);
            if (!is_synchronous(r.what.mode)) {
                deliveries += r.told;
                continue;
            }
            // Once each, whatever came of it.
            equal("calls of \"" + r.what.wording + "\"", r.told, r.attempts);
            calls += r.told;
        }
        auto const& t = server_.totals();
        equal("deliveries that the dispatcher accepted", deliveries + others_, t.accepted);
        equal("calls that the reports name", calls, t.calls);
        equal("changes that were made", t.changes - t.refused - t.withdrawn, t.made);
    }

    [[nodiscard]] verdict take() {
        for (auto const& w : server_.webhooks())
            if (auto const it = results_.find(w.id); it != results_.end())
                result_.webhooks.push_back(it->second);
        return std::move(result_);
    }

  private:
    void compare_delivery(posthorn::uuid const& id, delivery_record const& r) {
        expect(r.accepted || r.was_left, posthorn::to_text(id) + " was sent but never accepted");
        expect(r.end == posthorn::delivery_state::delivered, posthorn::to_text(id) + " is " + state_of(r));
        expect(told_.contains(id), posthorn::to_text(id) + " has no 2xx answer in the receiver's ledger");
    }

    // A call is never tried again: the receiver has seen it once, or not at all if there was no answer.
    void compare_call(posthorn::uuid const& id, delivery_record const& r) {
        expect(!r.accepted, posthorn::to_text(id) + " is a call and was stored");
        expect(told_.contains(id) == (r.end == posthorn::delivery_state::delivered),
               posthorn::to_text(id) + " is " + state_of(r) + ", and the receiver says otherwise");
        auto const seen = answers_.find(id);
        expect(seen == answers_.end() ? r.status == 0 : seen->second == std::vector<std::int64_t>{r.status},
               posthorn::to_text(id) + " was answered " + std::to_string(r.status) +
                   ", and the receiver says otherwise");
    }

    // A webhook that somebody has made may name the demo's receiver too.
    [[nodiscard]] bool is_foreign(json::value const& line) const {
        return !line.at("headers").as_object().contains("x-webhook") &&
               !by_text_.contains(text(line.at("id")));
    }

    void foreign_request(json::value const& line) {
        auto const status = line.at("status").as_int64();
        ++foreign_.requests;
        foreign_.verified += line.at("verified").as_bool() ? 1U : 0U;
        if (status < 200 || status > 299)
            return;
        ++foreign_.answered;
        if (auto const id = text(line.at("id")); !id.empty())
            foreign_.ids.emplace(id);
    }

    void request(json::value const& line) {
        if (is_foreign(line))
            return foreign_request(line);
        ++result_.requests;
        auto const id_text = text(line.at("id"));
        auto const what =
            "request " + std::to_string(line.at("seq").as_int64()) + " (" + std::string(id_text) + ")";
        bool const verified = line.at("verified").as_bool();
        result_.verified += verified ? 1U : 0U;
        expect(verified, what + " has a bad signature");
        auto const it = by_text_.find(id_text);
        if (it == by_text_.end())
            return expect(false, what + " is nothing that was accepted");
        auto const& [id, r] = *it->second;
        expect(text(line.at("method")) == r.method, what + " has another method");
        expect(text(line.at("target")) == r.target, what + " has another target");
        expect(text(line.at("sha256")) == r.body_sha256, what + " has another body");
        expect(fields_of(line) == wanted_fields(r), what + " has other header fields");
        auto const status = line.at("status").as_int64();
        if (is_synchronous(r.mode))
            answers_[id].push_back(status);
        if (status < 200 || status > 299)
            return;
        ++result_.delivered;
        expect(told_.insert(id).second, what + " was answered 2xx a second time");
        if (auto const w = results_.find(r.webhook); w != results_.end())
            ++w->second.delivered;
    }

    // What the receiver saw but for the fields of the connection and of the signature, which it has verified.
    [[nodiscard]] static header_fields fields_of(json::value const& line) {
        constexpr std::string_view others[] = {"host", "content-length", "webhook-id", "webhook-timestamp",
                                               "webhook-signature"};
        header_fields seen;
        for (auto const& f : line.at("headers").as_object()) {
            std::string_view const name(f.key().data(), f.key().size());
            if (std::find(std::begin(others), std::end(others), name) == std::end(others))
                seen.emplace(name, text(f.value()));
        }
        return seen;
    }

    // What was rendered, and what the webhook keeps to itself until a request is sent.
    [[nodiscard]] header_fields wanted_fields(delivery_record const& r) const {
        header_fields wanted;
        for (auto const f : posthorn::header_range(r.headers))
            wanted.emplace(lower(f.name), f.value);
        if (auto const w = results_.find(r.webhook); w != results_.end())
            for (auto const& h : w->second.what.headers)
                if (h.is_secret())
                    wanted.emplace(lower(h.name()), h.secret_value().reveal());
        return wanted;
    }

    [[nodiscard]] static std::size_t count(json::value const& counts, char const* name) {
        return counts.at(name).to_number<std::size_t>();
    }

    void expect(bool holds, std::string otherwise) {
        if (!holds)
            result_.discrepancies.push_back(std::move(otherwise));
    }

    void equal(std::string const& what, std::size_t expected, std::size_t found) {
        expect(expected == found,
               what + ": " + std::to_string(expected) + " expected, " + std::to_string(found) + " found");
    }

    host const& server_;
    journal::records const deliveries_;
    std::size_t const others_;
    std::map<std::string, journal::records::value_type const*, std::less<>> by_text_;
    std::unordered_set<posthorn::uuid, posthorn::uuid_hash> told_;
    // Of calls.
    std::unordered_map<posthorn::uuid, std::vector<std::int64_t>, posthorn::uuid_hash> answers_;
    std::map<posthorn::uuid, webhook_result> results_;
    struct {
        std::size_t requests = 0;
        std::size_t verified = 0;
        std::size_t answered = 0;
        std::unordered_set<std::string> ids;
    } foreign_;
    verdict result_;
};

} // namespace

verdict judge(host const& server, journal const& watched, std::string_view ledger, std::string_view counts) {
    judge_of_deliveries j(server, watched);
    j.read_ledger(ledger);
    j.compare_counts(counts);
    j.compare_deliveries();
    j.compare_webhooks();
    return j.take();
}

namespace {

template <class T>
void compare_rows(verdict& v, char const* name, std::vector<T> expected, std::vector<T> const& found) {
    std::sort(expected.begin(), expected.end(), [](T const& a, T const& b) { return a.id < b.id; });
    if (expected != found)
        v.discrepancies.push_back("the database has other " + std::string(name) + " than there should be");
}

} // namespace

void compare_database(verdict& v, data_set const& expected, data_set const& found) {
    compare_rows(v, "users", expected.users, found.users);
    compare_rows(v, "projects", expected.projects, found.projects);
    compare_rows(v, "phases", expected.phases, found.phases);
}

void compare_budgets(verdict& v, data_set const& first, data_set const& now) {
    std::map<std::int64_t, double> allowed;
    for (auto const& p : first.projects)
        allowed[p.id] = p.budget;
    for (auto const& p : now.projects)
        if (p.budget > std::max(budget_limit, allowed[p.id]))
            v.discrepancies.push_back("project " + p.code + " costs more than it may");
}

} // namespace monitor
