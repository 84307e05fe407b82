#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Kills a host with SIGKILL while it commits, delivers and settles, and compares what is left with what was said.

    run.py HOST [--kills N] [--seed S]

HOST is posthorn_crash_host; see host.cpp for what it prints. The receiver is here, so it outlives every process. The
host's own table, written in the same transactions as the deliveries, says what was committed.

After each kill, on a copy of the files as they were left:
- the file is sound;
- orders whose commit had returned are there, and none that was rolled back or vetoed;
- each delivery belongs to an order, and each order has one delivery per background webhook that asked, or had one
  that was received and is pruned;
- nothing was received in the background, or after a commit, that is not in the host's table;
- a delivery is settled as delivered only if the receiver said 200, and none has failed for good.
Whatever was answered with 200 and is not settled may come once more, and nothing else may.

Then a process is stopped with requests in flight until its lease has ended and another one has delivered them: what it
makes of the answers when it goes on changes nothing.

At the end one process runs until nothing is left: then every delivery was received, under one webhook-id.
"""

import argparse
import asyncio
import base64
import collections
import functools
import hashlib
import hmac
import pathlib
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time

BACKGROUND = ("tell", "bill")
KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
PENDING, DELIVERING, DELIVERED = 0, 1, 2

# What the host has in flight at most, per webhook: see host.cpp.
IN_FLIGHT = 8


class Wrong(Exception):
    """The storage, or the host, did what it must not."""


def require(holds, what):
    if not holds:
        raise Wrong(what)


def asked_by(kind):
    """The background webhooks that an order of this kind is for."""
    return {"quiet": (), "plain": ("tell",)}.get(kind, BACKGROUND)


def vetoes(order):
    return order % 3 == 0


def is_slow(order):
    """Whether the first attempts of its deliveries are refused."""
    return order % 7 == 0


class Ledger:
    """What the receiver got."""

    def __init__(self):
        self.ids = collections.defaultdict(set)  # (webhook, order): the webhook-ids that came
        self.came = collections.Counter()  # webhook-id: requests
        self.accepted = collections.Counter()  # webhook-id: answers with 200
        self.fresh = set()  # (webhook, order) of what came since the last check
        self.wrong = []

    def answer(self, hook, order, headers, body):
        key = headers.get("webhook-id", "")
        signed = f"{key}.{headers.get('webhook-timestamp')}.".encode() + body
        signature = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if headers.get("webhook-signature") != f"v1,{signature}":
            self.wrong.append(f"{hook}/{order} came with a wrong signature")
        if headers.get("x-api-key") != f"the-key-of-{hook}" or body != str(order).encode():
            self.wrong.append(f"{hook}/{order} came with another key or body")
        self.ids[hook, order].add(key)
        self.fresh.add((hook, order))
        self.came[key] += 1
        if hook == "ask" and vetoes(order):
            return "409 Conflict"
        if hook in BACKGROUND and is_slow(order) and self.came[key] == 1:
            return "503 Service Unavailable"
        self.accepted[key] += 1
        return "200 OK"


class Gate:
    """Holds back the answers to the background while it is closed."""

    def __init__(self):
        self.closed, self.held = False, []

    def pass_through(self, hook, answer):
        if self.closed and hook in BACKGROUND:
            self.held.append(answer)
        else:
            answer()


class Connection(asyncio.Protocol):
    """HTTP/1.1 as the host speaks it: a Content-Length, one request after the other."""

    def __init__(self, ledger, gate, connections):
        self.ledger, self.gate, self.connections, self.input = ledger, gate, connections, b""

    def connection_made(self, transport):
        self.transport = transport
        self.connections.add(self)

    def connection_lost(self, _):
        self.connections.discard(self)

    def data_received(self, data):
        self.input += data
        while True:
            head, found, rest = self.input.partition(b"\r\n\r\n")
            if not found:
                return
            line, *fields = head.decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (f.partition(":") for f in fields)}
            size = int(headers.get("content-length", "0"))
            if len(rest) < size:
                return
            self.input = rest[size:]
            _, hook, order = line.split(" ")[1].split("/")
            self.gate.pass_through(hook, functools.partial(self.answer, hook, int(order), headers, rest[:size]))

    def answer(self, hook, order, headers, body, status=None):
        if self not in self.connections:
            return 0
        status = status or self.ledger.answer(hook, order, headers, body)
        self.transport.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        return 1


class Claims:
    """What the processes said of their transactions."""

    def __init__(self):
        self.committed, self.undone, self.unknown = {}, set(), {}
        self.tried = None
        self.vetoed = 0
        self.next = 1

    def hear(self, line):
        word, _, rest = line.partition(" ")
        if word == "drop":
            ids = [int(text) for text in rest.split()]
            self.undone.update(ids)
            self.next = max(self.next, *(i + 1 for i in ids))
        elif word == "try":
            self.tried = {int(i): kind for i, kind in (pair.split(":") for pair in rest.split())}
            self.next = max(self.next, *(i + 1 for i in self.tried))
        elif word == "done":
            self.committed.update(self.tried)
            self.tried = None
        elif word == "veto":
            self.undone.update(self.tried)
            self.vetoed += 1
            self.tried = None
        elif word != "ready":
            raise Wrong(f"the host says: {line}")

    def killed(self):
        """What was tried last is committed or not; only the host's table knows."""
        if self.tried:
            self.unknown.update(self.tried)
            self.tried = None


class Files:
    """The host's database as a process left it, read from a copy, so that the next process finds it untouched."""

    def __init__(self, file, scratch):
        copy = scratch / "copy.db"
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(f"{copy}{suffix}").unlink(missing_ok=True)
        for suffix in ("", "-wal", "-journal"):
            left = pathlib.Path(f"{file}{suffix}")
            if left.exists():
                shutil.copyfile(left, f"{copy}{suffix}")
        self.database = sqlite3.connect(copy)
        self.orders, self.rows = {}, {}
        found = {name for (name,) in self.database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        require(self.one("PRAGMA integrity_check") == "ok", "the file is damaged")
        if "orders" in found:
            self.orders = dict(self.database.execute("SELECT id, kind FROM orders"))
        if "posthorn_delivery" in found:
            self.read_rows()
        self.database.close()

    def one(self, sql):
        return self.database.execute(sql).fetchone()[0]

    def read_rows(self):
        for table, key in (("request", "sequence"), ("attempt", "id")):
            orphans = self.one(f"SELECT count(*) FROM posthorn_{table} WHERE delivery NOT IN "
                               f"(SELECT {key} FROM posthorn_delivery)")
            require(orphans == 0, f"{orphans} rows of posthorn_{table} belong to no delivery")
        rows = self.database.execute("SELECT d.id, d.state, d.attempts, r.target_end, r.text FROM posthorn_delivery AS d "
                                     "LEFT JOIN posthorn_request AS r ON r.delivery = d.sequence")
        for identity, state, attempts, end, text in rows:
            require(text is not None, "a delivery has lost its request")
            _, hook, order = text[:end].decode().split("/")
            require((hook, int(order)) not in self.rows, f"{hook}/{order} is stored twice")
            text = identity.hex()
            webhook_id = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
            self.rows[hook, int(order)] = (webhook_id, state, attempts)


class Driver:
    def __init__(self, host, folder, seed):
        self.host, self.folder, self.seed = host, folder, seed
        self.file = folder / "host.db"
        self.random = random.Random(seed)
        self.ledger, self.claims = Ledger(), Claims()
        self.connections, self.gate = set(), Gate()
        self.most = {}  # webhook-id: how often it may have come at the next check; else once
        self.early = self.unsettled = self.possible = 0

    async def run(self, kills):
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self.ledger, self.gate, self.connections), "127.0.0.1", 0, backlog=256)
        self.port = server.sockets[0].getsockname()[1]
        for life in range(kills):
            await self.live_and_die(life)
            self.check(Files(self.file, self.folder))
        await self.freeze(kills)
        await self.drain()
        self.check(Files(self.file, self.folder), drained=True)
        server.close()

    async def start(self, life, what):
        return await asyncio.create_subprocess_exec(self.host, self.file, str(self.port), str(self.seed * 100_000 + life),
                                                    str(self.claims.next), what, stdout=asyncio.subprocess.PIPE)

    async def hear(self, process, ready=None):
        try:
            while line := await process.stdout.readline():
                # A line is written at once, whenever the kill comes.
                require(line.endswith(b"\n"), f"half a line: {line}")
                self.claims.hear(line.decode().rstrip("\n"))
                if ready and line == b"ready\n":
                    ready.set_result(None)
        finally:
            if ready and not ready.done():
                ready.set_result(None)

    async def live_and_die(self, life, wait=None):
        """Kills a process at a random moment, or after `wait`."""
        process = await self.start(life, "work")
        ready = asyncio.get_running_loop().create_future()
        hearing = asyncio.create_task(self.hear(process, ready))
        try:
            # Some die while they open the file and save what they need.
            if wait:
                await wait()
            elif self.random.random() < 0.15:
                self.early += 1
                await asyncio.sleep(self.random.uniform(0, 0.04))
            else:
                await asyncio.wait_for(asyncio.shield(ready), 30)
                await asyncio.sleep(self.random.choice((0.01, 0.05, 0.3)) * self.random.random())
            ended = process.returncode
        finally:
            if process.returncode is None:
                process.kill()
        await asyncio.wait_for(hearing, 30)
        await process.wait()
        require(ended is None, f"the host ended by itself with {ended}")
        self.claims.killed()
        await self.silence()

    async def silence(self):
        """Waits until all that a process has sent is read, and its connections are gone."""
        await self.until(lambda: not self.connections, "connections of a process that is gone are still there")

    async def drain(self):
        await self.end_of(await self.start(0, "drain"))
        await self.silence()

    async def end_of(self, process):
        try:
            await asyncio.wait_for(self.hear(process), 90)
            await asyncio.wait_for(process.wait(), 30)
        except asyncio.TimeoutError:
            raise Wrong("the drain does not end") from None
        finally:
            if process.returncode is None:
                process.kill()
        require(process.returncode == 0, f"the drain ended with {process.returncode}")

    async def freeze(self, life):
        """Stops a process past its lease, with requests in flight, and has it told when it wakes that they failed."""
        self.gate.closed = True
        await self.live_and_die(life, self.some_held)
        self.check(Files(self.file, self.folder))
        self.gate.held.clear()
        frozen = await self.start(life, "drain")
        try:
            await self.some_held()
            await self.stop(frozen)
            self.gate.closed = False
            claimed = [key for key, state, _ in Files(self.file, self.folder).rows.values() if state == DELIVERING]
            await self.end_of(await self.start(life, "drain"))
            settled = Files(self.file, self.folder)
            frozen.send_signal(signal.SIGCONT)
            self.frozen = sum(answer(status="500 Internal Server Error") for answer in self.gate.held)
            await self.end_of(frozen)
        finally:
            if frozen.returncode is None:
                frozen.kill()
        await self.silence()
        require(self.frozen, "the process that was stopped had nothing in flight")
        require(all(state == DELIVERED for _, state, _ in settled.rows.values()), "the other process did not deliver all")
        # What it had claimed and not sent it may send; until it looks after its lease, it cannot know better.
        for key in claimed:
            self.most[key] = self.most.get(key, 1) + 1
        self.possible += len(claimed)
        files = Files(self.file, self.folder)
        require(files.rows == settled.rows, "what a process settled after its lease changed something")
        self.check(files)
        self.claimed = len(claimed)

    async def some_held(self):
        await self.until(lambda: len(self.gate.held) >= IN_FLIGHT, "nothing is sent to a receiver that waits")

    async def stop(self, process):
        """Not while it writes: everybody would wait for that."""
        for _ in range(100):
            process.send_signal(signal.SIGSTOP)
            database = sqlite3.connect(self.file, timeout=0, isolation_level=None)
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
                return
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
                await asyncio.sleep(0.01)
            finally:
                database.close()
        raise Wrong("a process that only waits has the file locked")

    @staticmethod
    async def until(holds, otherwise):
        end = time.monotonic() + 30
        while not holds():
            require(time.monotonic() < end, otherwise)
            await asyncio.sleep(0.001)

    def check(self, files, drained=False):
        require(not self.ledger.wrong, "\n".join(self.ledger.wrong))
        self.check_orders(files.orders)
        self.check_ledger(files.orders)
        self.check_rows(files)
        self.check_repeats(files.rows)
        if drained:
            self.check_end(files)

    def check_orders(self, orders):
        for order, kind in self.claims.committed.items():
            require(orders.get(order) == kind, f"order {order} was committed, and is lost")
        for order in self.claims.undone:
            require(order not in orders, f"order {order} was rolled back, and is there")
        for order, kind in orders.items():
            require(self.claims.committed.get(order) == kind or self.claims.unknown.get(order) == kind,
                    f"order {order} is there, and nobody tried to commit it")
            require(kind != "ask" or not vetoes(order), f"order {order} was vetoed, and is there")

    def check_ledger(self, orders):
        for hook, order in self.ledger.fresh:
            keys = self.ledger.ids[hook, order]
            require(hook == "ask" or order in orders, f"{hook}/{order} was received, and order {order} was never committed")
            require(len(keys) == 1, f"{hook}/{order} came under {len(keys)} webhook-ids")

    def check_rows(self, files):
        for (hook, order), (key, state, _) in files.rows.items():
            require(order in files.orders, f"{hook}/{order} is stored, and order {order} was never committed")
            require(hook in asked_by(files.orders[order]), f"{hook}/{order} is stored, and nobody asked for it")
            require(state in (PENDING, DELIVERING, DELIVERED), f"{hook}/{order} is in state {state}")
            require(state != DELIVERED or self.ledger.accepted[key], f"{hook}/{order} is settled, and was never received")
        for order, kind in files.orders.items():
            for hook in asked_by(kind):
                if (hook, order) not in files.rows:
                    keys = self.ledger.ids.get((hook, order), ())
                    require(any(self.ledger.accepted[key] for key in keys), f"{hook}/{order} is lost")

    def check_repeats(self, rows):
        accepted = self.ledger.accepted
        for place in self.ledger.fresh:
            for key in self.ledger.ids[place]:
                require(accepted[key] <= self.most.get(key, 1), f"{key} was settled, and came again")
        # What the next processes know, they will not send.
        in_flight = 0
        for place, (key, state, _) in rows.items():
            repeatable = state != DELIVERED and accepted[key] > 0
            self.most[key] = max(1, accepted[key] + repeatable)
            in_flight += repeatable and place in self.ledger.fresh
        self.unsettled = max(self.unsettled, in_flight)
        self.possible += in_flight
        self.ledger.fresh.clear()

    def check_end(self, files):
        left = [f"{hook}/{order}" for (hook, order), (_, state, _) in files.rows.items() if state != DELIVERED]
        require(not left, f"after the drain {len(left)} are left: {left[:5]}")
        for order, kind in files.orders.items():
            for hook in asked_by(kind):
                keys = self.ledger.ids.get((hook, order), ())
                require(any(self.ledger.accepted[key] for key in keys), f"{hook}/{order} was never received")
        self.orders = files.orders

    def repeats(self):
        return sum(times - 1 for times in self.ledger.accepted.values() if times > 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="posthorn-crash-") as folder:
        driver = Driver(given.host, pathlib.Path(folder), given.seed)
        try:
            asyncio.run(driver.run(given.kills))
            summary(driver, given, time.monotonic() - started)
        except Wrong as e:
            print(f"FAILED (--seed {given.seed}): {e}")
            sys.exit(1)


def summary(driver, given, seconds):
    claims, ledger = driver.claims, driver.ledger
    survived = sum(1 for order in claims.unknown if order in driver.orders)
    print(f"{given.kills} kills ({driver.early} before the work), seed {given.seed}, {seconds:.1f} s\n"
          f"orders: {len(claims.committed)} committed, {len(claims.undone)} rolled back ({claims.vetoed} vetoes), "
          f"{len(claims.unknown)} killed in between ({survived} of them committed)\n"
          f"received in the background: {sum(len(k) for (hook, _), k in ledger.ids.items() if hook in BACKGROUND)} "
          f"deliveries, {driver.repeats()} repeats of {driver.possible} possible\n"
          f"unsettled at one kill: at most {driver.unsettled}; answered too late to a stopped process: {driver.frozen} of "
          f"{driver.claimed}")
    # At a single kill there may be more: what was answered waits for its settlement while the host's own transaction holds
    # the write lock, and meanwhile the next is sent.
    limit = given.kills * IN_FLIGHT * len(BACKGROUND) + driver.claimed
    require(driver.repeats() <= limit, f"{driver.repeats()} repeats; {limit} were in flight at most")
    # A run that saw nothing proves nothing.
    if given.kills >= 50:
        require(len(claims.committed) > given.kills and claims.vetoed and claims.undone and claims.unknown,
                "the host did too little")


main()
