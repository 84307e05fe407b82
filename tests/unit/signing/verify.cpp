// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/detail/text/base64.hpp>
#include <posthorn/signing/standard_webhooks.hpp>
#include <posthorn/signing/verify.hpp>

#include <boost/json.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(std::is_copy_constructible_v<posthorn::webhook_verifier>);
static_assert(!std::is_default_constructible_v<posthorn::webhook_verifier>);

namespace {

using posthorn::errc;
using posthorn::secret;
using posthorn::signing_secret;
using posthorn::wall_time;
using posthorn::webhook_verifier;
using std::chrono::seconds;

constexpr std::string_view first_hmac = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr std::string_view second_hmac = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view ed25519_private =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
constexpr std::string_view ed25519_seed = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=";
constexpr std::string_view ed25519_public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
// The first key pair of RFC 8032, section 7.1.
constexpr std::string_view other_ed25519_public = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

std::string encode(std::string_view bytes) {
    std::string text;
    posthorn::detail::base64_encode(
        std::span(reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size()), text);
    return text;
}

wall_time at(std::int64_t since_1970) {
    return wall_time(seconds(since_1970));
}

/// What arrives at a receiver.
struct received {
    std::string id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    std::string timestamp = "1614265330";
    std::string body = "{\"test\": 2432232314}";
    std::string signatures = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
};

constexpr std::int64_t ping_time = 1614265330;
constexpr std::string_view ping_v1a =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

received ping_by_ed25519() {
    received message;
    message.signatures = ping_v1a;
    return message;
}

/// Signs by OpenSSL's one-shot function, whatever the id and the timestamp look like.
std::string v1_by_first(received const& message) {
    std::string key;
    BOOST_REQUIRE(posthorn::detail::base64_decode(first_hmac.substr(6), key));
    auto const text = message.id + "." + message.timestamp + "." + message.body;
    std::string bytes(32, '\0');
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<unsigned char const*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(bytes.data()), nullptr);
    return "v1," + encode(bytes);
}

webhook_verifier verifier_for(std::vector<std::string_view> const& texts) {
    std::vector<secret> keys;
    for (auto const text : texts)
        keys.emplace_back(text);
    auto verifier = webhook_verifier::create(keys);
    BOOST_REQUIRE(verifier.has_value());
    return std::move(*verifier);
}

/// Whether it verifies; a refusal has to be verification_failed.
bool accepts(webhook_verifier const& verifier, received const& message, wall_time now = at(ping_time)) {
    auto const outcome =
        verifier.verify(message.id, message.timestamp, message.signatures, message.body, now);
    if (outcome.has_value())
        return true;
    BOOST_TEST(outcome.error() == make_error_code(errc::verification_failed));
    return false;
}

boost::json::object vectors() {
    std::ifstream file(POSTHORN_TEST_DATA "/signatures.json");
    std::string const text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return boost::json::parse(text).as_object();
}

std::string text_of(boost::json::value const& vector, std::string_view member) {
    return std::string(vector.at(member).as_string());
}

received message_of(boost::json::value const& vector) {
    return {text_of(vector, "id"), std::to_string(vector.at("timestamp").as_int64()), text_of(vector, "body"),
            text_of(vector, "signature")};
}

BOOST_AUTO_TEST_SUITE(signing_verify)

BOOST_AUTO_TEST_CASE(accepts_the_published_v1_vectors) {
    auto const all = vectors();
    auto const& published = all.at("standard_webhooks_v1").as_array();
    BOOST_TEST(published.size() == 4U);
    for (auto const& vector : published) {
        auto const verifier = verifier_for({text_of(vector, "secret")});
        auto const time = at(vector.at("timestamp").as_int64());
        BOOST_TEST_CONTEXT(text_of(vector, "name")) {
            BOOST_TEST(accepts(verifier, message_of(vector), time));
            BOOST_TEST(!accepts(verifier_for({second_hmac}), message_of(vector), time));
        }
    }
}

BOOST_AUTO_TEST_CASE(accepts_the_published_v1a_vectors_with_every_form_of_the_key) {
    auto const all = vectors();
    auto const& published = all.at("standard_webhooks_v1a").as_array();
    BOOST_TEST(published.size() == 1U);
    for (auto const& vector : published) {
        auto const time = at(vector.at("timestamp").as_int64());
        BOOST_TEST(accepts(verifier_for({text_of(vector, "public")}), message_of(vector), time));
        BOOST_TEST(accepts(verifier_for({text_of(vector, "private")}), message_of(vector), time));
    }
    BOOST_TEST(accepts(verifier_for({ed25519_seed}), ping_by_ed25519()));
    BOOST_TEST(!accepts(verifier_for({other_ed25519_public}), ping_by_ed25519()));
}

BOOST_AUTO_TEST_CASE(refuses_what_the_published_list_says_must_be_refused) {
    auto const all = vectors();
    auto const verifier = verifier_for({first_hmac, ed25519_public});
    BOOST_TEST(accepts(verifier, received{}));
    auto const& refused = all.at("standard_webhooks_v1_must_refuse").as_array();
    BOOST_TEST(refused.size() == 4U);
    for (auto const& signature : refused) {
        received message;
        message.signatures = std::string(signature.as_string());
        BOOST_TEST(!accepts(verifier, message), message.signatures);
    }
}

BOOST_AUTO_TEST_CASE(accepts_what_standard_webhooks_signs) {
    auto key = posthorn::standard_webhooks().make_key({signing_secret(secret(second_hmac)),
                                                       signing_secret(secret(ed25519_private)),
                                                       signing_secret(secret(first_hmac))});
    BOOST_REQUIRE(key.has_value());
    std::string const body(100'000, '\0');
    posthorn::header_block out;
    posthorn::standard_webhooks::sign(*key, {"msg_1", at(1'700'000'000), body}, out);
    received message{"", "", body, ""};
    for (auto const [name, value] : out.fields()) {
        if (name == "webhook-id")
            message.id = value;
        else if (name == "webhook-timestamp")
            message.timestamp = value;
        else if (name == "webhook-signature")
            message.signatures = value;
    }
    for (auto const text : {first_hmac, second_hmac, ed25519_public})
        BOOST_TEST(accepts(verifier_for({text}), message, at(1'700'000'000)), text);
    BOOST_TEST(!accepts(verifier_for({other_ed25519_public}), message, at(1'700'000'000)));
}

BOOST_AUTO_TEST_CASE(one_fitting_pair_of_signature_and_key_is_enough) {
    std::string const fits = received{}.signatures;
    std::string const wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    std::string const lists[] = {
        fits,
        wrong + " " + fits,
        fits + " " + wrong,
        "v2,abc " + fits,
        "v3 " + fits,
        ", " + fits,
        "v1 " + fits,
        "v1, " + fits,
        "v1,*** " + fits,
        "V1,AAAA " + fits,
        std::string(ping_v1a) + " " + fits,
        " " + fits + " ",
        wrong + std::string(20, ' ') + fits,
        fits + " " + fits,
    };
    auto const alone = verifier_for({first_hmac});
    auto const last = verifier_for({ed25519_public, second_hmac, first_hmac});
    for (auto const& list : lists) {
        received message;
        message.signatures = list;
        BOOST_TEST(accepts(alone, message), list);
        BOOST_TEST(accepts(last, message), list);
    }
}

BOOST_AUTO_TEST_CASE(lists_without_a_fitting_signature_are_refused) {
    std::string const fits = received{}.signatures;
    auto const bytes = fits.substr(3);
    std::string const lists[] = {
        "",
        " ",
        "v1",
        "v1,",
        bytes,
        "," + bytes,
        "v1=" + bytes,
        "v1 " + bytes,
        "V1," + bytes,
        "v11," + bytes,
        "v1a," + bytes,
        "v1," + std::string(ping_v1a.substr(4)),
        "v1," + fits,
        "v1, " + bytes,
        fits + ",",
        fits + "\t",
        "\t" + fits,
        fits + "," + fits,
        fits + "=",
        // Padding left out, and hidden bits in the last digit.
        fits.substr(0, fits.size() - 1),
        fits.substr(0, fits.size() - 2) + "F=",
        // A part of the right signature, and more than it.
        "v1," + encode(std::string(32, '\0')),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1A==",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OEA",
    };
    auto const verifier = verifier_for({first_hmac, ed25519_public});
    for (auto const& list : lists) {
        received message;
        message.signatures = list;
        BOOST_TEST(!accepts(verifier, message), list);
    }
}

BOOST_AUTO_TEST_CASE(a_change_of_any_byte_is_refused) {
    for (auto const& original : {received{}, ping_by_ed25519()}) {
        auto const verifier = verifier_for({first_hmac, ed25519_public});
        BOOST_REQUIRE(accepts(verifier, original));
        for (auto const part : {&received::id, &received::timestamp, &received::body, &received::signatures})
            for (std::size_t i = 0; i != (original.*part).size(); ++i) {
                auto changed = original;
                (changed.*part)[i] = static_cast<char>((changed.*part)[i] ^ 1);
                BOOST_TEST(!accepts(verifier, changed), changed.*part);
                changed = original;
                (changed.*part).erase(i, 1);
                BOOST_TEST(!accepts(verifier, changed), changed.*part);
            }
        for (auto const part : {&received::id, &received::timestamp, &received::body}) {
            auto changed = original;
            (changed.*part) += '0';
            BOOST_TEST(!accepts(verifier, changed), changed.*part);
        }
    }
}

BOOST_AUTO_TEST_CASE(missing_values_are_refused_even_when_they_are_signed) {
    auto const verifier = verifier_for({first_hmac});
    for (auto const part : {&received::id, &received::timestamp}) {
        received message;
        (message.*part).clear();
        message.signatures = v1_by_first(message);
        BOOST_TEST(!accepts(verifier, message));
    }
    BOOST_TEST(!accepts(verifier, received{"", "", "", ""}));
    auto const outcome = verifier.verify({}, {}, {}, {}, at(0));
    BOOST_TEST(outcome.has_error());
}

BOOST_AUTO_TEST_CASE(another_cut_of_the_same_signed_bytes_is_refused) {
    auto const verifier = verifier_for({first_hmac});
    received whole{"a", "1614265330", "1614265331.x", ""};
    whole.signatures = v1_by_first(whole);
    received cut{"a.1614265330", "1614265331", "x", ""};
    cut.signatures = v1_by_first(cut);
    BOOST_REQUIRE(whole.signatures == cut.signatures);
    BOOST_TEST(accepts(verifier, whole));
    BOOST_TEST(!accepts(verifier, cut));
}

BOOST_AUTO_TEST_CASE(malformed_timestamps_are_refused_even_when_they_are_signed) {
    auto const verifier = verifier_for({first_hmac});
    auto const any = seconds::max();
    auto const verdict = [&](std::string_view timestamp) {
        received message;
        message.timestamp = timestamp;
        message.signatures = v1_by_first(message);
        return verifier
            .verify(message.id, message.timestamp, message.signatures, message.body, at(ping_time), any)
            .has_value();
    };
    for (auto const timestamp : {"0", "1", "1614265330", "9223372036"})
        BOOST_TEST(verdict(timestamp), timestamp);
    for (std::string_view const timestamp : {"",
                                             "-1",
                                             "+1614265330",
                                             "-0",
                                             " 1614265330",
                                             "1614265330 ",
                                             "1614265330\n",
                                             "1614265330.0",
                                             "1614265330.5",
                                             "1,614,265,330",
                                             "1614265330s",
                                             "0x6037b5f2",
                                             "1e9",
                                             "now",
                                             "٣",
                                             "9223372037",
                                             "9223372036854775807",
                                             "9223372036854775808",
                                             "18446744073709551615",
                                             "18446744073709551616",
                                             "18446744075323816946",
                                             "340282366920938463463374607431768211456"})
        BOOST_TEST(!verdict(timestamp), timestamp);
    BOOST_TEST(!verdict(std::string_view("1614265330\0", 11)));
}

BOOST_AUTO_TEST_CASE(the_timestamp_may_be_as_old_or_as_new_as_the_tolerance_says) {
    struct row {
        std::chrono::nanoseconds now_minus_timestamp;
        seconds tolerance;
        bool accepted;
    };
    using std::chrono::minutes;
    using std::chrono::nanoseconds;
    constexpr nanoseconds one(1);
    constexpr row rows[] = {
        {seconds(0), minutes(5), true},
        {seconds(300), minutes(5), true},
        {seconds(301) - one, minutes(5), true},
        {seconds(301), minutes(5), false},
        {std::chrono::hours(24), minutes(5), false},
        {seconds(-300), minutes(5), true},
        {seconds(-300) - one, minutes(5), false},
        {seconds(-301), minutes(5), false},
        {std::chrono::hours(-24), minutes(5), false},
        {seconds(0), seconds(0), true},
        {seconds(1) - one, seconds(0), true},
        {seconds(1), seconds(0), false},
        {-one, seconds(0), false},
        {std::chrono::hours(24 * 365 * 50), seconds::max(), true},
        {std::chrono::hours(-24 * 365 * 50), seconds::max(), true},
        {seconds(0), seconds(-1), false},
        {seconds(0), seconds::min(), false},
        {seconds(-1), seconds(-1), false},
    };
    auto const verifier = verifier_for({first_hmac});
    received const message;
    for (auto const& [age, tolerance, accepted] : rows) {
        auto const outcome = verifier.verify(message.id, message.timestamp, message.signatures, message.body,
                                             at(ping_time) + age, tolerance);
        BOOST_TEST(outcome.has_value() == accepted, age.count() << " ns of " << tolerance.count() << " s");
    }
}

BOOST_AUTO_TEST_CASE(the_tolerance_is_five_minutes_unless_said) {
    auto const verifier = verifier_for({first_hmac});
    BOOST_TEST(accepts(verifier, received{}, at(ping_time + 300)));
    BOOST_TEST(!accepts(verifier, received{}, at(ping_time + 301)));
    BOOST_TEST(accepts(verifier, received{}, at(ping_time - 300)));
    BOOST_TEST(!accepts(verifier, received{}, at(ping_time - 301)));
}

BOOST_AUTO_TEST_CASE(the_ends_of_time_do_not_overflow) {
    auto const verifier = verifier_for({first_hmac});
    for (std::string const timestamp : {"0", "9223372036"})
        for (auto const now : {wall_time::min(), wall_time::max()}) {
            received message;
            message.timestamp = timestamp;
            message.signatures = v1_by_first(message);
            BOOST_TEST(accepts(verifier, message, now) == (timestamp != "0" && now == wall_time::max()));
        }
}

BOOST_AUTO_TEST_CASE(up_to_sixteen_signatures_are_looked_at) {
    auto const verifier = verifier_for({first_hmac, ed25519_public});
    for (auto const& original : {received{}, ping_by_ed25519()})
        for (std::string const filler : {"v2,AAAA ", "v1,AAAA ", "v1a,AAAA "}) {
            auto message = original;
            for (int i = 0; i != 15; ++i)
                message.signatures.insert(0, filler);
            BOOST_TEST(accepts(verifier, message));
            BOOST_TEST(!accepts(verifier,
                                {message.id, message.timestamp, message.body, filler + message.signatures}));
            BOOST_TEST(!accepts(
                verifier, {message.id, message.timestamp, message.body, message.signatures + " " + filler}));
        }
}

BOOST_AUTO_TEST_CASE(keys_of_every_allowed_length_are_taken) {
    auto const verdict = [](std::string const& text) {
        auto const verifier = webhook_verifier::create({secret(text)});
        if (verifier.has_error())
            BOOST_TEST(verifier.error() == make_error_code(errc::bad_key), text);
        return verifier.has_value();
    };
    for (std::size_t size = 0; size != 80; ++size) {
        auto const text = encode(std::string(size, '\x5a'));
        BOOST_TEST(verdict("whsec_" + text) == (size >= 16 && size <= 64), size << " bytes of whsec_");
        BOOST_TEST(verdict("whpk_" + text) == (size == 32), size << " bytes of whpk_");
        // 64 bytes need the right public half, which these do not have.
        BOOST_TEST(verdict("whsk_" + text) == (size == 32), size << " bytes of whsk_");
    }
}

BOOST_AUTO_TEST_CASE(malformed_keys_are_refused) {
    constexpr std::string_view malformed[] = {
        "",
        "short",
        "whsec_",
        "whpk_",
        "whsk_",
        "whsec_short",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw ",
        "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4",
        "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir5=",
        "whpk_11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvw==",
    };
    for (auto const text : malformed) {
        auto const alone = webhook_verifier::create({secret(text)});
        BOOST_TEST((alone.has_error() && alone.error() == make_error_code(errc::bad_key)), text);
        auto const beside = webhook_verifier::create({secret(first_hmac), secret(text)});
        BOOST_TEST((beside.has_error() && beside.error() == make_error_code(errc::bad_key)), text);
    }
}

BOOST_AUTO_TEST_CASE(a_verifier_without_keys_is_refused) {
    auto const verifier = webhook_verifier::create({});
    BOOST_REQUIRE(verifier.has_error());
    BOOST_TEST(verifier.error() == make_error_code(errc::bad_key));
}

BOOST_AUTO_TEST_CASE(a_machine_without_the_algorithms_is_not_taken_for_a_bad_key) {
    EVP_set_default_properties(nullptr, "provider=absent");
    std::vector<posthorn::error_code> errors;
    for (auto const text : {ed25519_public, ed25519_private}) {
        auto const verifier = webhook_verifier::create({secret(text)});
        errors.push_back(verifier.has_error() ? verifier.error() : posthorn::error_code());
    }
    EVP_set_default_properties(nullptr, "");
    for (auto const& error : errors)
        BOOST_TEST(error == make_error_code(boost::system::errc::not_supported));
}

BOOST_AUTO_TEST_CASE(copies_verify_and_a_moved_from_verifier_refuses) {
    auto first = verifier_for({first_hmac});
    auto const copy = first;
    auto second = std::move(first);
    BOOST_TEST(accepts(copy, received{}));
    BOOST_TEST(accepts(second, received{}));
    BOOST_TEST(!accepts(first, received{}));
    first = copy;
    BOOST_TEST(accepts(first, received{}));
}

BOOST_AUTO_TEST_CASE(verifying_changes_nothing) {
    auto const verifier = verifier_for({first_hmac, ed25519_public});
    auto wrong = received{};
    wrong.body += ' ';
    for (int i = 0; i != 10; ++i) {
        BOOST_TEST(accepts(verifier, received{}));
        BOOST_TEST(!accepts(verifier, wrong));
        BOOST_TEST(accepts(verifier, ping_by_ed25519()));
    }
}

BOOST_AUTO_TEST_CASE(threads_share_a_verifier) {
    auto const verifier = verifier_for({second_hmac, first_hmac, ed25519_public});
    std::atomic<int> right = 0;
    auto const work = [&](received const& good) {
        auto bad = good;
        bad.body += ' ';
        for (int i = 0; i != 50; ++i) {
            auto const verdict = [&](received const& m) {
                return verifier.verify(m.id, m.timestamp, m.signatures, m.body, at(ping_time)).has_value();
            };
            right += verdict(good);
            right += !verdict(bad);
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back(work, i % 2 == 0 ? received{} : ping_by_ed25519());
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(right == 400);
}

BOOST_AUTO_TEST_CASE(openssl_keeps_no_errors_of_ours) {
    auto const verifier = verifier_for({first_hmac, ed25519_public});
    ERR_clear_error();
    for (auto message : {received{}, ping_by_ed25519()}) {
        message.body += ' ';
        BOOST_TEST(!accepts(verifier, message));
        message.signatures = "v1a," + encode(std::string(64, '\xff'));
        BOOST_TEST(!accepts(verifier, message));
    }
    EVP_set_default_properties(nullptr, "provider=absent");
    bool const fits = accepts(verifier, ping_by_ed25519());
    bool const made = webhook_verifier::create({secret(ed25519_public)}).has_value();
    EVP_set_default_properties(nullptr, "");
    BOOST_TEST(!fits);
    BOOST_TEST(!made);
    BOOST_TEST(ERR_peek_error() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
