// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <posthorn/shards.hpp>

#include <boost/asio/strand.hpp>

namespace posthorn {

POSTHORN_DECL void shards::add_strand(boost::asio::any_io_executor const& executor) {
    add(boost::asio::make_strand(executor));
}

} // namespace posthorn
