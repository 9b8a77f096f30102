"""A desk that met rows of a newer version: codes, fields, records and verbs nobody here knows (field/sync.md 2.10)."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportdesk.desk import articles, calls, handoffs, setup, tickets
from supportdesk.desk.admin import save
from supportdesk.desk.calls import Call, Check
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.terms.codes import CheckResult, LinkKind
from tests.ahead import page
from tests.cli.running import data, ran
from tests.cli.test_hostile_desk import LISTS

NOTED = "told him all the same"


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("newer")
    setup.init(home / "desk.db", login=os_login(), zone="Europe/Zurich", region="CH", lang="en")
    desk = Desk(home / "desk.db")
    network = save(desk, "team", {"slug": "network", "name": "Network", "level": 2})
    first, second = (calls.take_call(desk, Call(
        ticket={"title": f"call {n}", "impact": 2, "urgency": 2}, new_caller={"name": "Monique Perret"},
        note="restarted", checks=[Check("password", None, CheckResult.PASSED)],
    )).id for n in range(2))  # fmt: skip
    tickets.link(desk, first, second, LinkKind.CHILD)
    handoffs.offer(desk, first, network, {"request": "look", "tried": "all"}, "night")
    articles.write(desk, {"slug": "hostile", "lang": "en", "title": "hostile", "body": "1. Restart"})
    with desk.journal.action("import_records", desk.who) as act:
        act.create("conflict", {"entity": "ticket", "row_id": str(first), "ticket_id": first, "field": "title",
                                "kept": "a", "offered": "b", "state": "open", "kept_by": "x", "offered_by": "y"})
    desk.close()
    page.meet(home / "desk.db")
    return home


@pytest.fixture(autouse=True)
def here(newer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPORTDESK_HOME", str(newer))


@pytest.mark.parametrize("words", [*LISTS, ("sync", "conflicts"), ("handoff", "list")], ids=" ".join)
def test_every_list_goes_on(words: tuple[str, ...]) -> None:
    for form in ((), ("--json",)):
        done = ran(*words, *form)
        assert done.code in (0, 1), done.err
        assert "reference" not in done.err, done.err


def test_what_is_shown_is_shown_as_it_came(newer: Path) -> None:
    listed = data("ticket", "list", "--view", "all")
    assert {line["status"] for line in listed} == {page.CODE}
    shown = ran("ticket", "show", listed[0]["number"])
    assert shown.code == 0, shown.err
    assert page.CODE in shown.out
    assert "hum" in shown.out
    for what, id in (("contact", data("contact", "list")[0]["id"]), ("kb", "hostile")):
        assert ran(what, "show", id).code == 0


def test_work_goes_on_over_them(newer: Path) -> None:
    number = data("ticket", "list", "--view", "all")[0]["number"]
    for words in (
        ("ticket", "note", number, NOTED), ("ticket", "edit", number, "--title", "edited"), ("ticket", "take", number),
        ("ticket", "prioritise", number, "--impact", "2", "--urgency", "1"),
        ("ticket", "wait", number, "--for", "vendor"), ("ticket", "solve", number, "--solution", "restarted"),
        ("ticket", "undo"), ("ticket", "new", "--title", "another", "--impact", "1", "--urgency", "1"),
        ("call", "--title", "a call"), ("role", "edit", "agent", "--name", "agents"),
    ):  # fmt: skip
        done = ran(*words)
        assert "reference" not in done.err, (words, done.err)
        assert done.code == 0, (words, done.err)
