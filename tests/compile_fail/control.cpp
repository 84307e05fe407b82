// compiles
// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#include "fixture.hpp"

int main() {
    boost::asio::io_context io;
    host::dispatcher hooks(io, host::guard(), posthorn::options());
    host::project const project;
    host::phase const phase;
    host::user const user;
    (void)hooks.save(
        hooks.webhook("w").on<host::phase>(posthorn::action::created).get("https://example.com/"));
    (void)hooks.dispatch(posthorn::created(project));
    (void)hooks.dispatch(posthorn::modified(phase, phase).within(project));
    (void)hooks.dispatch(posthorn::deleted(user).by("ada"));
}
