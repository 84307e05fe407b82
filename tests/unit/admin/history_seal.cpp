// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/admin/history_seal.hpp>
#include <posthorn/detail/registry/records.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace posthorn::admin {

// For BOOST_TEST.
static std::ostream& operator<<(std::ostream& out, history_finding f) {
    return out << to_string(f);
}

} // namespace posthorn::admin

namespace {

using namespace posthorn;
using admin::history_checkpoint;
using admin::history_finding;
using admin::history_seal;
using admin::history_verdict;
using admin::seal_new;
using admin::verify_all;

encryption_key key(std::string id = "k1", char filler = 'a') {
    return {std::move(id), secret(std::string(encryption_key::size, filler))};
}

encryption_keys keys() {
    return static_keys::make(key()).value();
}

history_entry entry(std::uint64_t number) {
    history_entry e;
    e.number = number;
    e.subject.data[0] = static_cast<std::uint8_t>(number % 3);
    e.time = wall_time(std::chrono::seconds(1'800'000'000 + number));
    e.user = number % 2 == 0 ? "ann" : "ben";
    e.what = history_action::changed;
    e.changes.emplace_back("wording", "before " + std::to_string(number), "after " + std::to_string(number));
    return e;
}

// A registry whose entries and seals anybody may edit.
struct open_registry {
    std::map<std::uint64_t, history_entry> entries;
    std::map<std::uint64_t, std::string> seals;
    // The number that cannot be read; 0: none.
    std::uint64_t unreadable = 0;
    // How many more seals are stored.
    std::size_t puts_left = 1'000'000;
    std::size_t largest_page = 0;
    std::size_t questions = 0;
    // Called once, before the entries behind this one are listed.
    std::uint64_t awaited = 0;
    std::function<void()> meanwhile;

    result<std::vector<history_record>> history(history_query const& q) {
        ++questions;
        if (meanwhile && q.oldest_first && q.after == awaited)
            std::exchange(meanwhile, nullptr)();
        std::vector<history_record> page;
        for (auto const& [number, e] : entries)
            if (number > q.after && (q.before == 0 || number < q.before))
                page.push_back(stored(number, e));
        if (!q.oldest_first)
            std::reverse(page.begin(), page.end());
        page.resize(std::min(page.size(), q.limit));
        largest_page = std::max(largest_page, page.size());
        return page;
    }
    result<std::uint64_t> commit(registry_commit const& c) {
        if (!c.changes.empty() || !c.entries.empty() || puts_left < c.seals.size())
            return error_code(errc::storage_failed);
        for (auto const& s : c.seals)
            if (!entries.contains(s.number) || (seals.contains(s.number) && seals[s.number] != s.seal))
                return error_code(errc::registry_conflict);
        puts_left -= c.seals.size();
        for (auto const& s : c.seals)
            seals[s.number] = s.seal;
        return std::uint64_t{0};
    }

  private:
    [[nodiscard]] history_record stored(std::uint64_t number, history_entry const& e) const {
        history_record r({e.kind, to_text(e.subject)},
                         number == unreadable ? "[" : posthorn::detail::record_of(e));
        r.number = number;
        if (auto const s = seals.find(number); s != seals.end())
            r.seal = s->second;
        return r;
    }
};

// A registry of entries that are sealed.
struct sealed_history {
    explicit sealed_history(std::uint64_t last = 10) {
        add(1, last);
        checkpoint = seal_new(registry, keys()).value().last;
    }

    void add(std::uint64_t first, std::uint64_t last) {
        for (auto n = first; n <= last; ++n)
            registry.entries[n] = entry(n);
    }

    void erase(std::uint64_t number) {
        registry.entries.erase(number);
        registry.seals.erase(number);
    }
    void erase_seal(std::uint64_t number) { registry.seals.erase(number); }

    [[nodiscard]] history_seal seal(std::uint64_t number) const {
        return admin::parse_seal(number, registry.seals.at(number)).value();
    }
    void put(history_seal const& s) { registry.seals[s.number] = admin::to_text(s); }

    void swap(std::uint64_t a, std::uint64_t b) {
        std::swap(registry.entries.at(a), registry.entries.at(b));
        registry.entries.at(a).number = a;
        registry.entries.at(b).number = b;
    }

    // All seals anew, by somebody who has only a key of his own under the same name.
    void reseal(encryption_key const& with, bool keep_macs) {
        auto const before = registry.seals;
        history_checkpoint last;
        for (auto const& [number, e] : registry.entries) {
            auto made = admin::seal(last, e, with).value();
            if (keep_macs)
                made.mac = admin::parse_seal(number, before.at(number)).value().mac;
            last = made;
            put(made);
        }
    }

    [[nodiscard]] history_verdict verdict(std::optional<history_checkpoint> const& kept = {},
                                          std::size_t page = 256) {
        auto const all = verify_all(registry, keys(), kept, page).value();
        // In small pages it is the same.
        auto const small = verify_all(registry, keys(), kept, 2).value();
        BOOST_TEST(small.finding == all.finding);
        BOOST_TEST(small.number == all.number);
        BOOST_TEST(small.sealed == all.sealed);
        BOOST_TEST(small.unsealed == all.unsealed);
        return all;
    }

    void require(history_finding finding, std::uint64_t number, std::size_t sealed_before,
                 std::optional<history_checkpoint> const& kept = {}) {
        auto const v = verdict(kept);
        BOOST_TEST(v.finding == finding);
        BOOST_TEST(v.number == number);
        BOOST_TEST(v.sealed == sealed_before);
        BOOST_TEST(!v.is_intact());
    }

    void require_intact(std::size_t sealed, std::size_t unsealed,
                        std::optional<history_checkpoint> const& kept = {}) {
        auto const v = verdict(kept);
        BOOST_TEST(v.finding == history_finding::intact);
        BOOST_TEST(v.number == 0U);
        BOOST_TEST(v.sealed == sealed);
        BOOST_TEST(v.unsealed == unsealed);
        BOOST_TEST(v.is_intact());
    }

    open_registry registry;
    history_checkpoint checkpoint;
};

} // namespace

BOOST_AUTO_TEST_SUITE(admin_history_seal)

// --- seals as values ---

BOOST_AUTO_TEST_CASE(a_seal_hangs_on_every_part_of_its_entry) {
    std::set<admin::history_digest> contents;
    std::set<admin::history_digest> digests;
    auto const add = [&](history_entry const& e, history_checkpoint const& last = {}) {
        auto const s = admin::seal(last, e, key()).value();
        contents.insert(s.content);
        digests.insert(s.digest);
    };
    std::size_t different = 0;
    auto const change = [&](auto const& how) {
        auto e = entry(5);
        how(e);
        add(e);
        ++different;
    };
    change([](history_entry&) {});
    change([](history_entry& e) { e.subject.data[15] = 9; });
    change([](history_entry& e) { e.time += std::chrono::nanoseconds(1); });
    change([](history_entry& e) { e.user = "eve"; });
    change([](history_entry& e) { e.what = history_action::deleted; });
    change([](history_entry& e) { e.changes[0].field = "url"; });
    change([](history_entry& e) { e.changes[0].from += '!'; });
    change([](history_entry& e) { e.changes[0].to += '!'; });
    change([](history_entry& e) { e.changes.clear(); });
    change([](history_entry& e) { e.changes.push_back(e.changes[0]); });
    // The same bytes with the borders elsewhere.
    change([](history_entry& e) { e.changes[0] = field_change("wording", "ab", "c"); });
    change([](history_entry& e) { e.changes[0] = field_change("wording", "a", "bc"); });
    BOOST_TEST(contents.size() == different);
    BOOST_TEST(digests.size() == different);

    // The number and what went before are in the digest only.
    add(entry(5), admin::seal({}, entry(4), key()).value());
    auto renumbered = entry(5);
    renumbered.number = 6;
    add(renumbered);
    BOOST_TEST(contents.size() == different);
    BOOST_TEST(digests.size() == different + 2);
}

BOOST_AUTO_TEST_CASE(a_seal_is_the_same_each_time_and_another_one_under_another_key) {
    auto const once = admin::seal({}, entry(1), key()).value();
    BOOST_TEST((once == admin::seal({}, entry(1), key()).value()));
    auto const other = admin::seal({}, entry(1), key("k1", 'b')).value();
    BOOST_TEST((once.digest == other.digest));
    BOOST_TEST((once.mac != other.mac));
    BOOST_TEST(once.key == "k1");
    BOOST_TEST(once.previous == 0U);
    BOOST_TEST(admin::seal(once, entry(7), key()).value().previous == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_seal_is_made_of_stays_so) {
    // Made independently, from the description alone.
    history_entry e;
    e.number = 1;
    e.time = wall_time(std::chrono::nanoseconds(2));
    e.user = "u";
    e.what = history_action::created;
    e.changes.emplace_back("f", "", "t");
    auto const s = admin::seal({}, e, key()).value();
    BOOST_TEST(admin::to_text(s) == "1 0 tIS2ieanTX2XPQ/hP4u6OGfqsoTpvXNvAwnsy1pe1ns= "
                                    "XvlH1SnvTitRqTsig+xk880vWfEtiqpC5Bl00eWieS8= "
                                    "a1ZVjzYMc9Kaf17eXkQkz3ChSnl8f/iUye6jDSboJtk= k1");
}

BOOST_AUTO_TEST_CASE(a_wrong_key_or_order_makes_no_seal) {
    BOOST_TEST((admin::seal({}, entry(1), encryption_key("k", secret("short"))).error() ==
                errc::bad_encryption_key));
    auto const first = admin::seal({}, entry(3), key()).value();
    BOOST_TEST((admin::seal(first, entry(3), key()).error() == errc::bad_record));
    BOOST_TEST((admin::seal(first, entry(2), key()).error() == errc::bad_record));
    BOOST_TEST((admin::seal({}, entry(0), key()).error() == errc::bad_record));
}

BOOST_AUTO_TEST_CASE(a_seal_and_a_checkpoint_survive_being_text) {
    auto const first = admin::seal({}, entry(3), key("a key, with blanks ")).value();
    auto const s = admin::seal(first, entry(~std::uint64_t{}), key("2")).value();
    for (auto const& one : {first, s}) {
        BOOST_TEST((admin::parse_seal(one.number, admin::to_text(one)).value() == one));
        history_checkpoint const c = one;
        BOOST_TEST((admin::parse_checkpoint(admin::to_text(c)).value() == c));
    }
    BOOST_TEST(
        (admin::parse_checkpoint(admin::to_text(history_checkpoint())).value() == history_checkpoint()));
}

BOOST_AUTO_TEST_CASE(what_is_no_seal_is_refused) {
    auto const good = admin::to_text(admin::seal({}, entry(3), key()).value());
    auto const refused = [](std::string_view text) { return admin::parse_seal(3, text).has_error(); };
    BOOST_TEST(!refused(good));
    for (std::size_t size = 0; size + 1 < good.size(); ++size)
        BOOST_TEST(refused(good.substr(0, size)), size);
    BOOST_TEST(refused("2" + good.substr(1)));
    BOOST_TEST(refused(" " + good));
    for (auto const* const text : {"", "1", "x y z k", "1 AA== AA== k"})
        BOOST_TEST((admin::parse_checkpoint(text).error() == errc::bad_record), text);
}

BOOST_AUTO_TEST_CASE(values_are_verified_without_a_storage) {
    std::vector<history_entry> entries{entry(1), entry(2), entry(5)};
    std::vector<history_seal> seals;
    for (auto const& e : entries)
        seals.push_back(admin::seal(seals.empty() ? history_checkpoint() : seals.back(), e, key()).value());
    auto const good = admin::verify(entries, seals, keys()).value();
    BOOST_TEST(good.is_intact());
    BOOST_TEST(good.sealed == 3U);
    BOOST_TEST((good.last == static_cast<history_checkpoint const&>(seals.back())));
    entries[1].user = "eve";
    auto const bad = admin::verify(entries, seals, keys()).value();
    BOOST_TEST(bad.finding == history_finding::changed);
    BOOST_TEST(bad.number == 2U);
    BOOST_TEST(bad.sealed == 1U);
    BOOST_TEST((bad.last == static_cast<history_checkpoint const&>(seals.front())));
    BOOST_TEST((admin::verify(entries, seals, encryption_keys()).error() == errc::no_encryption_key));
    entries = {entry(1)};
    auto const cut = admin::verify(entries, seals, keys()).value();
    BOOST_TEST(cut.finding == history_finding::truncated);
    BOOST_TEST(cut.number == 2U);
    entries = {entry(1), entry(5)};
    auto const gone = admin::verify(entries, seals, keys()).value();
    BOOST_TEST(gone.finding == history_finding::removed);
    BOOST_TEST(gone.number == 2U);
}

// --- sealing ---

BOOST_FIXTURE_TEST_CASE(what_nobody_touched_is_intact, sealed_history) {
    require_intact(10, 0);
    require_intact(10, 0, checkpoint);
    auto const v = verdict();
    BOOST_TEST((v.last == checkpoint));
    BOOST_TEST(checkpoint.number == 10U);
}

BOOST_AUTO_TEST_CASE(nothing_is_sealed_yet) {
    sealed_history h(0);
    BOOST_TEST(h.checkpoint.number == 0U);
    h.require_intact(0, 0);
    h.add(1, 3);
    h.require_intact(0, 3);
}

BOOST_FIXTURE_TEST_CASE(sealing_twice_changes_nothing, sealed_history) {
    auto const before = registry.seals;
    auto const again = seal_new(registry, keys()).value();
    BOOST_TEST(again.sealed == 0U);
    BOOST_TEST((again.last == checkpoint));
    BOOST_TEST((registry.seals == before));
}

BOOST_FIXTURE_TEST_CASE(what_came_behind_the_last_seal_is_counted_and_sealed_next, sealed_history) {
    add(11, 13);
    registry.entries.erase(12);
    require_intact(10, 2, checkpoint);
    auto const next = seal_new(registry, keys(), 1).value();
    BOOST_TEST(next.sealed == 2U);
    BOOST_TEST(next.last.number == 13U);
    require_intact(12, 0, checkpoint);
    require_intact(12, 0, next.last);
}

BOOST_AUTO_TEST_CASE(it_does_not_matter_in_how_many_runs_or_pages_it_was_sealed) {
    sealed_history const whole(20);
    sealed_history parts(7);
    parts.add(8, 13);
    (void)seal_new(parts.registry, keys(), 2).value();
    parts.add(14, 20);
    (void)seal_new(parts.registry, keys(), 7).value();
    BOOST_TEST((parts.registry.seals == whole.registry.seals));
}

BOOST_AUTO_TEST_CASE(a_run_that_was_broken_off_heals_at_the_next_one) {
    sealed_history const whole(10);
    for (std::size_t puts = 0; puts != 10; ++puts) {
        sealed_history h(0);
        h.add(1, 10);
        h.registry.puts_left = puts;
        BOOST_TEST((seal_new(h.registry, keys(), 4).error() == errc::storage_failed));
        // A page is sealed as a whole.
        auto const sealed = puts / 4 * 4;
        h.require_intact(sealed, 10 - sealed);
        h.registry.puts_left = 100;
        BOOST_TEST(seal_new(h.registry, keys(), 4).value().sealed == 10 - sealed);
        BOOST_TEST((h.registry.seals == whole.registry.seals));
    }
}

BOOST_AUTO_TEST_CASE(the_last_seal_is_found_wherever_it_is) {
    for (std::uint64_t const last : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 32,
                                     ~std::uint64_t{} - 1, ~std::uint64_t{}}) {
        sealed_history h(0);
        h.registry.entries[last] = entry(last);
        (void)seal_new(h.registry, keys()).value();
        h.registry.questions = 0;
        auto const again = seal_new(h.registry, keys()).value();
        BOOST_TEST(again.sealed == 0U);
        BOOST_TEST(again.last.number == last);
        BOOST_TEST(h.registry.questions < 70U);
        h.require_intact(1, 0);
    }
}

BOOST_AUTO_TEST_CASE(two_that_seal_at_once_make_the_same_seals) {
    sealed_history h(9);
    // While one looks behind the last seal that it knows of, the other one seals more.
    h.registry.awaited = 9;
    h.registry.meanwhile = [&] {
        h.add(20, 22);
        BOOST_TEST(seal_new(h.registry, keys()).value().sealed == 3U);
    };
    BOOST_TEST(seal_new(h.registry, keys()).value().last.number == 22U);
    BOOST_TEST(!h.registry.meanwhile);
    h.require_intact(12, 0, h.checkpoint);
}

BOOST_FIXTURE_TEST_CASE(what_is_sealed_during_a_verification_is_no_finding, sealed_history) {
    for (std::uint64_t const last : {4U, 12U}) {
        registry.awaited = last;
        registry.meanwhile = [this] {
            add(registry.entries.rbegin()->first + 1, registry.entries.rbegin()->first + 2);
            BOOST_TEST(seal_new(registry, keys()).has_value());
        };
        auto const v = verify_all(registry, keys(), checkpoint, 2).value();
        BOOST_TEST(v.finding == history_finding::intact);
        BOOST_TEST(v.sealed == registry.entries.size());
        BOOST_TEST(!registry.meanwhile);
    }
}

BOOST_AUTO_TEST_CASE(a_long_history_is_read_in_pages) {
    sealed_history h(0);
    h.add(1, 1000);
    BOOST_TEST(seal_new(h.registry, keys(), 50).value().sealed == 1000U);
    BOOST_TEST(verify_all(h.registry, keys(), {}, 50).value().sealed == 1000U);
    BOOST_TEST(h.registry.largest_page == 50U);
}

BOOST_FIXTURE_TEST_CASE(behind_a_seal_that_no_key_made_nothing_is_sealed, sealed_history) {
    add(11, 11);
    auto forged = seal(10);
    forged.mac[0] ^= 1;
    put(forged);
    BOOST_TEST((seal_new(registry, keys()).error() == errc::bad_record));
    registry.seals[10] = "nonsense";
    BOOST_TEST((seal_new(registry, keys()).error() == errc::bad_record));
    erase_seal(10);
    BOOST_TEST(seal_new(registry, keys()).value().sealed == 2U);
    BOOST_TEST(registry.seals.size() == 11U);
}

// With another key, or a seal that was forged in the meantime: what has a seal keeps it.
BOOST_FIXTURE_TEST_CASE(an_entry_that_has_a_seal_keeps_it, sealed_history) {
    add(11, 12);
    encryption_keys const rotated = static_keys::make(key("k2", 'b'), {key()}).value();
    registry.awaited = 10;
    registry.meanwhile = [this, &rotated] { BOOST_TEST(seal_new(registry, rotated).value().sealed == 2U); };
    encryption_keys const both = static_keys::make(key(), {key("k2", 'b')}).value();
    auto const done = seal_new(registry, both).value();
    BOOST_TEST(done.last.key == "k2");
    BOOST_TEST(verify_all(registry, both).value().sealed == 12U);
}

BOOST_FIXTURE_TEST_CASE(without_a_key_there_is_neither_sealing_nor_verification, sealed_history) {
    BOOST_TEST((seal_new(registry, encryption_keys()).error() == errc::no_encryption_key));
    BOOST_TEST((verify_all(registry, encryption_keys()).error() == errc::no_encryption_key));
}

// --- tampering with entries ---

BOOST_AUTO_TEST_CASE(a_change_of_any_part_is_found) {
    auto const change = [](auto const& how) {
        for (std::uint64_t const n : {1U, 4U, 10U}) {
            sealed_history h;
            how(h.registry.entries.at(n));
            h.require(history_finding::changed, n, n - 1);
            h.require(history_finding::changed, n, n - 1, h.checkpoint);
        }
    };
    change([](history_entry& e) { e.changes[0].to = "something else"; });
    change([](history_entry& e) { e.changes[0].from.clear(); });
    change([](history_entry& e) { e.user = "somebody else"; });
    change([](history_entry& e) { e.time -= std::chrono::seconds(1); });
    change([](history_entry& e) { e.what = history_action::created; });
    change([](history_entry& e) { e.subject.data[5] = 1; });
}

BOOST_AUTO_TEST_CASE(a_removal_is_found) {
    for (std::uint64_t const n : {1U, 4U, 9U}) {
        sealed_history h;
        h.erase(n);
        h.require(history_finding::removed, n, n - 1);
    }
}

BOOST_AUTO_TEST_CASE(a_removal_of_several_is_found) {
    sealed_history several;
    for (std::uint64_t const n : {4U, 5U, 6U}) {
        several.erase(n);
    }
    several.require(history_finding::removed, 6, 3);
}

BOOST_AUTO_TEST_CASE(two_that_have_changed_places_are_found) {
    for (auto const& [a, b] : {std::pair{1, 10}, {4, 5}, {2, 9}}) {
        sealed_history h;
        h.swap(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b));
        h.require(history_finding::reordered, static_cast<std::uint64_t>(a), static_cast<std::size_t>(a - 1));
    }
}

BOOST_AUTO_TEST_CASE(three_that_have_changed_places_are_found) {
    sealed_history forwards;
    forwards.swap(2, 5);
    forwards.swap(2, 8);
    forwards.require(history_finding::reordered, 2, 1);
    sealed_history backwards;
    backwards.swap(2, 8);
    backwards.swap(2, 5);
    backwards.require(history_finding::reordered, 2, 1);
}

BOOST_FIXTURE_TEST_CASE(a_copy_over_another_entry_is_a_change, sealed_history) {
    registry.entries[3] = entry(7);
    registry.entries[3].number = 3;
    require(history_finding::changed, 3, 2);
}

BOOST_FIXTURE_TEST_CASE(an_entry_that_went_elsewhere_and_left_a_new_one_is_a_change, sealed_history) {
    swap(3, 7);
    registry.entries[3].user = "eve";
    require(history_finding::changed, 3, 2);
}

BOOST_FIXTURE_TEST_CASE(of_two_changes_the_first_is_told, sealed_history) {
    registry.entries[3].user = "eve";
    swap(5, 6);
    erase(8);
    require(history_finding::changed, 3, 2);
}

BOOST_AUTO_TEST_CASE(an_end_that_was_cut_off_is_found_by_a_kept_checkpoint_only) {
    for (std::uint64_t const n : {1U, 4U, 10U}) {
        sealed_history h;
        for (auto i = n; i <= 10; ++i) {
            h.erase(i);
        }
        h.require_intact(n - 1, 0);
        h.require(history_finding::truncated, 10, n - 1, h.checkpoint);
        // It goes on under other numbers, or under the same ones.
        h.add(20, 25);
        (void)seal_new(h.registry, keys()).value();
        h.require_intact(n - 1 + 6, 0);
        h.require(history_finding::truncated, 10, n - 1, h.checkpoint);
    }
}

BOOST_FIXTURE_TEST_CASE(an_end_that_was_written_anew_is_found_by_a_kept_checkpoint_only, sealed_history) {
    for (std::uint64_t n = 8; n <= 10; ++n) {
        erase_seal(n);
        registry.entries[n].user = "eve";
    }
    add(11, 12);
    (void)seal_new(registry, keys()).value();
    require_intact(12, 0);
    require(history_finding::truncated, 10, 9, checkpoint);
}

BOOST_FIXTURE_TEST_CASE(seals_that_were_lost_at_the_end_come_back_the_same, sealed_history) {
    for (std::uint64_t n = 8; n <= 10; ++n)
        erase_seal(n);
    require_intact(7, 3);
    require(history_finding::truncated, 10, 7, checkpoint);
    (void)seal_new(registry, keys()).value();
    require_intact(10, 0, checkpoint);
}

BOOST_FIXTURE_TEST_CASE(an_older_checkpoint_is_enough, sealed_history) {
    add(11, 20);
    (void)seal_new(registry, keys()).value();
    require_intact(20, 0, checkpoint);
    auto other = checkpoint;
    other.digest[3] ^= 1;
    require(history_finding::truncated, 10, 9, other);
}

BOOST_AUTO_TEST_CASE(an_entry_that_was_added_among_the_sealed_is_found) {
    sealed_history h(0);
    for (std::uint64_t const n : {2U, 4U, 6U})
        h.registry.entries[n] = entry(n);
    (void)seal_new(h.registry, keys()).value();
    for (auto const& [n, before] : {std::pair{1, 0}, {3, 1}, {5, 2}}) {
        auto added = h;
        auto const number = static_cast<std::uint64_t>(n);
        added.registry.entries[number] = entry(number);
        added.require(history_finding::added, number, static_cast<std::size_t>(before));
    }
}

BOOST_AUTO_TEST_CASE(an_entry_that_cannot_be_read_is_a_change) {
    for (std::uint64_t const n : {1U, 4U, 10U}) {
        sealed_history h;
        h.registry.unreadable = n;
        h.require(history_finding::changed, n, n - 1);
    }
    // One that was never readable is sealed as it is, and keeps nobody from the others.
    sealed_history tail;
    tail.add(11, 12);
    tail.registry.unreadable = 11;
    tail.require_intact(10, 2);
    BOOST_TEST(seal_new(tail.registry, keys()).value().sealed == 2U);
    tail.require_intact(12, 0);
    tail.registry.unreadable = 0;
    tail.require(history_finding::changed, 11, 10);
}

// --- tampering with seals ---

BOOST_AUTO_TEST_CASE(a_chain_that_was_computed_anew_without_the_key_is_found) {
    for (bool const keep_macs : {false, true}) {
        sealed_history h;
        h.registry.entries[4].user = "eve";
        h.reseal(key("k1", 'x'), keep_macs);
        // With the old MACs, the first three are what they were.
        h.require(history_finding::forged_seal, keep_macs ? 4 : 1, keep_macs ? 3 : 0);
    }
    sealed_history own_key;
    own_key.registry.entries[4].user = "eve";
    own_key.reseal(key("mine", 'x'), false);
    own_key.require(history_finding::unknown_key, 1, 0);
}

BOOST_FIXTURE_TEST_CASE(an_entry_that_was_changed_with_its_content_in_the_seal_is_found, sealed_history) {
    registry.entries[4].user = "eve";
    auto s = seal(4);
    s.content = admin::seal({}, registry.entries[4], key()).value().content;
    put(s);
    require(history_finding::changed, 4, 3);
}

BOOST_AUTO_TEST_CASE(a_change_of_any_part_of_a_seal_is_found) {
    auto const change = [](auto const& how, history_finding finding = history_finding::forged_seal) {
        for (std::uint64_t const n : {1U, 4U, 10U}) {
            sealed_history h;
            auto s = h.seal(n);
            how(s);
            h.put(s);
            h.require(finding, n, n - 1);
        }
    };
    change([](history_seal& s) { s.content[0] ^= 1; });
    change([](history_seal& s) { s.digest[31] ^= 1; });
    change([](history_seal& s) { s.mac[7] ^= 1; });
    change([](history_seal& s) { s.previous += 1; });
    change([](history_seal& s) { s.key = "k2"; }, history_finding::unknown_key);
    change([](history_seal& s) { s.key.clear(); });
}

BOOST_AUTO_TEST_CASE(a_seal_that_cannot_be_read_is_found) {
    for (std::uint64_t const n : {1U, 4U, 10U})
        for (auto const* const value : {" ", "1", "2 0 x y z k1", "nonsense"}) {
            sealed_history h;
            h.registry.seals[n] = value;
            h.require(history_finding::forged_seal, n, n - 1);
        }
}

BOOST_AUTO_TEST_CASE(a_seal_that_was_removed_is_found) {
    for (std::uint64_t const n : {1U, 4U, 9U}) {
        sealed_history h;
        h.erase_seal(n);
        h.require(history_finding::forged_seal, n, n - 1);
    }
}

BOOST_FIXTURE_TEST_CASE(a_seal_at_another_place_is_found, sealed_history) {
    registry.seals[4] = registry.seals[5];
    require(history_finding::forged_seal, 4, 3);
}

// --- keys ---

BOOST_FIXTURE_TEST_CASE(seals_of_several_keys_are_verified, sealed_history) {
    encryption_keys const rotated = static_keys::make(key("k2", 'b'), {key()}).value();
    add(11, 15);
    auto const next = seal_new(registry, rotated).value();
    BOOST_TEST(next.sealed == 5U);
    BOOST_TEST(next.last.key == "k2");
    BOOST_TEST(seal(10).key == "k1");
    auto const v = verify_all(registry, rotated, checkpoint).value();
    BOOST_TEST(v.is_intact());
    BOOST_TEST(v.sealed == 15U);

    // The old key alone does not know the new one, nor the new one the old one.
    require(history_finding::unknown_key, 11, 10);
    encryption_keys const forgetful = static_keys::make(key("k2", 'b')).value();
    auto const without = verify_all(registry, forgetful).value();
    BOOST_TEST(without.finding == history_finding::unknown_key);
    BOOST_TEST(without.number == 1U);
    BOOST_TEST((seal_new(registry, keys()).error() == errc::unknown_encryption_key));
}

BOOST_FIXTURE_TEST_CASE(a_key_with_other_bytes_makes_none_of_the_seals, sealed_history) {
    encryption_keys const wrong = static_keys::make(key("k1", 'b')).value();
    auto const v = verify_all(registry, wrong).value();
    BOOST_TEST(v.finding == history_finding::forged_seal);
    BOOST_TEST(v.number == 1U);
    BOOST_TEST((seal_new(registry, wrong).error() == errc::bad_record));
}

BOOST_AUTO_TEST_CASE(every_finding_has_a_name) {
    std::set<std::string_view> names;
    for (int f = 0; f <= static_cast<int>(history_finding::unknown_key); ++f)
        names.insert(to_string(static_cast<history_finding>(f)));
    BOOST_TEST(names.size() == 8U);
    BOOST_TEST(to_string(history_finding::forged_seal) == "forged_seal");
}

// A registry of the host's that ignores what is asked for.
BOOST_AUTO_TEST_CASE(a_history_that_repeats_itself_has_an_end) {
    struct repeating {
        [[nodiscard]] result<std::vector<history_record>> history(history_query const& q) const {
            std::vector<history_record> all;
            for (std::uint64_t number = 1; number <= q.limit; ++number) {
                all.emplace_back(record_key(record_kind::webhook, to_text(uuid())), "{}");
                all.back().number = number;
            }
            return all;
        }
        [[nodiscard]] result<std::uint64_t> commit(registry_commit const&) const { return 1; }
    };
    struct throwing : repeating {
        [[nodiscard]] result<std::vector<history_record>> history(history_query const&) const {
            throw std::runtime_error("no");
        }
    };
    repeating in;
    BOOST_TEST((seal_new(in, keys(), 4).error() == errc::bad_record));
    BOOST_TEST((verify_all(in, keys(), {}, 4).error() == errc::bad_record));
    throwing out;
    BOOST_TEST((seal_new(out, keys()).error() == errc::policy_threw));
    BOOST_TEST((verify_all(out, keys()).error() == errc::policy_threw));
}

BOOST_AUTO_TEST_SUITE_END()
