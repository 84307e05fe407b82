// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "balance.hpp"

#include <utility>

namespace monitor {

namespace {

std::string place(std::string const& event, std::string const& webhook) {
    return event + " for \"" + webhook + '"';
}

// What is to come, by the log of changes, and under which id it came.
class claims {
  public:
    explicit claims(file_evidence const& file) {
        for (auto const& c : file.changes) {
            committed_.insert(c.event);
            for (auto const& webhook : c.told)
                ids_.emplace(place(c.event, webhook), std::string());
        }
    }

    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
    [[nodiscard]] bool is_committed(std::string const& event) const { return committed_.contains(event); }

    // False: nobody has a claim to it. The same delivery may come again.
    [[nodiscard]] bool meet(arrival const& a) {
        auto const it = ids_.find(place(a.event, a.webhook));
        if (it == ids_.end())
            return false;
        if (it->second.empty())
            it->second = a.id;
        return it->second == a.id;
    }

    [[nodiscard]] std::vector<std::string> unmet() const {
        std::vector<std::string> all;
        for (auto const& [what, id] : ids_)
            if (id.empty())
                all.push_back(what);
        return all;
    }

  private:
    std::unordered_set<std::string> committed_;
    std::unordered_map<std::string, std::string> ids_;
};

} // namespace

bookkeeper::bookkeeper(std::unordered_set<std::string> background,
                       std::unordered_set<std::string> before_commit)
    : background_(std::move(background)), before_commit_(std::move(before_commit)) {}

// How often each delivery was taken, by its id.
bookkeeper::counts bookkeeper::taken(std::vector<arrival> const& arrivals) const {
    counts by_delivery;
    for (auto const& a : arrivals)
        if (a.was_taken() && background_.contains(a.webhook))
            ++by_delivery[a.id];
    return by_delivery;
}

void bookkeeper::note(file_evidence const& file, std::vector<arrival> const& arrivals) {
    auto const by_delivery = taken(arrivals);
    for (auto const& id : file.unsettled) {
        unsettled_.insert(id);
        if (by_delivery.contains(id))
            in_flight_.insert(id);
    }
}

balance bookkeeper::close(file_evidence const& file, std::vector<arrival> const& arrivals) {
    balance b;
    b.changes = file.changes.size();
    b.in_flight = in_flight_.size();
    claims due(file);
    b.expected = due.size();
    for (auto const& a : arrivals) {
        if (!a.verified)
            discrepancies_.push_back("a bad signature: " + place(a.event, a.webhook));
        if (!a.was_taken())
            continue;
        b.told_in_vain += before_commit_.contains(a.webhook) && !due.is_committed(a.event) ? 1U : 0U;
        if (!background_.contains(a.webhook) || due.meet(a))
            continue;
        ++b.phantom;
        discrepancies_.push_back("phantom: " + place(a.event, a.webhook) + ", " + a.id);
    }
    auto const lost = due.unmet();
    b.lost = lost.size();
    for (auto const& what : lost)
        discrepancies_.push_back("lost: " + what);
    for (auto const& id : file.unsettled)
        discrepancies_.push_back("left in the database: " + id);
    compare(b, taken(arrivals));
    return b;
}

// What was noted as delivered does not come again, unless a server that stood still had sent it already; and
// then a kill may come before it can say so.
void bookkeeper::compare(balance& b, counts const& by_delivery) {
    b.late = late_;
    std::size_t unexplained = 0;
    for (auto const& [id, times] : by_delivery) {
        ++b.arrived;
        b.twice += times > 1 ? 1U : 0U;
        unexplained += times > 1 && !unsettled_.contains(id) ? 1U : 0U;
    }
    if (late_ == 0 && unexplained != 0)
        discrepancies_.push_back(std::to_string(unexplained) +
                                 " deliveries were noted as delivered, and came again");
}

} // namespace monitor
