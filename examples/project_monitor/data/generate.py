#!/usr/bin/env python3
# Copyright (c) 2026 The Posthorn developers
# SPDX-License-Identifier: BSL-1.0
"""Writes monitor.json, the data set of the project monitor example.

    generate.py            writes monitor.json beside this file
    generate.py --check    exits with 1 if monitor.json is not what this file would write

The people and projects are invented. The result depends on the seed alone: only Random.random() is drawn
from, the one generator that Python promises to keep from version to version.
"""

import json
import math
import random
import sys
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20260601
TODAY = datetime(2026, 6, 1, 9, 0, 0)
USERS, PROJECTS = 72, 240

# What breaks a careless template, query, log line or page: each appears verbatim in some label.
HOSTILE_PROJECTS = [
    'Dam "Great Wall" spillway (phase II)',
    "King's Cross concourse: the 'quiet' entrance",
    "Fileserver move C:\\projekte\\neu to \\\\nas-02\\archiv",
    "<script>alert('pwned')</script> portal relaunch",
    "Invoice templates {{customer.name}} / {{{raw}}} / ${total}",
    "{{#each phases}}{{label}}{{/each}} migration",
    "Tabbed\tbudget\tsheet import",
    "Two-line title:\nsubway depot, north yard",
    "Carriage return\r\nand line feed clean-up",
    "🚇 Metro line 7 🚧 tunnelling",
    "👩🏽‍🔬 Clinical lab 🧪 automation 🇨🇭",
    "مشروع توسعة المستشفى الجامعي",
    "نظام تخطيط الموارد (ERP) – المرحلة الثانية",
    "הרחבת קו הרכבת הקלה",
    "שדרוג מערכת SAP 4.0 במפעל",
    "上海地铁十四号线信号系统",
    "東京湾第二トンネル補修工事",
    "서울 데이터센터 이전",
    "Re\u0301novation de l\u2019ho\u0302pital Saint-E\u0301tienne",
    "Kra\u030aftverk A\u030angermanla\u0308nden, turbin nr\u00a03",
    "Z͑ͫ̓a̴l̵g̶o̷ cable tray survey",
    "Zero\u200bwidth and\u202eoverride\u202c marks",
    "Line\u2028separator, paragraph\u2029separator",
    "'; DROP TABLE projects; -- warehouse racking",
    "\"><img src=x onerror=alert(1)> signage",
    "=HYPERLINK(\"http://example.com\") cost model",
    "100 % coverage & < 2 ms > latency",
    "null",
    "  leading and trailing blanks  ",
    "Οδική σύνδεση Θεσσαλονίκης – λιμάνι",
    "Реконструкция моста через Днепр",
    "Đường sắt đô thị Hà Nội – tuyến số 3",
    "İstanbul Boğazı hızlı feribot iskelesi",
    "सौर ऊर्जा संयंत्र, जोधपुर",
    "สถานีไฟฟ้าย่อยบางกะปิ",
]

HOSTILE_PHASES = [
    'Sign-off "as built"',
    "Client's walk-through",
    "Path \\\\srv\\plans\\rev_\"B\"",
    "<script src=//example.com/x.js></script>",
    "{{phase.label}} – placeholder review",
    "Cut-over\n(weekend only)",
    "Bill of\tmaterials",
    "🔥 Fire-safety test",
    "👨‍👩‍👧 Residents' hearing",
    "التشغيل التجريبي",
    "בדיקות קבלה",
    "验收测试",
    "検収",
    "인수 시험",
    "Mise en e\u0301vidence des e\u0301carts",
    "Prüfung & Übergabe",
    "</td></tr>",
    "a < b && c > d",
]

HOSTILE_NAMES = [
    ("sean.oconnor", "Seán O'Connor"),
    ("tony.dangelo", 'Antonio "Tony" D\'Angelo'),
    ("jf.beausejour", "Jean-François « le Grand » Beauséjour"),
    ("jose.nunez", "Jose\u0301 Nu\u0301n\u0303ez"),
    ("nguyen.anh", "Nguye\u0302\u0303n Thi\u0323 A\u0301nh"),
    ("wang.xiaoming", "王小明"),
    ("sato.yuki", "佐藤 由紀"),
    ("kim.minjun", "김민준"),
    ("m.alfarsi", "محمد الفارسي"),
    ("sara.levi", "שרה לוי"),
    ("olena.k", "Олена Ковальчук"),
    ("eleni.p", "Ελένη Παπαδοπούλου"),
    ("ipek.isik", "İpek Işık"),
    ("lukasz.z", "Łukasz Żółć"),
    ("thora.b", "Þóra Björnsdóttir"),
    ("fox", "Renée 🦊 Fuchs"),
    ("bobby.tables", "Robert'); DROP TABLE users;--"),
    ("x.script", "<script>alert(1)</script>"),
    ("mustache", "{{user.name}}"),
    ("back.slash", "Back\\slash \\n Tester"),
]

GIVEN = [
    "Anna", "Björn", "Chloé", "Dmitri", "Emeka", "Françoise", "Greta", "Hugo", "Inés", "Jürgen",
    "Katarína", "Liam", "Märta", "Noémie", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tomáš", "Ulla",
    "Vít", "Wanda", "Ximena", "Yannick", "Zoë",
]
FAMILY = [
    "Almeida", "Brânză", "Čapek", "Dvořák", "Eriksson", "Fournier", "González", "Håkansson", "Ivanova",
    "Jensen", "Kowalska", "Lefèvre", "Müller", "Nowak", "Ødegård", "Petrović", "Quist", "Rossi",
    "Schäfer", "Tóth", "Ünal", "Vaško", "Weiß", "Yıldız", "Zieliński",
]
ASCII = str.maketrans({
    "ä": "a", "å": "a", "â": "a", "ă": "a", "á": "a", "ç": "c", "č": "c", "Č": "c", "ć": "c", "é": "e",
    "è": "e", "ë": "e", "í": "i", "ı": "i", "ń": "n", "ñ": "n", "ó": "o", "ö": "o", "ø": "o", "Ø": "o",
    "ř": "r", "š": "s", "ß": "ss", "ü": "u", "Ü": "u", "ž": "z",
})

KINDS = [
    ("ERP_ROLLOUT", "ERP roll-out", ["it", "erp"]),
    ("HOSPITAL_WING", "Hospital wing", ["health", "construction"]),
    ("METRO_LINE", "Metro line extension", ["transport", "tunnel"]),
    ("WIND_FARM", "Offshore wind farm", ["energy", "offshore"]),
    ("WATER_PLANT", "Water treatment plant", ["water", "public"]),
    ("BRIDGE_REPAIR", "Bridge rehabilitation", ["transport", "safety"]),
    ("PAINT_SHOP", "Paint shop automation", ["automotive", "robotics"]),
    ("DATA_CENTRE", "Data centre relocation", ["it", "energy"]),
    ("TRAM_DEPOT", "Tram depot", ["transport", "construction"]),
    ("SUBSTATION", "110 kV substation", ["energy", "grid"]),
    ("COLD_STORE", "Cold-store warehouse", ["logistics", "food"]),
    ("CLEAN_ROOM", "Clean-room refit", ["pharma", "validation"]),
    ("RAIL_SIGNAL", "Railway signalling", ["transport", "safety"]),
    ("PIPELINE", "Pipeline inspection", ["energy", "safety"]),
    ("SCHOOL_CAMPUS", "School campus", ["public", "construction"]),
    ("BAGGAGE_HALL", "Airport baggage hall", ["transport", "robotics"]),
]
PLACES = [
    ("LYON", "Lyon"), ("MALMOE", "Malmö"), ("KOSICE", "Košice"), ("SAO_PAULO", "São Paulo"),
    ("GDANSK", "Gdańsk"), ("ZUERICH", "Zürich"), ("AARHUS", "Århus"), ("LIEGE", "Liège"),
    ("A_CORUNA", "A Coruña"), ("IZMIR", "İzmir"), ("CORK", "Cork"), ("GYOR", "Győr"), ("NIMES", "Nîmes"),
    ("TROMSOE", "Tromsø"), ("CLUJ", "Cluj-Napoca"), ("KOELN", "Köln"), ("OSTRAVA", "Ostrava"),
    ("VALPARAISO", "Valparaíso"), ("REYKJAVIK", "Reykjavík"),
]
EXTRA_TAGS = [
    "eu-funded", "prio-1", "prio-2", "audit", "münchen", "R&D", "q3/2026", "größe:XL", "重要", "⚡", "o'brien",
    "\"quoted\"",
]
STAGES = [
    "Feasibility study", "Preliminary design", "Permits", "Detailed design", "Tender", "Procurement",
    "Site preparation", "Construction", "Installation", "Integration test", "Training", "Commissioning",
    "Handover",
]

_random = random.Random(SEED)


def below(n):
    return math.floor(_random.random() * n)


def chance(p):
    return _random.random() < p


def pick(values):
    return values[below(len(values))]


def stamp(time):
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:00Z")


def make_users():
    people = list(HOSTILE_NAMES)
    taken = {login for login, _ in people}
    while len(people) < USERS:
        given, family = pick(GIVEN), pick(FAMILY)
        login = f"{given[0]}{family}".translate(ASCII).lower()
        login = "".join(c for c in login if c.isascii())
        if login not in taken:
            taken.add(login)
            people.append((login, f"{given} {family}"))
    return [
        {
            "id": i + 1,
            "login": login,
            "name": name,
            "email": f"{login}@example.{'com' if i % 3 else 'org'}",
            "active": i % 9 != 8,
            "password_hash": f"$argon2id$demo$not-a-hash-{i + 1:04}",
        }
        for i, (login, name) in enumerate(people)
    ]


def project_status(start, due):
    if start > TODAY:
        return "draft"
    if due is not None and due < TODAY:
        return "closed" if chance(0.85) else "on_hold"
    return "open" if chance(0.85) else "on_hold"


def make_tags(basic):
    tags = [t for t in basic if chance(0.8)]
    for _ in range(below(3)):
        tag = pick(EXTRA_TAGS)
        if tag not in tags:
            tags.append(tag)
    return tags


def make_projects(managers):
    projects = []
    for i in range(PROJECTS):
        kind, kind_label, tags = pick(KINDS)
        place, place_label = pick(PLACES)
        start = TODAY + timedelta(days=below(1100) - 800, hours=below(9) - 2, minutes=15 * below(4))
        due = None if chance(0.12) else start + timedelta(days=60 + below(700), hours=8)
        number = i + 1
        label = f"{kind_label} {place_label} {number}"
        if i % 6 == 3 and i // 6 < len(HOSTILE_PROJECTS):
            label = HOSTILE_PROJECTS[i // 6]
        projects.append({
            "id": 1000 + number,
            "code": f"{kind}_{place}_{number:03}",
            "label": label,
            "status": project_status(start, due),
            "budget": (1_500_000 + below(4_800_000_00)) / 100,
            "confidential": chance(0.15),
            "manager": pick(managers)["id"],
            "tags": make_tags(tags),
            "start": stamp(start),
            "due": stamp(due),
        })
    # The extremes that a form or a formatter meets one day.
    projects[0]["budget"] = 0.01
    projects[1]["budget"] = 9_876_543_210.99
    projects[2]["budget"] = 0.0
    projects[3]["tags"] = []
    return projects


def phase_state(project, start, end):
    if project["status"] == "closed":
        return "done", 100
    if project["status"] == "draft" or start > TODAY:
        return "planned", 0
    if end < TODAY:
        return "done", 100
    return "running", 1 + below(99)


def make_phases(projects):
    phases = []
    for project in projects:
        start = datetime.strptime(project["start"], "%Y-%m-%dT%H:%M:%SZ")
        count = 3 + below(4)
        due = project["due"]
        span = timedelta(days=400) if due is None else datetime.strptime(due, "%Y-%m-%dT%H:%M:%SZ") - start
        first = below(len(STAGES) - count + 1)
        for k in range(count):
            begins = start + span * k // count
            ends = start + span * (k + 1) // count
            status, progress = phase_state(project, begins, ends)
            number = len(phases) + 1
            hostile = HOSTILE_PHASES[number // 47 % len(HOSTILE_PHASES)] if number % 47 == 0 else None
            phases.append({
                "id": 10000 + number,
                "project": project["id"],
                "label": hostile or STAGES[first + k],
                "status": status,
                "progress": progress,
                "effort_days": (1 + below(480)) / 4,
                "start": stamp(begins),
                "end": None if status != "done" and chance(0.2) else stamp(ends),
            })
    return phases


def check(data):
    users, projects, phases = data["users"], data["projects"], data["phases"]
    assert len(users) >= 60 and len(projects) >= 200 and len(phases) >= 800
    for rows, key in ((users, "id"), (users, "login"), (projects, "id"), (projects, "code"), (phases, "id")):
        assert len({row[key] for row in rows}) == len(rows), key
    user_ids, project_ids = {u["id"] for u in users}, {p["id"] for p in projects}
    assert all(p["manager"] in user_ids and p["code"].replace("_", "").isalnum() for p in projects)
    assert all(p["code"] == p["code"].upper() and p["code"].isascii() for p in projects)
    assert all(p["due"] is None or p["start"] < p["due"] for p in projects)
    assert all(f["project"] in project_ids and 0 <= f["progress"] <= 100 for f in phases)
    assert all(f["end"] is None or f["start"] <= f["end"] for f in phases)
    assert {p["status"] for p in projects} == {"draft", "open", "on_hold", "closed"}
    assert {f["status"] for f in phases} == {"planned", "running", "done"}
    assert set(HOSTILE_PROJECTS) <= {p["label"] for p in projects}
    assert set(HOSTILE_PHASES) <= {f["label"] for f in phases}


def render(data):
    # One record a line: a change of the data is then a change of few lines.
    tables = [
        f'"{name}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"
        for name, rows in data.items()
    ]
    return "{\n" + ",\n".join(tables) + "\n}\n"


def main():
    users = make_users()
    projects = make_projects([u for u in users if u["active"]])
    data = {"users": users, "projects": projects, "phases": make_phases(projects)}
    check(data)
    text = render(data).encode("utf-8")
    path = Path(__file__).resolve().parent / "monitor.json"
    if sys.argv[1:] == ["--check"]:
        return 0 if path.read_bytes() == text else 1
    path.write_bytes(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
