// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

#pragma once

#include <filesystem>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <system_error>

namespace monitor {

// A folder of its own for its owner only, which goes with this object.
class temporary_folder {
  public:
    temporary_folder() {
        auto name = (std::filesystem::temp_directory_path() / "project_monitor_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder can be made");
        where_ = name;
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(where_, ignored);
    }

    [[nodiscard]] std::string file(char const* name) const { return (where_ / name).string(); }

  private:
    std::filesystem::path where_;
};

} // namespace monitor
