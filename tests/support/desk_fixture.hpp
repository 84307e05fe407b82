// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service.hpp>

#include "dispatcher_fixture.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace posthorn::test {

/// A host with an administration, and users of all sorts.
template <class Policies>
struct basic_desk_host : basic_host<Policies> {
    template <class... With>
    explicit basic_desk_host(With... with) : basic_host<Policies>(std::move(with)...), desk(*this->hooks) {}

    /// What a person types for a webhook that is right.
    [[nodiscard]] static admin::webhook_form typed(std::string wording = "Tell the archive") {
        admin::webhook_form f;
        f.wording = std::move(wording);
        f.url = "https://a.example.com/{{project.id}}";
        f.body = "{{project.code}}";
        f.object = "project";
        return f;
    }

    /// Saves a form, or says why not.
    uuid file(admin::webhook_form const& form) {
        auto const saved = desk.save(ada, form);
        if (!saved)
            throw std::runtime_error(saved.error().text());
        return *saved;
    }

    admin::service<objects, Policies> desk;
    admin::acting_user const ada{"ada", admin::rights::all()};
    admin::acting_user const bob{"bob", admin::rights::all()};
    admin::acting_user const francoise{"francoise", admin::rights::all(), "fr-CA"};
    admin::acting_user const nobody{"nobody", admin::rights()};
};

using desk_host = basic_desk_host<simulated_policies>;

/// "field code" of each error, in their order.
[[nodiscard]] inline std::vector<std::string> said(field_errors const& errors) {
    std::vector<std::string> all;
    for (auto const& e : errors)
        all.push_back(e.field() + ' ' + std::string(e.code()));
    return all;
}

/// The same of an outcome; nothing if it went well.
template <class T>
[[nodiscard]] std::vector<std::string> said(admin::outcome<T> const& outcome) {
    return outcome ? std::vector<std::string>() : said(outcome.error());
}

using texts = std::vector<std::string>;

} // namespace posthorn::test
