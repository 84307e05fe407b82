# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The report of a run: Markdown tables, made of its results."""

from __future__ import annotations

import textwrap
from typing import Any, Iterable, Sequence

from . import durable, figures
from .counts import hash_instructions
from .plan import PAIRED
from .plots import PLOTS, grouped
from .senders import BARE_CALL, CALL, LIMIT, POSTHORN, TITLES

Results = dict[str, Any]

MISSING = "-"
# Milliseconds: longer than what interrupts take.
LONG_STALL = 2
HEADINGS = {
    "closed": "HTTP, closed loop",
    "sleeping": "HTTP, closed loop, the receiver sleeps",
    "https": "HTTPS, closed loop",
    "bodies": "HTTP, closed loop, by size of the body",
    "unsigned": "HTTP, closed loop, unsigned",
    "calls": "In-transaction calls, blocking",
}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def paragraph(text: str) -> list[str]:
    return [*textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False), ""]


def ratio(values: Sequence[float]) -> str:
    return f"{figures.median(values):.2f}" if values else MISSING


def span(values: Sequence[float]) -> tuple[str, str]:
    if not values:
        return MISSING, MISSING
    found = figures.spread(values)
    return f"{found.low:.2f}..{found.high:.2f}", f"{found.first_quartile:.2f}..{found.third_quartile:.2f}"


def optional(value: float | None, shape: str = "{:.2f}") -> str:
    return MISSING if value is None else shape.format(value)


def name_of(key: str) -> str:
    return f"**{TITLES[key]}**" if key in (POSTHORN, CALL) else TITLES[key]


def picture(name: str, drawn: Iterable[str]) -> list[str]:
    if f"{name}-light.svg" not in drawn:
        return []
    return ["<picture>", f'  <source media="(prefers-color-scheme: dark)" srcset="plots/{name}-dark.svg">',
            f'  <img alt="{PLOTS[name]}" src="plots/{name}-light.svg">', "</picture>", ""]


def head(results: Results) -> list[str]:
    lines = ["# Benchmarks", ""]
    for fault in results["invalid"]:
        lines += paragraph(f"**This run is invalid.** {fault}")
    if results["mode"] != "full":
        lines += paragraph(f"**A {results['mode']} run:** it shows that everything works; its times prove nothing.")
    source = results["source"]
    state = ", with changes that are not committed" if source["dirty"] else ""
    lines += [f"`benchmarks/run`, {results['date']}, commit {source['commit'][:12]}{state}.", ""]
    machine = results["machine"]
    facts = {"processor": f"{machine['cpu']}, {machine['cores']} cores", "system": f"{machine['system']}, {machine['kernel']}",
             "virtualisation": machine["virtualisation"], "frequency governor": machine["governor"],
             "mitigations": machine["mitigations"],
             "real-time share": f"{machine['realtime_microseconds_per_second']} us of each second"} | results["versions"]
    return lines + table(["what", "which"], [(name, str(value)) for name, value in facts.items()])


def method(results: Results) -> list[str]:
    placement = results["placement"]
    lines = ["## How to read this", ""]
    lines += paragraph(
        "Read the ratios: the times are those of one machine in one sitting. Every sender posts the same signed requests over "
        "loopback to the same receiver; the limit is a sender that does nothing but sign and send, by hand on epoll. Each run of "
        "a sender stands between two runs of the limit, and a ratio is that run over the mean of those two. A round has all "
        f"senders once, in another order each time; the tables give medians (rounds: {results['rounds']}), with the least and "
        "greatest ratio and the quartiles. The limit is measured against itself in the same way: its row is the noise floor, and "
        "a difference smaller than its spread is none. A latency is from the start of a request to its answer, and in an open "
        "loop from the instant for which it was scheduled. What is in flight is the rate times the mean latency; a sender for "
        "which that is far below the number of connections does not keep them busy, and its latencies are those of fewer.")
    where = f"Sender on core {placement['sender']}, receiver on core {placement['receiver']}. {placement['note']}"
    if placement["sender"] != placement["receiver"]:
        where += " Unless it says so, the receiver spins: it never sleeps, so that no sender pays for waking it."
    return lines + paragraph(where) + paragraph(quiet(results))


def quiet(results: Results) -> str:
    """How far the machine itself can be trusted."""
    stall = results["longest_stall"] * 1000
    text = f"A process that only spun on these cores was kept from running for up to {stall:.1f} ms at a time."
    if stall > LONG_STALL:
        text += " **Other work was on the machine:** the high percentiles, and all of the open loop, are those of that work."
    of_limit = [one["per_second"] for part in PAIRED for entry in results.get(part) or []
                for one in entry["pairs"].get(LIMIT, ())]
    if of_limit:
        found = figures.spread(of_limit)
        text += (f" Noise floor, the limit against itself in all {len(of_limit)} pairs: median {found.median:.2f}, quartiles "
                 f"{found.first_quartile:.2f}..{found.third_quartile:.2f}, least and greatest {found.low:.2f}..{found.high:.2f}.")
    return text


def check(results: Results) -> list[str]:
    lines = ["## What was sent", "", *paragraph("Each sender once against a receiver that recomputes every signature.")]
    rows = []
    for protocol, found in results["check"].items():
        for key, one in found.items():
            totals, faults = one["totals"], "; ".join(one["faults"])
            rows.append((name_of(key), protocol.upper(), str(totals.get("received", MISSING)), str(totals.get("bad", MISSING)),
                         str(totals.get("connections", MISSING)), optional(one.get("handshakes_per_1000")),
                         f"**not shown below:** {faults}" if faults else "right"))
    return lines + table(["sender", "over", "received", "bad", "connections", "further handshakes per 1 000", ""], rows)


def paired_row(key: str, lines: Sequence[dict[str, Any]], pairs: Sequence[dict[str, float]]) -> list[str]:
    def of(metric: str) -> list[float]:
        return [one[metric] for one in pairs if metric in one]

    def median(metric: str) -> str:
        return grouped(figures.median(figures.metric(line, metric) for line in lines))

    latencies = ["p50", "p99"] + (["p99.9"] if all("p99.9" in line["latency_us"] for line in lines) else [])
    shown = [median(p) for p in latencies] + [MISSING] * (3 - len(latencies))
    name = f"{name_of(key)}, against itself" if key in (LIMIT, BARE_CALL) else name_of(key)
    return [name, median("per_second"), ratio(of("per_second")), *span(of("per_second")), ratio(of("cpu")),
            f"{figures.median(map(figures.in_flight, lines)):.0f}", *shown, ratio(of("p50")), ratio(of("p99"))]


def paired(results: Results, part: str) -> list[str]:
    lines = []
    if part == "calls":
        lines += paragraph("One thread that waits for each answer: a host transaction from begin() to the report of commit(), with "
                           "match, rendering and signature, beside Beast's synchronous write and read of one request that was "
                           "made before.")
    for entry in results[part]:
        rows = [paired_row(key, those, entry["pairs"][key]) for key, those in entry["lines"].items() if those]
        lines += [f"### {entry['title']}", ""]
        lines += table(["sender", "deliveries/s", "to the limit", "least..greatest", "quartiles", "CPU to the limit", "in flight",
                        "p50 us", "p99 us", "p99.9 us", "p50 to the limit", "p99 to the limit"], rows)
    return lines


def open_loops(results: Results) -> list[str]:
    lines = paragraph("16 connections, requests at even distances, at a share of what each sender does in a closed loop. A "
                      "sender that falls behind has a rate below the one that was asked.")
    rows = []
    for run in sorted(results["open"], key=lambda r: r["load"]):
        line, latency = run["line"], run["line"]["latency_us"]
        rows.append([name_of(run["sender"]), f"{run['load']:.0%}", grouped(run["rate"]), grouped(line["per_second"]),
                     grouped(line["requests"]),
                     *(grouped(latency[p]) if p in latency else MISSING for p in ("p50", "p90", "p99", "p99.9", "p99.99"))])
    return lines + table(["sender", "load", "asked/s", "done/s", "requests", "p50 us", "p90 us", "p99 us", "p99.9 us",
                          "p99.99 us"], rows)


def counts(results: Results) -> list[str]:
    found = results["counts"]
    of_hash = hash_instructions(found["http"])
    text = ("User instructions by callgrind, system calls by strace, each as the difference of two runs; 16 connections. These "
            "repeat from run to run.")
    if of_hash is not None:
        text += (f" The hash takes {grouped(of_hash)} of the instructions: the limit with signatures less the limit without. It "
                 "is so many because valgrind has no SHA instructions; hyper and Go hash with code of their own, so for them "
                 "what is beside the hash is an estimate.")
    lines = paragraph(text)
    rows = []
    for protocol, senders in found.items():
        for key, one in senders.items():
            total = one.get("instructions")
            beside = None if total is None or of_hash is None else total - of_hash
            rows.append([name_of(key), protocol.upper(), MISSING if total is None else grouped(total),
                         MISSING if beside is None else grouped(beside), optional(one.get("system_calls")),
                         optional(one.get("allocations"), "{:.3f}")])
    return lines + table(["sender", "over", "instructions", "beside the hash", "system calls", "allocations"], rows)


def engine(results: Results) -> list[str]:
    lines = []
    stages, expressions = results["engine"].get("stages"), results["engine"].get("expressions")
    if stages:
        lines += table(["stage", "ns", "allocations", "instructions"],
                       [[line["stage"], f"{line['ns']:.1f}", optional(line.get("allocations")),
                         MISSING if "instructions" not in line else grouped(line["instructions"])] for line in stages])
    if expressions:
        lines += table(["expressions and dispatch", "ns", "allocations"],
                       [[line["name"].replace("_", " "), f"{line['ns']:.1f}", optional(line.get("allocations"))]
                        for line in expressions])
    return lines


def accept_row(key: str, lines: Sequence[dict[str, Any]], pairs: Sequence[dict[str, float]], limit: str) -> list[str]:
    rates = [one["per_second"] for one in pairs]
    name = f"{durable.TITLES[key]}, against itself" if key == limit else f"**{durable.TITLES[key]}**"
    return [name, grouped(figures.median(line["per_second"] for line in lines)), ratio(rates), *span(rates),
            ratio([one["cpu"] for one in pairs if "cpu" in one]),
            *(grouped(figures.median(line["latency_us"][p] for line in lines)) for p in ("p50", "p99"))]


def against(entries: Sequence[dict[str, Any]], limit: str, rate: str) -> list[str]:
    lines = []
    for entry in entries:
        lines += [f"### {entry['title']}", ""]
        lines += table(["", rate, "to the first", "least..greatest", "quartiles", "CPU to the first", "transaction p50 us",
                        "p99 us"], [accept_row(key, those, entry["pairs"][key], limit)
                                    for key, those in entry["lines"].items() if those])
    return lines


def seconds_per_event(lines: Iterable[dict[str, Any]]) -> float:
    return figures.median(1 / line["per_second"] for line in lines)


def rendering(found: Results) -> list[str]:
    render = seconds_per_event(found["render"])
    beside = [(entry["batch"], durable.beside_rendering(seconds_per_event(entry["lines"][durable.BARE]),
                                                        seconds_per_event(entry["lines"][durable.LIBRARY]), render))
              for entry in found.get("accept", ()) if all(entry["lines"].values())]
    text = f"To match and to render, which the statements by hand do not, takes {render * 1e9:.0f} ns of each event."
    if beside:
        text += " Without that the ratio is " + ", ".join(f"{value:.2f} at {batch}" for batch, value in beside) + "."
    return paragraph(text)


def claims(found: dict[str, Sequence[dict[str, Any]]]) -> list[str]:
    rows = []
    for durability, lines in found.items():
        if lines:
            rates = figures.spread([line["per_second"] for line in lines])
            rows.append([durability.upper(), grouped(lines[0]["requests"]), grouped(rates.median),
                         f"{grouped(rates.low)}..{grouped(rates.high)}",
                         *(f"{figures.median(line[name] for line in lines):.2f}" for name in ("claim_us", "settle_us"))])
    return ["### Claimed and settled", "", *paragraph(
        f"Deliveries that wait, claimed and settled with an attempt each, {durable.CLAIM_BATCH} at a time, one after the other."),
        *table(["synchronous", "rows", "deliveries/s", "least..greatest", "us to claim one", "us to settle one"], rows)]


def first_bytes(found: dict[str, Sequence[dict[str, Any]]]) -> list[str]:
    rows = [[durable.TITLES[key], *(grouped(figures.median(line[name][p] for line in lines))
                                    for name in ("from_call_us", "from_return_us", "commit_us") for p in ("p50", "p99"))]
            for key, lines in found.items() if lines]
    return ["### From commit() to the receiver, idle", "", *paragraph(
        "One event at a time, until the receiver has its first bytes, in microseconds; medians of the rounds."),
        *table(["", "from the call, p50", "p99", "from its return, p50", "p99", "commit(), p50", "p99"], rows)]


def backlogs(lines: Sequence[dict[str, Any]]) -> list[str]:
    rows = [[line["cache"], grouped(line["rows"]), f"{line['file_bytes'] / 1e6:.1f}", f"{line['open_seconds'] * 1e3:.1f}",
             f"{(line['open_seconds'] + line['claim_seconds']) * 1e3:.1f}",
             *(f"{line[name] / 1024:.1f}" for name in ("resident_kib", "resident_open_kib", "resident_claimed_kib"))]
            for line in lines]
    return ["### A start with many pending deliveries", "", *paragraph(
        "A process that opens the file and claims once, with the file in the system's memory (warm) or on the disk only (cold)."),
        *table(["file", "pending", "MB", "ms to open", "ms until the first claim has given", "MiB before", "MiB open",
                "MiB after the claim"], rows)]


def administrations(lines: Sequence[dict[str, Any]]) -> list[str]:
    rows = [[line["question"].replace("_", " "), grouped(line["shown"]),
             *(f"{line['latency_us'][p] / 1e3:.2f}" for p in ("p50", "p99"))] for line in lines]
    return ["### The lists of the administration", "", *paragraph(
        f"{grouped(lines[0]['webhooks'])} webhooks and {grouped(lines[0]['orders'])} pending orders, asked {lines[0]['requests']} "
        "times each."), *table(["question", "shown", "ms, p50", "p99"], rows)]


def registries(lines: Sequence[dict[str, Any]]) -> list[str]:
    loads = [[grouped(line["webhooks"]), f"{line['load_ms']:.1f}",
              *(grouped(line[name][p]) for name in ("notice_us", "nothing_new_us") for p in ("p50", "p99"))]
             for line in lines if line["name"] == "registry"]
    text = ["### Webhooks that other processes change", "", *paragraph(
        "All webhooks, loaded by a handle that knows none; one change of another handle, seen by `reload()`; and `reload()` "
        "when nothing has changed, in microseconds."),
        *table(["webhooks", "ms to load", "one change, p50", "p99", "nothing new, p50", "p99"], loads)]
    for line in lines:
        if line["name"] == "generation":
            whole, reading = line["transaction_us"]["p50"], line["reading_us"]["p50"]
            text += paragraph(f"A transaction of one event takes {whole:.1f} us, of which it reads the generation on the host's "
                              f"connection for {reading:.1f} us ({reading / whole:.1%}).")
    return text


def reaches(lines: Sequence[dict[str, Any]]) -> list[str]:
    rows = [[grouped(line["dispatches_per_second"]), grouped(line["changes"]),
             *(f"{line['delay_us'][p] / 1e3:.1f}" for p in ("p50", "p90", "p99", "p100"))] for line in lines]
    return ["### Until another process acts on a change", "", *paragraph(
        "One process activates a webhook; until the other one has sent the delivery that waited for it, in milliseconds, with "
        "`registry_poll` as it is."),
        *table(["dispatches/s there", "changes", "p50", "p90", "p99", "longest"], rows)]


def durables(results: Results) -> list[str]:
    found, lines = results["durable"], []
    if "disk" in found:
        disk = found["disk"]
        written = ", ".join(f"{grouped(disk[name]['p50'])} us (p99 {grouped(disk[name]['p99'])}) {where}" for name, where in (
            ("in_place_us", "in place"), ("growing_us", "at the end of a file")))
        lines += paragraph(f"SQLite {disk['sqlite']} on {disk['file_system']}, synchronous=FULL unless it says so. 4 KiB are on "
                           f"this disk after {written}: a commit cannot be faster. Here nothing is real-time, and receivers "
                           "sleep, since the kernel's own threads need a core to write to the disk.")
    if found.get("accept"):
        lines += paragraph("Accepted, and delivered by nobody, beside the very same rows put into the same tables by prepared "
                           "statements. Every run of the library stands between two runs of the statements.")
        lines += against(found["accept"], durable.BARE, "events/s")
    lines += rendering(found) if found.get("render") else []
    lines += claims(found["claim"]) if found.get("claim") else []
    if found.get("deliver"):
        lines += paragraph("From the first transaction to the settlement of the last event, by a thread that "
                           "commits, one that delivers, and the storage's own; in memory with the same threads.")
        lines += against(found["deliver"], durable.MEMORY, "deliveries/s")
    lines += first_bytes(found["first_byte"]) if found.get("first_byte") else []
    lines += backlogs(found["backlog"]) if found.get("backlog") else []
    lines += administrations(found["admin"]) if found.get("admin") else []
    lines += registries(found["registry"]) if found.get("registry") else []
    return lines + (reaches(found["reach"]) if found.get("reach") else [])


def webhooks(results: Results) -> list[str]:
    lines = paragraph("Nanoseconds to find the ten webhooks of an event, beside looking at each webhook.")
    rows = [[line["mix"], grouped(line["webhooks"]), grouped(line["ns"]), grouped(line["ns_cold"]), grouped(line["ns_scan"])]
            for line in results["webhooks"]]
    return lines + table(["mix", "webhooks", "100 objects in turn", "any object", "looking at each"], rows)


def compile_time(results: Results) -> list[str]:
    lines = []
    records = results["compile"]
    for which in dict.fromkeys((r["compiler"], r["version"], r["level"]) for r in records):
        lines += [" ".join(which) + ":", ""]
        lines += table(["translation unit", "Posthorn", "CPU seconds", "to the yardstick", "MB", "object MB"],
                       [[r["case"], r["mode"] or MISSING, f"{r['seconds']:.2f}", f"{r['ratio']:.2f}", f"{r['memory_mb']:.0f}",
                         f"{r['object_mb']:.1f}"] for r in records if (r["compiler"], r["version"], r["level"]) == which])
    return lines


def sections(results: Results, drawn: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if "check" in results:
        lines += check(results)
    for part in PAIRED:
        if results.get(part):
            lines += [f"## {HEADINGS[part]}", ""]
            if part == "closed":
                lines += picture("throughput", drawn) + picture("latency-closed", drawn)
            lines += paired(results, part)
    for part, heading, write, plot in (("open", "HTTP, open loop", open_loops, "latency-open"),
                                       ("counts", "Counts per delivery", counts, ""),
                                       ("durable", "Durable storage", durables, ""),
                                       ("webhooks", "Cost by number of webhooks", webhooks, "webhooks"),
                                       ("engine", "Engine", engine, ""), ("compile", "Compile time", compile_time, "")):
        if results.get(part):
            lines += [f"## {heading}", "", *picture(plot, drawn), *write(results)]
    return lines


def remarks(results: Results) -> list[str]:
    lines = []
    for key, heading in (("failures", "What failed"), ("notes", "What was left out")):
        if results[key]:
            lines += [f"## {heading}", "", *(f"- {text}" for text in results[key]), ""]
    return lines


def report(results: Results, drawn: Sequence[str]) -> str:
    """The whole report; `drawn` are the file names of the plots beside it."""
    return "\n".join([*head(results), *method(results), *sections(results, drawn), *remarks(results)])
