// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/expression/print.hpp>
#include <posthorn/expression/schema_of.hpp>
#include <posthorn/model/catalog.hpp>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <ratio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using posthorn::catalog;
using posthorn::hidden;
using posthorn::object;
using posthorn::value;
using posthorn::value_kind;

enum class colour { red = 1, green = 2 };
BOOST_DESCRIBE_ENUM(colour, red, green)

enum plain_enum { alpha, beta };
BOOST_DESCRIBE_ENUM(plain_enum, alpha, beta)

enum class undescribed { a };

struct every_kind {
    bool yes = true;
    std::int8_t i8 = std::numeric_limits<std::int8_t>::min();
    std::int16_t i16 = std::numeric_limits<std::int16_t>::min();
    std::int32_t i32 = std::numeric_limits<std::int32_t>::min();
    std::int64_t i64 = std::numeric_limits<std::int64_t>::min();
    long long ll = std::numeric_limits<long long>::max();
    std::uint8_t u8 = std::numeric_limits<std::uint8_t>::max();
    std::uint16_t u16 = std::numeric_limits<std::uint16_t>::max();
    std::uint32_t u32 = std::numeric_limits<std::uint32_t>::max();
    std::uint64_t u64 = std::numeric_limits<std::uint64_t>::max();
    unsigned long long ull = 0;
    float f = 0.5F;
    double d = -0.0;
    double huge = 1e300;
    double nan = std::numeric_limits<double>::quiet_NaN();
    double inf = std::numeric_limits<double>::infinity();
    float float_inf = -std::numeric_limits<float>::infinity();
    std::string text = "say \"hi\"\n\x01\xff\xf0\x9f\x93\xaf\xd7\xa9";
    std::string_view view = "seen";
    std::optional<int> set = 5;
    std::optional<int> unset;
    std::optional<std::string> no_text;
    std::optional<std::vector<int>> no_list;
    colour known = colour::green;
    colour unknown = static_cast<colour>(77);
    plain_enum old = beta;
    std::vector<int> none;
    std::vector<std::int64_t> numbers{1, -2};
    std::vector<std::optional<std::string>> gaps{"a", std::nullopt};
    std::vector<std::vector<int>> nested{{1}, {}, {2, 3}};
};
BOOST_DESCRIBE_STRUCT(every_kind, (),
                      (yes, i8, i16, i32, i64, ll, u8, u16, u32, u64, ull, f, d, huge, nan, inf, float_inf,
                       text, view, set, unset, no_text, no_list, known, unknown, old, none, numbers, gaps,
                       nested))

struct every_time {
    std::chrono::sys_seconds s{std::chrono::seconds{1'700'000'000}};
    std::chrono::sys_days day{std::chrono::days{19'675}};
    std::chrono::sys_time<std::chrono::milliseconds> ms{std::chrono::milliseconds{-1}};
    std::chrono::sys_time<std::chrono::microseconds> us{std::chrono::microseconds{1}};
    std::chrono::sys_time<std::chrono::nanoseconds> ns{std::chrono::nanoseconds{1'999}};
    std::chrono::system_clock::time_point system{std::chrono::hours{1}};
    std::chrono::sys_time<std::chrono::hours> hour{std::chrono::hours{24}};
    std::chrono::sys_time<std::chrono::duration<double>> fraction{std::chrono::duration<double>{0.5}};
    std::optional<std::chrono::sys_seconds> never;
    std::chrono::sys_seconds first{std::chrono::seconds{-62'167'219'200}};
    std::chrono::sys_seconds last{std::chrono::seconds{253'402'300'799}};
    std::chrono::sys_time<std::chrono::microseconds> last_microsecond{
        std::chrono::microseconds{253'402'300'799'999'999}};
    std::chrono::sys_seconds too_early{std::chrono::seconds{-62'167'219'201}};
    std::chrono::sys_seconds too_late{std::chrono::seconds{253'402'300'800}};
    std::chrono::sys_seconds lowest = std::chrono::sys_seconds::min();
    std::chrono::sys_seconds highest = std::chrono::sys_seconds::max();
    std::chrono::sys_days last_day = std::chrono::sys_days::max();
    std::chrono::sys_time<std::chrono::duration<double>> nan{
        std::chrono::duration<double>{std::numeric_limits<double>::quiet_NaN()}};
};
BOOST_DESCRIBE_STRUCT(every_time, (),
                      (s, day, ms, us, ns, system, hour, fraction, never, first, last, last_microsecond,
                       too_early, too_late, lowest, highest, last_day, nan))

struct every_duration {
    std::chrono::minutes quarter{15};
    std::chrono::nanoseconds short_of_zero{-1};
    std::chrono::duration<double> half{0.5};
    std::optional<std::chrono::seconds> never;
    std::chrono::hours longest = std::chrono::hours::max();
    std::chrono::microseconds least = std::chrono::microseconds::min() + std::chrono::hours(10'000'000);
};
BOOST_DESCRIBE_STRUCT(every_duration, (), (quarter, short_of_zero, half, never, longest, least))

struct base {
    int inherited = 1;
    int base_secret = 2;
};
BOOST_DESCRIBE_STRUCT(base, (), (inherited, base_secret))

struct leaf {
    std::string name;
    std::string pin;
    // No default constructor.
    leaf(std::string n, std::string p) : name(std::move(n)), pin(std::move(p)) {}
    leaf(leaf const&) = default;
};
BOOST_DESCRIBE_STRUCT(leaf, (), (name, pin))

struct tree : base {
    explicit tree(leaf l) : own(std::move(l)) {}
    leaf own;
    std::optional<leaf> maybe;
    std::vector<leaf> leaves;
    // A type that cannot be spoken of may stay, as long as it is hidden.
    std::unique_ptr<int> handle;
};
BOOST_DESCRIBE_STRUCT(tree, (base), (own, maybe, leaves, handle))

struct chain {
    int n = 0;
    std::vector<chain> next;
};
BOOST_DESCRIBE_STRUCT(chain, (), (n, next))

struct empty {};
BOOST_DESCRIBE_STRUCT(empty, (), ())

struct not_described {
    int n = 0;
};

using all =
    catalog<object<every_kind, "kinds">, object<every_time, "times">, object<every_duration, "durations">,
            object<tree, "tree", hidden<&leaf::pin, &base::base_secret, &tree::handle>>,
            object<chain, "chain">, object<empty, "empty">>;

template <class T>
value of(T const& x) {
    return value(&x, posthorn::detail::record_of<all, T>());
}

template <class T>
std::string text(T const& x) {
    std::string out;
    append_json(out, of(x));
    return out;
}

template <class T>
boost::json::object json(T const& x) {
    return boost::json::parse(text(x)).as_object();
}

template <class T>
posthorn::field_schema field(std::string_view name) {
    for (auto const& f : posthorn::detail::record_of<all, T>().fields)
        if (f.name == name)
            return f;
    BOOST_FAIL("no field " << name);
    return {};
}

} // namespace

namespace d = posthorn::detail;
static_assert(d::speakable<bool>() && d::speakable<signed char>() && d::speakable<unsigned char>());
static_assert(d::speakable<long>() && d::speakable<unsigned long long>() && d::speakable<float>());
static_assert(d::speakable<std::string>() && d::speakable<std::string_view>() && d::speakable<colour>());
static_assert(d::speakable<std::vector<std::optional<leaf>>>() &&
              d::speakable<std::optional<std::vector<int>>>());
static_assert(!d::speakable<char>() && !d::speakable<wchar_t>() && !d::speakable<char8_t>() &&
              !d::speakable<char16_t>() && !d::speakable<char32_t>());
static_assert(!d::speakable<char const*>() && !d::speakable<int*>() && !d::speakable<void*>());
static_assert(!d::speakable<undescribed>() && !d::speakable<not_described>());
static_assert(!d::speakable<std::vector<bool>>() && !d::speakable<std::optional<std::optional<int>>>());
static_assert(!d::speakable<std::vector<not_described>>() && !d::speakable<std::optional<char>>());
static_assert(!d::speakable<std::map<int, int>>() && !d::speakable<std::list<int>>());
static_assert(d::speakable<std::chrono::seconds>() && !d::speakable<std::chrono::steady_clock::time_point>());

BOOST_AUTO_TEST_SUITE(expression_schema_of)

BOOST_AUTO_TEST_CASE(every_integer_gives_its_value_back) {
    every_kind const x;
    auto const v = json(x);
    BOOST_TEST(v.at("yes").as_bool());
    BOOST_TEST(v.at("i8").as_int64() == -128);
    BOOST_TEST(v.at("i16").as_int64() == -32768);
    BOOST_TEST(v.at("i32").as_int64() == x.i32);
    BOOST_TEST(v.at("i64").as_int64() == x.i64);
    BOOST_TEST(v.at("ll").as_int64() == x.ll);
    BOOST_TEST(v.at("u8").to_number<int>() == 255);
    BOOST_TEST(v.at("u16").to_number<int>() == 65535);
    BOOST_TEST(v.at("u32").to_number<std::uint32_t>() == x.u32);
    BOOST_TEST(v.at("u64").as_uint64() == x.u64);
    BOOST_TEST(v.at("ull").to_number<int>() == 0);
}

BOOST_AUTO_TEST_CASE(every_real_gives_its_value_back_or_null) {
    every_kind const x;
    auto const v = json(x);
    BOOST_TEST(v.at("f").as_double() == 0.5);
    BOOST_TEST(text(x).find(R"("d":-0,)") != std::string::npos);
    BOOST_TEST(v.at("huge").as_double() == 1e300, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(v.at("nan").is_null());
    BOOST_TEST(v.at("inf").is_null());
    BOOST_TEST(v.at("float_inf").is_null());
}

BOOST_AUTO_TEST_CASE(texts_give_their_bytes_back_where_json_can_hold_them) {
    auto const v = json(every_kind());
    BOOST_TEST(v.at("text").as_string() == "say \"hi\"\n\x01\xef\xbf\xbd\xf0\x9f\x93\xaf\xd7\xa9");
    BOOST_TEST(v.at("view").as_string() == "seen");
}

BOOST_AUTO_TEST_CASE(optionals_give_their_value_or_null) {
    auto const v = json(every_kind());
    BOOST_TEST(v.at("set").as_int64() == 5);
    BOOST_TEST(v.at("unset").is_null());
    BOOST_TEST(v.at("no_text").is_null());
    BOOST_TEST(v.at("no_list").is_null());
}

BOOST_AUTO_TEST_CASE(enumerators_give_their_name_and_others_null) {
    auto const v = json(every_kind());
    BOOST_TEST(v.at("known").as_string() == "green");
    BOOST_TEST(v.at("unknown").is_null());
    BOOST_TEST(v.at("old").as_string() == "beta");
}

BOOST_AUTO_TEST_CASE(vectors_give_lists) {
    auto const v = json(every_kind());
    BOOST_TEST(v.at("none").as_array().empty());
    BOOST_TEST(serialize(v.at("numbers")) == "[1,-2]");
    BOOST_TEST(serialize(v.at("gaps")) == R"(["a",null])");
    BOOST_TEST(serialize(v.at("nested")) == "[[1],[],[2,3]]");
}

BOOST_AUTO_TEST_CASE(times_of_every_precision_are_rfc_3339) {
    auto const v = json(every_time());
    BOOST_TEST(v.at("s").as_string() == "2023-11-14T22:13:20Z");
    BOOST_TEST(v.at("day").as_string() == "2023-11-14T00:00:00Z");
    BOOST_TEST(v.at("ms").as_string() == "1969-12-31T23:59:59.999Z");
    BOOST_TEST(v.at("us").as_string() == "1970-01-01T00:00:00.000001Z");
    // Towards the past, so that a time is never shown before it came.
    BOOST_TEST(v.at("ns").as_string() == "1970-01-01T00:00:00.000001Z");
    BOOST_TEST(v.at("system").as_string() == "1970-01-01T01:00:00Z");
    BOOST_TEST(v.at("hour").as_string() == "1970-01-02T00:00:00Z");
    BOOST_TEST(v.at("fraction").as_string() == "1970-01-01T00:00:00.500Z");
    BOOST_TEST(v.at("never").is_null());
}

BOOST_AUTO_TEST_CASE(times_outside_the_years_of_rfc_3339_are_null) {
    auto const v = json(every_time());
    BOOST_TEST(v.at("first").as_string() == "0000-01-01T00:00:00Z");
    BOOST_TEST(v.at("last").as_string() == "9999-12-31T23:59:59Z");
    BOOST_TEST(v.at("last_microsecond").as_string() == "9999-12-31T23:59:59.999999Z");
    for (auto const name : {"too_early", "too_late", "lowest", "highest", "last_day", "nan"})
        BOOST_TEST(v.at(name).is_null(), name);
}

BOOST_AUTO_TEST_CASE(durations_are_in_seconds) {
    BOOST_TEST(text(every_duration()) ==
               R"({"quarter":"900s","short_of_zero":"-0.000001s","half":"0.5s","never":null,"longest":null,)"
               R"("least":"-9187372036854.775808s"})");
}

BOOST_AUTO_TEST_CASE(records_nest_and_bases_are_read) {
    tree t(leaf("oak", "1111"));
    t.leaves.emplace_back("elm", "2222");
    t.maybe.emplace("ash", "3333");
    BOOST_TEST(text(t) ==
               R"({"inherited":1,"own":{"name":"oak"},"maybe":{"name":"ash"},"leaves":[{"name":"elm"}]})");
    t.maybe.reset();
    BOOST_TEST(json(t).at("maybe").is_null());
    BOOST_TEST(text(empty()) == "{}");
}

BOOST_AUTO_TEST_CASE(hidden_members_are_nowhere) {
    tree t(leaf("oak", "1111"));
    t.leaves.emplace_back("elm", "2222");
    t.maybe.emplace("ash", "3333");
    auto const printed = text(t);
    for (auto const gone : {"pin", "1111", "2222", "3333", "base_secret", "handle"})
        BOOST_TEST(printed.find(gone) == std::string::npos, gone);
}

BOOST_AUTO_TEST_CASE(a_record_may_contain_itself) {
    chain const c{1, {{2, {{3, {}}}}, {4, {}}}};
    BOOST_TEST(text(c) == R"({"n":1,"next":[{"n":2,"next":[{"n":3,"next":[]}]},{"n":4,"next":[]}]})");
}

BOOST_AUTO_TEST_CASE(nesting_ends_with_null) {
    chain c{0, {}};
    for (int i = 1; i != 100; ++i)
        c = chain{i, {std::move(c)}};
    auto const printed = text(c);
    boost::json::parse_options deep;
    deep.max_depth = 33;
    BOOST_TEST(boost::json::parse(printed, {}, deep).is_object());
    BOOST_TEST(printed.find("null") != std::string::npos);
    BOOST_TEST(printed.find(R"("n":99)") != std::string::npos);
    BOOST_TEST(printed.find(R"("n":50)") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_schema_says_what_a_field_can_hold) {
    BOOST_TEST((field<every_kind>("yes").type.kind == value_kind::boolean));
    BOOST_TEST((field<every_kind>("i8").type.kind == value_kind::integer));
    BOOST_TEST((field<every_kind>("u8").type.kind == value_kind::unsigned_integer));
    BOOST_TEST((field<every_kind>("f").type.kind == value_kind::real));
    BOOST_TEST((field<every_kind>("text").type.kind == value_kind::text));
    BOOST_TEST((field<every_kind>("known").type.kind == value_kind::text));
    BOOST_TEST((field<every_time>("day").type.kind == value_kind::timestamp));
    BOOST_TEST(!field<every_kind>("i8").type.optional);
    BOOST_TEST(field<every_kind>("unset").type.optional);
    BOOST_TEST((field<every_kind>("unset").type.kind == value_kind::integer));
    auto const list = field<every_kind>("gaps").type;
    BOOST_TEST((list.kind == value_kind::list));
    BOOST_TEST((list.element().kind == value_kind::text));
    BOOST_TEST(list.element().optional);
    auto const record = field<tree>("maybe").type;
    BOOST_TEST((record.kind == value_kind::record));
    BOOST_TEST(record.optional);
    BOOST_TEST(record.record().fields.size() == 1U);
    auto const& own = posthorn::detail::record_of<all, chain>();
    BOOST_TEST(&field<chain>("next").type.element().record() == &own);
}

BOOST_AUTO_TEST_CASE(a_value_is_a_small_view) {
    static_assert(sizeof(value) <= 24);
    static_assert(std::is_trivially_copyable_v<value>);
    every_kind x;
    auto const v = of(x);
    x.i32 = 42;
    // It reads the object as it is now: a view, not a copy.
    BOOST_TEST(v.field(field<every_kind>("i32")).as_integer() == 42);
}

BOOST_AUTO_TEST_CASE(times_in_odd_units_are_exact_or_null) {
    using samples = std::chrono::duration<std::int64_t, std::ratio<1, 44100>>;
    auto const value_in = [](auto d) { return posthorn::detail::duration_of(d); };
    auto const long_one = value_in(samples(230'000'000'000'000'000));
    BOOST_TEST_REQUIRE((long_one.kind() == posthorn::value_kind::duration));
    BOOST_TEST(long_one.as_duration().count() == 5'215'419'501'133'786'848);
    BOOST_TEST(value_in(samples(-1)).as_duration().count() == -23);
    BOOST_TEST(value_in(samples(44100)).as_duration().count() == 1'000'000);
    BOOST_TEST(value_in(std::chrono::hours(std::numeric_limits<std::int64_t>::max())).is_null());
    BOOST_TEST(value_in(posthorn::time_span::max()).as_duration().count() ==
               std::numeric_limits<std::int64_t>::max());
    std::chrono::sys_time<samples> const late(samples(253'402'300'799 * 44100));
    auto const t = posthorn::detail::timestamp_of(late);
    BOOST_TEST_REQUIRE((t.kind() == posthorn::value_kind::timestamp));
    BOOST_TEST(t.as_timestamp().time_since_epoch().count() == 253'402'300'799'000'000);
    BOOST_TEST(posthorn::detail::timestamp_of(late + samples(44100)).is_null());
}

BOOST_AUTO_TEST_SUITE_END()
