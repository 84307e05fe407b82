# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0

# What the consumers share: the program, once header-only and once against the compiled library, under a stranger's
# warnings. The headers are no system headers here, or the compiler would be silent about them.
foreach(library posthorn compiled)
    get_target_property(aliased posthorn::${library} ALIASED_TARGET)
    if(aliased)
        set_property(TARGET ${aliased} PROPERTY SYSTEM OFF)
    else()
        set_property(TARGET posthorn::${library} PROPERTY SYSTEM OFF)
    endif()
    add_executable(consumer_${library} "${CMAKE_CURRENT_LIST_DIR}/main.cpp")
    target_compile_options(consumer_${library} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
    target_link_libraries(consumer_${library} PRIVATE posthorn::${library})
endforeach()
