#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Writes include/posthorn/impl/detail/text/letter_tables.ipp: what searches know of the letters of Unicode.

    letter_tables.py [--check] [FOLDER]

FOLDER has UnicodeData.txt and CaseFolding.txt of one version of Unicode; Debian's package unicode-data has them in
/usr/share/unicode. With --check nothing is written: 1 if the file is not what would be.
"""

import pathlib
import re
import sys

TARGET = pathlib.Path(__file__).resolve().parents[2] / "include/posthorn/impl/detail/text/letter_tables.ipp"
WIDTH = 110

HEAD = """// Copyright (c) 2026 The Posthorn developers
// SPDX-License-Identifier: BSL-1.0

// Written by tests/unicode/letter_tables.py from the data of Unicode {version}.

#pragma once

#include <posthorn/detail/text/letter_tables.hpp>

#include <algorithm>
#include <iterator>

namespace posthorn::detail {{

struct decomposition_row {{
    char32_t code;
    char32_t first;
    char32_t second;
}};

// Every `step`-th character from `first` to `last` becomes what is `offset` behind it.
struct folding_row {{
    char32_t first;
    char32_t last;
    char32_t step;
    std::int32_t offset;
}};

struct long_folding_row {{
    char32_t code;
    char32_t to[3];
}};

struct class_row {{
    char32_t first;
    char32_t last;
    unsigned char combining_class;
}};
"""

TAIL = """
POSTHORN_DECL letter_pair decomposition_of(char32_t code) noexcept {
    auto const row = std::ranges::lower_bound(decomposition_rows, code, {}, &decomposition_row::code);
    if (row == std::end(decomposition_rows) || row->code != code)
        return {code, 0};
    return {row->first, row->second};
}

POSTHORN_DECL letter_folding folding_of(char32_t code) noexcept {
    auto const longer = std::ranges::lower_bound(long_folding_rows, code, {}, &long_folding_row::code);
    if (longer != std::end(long_folding_rows) && longer->code == code)
        return {longer->to[0], longer->to[1], longer->to[2]};
    auto const row = std::ranges::lower_bound(folding_rows, code, {}, &folding_row::last);
    if (row == std::end(folding_rows) || code < row->first || (code - row->first) % row->step != 0)
        return {code, 0, 0};
    return {static_cast<char32_t>(static_cast<std::int32_t>(code) + row->offset), 0, 0};
}

POSTHORN_DECL unsigned combining_class(char32_t code) noexcept {
    auto const row = std::ranges::lower_bound(class_rows, code, {}, &class_row::last);
    return row == std::end(class_rows) || code < row->first ? 0U : row->combining_class;
}

} // namespace posthorn::detail
"""


def read(folder):
    version = re.search(r"CaseFolding-([\d.]+)\.txt", (folder / "CaseFolding.txt").read_text(encoding="utf-8"))[1]
    foldings, decompositions, classes = {}, {}, {}
    for line in (folder / "UnicodeData.txt").read_text(encoding="utf-8").splitlines():
        fields = line.split(";")
        code = int(fields[0], 16)
        if fields[3] != "0":
            classes[code] = int(fields[3])
        # Those with a tag are no canonical ones.
        if fields[5] and not fields[5].startswith("<"):
            decompositions[code] = [int(c, 16) for c in fields[5].split()]
    for line in (folder / "CaseFolding.txt").read_text(encoding="utf-8").splitlines():
        fields = [f.strip() for f in line.split("#")[0].split(";")]
        # What decomposes is folded letter by letter.
        if len(fields) > 2 and fields[1] in "CF" and int(fields[0], 16) not in decompositions:
            foldings[int(fields[0], 16)] = [int(c, 16) for c in fields[2].split()]
    return version, foldings, decompositions, classes


def folding_runs(foldings):
    runs = []
    for code in sorted(c for c in foldings if len(foldings[c]) == 1):
        offset = foldings[code][0] - code
        if runs and runs[-1][3] == offset and code - runs[-1][1] in (1, 2):
            step = code - runs[-1][1]
            if runs[-1][0] == runs[-1][1] or runs[-1][2] == step:
                runs[-1][1:3] = [code, step]
                continue
        runs.append([code, code, 1, offset])
    return runs


def class_runs(classes):
    runs = []
    for code in sorted(classes):
        if runs and runs[-1][1] == code - 1 and runs[-1][2] == classes[code]:
            runs[-1][1] = code
        else:
            runs.append([code, code, classes[code]])
    return runs


def table(kind, name, rows):
    lines, line = [], "   "
    for row in rows:
        if len(line) + len(row) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {row},"
    return f"\ninline constexpr {kind} {name}[] = {{\n" + "\n".join(lines + [line]) + "\n};\n"


def text_of(folder):
    version, foldings, decompositions, classes = read(folder)
    text = HEAD.format(version=version) + "\n// clang-format off\n"
    text += table("decomposition_row", "decomposition_rows",
                  [f"{{{c:#x},{d[0]:#x},{d[1] if len(d) > 1 else 0:#x}}}" for c, d in sorted(decompositions.items())])
    text += table("folding_row", "folding_rows", [f"{{{a:#x},{b:#x},{s},{o}}}" for a, b, s, o in folding_runs(foldings)])
    text += table("long_folding_row", "long_folding_rows",
                  [f"{{{c:#x},{{" + ",".join(f"{x:#x}" for x in (to + [0, 0])[:3]) + "}}"
                   for c, to in sorted(foldings.items()) if len(to) > 1])
    text += table("class_row", "class_rows", [f"{{{a:#x},{b:#x},{k}}}" for a, b, k in class_runs(classes)])
    return text + "\n// clang-format on\n" + TAIL


def main():
    words = [w for w in sys.argv[1:] if w != "--check"]
    text = text_of(pathlib.Path(words[0] if words else "/usr/share/unicode"))
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
    elif TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET} is not what these data give")


main()
