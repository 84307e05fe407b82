// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/registry/records.hpp>
#include <posthorn/detail/text/base64.hpp>
#include <posthorn/expression/print.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace posthorn::detail {

namespace json = boost::json;

// The members of a record's object; the first that is missing or of another kind makes all of it bad.
class record_reader {
  public:
    explicit record_reader(json::object const& from) noexcept : from_(from) {}

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    // The first member that is wrong.
    [[nodiscard]] char const* wrong() const noexcept { return wrong_; }
    void fail(char const* name) noexcept {
        if (std::exchange(ok_, false))
            wrong_ = name;
    }

    [[nodiscard]] std::string text(char const* name) {
        auto const* const v = from_.if_contains(name);
        if (v == nullptr || !v->is_string())
            return fail(name), std::string();
        return std::string(v->get_string());
    }

    [[nodiscard]] bool flag(char const* name) {
        auto const* const v = from_.if_contains(name);
        if (v == nullptr || !v->is_bool())
            return fail(name), false;
        return v->get_bool();
    }

    // None: null, or not there.
    [[nodiscard]] std::optional<std::string> optional_text(char const* name) {
        auto const* const v = from_.if_contains(name);
        if (v == nullptr || v->is_null())
            return std::nullopt;
        return text(name);
    }

    [[nodiscard]] std::optional<std::int64_t> optional_number(char const* name) {
        auto const* const v = from_.if_contains(name);
        if (v == nullptr || v->is_null())
            return std::nullopt;
        if (!v->is_int64())
            return fail(name), std::nullopt;
        return v->get_int64();
    }

    [[nodiscard]] json::array const& list(char const* name) {
        static json::array const none;
        auto const* const v = from_.if_contains(name);
        if (v == nullptr || !v->is_array())
            return fail(name), none;
        return v->get_array();
    }

    // Empty: not there, as in a record of before.
    [[nodiscard]] json::array const& optional_list(char const* name) {
        static json::array const none;
        return from_.if_contains(name) == nullptr ? none : list(name);
    }

    // One of the values whose to_string this is.
    template <class T, std::size_t N>
    [[nodiscard]] T one_of(char const* name, std::string_view written, T const (&values)[N]) {
        auto const* const found =
            std::find_if(std::begin(values), std::end(values), [&](T v) { return to_string(v) == written; });
        if (found == std::end(values))
            return fail(name), values[0];
        return *found;
    }

    // An id as `to_text` writes it.
    [[nodiscard]] uuid id(char const* name, std::string_view written) {
        auto const value = parse_id(written);
        if (!value)
            return fail(name), uuid{};
        return *value;
    }

    // Not there: 0.
    [[nodiscard]] std::uint64_t count(char const* name) {
        auto const n = optional_number(name).value_or(0);
        if (n < 0)
            return fail(name), 0;
        return static_cast<std::uint64_t>(n);
    }

  private:
    json::object const& from_;
    bool ok_ = true;
    char const* wrong_ = nullptr;
};

[[nodiscard]] inline std::string indexed(char const* list, std::size_t i) {
    return std::string(list) + '[' + std::to_string(i) + ']';
}

inline constexpr char client_key_field[] = "connection.client_key";
inline constexpr char proxy_credentials_field[] = "connection.proxy_credentials";

[[nodiscard]] inline std::int64_t stored_time(wall_time t) noexcept {
    return t.time_since_epoch().count();
}

// --- webhooks ---

[[nodiscard]] inline json::object body_record(webhook_body const& b) {
    json::object o;
    o["kind"] = b.is_none() ? "none" : b.is_standard() ? "standard" : "text";
    if (!b.is_none() && !b.is_standard())
        o["text"] = b.text();
    return o;
}

[[nodiscard]] inline json::array header_records(webhook const& w) {
    json::array list;
    for (auto const& h : w.headers) {
        json::object o;
        o["name"] = h.name();
        o["secret"] = h.is_secret();
        if (!h.is_secret())
            o["value"] = h.value();
        list.push_back(std::move(o));
    }
    return list;
}

[[nodiscard]] inline json::array signing_records(webhook const& w) {
    json::array list;
    for (auto const& s : w.signing) {
        json::object o;
        o["not_after"] = s.not_after() ? json::value(stored_time(*s.not_after())) : json::value();
        list.push_back(std::move(o));
    }
    return list;
}

[[nodiscard]] inline json::array translation_records(webhook const& w) {
    json::array list;
    for (auto const& t : w.translations) {
        json::object o;
        o["language"] = t.language;
        o["wording"] = t.wording;
        o["description"] = t.description;
        list.push_back(std::move(o));
    }
    return list;
}

[[nodiscard]] inline json::object pace_record(pacing const& p) {
    json::object o;
    o["in_flight"] = p.in_flight;
    o["rate"] = p.rate;
    o["period_ms"] = p.period.count();
    o["in_order"] = p.in_order;
    return o;
}

// Only which of the secrets there are.
[[nodiscard]] inline json::object connection_record(connection_settings const& c) {
    json::object o;
    o["ca"] = c.ca;
    o["client_certificate"] = c.client_certificate;
    o["client_key"] = !c.client_key.empty();
    o["proxy"] = c.proxy;
    o["proxy_credentials"] = !c.proxy_credentials.empty();
    return o;
}

[[nodiscard]] inline json::array sealed_records(std::vector<sealed_secret> const& secrets) {
    json::array list;
    for (auto const& s : secrets) {
        json::object o;
        o["field"] = s.field;
        o["key"] = s.key;
        std::string text;
        base64_encode({reinterpret_cast<unsigned char const*>(s.sealed.data()), s.sealed.size()}, text);
        o["sealed"] = text;
        list.push_back(std::move(o));
    }
    return list;
}

POSTHORN_DECL std::string record_of(webhook const& w, webhook_facts const& facts) {
    json::object o;
    o["wording"] = w.wording;
    o["description"] = w.description;
    o["translations"] = translation_records(w);
    o["active"] = w.active;
    o["url"] = w.url;
    o["method"] = to_string(w.method);
    o["body"] = body_record(w.body);
    o["headers"] = header_records(w);
    o["mode"] = to_string(w.mode);
    o["object"] = w.object;
    o["action"] = w.what ? json::value(to_string(*w.what)) : json::value();
    o["filter"] = w.filter ? json::value(to_text(*w.filter)) : json::value();
    o["condition"] = w.condition;
    o["signing"] = signing_records(w);
    if (w.pace != pacing())
        o["pace"] = pace_record(w.pace);
    if (!w.connection.empty())
        o["connection"] = connection_record(w.connection);
    if (!facts.secrets.empty())
        o["secrets"] = sealed_records(facts.secrets);
    if (facts.activated != 0)
        o["activated"] = static_cast<std::int64_t>(facts.activated);
    if (facts.drafted != 0)
        o["drafted"] = static_cast<std::int64_t>(facts.drafted);
    return json::serialize(o);
}

POSTHORN_DECL std::vector<secret_field> secrets_of(webhook const& w) {
    std::vector<secret_field> all;
    for (std::size_t i = 0; i != w.headers.size(); ++i)
        if (w.headers[i].is_secret())
            all.push_back({indexed("headers", i), w.headers[i].secret_value()});
    for (std::size_t i = 0; i != w.signing.size(); ++i)
        all.push_back({indexed("signing", i), w.signing[i].key()});
    if (!w.connection.client_key.empty())
        all.push_back({client_key_field, w.connection.client_key});
    if (!w.connection.proxy_credentials.empty())
        all.push_back({proxy_credentials_field, w.connection.proxy_credentials});
    return all;
}

// Puts together what was kept apart; a secret that is missing, or that nothing asks for, is an error.
class webhook_reader {
  public:
    webhook_reader(json::object const& from, std::vector<secret_field> secrets)
        : read_(from), secrets_(std::move(secrets)) {}

    [[nodiscard]] webhook read(uuid const& id) {
        webhook w;
        w.id = id;
        w.wording = read_.text("wording");
        w.description = read_.text("description");
        w.active = read_.flag("active");
        w.url = read_.text("url");
        constexpr verb verbs[] = {verb::get, verb::post, verb::put, verb::patch, verb::delete_};
        w.method = read_.one_of("method", read_.text("method"), verbs);
        constexpr call_mode modes[] = {call_mode::fire_and_forget, call_mode::after_commit,
                                       call_mode::in_transaction};
        w.mode = read_.one_of("mode", read_.text("mode"), modes);
        w.object = read_.text("object");
        constexpr action actions[] = {action::created, action::modified, action::deleted};
        if (auto const what = read_.optional_text("action"))
            w.what = read_.one_of("action", *what, actions);
        if (auto const named = read_.optional_text("filter"))
            w.filter = read_.id("filter", *named);
        w.condition = read_.text("condition");
        return w;
    }

    void read_body(json::object const& from, webhook& w) {
        record_reader body(from);
        auto const kind = body.text("kind");
        if (kind == "standard")
            w.body = webhook_body::standard();
        else if (kind == "text")
            w.body = webhook_body(body.text("text"));
        else if (kind != "none")
            body.fail("body");
        take(body, "body");
    }

    void read_pace(json::object const& from, webhook& w) {
        record_reader pace(from);
        w.pace.in_flight = count_of(pace.optional_number("in_flight"));
        w.pace.rate = count_of(pace.optional_number("rate"));
        w.pace.period = std::chrono::milliseconds(count_of(pace.optional_number("period_ms")));
        w.pace.in_order = pace.flag("in_order");
        take(pace, "pace");
    }

    void read_lists(webhook& w) {
        for (auto const& t : read_.optional_list("translations"))
            read_translation(t, w);
        auto const& headers = read_.list("headers");
        for (std::size_t i = 0; i != headers.size(); ++i)
            read_header(headers[i], i, w);
        auto const& signing = read_.list("signing");
        for (std::size_t i = 0; i != signing.size(); ++i)
            read_signing(signing[i], i, w);
    }

    // A record of before has none.
    void read_connection(json::value const* from, webhook& w) {
        if (from == nullptr)
            return;
        if (!from->is_object())
            return read_.fail("connection");
        record_reader settings(from->get_object());
        auto& c = w.connection;
        c.ca = settings.text("ca");
        c.client_certificate = settings.text("client_certificate");
        if (settings.flag("client_key"))
            c.client_key = take_secret(client_key_field);
        c.proxy = settings.text("proxy");
        if (settings.flag("proxy_credentials"))
            c.proxy_credentials = take_secret(proxy_credentials_field);
        take(settings, "connection");
    }

    // A secret that nothing asks for is damage too.
    [[nodiscard]] bool ok() const noexcept { return read_.ok() && used_ == secrets_.size(); }
    [[nodiscard]] char const* wrong() const noexcept { return read_.ok() ? "secrets" : read_.wrong(); }

  private:
    void take(record_reader const& part, char const* name) noexcept {
        if (!part.ok())
            read_.fail(name);
    }

    [[nodiscard]] std::uint32_t count_of(std::optional<std::int64_t> n) noexcept {
        if (!n || *n < 0 || *n > std::numeric_limits<std::uint32_t>::max())
            return read_.fail("pace"), 0;
        return static_cast<std::uint32_t>(*n);
    }

    void read_translation(json::value const& from, webhook& w) {
        if (!from.is_object())
            return read_.fail("translations");
        record_reader texts(from.get_object());
        auto& t = w.translations.emplace_back();
        t.language = texts.text("language");
        t.wording = texts.text("wording");
        t.description = texts.text("description");
        take(texts, "translations");
    }

    void read_header(json::value const& from, std::size_t i, webhook& w) {
        if (!from.is_object())
            return read_.fail("headers");
        record_reader header(from.get_object());
        auto name = header.text("name");
        if (header.flag("secret"))
            w.headers.emplace_back(std::move(name), take_secret(indexed("headers", i)));
        else
            w.headers.emplace_back(std::move(name), header.text("value"));
        take(header, "headers");
    }

    void read_signing(json::value const& from, std::size_t i, webhook& w) {
        if (!from.is_object())
            return read_.fail("signing");
        record_reader key(from.get_object());
        std::optional<wall_time> not_after;
        if (auto const until = key.optional_number("not_after"))
            not_after = wall_time(std::chrono::nanoseconds(*until));
        w.signing.emplace_back(take_secret(indexed("signing", i)), not_after);
        take(key, "signing");
    }

    [[nodiscard]] secret take_secret(std::string const& field) {
        for (auto& s : secrets_)
            if (s.field == field) {
                ++used_;
                return std::move(s.value);
            }
        read_.fail("secrets");
        return secret();
    }

    record_reader read_;
    std::vector<secret_field> secrets_;
    std::size_t used_ = 0;
};

// Records have few levels; of a damaged one, more are followed to what can still be read of it.
inline constexpr std::size_t deepest_record = 8;
inline constexpr std::size_t deepest_damage = 512;

// A number beyond the range of double reads as infinite, and would be written as what is not JSON.
[[nodiscard]] inline bool can_be_written(json::value const& v) {
    using double_limits = std::numeric_limits<double>;
    if (v.is_double())
        return v.get_double() >= double_limits::lowest() && v.get_double() <= double_limits::max();
    if (v.is_array())
        return std::ranges::all_of(v.get_array(), can_be_written);
    if (v.is_object())
        return std::ranges::all_of(v.get_object(), [](auto const& m) { return can_be_written(m.value()); });
    return true;
}

[[nodiscard]] inline std::optional<json::object> object_of(std::string_view record, bool lenient = false) {
    json::parse_options options;
    options.max_depth = lenient ? deepest_damage : deepest_record;
    options.allow_invalid_utf8 = lenient;
    error_code ec;
    auto parsed = json::parse({record.data(), record.size()}, ec, {}, options);
    if (ec || !parsed.is_object() || (!lenient && !can_be_written(parsed)))
        return std::nullopt;
    return std::move(parsed.get_object());
}

// What a damaged record is refused with; `where` says which member is to blame.
[[nodiscard]] inline error_code damage(char const* member, std::string* where) {
    if (where != nullptr)
        *where = member;
    return errc::bad_record;
}

POSTHORN_DECL result<webhook> webhook_of(uuid const& id, std::string_view record,
                                         std::vector<secret_field> secrets, std::string* where) {
    auto const object = object_of(record);
    if (!object)
        return damage("", where);
    auto const* const body = object->if_contains("body");
    if (body == nullptr || !body->is_object())
        return damage("body", where);
    webhook_reader reader(*object, std::move(secrets));
    auto w = reader.read(id);
    reader.read_body(body->get_object(), w);
    if (auto const* const pace = object->if_contains("pace")) {
        if (!pace->is_object())
            return damage("pace", where);
        reader.read_pace(pace->get_object(), w);
    }
    reader.read_lists(w);
    reader.read_connection(object->if_contains("connection"), w);
    if (!reader.ok())
        return damage(reader.wrong(), where);
    return w;
}

POSTHORN_DECL result<webhook_facts> facts_of(std::string_view record, std::string* where) {
    auto const object = object_of(record);
    if (!object)
        return damage("", where);
    record_reader read(*object);
    webhook_facts facts;
    for (auto const& one : read.optional_list("secrets")) {
        if (!one.is_object())
            return damage("secrets", where);
        record_reader part(one.get_object());
        auto& s = facts.secrets.emplace_back();
        s.field = part.text("field");
        s.key = part.text("key");
        if (!base64_decode(part.text("sealed"), s.sealed) || !part.ok())
            return damage("secrets", where);
    }
    facts.activated = read.count("activated");
    facts.drafted = read.count("drafted");
    if (!read.ok())
        return damage(read.wrong(), where);
    return facts;
}

POSTHORN_DECL result<std::string> deactivated(std::string_view record) {
    auto object = object_of(record);
    if (!object)
        return error_code(errc::bad_record);
    (*object)["active"] = false;
    return json::serialize(*object);
}

POSTHORN_DECL result<std::string> with_secrets(std::string_view record, std::uint64_t revision,
                                               std::vector<sealed_secret> const& secrets) {
    auto object = object_of(record);
    if (!object)
        return error_code(errc::bad_record);
    (*object)["secrets"] = sealed_records(secrets);
    auto const* const drafted = object->if_contains("drafted");
    if (drafted != nullptr && drafted->is_int64() &&
        drafted->get_int64() == static_cast<std::int64_t>(revision))
        (*object)["drafted"] = static_cast<std::int64_t>(revision + 1);
    return json::serialize(*object);
}

POSTHORN_DECL event_selector selector_of(std::string_view record) {
    event_selector found;
    auto const object = object_of(record, true);
    if (!object)
        return found;
    auto const text = [&](char const* name) {
        auto const* const v = object->if_contains(name);
        return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
    };
    found.object = text("object");
    found.filter = parse_id(text("filter"));
    if (auto const* const active = object->if_contains("active"))
        found.active = !active->is_bool() || active->get_bool();
    auto const named = text("action");
    for (auto const a : {action::created, action::modified, action::deleted})
        if (to_string(a) == named)
            found.what = a;
    auto const mode = text("mode");
    for (auto const m : {call_mode::after_commit, call_mode::in_transaction})
        if (to_string(m) == mode)
            found.mode = m;
    return found;
}

// --- what can be stored ---

POSTHORN_DECL bool is_storable(std::string_view text) noexcept {
    while (!text.empty()) {
        auto const length = utf8_length(text);
        if (length == 0 || text.front() == '\0')
            return false;
        text.remove_prefix(length);
    }
    return true;
}

// Texts by their fields; each error is told once. Of very many, the first say enough.
class storable_check {
  public:
    explicit storable_check(field_errors& errors) noexcept : errors_(errors) {}

    void run(std::string const& field, std::string_view text) {
        constexpr std::size_t most = 100;
        if (told_ == most || is_storable(text))
            return;
        if (std::ranges::any_of(errors_, [&](auto const& e) { return e.field() == field; }))
            return;
        errors_.add(field, message_id::not_utf8);
        ++told_;
    }

  private:
    field_errors& errors_;
    std::size_t told_ = 0;
};

POSTHORN_DECL void check_storable(webhook const& w, field_errors& errors) {
    storable_check check(errors);
    check.run("wording", w.wording);
    check.run("description", w.description);
    for (auto const& t : w.translations) {
        check.run("translations." + t.language + ".wording", t.language);
        check.run("translations." + t.language + ".wording", t.wording);
        check.run("translations." + t.language + ".description", t.description);
    }
    check.run("url", w.url);
    check.run("body", w.body.text());
    for (std::size_t i = 0; i != w.headers.size(); ++i) {
        check.run(indexed("headers", i), w.headers[i].name());
        check.run(indexed("headers", i), w.headers[i].value());
    }
    check.run("event", w.object);
    check.run("condition", w.condition);
    check.run("connection.ca", w.connection.ca);
    check.run("connection.client_certificate", w.connection.client_certificate);
    check.run("connection.proxy", w.connection.proxy);
}

POSTHORN_DECL void check_storable(filter const& f, field_errors& errors) {
    storable_check check(errors);
    check.run("name", f.name);
    for (auto const& t : f.translations) {
        check.run("translations." + t.language + ".name", t.language);
        check.run("translations." + t.language + ".name", t.name);
    }
    check.run("object", f.object);
    check.run("expression", f.expression);
    check.run("owner", f.owner);
}

// --- settings ---

POSTHORN_DECL std::string record_of_text(std::string_view text) {
    return json::serialize(json::string(text.data(), text.size()));
}

POSTHORN_DECL result<std::string> text_of_record(std::string_view record) {
    error_code ec;
    auto const parsed = json::parse({record.data(), record.size()}, ec);
    if (ec || !parsed.is_string())
        return error_code(errc::bad_record);
    return std::string(parsed.get_string());
}

// --- history ---

POSTHORN_DECL std::string record_of(history_entry const& e) {
    json::array list;
    for (auto const& c : e.changes) {
        json::object o;
        o["field"] = c.field;
        o["from"] = c.from;
        o["to"] = c.to;
        list.push_back(std::move(o));
    }
    json::object record;
    record["time"] = stored_time(e.time);
    record["user"] = e.user;
    record["action"] = to_string(e.what);
    record["changes"] = std::move(list);
    return json::serialize(record);
}

[[nodiscard]] inline bool read_entry(json::object const& from, history_entry& e) {
    record_reader read(from);
    constexpr history_action actions[] = {history_action::created, history_action::changed,
                                          history_action::deleted, history_action::disabled,
                                          history_action::tested,  history_action::redelivered};
    if (auto const time = read.optional_number("time"))
        e.time = wall_time(std::chrono::nanoseconds(*time));
    else
        read.fail("time");
    e.user = read.text("user");
    e.what = read.one_of("action", read.text("action"), actions);
    for (auto const& one : read.list("changes")) {
        if (!one.is_object())
            return false;
        record_reader change(one.get_object());
        auto& c = e.changes.emplace_back();
        c.field = change.text("field");
        c.from = change.text("from");
        c.to = change.text("to");
        if (!change.ok())
            return false;
    }
    return read.ok();
}

POSTHORN_DECL history_entry entry_of(history_record const& stored) {
    history_entry e;
    auto const id = parse_id(stored.key);
    auto const object = object_of(stored.value);
    bool const known = static_cast<std::size_t>(stored.kind) < record_kind_count;
    bool const good = known && id && object && read_entry(*object, e);
    if (!good)
        e = history_entry();
    e.damaged = !good;
    if (!good)
        e.stored = stored.value;
    e.number = stored.number;
    e.kind = stored.kind;
    e.subject = id.value_or(uuid());
    return e;
}

// --- filters ---

POSTHORN_DECL std::string record_of(filter const& f) {
    json::object o;
    o["name"] = f.name;
    json::array translations;
    for (auto const& t : f.translations) {
        json::object one;
        one["language"] = t.language;
        one["name"] = t.name;
        translations.push_back(std::move(one));
    }
    o["translations"] = std::move(translations);
    o["object"] = f.object;
    o["expression"] = f.expression;
    o["owner"] = f.owner;
    o["public"] = f.is_public;
    return json::serialize(o);
}

POSTHORN_DECL result<filter> filter_of(uuid const& id, std::string_view record, std::string* where) {
    auto const object = object_of(record);
    if (!object)
        return damage("", where);
    record_reader read(*object);
    filter f;
    f.id = id;
    f.name = read.text("name");
    for (auto const& one : read.optional_list("translations")) {
        if (!one.is_object())
            return damage("translations", where);
        record_reader texts(one.get_object());
        auto& t = f.translations.emplace_back();
        t.language = texts.text("language");
        t.name = texts.text("name");
        if (!texts.ok())
            return damage("translations", where);
    }
    f.object = read.text("object");
    f.expression = read.text("expression");
    f.owner = read.text("owner");
    f.is_public = read.flag("public");
    if (!read.ok())
        return damage(read.wrong(), where);
    return f;
}

} // namespace posthorn::detail
