"""What callers wrote acts on no terminal, whatever subcommand shows it, and comes back exactly as JSON (R2, R12)."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from supportdesk import i18n
from supportdesk.cli import output
from supportdesk.desk import calls, setup
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.adopt import starter_id
from tests.cli.conftest import Ran
from tests.cli.running import Leaf, commands, data, ran
from tests.hostile_desk import LINE, TEXTS
from tests.tokenizer import foreign_sequences

NASTY = [
    "[/", "=cmd|' /C calc'!A1", "'; DROP TABLE ticket; --", '"', "\x1b]2;x\x07\x9b31m\u202e", "-", "١٢", "a" * 3000,
]  # fmt: skip


@pytest.fixture
def hostile(hostile_desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SUPPORTDESK_HOME", str(hostile_desk.parent))
    return hostile_desk.parent


def _only_text(raw: str) -> bool:
    return not re.search(r"[^\n\t\x20-\x7e\xa0-\U0010ffff]", raw) and not foreign_sequences(raw.encode())


def _quiet(done: Ran) -> None:
    assert _only_text(done.out), done.out[:300]
    assert _only_text(done.err), done.err[:300]
    assert "Traceback" not in done.err


MANY = ("--limit", "100000")
LISTS = [
    ("ticket", "list", "--view", "all", *MANY),
    ("contact", "list", *MANY),
    ("caller", "find", "a", *MANY),
    ("caller", "find", "--missing"),
    ("organisation", "find", "a", *MANY),
    ("asset", "find", "A", *MANY),
    ("component", "list"),
    ("component", "list", "--missing"),
    ("asset", "find", "--missing"),
    ("product", "list"),
    ("team", "list"),
    ("agent", "list"),
    ("site", "list"),
    ("role", "list"),
    ("calendar", "list"),
    ("contract", "list"),
    ("kb", "search", "hostile", *MANY),
    ("handoff", "list", "--box", "sent"),
    ("major", "list"),
    ("major", "asked"),
    ("doctor",),
    ("export", "tickets"),
    *(("export", what) for what in ("contacts", "callers", "organisations", "assets", "articles", "notes")),
]


FORMS = {"columns": (), "plain": ("--plain",), "json": ("--json",)}


@pytest.mark.parametrize(("words", "form"), [
    pytest.param(words, form, id=f"{name}-{' '.join(words)}")
    for name, form in FORMS.items() for words in LISTS
    if (words[0], name) != ("export", "plain")  # a table of values has no other form for a screen reader
])
def test_a_list_over_all_of_it_is_only_text(hostile: Path, words: tuple[str, ...], form: tuple[str, ...]) -> None:
    done = ran(*words, *form)
    assert done.code in (0, 1)
    _quiet(done)
    if form == ("--json",):
        json.loads(done.out)


def test_the_lists_tell_every_text_exactly(hostile: Path) -> None:
    """Title, caller, organisation, description and component come back sign by sign."""
    listed = data("ticket", "list", "--view", "all", *MANY)
    exported = data("export", "tickets")
    for text in TEXTS:
        line = text[:LINE]
        assert any(ticket["title"] == line.strip() for ticket in listed)
        assert any(ticket["caller"] == line and ticket["organisation"] == line for ticket in listed)
        assert any(ticket["description"] == text and ticket["component_name"] == line for ticket in exported)


def test_a_ticket_tells_every_note_exactly(hostile: Path) -> None:
    told: set[str] = set()
    for ticket in data("ticket", "list", *MANY):
        if ticket["title"] == "notes":
            _quiet(ran("ticket", "show", ticket["number"]))
            shown = ran("ticket", "show", ticket["number"], "--json")
            _quiet(shown)
            told |= {event["text"] for event in json.loads(shown.out)["timeline"]}
    assert told.issuperset(TEXTS)


@pytest.mark.parametrize("what", ["ticket", "caller", "organisation", "asset", "contact", "kb", "contract", "calendar",
                                  "major"])
def test_a_card_is_shown_as_text(hostile: Path, what: str) -> None:
    found = {
        "ticket": lambda: [line["number"] for line in data("ticket", "list", *MANY)],
        "caller": lambda: [line["caller_id"] for line in data("ticket", "list", *MANY) if line["caller_id"]],
        "organisation": lambda: [line["organisation_id"] for line in data("export", "callers")],
        "asset": lambda: [line["inventory"] for line in data("asset", "find", "A", *MANY)],
        "contact": lambda: [line["id"] for line in data("contact", "list", *MANY)],
        "contract": lambda: [line["id"] for line in data("contract", "list")],
        "calendar": lambda: [line["slug"] for line in data("calendar", "list")],
        "major": lambda: _majors(hostile),
        "kb": lambda: [line["id"] for line in data("kb", "search", "hostile", *MANY)],
    }[what]()
    assert len(found) > 20
    for key in found[:: len(found) // 20]:
        for form in ((), ("--json",)):
            done = ran(what, "show", key, *form)
            assert done.code == 0, done.err
            _quiet(done)


def _majors(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "desk.db")) as conn:
        return [number for (number,) in conn.execute(
            "SELECT t.number FROM major_incident m JOIN ticket t ON t.id = m.ticket_id")]


def test_without_the_filter_the_same_desk_fails(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "safe", lambda text: text)
    monkeypatch.setattr(output, "safe_block", lambda text: text)
    raw = ran("component", "list").out + ran("ticket", "list", "--view", "all", *MANY).out
    assert not _only_text(raw)


@pytest.fixture(scope="module")
def poked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small desk to try hostile options on."""
    home = tmp_path_factory.mktemp("poked")
    here = os.getcwd()
    setup.init(home / "desk.db", login=os_login(), zone="Europe/Zurich", region="CH", lang="en")
    desk = Desk(home / "desk.db")
    calls.open_ticket(desk, {"title": "x"})
    assert starter_id("agent", os_login()) == desk.agent.id
    desk.close()
    os.chdir(home)
    yield home
    os.chdir(here)


def _options(command: Any, text: str) -> list[str]:
    """The command's arguments and options, all that take a text given ``text``."""
    words: list[str] = []
    for param in command.params:
        if param.name in ("help", "db", "json", "plain", "as_login", "output"):
            continue
        if param.param_type_name == "argument":
            words.append(text)
        elif param.type.name == "str" and not param.is_flag:
            words.append(f"{param.opts[0]}={text}")
    return [word for word in words if word.startswith("--")] + ["--", *(w for w in words if not w.startswith("--"))]


HARMLESS = [leaf for leaf in commands() if leaf[0] not in (("demo",), ("init",), ("config", "set"))]


@pytest.mark.parametrize("leaf", HARMLESS, ids=[" ".join(words) for words, _command in HARMLESS])
def test_hostile_options_are_kept_or_refused_with_a_sentence(
    poked: Path, monkeypatch: pytest.MonkeyPatch, leaf: Leaf
) -> None:
    monkeypatch.setenv("SUPPORTDESK_HOME", str(poked))
    monkeypatch.setattr(i18n, "_console_language", "en")
    words, command = leaf
    for text in NASTY:
        done = ran("--json", *words, *_options(command, text))
        _quiet(done)
        assert done.code in (0, 1, 2, 3), text
        if done.code and done.err:
            told = json.loads(done.err)["error"]
            assert told["code"] != "internal", (text, told)
            assert told["message"]
