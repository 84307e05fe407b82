// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <boost/json.hpp>
#include <boost/test/framework.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <charconv>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::test {

/// The entries of a file of tests/data; throws if it is missing or no array.
inline boost::json::array read_catalogue(std::string_view name) {
    std::ifstream file(std::string(POSTHORN_TEST_DATA "/").append(name), std::ios::binary);
    if (!file)
        throw std::runtime_error("cannot read " POSTHORN_TEST_DATA "/" + std::string(name));
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    return boost::json::parse(text).as_array();
}

inline std::string_view text_of(boost::json::object const& entry, std::string_view key) {
    return entry.at(key).as_string();
}

inline std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned char byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

/// The entries that one place of the tests answers for, as tests/data/claims.json says, with Posthorn's own
/// verdicts of tests/data/overrides.json in the place of those of the catalogue.
class claimed_entries {
  public:
    explicit claimed_entries(std::string_view place) : place_(place) {
        for (auto const& value : read_catalogue("overrides.json")) {
            auto const& o = value.as_object();
            auto const* const variant = o.if_contains("variant");
            overrides_.emplace(std::string(text_of(o, "id")) +
                                   (variant != nullptr ? "/" + std::to_string(variant->as_int64()) : ""),
                               o);
        }
        for (auto const& value : read_catalogue("claims.json")) {
            auto const& claim = value.as_object();
            if (text_of(claim, "place") == place)
                add(claim);
        }
        if (entries_.empty())
            throw std::runtime_error("no entry is claimed by " + place_);
    }

    claimed_entries(claimed_entries const&) = delete;
    claimed_entries& operator=(claimed_entries const&) = delete;

    ~claimed_entries() {
        std::size_t overridden = 0;
        for (auto const& [id, o] : overrides_)
            overridden += ids_.contains(id.substr(0, id.find('/'))) ? 1U : 0U;
        BOOST_TEST_MESSAGE(place_ << ": " << tested_ << " of " << entries_.size() << " entries tested, "
                                  << passed_ << " passed, " << overridden << " verdicts of our own");
    }

    [[nodiscard]] std::vector<boost::json::object> const& all() const noexcept { return entries_; }

    /// Calls `test(entry)` for each entry, and counts those that pass.
    template <class Test>
    void each(Test test) {
        for (auto const& entry : entries_) {
            std::string const id(text_of(entry, "id"));
            auto const before = failures();
            BOOST_TEST_CONTEXT(id << ' ' << text_of(entry, entry.contains("behaviour") ? "behaviour" : "why"))
            test(id, entry);
            ++tested_;
            passed_ += failures() == before ? 1U : 0U;
        }
    }

    /// What is expected: `key` is "expect" or "conn". `variant` counts the forms in which an entry is tried.
    [[nodiscard]] std::string expected(boost::json::object const& entry, std::string_view key = "expect",
                                       std::size_t variant = 0) const {
        std::string const id(text_of(entry, "id"));
        for (auto const& name : {id + "/" + std::to_string(variant), id})
            if (auto const found = overrides_.find(name);
                found != overrides_.end() && found->second.contains(key))
                return std::string(text_of(found->second, key));
        return std::string(text_of(entry, key));
    }

  private:
    void add(boost::json::object const& claim) {
        std::set<std::string_view> wanted;
        for (auto const* const list : {"groups", "ids"})
            if (auto const* const names = claim.if_contains(list))
                for (auto const& name : names->as_array())
                    wanted.insert(name.as_string());
        for (auto const& value : read_catalogue(text_of(claim, "file"))) {
            auto const& entry = value.as_object();
            if (!wanted.contains(text_of(entry, "group")) && !wanted.contains(text_of(entry, "id")))
                continue;
            entries_.push_back(entry);
            ids_.insert(std::string(text_of(entry, "id")));
        }
    }

    static std::size_t failures() {
        using namespace boost::unit_test;
        return results_collector.results(framework::current_test_case_id()).p_assertions_failed;
    }

    std::string place_;
    std::map<std::string, boost::json::object> overrides_;
    std::vector<boost::json::object> entries_;
    std::set<std::string> ids_;
    std::size_t tested_ = 0;
    std::size_t passed_ = 0;
};

} // namespace posthorn::test
