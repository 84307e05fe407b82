// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/expression.hpp>
#include <posthorn/expression/field.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/filter_draft.hpp>
#include <posthorn/webhook_draft.hpp>

#include "../../support/sample.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;
using posthorn::action;
using posthorn::conditional;
using posthorn::event_action;
using posthorn::event_actor;
using posthorn::event_id;
using posthorn::event_object;
using posthorn::event_time;
using posthorn::expression;
using posthorn::field;
using posthorn::field_of;
using posthorn::literal;
using posthorn::previous;
using posthorn::previous_of;
using posthorn::text_of;
using posthorn::test::phase;
using posthorn::test::project;
using posthorn::test::site;
using posthorn::test::standing;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

// One member of each kind.
struct task {
    std::int64_t id = 7;
    std::int16_t shift = -2;
    std::uint32_t count = 3;
    std::uint64_t serial = 1;
    double budget = 1500.5;
    float share = 0.5F;
    bool urgent = true;
    std::string label = "Bridge";
    std::string_view code = "B-7";
    standing status = standing::open;
    std::optional<std::string> owner;
    std::optional<std::int64_t> parent;
    std::optional<site> where;
    std::vector<std::string> tags{"a", "b"};
    std::vector<std::int64_t> marks{1, 2};
    std::vector<standing> past{standing::closed};
    std::optional<std::vector<std::string>> links;
    sys_seconds due{1'700'000'000s};
    std::chrono::minutes effort{90};
    std::string pin = "between us";
};
BOOST_DESCRIBE_STRUCT(task, (),
                      (id, shift, count, serial, budget, share, urgent, label, code, status, owner, parent,
                       where, tags, marks, past, links, due, effort, pin))

struct note {
    std::int64_t id = 3;
    std::string label = "Piers";
};
BOOST_DESCRIBE_STRUCT(note, (), (id, label))

struct base {
    std::int64_t inherited = 1;
};
BOOST_DESCRIBE_STRUCT(base, (), (inherited))
struct first_heir : base {
    std::int64_t own = 2;
};
BOOST_DESCRIBE_STRUCT(first_heir, (base), (own))
struct second_heir : base {};
BOOST_DESCRIBE_STRUCT(second_heir, (base), ())

using posthorn::catalog;
using posthorn::hidden;
using posthorn::object;
using posthorn::scoped_by;
using types = catalog<object<task, "job", hidden<&task::pin>>, object<note, "note", scoped_by<task>>,
                      object<first_heir, "first">, object<second_heir, "second">>;

[[nodiscard]] posthorn::detail::event_view job_event(task const& before, task const& after) {
    return posthorn::test::view_of<types>(posthorn::modified(before, after).by("ada"));
}

// The text, that parsing it gives the same tree, and what it is for the event.
template <class Term>
void check(Term const& t, std::string_view text, bool holds, posthorn::detail::event_view const& e) {
    BOOST_TEST_CONTEXT(text) {
        auto const printed = text_of<types, task>(t);
        BOOST_TEST(printed == text);
        BOOST_TEST(printed == (text_of<types>(t)));
        auto const parsed = posthorn::detail::parse_expression(printed);
        BOOST_TEST_REQUIRE(parsed.has_value());
        using where = typename posthorn::detail::condition_on<types, task>::type;
        BOOST_TEST((*parsed == posthorn::detail::named_tree<types, where>(t)));
        auto const compiled =
            expression::compile_predicate(printed, posthorn::test::scope_for<task, types>(e.what));
        BOOST_TEST_REQUIRE(compiled.has_value());
        BOOST_TEST(compiled->text() == printed);
        BOOST_TEST(compiled->matches(e) == holds);
    }
}

struct on_jobs {
    task before = [] {
        task t;
        t.status = standing::closed;
        t.budget = 10;
        return t;
    }();
    task after = [] {
        task t;
        t.owner = "Ann";
        t.where = site{"Ulm", std::nullopt, "0000"};
        return t;
    }();
    posthorn::detail::event_view e = job_event(before, after);

    template <class Term>
    void yes(Term const& t, std::string_view text) const {
        check(t, text, true, e);
    }
    template <class Term>
    void no(Term const& t, std::string_view text) const {
        check(t, text, false, e);
    }
};

template <class A, class B>
concept joinable = requires(A const& a, B const& b) { a == b; } ||
                   requires(A const& a, B const& b) { a + b; } || requires(A const& a, B const& b) { a&& b; };

struct outsider {};

} // namespace

// The operators are for terms; a constant has no say in what it does not know.
static_assert(!joinable<outsider, outsider>);
static_assert(!joinable<posthorn::detail::term_base, outsider>);
static_assert(!joinable<posthorn::value, int>);

BOOST_AUTO_TEST_SUITE(expression_field)

BOOST_FIXTURE_TEST_CASE(the_sentence_of_the_readme, on_jobs) {
    yes(field<&task::status> == "open" && field<&task::budget> > 1'000.0 &&
            previous<&task::status> != field<&task::status>,
        R"(job.status == "open" && job.budget > 1000.0 && previous.status != job.status)");
}

BOOST_FIXTURE_TEST_CASE(relations_take_both_orders, on_jobs) {
    yes(field<&task::id> == 7, "job.id == 7");
    yes(7 == field<&task::id>, "7 == job.id");
    no(field<&task::id> != 7, "job.id != 7");
    no(7 != field<&task::id>, "7 != job.id");
    no(field<&task::id> < 7, "job.id < 7");
    yes(6 < field<&task::id>, "6 < job.id");
    yes(field<&task::id> <= 7, "job.id <= 7");
    yes(7 <= field<&task::id>, "7 <= job.id");
    yes(field<&task::id> > 6, "job.id > 6");
    no(7 > field<&task::id>, "7 > job.id");
    yes(field<&task::id> >= 7, "job.id >= 7");
    yes(7 >= field<&task::id>, "7 >= job.id");
    yes(field<&task::id> > field<&task::count>, "job.id > job.count");
    yes((field<&task::id> == 7) == field<&task::urgent>, "(job.id == 7) == job.urgent");
}

BOOST_FIXTURE_TEST_CASE(logic_is_built_not_decided, on_jobs) {
    yes(field<&task::urgent>, "job.urgent");
    no(!field<&task::urgent>, "!job.urgent");
    no(!(field<&task::id> == 7), "!(job.id == 7)");
    yes(field<&task::urgent> && true, "job.urgent && true");
    yes(false || field<&task::urgent>, "false || job.urgent");
    yes((field<&task::id> == 1 || field<&task::urgent>) && !(field<&task::id> == 2),
        "(job.id == 1 || job.urgent) && !(job.id == 2)");
    yes(field<&task::urgent> && (field<&task::urgent> && field<&task::id> == 7),
        "job.urgent && job.urgent && job.id == 7");
}

BOOST_FIXTURE_TEST_CASE(arithmetic_keeps_its_shape, on_jobs) {
    yes(field<&task::id> + 1 == 8, "job.id + 1 == 8");
    yes(8 - field<&task::id> == 1, "8 - job.id == 1");
    yes(field<&task::id> - (field<&task::shift> - 1) == 10, "job.id - (job.shift - 1) == 10");
    yes(field<&task::id> * 2 + 1 == 15, "job.id * 2 + 1 == 15");
    yes((field<&task::id> + 1) * 2 == 16, "(job.id + 1) * 2 == 16");
    yes(field<&task::id> / 2 == 3, "job.id / 2 == 3");
    yes(field<&task::id> % 4 == 3, "job.id % 4 == 3");
    yes(-field<&task::id> == -7, "-job.id == -7");
    yes(-(-field<&task::budget>) > 0.5, "--job.budget > 0.5");
    yes("B-" + to_string(field<&task::id>) == field<&task::code>, R"("B-" + string(job.id) == job.code)");
    yes(field<&task::label> + "!" == "Bridge!", R"(job.label + "!" == "Bridge!")");
}

BOOST_FIXTURE_TEST_CASE(an_integer_constant_adapts_where_it_is_kept, on_jobs) {
    yes(field<&task::count> + 1 == 4, "job.count + 1u == 4");
    yes(10U - field<&task::id> == 3U, "10 - job.id == 3u");
    yes(field<&task::budget> * 2 > 3000, "job.budget * 2.0 > 3000");
    yes(1 + field<&task::share> == 1.5F, "1.0 + job.share == 1.5");
    yes(field<&task::budget> / 2U < 751, "job.budget / 2.0 < 751");
    yes(field<&task::serial> < std::numeric_limits<std::uint64_t>::max(),
        "job.serial < 18446744073709551615u");
    yes(field<&task::id> > std::numeric_limits<std::int64_t>::min(), "job.id > -9223372036854775808");
    // Where it is not kept, it stays what it is, and saving says that the two do not mix.
    BOOST_TEST(text_of<types>(field<&task::count> + -1 == 2) == "job.count + -1 == 2");
    BOOST_TEST(text_of<types>(field<&task::budget> + ((std::int64_t{1} << 53) + 1) > 0) ==
               "job.budget + 9007199254740993 > 0");
    BOOST_TEST(text_of<types>(field<&task::id> + std::numeric_limits<std::uint64_t>::max() > 0) ==
               "job.id + 18446744073709551615u > 0");
    BOOST_TEST(
        !expression::compile_predicate("job.count + -1 == 2", posthorn::test::scope_for<task, types>()));
}

BOOST_FIXTURE_TEST_CASE(constants_of_every_kind, on_jobs) {
    std::string const text = "Bridge";
    char const* const pointer = "Bridge";
    yes(field<&task::label> == text, R"(job.label == "Bridge")");
    yes(std::string_view(text) == field<&task::label>, R"("Bridge" == job.label)");
    yes(field<&task::label> == pointer, R"(job.label == "Bridge")");
    yes(field<&task::label> != "a \"b\"\\\n\xc3\xa9", "job.label != \"a \\\"b\\\"\\\\\\n\xc3\xa9\"");
    yes(field<&task::urgent> == true, "job.urgent == true");
    yes(field<&task::status> == standing::open, R"(job.status == "open")");
    yes(standing::closed == previous<&task::status>, R"("closed" == previous.status)");
    yes(field<&task::status> != static_cast<standing>(77), R"(job.status != "")");
    yes(field<&task::share> == 0.5F, "job.share == 0.5");
    yes(field<&task::budget> < 1e300, "job.budget < 1e+300");
    yes(field<&task::budget> > -0.0, "job.budget > -0.0");
    constexpr double infinity = std::numeric_limits<double>::infinity();
    yes(field<&task::budget> < infinity, "job.budget < 1.0 / 0.0");
    yes(field<&task::budget> > -infinity, "job.budget > -1.0 / 0.0");
    yes(field<&task::budget> * infinity == infinity, "job.budget * (1.0 / 0.0) == 1.0 / 0.0");
    no(field<&task::budget> == std::numeric_limits<double>::quiet_NaN(), "job.budget == 0.0 / 0.0");
}

BOOST_FIXTURE_TEST_CASE(times_and_durations, on_jobs) {
    using namespace std::chrono;
    yes(field<&task::due> > sys_days(2023y / 1 / 31), R"(job.due > timestamp("2023-01-31T00:00:00Z"))");
    yes(sys_seconds(1'700'000'000s) == field<&task::due>, R"(timestamp("2023-11-14T22:13:20Z") == job.due)");
    yes(field<&task::due> < sys_time<nanoseconds>(1'700'000'000s + 1'999ns),
        R"(job.due < timestamp("2023-11-14T22:13:20.000001Z"))");
    yes(field<&task::due> + 1h > event_time, R"(job.due + duration("3600s") > event.time)");
    yes(event_time - field<&task::due> < 1ms, R"(event.time - job.due < duration("0.001s"))");
    yes(field<&task::effort> == 1h + 30min, R"(job.effort == duration("5400s"))");
    yes(field<&task::effort> > -250ms, R"(job.effort > duration("-0.25s"))");
    // A time that has no text is the nearest one that has.
    yes(field<&task::due> < sys_seconds::max(), R"(job.due < timestamp("9999-12-31T23:59:59.999999Z"))");
    yes(field<&task::due> > sys_seconds::min(), R"(job.due > timestamp("0000-01-01T00:00:00Z"))");
    yes(field<&task::effort> < hours::max(), R"(job.effort < duration("9223372036854.775807s"))");
    yes(field<&task::effort> > microseconds::min(), R"(job.effort > duration("-9223372036854.775807s"))");
}

BOOST_FIXTURE_TEST_CASE(null_asks_whether_a_field_is_set, on_jobs) {
    yes(field<&task::owner> != nullptr, "job.owner != null");
    yes(nullptr == previous<&task::owner>, "null == previous.owner");
    yes(field<&task::parent> == nullptr, "job.parent == null");
    yes(field<&task::where> != nullptr, "job.where != null");
    yes(field<&task::links> == nullptr, "job.links == null");
    yes(previous<> != nullptr, "previous != null");
    yes(has(field<&task::owner>) && !has(field<&task::where, &site::street>),
        "has(job.owner) && !has(job.where.street)");
    yes(has(previous<>), "has(previous)");
    // An optional is as its value; a comparison with one that is unset is false.
    yes(field<&task::owner> == "Ann", R"(job.owner == "Ann")");
    no(field<&task::parent> != 5, "job.parent != 5");
    yes(field<&task::where, &site::city> == "Ulm", R"(job.where.city == "Ulm")");
}

BOOST_FIXTURE_TEST_CASE(functions, on_jobs) {
    yes(field<&task::label>.contains("rid"), R"(job.label.contains("rid"))");
    yes(field<&task::label>.starts_with("Br"), R"(job.label.startsWith("Br"))");
    no(field<&task::label>.ends_with(field<&task::code>), "job.label.endsWith(job.code)");
    yes((field<&task::label> + "x").ends_with("x"), R"((job.label + "x").endsWith("x"))");
    yes(lower(field<&task::label>) == "bridge", R"(lower(job.label) == "bridge")");
    yes(upper(field<&task::label>).starts_with("BR"), R"(upper(job.label).startsWith("BR"))");
    yes(upper(field<&task::label>).contains("RID"), R"(upper(job.label).contains("RID"))");
    yes(size(field<&task::label>) == size(field<&task::tags>) + 4, "size(job.label) == size(job.tags) + 4");
    yes(to_int(field<&task::budget>) == 1500, "int(job.budget) == 1500");
    yes(to_double(field<&task::id>) / 2 == 3.5, "double(job.id) / 2.0 == 3.5");
    yes(to_string(field<&task::urgent>) == "true", R"(string(job.urgent) == "true")");
    yes(literal("open, planned").contains(field<&task::status>), R"("open, planned".contains(job.status))");
    yes(literal(true), "true");
}

BOOST_FIXTURE_TEST_CASE(membership, on_jobs) {
    yes(in(field<&task::status>, {"open", "planned"}), R"(job.status in ["open", "planned"])");
    yes(in(field<&task::status>, {standing::open}), R"(job.status in ["open"])");
    yes(in(field<&task::id>, {1, 7}), "job.id in [1, 7]");
    no(in(field<&task::label>, std::vector<std::string>()), "job.label in []");
    yes(in(field<&task::urgent>, std::vector<bool>{true}), "job.urgent in [true]");
    yes(in(field<&task::budget>, std::array{1500.5, 2.0}), "job.budget in [1500.5, 2.0]");
    int const ids[] = {7, 8};
    yes(in(field<&task::id>, ids), "job.id in [7, 8]");
    yes(in("a", field<&task::tags>), R"("a" in job.tags)");
    yes(!in(field<&task::label>, field<&task::tags>), "!(job.label in job.tags)");
    yes(in(2.0, field<&task::marks>), "2.0 in job.marks");
    yes(in(standing::closed, field<&task::past>), R"("closed" in job.past)");
    no(in("x", field<&task::links>), R"("x" in job.links)");
}

BOOST_FIXTURE_TEST_CASE(a_conditional_is_a_function, on_jobs) {
    yes(conditional(field<&task::urgent>, "now", "later") == "now",
        R"((job.urgent ? "now" : "later") == "now")");
    yes(conditional(field<&task::urgent>, field<&task::budget>, 0) > 1,
        "(job.urgent ? job.budget : 0.0) > 1");
    yes(conditional(field<&task::id> == 1, 1, 2.5) == 2.5, "(job.id == 1 ? 1.0 : 2.5) == 2.5");
    yes(conditional(field<&task::urgent>, nullptr, field<&task::id>) == nullptr,
        "(job.urgent ? null : job.id) == null");
    yes(conditional(field<&task::urgent>, conditional(field<&task::id> == 1, false, true), false),
        "job.urgent ? (job.id == 1 ? false : true) : false");
    yes(conditional(true, field<&task::urgent>, false), "true ? job.urgent : false");
}

BOOST_FIXTURE_TEST_CASE(the_event_has_fields_too, on_jobs) {
    yes(event_action == action::modified, R"(event.action == "modified")");
    yes(in(event_action, {"created", "modified"}), R"(event.action in ["created", "modified"])");
    yes(event_object == "job" && event_actor == "ada", R"(event.object == "job" && event.actor == "ada")");
    yes(event_id.ends_with("ab"), R"(event.id.endsWith("ab"))");
    yes(has(event_actor) && event_time > sys_days(),
        R"(has(event.actor) && event.time > timestamp("1970-01-01T00:00:00Z"))");
}

BOOST_AUTO_TEST_CASE(paths_take_their_name_from_the_catalog) {
    auto const both = field<&note::label> == field<&task::label> && previous<&note::id> == 3;
    BOOST_TEST((text_of<types, note>(both)) == "note.label == job.label && previous.id == 3");
    // A member of the other catalog is named there otherwise.
    BOOST_TEST(text_of<posthorn::test::objects>(field<&project::id> == 1 && field<&phase::id> == 2) ==
               "project.id == 1 && phase.id == 2");
    // An inherited member is the object's, where it is known; else it must be said whose.
    BOOST_TEST((text_of<types, second_heir>(field<&second_heir::inherited> == 1)) == "second.inherited == 1");
    BOOST_TEST(text_of<types>(field_of<first_heir, &first_heir::inherited> == 1) == "first.inherited == 1");
    BOOST_TEST(text_of<types>(previous_of<first_heir, &first_heir::inherited> == 1) ==
               "previous.inherited == 1");
    BOOST_TEST(text_of<types>(field<&first_heir::own> == 1) == "first.own == 1");
    using one = catalog<object<first_heir, "only">>;
    BOOST_TEST(text_of<one>(field<&first_heir::inherited> == 1) == "only.inherited == 1");
}

BOOST_AUTO_TEST_CASE(what_is_too_long_or_no_utf8_is_found_when_it_is_compiled) {
    auto const scope = posthorn::test::scope_for<task, types>();
    auto const longest = text_of<types>(field<&task::label> == std::string(5'000, 'x'));
    BOOST_TEST(expression::compile_predicate(longest, scope).error().message() ==
               "an expression has at most 4096 bytes");
    BOOST_TEST(!expression::compile_predicate(text_of<types>(field<&task::label> == "\xff"), scope));
    std::vector<int> const many(257, 1);
    BOOST_TEST(!expression::compile_predicate(text_of<types>(in(field<&task::id>, many)), scope));
}

BOOST_AUTO_TEST_CASE(a_webhook_takes_its_condition_as_text_and_typed) {
    using draft = posthorn::webhook_draft<posthorn::test::objects>;
    auto const typed = draft("w")
                           .on<phase>(action::modified)
                           .post("https://x")
                           .when(field<&project::urgent> && previous<&phase::id> != field<&phase::id>);
    BOOST_TEST(typed.value().condition == "project.urgent && previous.id != phase.id");
    BOOST_TEST(typed.value().object == "phase");
    BOOST_TEST((typed.value().what == action::modified));
    BOOST_TEST(typed.value().url == "https://x");
    BOOST_TEST(draft("w").when("project.urgent").value().condition == "project.urgent");
    BOOST_TEST(draft("w").when(field<&project::urgent>).value().condition == "project.urgent");
    // The last one counts.
    BOOST_TEST(draft("w").when("a").when(field<&project::id> == 1).value().condition == "project.id == 1");
    BOOST_TEST(draft("w").when(field<&project::id> == 1).when("a").value().condition == "a");
    draft const kept = draft("w").on<project>().when(field<&project::urgent>);
    BOOST_TEST(kept.value().condition == "project.urgent");
    BOOST_TEST(kept.value().object == "project");
    posthorn::uuid id{};
    id.data[3] = 9;
    BOOST_TEST((draft("w").for_filter(id).value().filter == id));
    BOOST_TEST(!draft("w").value().filter.has_value());
}

BOOST_AUTO_TEST_CASE(a_saved_filter_takes_its_predicate_typed) {
    using draft = posthorn::filter_draft<posthorn::test::objects>;
    auto const open = draft("Open").on<project>().where(field<&project::status> == standing::open);
    BOOST_TEST(open.value().expression == R"(project.status == "open")");
    BOOST_TEST(open.value().object == "project");
    // The last one counts; criteria and their errors are forgotten.
    auto const last = draft("f")
                          .where({{"no_such_field", posthorn::criterion_operator::equals, {"1"}}})
                          .on<project>()
                          .where(field<&project::urgent>);
    BOOST_TEST(last.errors().empty());
    BOOST_TEST(last.value().expression == "project.urgent");
    draft const kept = draft("f").on<project>().where(field<&project::urgent>).for_everyone();
    BOOST_TEST(kept.value().expression == "project.urgent");
    BOOST_TEST(kept.value().is_public);
}

// --- the compiler's rules and the checker's ---

namespace {

struct sample {
    std::string_view text;
    posthorn::detail::operand typed;
};

// A field of each kind, and the constant null.
[[nodiscard]] std::vector<sample> samples() {
    using enum posthorn::value_kind;
    auto const path = [](std::string_view text, posthorn::value_kind kind) {
        return sample{text, {.kind = kind, .is_path = true}};
    };
    return {path("job.urgent", boolean),  path("job.id", integer),        path("job.count", unsigned_integer),
            path("job.budget", real),     path("job.label", text),        path("job.due", timestamp),
            path("job.effort", duration), path("job.tags", list),         path("job.where", record),
            path("job.owner", text),      {"null", {.is_constant = true}}};
}

void check_rule(posthorn::detail::misfit typed, std::string const& text) {
    auto const scope = posthorn::test::scope_for<task, types>();
    BOOST_TEST((typed == posthorn::detail::misfit::none) == expression::compile(text, scope).has_value(),
               text);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_compiler_accepts_what_the_checker_accepts) {
    using namespace posthorn::detail;
    auto const all = samples();
    for (auto const& a : all)
        for (auto const& b : all) {
            auto const joined = [&](std::string_view sign) {
                return std::string(a.text) + " " + std::string(sign) + " " + std::string(b.text);
            };
            for (auto s = static_cast<int>(symbol::equal); s <= static_cast<int>(symbol::greater_equal); ++s)
                check_rule(relation_misfit(static_cast<symbol>(s), a.typed, b.typed),
                           joined(to_string(static_cast<symbol>(s))));
            for (auto s = static_cast<int>(symbol::add); s <= static_cast<int>(symbol::remainder); ++s)
                check_rule(arithmetic_misfit(static_cast<symbol>(s), a.typed, b.typed),
                           joined(to_string(static_cast<symbol>(s))));
            check_rule(logic_misfit(a.typed, b.typed), joined("&&"));
            check_rule(choice_misfit(a.typed, b.typed), "job.urgent ? " + joined(":"));
        }
    for (auto const& a : all)
        for (auto const f : {function::size, function::lower, function::upper, function::has,
                             function::to_integer, function::to_real, function::to_text})
            check_rule(call_misfit(f, a.typed), std::string(to_string(f)) + "(" + std::string(a.text) + ")");
}

// --- the typed form and hand-written C++ ---

namespace {

// Small ranges, so that equal values and unset ones are common.
class generator {
  public:
    explicit generator(std::uint64_t seed) : bits_(seed) {}

    [[nodiscard]] task make() {
        task t;
        t.id = number(-3, 3);
        t.shift = static_cast<std::int16_t>(number(-3, 3));
        t.count = static_cast<std::uint32_t>(number(0, 4));
        t.budget = static_cast<double>(number(-8, 8)) / 2;
        t.urgent = number(0, 1) == 1;
        t.label = word();
        t.status = number(0, 1) == 1 ? standing::open : standing::closed;
        if (number(0, 1) == 1)
            t.owner = word();
        if (number(0, 1) == 1)
            t.parent = number(-3, 3);
        if (number(0, 2) != 0)
            t.where = site{word(), std::nullopt, {}};
        t.tags.assign(static_cast<std::size_t>(number(0, 3)), word());
        t.due += std::chrono::hours(number(-2, 2));
        t.effort = std::chrono::minutes(number(-2, 2));
        return t;
    }

  private:
    [[nodiscard]] std::int64_t number(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution(least, most)(bits_);
    }
    [[nodiscard]] std::string word() {
        std::string made;
        for (auto n = number(0, 3); n != 0; --n)
            made += static_cast<char>('a' + number(0, 2));
        return made;
    }

    std::mt19937_64 bits_;
};

struct pair_of_forms {
    expression typed;
    bool (*by_hand)(task const& before, task const& after);
};

template <class Term>
[[nodiscard]] pair_of_forms forms(Term const& t, bool (*by_hand)(task const&, task const&)) {
    auto const where = posthorn::test::scope_for<task, types>();
    return {expression::compile_predicate(text_of<types, task>(t), where).value(), by_hand};
}

[[nodiscard]] std::vector<pair_of_forms> all_forms() {
    return {
        forms(field<&task::id> > previous<&task::id> && field<&task::urgent>,
              [](task const& b, task const& a) { return a.id > b.id && a.urgent; }),
        forms(field<&task::budget> * 2 >= to_double(field<&task::id>) + 1,
              [](task const&, task const& a) { return a.budget * 2 >= static_cast<double>(a.id) + 1; }),
        forms(field<&task::count> + 1 > 2 || field<&task::shift> % 2 == 1,
              [](task const&, task const& a) { return a.count + 1 > 2 || a.shift % 2 == 1; }),
        forms(
            field<&task::status> == standing::open && previous<&task::status> != field<&task::status>,
            [](task const& b, task const& a) { return a.status == standing::open && b.status != a.status; }),
        forms(field<&task::owner> == field<&task::label>,
              [](task const&, task const& a) { return a.owner && *a.owner == a.label; }),
        forms(field<&task::parent> < field<&task::id> || field<&task::parent> == nullptr,
              [](task const&, task const& a) { return !a.parent || *a.parent < a.id; }),
        forms(field<&task::where, &site::city>.contains("a"),
              [](task const&, task const& a) {
                  return a.where && a.where->city.find('a') != std::string::npos;
              }),
        forms((field<&task::label> + "b").starts_with("ab") || upper(field<&task::label>) == "C",
              [](task const&, task const& a) { return (a.label + "b").starts_with("ab") || a.label == "c"; }),
        forms(in("a", field<&task::tags>) || in(field<&task::id>, {1, 3}),
              [](task const&, task const& a) {
                  return (!a.tags.empty() && a.tags[0] == "a") || a.id == 1 || a.id == 3;
              }),
        forms(size(field<&task::tags>) == size(field<&task::label>),
              [](task const&, task const& a) { return a.tags.size() == a.label.size(); }),
        forms(field<&task::due> + field<&task::effort> <= previous<&task::due> + 1h,
              [](task const& b, task const& a) { return a.due + a.effort <= b.due + 1h; }),
        forms(conditional(field<&task::urgent>, field<&task::id>, -field<&task::id>) > 0,
              [](task const&, task const& a) { return (a.urgent ? a.id : -a.id) > 0; }),
        forms(field<&task::id> / field<&task::shift> == 1,
              [](task const&, task const& a) { return a.shift != 0 && a.id / a.shift == 1; }),
        forms(!(field<&task::budget> < 1) && field<&task::budget> != 2,
              [](task const&, task const& a) { return !(a.budget < 1) && a.budget != 2; }),
    };
}

void compare_forms(std::uint64_t seed) {
    auto const all = all_forms();
    generator make(seed);
    std::vector<int> matches(all.size());
    task before = make.make();
    for (int n = 0; n != 10'000; ++n) {
        task const after = make.make();
        auto const e = job_event(before, after);
        for (std::size_t i = 0; i != all.size(); ++i) {
            bool const by_hand = all[i].by_hand(before, after);
            matches[i] += by_hand ? 1 : 0;
            if (all[i].typed.matches(e) != by_hand)
                BOOST_FAIL("seed " << seed << ", object " << n << ": " << all[i].typed.text() << " is not "
                                   << by_hand);
        }
        before = after;
    }
    // A form that is always or never true would show nothing.
    for (std::size_t i = 0; i != all.size(); ++i)
        BOOST_TEST((matches[i] > 100 && matches[i] < 9'900),
                   "seed " << seed << ": " << all[i].typed.text() << " matched " << matches[i]);
}

} // namespace

BOOST_AUTO_TEST_CASE(typed_and_hand_written_agree) {
    compare_forms(20260131);
}

BOOST_AUTO_TEST_CASE(typed_and_hand_written_agree_from_a_fresh_seed) {
    compare_forms(std::random_device()());
}

BOOST_AUTO_TEST_SUITE_END()
