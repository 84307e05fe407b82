// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "command.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <utility>

namespace monitor {

namespace {

// What can be typed after an area and a verb. Options take a value, but for those with `!`, and are typed at
// most once, but for those with `+`; `-*` stands for a language.
struct syntax {
    std::string_view area;
    std::string_view verb;
    std::size_t least;
    std::size_t most;
    std::string_view options;
    // More of them, which several commands share.
    std::string_view shared = {};
};

constexpr std::string_view none = "";
constexpr std::string_view form_options =
    "wording wording-* description description-* active url verb body default-body! header+ secret-header+ "
    "remove-header+ synchronous transaction event filter condition new-key! remove-key ca client-certificate "
    "client-key proxy proxy-credentials in-flight rate rate-seconds in-order";
constexpr std::string_view filter_options = "name name-* criterion+ expression public! private!";

// Options that contradict each other.
constexpr std::pair<std::string_view, std::string_view> opposites[] = {
    {"public", "private"}, {"body", "default-body"}, {"text", "all"}, {"expression", "criterion"}};

constexpr syntax all_commands[] = {
    {"webhooks", "list", 0, 0, "text all! limit after"},
    {"webhooks", "show", 1, 1, none},
    {"webhooks", "create", 0, 0, none, form_options},
    {"webhooks", "edit", 1, 1, "revision", form_options},
    {"webhooks", "test", 0, 1, "project phase user action text limit after", form_options},
    {"webhooks", "delete", 1, 1, none},
    {"webhooks", "history", 1, 1, "limit before"},
    {"filters", "list", 0, 0, "object"},
    {"filters", "show", 1, 1, none},
    {"filters", "create", 0, 0, "object", filter_options},
    {"filters", "edit", 1, 1, none, filter_options},
    {"filters", "delete", 1, 1, none},
    {"filters", "default", 1, 1, none},
    {"filters", "fields", 1, 1, none},
    {"lists", "list", 0, 0, none},
    {"lists", "create", 0, 0, "name contains public!"},
    {"lists", "edit", 1, 1, "name contains public! private!"},
    {"lists", "delete", 1, 1, none},
    {"lists", "select", 1, 1, none},
    {"lists", "text", 1, 1, none},
    {"lists", "deselect", 0, 0, none},
    {"lists", "default", 1, 1, none},
    {"lists", "begin", 0, 0, none},
    {"orders", "list", 0, 0, "text status completed! limit before"},
    {"orders", "show", 1, 1, none},
    {"orders", "redeliver", 1, 1, "now!"},
    {"orders", "cancel", 1, 1, none},
    {"orders", "pause", 1, 1, none},
    {"orders", "resume", 1, 1, none},
    {"history", "verify", 0, 0, "checkpoint"},
    {"rights", "list", 0, 1, none},
    {"rights", "grant", 2, 11, none},
    {"rights", "revoke", 2, 11, none},
    // Without a verb.
    {"languages", "", 0, 1, none},
    {"ports", "", 0, 1, none},
};

[[noreturn]] void fail(std::string const& english, std::string french) {
    throw wrong_usage(english, std::move(french));
}

std::string name_of(syntax const& s) {
    return std::string(s.area) + (s.verb.empty() ? "" : " ") + std::string(s.verb);
}

template <class Visit>
void each_option(syntax const& s, Visit visit) {
    for (auto rest : {s.options, s.shared})
        while (!rest.empty()) {
            auto const name = rest.substr(0, rest.find(' '));
            visit(name);
            rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        }
}

bool is_named(std::string_view known, std::string_view typed) {
    if (!known.ends_with('*'))
        return known.substr(0, known.find_first_of("!+")) == typed;
    known.remove_suffix(1);
    return typed.starts_with(known) && typed.size() > known.size();
}

// The option as the syntax has it.
std::string_view find_option(syntax const& s, std::string_view typed) {
    std::string_view found;
    std::string names;
    each_option(s, [&](std::string_view known) {
        if (is_named(known, typed))
            found = known;
        names.append(names.empty() ? "--" : ", --").append(known.substr(0, known.find_first_of("!+")));
    });
    if (found.empty())
        fail("`" + name_of(s) + "` has no option --" + std::string(typed) +
                 (names.empty() ? "; leave it out" : "; it has " + names),
             "`" + name_of(s) + "` n'a pas d'option --" + std::string(typed) +
                 (names.empty() ? " ; omettez-la" : " ; ses options : " + names));
    return found;
}

syntax const& find_syntax(std::string const& area, std::string const& verb) {
    std::string verbs;
    for (auto const& s : all_commands) {
        if (s.area != area)
            continue;
        if (s.verb.empty() || s.verb == verb)
            return s;
        verbs.append(verbs.empty() ? "" : ", ").append(s.verb);
    }
    fail((verb.empty() ? "`" + area + "` takes a verb" : "`" + area + "` has no `" + verb + "`") +
             "; choose one of " + verbs,
         (verb.empty() ? "`" + area + "` attend un verbe" : "`" + area + "` n'a pas de `" + verb + "`") +
             " ; choisissez parmi " + verbs);
}

void check_operands(syntax const& s, command const& c) {
    if (c.operands.size() < s.least && s.area == "rights")
        fail("`" + name_of(s) + "` takes a login and some rights behind it; `rights list` shows both",
             "`" + name_of(s) +
                 "` attend un identifiant de connexion et des droits ; `rights list` montre les deux");
    if (c.operands.size() < s.least)
        fail("`" + name_of(s) + "` takes an id, a name or a text behind it; --help shows which",
             "`" + name_of(s) + "` attend un identifiant, un nom ou un texte ; --help indique lequel");
    if (c.operands.size() > s.most)
        fail("`" + c.operands[s.most] + "` is too much for `" + name_of(s) +
                 "`; put a text of several words in quotes",
             "`" + c.operands[s.most] + "` est de trop pour `" + name_of(s) +
                 "` ; mettez un texte de plusieurs mots entre guillemets");
}

void check_options(command const& c) {
    for (auto const& [one, other] : opposites)
        if (c.has(one) && c.has(other))
            fail("--" + std::string(one) + " and --" + std::string(other) +
                     " contradict each other; leave one of them out",
                 "--" + std::string(one) + " et --" + std::string(other) +
                     " se contredisent ; omettez l'une");
}

class reader {
  public:
    reader(int argc, char const* const* argv) : words_(argv + 1, argv + argc) {}

    [[nodiscard]] command read() {
        if (std::ranges::find(words_, "--help") != words_.end()) {
            c_.help = true;
            return c_;
        }
        c_.area = words_[at_++];
        bool const has_verb = at_ != words_.size() && !words_[at_].starts_with("--");
        auto const verb = has_verb ? words_[at_] : std::string();
        auto const& s = find_syntax(c_.area, verb);
        c_.verb = s.verb;
        at_ += s.verb.empty() ? 0U : 1U;
        for (; at_ != words_.size(); ++at_)
            words_[at_].starts_with("--") ? option(s, words_[at_].substr(2))
                                          : c_.operands.push_back(words_[at_]);
        check_operands(s, c_);
        check_options(c_);
        if (c_.language != "en" && c_.language != "fr" && !c_.language.starts_with("en-") &&
            !c_.language.starts_with("fr-"))
            fail("--lang takes en or fr", "--lang attend en ou fr");
        if (c_.data.empty())
            fail("`" + name_of(s) + "` needs --data FILE, the database",
                 "`" + name_of(s) + "` attend --data FICHIER, la base de données");
        if (c_.key_file.empty())
            c_.key_file = c_.data + ".key";
        return c_;
    }

  private:
    void option(syntax const& s, std::string const& name) {
        if (name == "json") {
            c_.json = true;
            return;
        }
        bool const is_common = name == "data" || name == "key-file" || name == "as" || name == "lang";
        auto const known = is_common ? std::string_view() : find_option(s, name);
        if (!known.ends_with('+') && !typed_.insert(name).second)
            fail("--" + name + " stands there twice; leave one of them out",
                 "--" + name + " figure deux fois ; omettez-en une");
        if (name == "data")
            c_.data = value(name);
        else if (name == "key-file")
            c_.key_file = value(name);
        else if (name == "as")
            c_.as = value(name);
        else if (name == "lang")
            c_.language = value(name);
        else
            c_.options.emplace_back(name, known.ends_with('!') ? std::string() : value(name));
    }

    std::string const& value(std::string const& name) {
        if (++at_ == words_.size())
            fail("--" + name + " takes a value; write it behind the option",
                 "--" + name + " attend une valeur ; écrivez-la derrière l'option");
        return words_[at_];
    }

    std::vector<std::string> words_;
    std::size_t at_ = 0;
    std::set<std::string> typed_;
    command c_;
};

} // namespace

std::optional<std::string> command::value(std::string_view option) const {
    auto const it =
        std::find_if(options.begin(), options.end(), [&](auto const& o) { return o.first == option; });
    return it == options.end() ? std::nullopt : std::optional(it->second);
}

std::string command::value_or(std::string_view option, std::string otherwise) const {
    return value(option).value_or(std::move(otherwise));
}

std::uint64_t command::number_or(std::string_view option, std::uint64_t otherwise) const {
    auto const typed = value(option);
    if (!typed)
        return otherwise;
    std::uint64_t n = 0;
    auto const* const end = typed->data() + typed->size();
    auto const read = std::from_chars(typed->data(), end, n);
    if (read.ec != std::errc() || read.ptr != end)
        fail("--" + std::string(option) + " takes a number, such as 50",
             "--" + std::string(option) + " attend un nombre, par exemple 50");
    return n;
}

std::size_t command::limit_or(std::size_t otherwise) const {
    auto const n = number_or("limit", otherwise);
    if (n == 0)
        fail("--limit takes a number from 1", "--limit attend un nombre à partir de 1");
    return static_cast<std::size_t>(n);
}

std::optional<bool> command::yes_or_no(std::string_view option) const {
    auto const typed = value(option);
    if (!typed)
        return std::nullopt;
    if (*typed != "yes" && *typed != "no")
        fail("--" + std::string(option) + " takes yes or no",
             "--" + std::string(option) + " attend yes ou no");
    return *typed == "yes";
}

std::optional<std::string> command::operand() const {
    return operands.empty() ? std::nullopt : std::optional(operands.front());
}

std::vector<std::string> split_list(std::string_view typed) {
    std::vector<std::string> parts;
    for (;;) {
        auto const comma = typed.find(',');
        parts.emplace_back(typed.substr(0, comma));
        if (comma == std::string_view::npos)
            return parts;
        typed.remove_prefix(comma + 1);
    }
}

bool is_same_word(std::string_view a, std::string_view b) noexcept {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_command(int argc, char const* const* argv) {
    return argc > 1 && std::any_of(std::begin(all_commands), std::end(all_commands),
                                   [&](syntax const& s) { return s.area == argv[1]; });
}

std::string language_asked(int argc, char const* const* argv) {
    std::string language = "en";
    for (int i = 1; i + 1 < argc; ++i)
        if (std::string_view(argv[i]) == "--lang")
            language = argv[i + 1];
    return language;
}

command read_command(int argc, char const* const* argv) {
    return reader(argc, argv).read();
}

} // namespace monitor
