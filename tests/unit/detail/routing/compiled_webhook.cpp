// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/routing/compiled_webhook.hpp>

#include "../../../support/catalogue.hpp"
#include "../../../support/sample.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace posthorn::test;
using posthorn::action;
using posthorn::errc;
using posthorn::error_code;
using posthorn::field_errors;
using posthorn::language;
using posthorn::request_text;
using posthorn::secret;
using posthorn::verb;
using posthorn::webhook;
using posthorn::webhook_body;
using posthorn::detail::compiled_webhook;
using posthorn::detail::render_limits;

webhook valid() {
    webhook w;
    w.wording = "Tell the archive";
    w.url = "https://example.com/hook";
    w.method = verb::post;
    w.body = webhook_body("{\"id\":{{project.id}}}");
    w.object = "project";
    w.what = action::modified;
    return w;
}

// "" or what is wrong, one line per field.
std::string errors_of(webhook const& w, language in = language::english) {
    field_errors errors;
    auto const compiled = compiled_webhook::compile(w, objects::schema(), errors);
    BOOST_TEST(compiled.has_value() == errors.empty());
    return errors.text(in);
}

// What a program tells them by, in order.
std::string codes_of(webhook const& w) {
    field_errors errors;
    (void)compiled_webhook::compile(w, objects::schema(), errors);
    std::string codes;
    for (auto const& e : errors)
        codes.append(codes.empty() ? "" : " ").append(e.code());
    return codes;
}

// The fields that are wrong, in order.
std::string wrong_fields(webhook const& w) {
    field_errors errors;
    (void)compiled_webhook::compile(w, objects::schema(), errors);
    std::string fields;
    for (auto const& e : errors)
        fields.append(fields.empty() ? "" : " ").append(e.field());
    return fields;
}

compiled_webhook compiled(webhook const& w) {
    field_errors errors;
    auto c = compiled_webhook::compile(w, objects::schema(), errors);
    BOOST_TEST_REQUIRE(errors.text() == "");
    return *std::move(c);
}

struct outcome {
    error_code ec;
    request_text text;
};

outcome render(webhook const& w, project const& p = project(), std::size_t body_limit = 1 << 20) {
    outcome o;
    render_limits limits;
    limits.body = body_limit;
    o.ec = compiled(w).render(view_of(posthorn::modified(p, p).by("ada")), limits, o.text);
    return o;
}

// The rendered fields but the one that says who sends.
std::string own_headers(request_text const& text) {
    std::string block(text.headers());
    if (auto const at = block.find("User-Agent: "); at != block.npos)
        block.erase(at, block.find('\n', at) + 1 - at);
    return block;
}

std::string target_of(std::string url, project const& p = project()) {
    auto w = valid();
    w.url = std::move(url);
    auto const o = render(w, p);
    BOOST_TEST(!o.ec);
    return std::string(o.text.target());
}

project labelled(std::string label) {
    project p;
    p.label = std::move(label);
    return p;
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_compiled_webhook)

BOOST_AUTO_TEST_CASE(a_valid_webhook_gives_target_headers_and_body) {
    auto w = valid();
    w.url = "https://Example.com:8443/p/{{project.code}}?q={{project.label}}";
    w.headers.emplace_back("X-Code", "<{{project.code}}>");
    auto const c = compiled(w);
    BOOST_TEST(c.endpoint().host() == "example.com");
    BOOST_TEST(c.endpoint().port() == 8443);
    BOOST_TEST(c.object_index() == 0U);
    BOOST_TEST((c.what() == action::modified));
    BOOST_TEST((c.method() == verb::post));
    auto const o = render(w, labelled("a b&c"));
    BOOST_TEST(!o.ec);
    BOOST_TEST(o.text.target() == "/p/P-7?q=a%20b%26c");
    BOOST_TEST(own_headers(o.text) == "Content-Type: application/json\r\nX-Code: <P-7>\r\n");
    BOOST_TEST(o.text.body() == "{\"id\":7}");
}

BOOST_AUTO_TEST_CASE(all_errors_are_told_at_once_with_their_fields) {
    webhook w;
    w.method = verb::post;
    BOOST_TEST(wrong_fields(w) == "wording event url body");
    w = valid();
    w.wording.clear();
    w.url = "ftp://example.com/";
    w.body = webhook_body("{{project.lable}}");
    w.headers.emplace_back("Host", "x");
    w.headers.emplace_back("X-A", "{{project.nobody}}");
    w.headers.emplace_back("X-A", "b\r\n");
    BOOST_TEST(wrong_fields(w) == "wording url headers[0] headers[1] headers[2] headers[2] body");
}

BOOST_AUTO_TEST_CASE(an_earlier_error_of_the_caller_keeps_a_valid_webhook_back) {
    field_errors errors;
    errors.add("signing", posthorn::message_id::signing_refused);
    BOOST_TEST(!compiled_webhook::compile(valid(), objects::schema(), errors).has_value());
    BOOST_TEST(errors.all().size() == 1U);
}

BOOST_AUTO_TEST_CASE(every_error_has_a_code_and_a_french_text) {
    webhook w;
    w.url = "ftp://example.com";
    w.object = "projct";
    w.headers.emplace_back("Host", "x");
    w.headers.emplace_back("X-Key", "{{project.id}}");
    BOOST_TEST(codes_of(w) == "wording_missing unknown_object_type url_scheme header_reserved "
                              "secret_with_expressions body_missing");
    BOOST_TEST(errors_of(w, language::french) ==
               "wording: un webhook doit avoir un libellé\n"
               "event: type d'objet `projct` inconnu (vouliez-vous dire `project` ?)\n"
               "url: L'URL doit commencer par https:// ou http://.\n"
               "headers[0]: Cet en-tête est défini par l'émetteur lui-même : omettez-le.\n"
               "headers[1]: un en-tête secret n'admet pas d'expressions\n"
               "body: un corps doit être fourni pour POST, PUT et PATCH");
}

BOOST_AUTO_TEST_CASE(an_error_inside_a_text_keeps_its_place) {
    auto w = valid();
    w.condition = "\nproject.statu == 1";
    w.url = "https://example.com/{{project.nobody}}";
    w.headers.emplace_back("X-A", "{{1 +}}");
    w.body = webhook_body("[1");
    field_errors errors;
    (void)compiled_webhook::compile(w, objects::schema(), errors);
    std::string places;
    for (auto const& e : errors)
        places += e.field() + ' ' + std::string(e.code()) + ' ' + std::to_string(e.position()->line) + ':' +
                  std::to_string(e.position()->column) + '\n';
    BOOST_TEST(places == "condition unknown_field 2:9\n"
                         "url unknown_field 1:31\n"
                         "headers[0] expression_missing 1:6\n"
                         "body body_not_json 1:3\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_object_type_names_the_one_that_was_meant) {
    auto w = valid();
    w.object = "projct";
    BOOST_TEST(errors_of(w) == "event: unknown object type `projct` (did you mean `project`?)");
    w.object.clear();
    BOOST_TEST(errors_of(w) == "event: a webhook needs an object type");
}

BOOST_AUTO_TEST_CASE(errors_of_templates_give_the_character) {
    auto w = valid();
    w.url = "https://example.com/{{project.cod}}";
    BOOST_TEST(errors_of(w) ==
               "url: line 1, column 31: unknown field `cod` of `project` (did you mean `code`?)\n"
               "https://example.com/{{project.cod}}\n"
               "                              ^");
    w = valid();
    w.what = action::created;
    w.body = webhook_body("{\"a\":{{previous.id}}}");
    BOOST_TEST(errors_of(w).starts_with("body: line 1, column 8: `previous` does not exist here"));
}

BOOST_AUTO_TEST_CASE(the_verb_decides_about_the_body) {
    struct row {
        verb method;
        bool body;
        std::string_view error;
    };
    for (auto const& row : {
             row{verb::get, false, ""},
             row{verb::get, true, "body: a GET request has no body; remove it or choose another verb"},
             row{verb::post, false, "body: a body must be provided for POST, PUT and PATCH"},
             row{verb::put, false, "body: a body must be provided for POST, PUT and PATCH"},
             row{verb::patch, false, "body: a body must be provided for POST, PUT and PATCH"},
             row{verb::post, true, ""},
             row{verb::put, true, ""},
             row{verb::patch, true, ""},
             row{verb::delete_, false, ""},
             row{verb::delete_, true, ""},
         }) {
        auto w = valid();
        w.method = row.method;
        w.body = row.body ? webhook_body::standard() : webhook_body();
        BOOST_TEST_CONTEXT(to_string(row.method) << (row.body ? " with" : " without")) {
            BOOST_TEST(errors_of(w) == row.error);
        }
        if (row.error.empty()) {
            auto const o = render(w);
            BOOST_TEST(o.text.body().empty() == !row.body);
            // Who sends no body names no type.
            BOOST_TEST((o.text.headers().find("Content-Type") != std::string_view::npos) == row.body);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_standard_body_holds_type_timestamp_and_data) {
    auto w = valid();
    w.body = webhook_body::standard();
    auto const o = render(w, labelled("say \"hi\""));
    auto const body = boost::json::parse(std::string(o.text.body())).as_object();
    BOOST_TEST(body.size() == 3U);
    BOOST_TEST(body.at("type").as_string() == "project.modified");
    BOOST_TEST(body.at("timestamp").as_string() == "2023-11-14T22:13:20Z");
    BOOST_TEST(body.at("data").at("label").as_string() == "say \"hi\"");
    BOOST_TEST(o.text.body().find("between us") == std::string_view::npos);
    w.headers.emplace_back("content-type", "text/plain");
    BOOST_TEST(errors_of(w) ==
               "body: the standard body is JSON; remove the Content-Type header or write a body");
    w.headers.front() = {"content-type", "application/cloudevents+json"};
    BOOST_TEST(errors_of(w) == "");
}

BOOST_AUTO_TEST_CASE(the_content_type_chooses_the_escaping) {
    struct row {
        std::string_view type;
        std::string_view body;
    };
    std::string_view const as_json = R"(a&b\"c\n)";
    std::string_view const as_form = "a%26b%22c%0A";
    std::string_view const as_text = "a&b\"c\n";
    for (auto const& row : {
             row{"", as_json},
             row{"application/json", as_json},
             row{"APPLICATION/JSON", as_json},
             row{"application/json; charset=utf-8", as_json},
             row{"application/json ;charset=utf-8", as_json},
             row{"application/vnd.api+json", as_json},
             row{"application/x-www-form-urlencoded", as_form},
             row{"application/X-WWW-Form-Urlencoded; charset=utf-8", as_form},
             row{"text/plain", as_text},
             row{"text/json-like", as_text},
             row{"application/jsonl", as_text},
         }) {
        auto w = valid();
        if (!row.type.empty())
            w.headers.emplace_back("CONTENT-TYPE", std::string(row.type));
        w.body = webhook_body("\"{{project.label}}\"");
        auto const o = render(w, labelled("a&b\"c\n"));
        BOOST_TEST_CONTEXT(row.type) {
            BOOST_TEST(o.text.body() == "\"" + std::string(row.body) + "\"");
            // One such field, as it was given.
            auto const name = row.type.empty() ? "Content-Type: application/json\r\n"
                                               : "CONTENT-TYPE: " + std::string(row.type) + "\r\n";
            BOOST_TEST(own_headers(o.text) == name);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_content_type_is_neither_secret_nor_rendered) {
    std::string_view const sentence =
        "headers[0]: the Content-Type says how the body is escaped; write it neither as a "
        "secret nor with expressions";
    auto w = valid();
    w.headers.emplace_back("Content-Type", secret("text/plain"));
    BOOST_TEST(errors_of(w) == sentence);
    w.headers.front() = {"content-type", "application/{{project.code}}"};
    BOOST_TEST(errors_of(w) == sentence);
}

BOOST_AUTO_TEST_CASE(the_sender_names_itself_unless_the_webhook_does) {
    auto w = valid();
    auto const block = std::string(render(w).text.headers());
    BOOST_TEST(block.find("User-Agent: posthorn/") != std::string::npos);
    w.headers.emplace_back("user-agent", "mine");
    auto const own = std::string(render(w).text.headers());
    BOOST_TEST(own.find("user-agent: mine\r\n") != std::string::npos);
    BOOST_TEST(own.find("User-Agent") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_json_body_is_checked_on_save_and_others_are_not) {
    auto w = valid();
    w.body = webhook_body("{\"id\":{{project.id}}");
    BOOST_TEST(wrong_fields(w) == "body");
    w.headers.emplace_back("Content-Type", "text/plain");
    BOOST_TEST(wrong_fields(w) == "");
}

BOOST_AUTO_TEST_CASE(a_header_name_stands_once_whatever_its_case) {
    auto w = valid();
    w.headers.emplace_back("X-A", "1");
    w.headers.emplace_back("x-a", "2");
    w.headers.emplace_back("X-B", secret("3"));
    BOOST_TEST(errors_of(w) == "headers[1]: the field `x-a` stands twice; give each name once");
    w.headers[1] = {"x-b", "2"};
    BOOST_TEST(wrong_fields(w) == "headers[2]");
}

BOOST_AUTO_TEST_CASE(reserved_headers_are_refused) {
    for (auto const name :
         {"Host", "content-length", "Transfer-Encoding", "Webhook-Id", "Proxy-Authorization"}) {
        auto w = valid();
        w.headers.emplace_back(name, "x");
        BOOST_TEST(wrong_fields(w) == "headers[0]", name);
        w.headers.front() = {name, secret("x")};
        BOOST_TEST(wrong_fields(w) == "headers[0]", name);
    }
}

BOOST_AUTO_TEST_CASE(secret_headers_take_no_expressions_and_leave_no_trace) {
    for (auto const name : {"Authorization", "Cookie", "X-Api-Key", "x-auth-TOKEN", "X-Client-Secret"}) {
        auto w = valid();
        w.headers.emplace_back(name, "{{project.code}}");
        BOOST_TEST(errors_of(w) == "headers[0]: a secret header takes no expressions", name);
        w.headers.front() = {name, "hush"};
        w.headers.emplace_back("X-Marked", secret("quiet"));
        auto const o = render(w);
        std::string everything(o.text.target());
        everything.append(o.text.headers()).append(o.text.body());
        for (std::string_view const trace : {"hush", "quiet", name, "X-Marked"})
            BOOST_TEST(everything.find(trace) == std::string::npos, trace);
    }
    auto w = valid();
    w.headers.emplace_back("X-Marked", secret("{{project.code}}"));
    BOOST_TEST(errors_of(w) == "headers[0]: a secret header takes no expressions");
    w.headers.front() = {"X-Marked", secret("hush\r\nX-Evil: 1")};
    BOOST_TEST(wrong_fields(w) == "headers[0]");
    BOOST_TEST(errors_of(w).find("hush") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(headers_are_limited_in_number_and_size) {
    auto w = valid();
    for (int i = 0; i != 64; ++i)
        w.headers.emplace_back("X-" + std::to_string(i), "v");
    BOOST_TEST(wrong_fields(w) == "");
    w.headers.emplace_back("X-64", "v");
    BOOST_TEST(errors_of(w) == "headers: at most 64 fields");
    w = valid();
    for (int i = 0; i != 4; ++i)
        w.headers.emplace_back("X-" + std::to_string(i), std::string(4096, 'v'));
    BOOST_TEST(errors_of(w) == "headers: at most 16 KiB of headers");
    w.headers.pop_back();
    BOOST_TEST(wrong_fields(w) == "");
    w.headers.emplace_back("X-S", secret(std::string(4096, 's')));
    BOOST_TEST(wrong_fields(w) == "headers");
}

BOOST_AUTO_TEST_CASE(every_form_of_url_gives_a_target_that_begins_with_a_slash) {
    BOOST_TEST(target_of("https://example.com") == "/");
    BOOST_TEST(target_of("https://example.com/") == "/");
    BOOST_TEST(target_of("https://example.com?q") == "/?q");
    BOOST_TEST(target_of("https://example.com?") == "/?");
    BOOST_TEST(target_of("https://example.com?q={{project.id}}") == "/?q=7");
    BOOST_TEST(target_of("https://example.com/?q={{project.id}}") == "/?q=7");
    BOOST_TEST(target_of("https://example.com/{{project.code}}") == "/P-7");
    BOOST_TEST(target_of("https://example.com:8443/a//b?c://d/{{project.id}}") == "/a//b?c://d/7");
    BOOST_TEST(target_of("http://[2001:db8::1]:80?x") == "/?x");
}

BOOST_AUTO_TEST_CASE(no_value_empties_a_segment_of_the_path_or_makes_it_dots) {
    auto const outcome = [](std::string url, std::string label) {
        auto w = valid();
        w.url = "https://example.com" + std::move(url);
        auto const o = render(w, labelled(std::move(label)));
        return o.ec ? std::string(o.ec == errc::bad_url_path ? "refused" : o.ec.message())
                    : std::string(o.text.target());
    };
    for (std::string const bad : {"", ".", ".."}) {
        BOOST_TEST(outcome("/a/{{project.label}}", bad) == "refused");
        BOOST_TEST(outcome("/a/{{project.label}}/b", bad) == "refused");
        BOOST_TEST(outcome("/{{project.label}}?q", bad) == "refused");
        BOOST_TEST(outcome("/../{{project.label}}//", bad) == "refused");
        BOOST_TEST(outcome("/a{{project.label}}/b", bad) == "/a" + bad + "/b");
        BOOST_TEST(outcome("/b?q=/{{project.label}}/", bad) == "/b?q=/" + bad + "/");
        BOOST_TEST(outcome("?q={{project.label}}", bad) == "/?q=" + bad);
    }
    BOOST_TEST(outcome("/.{{project.label}}/b", ".") == "refused");
    BOOST_TEST(outcome("/%2E{{project.label}}/b", ".") == "refused");
    BOOST_TEST(outcome("/{{project.label}}{{project.label}}/b", ".") == "refused");
    BOOST_TEST(outcome("/.{{project.label}}/b", "x") == "/.x/b");
    BOOST_TEST(outcome("/{{project.label}}/b", "%2e") == "/%252e/b");
    BOOST_TEST(outcome("/{{project.label}}/b", "...") == "/.../b");
    // What is written stays as it is written.
    BOOST_TEST(outcome("/../a//{{project.label}}/", "x") == "/../a//x/");
    BOOST_TEST(outcome("/a/../{{project.owner}}", "x") == "refused");
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_body_as_large_as_can_be_is_none) {
    auto w = valid();
    w.body = webhook_body(R"({"a":{{project.id}}})");
    posthorn::field_errors errors;
    auto const compiled = posthorn::detail::compiled_webhook::compile(w, objects::schema(), errors).value();
    project const p;
    auto const e = posthorn::created(p);
    posthorn::detail::render_limits limits;
    limits.body = std::numeric_limits<std::size_t>::max();
    posthorn::request_text text;
    BOOST_TEST(!compiled.render(view_of(e), limits, text));
    BOOST_TEST(text.body() == R"({"a":7})");
}

BOOST_AUTO_TEST_CASE(a_url_template_that_is_too_long_is_refused_before_it_is_read) {
    auto w = valid();
    w.url = "https://example.com/";
    for (int i = 0; i != 1'000'000; ++i)
        w.url += "{{\"}}";
    BOOST_TEST(errors_of(w) == "url: the URL template is longer than 16 KiB");
}

BOOST_AUTO_TEST_CASE(no_expression_stands_before_the_path) {
    for (auto const url :
         {"https://{{project.code}}/x", "https://a.{{project.code}}/x", "https://{{project.code}}",
          "{{project.code}}://example.com/", "https://example.com:{{project.id}}/",
          "https://{{project.code}}@example.com/", "{{project.code}}"}) {
        auto w = valid();
        w.url = url;
        BOOST_TEST(wrong_fields(w) == "url", url);
    }
}

BOOST_AUTO_TEST_CASE(what_only_shows_when_rendered_is_an_error_of_the_delivery) {
    auto w = valid();
    w.url = "https://example.com/{{project.label}}";
    BOOST_TEST(!render(w, labelled(std::string(2047, 'a'))).ec);
    BOOST_TEST((render(w, labelled(std::string(2048, 'a'))).ec == errc::url_too_long));
    // Counted as sent: each byte of a value may take three.
    BOOST_TEST((render(w, labelled(std::string(683, ' '))).ec == errc::url_too_long));
    w = valid();
    w.headers.emplace_back("X-L", "{{project.label}}");
    for (std::string const& bad :
         {std::string("a\r\nX-Evil: 1"), std::string("a\nb"), std::string(1, '\0'), std::string(" a"),
          std::string("a "), std::string("\xc3\xa9"), std::string("\x7f"), std::string(4097, 'a')})
        BOOST_TEST((render(w, labelled(bad)).ec == errc::bad_header_value));
    BOOST_TEST(!render(w, labelled("")).ec);
    BOOST_TEST(!render(w, labelled(std::string(4096, 'a'))).ec);
    w = valid();
    w.body = webhook_body("\"{{project.label}}\"");
    BOOST_TEST(!render(w, labelled(std::string(98, 'a')), 100).ec);
    BOOST_TEST((render(w, labelled(std::string(99, 'a')), 100).ec == errc::body_too_large));
    BOOST_TEST(!render(w, labelled(std::string((1 << 20) - 2, 'a'))).ec);
    BOOST_TEST((render(w, labelled(std::string((1 << 20) - 1, 'a'))).ec == errc::body_too_large));
}

// Many expressions of a large field stop at the limit instead of filling the memory, and nothing of them is
// kept.
BOOST_AUTO_TEST_CASE(a_rendering_stops_at_its_limit) {
    auto w = valid();
    std::string body = "[";
    for (int i = 0; i != 200; ++i)
        body += "\"{{project.label}}\",";
    w.body = webhook_body(body + "0]");
    auto const o = render(w, labelled(std::string(100'000, 'a')), 1000);
    BOOST_TEST((o.ec == errc::body_too_large));
    BOOST_TEST(o.text.size() == 0U);
    BOOST_TEST(o.text.target().empty());
}

BOOST_AUTO_TEST_CASE(a_body_template_has_a_largest_size) {
    auto w = valid();
    w.body = webhook_body("\"" + std::string(256 * 1024 - 2, 'a') + "\"");
    BOOST_TEST(wrong_fields(w) == "");
    w.body = webhook_body("\"" + std::string(256 * 1024 - 1, 'a') + "\"");
    BOOST_TEST(errors_of(w) == "body: the body template is longer than 256 KiB");
}

BOOST_AUTO_TEST_CASE(one_compiled_webhook_renders_every_event_alike) {
    auto const c = compiled(valid());
    project const p;
    auto const e = view_of(posthorn::modified(p, p));
    request_text first;
    request_text second;
    BOOST_TEST(!c.render(e, {}, first));
    BOOST_TEST(!c.render(e, {}, second));
    BOOST_TEST(first.headers() == second.headers());
    BOOST_TEST(first.body() == second.body());
}

BOOST_AUTO_TEST_SUITE_END()

// --- the catalogue of hostile messages
// ------------------------------------------------------------------------------

namespace {

// An object whose fields have the names that the templates of the catalogue use.
struct sample_data {
    std::string host;
    std::string a;
    std::string id;
    std::string n;
};
BOOST_DESCRIBE_STRUCT(sample_data, (), (host, a, id, n))
using sample_objects = posthorn::catalog<posthorn::object<sample_data, "x">>;

// `{{a}}` means a field of the object: `{{x.a}}`.
std::string with_object(std::string text) {
    for (std::string const name : {"host", "a", "id", "n"})
        for (auto at = text.find("{{" + name + "}}"); at != text.npos; at = text.find("{{" + name + "}}"))
            text.insert(at + 2, "x.");
    return text;
}

std::string verdict_of_errors(field_errors const& errors) {
    auto const text = errors.text();
    if (text.find("not JSON") != text.npos)
        return "reject:json";
    return text.find("longer than") != text.npos ? "reject:limit" : "reject:template";
}

// The data of the entry as an object; what has no field is left out.
sample_data data_of(boost::json::object const& input) {
    sample_data d;
    auto const* const data = input.if_contains("data");
    if (data == nullptr)
        return d;
    auto const take = [&](char const* name, std::string& to) {
        if (auto const* v = data->as_object().if_contains(name))
            to = std::string_view(v->as_string());
    };
    take("host", d.host);
    take("a", d.a);
    take("id", d.id);
    take("n", d.n);
    return d;
}

std::string verdict_of(webhook w, sample_data const& d, std::set<std::string> const& raw) {
    w.wording = "w";
    w.object = "x";
    field_errors errors;
    auto const c = compiled_webhook::compile(w, sample_objects::schema(), errors);
    if (!c)
        return verdict_of_errors(errors);
    request_text text;
    auto const ec = c->render(view_of<sample_objects>(posthorn::created(d)), {}, text);
    if (ec == errc::bad_header_value)
        return "reject:value";
    if (ec)
        return "reject:limit";
    if (w.body.text().starts_with('{'))
        BOOST_TEST(boost::json::parse(std::string(text.body())).as_object().size() == 1U);
    // Escaped: what the data holds stands nowhere as it is.
    for (auto const& bytes : raw)
        if (!bytes.empty() && (text.target().find(bytes) != std::string_view::npos ||
                               text.body().find(bytes) != std::string_view::npos))
            return "accept";
    return "accept-escaped";
}

webhook webhook_of_template(std::string text) {
    webhook w;
    w.url = "https://example.com/";
    w.method = verb::get;
    if (text.starts_with("https://")) {
        w.url = std::move(text);
    } else if (text.starts_with("X-Id: ")) {
        w.headers.emplace_back("X-Id", text.substr(6));
    } else {
        w.method = verb::post;
        w.body = webhook_body(text);
    }
    return w;
}

std::string body_of(std::string_view described) {
    if (described == "20 MiB")
        return "\"" + std::string((20 << 20) - 2, 'a') + "\"";
    if (described == "1 MiB exactly")
        return "\"" + std::string((1 << 20) - 2, 'a') + "\"";
    if (described.starts_with("payload containing"))
        return "a.b\nc.d";
    return std::string(described);
}

} // namespace

BOOST_AUTO_TEST_SUITE(detail_compiled_webhook_catalogue)

BOOST_AUTO_TEST_CASE(gives_the_verdicts_on_templates) {
    posthorn::test::claimed_entries claimed("compiled_webhook_templates");
    claimed.each([&](std::string const&, boost::json::object const& entry) {
        auto const& input = entry.at("input").as_object();
        auto const data = data_of(input);
        auto const verdict =
            verdict_of(webhook_of_template(with_object(std::string(text_of(input, "template")))), data,
                       {data.host, data.a, data.id, data.n});
        BOOST_TEST(verdict == claimed.expected(entry));
    });
    BOOST_TEST(claimed.all().size() == 12U);
}

BOOST_AUTO_TEST_CASE(gives_the_verdicts_on_bodies) {
    posthorn::test::claimed_entries claimed("compiled_webhook_bodies");
    claimed.each([&](std::string const& id, boost::json::object const& entry) {
        auto w = webhook_of_template("");
        w.body = webhook_body(body_of(text_of(entry.at("input").as_object(), "body")));
        // What is no JSON at all is sent as plain text.
        if (id == "MSG-103" || id == "MSG-104")
            w.headers.emplace_back("Content-Type", "text/plain");
        auto verdict = verdict_of(w, {}, {});
        if (verdict == "accept-escaped")
            verdict = "accept";
        BOOST_TEST(verdict == claimed.expected(entry));
    });
    BOOST_TEST(claimed.all().size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_number_in_a_body_keeps_its_digits) {
    auto w = webhook_of_template("{\"n\":12345678901234567890123,\"x\":1.0,\"i\":{{x.id}}}");
    w.wording = "w";
    w.object = "x";
    field_errors errors;
    auto const c = compiled_webhook::compile(w, sample_objects::schema(), errors);
    BOOST_TEST_REQUIRE(c.has_value());
    sample_data const d;
    request_text text;
    BOOST_TEST(!c->render(view_of<sample_objects>(posthorn::created(d)), {}, text));
    BOOST_TEST(text.body() == "{\"n\":12345678901234567890123,\"x\":1.0,\"i\":\"\"}");
}

BOOST_AUTO_TEST_SUITE_END()
