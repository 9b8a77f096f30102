"""The JSON other tools rely on: one golden file a command, fields only ever added (issue 2 part 5).

One story is played on a fresh desk; what varies from run to run is masked. After a wanted change:
``GOLDEN=write python -m pytest tests/cli/test_golden.py`` and read the difference.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk import i18n
from supportdesk.places import os_login
from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import AgentAsk, EnrollAsk
from supportdesk.store.types import uuid7
from tests.cli.running import commands, data, ran
from tests.conftest import MadeOnce
from tests.server.hand import first_admin, fixed
from tests.sync import stand

GOLDEN = Path(__file__).parent / "golden"
NOT_PLAYED = {("serve",), ("sync", "pause"), ("sync", "resume"), ("sync", "leave")}
"""``serve`` runs in tests/server. Pausing and leaving print nothing but narration."""

ARTICLE = """+++
slug = "zither-strings"
lang = "en"
title = "Zither: a string is loose"
issue = "The zither rattles since the strings were changed."
keywords = ["zither", "rattle"]
products = []
components = []
audience = "internal"
identity = ""
+++

## Steps

1. Tune it.
2. Listen.
3. Tighten the loose one.
4. Listen again.
"""

MAPPING = """
name = "a small one"
[source]
format = "csv"
instants = "%Y-%m-%d %H:%M"
zone = "desk"
[rows]
key = "no"
at = "at"
author = "who"
order = "at"
[ticket]
type = { value = "incident" }
title = "no"
[ticket.status]
column = "state"
map = { "open" = "in_progress", "done" = "solved" }
"""

AGREED = """
[[calendar]]
slug = "geneva"
name = "Genève"
[[calendar.version]]
zone = "Europe/Zurich"
country = "CH"
subdivision = "GE"
language = "fr"
years = [2098, 2098]
weekly.mon = [["08:00", "12:00"], ["13:00", "18:00"]]

[[contract]]
slug = "silver"
name = "Silver"
kind = "standard"
[[contract.version]]
calendar = "geneva"
targets.P1 = { answer = "15 min", solution = "4 h", calendar = "always" }

[[contract]]
slug = "kern"
name = "Kern, Silver"
organisation = "Kern AG"
follows = "silver"
valid = { from = 2026-01-01, until = 2099-12-31 }
[[contract.version]]
targets.P1.solution = "2 h"
incidents = 20
products = ["vpn"]
[[contract.version.availability]]
service = "VPN"
percent = 99.5
longest_outage = "4 h"
[[contract.version.responsibilities]]
duty = "New accounts"
does = "Kern AG"
told = "the desk"
"""

CALLERS = "name,mail,organisation\nAnna Roch,anna@example.org,Kern AG\n"


def _story(folder: Path) -> Iterator[tuple[str, Any]]:
    """Every command once, in an order in which each has something to say: (file name, its data)."""
    (folder / "zither.md").write_text(ARTICLE, "utf-8")
    (folder / "articles").mkdir()
    (folder / "articles" / "viola.md").write_text(ARTICLE.replace("zither", "viola").replace("Zither", "Viola"))
    (folder / "callers.csv").write_text(CALLERS, "utf-8")
    (folder / "organisations.csv").write_text("name,key_account\nAlpina,true\n", "utf-8")
    (folder / "assets.csv").write_text("inventory,host\nA-200,pc-200\n", "utf-8")
    (folder / "tickets.csv").write_text("no,at,who,state\nX1,2026-03-01 08:00,ana,open\nX1,2026-03-01 09:00,ana,done\n")
    (folder / "mapping.toml").write_text(MAPPING, "utf-8")
    (folder / "vpn.log").write_text("11:02 dropped\n", "utf-8")

    yield "version", data("version")
    yield "config-path", data("config", "path")
    yield "config-set", data("config", "set", "theme", "light")
    yield "config-show", data("config", "show")
    file, right = folder / "desk" / "config.toml", (folder / "desk" / "config.toml").read_text("utf-8")
    file.write_text(f'{right}theem = "dark"\n', "utf-8")
    yield "config-check", ran("config", "check", "--json").json
    file.write_text(right, "utf-8")
    asked = folder / "asked.jsonl"
    asked.write_text('{"id": 1, "timezone": "Europe/Zurich", "weekly_hours": {"mon": [["08:00", "12:00"]]}, '
                     '"start": "2026-11-21T10:00:00+01:00", "minutes": 30}\n')
    yield "calendar-compute", data("calendar", "compute", "--input", str(asked))
    yield "demo", data("demo", "--tickets", "1", "--seed", "7")
    yield "init", data("init")
    yield "site-add", data("site", "add", "geneve", "Genève", "--language", "fr", "--zone", "Europe/Zurich")
    yield "site-edit", data("site", "edit", "geneve", "--name", "Genève-Cornavin")
    yield "site-list", data("site", "list")
    yield "team-add", data("team", "add", "network", "Network", "--level", "2", "--site", "geneve")
    yield "team-edit", data("team", "edit", "network", "--remarks", "until 22:00")
    yield "team-list", data("team", "list")
    yield "agent-add", data("agent", "add", "nils", "--name", "Nils Weber", "--team", "network", "--role", "specialist")
    yield "agent-edit", data("agent", "edit", "nils", "--skill", "vpn")
    yield "agent-list", data("agent", "list")
    yield "role-add", data("role", "add", "reader", "Reader", "--verb", "save_view")
    yield "role-edit", data("role", "edit", "reader", "--name", "Only reads")
    yield "role-list", data("role", "list")
    yield "organisation-add", data("organisation", "add", "Kern AG", "--key-account")
    data("organisation", "add", "Kern GmbH")
    yield "organisation-edit", data("organisation", "edit", "Kern AG", "--remarks", "pays early")
    yield "organisation-merge", data("organisation", "merge", "Kern GmbH", "Kern AG")
    yield "organisation-import", data("organisation", "import", f"{folder}/organisations.csv")
    yield "product-add", data("product", "add", "vpn", "VPN", "--vendor", "Kern AG", "--team", "network")
    yield "product-edit", data("product", "edit", "vpn", "--name", "Mobile VPN")
    yield "product-list", data("product", "list")
    yield "component-add", data("component", "add", "vpn-client", "Windows client", "--product", "vpn")
    yield "component-edit", data("component", "edit", "vpn-client", "--identity", "password")
    yield "component-list", data("component", "list")
    yield "caller-add", data("caller", "add", "Kurt Kern", "--organisation", "Kern AG", "--number", "044 668 18 00",
                             "--mail", "kurt@example.org", "--vip")
    data("caller", "add", "K. Kern", "--number", "044 668 18 01")
    yield "caller-edit", data("caller", "edit", "kurt@example.org", "--language", "de")
    yield "caller-merge", data("caller", "merge", "K. Kern", "kurt@example.org")
    yield "caller-import", data("caller", "import", f"{folder}/callers.csv")
    yield "caller-find", data("caller", "find", "kern")
    yield "asset-add", data("asset", "add", "--inventory", "A-100", "--host", "pc-100", "--user", "Kurt Kern",
                            "--component", "vpn-client", "--product", "vpn")
    yield "asset-edit", data("asset", "edit", "A-100", "--room", "12")
    yield "asset-find", data("asset", "find", "kurt")
    yield "asset-import", data("asset", "import", f"{folder}/assets.csv")

    yield "kb-add", data("kb", "add", f"{folder}/zither.md")
    yield "kb-import", data("kb", "import", f"{folder}/articles")
    yield "kb-vote", data("kb", "vote", "zither-strings", "--helped")
    yield "kb-search", data("kb", "search", "the zither rattles")[:1]
    yield "kb-show", data("kb", "show", "zither-strings")

    opened = data("ticket", "new", "--caller-number", "044 668 18 00", "--caller-name", "Kurt Kern", "--component",
                  "Windows client", "--title", "VPN drops", "--description", "It drops every\nfive minutes.",
                  "--impact", "3", "--urgency", "2", "--caller-priority", "urgent!", "--needed-by", "2099-01-02T17:00Z",
                  "--needed-for", "payroll")
    yield "ticket-new", opened
    number = opened["number"]
    yield "ticket-take", data("ticket", "take", number)
    yield "ticket-note", data("ticket", "note", number, "Look at the log.")
    note = data("ticket", "note", number, "We are on it.", "--for-caller")["id"]
    yield "ticket-attach", data("ticket", "attach", number, f"{folder}/vpn.log")
    yield "ticket-edit", data("ticket", "edit", number, "--title", "VPN drops every five minutes")
    yield "ticket-prioritise", data("ticket", "prioritise", number, "--impact", "2", "--reason", "a whole floor")
    yield "ticket-wait", data("ticket", "wait", number, "--for", "caller", "--reason", "on holiday")
    yield "ticket-resume", data("ticket", "resume", number)
    yield "ticket-callback", data("ticket", "callback", number, "2099-01-02T08:00:00Z")
    data("ticket", "callback", number, "--drop")
    yield "ticket-callback-in-vain", data("ticket", "callback", number, "--outcome", "no_answer")
    yield "shift-start", data("shift", "start")
    yield "shift-break", data("shift", "break")
    yield "shift-back", data("shift", "back")
    data("ticket", "callback", number, "2099-01-02T08:00:00Z")
    yield "shift-status", data("shift", "status")
    yield "shift-end", data("shift", "end", "--pass-on", "nils", "--note", "he waits for it")
    data("ticket", "undo")
    data("shift", "end", "--take-along")
    data("ticket", "callback", number, "--drop")
    yield "handoff-offer", data("handoff", "offer", number, "network", "--request", "find out", "--tried", "rebooted")
    yield "handoff-withdraw", data("handoff", "withdraw", number)
    data("handoff", "offer", number, "network", "--request", "find out", "--tried", "rebooted")
    yield "handoff-list", data("--as", "nils", "handoff", "list")
    yield "handoff-accept", data("--as", "nils", "handoff", "accept", number)
    yield "handoff-return", data("--as", "nils", "handoff", "return", number, "--reason", "not ours")
    yield "ticket-assign", data("ticket", "assign", number, "--owner", "nils")
    other = data("ticket", "new", "--title", "Printer jam", "--caller-name", "Somebody")["number"]
    yield "ticket-link", data("ticket", "link", other, "caused_by", number)
    yield "ticket-split", data("ticket", "split", number, "Wants a headset")
    yield "ticket-move-note", data("ticket", "move-note", note, other)
    yield "ticket-merge", data("ticket", "merge", other, number)
    yield "call", data("call", "--title", "No dial tone", "--caller-name", "Lea Favre", "--caller-number",
                       "+41 21 555 01 00", "--callback", "2099-01-02T09:30:00Z", "--note", "in the morning")
    yield "call-without-ticket", data("call", "--outcome", "wrong_number", "--caller-number", "0215550199")
    yield "call-about-a-ticket", data("call", "--about", number, "--chaser", "--caller", "kurt@example.org")
    contacts = data("contact", "list")
    yield "contact-list", contacts
    yield "contact-show", data("contact", "show", contacts[0]["id"])
    yield "ticket-solve", data("ticket", "solve", number, "--solution", "new client", "--article", "zither-strings")
    yield "ticket-close", data("ticket", "close", number)
    yield "ticket-reopen", data("ticket", "reopen", number, "--reason", "it is back")
    yield "ticket-undo", data("ticket", "undo")
    yield "ticket-show", data("ticket", "show", number)
    yield "promise-explain", data("promise", "explain", number)
    stray = data("ticket", "new", "--title", "Opened by mistake")["number"]
    yield "ticket-cancel", data("ticket", "cancel", stray, "--reason", "by mistake")
    listed = data("ticket", "list", "--view", "all")  # its order is that of the minute: tests/views/test_queue*.py
    yield "ticket-list", sorted(listed, key=lambda ticket: (str(ticket["title"]), str(ticket["created_at"])))
    yield from _agreed(folder)
    yield from _majors()
    yield "caller-show", data("caller", "show", "Kurt Kern")
    yield "organisation-find", data("organisation", "find", "kern")
    yield "organisation-show", data("organisation", "show", "Kern AG")
    yield "asset-show", data("asset", "show", "A-100")
    yield "import-tickets", data("import", "tickets", f"{folder}/tickets.csv", "--mapping", f"{folder}/mapping.toml")
    yield "export", data("export", "callers")
    yield "caller-erase", data("caller", "erase", "anna@example.org", "--yes")
    found = data("doctor")
    yield "doctor", found | {"findings": [f for f in found["findings"] if f["code"] in ("kept_as_given", "no_backup")]}
    yield "backup", data("backup", f"{folder}/desk.backup")
    yield "restore", data("restore", f"{folder}/desk.backup")

    yield from _exchanged(folder, number)
    server = ("--data", f"{folder}/server")
    id = _enrolled(folder / "server")
    yield "server-device-code", data("server", "device", "code", "--agent", "nils", *server)
    yield "server-device-list", data("server", "device", "list", *server)
    yield "server-device-scopes", data("server", "device", "scopes", id, "--window", "90", *server)
    yield "server-device-revoke", data("server", "device", "revoke", id, *server)
    yield "server-status", data("server", "status", *server)
    _left_behind(folder / "server")
    kept = data("server", "quarantine", "list", *server)
    yield "server-quarantine-list", kept
    yield "server-quarantine-accept", data("server", "quarantine", "accept", kept[0]["id"], *server)
    yield "server-quarantine-drop", data("server", "quarantine", "drop", kept[1]["id"], *server)
    yield "server-backup", data("server", "backup", f"{folder}/server.backup", *server)
    yield "server-restore", data("server", "restore", f"{folder}/server.backup", *server)
    yield "server-migrate", data("server", "migrate", *server)


def _agreed(folder: Path) -> Iterator[tuple[str, Any]]:
    """Calendars and contracts come in from a file."""
    file = folder / "agreed.toml"
    file.write_text(AGREED.replace("Europe/Zurich", "Europe/Zurigo").replace("4 h", "2 days"), "utf-8")
    yield "calendar-check", ran("calendar", "check", str(file), "--json").json
    yield "contract-check", ran("contract", "check", str(file), "--json").json
    file.write_text(AGREED, "utf-8")
    yield "calendar-import", data("calendar", "import", str(file))
    yield "calendar-list", data("calendar", "list")
    yield "calendar-show", data("calendar", "show", "geneva")
    yield "calendar-export", data("calendar", "export")
    yield "contract-import", data("contract", "import", str(file))
    yield "contract-list", data("contract", "list")
    number = data("ticket", "new", "--title", "VPN again")["number"]
    yield "contract-choose", data("contract", "choose", number, "kern")
    yield "contract-show", data("contract", "show", "kern")
    yield "contract-goodwill", data("contract", "goodwill", number, "the first time")
    yield "contract-export", data("contract", "export")
    changed = folder / "promised.yaml"
    changed.write_text(data("promise", "export", "--yaml")["yaml"].replace("answer: 15 min", "answer: 10 min"), "utf-8")
    yield "promise-check", data("promise", "check", str(changed))
    yield "promise-export", data("promise", "export")
    yield "promise-import", data("promise", "import", str(changed))
    began = data("outage", "note", "--since", "2026-03-02 09:00", "--product", "vpn", "--reason", "the line was cut")
    yield "outage-note", began
    yield "outage-end", data("outage", "end", began["id"], "--at", "2026-03-02 10:30")
    yield "outage-correct", data("outage", "correct", began["id"], "--until", "2026-03-02 10:00")
    data("outage", "note", "--since", "2026-03-09 09:00", "--until", "12:00", "--product", "vpn", "--maintenance")
    yield "outage-list", data("outage", "list")
    yield "contract-availability", data("contract", "availability", "kern", "--month", "2026-03")


def _majors() -> Iterator[tuple[str, Any]]:
    """Five callers report one thing: asked, declared, joined, told, over."""
    data("component", "add", "mail-server", "Mail server", "--product", "vpn")
    cases = [data("call", "--title", "no mail", "--caller-name", name, "--component", "mail-server")["number"]
             for name in ("Blanc", "Cretton", "Dayer", "Evequoz")]
    reported = data("call", "--title", "mail", "--caller-name", "Fournier", "--component", "mail-server")
    yield "call-asks-for-a-major-incident", reported
    yield "major-asked", data("major", "asked")
    yield "major-dismiss", data("major", "dismiss", "mail-server")
    yield "major-declare", data("major", "declare", cases[0], "--say", "en=Mail is down.", "--since", "5",
                                "--until", "2099-01-02T08:00Z", "--next", "2099-01-02T07:00Z", "--communicator",
                                "nils", "--case", cases[1])
    yield "major-edit", data("major", "edit", cases[0], "--title", "Mail of all sites")
    yield "major-say", data("major", "say", cases[0], "--say", "en=Mail comes back.", "--say",
                            "fr=Le courriel revient.", "--until", "2099-01-02T09:00Z")
    yield "major-join", data("major", "join", cases[2], "--how", "phone")
    joined = data("call", "--major", cases[0], "--caller-name", "Gard")
    yield "call-joins-a-major-incident", joined
    data("major", "join", cases[3])
    yield "major-leave", data("major", "leave", cases[3], "--reason", "his own password")
    yield "major-tell", data("major", "tell", cases[1], "--who", "his boss")
    yield "major-list", data("major", "list")
    yield "major-end", data("major", "end", cases[0], "--solution", "more room", "--case", f"{cases[1]}:phone:works",
                            "--case", f"{cases[2]}:phone:broken")
    yield "major-show", data("major", "show", joined["number"])


def _exchanged(folder: Path, number: str) -> Iterator[tuple[str, Any]]:
    """This desk and a colleague's change one title at a running server."""
    from supportdesk.desk import tickets
    from supportdesk.desk.setup import init
    from supportdesk.store.clock import utc_now
    from supportdesk.sync.client import Client
    from tests.journal import desks

    yield "sync-status-alone", data("sync", "status")
    exchange = Exchange.open(folder / "company")
    with stand.listening(exchange) as url:
        mine = exchange.make_code(agents=[os_login(), "nils"], admin=True)
        yield "sync-enroll", data("sync", "enroll", url, "--code", mine)
        yield "sync-now", data("sync", "now")
        init(folder / "other.db", login="zoe", zone="Europe/Zurich", region="CH", lang="en")
        other = Client(folder / "other.db")
        other.enroll(url, exchange.make_code(agents=["zoe"]))
        other.exchange()
        zoe = desks.console(folder / "other.db", "zoe", utc_now)
        id = UUID(data("ticket", "show", number)["id"])
        tickets.edit(zoe, id, {"title": "VPN, second floor"})
        data("ticket", "edit", number, "--title", "VPN, whole house")
        other.exchange()
        data("sync", "now")
        zoe.close()
        other.close()
        yield "sync-status", data("sync", "status")
        found = data("sync", "conflicts")
        yield "sync-conflicts", found
        yield "sync-resolve", data("sync", "resolve", found[0]["id"], "keep-mine")
        data("sync", "now")
        yield "server-erasures", data("server", "erasures", "--data", f"{folder}/company")
        for verb in ("pause", "resume", "leave"):
            assert ran("sync", verb, "--json").code == 0
    exchange.close()


def _enrolled(folder: Path) -> str:
    """A server that knows one console; the console's id."""
    exchange = Exchange.open(folder)
    code, id = exchange.make_code(admin=True), str(uuid7())
    exchange.enroll(EnrollAsk(code, id, "counter 1", 1, [AgentAsk(str(uuid7()), "ana")], 1))
    exchange.close()
    return id


def _left_behind(folder: Path) -> None:
    """A revoked console has sent two notes to this server."""
    exchange = Exchange.open(folder)
    ana = first_admin(exchange, "ana")
    exchange.revoke(ana.device)
    notes = [ana.entry("note", "note", fixed(text), "create", {"text": [None, text]}) for text in ("one", "two")]
    exchange.put_aside(ana.secret, ana.ask(list(notes)))
    exchange.close()


_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NUMBER = re.compile(r"\b9\d{4}-\d{4,}-\d\b")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2}\b")
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
_VARIES = {"pushed", "pulled", "score", "articles", "size", "program", "version", "chain", "epoch", "digest",
           "supportdesk", "python", "sqlite", "system", "remaining_s", "target_s"}


class _Mask:
    """What differs from run to run, by a word; equal values within one file by the same word."""

    def __init__(self, folder: Path) -> None:
        self._known: dict[str, str] = {}
        self._folder = str(folder)

    def __call__(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: self(v, k) for k, v in sorted(value.items())}  # the order of keys is nobody's business
        if isinstance(value, list):
            return [self(each, key) for each in value]
        if key in _VARIES and value is not None and not isinstance(value, list):
            return f"<{key}>"
        if not isinstance(value, str):
            return value
        if value == os_login():
            return "<me>"
        if key == "digest":
            return "<digest>"
        value = value.replace(self._folder, "<folder>")
        value = re.sub(r"before-restore-\w+", "before-restore-<instant>", value)
        value = _INSTANT.sub(lambda at: at[0] if at[0].startswith("2099") else "<instant>", value)
        value = _ADDRESS.sub("<address>", _CODE.sub("<code>", value))
        value = _UUID.sub(lambda id: self._word("id", id[0]), value)
        return _NUMBER.sub(lambda number: self._word("number", number[0]), value)

    def _word(self, kind: str, value: str) -> str:
        seen = sum(1 for word in self._known.values() if word.startswith(f"<{kind}"))
        return self._known.setdefault(value, f"<{kind} {seen + 1}>")


@pytest.fixture(scope="module")
def played(made_once: MadeOnce) -> dict[str, Any]:
    def play(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SUPPORTDESK_HOME", str(folder / "desk"))
            patch.setenv("TZ", "Europe/Zurich")
            patch.setenv("SUPPORTDESK_REGION", "CH")
            patch.setattr(i18n, "_console_language", "en")
            told = {name: _Mask(folder)(told) for name, told in _story(folder)}
        (folder / "told.json").write_text(json.dumps(told), "utf-8")

    read: dict[str, Any] = json.loads((made_once("story", play) / "told.json").read_text("utf-8"))
    return read


def _text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def test_every_command_is_told_in_the_story(played: dict[str, Any]) -> None:
    assert {"-".join(words) for words, _command in commands() if words not in NOT_PLAYED} <= set(played)


def test_the_golden_files_are_those_of_the_story(played: dict[str, Any]) -> None:
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.mkdir(exist_ok=True)
        for name, told in played.items():
            (GOLDEN / f"{name}.json").write_text(_text(told), "utf-8")
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(played)


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_a_command_prints_what_other_tools_rely_on(played: dict[str, Any], name: str) -> None:
    assert played[name] == json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
