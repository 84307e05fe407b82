# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The machine, the versions and the source that figures belong to."""

from __future__ import annotations

import os
import pathlib
import platform
import re
import shutil
import subprocess
from typing import Any

ROOT = pathlib.Path(__file__).resolve().parents[2]
VULNERABILITIES = pathlib.Path("/sys/devices/system/cpu/vulnerabilities")


def read(path: str | pathlib.Path) -> str:
    """Empty if there is no such file, or if it must not be read."""
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def output_of(*command: str, given: str | None = None) -> str:
    """Empty if there is no such program, or if it fails."""
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.stdout.strip() if done.returncode == 0 else ""


def processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def distribution() -> str:
    found = re.search(r'^PRETTY_NAME="?([^"\n]+)', read("/etc/os-release"), re.MULTILINE)
    return found[1] if found else "unknown"


def virtualisation() -> str:
    found = output_of("systemd-detect-virt", "--vm")
    if found and found != "none":
        return found
    flags = re.search(r"^flags\s*:(.*)$", read("/proc/cpuinfo"), re.MULTILINE)
    return "a virtual machine" if flags and "hypervisor" in flags[1].split() else "none found"


def mitigations() -> str:
    """`mitigated: a, b; vulnerable: c`."""
    groups: dict[str, list[str]] = {"mitigated": [], "vulnerable": []}
    for path in sorted(VULNERABILITIES.glob("*")):
        state = read(path).lower()
        if state.startswith("mitigation"):
            groups["mitigated"].append(path.name)
        elif state.startswith("vulnerable"):
            groups["vulnerable"].append(path.name)
    return "; ".join(f"{name}: {', '.join(those)}" for name, those in groups.items() if those) or "none"


def machine() -> dict[str, Any]:
    return {
        "cpu": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": f"{platform.system()} {platform.release()}",
        "system": distribution(),
        "governor": read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") or "not readable",
        "virtualisation": virtualisation(),
        "mitigations": mitigations(),
        "realtime_microseconds_per_second": read("/proc/sys/kernel/sched_rt_runtime_us") or "not readable",
    }


def macro(compiler: str, header: str, name: str) -> str:
    """What a header's macro says; empty without that header."""
    source = f"#if __has_include(<{header}>)\n#include <{header}>\nposthorn_wants {name}\n#endif\n"
    text = output_of(compiler, "-E", "-P", "-x", "c++", "-", given=source)
    found = re.search(r"^posthorn_wants (.+)$", text, re.MULTILINE)
    value = found[1].strip().strip('"') if found else ""
    return "" if value == name else value


def hyper_version(build: pathlib.Path) -> str:
    """Of the lock file that building it left."""
    found = re.search(r'^name = "hyper"\nversion = "([^"]+)"', read(build / "benchmarks/hyper/Cargo.lock"), re.MULTILINE)
    return found[1] if found else ""


def compiler_of(build: pathlib.Path) -> str:
    found = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", read(build / "CMakeCache.txt"), re.MULTILINE)
    return found[1] if found else "c++"


def versions(build: pathlib.Path) -> dict[str, str]:
    compiler = compiler_of(build)
    found = {
        "compiler": (output_of(compiler, "--version").splitlines() or [""])[0],
        "Boost": macro(compiler, "boost/version.hpp", "BOOST_LIB_VERSION").replace("_", "."),
        "OpenSSL": macro(compiler, "openssl/opensslv.h", "OPENSSL_VERSION_TEXT"),
        "libcurl": macro(compiler, "curl/curlver.h", "LIBCURL_VERSION"),
        "cpp-httplib": macro(compiler, "httplib.h", "CPPHTTPLIB_VERSION"),
        "Go": output_of("go", "version").removeprefix("go version "),
        "Rust": output_of("rustc", "--version"),
        "hyper": hyper_version(build),
    }
    return {name: version or "not there" for name, version in found.items()}


def source() -> dict[str, Any]:
    commit = output_of("git", "rev-parse", "HEAD")
    return {"commit": commit or "unknown",
            "dirty": bool(output_of("git", "status", "--porcelain", "--untracked-files=no")) if commit else None}
