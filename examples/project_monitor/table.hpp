// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include "sqlite.hpp"

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/mp11/algorithm.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace monitor {

// Lists are stored as JSON.
[[nodiscard]] inline std::string to_json(std::vector<std::string> const& texts) {
    return boost::json::serialize(boost::json::array(texts.begin(), texts.end()));
}

[[nodiscard]] inline std::vector<std::string> from_json(std::string const& text) {
    auto const list = boost::json::parse(text);
    std::vector<std::string> texts;
    for (auto const& t : list.as_array())
        texts.emplace_back(t.as_string());
    return texts;
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
[[nodiscard]] constexpr char const* column_type() {
    if constexpr (std::floating_point<T>)
        return " REAL NOT NULL";
    else if constexpr (std::integral<T> || std::same_as<T, std::chrono::sys_seconds>)
        return " INTEGER NOT NULL";
    else if constexpr (std::same_as<T, std::optional<std::chrono::sys_seconds>>)
        return " INTEGER";
    else
        return " TEXT NOT NULL";
}

// A member as a column, and back.
template <class T>
void write_column(statement& to, int at, T const& value) {
    if constexpr (std::is_enum_v<T>)
        to.bind_text(at, boost::describe::enum_to_string(value, ""));
    else if constexpr (std::integral<T>)
        to.bind(at, std::int64_t{value});
    else if constexpr (std::floating_point<T>)
        to.bind(at, value);
    else if constexpr (std::same_as<T, std::string>)
        to.bind_text(at, value);
    else if constexpr (std::same_as<T, std::chrono::sys_seconds>)
        to.bind(at, std::int64_t{value.time_since_epoch().count()});
    else if constexpr (is_optional<T>)
        value ? write_column(to, at, *value) : to.bind_null(at);
    else
        to.bind_text(at, to_json(value));
}

template <class T>
void read_column(statement const& from, int at, T& value) {
    if constexpr (std::is_enum_v<T>) {
        if (!boost::describe::enum_from_string(from.bytes(at).c_str(), value))
            throw std::runtime_error("the database: unknown value " + from.bytes(at));
    } else if constexpr (std::integral<T>)
        value = static_cast<T>(from.integer(at));
    else if constexpr (std::floating_point<T>)
        value = from.real(at);
    else if constexpr (std::same_as<T, std::string>)
        value = from.bytes(at);
    else if constexpr (std::same_as<T, std::chrono::sys_seconds>)
        value = T(std::chrono::seconds(from.integer(at)));
    else if constexpr (is_optional<T>) {
        if (!from.is_null(at))
            read_column(from, at, value.emplace());
    } else
        value = from_json(from.bytes(at));
}

// The rows of one described type; its first member, `id`, is the key.
template <class T>
class table {
    using members = boost::describe::describe_members<T, boost::describe::mod_public>;

  public:
    static void create(database& in, std::string const& name) {
        in.run("CREATE TABLE " + name + " (" + columns(true) + ", PRIMARY KEY (id))");
    }

    table(database& in, std::string const& name)
        : put_(in, "INSERT OR REPLACE INTO " + name + " VALUES (" + marks() + ")"),
          erase_(in, "DELETE FROM " + name + " WHERE id = ?"),
          load_(in, "SELECT " + columns(false) + " FROM " + name + " ORDER BY id") {}

    void put(T const& row) {
        int at = 0;
        boost::mp11::mp_for_each<members>([&](auto m) { write_column(put_, ++at, row.*m.pointer); });
        put_.execute();
    }

    void erase(std::int64_t id) {
        erase_.bind(1, id);
        erase_.execute();
    }

    [[nodiscard]] std::vector<T> load() {
        std::vector<T> rows;
        while (load_.next()) {
            int at = 0;
            auto& row = rows.emplace_back();
            boost::mp11::mp_for_each<members>([&](auto m) { read_column(load_, at++, row.*m.pointer); });
        }
        return rows;
    }

  private:
    [[nodiscard]] static std::string columns(bool with_types) {
        std::string all;
        boost::mp11::mp_for_each<members>([&](auto m) {
            using type = std::remove_cvref_t<decltype(std::declval<T>().*m.pointer)>;
            all.append(all.empty() ? "\"" : ", \"").append(m.name).append("\"");
            all.append(with_types ? column_type<type>() : "");
        });
        return all;
    }

    [[nodiscard]] static std::string marks() {
        std::string all = "?";
        for (std::size_t i = 1; i != boost::mp11::mp_size<members>::value; ++i)
            all += ", ?";
        return all;
    }

    statement put_;
    statement erase_;
    statement load_;
};

} // namespace monitor
