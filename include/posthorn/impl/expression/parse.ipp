// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/detail/text/real_number.hpp>
#include <posthorn/expression/parse.hpp>
#include <posthorn/expression/print.hpp>
#include <posthorn/expression/suggestion.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace posthorn::detail {

enum class token_kind : std::uint8_t { end, name, integer, unsigned_integer, real, text, sign };

struct token {
    token_kind kind = token_kind::end;
    std::size_t offset = 0;
    // As written; of a text literal what it means.
    std::string_view written;
    std::string text;
    std::uint64_t magnitude = 0;
    double real = 0;
};

// Reads the escapes of a text literal, which are CEL's.
class escape_reader {
  public:
    // `at` stands behind the backslash; empty: no such escape.
    [[nodiscard]] static std::optional<std::string> read(std::string_view text, std::size_t& at) {
        if (at == text.size())
            return std::nullopt;
        constexpr std::string_view names = "abfnrtv\\?\"'`";
        constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\?\"'`";
        char const c = text[at++];
        if (auto const i = names.find(c); i != names.npos)
            return std::string(1, meanings[i]);
        switch (c) {
        case 'x':
        case 'X':
            return number(text, at, 2, 16);
        case 'u':
            return number(text, at, 4, 16);
        case 'U':
            return number(text, at, 8, 16);
        case '0':
        case '1':
        case '2':
        case '3':
            return number(text, --at, 3, 8);
        default:
            return std::nullopt;
        }
    }

  private:
    // A Unicode character by its number.
    [[nodiscard]] static std::optional<std::string> number(std::string_view text, std::size_t& at,
                                                           std::size_t digits, int base) {
        std::uint32_t code = 0;
        auto const* const begin = text.data() + at;
        if (text.size() - at < digits)
            return std::nullopt;
        auto const done = std::from_chars(begin, begin + digits, code, base);
        if (done.ec != std::errc() || done.ptr != begin + digits || code > 0x10ffff ||
            (code >= 0xd800 && code <= 0xdfff))
            return std::nullopt;
        at += digits;
        std::string out;
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else {
            unsigned const tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
            constexpr unsigned leads[] = {0, 0xc0, 0xe0, 0xf0};
            out += static_cast<char>(leads[tails] | (code >> (6 * tails)));
            for (unsigned i = tails; i-- != 0;)
                out += static_cast<char>(0x80U | ((code >> (6 * i)) & 0x3fU));
        }
        return out;
    }
};

// Cuts a text into tokens. The first error stays; from then on there is only the end.
class expression_lexer {
  public:
    expression_lexer(std::string_view source, std::size_t begin, std::size_t end)
        : source_(source), text_(source.substr(0, end)), at_(begin) {}

    [[nodiscard]] token next() {
        while (at_ != text_.size() && is_blank(text_[at_]))
            ++at_;
        token made;
        made.offset = at_;
        if (error_ || at_ == text_.size())
            return made;
        char const c = text_[at_];
        if (is_letter(c))
            name(made);
        else if (is_digit(c) || (c == '.' && at_ + 1 != text_.size() && is_digit(text_[at_ + 1])))
            number(made);
        else if (c == '"' || c == '\'')
            text(made, c);
        else
            sign(made);
        if (error_)
            return end_token();
        made.written = text_.substr(made.offset, at_ - made.offset);
        return made;
    }

    void fail(std::size_t offset, message what) {
        if (!error_)
            error_.emplace(source_, offset, std::move(what));
    }

    [[nodiscard]] token end_token() const {
        token made;
        made.offset = text_.size();
        return made;
    }

    [[nodiscard]] std::optional<expression_error>& error() noexcept { return error_; }

  private:
    [[nodiscard]] static bool is_blank(char c) noexcept {
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
    }
    [[nodiscard]] static bool is_letter(char c) noexcept {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }
    [[nodiscard]] static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    [[nodiscard]] std::size_t skip_digits(std::size_t at) const noexcept {
        while (at != text_.size() && is_digit(text_[at]))
            ++at;
        return at;
    }

    // Letters and digits.
    [[nodiscard]] std::string_view word_at(std::size_t at) const noexcept {
        auto end = at;
        while (end != text_.size() && (is_letter(text_[end]) || is_digit(text_[end])))
            ++end;
        return text_.substr(at, end - at);
    }

    void name(token& made) {
        made.kind = token_kind::name;
        at_ += word_at(at_).size();
    }

    void number(token& made) {
        if (text_.substr(at_, 2) == "0x" || text_.substr(at_, 2) == "0X")
            return integer(made, at_ + 2, hex_end(at_ + 2), 16);
        auto end = skip_digits(at_);
        bool real = false;
        if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
            end = skip_digits(end + 1);
            real = true;
        }
        if (end != text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
            auto const digits = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-')
                                    ? end + 2
                                    : end + 1;
            if (skip_digits(digits) != digits) {
                end = skip_digits(digits);
                real = true;
            }
        }
        if (!real)
            return integer(made, at_, end, 10);
        made.kind = token_kind::real;
        auto const written = text_.substr(at_, end - at_);
        if (auto const n = real_number(written))
            made.real = *n;
        else
            fail(at_, {message_id::number_not_real, {in_backticks(written)}});
        finish_number(end);
    }

    [[nodiscard]] std::size_t hex_end(std::size_t at) const noexcept {
        while (at != text_.size() && (is_digit(text_[at]) || (text_[at] >= 'a' && text_[at] <= 'f') ||
                                      (text_[at] >= 'A' && text_[at] <= 'F')))
            ++at;
        return at;
    }

    void integer(token& made, std::size_t begin, std::size_t end, int base) {
        made.kind = token_kind::integer;
        auto const done = std::from_chars(text_.data() + begin, text_.data() + end, made.magnitude, base);
        if (done.ec != std::errc())
            fail(at_, {message_id::number_not_integer, {in_backticks(text_.substr(at_, end - at_))}});
        if (end != text_.size() && (text_[end] == 'u' || text_[end] == 'U')) {
            made.kind = token_kind::unsigned_integer;
            ++end;
        }
        finish_number(end);
    }

    void finish_number(std::size_t end) {
        if (end != text_.size() && (is_letter(text_[end]) || is_digit(text_[end])))
            fail(end, {message_id::number_followed, {in_backticks(word_at(end))}});
        at_ = end;
    }

    void text(token& made, char quote) {
        made.kind = token_kind::text;
        auto const begin = at_++;
        while (at_ != text_.size() && text_[at_] != quote) {
            if (text_[at_] == '\\') {
                auto const escape = at_++;
                auto const meaning = escape_reader::read(text_, at_);
                if (!meaning)
                    return fail(escape, message_id::unknown_escape);
                made.text += *meaning;
                continue;
            }
            auto const length = utf8_length(text_.substr(at_));
            if (length == 0 || text_[at_] == '\n' || text_[at_] == '\r')
                return fail(at_, length == 0 ? message_id::not_utf8 : message_id::text_over_lines);
            made.text += text_.substr(at_, length);
            at_ += length;
        }
        if (at_ == text_.size())
            return fail(begin, {message_id::text_without_end, {std::string(1, quote)}});
        ++at_;
    }

    void sign(token& made) {
        made.kind = token_kind::sign;
        constexpr std::string_view two[] = {"==", "!=", "<=", ">=", "&&", "||"};
        for (auto const s : two)
            if (text_.substr(at_, 2) == s) {
                at_ += 2;
                return;
            }
        char const c = text_[at_];
        if (c == '=')
            return fail(at_, message_id::single_equals);
        if (c == '&' || c == '|')
            return fail(at_, {message_id::single_sign, {std::string(2, c)}});
        if (std::string_view("<>!+-*/%?:.,()[]").find(c) == std::string_view::npos) {
            auto const length = std::max<std::size_t>(utf8_length(text_.substr(at_)), 1);
            return fail(at_, {message_id::unexpected, {in_backticks(text_.substr(at_, length))}});
        }
        ++at_;
    }

    std::string_view source_;
    std::string_view text_;
    std::size_t at_;
    std::optional<expression_error> error_;
};

// Recursive descent, one function per level of binding. After an error every function returns at once, since
// there are no more tokens.
class expression_parser {
  public:
    using outcome = boost::system::result<syntax_node, expression_error>;

    expression_parser(std::string_view source, std::size_t begin, std::size_t end)
        : lexer_(source, begin, end), begin_(begin), end_(end) {}

    [[nodiscard]] outcome run() {
        if (end_ - begin_ > max_expression_length)
            lexer_.fail(begin_ + max_expression_length, message_id::expression_too_long);
        advance();
        auto whole = conditional();
        if (token_.kind != token_kind::end)
            fail({message_id::operator_missing, {in_backticks(token_.written)}});
        // What is stored is the canonical text, so that must keep to the bounds too.
        if (!lexer_.error() && !nesting_fits(whole))
            fail(begin_, message_id::nested_too_deep);
        if (!lexer_.error() && print_expression(whole).size() > max_expression_length)
            fail(begin_, message_id::canonical_too_long);
        if (lexer_.error())
            return *std::move(lexer_.error());
        return whole;
    }

  private:
    void advance() { token_ = lexer_.next(); }

    syntax_node fail(message what) { return fail(token_.offset, std::move(what)); }

    syntax_node fail(std::size_t offset, message what) {
        lexer_.fail(offset, std::move(what));
        token_ = lexer_.end_token();
        return null_node();
    }

    [[nodiscard]] bool at_sign(std::string_view sign) const noexcept {
        return token_.kind == token_kind::sign && token_.written == sign;
    }

    [[nodiscard]] bool take(std::string_view sign) {
        if (!at_sign(sign))
            return false;
        advance();
        return true;
    }

    // The sign that must stand here.
    void expect(std::string_view sign, message_id after) {
        if (!take(sign))
            fail({message_id::sign_missing, {sign, message(after)}});
    }

    // Counts how deep the parser is; false: too deep, which is an error.
    class level {
      public:
        explicit level(expression_parser& p) : parser_(p), fits_(++p.depth_ <= max_expression_nesting) {
            if (!fits_)
                p.fail(message_id::nested_too_deep);
        }
        level(level const&) = delete;
        level& operator=(level const&) = delete;
        ~level() { --parser_.depth_; }
        [[nodiscard]] explicit operator bool() const noexcept { return fits_; }

      private:
        expression_parser& parser_;
        bool fits_;
    };

    syntax_node conditional() {
        auto condition = disjunction();
        if (!at_sign("?"))
            return condition;
        level const deeper(*this);
        if (!deeper)
            return condition;
        advance();
        auto yes = disjunction();
        expect(":", message_id::first_choice);
        auto no = conditional();
        return conditional_node(std::move(condition), std::move(yes), std::move(no));
    }

    syntax_node disjunction() {
        auto left = conjunction();
        while (take("||"))
            left = logical_node(syntax_kind::any, std::move(left), conjunction());
        return left;
    }

    syntax_node conjunction() {
        auto left = relation();
        while (take("&&"))
            left = logical_node(syntax_kind::all, std::move(left), relation());
        return left;
    }

    [[nodiscard]] std::optional<symbol> relation_sign() const noexcept {
        for (auto const s : {symbol::equal, symbol::not_equal, symbol::less, symbol::less_equal,
                             symbol::greater, symbol::greater_equal})
            if (at_sign(to_string(s)))
                return s;
        if (token_.kind == token_kind::name && token_.written == "in")
            return symbol::in;
        return std::nullopt;
    }

    syntax_node relation() {
        auto left = sum();
        auto const sign = relation_sign();
        if (!sign)
            return left;
        advance();
        bool const in_list = *sign == symbol::in && at_sign("[");
        auto right = in_list ? list() : sum();
        if (relation_sign())
            fail(message_id::comparisons_in_a_row);
        return relation_node(*sign, std::move(left), std::move(right));
    }

    syntax_node list() {
        auto const offset = token_.offset;
        advance();
        auto elements = sequence("]", message_id::list_elements);
        if (elements.size() > max_list_elements)
            return fail(offset, message_id::too_many_elements);
        auto made = list_node(std::move(elements));
        made.offset = offset;
        return made;
    }

    // Expressions between commas, up to the closing sign.
    std::vector<syntax_node> sequence(std::string_view close, message_id elements) {
        std::vector<syntax_node> all;
        level const deeper(*this);
        if (!deeper || take(close))
            return all;
        do
            all.push_back(conditional());
        while (take(","));
        expect(close, elements);
        return all;
    }

    syntax_node sum() {
        auto left = product();
        while (at_sign("+") || at_sign("-")) {
            auto const s = at_sign("+") ? symbol::add : symbol::subtract;
            advance();
            left = arithmetic_node(s, std::move(left), product());
        }
        return left;
    }

    syntax_node product() {
        auto left = unary();
        while (at_sign("*") || at_sign("/") || at_sign("%")) {
            auto const s = at_sign("*")   ? symbol::multiply
                           : at_sign("/") ? symbol::divide
                                          : symbol::remainder;
            advance();
            left = arithmetic_node(s, std::move(left), unary());
        }
        return left;
    }

    syntax_node unary() {
        bool const minus = at_sign("-");
        if (!minus && !at_sign("!"))
            return postfix();
        auto const offset = token_.offset;
        advance();
        auto made = minus && (token_.kind == token_kind::integer || token_.kind == token_kind::real)
                        ? negative_number()
                        : nested_unary(minus);
        made.offset = offset;
        return made;
    }

    syntax_node negative_number() {
        // The one integer whose magnitude alone does not fit.
        if (token_.kind == token_kind::integer && token_.magnitude == std::uint64_t{1} << 63) {
            advance();
            return literal_node(std::numeric_limits<std::int64_t>::min());
        }
        return negate_node(postfix());
    }

    syntax_node nested_unary(bool minus) {
        level const deeper(*this);
        if (!deeper)
            return null_node();
        auto operand = unary();
        return minus ? negate_node(std::move(operand)) : invert_node(std::move(operand));
    }

    // A primary and the methods called on it.
    syntax_node postfix() {
        auto made = primary();
        while (take(".")) {
            auto const name = token_;
            if (name.kind != token_kind::name)
                return fail(message_id::name_missing);
            advance();
            if (!at_sign("("))
                return fail(name.offset, message_id::field_of_no_path);
            made = method(std::move(made), name);
        }
        return made;
    }

    syntax_node method(syntax_node receiver, token const& name) {
        auto const f = function_named(name);
        if (!f)
            return null_node();
        if (!is_method(*f) && *f != function::size && *f != function::lower && *f != function::upper)
            return fail(name.offset, {message_id::function_no_method, {name.written}});
        advance();
        auto const offset = receiver.offset;
        auto operands = sequence(")", message_id::call_elements);
        operands.insert(operands.begin(), std::move(receiver));
        return called(*f, std::move(operands), name, offset);
    }

    syntax_node called(function f, std::vector<syntax_node> operands, token const& name, std::size_t offset) {
        std::size_t const wanted = is_method(f) ? 2 : 1;
        if (operands.size() != wanted)
            return fail(name.offset, {message_id::one_argument, {in_backticks(name.written)}});
        auto made = call_node(f, std::move(operands));
        made.offset = offset;
        return made;
    }

    [[nodiscard]] std::optional<function> function_named(token const& name) {
        std::vector<std::string_view> known;
        for (auto i = std::size_t{0}; i <= static_cast<std::size_t>(function::to_text); ++i) {
            known.push_back(to_string(static_cast<function>(i)));
            if (known.back() == name.written)
                return static_cast<function>(i);
        }
        fail(name.offset,
             {message_id::unknown_function, {in_backticks(name.written), suggestion(name.written, known)}});
        return std::nullopt;
    }

    syntax_node primary() {
        auto const offset = token_.offset;
        auto made = primary_here();
        made.offset = offset;
        return made;
    }

    syntax_node primary_here() {
        switch (token_.kind) {
        case token_kind::name:
            return name_or_call();
        case token_kind::integer:
            if (token_.magnitude > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
                return fail({message_id::number_needs_suffix, {in_backticks(token_.written)}});
            return literal(literal_node(static_cast<std::int64_t>(token_.magnitude)));
        case token_kind::unsigned_integer:
            return literal(literal_node(token_.magnitude));
        case token_kind::real:
            return literal(literal_node(token_.real));
        case token_kind::text:
            return literal(literal_node(std::string_view(token_.text)));
        case token_kind::end:
            return fail(message_id::expression_missing);
        default:
            return parentheses();
        }
    }

    syntax_node literal(syntax_node made) {
        advance();
        return made;
    }

    syntax_node parentheses() {
        if (at_sign("["))
            return fail(message_id::list_misplaced);
        if (!at_sign("("))
            return fail({message_id::operand_missing, {in_backticks(token_.written)}});
        level const deeper(*this);
        if (!deeper)
            return null_node();
        advance();
        auto inside = conditional();
        expect(")", message_id::in_parentheses);
        return inside;
    }

    syntax_node name_or_call() {
        auto const first = token_;
        advance();
        if (first.written == "true" || first.written == "false")
            return literal_node(first.written == "true");
        if (first.written == "null")
            return null_node();
        if (first.written == "in")
            return fail(first.offset, message_id::in_misplaced);
        return at_sign("(") ? function_call(first) : path(first);
    }

    syntax_node function_call(token const& name) {
        auto const f = function_named(name);
        if (!f)
            return null_node();
        if (is_method(*f))
            return fail(name.offset, {message_id::function_is_method, {name.written}});
        advance();
        return called(*f, sequence(")", message_id::call_elements), name, name.offset);
    }

    // Names with dots between; a name before "(" is a method and not taken.
    syntax_node path(token const& first) {
        auto made = path_node({std::string(first.written)});
        made.name_offsets = {first.offset};
        while (at_sign(".")) {
            advance();
            auto const name = token_;
            if (name.kind != token_kind::name)
                return fail(message_id::field_name_missing);
            advance();
            if (at_sign("("))
                return method(std::move(made), name);
            made.names.emplace_back(name.written);
            made.name_offsets.push_back(name.offset);
        }
        return made;
    }

    expression_lexer lexer_;
    std::size_t begin_;
    std::size_t end_;
    token token_;
    unsigned depth_ = 0;
};

POSTHORN_DECL boost::system::result<syntax_node, expression_error>
parse_expression(std::string_view source, std::size_t begin, std::size_t end) {
    return expression_parser(source, begin, end).run();
}

} // namespace posthorn::detail
