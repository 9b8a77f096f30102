"""Every verb: one action, replayed to equal rows, undone to the rows before it; both stay in the history."""

import re
from pathlib import Path

import pytest

from supportdesk.store.types import from_db
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.errors import Changed, NotUndoable
from supportdesk.terms.verbs import SAYABLE, VERBS
from tests.journal import desks, proof
from tests.journal.scenes import SCENES


def test_every_verb_a_person_may_say_has_its_scene() -> None:
    assert set(SCENES) == set(SAYABLE)


def _withdrawn(entity: str, row: tuple[object, ...]) -> bool:
    name, value = ENTITIES[entity].withdrawn
    at = proof.columns(entity).index(name)
    stored = from_db(ENTITIES[entity].field(name).form, row[at])
    return stored is not None if value == "now" else stored == value


@pytest.mark.parametrize("verb", [name for name in SAYABLE if VERBS[name].undoable])
def test_an_action_is_replayed_and_undone(db: Path, tmp_path: Path, verb: str) -> None:
    ana, ben = desks.console(db), desks.console(db, "ben")
    say = SCENES[verb](ana, ben)
    before, told = proof.rows(ana.reader), proof.actions(ana.reader)
    say(ana)
    after = proof.actions(ana.reader)
    assert {v for _a, v, _u in after[len(told):]} == {verb}
    assert all(u is None for _a, _v, u in after[len(told):])
    assert proof.rows(ana.reader) != before
    assert proof.assert_replay_is_equal(db, tmp_path / "after.db") > 0

    undone = ana.journal.undo(ana.who)
    assert undone.verb == verb
    rows = proof.rows(ana.reader)
    for entity, old in before.items():
        assert {id: rows[entity][id] for id in old} == old, entity
        for id in rows[entity].keys() - old.keys():
            assert _withdrawn(entity, rows[entity][id]), entity
    history = proof.actions(ana.reader)
    assert history[: len(after)] == after
    assert {v for _a, v, _u in history[len(after):]} == {verb}
    assert {u for _a, _v, u in history[len(after):]} <= {a for a, _v, _u in after[len(told):]}
    assert len(history) > len(after)
    proof.assert_replay_is_equal(db, tmp_path / "undone.db")
    ana.close()
    ben.close()


@pytest.mark.parametrize("verb", [name for name, verb in VERBS.items() if not verb.undoable])
def test_what_left_the_house_is_not_taken_back_and_says_why(db: Path, tmp_path: Path, verb: str) -> None:
    ana, ben = desks.console(db), desks.console(db, "ben")
    SCENES[verb](ana, ben)(ana)
    before = proof.rows(ana.reader)
    with pytest.raises(NotUndoable, match=re.escape(VERBS[verb].why_not)):
        ana.journal.undo(ana.who)
    assert proof.rows(ana.reader) == before
    proof.assert_replay_is_equal(db, tmp_path / "after.db")
    ana.close()
    ben.close()


def test_undo_goes_back_step_by_step_and_ends(db: Path) -> None:
    ana = desks.console(db)
    with ana.journal.action("administer", ana.who) as act:  # what set the desk up is not Ana's to take back here
        act.set("team", desks.TEAM, {"remarks": "first"})
    for title in ("a", "b", "c"):
        desks.ticket(ana.journal, title)
    titles = [ana.reader.execute("SELECT title FROM ticket WHERE id = ?", (undone.ticket.bytes,)).fetchone()[0]
              for undone in (ana.journal.undo(ana.who) for _n in range(3)) if undone.ticket]
    assert titles == ["c", "b", "a"]
    ana.close()


def test_undo_of_what_somebody_changed_since_does_nothing_and_says_who(db: Path) -> None:
    ana, ben = desks.console(db), desks.console(db, "ben")
    ticket = desks.ticket(ana.journal)
    with ana.journal.action("edit_ticket", ana.who) as act:
        act.set("ticket", ticket, {"title": "VPN Lausanne", "wish": "urgent"})
    with ben.journal.action("edit_ticket", ben.who) as act:
        act.set("ticket", ticket, {"wish": "today"})
    before = proof.rows(ana.reader)
    with pytest.raises(Changed) as refused:
        ana.journal.undo(ana.who)
    assert (refused.value.field, refused.value.seen, refused.value.theirs, refused.value.by) == (
        "wish", "urgent", "today", "ben"
    )
    assert proof.rows(ana.reader) == before
    ana.close()
    ben.close()


def test_a_bulk_act_is_undone_whole_or_not_at_all(db: Path) -> None:
    from supportdesk.desk import tickets

    ana, ben = desks.console(db), desks.console(db, "ben")
    with ana.journal.bulk():
        ids = [desks.ticket(ana.journal, f"VPN {n}") for n in range(130)]
    before = proof.rows(ana.reader)
    tickets.cancel(ana, ids, "test alarm")
    with ben.journal.action("edit_ticket", ben.who) as act:
        act.set("ticket", ids[7], {"title": "other"})
    with ben.journal.action("reopen", ben.who) as act:
        act.set("ticket", ids[120], {"status": "in_progress"})
    mixed = proof.rows(ana.reader)
    with pytest.raises(Changed):
        ana.journal.undo(ana.who)
    assert proof.rows(ana.reader) == mixed
    with ben.journal.action("cancel", ben.who) as act:
        act.set("ticket", ids[120], {"status": "cancelled"})
    ana.journal.undo(ana.who)
    rows = proof.rows(ana.reader)
    title = proof.columns("ticket").index("title")
    assert {id for id, row in rows["ticket"].items() if row != before["ticket"][id]} == {ids[7].bytes}
    assert rows["ticket"][ids[7].bytes][title] == "other"
    ana.close()
    ben.close()
