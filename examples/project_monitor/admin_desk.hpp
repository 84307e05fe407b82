// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/admin/service_base.hpp>

#include "command.hpp"
#include "print.hpp"
#include "sqlite.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace monitor {

// The administration of one database for one user, on a dispatcher that does not run: another process may
// serve the same file meanwhile.
class admin_desk {
  public:
    // Makes and fills the database where there is none. Throws std::runtime_error, and refusal for a user
    // that there is not.
    explicit admin_desk(command const& with);
    ~admin_desk();

    [[nodiscard]] posthorn::admin::service_base& service() noexcept;
    [[nodiscard]] posthorn::admin::acting_user const& user() const noexcept;
    [[nodiscard]] screen const& out() const noexcept;
    // The server's own tables.
    [[nodiscard]] database& rows() noexcept;

    // The value, or a refusal in the user's language.
    template <class T>
    T accepted(posthorn::admin::outcome<T> said) const {
        return monitor::accepted(std::move(said), out().in());
    }

    // Makes a test call, and waits for its end.
    [[nodiscard]] posthorn::admin::test_report test(posthorn::admin::webhook_form const& form,
                                                    posthorn::admin::test_choice const& choice);

    // Delivers what the database has waiting, as a server would, until `ended`; false: it took longer than
    // `at_most`.
    bool deliver(std::chrono::seconds at_most, std::function<bool()> const& ended);

  private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace monitor
