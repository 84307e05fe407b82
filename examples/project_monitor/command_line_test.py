#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Uses the administration on the command line as people and scripts do, on one database, from its first webhook on.

    command_line_test.py PROJECT_MONITOR

Each command is a process of its own, so what one does and another sees went through the database. Ends with 0 if all
was as it should be, else with the first thing that was not.
"""

import http.server
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unicodedata

TIMEOUT = 120
URL_PATH = "/archive/{{project.code}}"


class Receiver(http.server.ThreadingHTTPServer):
    """Answers `status` and `answer`, and keeps what it was sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.answer, self.requests = 200, b"thanks", []
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *ignored):
        pass


class Monitor:
    def __init__(self, program, folder):
        self.program, self.data = program, folder / "monitor.db"

    def start(self, *words, typed=""):
        return subprocess.run([self.program, *words, "--data", self.data], capture_output=True, text=True,
                              encoding="utf-8", timeout=TIMEOUT, input=typed, check=False)

    def text(self, *words, code=0):
        """What people read: on the standard output, or on the standard error if it went wrong."""
        run = self.start(*words)
        expect(run.returncode == code, f"{words} exits with {run.returncode}\n{run.stdout}{run.stderr}")
        return run.stdout if code == 0 else run.stdout + run.stderr

    def json(self, *words, code=0, typed=""):
        run = self.start(*words, "--json", typed=typed)
        expect(run.returncode == code, f"{words} exits with {run.returncode}\n{run.stdout}{run.stderr}")
        expect(run.stderr == "", f"{words} --json writes to the standard error: {run.stderr}")
        return json.loads(run.stdout)

    def file(self, name, content):
        """What an option reads, `@FILE`."""
        path = self.data.parent / name
        path.write_text(content, encoding="utf-8")
        return f"@{path}"

    def errors(self, *words, code=1):
        return [(e["field"], e["code"]) for e in self.json(*words, code=code)["errors"]]


def expect(holds, otherwise):
    if not holds:
        raise AssertionError(otherwise)


def equal(found, expected):
    expect(found == expected, f"found    {found!r}\nexpected {expected!r}")


def contains(text, *parts):
    for part in parts:
        expect(part in text, f"no {part!r} in\n{text}")


def is_wrong_usage(monitor):
    def said(*words):
        text = monitor.text(*words, code=2)
        expect(text.count("\n") == 1, f"more than one line:\n{text}")
        return text

    contains(said("webhooks", "shw", "1"), "has no `shw`", "choose one of list, show, create")
    contains(said("webhooks", "list", "--txt", "a"), "no option --txt", "--text")
    contains(said("webhooks", "show"), "takes an id, a name or a text")
    contains(said("webhooks", "create", "--active", "perhaps"), "--active takes yes or no")
    contains(said("orders", "list", "--status", "lost"), "queued, in_progress")
    contains(said("filters", "create", "--name", "f", "--criterion", "status is open"), "filters fields OBJECT")
    equal(monitor.errors("lists", "nothing", code=2), [("", "wrong_usage")])
    # In French too, wherever the language stands.
    contains(said("webhooks", "shw", "1", "--lang", "fr"), "n'a pas de `shw`", "choisissez parmi list, show")
    contains(said("webhooks", "show", "--lang", "fr"), "attend un identifiant")
    contains(said("webhooks", "list", "--lang", "fr", "--txt", "a"), "n'a pas d'option --txt")
    contains(said("webhooks", "list", "--lang", "xx"), "--lang takes en or fr")
    contains(said("filters", "create", "--name", "Two", "--expression", "true", "--criterion", "budget > 1"),
             "leave one of them out")
    contains(said("webhooks", "create", "--body", f"@{monitor.data.parent}"), "cannot read the file", "--body")
    contains(said("webhooks", "create", "--body", "@/dev/zero"), "at most 1 MiB")
    for option in ("--in-flight", "--rate", "--rate-seconds"):
        contains(said("webhooks", "create", option, "4294967296"), f"{option} takes at most 4294967")
    contains(said("webhooks", "create", "--lang", "fr", "--active", "perhaps"), "--active attend yes ou no")
    contains(said("languages", "en,", "--lang", "fr"), "`languages` attend des étiquettes")
    contains(said("languages", "en,EN"), "`EN` is not a language here", "each once")
    for twice in (("webhooks", "create", "--url", "a", "--url", "b"), ("webhooks", "list", "--all", "--all"),
                  ("webhooks", "list", "--as", "a", "--as", "b"), ("filters", "create", "--name", "a", "--name", "a")):
        contains(said(*twice), "stands there twice; leave one of them out")
    contains(said("webhooks", "create", "--url", "a", "--url", "b", "--lang", "fr"), "--url figure deux fois")
    for both in (("filters", "create", "--public", "--private"), ("webhooks", "create", "--body", "a", "--default-body"),
                 ("webhooks", "list", "--text", "a", "--all")):
        contains(said(*both), "contradict each other; leave one of them out")
    contains(said("filters", "list", "--object", "ship"), "`ship` is no object; choose project, phase or user")
    contains(said("filters", "fields", "ship", "--lang", "fr"), "`ship` n'est pas un objet")
    for area in ("webhooks", "orders"):
        contains(said(area, "list", "--limit", "0"), "--limit takes a number from 1")
    contains(said("ports", "80,8080,80"), "port 80 stands there twice")
    for twice in (("--header", "A: 1", "--header", "a: 2"), ("--header", "A: 1", "--remove-header", "A"),
                  ("--secret-header", "A: @x", "--header", "a: 2")):
        contains(said("webhooks", "create", *twice), "stands there twice")
    contains(said("webhooks", "create", "--secret-header", f"A: {monitor.file('empty', '')}"), "holds nothing")
    contains(said("webhooks", "create", "--client-key", "-"), "takes a secret, and - holds nothing")
    contains(said("rights", "grant", "sean.oconnor"), "takes a login and some rights")
    contains(said("webhoks", "list"), "unknown command webhoks; --help lists what there is")
    equal(monitor.errors("webhooks", "history", "01990000-0000-7000-8000-000000000000"), [("id", "id_unknown")])
    without_data = subprocess.run([monitor.program, "webhooks", "list"], capture_output=True, text=True, check=False)
    equal(without_data.returncode, 2)
    contains(without_data.stderr, "--data FILE")
    contains(monitor.text("webhooks", "--help"), "usage: project_monitor AREA VERB", "languages", "rights")


def places(monitor):
    """A database that cannot be is said to be so, and no key is made for it."""
    folder = monitor.data.parent / "folder"
    folder.mkdir()
    for data, said in ((folder, "is a folder; name the database in it"), (folder / "none" / "x", "there is no folder")):
        run = subprocess.run([monitor.program, "ports", "--data", data], capture_output=True, text=True, check=False)
        equal(run.returncode, 1)
        contains(run.stderr, said)
    equal(sorted(p.name for p in monitor.data.parent.glob("folder*")), ["folder"])
    # Of several that begin at once, each gets the same key.
    data = folder / "monitor.db"
    began = [subprocess.Popen([monitor.program, "ports", "18080", "--data", data]) for _ in range(4)]
    equal([p.wait(TIMEOUT) for p in began], [0, 0, 0, 0])
    equal([p.name for p in folder.glob("*.[0-9]*")], [])


def new_webhooks(monitor, receiver):
    url = f"http://127.0.0.1:{receiver.port}{URL_PATH}"
    contains(monitor.text("webhooks", "list"), "Wording", "0 of 0 webhooks")
    # All that is wrong at once.
    equal(monitor.errors("webhooks", "create", "--verb", "FETCH", "--transaction", "yes"),
          [("wording", "wording_missing"), ("event", "object_type_missing"), ("url", "url_missing"),
           ("verb", "verb_unknown"), ("transaction_execution", "transaction_not_synchronous")])
    first = ["--wording", "Tell the archive", "--url", url, "--event", "project.all", "--body",
             '{"code": {{project.code}}}', "--header", "X-Code: {{project.code}}",
             "--secret-header", f"Authorization: {monitor.file('token', 'Bearer 0123456789')}"]
    contains(monitor.text("webhooks", "create", *first, code=1), "url: the address guard refuses")
    equal(monitor.json("ports", str(receiver.port)), {"ports": [receiver.port]})
    made = monitor.json("webhooks", "create", *first, "--new-key")
    equal(made["revision"], 1)
    contains(made["new_key"], "whsec_")
    expect("0123456789" not in json.dumps(made), "a secret is shown")
    again = monitor.json("webhooks", "show", "Tell the archive")
    expect("new_key" not in again, "the key is shown twice")
    equal(again["headers"][0], {"name": "X-Code", "value": "{{project.code}}", "secret": False})
    equal(again["event"], {"object": "project", "action": "all"})
    # By its beginning, and by its end, which lists show.
    equal(monitor.json("webhooks", "show", made["id"][:8])["id"], made["id"])
    equal(monitor.json("webhooks", "show", made["id"][-8:])["id"], made["id"])
    contains(monitor.text("webhooks", "list"), made["id"][-8:], "Tell the archive", "asynchronous",
             "1 of 1 webhooks")
    equal(monitor.errors("webhooks", "show", "Tell the museum"), [("id", "id_unknown")])
    errors = monitor.json("webhooks", "create", *first, "--condition", "project.cod == 'A'", code=1)["errors"]
    equal([(e["field"], e["code"], e["line"], e["column"]) for e in errors], [("condition", "unknown_field", 1, 9)])
    return made["id"], url


def secrets(monitor, receiver, webhook):
    """No secret stands on a command line, and a kept one is sent nowhere else."""
    for words in (["--secret-header", "Authorization: Bearer s3cret"], ["--client-key", "s3cret"],
                  ["--proxy-credentials", "us:s3cret"], ["--header", "Authorization: Bearer s3cret"],
                  ["--header", "X-Api-Key: s3cret"], ["--secret-header", "s3cret"]):
        text = monitor.text("webhooks", "edit", webhook, *words, code=2)
        expect("s3cret" not in text, f"the secret is repeated: {text}")
    contains(monitor.text("webhooks", "edit", webhook, "--secret-header", "X: y", code=2), "@FILE", "standard input")
    contains(monitor.text("webhooks", "--help"), "'Name: @FILE'")
    moved = f"http://localhost:{receiver.port}/"
    refused = [("headers[1]", "secret_of_other_receiver"), ("signing[0]", "secret_of_other_receiver")]
    equal(monitor.errors("webhooks", "test", webhook, "--url", moved, "--project", "1001"), refused)
    equal(monitor.errors("webhooks", "edit", webhook, "--url", moved), refused)
    equal(monitor.errors("webhooks", "edit", webhook, "--proxy", f"http://127.0.0.1:{receiver.port}"), refused)
    equal(receiver.requests, [])
    again = monitor.json("webhooks", "test", webhook, "--url", f"http://127.0.0.1:{receiver.port}/moved", "--project",
                         "1001", "--secret-header", "Authorization: -", typed="Bearer another\n")
    equal(again["status"], 200)
    equal(receiver.requests.pop()[1]["Authorization"], "Bearer another")
    noted = monitor.json("webhooks", "history", webhook)["history"][0]
    equal((noted["action"], [c["field"] for c in noted["changes"]]), ("tested", ["url", "headers.Authorization"]))
    receiver.answer = b"you are Bearer 0123456789, 0123456789"
    equal(monitor.json("webhooks", "test", webhook, "--project", "1001")["answer"], "you are ***, ***")
    receiver.answer = b"thanks"
    receiver.requests.clear()


def edits(monitor, webhook):
    changed = monitor.json("webhooks", "edit", webhook, "--description", "All of them", "--header", "x-code: C",
                           "--header", "X-More: 1", "--revision", "1")
    equal(changed["revision"], 2)
    equal([h["name"] for h in changed["headers"]], ["x-code", "Authorization", "X-More"])
    # The second of two editors has seen revision 1 too, and is told.
    contains(monitor.text("webhooks", "edit", webhook, "--active", "no", "--revision", "1", code=1),
             "revision: another user has changed this webhook in the meantime")
    equal(monitor.json("webhooks", "show", webhook)["active"], True)
    monitor.text("webhooks", "edit", webhook, "--remove-header", "x-more", "--header", "X-Code: {{project.code}}")
    equal(monitor.errors("webhooks", "edit", webhook, "--remove-header", "X-None"), [("headers", "header_unknown")])
    history = monitor.json("webhooks", "history", webhook)["history"]
    equal([e["action"] for e in history], ["changed", "changed", "tested", "tested", "created"])
    equal(history[0]["user"], "sean.oconnor")
    page = monitor.json("webhooks", "history", webhook, "--limit", "1")
    equal(monitor.json("webhooks", "history", webhook, "--before", str(page["next"]))["history"], history[1:])
    contains(monitor.text("webhooks", "history", webhook), "description", "All of them", "*** ")


def connections(monitor):
    credentials = monitor.file("credentials", "us:correct horse\n")
    proxy = "http://proxy.example.com:3128"
    named = ["--wording", "Through a proxy", "--url", "http://a.example.com/", "--event", "project.all", "--default-body",
             "--proxy-credentials", credentials]
    equal(monitor.errors("webhooks", "create", *named, "--proxy", "proxy:3128", "--ca", "x"),
          [("connection.ca", "tls_without_https"), ("connection.proxy", "proxy_malformed")])
    equal(monitor.errors("webhooks", "create", *named), [("connection.proxy", "proxy_missing")])
    made = monitor.json("webhooks", "create", *named, "--proxy", proxy)
    equal(made["connection"]["proxy"], proxy)
    expect(made["connection"]["proxy_credentials"].startswith("*** "), "the credentials are not masked")
    contains(monitor.text("webhooks", "show", made["id"]), proxy, "Proxy credentials", "*** ")
    # They are told to no other proxy.
    equal(monitor.errors("webhooks", "edit", made["id"], "--proxy", "http://other.example.com:3128"),
          [("connection.proxy_credentials", "secret_of_other_receiver")])
    changed = monitor.json("webhooks", "edit", made["id"], "--proxy", "", "--proxy-credentials", "")
    equal(set(changed["connection"].values()), {""})
    expect("horse" not in monitor.text("webhooks", "history", made["id"]), "a secret is in the history")
    monitor.text("webhooks", "delete", made["id"])


def paces(monitor):
    named = ["--wording", "Slowly", "--url", "http://a.example.com/", "--event", "project.all", "--default-body"]
    equal(monitor.errors("webhooks", "create", *named, "--rate", "1", "--rate-seconds", "90000"),
          [("pace.period", "rate_period")])
    made = monitor.json("webhooks", "create", *named, "--rate", "100", "--rate-seconds", "60", "--in-flight", "2",
                        "--in-order", "yes")
    pace = {"in_flight": 2, "rate": 100, "period_ms": 60000, "in_order": True}
    equal(made["pace"], pace)
    equal(monitor.json("webhooks", "edit", made["id"], "--wording", "More slowly")["pace"], pace)
    contains(monitor.text("webhooks", "show", made["id"]), "100 / 60000 ms", "In order")
    contains(monitor.text("webhooks", "history", made["id"]), "100 per 60000 ms")
    monitor.text("webhooks", "delete", made["id"])


def tests(monitor, receiver, webhook, url):
    contains(monitor.text("webhooks", "test", webhook), "choose one with --project", "1001", "RAIL_SIGNAL_CLUJ_001")
    sent = url.replace("{{project.code}}", "RAIL_SIGNAL_CLUJ_001")
    text = monitor.text("webhooks", "test", webhook, "--project", "RAIL_SIGNAL_CLUJ_001")
    contains(text, f"Review of the formula for URL: {sent}", f"Request sent to {sent} (status code: 200)",
             "X-Code: RAIL_SIGNAL_CLUJ_001", "Authorization: ***", "thanks")
    equal(receiver.requests[-1][1]["Authorization"], "Bearer 0123456789")
    receiver.status, receiver.answer = 404, b"\x1b[31mno\xff"
    text = monitor.text("webhooks", "test", webhook, "--project", "1001", "--lang", "fr", code=1)
    contains(text, "Une erreur technique est survenue.", "(code de statut : 404)", "\\x1b[31mno\\xff")
    expect("\x1b" not in text, "what the receiver answered reaches the terminal")
    receiver.status, receiver.answer = 200, b"thanks"
    # What nobody has saved: a webhook for phases, with a project and then a phase of it.
    form = ["--wording", "w", "--url", url, "--event", "phase.modified", "--default-body"]
    contains(monitor.text("webhooks", "test", *form), "--project")
    phases = monitor.json("webhooks", "test", *form, "--project", "RAIL_SIGNAL_CLUJ_001")["choices"]
    equal(monitor.errors("webhooks", "test", *form, "--project", "1002", "--phase", phases[0]["id"]),
          [("object", "object_elsewhere")])
    pages(monitor, webhook)
    report = monitor.json("webhooks", "test", *form, "--project", "RAIL_SIGNAL_CLUJ_001", "--phase", phases[0]["id"])
    equal((report["status"], report["error"]), (200, None))
    equal(json.loads(report["body"])["type"], "phase.modified")
    equal(monitor.json("webhooks", "test", "--wording", "w", "--url", f"http://127.0.0.1:{receiver.port}/u",
                       "--event", "user.created", "--default-body", "--user", "jose.nunez")["status"], 200)
    equal(monitor.errors("webhooks", "test", webhook, "--project", "NONE"), [("object", "object_unknown")])
    equal(monitor.json("webhooks", "list")["all"], 1)
    equal(monitor.json("webhooks", "history", webhook)["history"][0]["action"], "tested")


def pages(monitor, webhook):
    """All objects to test with are reached, page by page, and the list can be searched."""
    contains(monitor.text("webhooks", "test", webhook, "--limit", "2"), "more with --after ", "--text")
    seen, after = [], []
    while True:
        page = monitor.json("webhooks", "test", webhook, "--limit", "7", *after)
        seen += [c["id"] for c in page["choices"]]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    with sqlite3.connect(monitor.data) as rows:
        equal(sorted(seen), sorted(str(row[0]) for row in rows.execute("SELECT id FROM projects")))
    equal([c["id"] for c in monitor.json("webhooks", "test", webhook, "--text", "rail_signal_cluj_001")["choices"]],
          ["1001"])


def project_filters(monitor, webhook):
    contains(monitor.text("filters", "fields", "project"), "budget", "greater_or_equal", "tags")
    made = monitor.json("filters", "create", "--name", "Large ones", "--criterion", "status equals open",
                        "--criterion", "budget >= 2500")
    equal(made["expression"], 'project.status == "open" && project.budget >= 2500.0')
    equal([c["operator"] for c in made["criteria"]], ["equals", "greater_or_equal"])
    equal(monitor.errors("filters", "create", "--name", "Wrong", "--criterion", "budget equals much"),
          [("criteria[0].value", "value_not_real")])
    other = monitor.json("filters", "edit", "Large ones", "--expression", "project.budget > 2.0 || project.confidential")
    equal(other["criteria"], None)
    # Private, then made public; it stays so.
    equal(monitor.json("filters", "list", "--as", "jose.nunez")["filters"], [])
    monitor.text("filters", "edit", "Large ones", "--public")
    contains(monitor.text("filters", "list", "--as", "jose.nunez"), "Large ones", "public")
    equal(monitor.errors("filters", "edit", "Large ones", "--private"), [("is_public", "filter_stays_public")])
    # In use, and as what new webhooks begin with.
    monitor.text("webhooks", "edit", webhook, "--filter", "Large ones")
    contains(monitor.text("filters", "delete", "Large ones", code=1), 'id: webhooks still name this filter: "Tell the')
    monitor.text("webhooks", "edit", webhook, "--filter", "none")
    monitor.text("filters", "default", "Large ones")
    url = monitor.json("webhooks", "show", webhook)["url"]
    new = monitor.json("webhooks", "create", "--wording", "Ask finance", "--url", url, "--event", "project.created",
                       "--default-body", "--active", "no")
    equal(new["filter"]["name"], "Large ones")
    monitor.text("filters", "default", "none")
    monitor.text("webhooks", "edit", "Ask finance", "--filter", "none")
    monitor.text("filters", "delete", "Large ones")
    equal(monitor.json("filters", "list")["filters"], [])


def filters_of_the_list(monitor):
    def listed(*words):
        return [w["wording"] for w in monitor.json("webhooks", "list", *words)["webhooks"]]

    equal(listed(), ["Tell the archive", "Ask finance"])
    equal(listed("--text", "FIN"), ["Ask finance"])
    monitor.text("lists", "create", "--name", "archives", "--contains", "archive")
    equal(monitor.errors("lists", "create"), [("name", "filter_name_missing"), ("contains", "filter_text_missing")])
    contains(monitor.text("lists", "select", "archives"), 'contains "archive"')
    # Active in every process until it is deselected; nobody else's.
    equal(listed(), ["Tell the archive"])
    contains(monitor.text("webhooks", "list"), 'the active filter is "archive"', "1 of 2 webhooks")
    equal(listed("--as", "jose.nunez"), ["Tell the archive", "Ask finance"])
    equal(listed("--all"), ["Tell the archive", "Ask finance"])
    monitor.text("lists", "edit", "archives", "--contains", "finance")
    equal(listed(), ["Ask finance"])
    monitor.text("lists", "deselect")
    equal(listed(), ["Tell the archive", "Ask finance"])
    monitor.text("lists", "text", "tell")
    equal(listed(), ["Tell the archive"])
    monitor.text("lists", "deselect")
    monitor.text("lists", "default", "archives")
    equal(listed(), ["Tell the archive", "Ask finance"])
    monitor.text("lists", "begin")
    equal(listed(), ["Ask finance"])
    monitor.text("lists", "delete", "archives")
    equal(listed(), ["Tell the archive", "Ask finance"])
    page = monitor.json("webhooks", "list", "--limit", "1")
    equal(listed("--after", page["next"]), ["Ask finance"])


def columns(monitor):
    """Columns stand below each other as a terminal shows them, where a character may take two places or none."""
    for name in ("名前", "ab", "e\u0301", "x" * 80):
        monitor.text("filters", "create", "--name", name)
    rows = [line for line in monitor.text("filters", "list").split("\n") if "project" in line]
    equal(len(rows), 4)
    places = {sum(width(c) for c in row[:row.index("project")]) for row in rows}
    equal(len(places), 1)
    contains(rows[3], "xxx…")
    for name in ("名前", "ab", "e\u0301", "x" * 80):
        monitor.text("filters", "delete", name)


def width(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def rights(monitor, webhook):
    user = ["--as", "jose.nunez"]
    contains(monitor.text("webhooks", "list", *user), "Tell the archive")
    contains(monitor.text("webhooks", "delete", webhook, *user, code=1),
             "user: jose.nunez lacks the right `delete_webhook`; ask your administrator for it")
    equal(monitor.errors("webhooks", "create", *user), [("user", "right_missing")])
    equal(monitor.errors("ports", "1", *user), [("user", "administrator_needed")])
    monitor.text("filters", "create", "--name", "Mine", *user)
    equal(monitor.errors("filters", "show", "Mine"), [("id", "id_unknown")])
    monitor.text("filters", "delete", "Mine", *user)
    equal(monitor.errors("filters", "create", "--name", "Ours", "--public", *user), [("user", "right_missing")])
    # Not active, and not there.
    for words in (["webhooks", "list"], ["filters", "create", "--name", "Mine"], ["filters", "list"], ["languages"],
                  ["languages", "en"], ["ports"], ["history", "verify"], ["lists", "list"], ["orders", "list"]):
        equal(monitor.errors(*words, "--as", "m.alfarsi"), [("user", "user_inactive")])
    equal(monitor.errors("webhooks", "list", "--as", "nobody"), [("user", "user_unknown")])


def granted_rights(monitor):
    def of(user):
        return monitor.json("rights", "list", user)["people"][0]["rights"]

    everybody = ["view_webhooks", "view_orders", "view_public_filters"]
    equal(of("jose.nunez"), everybody)
    public = ["filters", "create", "--name", "Ours", "--public", "--as", "jose.nunez"]
    equal(monitor.errors(*public), [("user", "right_missing")])
    monitor.text("rights", "grant", "jose.nunez", "create_public_filter", "delete_public_filter")
    equal(of("jose.nunez"), [*everybody, "create_public_filter", "delete_public_filter"])
    monitor.text(*public)
    monitor.text("filters", "delete", "Ours", "--as", "jose.nunez")
    monitor.text("rights", "revoke", "jose.nunez", "create_public_filter", "view_orders")
    equal(of("jose.nunez"), ["view_webhooks", "view_public_filters", "delete_public_filter"])
    equal(monitor.errors(*public), [("user", "right_missing")])
    equal(monitor.errors("orders", "list", "--as", "jose.nunez"), [("user", "right_missing")])
    monitor.text("rights", "revoke", "jose.nunez", "all")
    equal(of("jose.nunez"), [])
    monitor.text("rights", "grant", "jose.nunez", *everybody)
    equal(of("jose.nunez"), everybody)
    equal(of("m.alfarsi"), [])
    contains(monitor.text("rights", "grant", "m.alfarsi", "view_orders"), "The user is inactive")
    monitor.text("rights", "revoke", "m.alfarsi", "view_orders")
    # The administrator stays who it is.
    monitor.text("rights", "revoke", "sean.oconnor", "delete_webhook")
    equal(monitor.errors("rights", "list", "--as", "sean.oconnor"), [("user", "administrator_needed")])
    monitor.text("rights", "grant", "sean.oconnor", "all")
    contains(monitor.text("rights", "list", "--lang", "fr"), "Utilisateur", "Droits", "jose.nunez")
    contains(monitor.text("rights", "list", "sean.oconnor"), "view_webhooks", "delete_public_filter")
    equal(monitor.errors("rights", "grant", "jose.nunez", "view_webhooks", "--as", "jose.nunez"),
          [("user", "administrator_needed")])
    equal(monitor.errors("rights", "grant", "nobody", "view_webhooks"), [("user", "user_unknown")])
    contains(monitor.text("rights", "grant", "jose.nunez", "fly", code=2), "`fly` is not a right", "view_webhooks")


def settings(monitor):
    for wrong in ("en,", "", "en,fr,en", "english language", "e", "en_US", "en-", "en,../x"):
        text = monitor.text("languages", wrong, code=2)
        contains(text, "is not a language here", "en,fr-CA")
    raw = subprocess.run([monitor.program, "languages", b"en,\xff", "--data", monitor.data], capture_output=True,
                         timeout=TIMEOUT, check=False)
    equal((raw.returncode, raw.stderr.count(b"\n")), (2, 1))
    equal(monitor.json("languages")["languages"], ["en"])
    # What somebody has damaged by hand is in nobody's way but its own.
    with sqlite3.connect(monitor.data) as rows:
        rows.execute("""INSERT OR REPLACE INTO settings VALUES ('languages', '["en","' || x'ff' || '"]')""")
    run = monitor.start("webhooks", "list")
    equal(run.returncode, 0)
    contains(run.stderr, "the setting `languages` is damaged")
    contains(monitor.text("languages", code=1), "the setting `languages` is damaged and not used; set it again")
    contains(monitor.text("languages", "--lang", "fr", code=1), "le réglage `languages` est endommagé")
    equal(monitor.start("ports").returncode, 0)
    equal(monitor.start("languages", "en").returncode, 0)
    equal(monitor.json("languages")["languages"], ["en"])


def ambiguous_names(monitor, webhook):
    url = monitor.json("webhooks", "show", webhook)["url"]
    short = webhook[-8:]
    other = monitor.json("webhooks", "create", "--wording", short, "--url", url, "--event", "project.created",
                         "--default-body", "--active", "no")["id"]
    error = monitor.json("webhooks", "delete", short, code=1)["errors"][0]
    equal((error["field"], error["code"]), ("id", "id_ambiguous"))
    contains(error["message"], webhook, other, "Tell the archive", "give a whole id")
    monitor.text("webhooks", "delete", other)
    equal(monitor.json("webhooks", "show", short)["id"], webhook)
    # Of filters too.
    first = monitor.json("filters", "create", "--name", "One")["id"]
    second = monitor.json("filters", "create", "--name", first[-8:])["id"]
    equal(monitor.errors("filters", "delete", first[-8:]), [("id", "id_ambiguous")])
    for one in (first, second):
        monitor.text("filters", "delete", one)


def long_histories(monitor, webhook):
    """More entries than the service gives at once: all of them, and page by page."""
    with sqlite3.connect(monitor.data) as rows:
        rows.execute("""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
                        INSERT INTO posthorn_history (kind, key, value)
                        SELECT kind, ?, value FROM posthorn_history, n
                        WHERE number = (SELECT max(number) FROM posthorn_history WHERE key = ?)""", (webhook, webhook))
    all_of_it = monitor.json("webhooks", "history", webhook, "--limit", "1000000")
    expect(len(all_of_it["history"]) > 1500, f"only {len(all_of_it['history'])} entries")
    equal(all_of_it["next"], None)
    first = monitor.json("webhooks", "history", webhook, "--limit", "1000")
    equal(len(first["history"]), 1000)
    second = monitor.json("webhooks", "history", webhook, "--limit", "1000", "--before", str(first["next"]))
    equal(first["history"] + second["history"], all_of_it["history"])
    equal(second["next"], None)
    exact = monitor.json("webhooks", "history", webhook, "--limit", str(len(all_of_it["history"])))
    equal(exact["next"], None)
    contains(monitor.text("webhooks", "history", webhook, "--limit", "1200"), "more with --before")


def keys(monitor):
    """A key that is missing is not made where another one was in use."""
    for suffix, parts in ((".key.history", ["the key file of the history", "restore the file"]),
                          (".key", ["the key file", "is missing", "restore the file"])):
        path = pathlib.Path(f"{monitor.data}{suffix}")
        kept = path.with_suffix(".kept")
        path.rename(kept)
        contains(monitor.text("webhooks", "list", code=1), *parts)
        contains(monitor.text("history", "verify", code=1), *parts)
        contains(monitor.text("webhooks", "list", "--lang", "fr", code=1), "le fichier de clé", "est introuvable")
        expect(not path.exists(), f"{path} was made")
        kept.rename(path)
    contains(monitor.text("history", "verify"), "as it was sealed")


def french(monitor, webhook):
    contains(monitor.text("webhooks", "list", "--lang", "fr"), "Libellé", "Actif", "oui")
    monitor.text("webhooks", "edit", webhook, "--active", "no")
    monitor.text("webhooks", "edit", webhook, "--active", "yes")
    contains(monitor.text("webhooks", "history", webhook, "--lang", "fr", "--limit", "1"), "active", "non", "oui")
    contains(monitor.text("webhooks", "history", webhook, "--limit", "1"), "no", "yes")
    contains(monitor.text("webhooks", "create", "--lang", "fr", code=1), "wording: un webhook doit avoir un libellé")
    equal(monitor.errors("webhooks", "edit", webhook, "--wording-fr", "Informer les archives"),
          [("translations[0].language", "unknown_language")])
    equal(monitor.json("languages", "en,fr"), {"languages": ["en", "fr"]})
    # What is not edited may stay as it is.
    monitor.text("webhooks", "edit", webhook, "--active", "yes")
    equal(monitor.errors("webhooks", "edit", webhook, "--wording", "Tell archives", "--description", "Every one"),
          [("translations.fr.wording", "translation_missing"), ("translations.fr.description", "translation_missing")])
    monitor.text("webhooks", "edit", webhook, "--wording-fr", "Informer les archives", "--description-fr", "Tous")
    contains(monitor.text("webhooks", "list", "--lang", "fr"), "Informer les archives")
    contains(monitor.text("webhooks", "list"), "Tell the archive")
    contains(monitor.text("webhooks", "show", webhook), "Wording (fr)")
    equal(monitor.json("languages", "en"), {"languages": ["en"]})
    monitor.text("webhooks", "edit", webhook, "--wording-fr", "", "--description-fr", "")


def pending_orders(monitor, receiver):
    """The server runs with a receiver of ours that is out of order: its own deliveries arrive, ours wait."""
    receiver.status, receiver.answer = 503, b"\x1b]0;no\x07 \xff"
    contains(monitor.text("--changes", "24"), "Every delivery arrived exactly once")
    page = monitor.json("orders", "list", "--text", "tell the", "--limit", "2")
    equal(len(page["orders"]), 2)
    expect(page["completed"] > 0 and page["next"], f"no completed ones, or no next page: {page}")
    following = monitor.json("orders", "list", "--text", "tell the", "--limit", "2", "--before", str(page["next"]))
    expect(following["orders"][0]["id"] not in {o["id"] for o in page["orders"]}, "a page comes twice")
    equal({o["status"] for o in page["orders"]}, {"queued"})
    first, second = (o["id"] for o in page["orders"])
    text = monitor.text("orders", "list")
    contains(text, "Label", "Progress", first[-8:], "Tell the archive", "Queued", "0 %", "completed; --completed")
    contains(monitor.text("orders", "list", "--completed", "--lang", "fr"), "Libellé", "Succès", "100 %", "terminées")
    contains(monitor.text("orders", "show", first, "--lang", "fr"), "le destinataire a répondu par un statut")
    contains(monitor.text("orders", "show", first), "POST http://127.0.0.1", "X-Code: ", "Attempt", "503",
             "\\x1b]0;no\\x07")
    equal(monitor.json("orders", "pause", first)["status"], "paused")
    equal([o["id"] for o in monitor.json("orders", "list", "--status", "paused")["orders"]], [first])
    equal(monitor.errors("orders", "pause", first), [("status", "order_refuses")])
    equal(monitor.json("orders", "resume", first[-8:])["status"], "queued")
    equal(monitor.errors("orders", "cancel", first, "--as", "jose.nunez"), [("user", "right_missing")])
    for order in (first, second):
        equal(monitor.json("orders", "cancel", order)["status"], "cancelled")
    contains(monitor.text("orders", "redeliver", second), "Queued", "--now sends it here")
    monitor.text("orders", "cancel", second)
    redelivers(monitor, receiver, first, second)


def redelivers(monitor, receiver, first, second):
    receiver.status = 500
    failed = monitor.json("orders", "redeliver", first, "--now", code=1)
    equal((failed["status"], failed["progress"], failed["made"][-1]["status"]), ("failure", 100, 500))
    contains(failed["made"][-1]["answer"], "no")
    receiver.status, receiver.answer = 200, b""
    contains(monitor.text("orders", "redeliver", first, "--now"), "Success", "100 %")
    equal(monitor.json("webhooks", "history", "Tell the archive")["history"][0]["action"], "redelivered")
    monitor.text("orders", "cancel", second, code=1)
    # The next server finds what is still waiting.
    contains(monitor.text("--changes", "24"), "Every delivery arrived exactly once")
    equal(monitor.json("orders", "list")["orders"], [])


def no_secret_is_in_the_list_of_processes(monitor):
    """The server and its receiver, while they run; and commands beside them, on the same file."""
    server = subprocess.Popen([monitor.program, "--changes", "150", "--data", monitor.data], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, encoding="utf-8")
    receivers = 0
    while server.poll() is None:
        for line in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = line.read_bytes()
            except OSError:
                continue
            receivers += b"project_monitor_receiver" in words
            expect(b"whsec_" not in words, f"a secret is in {words}")
        monitor.text("rights", "grant", "jose.nunez", "view_orders")
        monitor.json("orders", "list", "--as", "jose.nunez")
    text = server.stdout.read()
    equal(server.returncode, 0)
    contains(text, "Every delivery arrived exactly once")
    expect(receivers > 0, "the receiver was not seen")


def webhooks_of_others_take_part(monitor, receiver):
    """The demo goes on to check its own ones: those that others have made may say no, or be called in between."""
    url = f"http://127.0.0.1:{receiver.port}/say"
    monitor.text("webhooks", "create", "--wording", "A say in it", "--url", url, "--event", "project.all",
                 "--default-body", "--synchronous", "yes")
    for transaction in ("no", "yes"):
        for status in (200, 409):
            monitor.text("webhooks", "edit", "A say in it", "--transaction", transaction)
            receiver.status = status
            receiver.requests.clear()
            contains(monitor.text("--changes", "48"), "Every delivery arrived exactly once")
            expect(any(path == "/say" for path, _, _ in receiver.requests), "the webhook does not take part")
    receiver.status = 200
    monitor.text("webhooks", "delete", "A say in it")


def the_demo_says_why_it_cannot_run(monitor):
    monitor.text("webhooks", "edit", "Search: index again", "--active", "no")
    contains(monitor.text("--changes", "24", code=1), '"Search: index again" was edited by sean.oconnor', "delete it")
    monitor.text("webhooks", "delete", "Search: index again")
    monitor.text("--changes", "24")
    monitor.text("filters", "edit", "Transport", "--expression", "project.confidential")
    contains(monitor.text("--changes", "24", code=1), 'filter "Transport" is not what it was', "another name")
    # Then the demo makes it anew, and finds who names the other one.
    monitor.text("filters", "edit", "Transport", "--name", "Ours")
    contains(monitor.text("--changes", "24", code=1), "names another filter; delete it")


def histories(monitor, webhook):
    long_histories(monitor, webhook)
    monitor.text("webhooks", "edit", webhook, "--description", "All of them.")
    verdict = monitor.json("history", "verify")
    equal(verdict["finding"], "intact")
    expect(verdict["sealed"] > 10, f"hardly anything is sealed: {verdict}")
    contains(monitor.text("history", "verify", "--checkpoint", verdict["checkpoint"]), "as it was sealed")
    monitor.text("webhooks", "delete", webhook)
    equal(monitor.errors("webhooks", "show", webhook), [("id", "webhook_unknown")])
    equal(monitor.json("webhooks", "history", webhook)["history"][0]["action"], "deleted")
    tampered = """UPDATE posthorn_history SET value = replace(value, '"user":"', '"user":"x')
                  WHERE number = (SELECT min(number) FROM posthorn_history)"""
    with sqlite3.connect(monitor.data) as rows:
        rows.execute(tampered)
    contains(monitor.text("history", "verify", code=1), "An entry was changed.")
    equal(monitor.json("history", "verify", code=1)["finding"], "changed")


def main():
    with tempfile.TemporaryDirectory() as folder:
        monitor, receiver = Monitor(sys.argv[1], pathlib.Path(folder)), Receiver()
        is_wrong_usage(monitor)
        places(monitor)
        webhook, url = new_webhooks(monitor, receiver)
        secrets(monitor, receiver, webhook)
        edits(monitor, webhook)
        connections(monitor)
        paces(monitor)
        tests(monitor, receiver, webhook, url)
        project_filters(monitor, webhook)
        filters_of_the_list(monitor)
        columns(monitor)
        rights(monitor, webhook)
        granted_rights(monitor)
        settings(monitor)
        ambiguous_names(monitor, webhook)
        french(monitor, webhook)
        pending_orders(monitor, receiver)
        no_secret_is_in_the_list_of_processes(monitor)
        webhooks_of_others_take_part(monitor, receiver)
        the_demo_says_why_it_cannot_run(monitor)
        keys(monitor)
        histories(monitor, webhook)
    print("everything was as it should be")


if __name__ == "__main__":
    main()
