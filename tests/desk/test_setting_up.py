"""The desk itself: nothing said at it leaves it without somebody who can set it up, or a caller without an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import admin, care, setup, tickets
from supportdesk.desk.desk import Desk
from supportdesk.desk.undo import undo
from supportdesk.places import os_login
from supportdesk.store.adopt import starter_id
from supportdesk.terms.errors import Invalid, NotUndoable
from tests.desk.conftest import Clock, Small
from tests.journal import proof


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Desk]:
    """A desk just made, with its first agent at the console."""
    clock = Clock()
    setup.init(tmp_path / "desk.db", login=os_login(), zone="Europe/Zurich", region="CH", lang="en", now=clock.now)
    desk = Desk(tmp_path / "desk.db", clock=clock)
    yield desk
    desk.close()


def test_the_making_of_the_desk_is_nobodys_action_to_take_back(fresh: Desk, tmp_path: Path) -> None:
    before = proof.rows(fresh.reader)
    with pytest.raises(NotUndoable, match="nothing of yours"):
        undo(fresh)
    admin.save(fresh, "team", {"slug": "network", "name": "Network", "level": 2, "employer": "own"})
    assert undo(fresh).verb == "administer"
    with pytest.raises(NotUndoable, match="nothing of yours"):
        undo(fresh)
    assert {id: row for id, row in proof.rows(fresh.reader)["team"].items() if id in before["team"]} == before["team"]
    proof.assert_replay_is_equal(fresh.path, tmp_path / "again.db")
    assert {found.code for found in care.findings(fresh)} == {"no_backup"}


def test_the_journal_names_who_made_the_desk(fresh: Desk) -> None:
    made = fresh.reader.execute("SELECT DISTINCT verb, agent, author_text FROM entry").fetchall()
    assert made == [("administer", None, os_login())]


ADMIN = starter_id("role", "admin")
ROLES = ("agent", "admin")


@pytest.mark.parametrize("said", ["retire him", "take his roles", "take the role's verb", "retire the role"])
def test_the_last_admin_stays_until_somebody_else_is_one(fresh: Desk, said: str) -> None:
    own = fresh.agent.id
    entity, id, values = {
        "retire him": ("agent", own, {"retired_at": fresh.clock()}),
        "take his roles": ("agent", own, {"roles": ("agent", "lead")}),
        "take the role's verb": ("role", ADMIN, {"verbs": ("note",)}),
        "retire the role": ("role", ADMIN, {"retired_at": fresh.clock()}),
    }[said]
    before = proof.rows(fresh.reader)
    with pytest.raises(Invalid, match="supportdesk agent edit LOGIN --role agent --role admin") as refused:
        admin.save(fresh, entity, values, id)
    assert refused.value.code == "last_admin"
    assert proof.rows(fresh.reader) == before
    if entity == "agent":
        admin.add_agent(fresh, "eva", {"roles": ROLES})
        admin.save(fresh, entity, values, id)
        assert "no_admin" not in {found.code for found in care.findings(fresh)}


def test_a_desk_has_another_admin_only_while_that_one_works_here(fresh: Desk) -> None:
    eva = admin.add_agent(fresh, "eva", {"roles": ROLES})
    admin.save(fresh, "agent", {"retired_at": fresh.clock()}, eva)
    with pytest.raises(Invalid):
        admin.save(fresh, "agent", {"roles": ("agent",)}, fresh.agent.id)


def test_undo_does_not_take_the_last_admin_away(fresh: Desk) -> None:
    eva = admin.add_agent(fresh, "eva", {"roles": ROLES})
    as_eva = Desk(fresh.path, as_login="eva", clock=fresh.clock)
    admin.save(as_eva, "agent", {"roles": ("agent",)}, fresh.agent.id)
    before = proof.rows(fresh.reader)
    with pytest.raises(Invalid) as refused:  # letting Eva in was the action of who is no admin any more
        fresh.journal.undo(fresh.who)
    assert refused.value.code == "last_admin"
    assert proof.rows(fresh.reader) == before
    assert eva == as_eva.agent.id
    as_eva.close()


def test_a_desk_made_before_keeps_its_only_admin_too(fresh: Desk) -> None:
    """There the making of the desk stands in the journal as the first agent's own action."""
    fresh.journal.conn.execute("UPDATE entry SET agent = ?", (fresh.agent.id.bytes,))
    with pytest.raises(Invalid) as refused:
        undo(fresh)
    assert refused.value.code == "last_admin"


def test_who_owns_or_holds_open_tickets_is_not_retired_before_somebody_else_has_them(small: Small) -> None:
    nils, own = small.specialist.agent.id, small.desk.agent.id
    saved = [small.call(f"cas {n}") for n in range(7)]
    ids = [each.id for each in saved]
    tickets.assign(small.desk, ids[:1], agent=nils)
    tickets.assign(small.desk, ids[1:], owner=nils)
    retired = {"retired_at": small.clock()}
    with pytest.raises(Invalid, match="supportdesk ticket assign NUMBER --owner LOGIN") as refused:
        admin.save(small.desk, "agent", retired, nils)
    assert refused.value.code == "has_open_tickets"
    assert f"7 open tickets ({', '.join(each.number for each in saved[:5])})" in refused.value.message
    assert small.row("agent", nils)["retired_at"] is None
    tickets.assign(small.desk, ids, agent=own, owner=own)
    admin.save(small.desk, "agent", retired, nils)
    assert small.row("agent", nils)["retired_at"] is not None


def test_what_is_closed_keeps_nobody(small: Small) -> None:
    nils = small.specialist.agent.id
    saved = small.call()
    tickets.assign(small.desk, [saved.id], agent=nils, owner=nils)
    tickets.cancel(small.desk, [saved.id], "erreur")
    admin.save(small.desk, "agent", {"retired_at": small.clock()}, nils)
    assert small.row("agent", nils)["retired_at"] is not None


def test_undo_does_not_take_back_who_was_let_in_and_works_on_a_ticket(small: Small) -> None:
    eva = admin.add_agent(small.desk, "eva", {})
    as_eva = Desk(small.desk.path, as_login="eva", clock=small.clock)
    tickets.take(as_eva, [small.call(unassigned=True).id])
    letting_in = small.desk.reader.execute("SELECT action FROM entry WHERE entity_id = ?", (eva.bytes,)).fetchone()[0]
    with pytest.raises(Invalid) as refused:
        undo(small.desk, UUID(bytes=letting_in))
    assert refused.value.code == "has_open_tickets"
    assert small.row("agent", eva)["retired_at"] is None
    as_eva.close()


@pytest.mark.parametrize("region", ["XX", "ch", "CHE", "Schweiz", "001"])
def test_a_site_is_in_a_country_that_has_telephone_numbers(small: Small, region: str) -> None:
    site = {"slug": "rom", "name": "Roma", "zone": "Europe/Rome", "language": "it"}
    with pytest.raises(Invalid, match=f"no country {region}") as refused:
        admin.save(small.desk, "site", {**site, "region": region})
    assert refused.value.field == "region"
    id = admin.save(small.desk, "site", {**site, "region": "IT"})
    with pytest.raises(Invalid):
        admin.save(small.desk, "site", {"region": region}, id)
    assert small.row("site", id)["region"] == "IT"
