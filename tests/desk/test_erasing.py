"""Erasing a person from one desk: who may, when not, and what it says before it does."""

from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import calls, erasing, people, tickets, undo
from supportdesk.desk.desk import Desk
from supportdesk.store.views.cards import caller_card
from supportdesk.terms.errors import Invalid, NotPermitted, NotUndoable
from tests.cli.running import ran
from tests.desk.conftest import Small
from tests.sync import person


@pytest.fixture
def desk(small: Small) -> Desk:
    return small.desk


def test_words_another_record_has_too_stay_in_other_peoples_texts(desk: Desk) -> None:
    his = people.save_caller(desk, {"name": "Anna Müller", "numbers": ("022 700 00 00",), "mail": "a@kern.example"})
    people.save_caller(desk, {"name": "Anna Müller", "numbers": ("022 700 00 00",)})
    ticket = calls.open_ticket(desk, {"title": "Anna Müller, 022 700 00 00, a@kern.example"}).id
    erasing.erase(desk, his)
    row = desk.reader.execute("SELECT title FROM ticket WHERE id = ?", (ticket.bytes,)).fetchone()
    assert row == ("Anna Müller, 022 700 00 00, […]",)


def test_nobody_is_erased_twice_or_while_there_is_work_for_him_or_under_a_joined_record(desk: Desk) -> None:
    his = people.save_caller(desk, {"name": "Anna Müller"})
    double = people.save_caller(desk, {"name": "A. Müller"})
    people.merge_callers(desk, double, his)
    opened = calls.open_ticket(desk, {"title": "VPN", "caller_id": his})
    with pytest.raises(Invalid, match=opened.number):
        erasing.erase(desk, his)
    with pytest.raises(Invalid, match=str(his)):
        erasing.erase(desk, double)
    tickets.cancel(desk, [opened.id], "by mistake")
    assert erasing.reach(desk, his).records == 2
    erasing.erase(desk, his)
    for id in (his, double):
        card = caller_card(desk.reader, id)
        assert card is not None
        assert card.name == "[…]"
    with pytest.raises(Invalid, match="already"):
        erasing.erase(desk, his)


def test_an_erasure_is_an_admins_and_is_not_taken_back(desk: Desk, small: Small) -> None:
    his = people.save_caller(desk, {"name": "Anna Müller"})
    erasing.erase(desk, his)
    with pytest.raises(NotUndoable, match="gone everywhere"):
        undo.undo(desk)
    with pytest.raises(NotPermitted):
        erasing.erase(small.specialist, small.caller)


def test_an_admin_of_an_older_desk_may_erase_though_his_role_does_not_say_so(desk: Desk) -> None:
    with desk.journal.action("administer", desk.who) as act:
        for (raw,) in act.conn.execute("SELECT id FROM role WHERE slug = 'admin'").fetchall():
            act.remove("role", UUID(bytes=raw), "verbs", "erase")
    assert "erase" in Desk(desk.path, as_login=desk.agent.login).agent.verbs


def test_an_erasure_that_was_cut_is_finished_when_the_desk_is_opened_next(
        desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    his = person.known(desk, tmp_path)
    with monkeypatch.context() as killed:
        killed.setattr("supportdesk.store.erasing.finish", lambda _db: None)
        erasing.erase(desk, his.id)
    assert person.found(tmp_path, his) != {}
    desk.close()
    Desk(desk.path).close()
    assert person.found(tmp_path, his) == {}


def test_what_is_left_of_a_persons_case_can_still_be_read(desk: Desk, tmp_path: Path) -> None:
    his = person.known(desk, tmp_path)
    erasing.erase(desk, his.id)
    at = ("--db", str(desk.path))
    shown = ran("ticket", "show", str(his.case), *at)
    assert shown.code == 0, shown.err
    assert "[…]" in shown.out
    for words in (("ticket", "show", str(his.case), "--json"), ("ticket", "show", str(his.other)),
                  ("caller", "show", str(his.id)), ("contact", "list"), ("ticket", "list", "--view", "all"),
                  ("export", "tickets"), ("export", "callers"), ("doctor",)):
        told = ran(*words, *at)
        assert told.code in (0, 1), told.err
        assert "Traceback" not in told.err
        assert not any(word in told.out.lower() for word in (*his.marks, *person.WORDS)), words
