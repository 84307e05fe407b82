// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/dispatcher.hpp>

#include "support/dispatcher_fixture.hpp"
#include "support/stored_records.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace posthorn;
using namespace posthorn::test;

namespace {

auto hook() {
    return host::draft().on<project>().post("https://a.example.com/").body("{}");
}

struct historic_host : host {
    [[nodiscard]] std::vector<history_entry> past(uuid const& id, std::uint64_t before = 0,
                                                  std::size_t limit = 100) const {
        return hooks->history(id, before, limit).value();
    }

    [[nodiscard]] posthorn::webhook stored() const { return hooks->webhooks().at(0); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(dispatcher_history, historic_host)

BOOST_AUTO_TEST_CASE(a_webhook_counts_its_revisions) {
    auto const id = hooks->save(hook()).value();
    BOOST_TEST(stored().revision == 1U);
    auto w = stored();
    w.wording = "second";
    BOOST_TEST(hooks->save(w).has_value());
    BOOST_TEST(stored().revision == 2U);
    BOOST_TEST(stored_webhooks(storage).at(0).revision == 2U);
    BOOST_TEST(hooks->remove(id).has_value());
}

BOOST_AUTO_TEST_CASE(the_second_of_two_editors_is_told_and_overwrites_nothing) {
    (void)hooks->save(hook()).value();
    auto mine = stored();
    auto yours = stored();
    mine.wording = "mine";
    yours.wording = "yours";
    BOOST_TEST(hooks->save(mine, "ann").has_value());
    auto const refused = hooks->save(yours, "ben");
    BOOST_REQUIRE(!refused);
    BOOST_REQUIRE_EQUAL(refused.error().all().size(), 1U);
    BOOST_TEST(refused.error().all()[0].field() == "revision");
    BOOST_TEST(
        refused.error().all()[0].message() ==
        "another user has changed this webhook in the meantime (revision 2, yours is 1); load it again "
        "and make your change there");
    BOOST_TEST((refused.error().cause() == errc::registry_conflict));
    BOOST_TEST(stored().wording == "mine");
    BOOST_TEST(past(stored().id).size() == 2U);
}

BOOST_AUTO_TEST_CASE(every_error_is_told_beside_that_of_the_revision) {
    (void)hooks->save(hook()).value();
    auto w = stored();
    w.revision = 7;
    w.url = "ftp://a.example.com/";
    auto const refused = hooks->save(w);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().all().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_was_deleted_meanwhile_does_not_come_back) {
    auto const id = hooks->save(hook()).value();
    auto const w = stored();
    BOOST_TEST(hooks->remove(id).has_value());
    auto const refused = hooks->save(w);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().all()[0].field() == "revision");
    BOOST_TEST(hooks->webhooks().empty());
}

BOOST_AUTO_TEST_CASE(revision_zero_overwrites_whatever_is_there) {
    (void)hooks->save(hook()).value();
    auto w = stored();
    w.revision = 0;
    w.wording = "mine";
    for (int i = 0; i != 3; ++i)
        BOOST_TEST(hooks->save(w).has_value());
    // What changes nothing is no change.
    BOOST_TEST(stored().revision == 2U);
    BOOST_TEST(past(w.id).size() == 2U);
    BOOST_TEST(stored().wording == "mine");
}

BOOST_AUTO_TEST_CASE(a_history_says_who_did_what_and_when) {
    auto const begun = clock.now();
    auto const id = hooks->save(hook(), "ann").value();
    clock.advance(1min);
    auto w = stored();
    w.wording = "Tell the others";
    w.what = action::deleted;
    BOOST_TEST(hooks->save(w, "ben").has_value());
    clock.advance(1min);
    BOOST_TEST(hooks->remove(id).has_value());

    auto const all = past(id);
    BOOST_REQUIRE_EQUAL(all.size(), 3U);
    BOOST_TEST((all[0].what == history_action::deleted));
    BOOST_TEST(all[0].user == "system");
    BOOST_TEST((all[0].time == begun + 2min));
    BOOST_TEST((all[1].what == history_action::changed));
    BOOST_TEST(all[1].user == "ben");
    BOOST_TEST(
        (all[1].changes == std::vector<field_change>{{"wording", hook().value().wording, "Tell the others"},
                                                     {"event", "project.*", "project.deleted"}}));
    BOOST_TEST((all[2].what == history_action::created));
    BOOST_TEST(all[2].user == "ann");
    BOOST_TEST((all[2].time == begun));
    BOOST_TEST(past(id, all[1].number).size() == 1U);
    BOOST_TEST(past(id, 0, 2).size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_is_refused_has_no_history) {
    auto w = hook().value();
    w.id.data[0] = 9;
    w.url.clear();
    BOOST_TEST(!hooks->save(w).has_value());
    BOOST_TEST(past(w.id).empty());
}

BOOST_AUTO_TEST_CASE(a_filter_is_shown_by_its_name) {
    auto const f = hooks
                       ->save(host::dispatcher_type::filter("Large ones")
                                  .on<project>()
                                  .for_everyone()
                                  .where("project.id > 5"))
                       .value();
    (void)hooks->save(hook()).value();
    auto w = stored();
    w.filter = f;
    BOOST_TEST(hooks->save(w).has_value());
    BOOST_TEST((past(w.id).at(0).changes == std::vector<field_change>{{"filter", "", "Large ones"}}));
}

BOOST_AUTO_TEST_CASE(the_name_of_a_private_filter_is_its_owners_alone) {
    auto const f =
        hooks->save(host::dispatcher_type::filter("Layoffs").on<project>().owned_by("ann")).value();
    (void)hooks->save(hook()).value();
    auto w = stored();
    w.filter = f;
    BOOST_TEST(hooks->save(w).has_value());
    BOOST_TEST((past(w.id).at(0).changes == std::vector<field_change>{{"filter", "", to_text(f)}}));
}

BOOST_AUTO_TEST_CASE(a_webhook_whose_receiver_is_gone_says_so_in_its_history) {
    receiver.answer(410);
    run();
    auto const id = hooks->save(hook()).value();
    project const p;
    hooks->dispatch(created(p));
    pass(1s);
    auto const all = past(id);
    BOOST_REQUIRE_EQUAL(all.size(), 2U);
    BOOST_TEST((all[0].what == history_action::disabled));
    BOOST_TEST(all[0].user == "system");
    BOOST_TEST((all[0].changes == std::vector<field_change>{{"active", "yes", "no"}}));
    BOOST_TEST(stored().revision == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
