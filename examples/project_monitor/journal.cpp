// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "journal.hpp"

#include <openssl/evp.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <unordered_set>
#include <utility>

namespace monitor {

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i != size; ++i)
        hex.append({digits[digest[i] >> 4], digits[digest[i] & 15]});
    return hex;
}

struct journal::memory {
    mutable std::mutex mutex;
    std::condition_variable changed;
    records deliveries;
    journal_totals totals;
    std::vector<std::string> complaints;
    std::vector<posthorn::uuid> settled;
    // None: all are.
    std::optional<std::unordered_set<posthorn::uuid, posthorn::uuid_hash>> watched;

    [[nodiscard]] bool watches(posthorn::uuid const& webhook) const {
        return !watched || watched->contains(webhook);
    }
};

namespace {

void describe(delivery_record& r, posthorn::delivery const& what, std::string hash) {
    auto const text = what.request();
    r.webhook = what.webhook();
    r.method = to_string(what.method());
    r.target = text.target();
    r.headers = text.headers();
    r.body_sha256 = std::move(hash);
    r.holds_a_password = text.whole().find("not-a-hash") != std::string_view::npos;
}

} // namespace

journal::journal() : memory_(std::make_shared<memory>()) {}

void journal::watch_only(std::vector<posthorn::uuid> webhooks) {
    std::scoped_lock const lock(memory_->mutex);
    memory_->watched.emplace(webhooks.begin(), webhooks.end());
}

void journal::expect(std::vector<left_delivery> const& left) {
    std::scoped_lock const lock(memory_->mutex);
    memory_->totals.accepted += left.size();
    for (auto const& d : left) {
        auto& r = memory_->deliveries[d.id];
        r.was_left = true;
        r.webhook = d.webhook;
    }
}

void journal::on_accepted(posthorn::accepted_notice const& n) {
    auto hash = sha256_hex(n.what.request().body());
    std::scoped_lock const lock(memory_->mutex);
    if (!memory_->watches(n.what.webhook())) {
        ++memory_->totals.others;
        return;
    }
    ++memory_->totals.accepted;
    // It may be there already: another thread sends it as soon as the storage has it.
    auto& r = memory_->deliveries[n.what.id()];
    describe(r, n.what, std::move(hash));
    r.accepted = true;
    r.accepted_at = std::chrono::steady_clock::now();
    if (n.error)
        memory_->complaints.push_back("delivery " + posthorn::to_text(n.what.id()) +
                                      " could not be rendered: " + n.error.message());
}

void journal::on_refused(posthorn::refused_notice const& n) {
    std::scoped_lock const lock(memory_->mutex);
    if (!memory_->watches(n.webhook))
        return;
    ++memory_->totals.refused;
    memory_->complaints.push_back("an event was refused for webhook " + posthorn::to_text(n.webhook) + ": " +
                                  std::string(n.message));
}

void journal::on_attempt(posthorn::attempt_notice const& n) {
    if (is_synchronous(n.mode))
        return note_call(n);
    std::scoped_lock const lock(memory_->mutex);
    if (!memory_->watches(n.what.webhook()))
        return;
    auto& t = memory_->totals;
    ++t.attempts;
    t.failed_attempts += n.outcome.error ? 1U : 0U;
    t.retries += n.number > 1 ? 1U : 0U;
    auto& r = memory_->deliveries[n.what.id()];
    ++r.attempts;
    // Of what an earlier run rendered, this is the first that is known.
    if (r.was_left)
        describe(r, n.what, sha256_hex(n.what.request().body()));
    memory_->changed.notify_all();
}

// This one notice is all that there is of a call.
void journal::note_call(posthorn::attempt_notice const& n) {
    auto hash = sha256_hex(n.what.request().body());
    std::scoped_lock const lock(memory_->mutex);
    if (!memory_->watches(n.what.webhook()))
        return;
    ++memory_->totals.calls;
    memory_->totals.failed_calls += n.outcome.error ? 1U : 0U;
    auto& r = memory_->deliveries[n.what.id()];
    if (r.end)
        memory_->complaints.push_back("call " + posthorn::to_text(n.what.id()) + " was made twice");
    describe(r, n.what, std::move(hash));
    r.mode = n.mode;
    ++r.attempts;
    r.status = n.outcome.response.status;
    r.end = n.next;
    r.settled_at = std::chrono::steady_clock::now();
    r.accepted_at = r.settled_at - std::chrono::duration_cast<std::chrono::steady_clock::duration>(n.took);
    memory_->settled.push_back(n.what.id());
}

void journal::on_settled(posthorn::settled_notice const& n) {
    // Its lease had ended: it comes again.
    if (n.lost)
        return;
    std::scoped_lock const lock(memory_->mutex);
    auto const it = memory_->deliveries.find(n.delivery);
    // Of a delivery that is watched something was heard before.
    if (it == memory_->deliveries.end())
        return;
    auto& r = it->second;
    if (r.end)
        memory_->complaints.push_back("delivery " + posthorn::to_text(n.delivery) + " came to an end twice");
    else
        ++memory_->totals.settled;
    r.end = n.state;
    r.settled_at = std::chrono::steady_clock::now();
    memory_->settled.push_back(n.delivery);
    memory_->changed.notify_all();
}

void journal::on_problem(posthorn::problem_notice const& n) {
    std::scoped_lock const lock(memory_->mutex);
    memory_->complaints.emplace_back(n.message);
}

journal_totals journal::totals() const {
    std::scoped_lock const lock(memory_->mutex);
    return memory_->totals;
}

journal::records journal::deliveries() const {
    std::scoped_lock const lock(memory_->mutex);
    return memory_->deliveries;
}

std::vector<std::string> journal::complaints() const {
    std::scoped_lock const lock(memory_->mutex);
    return memory_->complaints;
}

std::vector<delivery_record> journal::take_settled() {
    std::scoped_lock const lock(memory_->mutex);
    std::vector<delivery_record> ended;
    for (auto const& id : std::exchange(memory_->settled, {}))
        ended.push_back(memory_->deliveries.at(id));
    return ended;
}

bool journal::wait_until(std::chrono::steady_clock::time_point deadline,
                         std::function<bool(journal_totals const&)> const& until) {
    std::unique_lock lock(memory_->mutex);
    return memory_->changed.wait_until(lock, deadline, [&] { return until(memory_->totals); });
}

} // namespace monitor
