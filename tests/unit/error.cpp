// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include <posthorn/error.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using posthorn::condition;
using posthorn::errc;
using posthorn::error_code;

constexpr int first_cause = static_cast<int>(errc::queue_full);
constexpr int last_cause = static_cast<int>(errc::bad_key);
constexpr condition all_conditions[] = {condition::retryable, condition::permanent, condition::timeout,
                                        condition::cancelled, condition::rejected_by_receiver};

// One letter per condition that holds: r p t c j.
std::string groups(errc e) {
    error_code const ec = e;
    std::string letters;
    letters += ec == condition::retryable ? "r" : "";
    letters += ec == condition::permanent ? "p" : "";
    letters += ec == condition::timeout ? "t" : "";
    letters += ec == condition::cancelled ? "c" : "";
    letters += ec == condition::rejected_by_receiver ? "j" : "";
    return letters;
}

struct row {
    errc cause;
    std::string_view groups;
};

constexpr row table[] = {
    {errc::queue_full, "r"},
    {errc::not_running, ""},
    {errc::already_running, ""},
    {errc::stopping, "c"},
    {errc::drain_incomplete, ""},
    {errc::unknown_webhook, "p"},
    {errc::unknown_filter, "p"},
    {errc::filter_in_use, ""},
    {errc::unknown_delivery, ""},
    {errc::not_in_this_state, ""},
    {errc::delivery_busy, "r"},
    {errc::not_rendered, ""},
    {errc::needs_waiting, ""},
    {errc::transaction_over, ""},
    {errc::already_started, ""},
    {errc::policy_threw, ""},
    {errc::bad_user, ""},
    {errc::lease_lost, ""},
    {errc::bad_record, ""},
    {errc::registry_unavailable, "r"},
    {errc::registry_conflict, "r"},
    {errc::incomplete_load, ""},
    {errc::webhook_unusable, ""},
    {errc::storage_needs_file, ""},
    {errc::schema_too_new, ""},
    {errc::not_durable, ""},
    {errc::no_transaction, ""},
    {errc::storage_failed, "r"},
    {errc::no_encryption_key, ""},
    {errc::unknown_encryption_key, ""},
    {errc::secret_unreadable, ""},
    {errc::bad_encryption_key, ""},
    {errc::not_supported, ""},
    {errc::body_too_large, "p"},
    {errc::url_too_long, "p"},
    {errc::bad_header_value, "p"},
    {errc::bad_url_path, "p"},
    {errc::delivery_expired, "p"},
    {errc::blocked_address, "p"},
    {errc::dns_failed, "r"},
    {errc::dns_timeout, "rt"},
    {errc::connect_refused, "r"},
    {errc::connect_failed, "r"},
    {errc::connect_timeout, "rt"},
    {errc::tls_handshake_failed, "r"},
    {errc::tls_verify_failed, "r"},
    {errc::tls_timeout, "rt"},
    {errc::response_timeout, "rt"},
    {errc::total_timeout, "rt"},
    {errc::connection_reset, "r"},
    {errc::eof_before_response, "r"},
    {errc::partial_response, "r"},
    {errc::bad_version, "r"},
    {errc::bad_status, "r"},
    {errc::bad_response_line, "r"},
    {errc::bad_response_field, "r"},
    {errc::bad_content_length, "r"},
    {errc::bad_framing, "r"},
    {errc::header_limit, "r"},
    {errc::too_many_interim, "r"},
    {errc::unexpected_upgrade, "r"},
    {errc::http_status, "rj"},
    {errc::cancelled, "c"},
    {errc::verification_failed, "p"},
    {errc::bad_key, "p"},
    {errc::proxy_refused, "r"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(error)

BOOST_AUTO_TEST_CASE(every_cause_has_a_message_of_its_own) {
    auto const unknown = error_code(last_cause + 1, posthorn::error_category()).message();
    BOOST_TEST(unknown == "unknown posthorn error");
    std::set<std::string> messages;
    for (int value = first_cause; value <= last_cause; ++value) {
        BOOST_TEST_CONTEXT("value " << value) {
            auto const message = error_code(static_cast<errc>(value)).message();
            BOOST_TEST(message != unknown);
            BOOST_TEST(message.size() >= 10U);
            messages.insert(message);
        }
    }
    BOOST_TEST(messages.size() == static_cast<std::size_t>(last_cause));
}

BOOST_AUTO_TEST_CASE(every_cause_is_described_in_each_language) {
    std::set<std::string> messages;
    for (int value = first_cause; value <= last_cause; ++value) {
        error_code const ec = static_cast<errc>(value);
        BOOST_TEST_CONTEXT(ec.message()) {
            auto const french = posthorn::describe(ec, posthorn::language::french);
            BOOST_TEST(posthorn::describe(ec) == ec.message());
            BOOST_TEST(posthorn::describe(ec, posthorn::language::english) == ec.message());
            BOOST_TEST(french != ec.message());
            BOOST_TEST(french != "erreur posthorn inconnue");
            BOOST_TEST(french.size() >= 10U);
            messages.insert(french);
        }
    }
    BOOST_TEST(messages.size() == static_cast<std::size_t>(last_cause));
    BOOST_TEST(posthorn::describe(errc::connect_refused, posthorn::language::french) == "connexion refusée");
    error_code const unknown(last_cause + 1, posthorn::error_category());
    BOOST_TEST(posthorn::describe(unknown, posthorn::language::french) == "erreur posthorn inconnue");
}

BOOST_AUTO_TEST_CASE(what_is_not_ours_is_described_by_itself) {
    error_code const foreign = make_error_code(boost::system::errc::no_space_on_device);
    BOOST_TEST(posthorn::describe(foreign, posthorn::language::french) == foreign.message());
    BOOST_TEST(posthorn::describe(error_code(), posthorn::language::french) == error_code().message());
}

BOOST_AUTO_TEST_CASE(every_cause_is_an_error_and_prints_its_category) {
    for (int value = first_cause; value <= last_cause; ++value) {
        error_code const ec = static_cast<errc>(value);
        BOOST_TEST(ec.failed());
        std::ostringstream out;
        out << ec;
        BOOST_TEST(out.str() == "posthorn:" + std::to_string(value));
    }
    BOOST_TEST(std::string_view(posthorn::error_category().name()) == "posthorn");
    BOOST_TEST(!error_code().failed());
}

BOOST_AUTO_TEST_CASE(every_cause_stands_in_its_groups) {
    BOOST_TEST(std::size(table) == static_cast<std::size_t>(last_cause));
    std::set<errc> seen;
    for (auto const& row : table) {
        BOOST_TEST_CONTEXT(error_code(row.cause).message()) {
            BOOST_TEST(groups(row.cause) == row.groups);
        }
        seen.insert(row.cause);
    }
    BOOST_TEST(seen.size() == std::size(table));
}

BOOST_AUTO_TEST_CASE(at_most_one_of_the_deciding_groups_holds) {
    for (int value = first_cause; value <= last_cause; ++value) {
        auto const letters = groups(static_cast<errc>(value));
        auto const deciding = static_cast<int>(letters.find('r') != letters.npos) +
                              static_cast<int>(letters.find('p') != letters.npos) +
                              static_cast<int>(letters.find('c') != letters.npos);
        BOOST_TEST_CONTEXT("value " << value) {
            BOOST_TEST(deciding <= 1);
            // A deadline that passed may always be tried again.
            BOOST_TEST((letters.find('t') == letters.npos || letters.find('r') != letters.npos));
        }
    }
}

BOOST_AUTO_TEST_CASE(success_and_foreign_errors_stand_in_no_group) {
    for (auto const c : all_conditions) {
        BOOST_TEST((error_code() != c));
        BOOST_TEST((boost::system::errc::make_error_code(boost::system::errc::timed_out) != c));
        BOOST_TEST((error_code(last_cause + 1, posthorn::error_category()) != c));
    }
}

BOOST_AUTO_TEST_CASE(a_cause_equals_itself_only) {
    BOOST_TEST((error_code(errc::queue_full) == errc::queue_full));
    BOOST_TEST((error_code(errc::queue_full) != errc::not_running));
    // The same number in another category is another error.
    BOOST_TEST((error_code(1, boost::system::generic_category()) != error_code(errc::queue_full)));
}

BOOST_AUTO_TEST_CASE(conditions_have_messages_of_their_own) {
    std::set<std::string> messages;
    for (auto const c : all_conditions) {
        auto const made = posthorn::make_error_condition(c);
        BOOST_TEST(made.message() != "unknown posthorn condition");
        messages.insert(made.message());
    }
    BOOST_TEST(messages.size() == std::size(all_conditions));
    BOOST_TEST(posthorn::condition_category().message(99) == "unknown posthorn condition");
    BOOST_TEST(std::string_view(posthorn::condition_category().name()) == "posthorn.condition");
}

BOOST_AUTO_TEST_CASE(the_categories_are_one_object_each) {
    BOOST_TEST(&posthorn::error_category() == &posthorn::error_category());
    BOOST_TEST((posthorn::error_category() == error_code(errc::bad_key).category()));
    BOOST_TEST((posthorn::error_category() != posthorn::condition_category()));
}

BOOST_AUTO_TEST_SUITE_END()
