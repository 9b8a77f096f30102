"""A ticket is found by the same words whether its text was made with it or read again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from supportdesk.desk import admin, people
from supportdesk.desk.calls import Call, take_call
from supportdesk.desk.desk import Desk
from supportdesk.store import search
from tests.journal import desks

EVERY_WORD = {
    "caller_name": "Perret au téléphone", "affected_name": "Rochat", "approver_name": "Cheffe Blanc",
    "organisation_name": "Menuiserie", "component_name": "Écran 27", "title": "Écran noir",
    "tags": ("écran", "salle 4"),
    "description": "Rien ne s'affiche\nmais il est allumé",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desks.console(desks.make(tmp_path / "desk.db"), "ana", desks.Clock())


@pytest.mark.parametrize("known", [True, False], ids=["known people and things", "as given"])
@pytest.mark.parametrize("solution", [None, "Câble remis"], ids=["open", "solved"])
@pytest.mark.parametrize("note", [None, "Le câble pendait"], ids=["no note", "a note"])
def test_the_text_of_a_new_ticket_is_what_reading_it_again_would_give(
    desk: Desk, known: bool, solution: str | None, note: str | None
) -> None:
    given: dict[str, Any] = dict(EVERY_WORD)
    if known:
        firm = people.save_organisation(desk, {"name": "Alpina SA"})
        caller = people.save_caller(desk, {"name": "Monique Perret", "organisation_id": firm})
        device = people.save_asset(desk, {"inventory": "PC-4711", "host": "vd-pc-4711"})
        part = admin.save(desk, "component", {"slug": "monitor", "name": "Moniteur"})
        given |= {"caller_id": caller, "asset_id": device, "component_id": part}
    with_what_is_empty: Mapping[str, Any] = given | {"affected_name": None}
    for values in (given, with_what_is_empty, {"description": "vpn"}):
        saved = take_call(desk, Call(ticket=values, solution=solution, note=note))
        made = _text(desk)
        with desk.journal.transaction() as conn:
            conn.execute("DELETE FROM ticket_text")
            for index in ("ticket_fts", "open_fts"):
                conn.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")
            search.refresh_tickets(conn, [saved.id])
        assert _text(desk) == made[-1:]
        with desk.journal.transaction() as conn:
            conn.execute("DELETE FROM ticket_text")


def _text(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.journal.conn.execute("SELECT pk, digits, title, people, body, is_open FROM ticket_text ORDER BY pk"
                                     ).fetchall()
