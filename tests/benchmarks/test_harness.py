# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""The harness of the benchmarks, without the programs that it measures: arithmetic, gates, tables, plots, processes."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time
import unittest
import unittest.mock
import xml.etree.ElementTree
from typing import Any

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))
sys.dont_write_bytecode = True
from harness import brackets, counts, durable, figures, loads, machine, plots, processes, svg, tables  # noqa: E402
from harness.plan import FULL, OPEN_LOADS, PAIRED, QUICK, SMOKE, cases  # noqa: E402
from harness.senders import SENDERS, Case, Target, command  # noqa: E402
from harness.session import Session  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"


def line(per_second: float = 100_000, p99: float = 200, requests: int = 1000) -> dict[str, Any]:
    shares = {p: p99 * (0.5 + 0.2 * i) for i, p in enumerate(plots.PERCENTILES)}
    return {"requests": requests, "per_second": per_second, "cpu_seconds": requests / per_second,
            "latency_us": shares | {"p99": p99}}


def sample() -> dict[str, Any]:
    """Results such as a run leaves: every sender, every part."""
    keys = [sender.key for sender in SENDERS]
    entries = [{"case": {"connections": c}, "title": Case(connections=c).title,
                "lines": {key: [line(100_000 / (i + 1), 200 * (i + 1))] for i, key in enumerate(keys)},
                "pairs": {key: [{"per_second": 1 / (i + 1), "cpu": i + 1, "p50": i + 1, "p99": i + 1}]
                          for i, key in enumerate(keys)}} for c in (1, 16, 64)]
    routing = [{"mix": mix, "webhooks": n, "ns": 50, "ns_cold": 60, "ns_scan": 15 * n}
               for n in (10, 1000, 100_000) for mix in ("types", "filters", "equalities")]
    return {
        "mode": "full", "parts": [], "rounds": 9, "date": "2026-01-01 00:00 UTC", "failures": [], "notes": [],
        "invalid": [], "runs": [], "source": {"commit": "0123456789abcdef", "dirty": False}, "versions": {"Boost": "1.81"},
        "machine": {"cpu": "x", "cores": 2, "kernel": "x", "system": "x", "governor": "x", "virtualisation": "x",
                    "mitigations": "x", "realtime_microseconds_per_second": "x"},
        "placement": {"sender": 0, "receiver": 1, "note": ""}, "longest_stall": 0.0001,
        "check": {"http": {key: {"faults": [], "totals": {"received": 1}} for key in keys},
                  "https": {"go": {"faults": ["7 of 9 requests are bad"], "totals": {}}}},
        "closed": entries, "webhooks": routing,
        "open": [{"sender": key, "load": load, "rate": 1000, "line": line()} for key in keys for load in OPEN_LOADS],
        "counts": {"http": counted(), "https": {}}, "durable": stored(),
        "engine": {"stages": [{"stage": "match", "ns": 20, "allocations": 0, "instructions": 70}],
                   "expressions": [{"name": "each_match", "ns": 900}]},
        "compile": [{"compiler": "g++", "version": "12", "level": "-O0", "case": "x", "mode": None, "seconds": 1, "ratio": 1,
                     "memory_mb": 1, "object_mb": 1}],
    }


def stored() -> dict[str, Any]:
    """What the part durable leaves."""
    def entry(limit: str, other: str) -> dict[str, Any]:
        ratios = {"per_second": 0.85, "cpu": 1.2, "p50": 1.1, "p99": 1.1}
        return {"batch": 64, "title": "64 events", "lines": {limit: [line(200_000)], other: [line(170_000)]},
                "pairs": {limit: [{"per_second": 1.01}], other: [ratios]}}

    p = {"p50": 120.4, "p99": 200}
    return {
        "disk": {"file_system": "ext4", "sqlite": "3.40.1", "in_place_us": p, "growing_us": p},
        "accept": [entry(durable.BARE, durable.LIBRARY)], "render": [line(1_000_000)],
        "claim": {name: [line(40_000, requests=5000) | {"claim_us": 7.5, "settle_us": 9.25}] for name in durable.DURABILITIES},
        "deliver": [entry(durable.MEMORY, durable.SQLITE)],
        "first_byte": {durable.MEMORY: [], durable.SQLITE: [{"from_call_us": p, "from_return_us": p, "commit_us": p}]},
        "backlog": [{"cache": cache, "rows": 1_000_000, "file_bytes": 987_000_000, "open_seconds": 0.001, "claim_seconds": 0.0035,
                     "resident_kib": 4096, "resident_open_kib": 5120, "resident_claimed_kib": 6144} for cache in ("warm", "cold")],
        "admin": [{"question": "orders_of_one", "shown": 50, "webhooks": 10_000, "orders": 1_000_000, "requests": 200,
                   "latency_us": {"p50": 1200.5, "p99": 2345.6}}],
        "registry": [{"name": "registry", "webhooks": 100_000, "load_ms": 1739.2, "notice_us": {"p50": 66.0, "p99": 141.3},
                      "nothing_new_us": {"p50": 3.0, "p99": 6.7}},
                     {"name": "generation", "transaction_us": {"p50": 165.0}, "reading_us": {"p50": 0.3}}],
        "reach": [{"dispatches_per_second": rate, "changes": 50,
                   "delay_us": {"p50": 538_000.0, "p90": 886_000.0, "p99": 1_004_000.0, "p100": 1_006_000.0}} for rate in (0, 1000)],
    }


def counted(**posthorn: float) -> counts.Counts:
    return {"limit": {"instructions": 21_400, "unsigned_instructions": 1_600, "system_calls": 2.1},
            "posthorn": {"instructions": 33_000, "system_calls": 2.2, "allocations": 0.002} | posthorn}


class Figures(unittest.TestCase):
    def test_median(self) -> None:
        self.assertEqual(figures.median([3, 1, 2]), 2)
        self.assertEqual(figures.median([4, 1, 3, 2]), 2.5)
        with self.assertRaises(ValueError):
            figures.median([])

    def test_spread(self) -> None:
        found = figures.spread([5, 1, 4, 2, 3])
        self.assertEqual((found.low, found.first_quartile, found.median, found.third_quartile, found.high), (1, 2, 3, 4, 5))

    def test_a_quantile_lies_between_two_values(self) -> None:
        self.assertAlmostEqual(figures.quantile([0, 10], 0.25), 2.5)
        self.assertEqual(figures.quantile([7], 0.99), 7)

    def test_a_ratio_is_over_the_mean_of_its_brackets(self) -> None:
        self.assertEqual(figures.bracket_ratio(100, 75, 200), 0.5)

    def test_a_pair_compares_cost_per_request(self) -> None:
        found = figures.pair(line(100_000, requests=1000), line(50_000, p99=400, requests=500), line(100_000))
        self.assertAlmostEqual(found["per_second"], 0.5)
        self.assertAlmostEqual(found["cpu"], 2)
        self.assertAlmostEqual(found["p99"], 2)

    def test_a_pair_leaves_out_what_is_zero(self) -> None:
        idle = line() | {"cpu_seconds": 0}
        self.assertNotIn("cpu", figures.pair(idle, line(), idle))

    def test_what_is_in_flight(self) -> None:
        level = {"per_second": 1000, "latency_us": {"p50": 16_000, "p99": 16_000, "p100": 16_000}}
        self.assertAlmostEqual(figures.in_flight(level), 16)
        rising = {"per_second": 1000, "latency_us": {"p0": 0, "p100": 2000}}
        self.assertAlmostEqual(figures.in_flight(rising), 1)

    def test_what_start_and_end_cost_is_no_cost_of_a_request(self) -> None:
        self.assertEqual(figures.per_request((1000, 5_000_000 + 1000 * 700), (3000, 5_000_000 + 3000 * 700)), 700)


class Checks(unittest.TestCase):
    def test_what_a_receiver_must_have_seen(self) -> None:
        good = {"received": 1200, "bad": 0, "connections": 16}
        self.assertEqual(loads.check_faults(good, 1200, 16), [])
        for key in good:
            with self.subTest(key):
                self.assertEqual(len(loads.check_faults(good | {key: 7}, 1200, 16)), 1)

    def test_the_first_handshake_of_a_connection_is_none_of_the_steady_state(self) -> None:
        self.assertEqual(loads.steady_handshakes({"handshakes": 16, "received": 1000}, 16), 0)
        self.assertEqual(loads.steady_handshakes({"handshakes": 20, "received": 2000}, 16), 2)


class Pairs(unittest.TestCase):
    def session(self) -> Session:
        return Session(SMOKE, pathlib.Path(), pathlib.Path(), pathlib.Path(), processes.ANYWHERE, {})

    def test_each_stands_between_two_runs_of_the_limit(self) -> None:
        started = []

        def run(key: str) -> dict[str, Any]:
            started.append(key)
            return line(200 if key == "limit" else 50)

        session = self.session()
        played = brackets.Brackets(session, "part", "case", {"limit": "the limit", "other": "another"}, "limit", run)
        played.play()
        self.assertEqual(started, ["limit", "limit", "limit", "other", "limit"])
        self.assertEqual([pair["per_second"] for pair in played.pairs["other"]], [0.25])
        self.assertEqual(len(played.lines["limit"]), SMOKE.rounds)
        self.assertEqual([one["role"] for one in session.results["runs"]].count("bracket"), 3)

    def test_one_that_fails_leaves_the_others(self) -> None:
        def run(key: str) -> dict[str, Any]:
            if key == "other":
                raise processes.Failed("it hung")
            return line()

        session = self.session()
        with unittest.mock.patch("sys.stderr"):
            played = brackets.Brackets(session, "part", "case", {"limit": "the limit", "other": "another"}, "limit", run)
            played.play()
        self.assertEqual(session.results["failures"], ["part, case, another: it hung"])
        self.assertEqual((len(played.lines["limit"]), played.lines["other"]), (1, []))


class Durable(unittest.TestCase):
    def test_where_it_runs(self) -> None:
        self.assertEqual(durable.placed(processes.Placement(0, 1)), ["--core", "0"])
        self.assertEqual(durable.placed(processes.ANYWHERE), [])

    def test_events_come_in_whole_transactions(self) -> None:
        self.assertEqual([durable.whole_batches(n, 64) for n in (1, 64, 65, 1000.5)], [64, 64, 128, 1024])

    def test_a_run_is_as_long_as_the_plan_wants(self) -> None:
        session = unittest.mock.Mock()
        session.plan.seconds, session.plan.fixed_requests = 0.5, 300
        asked = []

        def start(key: str, events: int) -> dict[str, Any]:
            asked.append((key, events))
            return line(10_000)

        run = durable.Calibrated(session, 64, start)
        run("x")
        run("x")
        self.assertEqual(asked, [("x", 512), ("x", 5056), ("x", 5056)])
        session.plan.seconds = 0
        durable.Calibrated(session, 64, start)("y")
        self.assertEqual(asked[-1], ("y", 320))

    def test_what_rendering_takes_is_taken_off(self) -> None:
        self.assertAlmostEqual(durable.beside_rendering(5e-6, 7e-6, 1e-6), 5 / 6)

    def test_one_core_has_one_setting(self) -> None:
        session = unittest.mock.Mock()
        for placement, settings in ((processes.Placement(0, 1, True), 2), (processes.Placement(0, 0, True), 1)):
            session.placement = placement
            found = durable.settings(session)
            self.assertEqual(len(found), settings)
            # The kernel's threads write to the disk.
            self.assertFalse(any(where.fifo for _, where in found))


class Gates(unittest.TestCase):
    def test_what_may_pass(self) -> None:
        self.assertEqual(counts.gates(counted()), [])
        self.assertEqual(counts.gates(counted(instructions=34_800, system_calls=2.3, allocations=0.005)), [])

    def test_what_must_not(self) -> None:
        for name, value, said in (("instructions", 34_801, "15001 user instructions"), ("system_calls", 2.31, "2.31 system"),
                                  ("allocations", 0.006, "0.006 allocations")):
            with self.subTest(name):
                sentences = counts.gates(counted(**{name: value}))
                self.assertEqual(len(sentences), 1)
                self.assertIn(said, sentences[0])

    def test_what_was_not_counted_does_not_pass(self) -> None:
        self.assertEqual(len(counts.gates({})), 3)
        self.assertEqual(len(counts.gates({"posthorn": counted()["posthorn"]})), 1)

    def test_a_limit_that_costs_too_much_makes_the_run_invalid(self) -> None:
        self.assertEqual(counts.faults_of_the_limit(counted()["limit"]), [])
        self.assertEqual(counts.faults_of_the_limit({}), [])
        self.assertEqual(len(counts.faults_of_the_limit({"system_calls": 2.21, "instructions": 22_001})), 2)

    def test_what_the_tools_say(self) -> None:
        self.assertEqual(counts.collected("==7== Collected : 12\n==7== Collected : 4567\n"), 4567)
        self.assertEqual(counts.total_calls("    calls syscall\n--------- ----\n       12 read\n       29 total\n"), 29)
        for parse in (counts.collected, counts.total_calls):
            with self.assertRaises(processes.Failed):
                parse("nothing of the kind")


class Senders(unittest.TestCase):
    def test_options(self) -> None:
        words = command(pathlib.Path("x"), Target(80, pathlib.Path("ca")), Case(signed=False), 10, 5, processes.ANYWHERE, 99.6)
        self.assertEqual(" ".join(words), "x --port 80 --connections 16 --requests 10 --warmup 5 --body 512 --unsigned "
                                          "--ca ca --rate 100")
        placed = command(pathlib.Path("x"), Target(80), Case(), 10, 5, processes.Placement(0, 1, True))
        self.assertEqual(placed[-3:], ["--core", "0", "--fifo"])

    def test_every_plan_has_cases_for_every_paired_part(self) -> None:
        for plan in (FULL, QUICK, SMOKE):
            for part in PAIRED:
                self.assertTrue(cases(part, plan))
        self.assertGreaterEqual(FULL.rounds, 9)
        self.assertGreaterEqual(FULL.open_requests, 200_000)


class Drawings(unittest.TestCase):
    def test_names_keep_their_distance_and_order(self) -> None:
        places = svg.spread_out([10, 11, 12, 100, 99.5, 300], 17, 0, 200)
        self.assertEqual(places.index(min(places)), 0)
        ordered = sorted(places)
        self.assertTrue(all(b - a >= 17 - 1e-9 for a, b in zip(ordered, ordered[1:])), ordered)
        self.assertTrue(0 <= ordered[0] and ordered[-1] <= 200, ordered)
        self.assertLess(places[4], places[3])
        self.assertEqual(svg.spread_out([50, 150], 17, 0, 200), [50, 150])

    def test_scales(self) -> None:
        self.assertEqual(svg.Scale(0, 10, 100, 200).place(5), 150)
        self.assertAlmostEqual(svg.Scale(1, 100, 0, 200, True).place(10), 100)
        self.assertAlmostEqual(plots.percentile_place("p99.9"), 3)

    def test_bounds_and_ticks(self) -> None:
        self.assertEqual(svg.logarithmic_bounds([113, 740]), (100, 1000))
        self.assertEqual(svg.logarithmic_bounds([20, 3_000_000]), (10, 10_000_000))
        self.assertEqual(svg.logarithmic_ticks(100, 1000), [100, 200, 500, 1000])
        self.assertEqual(svg.linear_ticks(127_000), [20_000 * i for i in range(8)])

    def test_every_plot_is_well_formed_in_both_themes(self) -> None:
        drawn = plots.documents(sample())
        self.assertEqual(sorted(drawn), sorted(f"{name}-{theme.name}.svg" for name in plots.PLOTS for theme in svg.THEMES))
        for name, text in drawn.items():
            with self.subTest(name):
                root = xml.etree.ElementTree.fromstring(text)
                self.assertEqual(root.tag, SVG + "svg")
                self.assertTrue(root.findtext(SVG + "title"))
                self.assertGreaterEqual(len(root.findall(SVG + "polyline")), 5)
                self.check_texts(root)

    def check_texts(self, root: xml.etree.ElementTree.Element) -> None:
        """No two texts that begin in one column, or stand in one line, touch."""
        places = [(float(t.get("x", "")), float(t.get("y", "")), t.text) for t in root.findall(SVG + "text")]
        for i, (x, y, text) in enumerate(places):
            for other_x, other_y, other in places[i + 1:]:
                if x == other_x:
                    self.assertGreaterEqual(abs(y - other_y), 14, (text, other))
                if y == other_y:
                    self.assertGreaterEqual(abs(x - other_x), 25, (text, other))

    def test_nothing_is_drawn_of_nothing(self) -> None:
        self.assertEqual(plots.documents({}), {})


class Report(unittest.TestCase):
    def test_all_parts(self) -> None:
        text = tables.report(sample(), list(plots.documents(sample())))
        for wanted in ("## HTTP, closed loop", "### 16 connections", "against itself", "## Counts per delivery", "13\u00a0200",
                       "7 of 9 requests are bad", "plots/latency-open-dark.svg", "## Compile time",
                       "## Durable storage", "**Posthorn** | 170\u00a0000 | 0.85", "at 64", "FULL | 5\u00a0000 | 40\u00a0000",
                       "7.50 | 9.25", "warm | 1\u00a0000\u00a0000 | 987.0 | 1.0 | 4.5 | 4.0", "orders of one | 50 | 1.20 | 2.35",
                       "100\u00a0000 | 1739.2 | 66 | 141 | 3 | 7", "for 0.3 us (0.2%)", "1\u00a0000 | 50 | 538.0 | 886.0 | 1004.0"):
            self.assertIn(wanted, text)
        self.assertNotIn("invalid", text)

    def test_a_part_that_broke_off_is_shown_as_far_as_it_went(self) -> None:
        for kept in durable.STEPS:
            with self.subTest(kept):
                text = tables.report(sample() | {"durable": {kept: stored()[kept]}}, [])
                self.assertIn("## Durable storage", text)

    def test_what_must_be_said_first(self) -> None:
        results = sample() | {"invalid": ["The limit is none."], "mode": "quick", "failures": ["closed: it hung"]}
        text = tables.report(results, [])
        self.assertIn("**This run is invalid.** The limit is none.", text)
        self.assertIn("**A quick run:**", text)
        self.assertIn("- closed: it hung", text)
        self.assertNotIn("<picture>", text)

    def test_a_busy_machine_is_told(self) -> None:
        self.assertNotIn("Other work", tables.report(sample(), []))
        self.assertIn("Other work", tables.report(sample() | {"longest_stall": 0.049}, []))


class Processes(unittest.TestCase):
    def test_what_hangs_is_killed_with_its_children(self) -> None:
        began = time.monotonic()
        with self.assertRaisesRegex(processes.Failed, "sh did not end within 1 s and was killed"):
            # The child has a name that no other process has.
            processes.run(["sh", "-c", f"sleep 98.{os.getpid()} & sleep 97; wait"], 1)
        self.assertLess(time.monotonic() - began, 20)
        # A signal that was sent need not have arrived.
        while self.is_running(f"98.{os.getpid()}"):
            self.assertLess(time.monotonic() - began, 20)
            time.sleep(0.01)

    @staticmethod
    def is_running(argument: str) -> bool:
        commands = pathlib.Path("/proc").glob("[0-9]*/cmdline")
        return any(argument in machine.read(path).split("\0") for path in commands)

    def test_what_fails_is_told(self) -> None:
        with self.assertRaisesRegex(processes.Failed, "sh ended with exit code 3: lost"):
            processes.run(["sh", "-c", "echo lost >&2; exit 3"], 10)

    def test_real_time_is_left_where_it_is_the_louder_one(self) -> None:
        placement = processes.Placement(0, 1, True, "real time")
        for stalls, fifo in ((lambda p: 0.05 if p.fifo else 0.001, False), (lambda p: 0.0001 if p.fifo else 0.002, True)):
            with unittest.mock.patch.object(processes, "longest_stall", lambda p, _, stalls=stalls: stalls(p)):
                found = processes.quieter(placement, 1)
            self.assertEqual(found.fifo, fifo)
            self.assertEqual((found.sender, found.receiver), (0, 1))

    def test_lines_of_json(self) -> None:
        self.assertEqual(processes.json_lines('port 7\n{"a":1}\n{"a":2}\n'), [{"a": 1}, {"a": 2}])
        with self.assertRaises(processes.Failed):
            processes.json_lines('{"a":')

    def test_a_bad_option_is_one_sentence(self) -> None:
        for options in (["--only", "nothing"], ["--quick", "--smoke"], ["--publish", "--quick"], ["--gate", "--only", "open"],
                        ["--rounds", "3"]):
            with self.subTest(options):
                done = subprocess.run([sys.executable, BENCHMARKS / "run", *options], capture_output=True, text=True, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
