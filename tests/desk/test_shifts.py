"""Who goes home hands his callbacks on: nothing goes silently, all of it is undone as one."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from supportdesk.desk import admin, shifts, tickets
from supportdesk.desk.calls import Promise, settle_callback
from supportdesk.desk.shift_page import Decision, Ended, What, message
from supportdesk.desk.undo import undo
from supportdesk.rules.shifts import Because, Presence, Standing
from supportdesk.store.types import micros
from supportdesk.store.views import queue
from supportdesk.store.views import shifts as view
from supportdesk.store.views.people import agent_line
from supportdesk.store.views.queue import View
from supportdesk.terms.codes import Outcome
from supportdesk.terms.errors import Invalid, NotPermitted
from tests.desk.conftest import Small

AT = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
PASS_ON, TAKE_ALONG = Decision(What.PASS_ON), Decision(What.TAKE_ALONG)


def how(small: Small) -> Standing:
    return view.standing_of(small.desk.reader, small.desk.agent.id, micros(small.clock()))


def promised(small: Small, at: datetime = AT) -> UUID:
    return small.call(promise=Promise(at, "+33 1 99 00 12 34", "Monique")).id


@pytest.fixture
def mate(small: Small) -> UUID:
    """Eva, of the same team."""
    return admin.save(small.desk, "agent", {"login": "eva", "name": "Eva", "teams": small.desk.agent.teams,
                                            "roles": ("agent",)})


def sees(small: Small, login: str) -> set[UUID]:
    line = agent_line(small.desk.reader, login)
    assert line is not None
    now = micros(small.clock())
    return {each.id for each in queue.first_page(small.desk.reader, View.CALLBACKS, line, now)}


def notes(small: Small, ticket: UUID) -> list[tuple[str, str]]:
    return small.desk.reader.execute(
        "SELECT audience, text FROM note WHERE ticket_id = ? AND withdrawn_at IS NULL ORDER BY pk", (ticket.bytes,)
    ).fetchall()


def test_a_shift_is_started_paused_gone_on_with_and_ended(small: Small) -> None:
    assert how(small).presence is Presence.UNUSED
    shifts.start_shift(small.desk)
    assert how(small).presence is Presence.ON
    shifts.take_break(small.desk)
    assert how(small).presence is Presence.BREAK
    shifts.end_break(small.desk)
    assert how(small).presence is Presence.ON
    assert shifts.end_shift(small.desk, {}) == Ended()
    assert how(small).presence is Presence.OFF
    undo(small.desk)
    assert how(small).presence is Presence.ON


def test_what_makes_no_sense_is_refused_with_a_sentence(small: Small) -> None:
    with pytest.raises(Invalid, match="No shift of yours runs"):
        shifts.take_break(small.desk)
    with pytest.raises(Invalid, match="on no break"):
        shifts.end_break(small.desk)
    shifts.start_shift(small.desk)
    with pytest.raises(Invalid, match="runs already, since 10:00"):
        shifts.start_shift(small.desk)
    shifts.take_break(small.desk)
    with pytest.raises(Invalid, match="on a break already"):
        shifts.take_break(small.desk)
    shifts.end_shift(small.desk, {})
    with pytest.raises(Invalid, match="over already"):
        shifts.end_shift(small.desk, {})


def test_a_shift_does_not_end_over_a_promise_nothing_is_said_about(small: Small) -> None:
    shifts.start_shift(small.desk)
    one, two = promised(small), promised(small, AT + timedelta(hours=1))
    before = small.count("entry")
    with pytest.raises(Invalid) as refused:
        shifts.end_shift(small.desk, {one: PASS_ON})
    assert refused.value.code == shifts.UNDECIDED
    assert small.row("ticket", two)["number"] in refused.value.message
    assert small.row("ticket", one)["number"] not in refused.value.message
    assert (small.count("entry"), how(small).presence) == (before, Presence.ON)


def test_what_is_passed_on_to_the_team_stands_on_its_list_with_the_promisers_note(small: Small, mate: UUID) -> None:
    shifts.start_shift(small.desk)
    id = promised(small)
    assert sees(small, "eva") == set()
    assert shifts.end_shift(small.desk, {id: Decision(What.PASS_ON, note="she has the part")}) == Ended(passed=1)
    assert sees(small, "eva") == {id}
    ((audience, text),) = notes(small, id)
    assert audience == "internal"
    assert "Monique" in text
    assert "17:30" in text
    assert text.endswith("she has the part")
    assert small.row("ticket", id)["owner_id"] == small.desk.agent.id, "the desk's contact is still named"
    held = view.holding_of(small.desk.reader, id, small.desk.agent.id, micros(AT), micros(small.clock()))
    assert held.because is Because.SHIFT_OVER
    shifts.start_shift(small.desk)
    assert sees(small, "eva") == set(), "who comes back has his own again"


def test_what_is_passed_on_to_a_colleague_is_hers(small: Small, mate: UUID) -> None:
    shifts.start_shift(small.desk)
    id = promised(small)
    shifts.end_shift(small.desk, {}, Decision(What.PASS_ON, to=mate))
    assert small.row("ticket", id)["owner_id"] == mate
    assert sees(small, "eva") == {id}
    assert view.promises(small.desk.reader, small.desk.agent.id) == []
    undo(small.desk)
    assert small.row("ticket", id)["owner_id"] == small.desk.agent.id
    assert notes(small, id) == []


def test_what_is_taken_along_stays_his_although_he_went(small: Small, mate: UUID) -> None:
    shifts.start_shift(small.desk)
    one, two = promised(small), promised(small)
    assert shifts.end_shift(small.desk, {one: TAKE_ALONG}, PASS_ON) == Ended(passed=1, taken=1)
    assert sees(small, "eva") == {two}
    small.clock.now = AT + timedelta(minutes=5)
    assert sees(small, "eva") == {one, two}


def test_a_moved_callback_tells_the_caller(small: Small) -> None:
    shifts.start_shift(small.desk)
    id, tomorrow = promised(small), AT + timedelta(days=1)
    line = view.promises(small.desk.reader, small.desk.agent.id)[0]
    said = message(line, tomorrow, small.clock(), AT.tzinfo)  # type: ignore[arg-type]
    assert said != "", "in the caller's language"
    shifts.end_shift(small.desk, {id: Decision(What.MOVE, at=tomorrow, message=said, told=True)})
    assert small.row("ticket", id)["callback_at"] == tomorrow
    assert notes(small, id) == [("caller", said)]
    contact = small.desk.reader.execute("SELECT direction, outcome FROM contact ORDER BY pk DESC LIMIT 1").fetchone()
    assert contact == ("out", "later")


def test_a_move_without_a_time_is_refused_and_nothing_is_half_saved(small: Small) -> None:
    shifts.start_shift(small.desk)
    one, two = promised(small), promised(small, AT + timedelta(hours=1))
    before = small.count("entry")
    with pytest.raises(Invalid, match="Say when"):
        shifts.end_shift(small.desk, {one: PASS_ON, two: Decision(What.MOVE)})
    assert (small.count("entry"), how(small).presence) == (before, Presence.ON)


def test_a_promise_somebody_kept_meanwhile_needs_no_word(small: Small) -> None:
    shifts.start_shift(small.desk)
    id = promised(small)
    settle_callback(small.specialist, id, Outcome.INFORMATION)
    assert shifts.end_shift(small.desk, {id: PASS_ON}) == Ended()
    assert notes(small, id) == []


def test_hundreds_of_promises_end_in_parts_and_are_undone_as_one(small: Small) -> None:
    shifts.start_shift(small.desk)
    some = [promised(small, AT + timedelta(minutes=n)) for n in range(130)]
    assert shifts.end_shift(small.desk, {some[0]: TAKE_ALONG}, PASS_ON) == Ended(passed=129, taken=1)
    assert how(small).taken == {some[0]}
    assert len({id for id in some if notes(small, id)}) == 129
    undo(small.desk)
    assert how(small).presence is Presence.ON
    assert not any(notes(small, id) for id in some)


def test_a_trainee_ends_his_shift_and_an_auditor_has_none(small: Small) -> None:
    from supportdesk.desk.desk import Desk

    for login, role in (("tim", "trainee"), ("aude", "auditor")):
        admin.save(small.desk, "agent", {"login": login, "name": login, "roles": (role,)})
    tim, aude = (Desk(small.desk.path, as_login=login, clock=small.clock) for login in ("tim", "aude"))
    shifts.start_shift(tim)
    with pytest.raises(NotPermitted):
        shifts.start_shift(aude)
    tim.close()
    aude.close()


def test_a_role_from_before_there_were_shifts_has_them(small: Small) -> None:
    from supportdesk.terms.verbs import SHIFTS, granted

    assert granted(frozenset({"promise_callback"})) == {"promise_callback", *SHIFTS}
    assert granted(frozenset({"save_view"})) == {"save_view"}


def test_a_promise_dropped_is_no_promise(small: Small) -> None:
    shifts.start_shift(small.desk)
    tickets.drop_callback(small.desk, promised(small))
    assert shifts.end_shift(small.desk, {}) == Ended()
