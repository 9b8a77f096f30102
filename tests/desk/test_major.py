"""One ticket that others hang on, one voice, who was told; and what becomes of each case at the end."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import admin, calls, major, tickets
from supportdesk.desk.calls import Call
from supportdesk.desk.clock_words import clock
from supportdesk.desk.desk import Desk
from supportdesk.desk.draft import CallDraft
from supportdesk.desk.erasing import erase
from supportdesk.desk.major_end import Answer, end_major, tell_the_end
from supportdesk.desk.promises import promises_of
from supportdesk.desk.sentences import sentence
from supportdesk.desk.undo import undo
from supportdesk.i18n import speaking
from supportdesk.rules.clocks import ClockState
from supportdesk.store.types import uuid7
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.codes import LinkKind, Priority, Status, TicketType
from supportdesk.terms.errors import Changed, Invalid, NotFound, NotPermitted
from tests.desk.conftest import Small

BEGAN = datetime(2026, 11, 21, 8, 50, tzinfo=UTC)
UNTIL = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
LATER = UNTIL + timedelta(hours=1)
SAID = {"fr": "Le VPN est en panne.", "en": "The VPN is down.", "de": ""}


def declared(small: Small, *cases: UUID, ticket: UUID | None = None, **more: Any) -> UUID:
    given: dict[str, Any] = {"title": "VPN", "began_at": BEGAN, "texts": SAID, "valid_until": UNTIL} | more
    return major.declare_major(small.desk, ticket or small.call().id, cases=cases, **given)


def told(small: Small, case: UUID) -> list[tuple[Any, ...]]:
    return small.desk.reader.execute(
        "SELECT how, who, still_broken, statement_id IS NOT NULL FROM told WHERE ticket_id = ? "
        "AND retired_at IS NULL ORDER BY pk", (case.bytes,)).fetchall()


def hangs(small: Small, case: UUID) -> int:
    return int(small.desk.reader.execute(
        "SELECT count(*) FROM link WHERE from_id = ? AND kind = 'hangs_on' AND retired_at IS NULL", (case.bytes,)
    ).fetchone()[0])


def outages(small: Small) -> list[tuple[Any, ...]]:
    return small.desk.reader.execute("SELECT began_at, ended_at FROM outage WHERE retired_at IS NULL").fetchall()


def us(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def status(small: Small, ticket: UUID) -> str:
    return str(small.row("ticket", ticket)["status"])


# declaring


def test_a_ticket_becomes_an_incident_of_the_highest_impact_by_the_matrix_and_its_outage_began_then(
    small: Small,
) -> None:
    ticket = calls.take_call(small.desk, Call(ticket={"description": "vpn", "type": "question"})).id
    id = declared(small, ticket=ticket)
    row = small.row("ticket", ticket)
    assert (row["type"], row["impact"], row["urgency"], row["priority"]) == (TicketType.INCIDENT, 1, 2, Priority.P1)
    found = small.row("major_incident", id)
    assert (found["title"], found["began_at"], found["ended_at"]) == ("VPN", BEGAN, None)
    assert (found["communicator_id"], found["agent_id"]) == (small.desk.agent.id, small.desk.agent.id)
    assert found["next_update_at"] == UNTIL  # nobody said another time: the sentence must not expire in silence
    assert outages(small) == [(us(BEGAN), None)]
    undo(small.desk)
    assert small.row("ticket", ticket)["type"] == TicketType.QUESTION
    assert outages(small) == []


def test_a_priority_set_higher_by_hand_stays_with_its_reason(small: Small) -> None:
    with small.desk.journal.action("administer", small.desk.who) as act:
        matrix = act.conn.execute("SELECT id FROM matrix").fetchone()
        cells = [["P2"] * 4, ["P3"] * 4, ["P4"] * 4, ["P5"] * 4]
        act.set("matrix", UUID(bytes=matrix[0]), {"cells": cells})
    one, two = small.call().id, small.call().id
    tickets.prioritise(small.desk, one, priority=Priority.P1, reason="the board meets")
    declared(small, ticket=one)
    declared(small, ticket=two)
    assert (small.row("ticket", one)["priority"], small.row("ticket", one)["priority_reason"]) == (
        "P1", "the board meets")
    assert small.row("ticket", two)["priority"] == "P2"


def test_the_cases_that_raised_the_question_hang_on_it_at_once_and_are_still_to_be_told(small: Small) -> None:
    ticket, case = small.call().id, small.call().id
    declared(small, case, case, ticket, ticket=ticket)
    assert (hangs(small, case), hangs(small, ticket), told(small, case)) == (1, 0, [])


def test_what_it_is_about_is_the_tickets_own_unless_said_and_a_component_names_its_product(small: Small) -> None:
    vpn = admin.save(small.desk, "product", {"slug": "remote", "name": "Remote"})
    client = admin.save(small.desk, "component", {"slug": "vpn-client", "name": "VPN", "product_id": vpn})
    ticket = calls.take_call(small.desk, Call(ticket={"description": "vpn", "component_id": client})).id
    found = small.row("major_incident", declared(small, ticket=ticket))
    assert (found["component_id"], found["product_id"]) == (client, vpn)


@pytest.mark.parametrize(("more", "field", "says"), [
    ({"title": "  "}, "title", "few words"),
    ({"title": "x" * 121}, "title", "at most 120"),
    ({"texts": {}}, "texts", "Write the sentence"),
    ({"texts": {"fr": " "}}, "texts", "Write the sentence"),
    ({"texts": {"fr": "x" * 501}}, "texts", "at most 500"),
    ({"texts": {"French": "x"}}, "texts", "no language"),
    ({"valid_until": BEGAN}, "valid_until", "has passed"),
    ({"next_update_at": BEGAN}, "next_update_at", "has passed"),
    ({"began_at": LATER}, "began_at", "in the future"),
])
def test_what_cannot_be_is_refused_and_nothing_is_half_saved(
    small: Small, more: dict[str, Any], field: str, says: str
) -> None:
    ticket = small.call().id
    before = small.row("ticket", ticket)
    with pytest.raises(Invalid, match=says) as refused:
        declared(small, ticket=ticket, **more)
    assert refused.value.field == field
    assert small.row("ticket", ticket) == before
    assert [small.count(each) for each in ("major_incident", "statement", "outage")] == [0, 0, 0]


def test_a_ticket_is_declared_once_and_neither_a_case_nor_a_closed_one_is(small: Small) -> None:
    ticket, case, over = (small.call().id for _n in range(3))
    declared(small, case, ticket=ticket)
    with pytest.raises(Invalid, match="a major incident already: VPN"):
        declared(small, ticket=ticket)
    with pytest.raises(Invalid, match="Take it off there first"):
        declared(small, ticket=case)
    tickets.solve(small.desk, [over], "x", told=True)
    with pytest.raises(Invalid, match="Reopen it first"):
        declared(small, ticket=over)
    with pytest.raises(NotFound):
        declared(small, communicator_id=uuid7())


def test_who_may_not_set_priorities_declares_none_and_a_trainee_joins_and_tells(small: Small) -> None:
    admin.save(small.desk, "agent", {"login": "tina", "name": "Tina", "teams": small.desk.agent.teams,
                                     "roles": ("trainee",)})
    case = small.call().id
    id = declared(small)
    tina = Desk(small.desk.path, as_login="tina", clock=small.clock)
    with pytest.raises(NotPermitted):
        major.declare_major(tina, case, title="VPN", began_at=BEGAN, texts=SAID, valid_until=UNTIL)
    with pytest.raises(NotPermitted):
        major.say_statement(tina, id, SAID, LATER)
    major.hang_on(tina, case, id)
    major.tell(tina, case, how="phone")
    assert told(small, case) == [("phone", "Monique Perret", None, 1)]
    tina.close()


# steering and speaking


def test_a_new_sentence_takes_over_with_its_own_next_word(small: Small) -> None:
    id, case = declared(small), small.call().id
    then = LATER + timedelta(hours=1)
    second = major.say_statement(small.specialist, id, {"fr": "Retour prévu à 11 h."}, LATER, then)
    assert small.row("major_incident", id)["next_update_at"] == then
    major.hang_on(small.desk, case, id, how="phone")
    statement = small.desk.reader.execute("SELECT statement_id FROM told").fetchone()[0]
    assert UUID(bytes=statement) == second
    major.say_statement(small.desk, id, SAID, then)
    assert small.row("major_incident", id)["next_update_at"] == then


def test_a_sentence_that_has_expired_was_read_to_nobody(small: Small) -> None:
    id, case = declared(small), small.call().id
    small.clock.now = UNTIL + timedelta(minutes=1)
    major.hang_on(small.desk, case, id, how="phone")
    assert told(small, case) == [("phone", "Monique Perret", None, 0)]


def test_what_is_corrected_is_corrected_on_the_outage_too_and_a_change_of_somebody_else_is_told(small: Small) -> None:
    id = declared(small)
    nils, before = small.specialist.agent.id, BEGAN - timedelta(hours=1)
    major.steer_major(small.desk, id, {"began_at": before, "communicator_id": nils, "title": "Mail"})
    row = small.row("major_incident", id)
    assert (row["communicator_id"], row["title"]) == (nils, "Mail")
    assert outages(small) == [(us(before), None)]
    with pytest.raises(Changed):
        major.steer_major(small.desk, id, {"title": "Post"}, seen={"title": "VPN"})
    for wrong in ({"began_at": LATER}, {"began_at": None}, {"next_update_at": BEGAN}, {"title": ""},
                  {"ticket_id": None}):
        with pytest.raises(Invalid):
            major.steer_major(small.desk, id, wrong)


# cases


def test_a_caller_joins_in_the_call_with_the_sentence_he_hears(small: Small) -> None:
    vpn = admin.save(small.desk, "product", {"slug": "remote", "name": "Remote"})
    id = declared(small, product_id=vpn)
    draft = CallDraft(started_at=small.clock(), caller_id=small.caller, major_id=id)
    assert not draft.is_empty
    assert CallDraft.from_json(draft.to_json()).major_id == id
    saved = calls.take_call(small.desk, draft.to_call())
    row = small.row("ticket", saved.id)
    assert (row["title"], row["product_id"]) == ("VPN", vpn)
    assert (hangs(small, saved.id), told(small, saved.id)) == (1, [("phone", "Monique Perret", None, 1)])
    undo(small.desk)
    assert (status(small, saved.id), hangs(small, saved.id), told(small, saved.id)) == (Status.CANCELLED, 0, [])


def test_who_writes_joins_and_is_still_to_be_told(small: Small) -> None:
    id = declared(small)
    mail = calls.take_call(small.desk, Call(ticket={"title": "no vpn", "caller_id": small.caller}, major_id=id,
                                            contact={"channel": "mail"}))
    web = calls.open_ticket(small.desk, {"title": "kein VPN"}, major_id=id)
    for saved, title in ((mail, "no vpn"), (web, "kein VPN")):
        assert (hangs(small, saved.id), told(small, saved.id)) == (1, [])
        assert small.row("ticket", saved.id)["title"] == title


def test_a_case_hangs_on_one_major_incident_and_a_closed_one_on_none(small: Small) -> None:
    id, other, case = declared(small), declared(small, title="Mail"), small.call().id
    link = major.hang_on(small.desk, case, id)
    assert major.hang_on(small.desk, case, id, how="chat", who=" her boss ") == link
    assert told(small, case) == [("chat", "her boss", None, 1)]
    with pytest.raises(Invalid, match="Take it off there first"):
        major.hang_on(small.desk, case, other)
    with pytest.raises(Invalid, match="not hang on itself"):
        major.hang_on(small.desk, small.row("major_incident", id)["ticket_id"], id)
    with pytest.raises(Invalid, match="hangs on no other"):
        major.hang_on(small.desk, small.row("major_incident", other)["ticket_id"], id)
    with pytest.raises(Invalid, match="how is one of phone, mail"):
        major.tell(small.desk, case, how="smoke")
    with pytest.raises(Invalid, match="at most 200"):
        major.tell(small.desk, case, how="phone", who="x" * 201)
    major.come_off(small.desk, case, "another fault")
    with pytest.raises(Invalid, match="hangs on no major incident"):
        major.tell(small.desk, case, how="phone")
    with pytest.raises(Invalid, match="hangs on no major incident"):
        major.come_off(small.desk, case)
    major.hang_on(small.desk, case, other)
    tickets.solve(small.desk, [case], "x", told=True)
    with pytest.raises(Invalid, match="Reopen it first"):
        major.hang_on(small.desk, case, other)


def test_the_promises_of_a_case_are_its_customers_and_run_on(small: Small) -> None:
    id, case = declared(small), small.call().id
    now = us(small.clock())
    before = promises_of(small.desk.reader, [case], now), small.row("ticket", case)["priority"]
    major.hang_on(small.desk, case, id, how="phone")
    assert (promises_of(small.desk.reader, [case], now), small.row("ticket", case)["priority"]) == before
    assert any(each.clock.state is ClockState.RUNNING for each in before[0][case])


def test_linking_a_case_hangs_it_on_and_only_on_a_major_incident(small: Small) -> None:
    one, two = small.call().id, small.call().id
    with pytest.raises(Invalid, match="Declare it one first"):
        tickets.link(small.desk, one, two, LinkKind.HANGS_ON)
    declared(small, ticket=two)
    tickets.link(small.desk, one, two, LinkKind.HANGS_ON)
    assert hangs(small, one) == 1


def test_merging_a_case_away_leaves_its_place_to_the_ticket_that_stays(small: Small) -> None:
    ticket, gone, stays, dear = (small.call().id for _n in range(4))
    declared(small, gone, dear, ticket=ticket)
    tickets.merge(small.desk, gone, stays)
    assert (hangs(small, gone), hangs(small, stays)) == (0, 1)
    tickets.merge(small.desk, dear, ticket)
    assert (hangs(small, dear), hangs(small, ticket)) == (0, 0)
    with pytest.raises(Invalid, match="Solve it first"):
        tickets.merge(small.desk, ticket, stays)


def history(small: Small, ticket: UUID) -> list[str]:
    number = small.row("ticket", ticket)["number"]
    return [sentence(item, number, lambda us: clock(us, us, UTC)) for item in timeline(small.desk.reader, ticket)]


def test_the_histories_of_both_tickets_tell_it_in_sentences(small: Small) -> None:
    ticket, case = small.call().id, small.call().id
    id = declared(small, ticket=ticket)
    major.hang_on(small.desk, case, id, how="phone")
    major.steer_major(small.desk, id, {"title": "Mail", "next_update_at": LATER})
    end_major(small.desk, id, "restarted", {case: Answer("mail", "her boss", still_broken=True)})
    here, there = (str(small.row("ticket", each)["number"]) for each in (ticket, case))
    name = small.desk.agent.name
    with speaking("en"):
        assert history(small, ticket)[1:] == [
            (f"major incident declared, VPN, since 08:50, {name} speaks for it, next update 10:00, “The VPN is down.” "
            "(en, fr), valid until 10:00, impact: 4 > 1, urgency: 3 > 2, priority: P4 > P1"),
            f"{there} hangs on this major incident",
            "major incident steered, title: Mail, next update: 11:00",
            "solved: restarted, the major incident is over",
            "link removed, still broken",
        ]
        assert history(small, case)[1:] == [
            f"hangs on the major incident {here}, Monique Perret was told (telephone)",
            "her boss was told (mail), still broken",
            "link removed, still broken",
        ]


# the end


def test_each_case_is_told_and_solved_or_given_back_or_stays_to_be_told(small: Small) -> None:
    ticket, works, broken, tries, silent = (small.call().id for _n in range(5))
    id = declared(small, works, broken, tries, silent, ticket=ticket)
    end_major(small.desk, id, "new firmware", {
        works: Answer("phone", still_broken=False), broken: Answer("mail", "her boss", still_broken=True),
        tries: Answer("voicemail")})
    assert [status(small, each) for each in (ticket, works, broken, tries, silent)] == [
        "solved", "solved", "in_progress", "in_progress", "in_progress"]
    assert small.row("ticket", works)["solution"] == "new firmware"
    assert [hangs(small, each) for each in (works, broken, tries, silent)] == [1, 0, 1, 1]
    assert [told(small, each) for each in (works, broken, tries, silent)] == [
        [("phone", "Monique Perret", 0, 1)], [("mail", "her boss", 1, 1)],
        [("voicemail", "Monique Perret", None, 1)], []]
    ended = small.row("major_incident", id)["ended_at"]
    assert ended is not None
    assert outages(small) == [(us(BEGAN), us(ended))]

    undo(small.desk)
    assert [status(small, each) for each in (ticket, works, broken)] == ["in_progress"] * 3
    assert [hangs(small, each) for each in (works, broken)] == [1, 1]
    assert (told(small, works), outages(small)) == ([], [(us(BEGAN), None)])


def test_a_caller_told_later_says_whether_it_works(small: Small) -> None:
    ticket, works, broken = (small.call().id for _n in range(3))
    declared(small, works, broken, ticket=ticket)
    with pytest.raises(Invalid, match="runs still"):
        tell_the_end(small.desk, {works: Answer("phone", still_broken=False)})
    tickets.solve(small.desk, [ticket], "restarted", told=True)
    assert status(small, works) == "in_progress"
    tell_the_end(small.desk, {works: Answer("phone", still_broken=False), broken: Answer("phone", still_broken=True)})
    assert (status(small, works), status(small, broken)) == ("solved", "in_progress")
    assert small.row("ticket", works)["solution"] == "restarted"
    assert (hangs(small, works), hangs(small, broken)) == (1, 0)
    undo(small.desk)
    assert (status(small, works), hangs(small, broken), told(small, works)) == ("in_progress", 1, [])


def test_one_wrong_answer_leaves_everything_as_it_was(small: Small) -> None:
    ticket, case, stranger = (small.call().id for _n in range(3))
    id = declared(small, case, ticket=ticket)
    for wrong in ({stranger: Answer("phone")}, {case: Answer("smoke")}):
        with pytest.raises(Invalid):
            end_major(small.desk, id, "restarted", {case: Answer("phone", still_broken=False), **wrong})
        assert (status(small, ticket), status(small, case), told(small, case)) == ("in_progress", "in_progress", [])
    with pytest.raises(Invalid, match="Say how it was solved"):
        end_major(small.desk, id, " ")


def test_it_goes_on_with_its_ticket_and_is_not_closed_or_merged_over_its_cases(small: Small) -> None:
    ticket = small.call().id
    id = declared(small, ticket=ticket)
    with pytest.raises(Invalid, match="Solve it first"):
        tickets.close(small.desk, [ticket], "enough")
    tickets.solve(small.desk, [ticket], "restarted", told=True)
    tickets.close(small.desk, [ticket])
    tickets.reopen(small.desk, [ticket], "down again")
    assert small.row("major_incident", id)["ended_at"] is None
    assert outages(small) == [(us(BEGAN), None)]
    undo(small.desk)
    assert small.row("major_incident", id)["ended_at"] is not None


def test_one_declared_by_mistake_was_never_out_of_order(small: Small) -> None:
    ticket = small.call().id
    id = declared(small, ticket=ticket)
    tickets.cancel(small.desk, [ticket], "a test alarm")
    assert small.row("major_incident", id)["ended_at"] is not None
    assert outages(small) == [(us(BEGAN), us(BEGAN))]


def test_one_that_is_over_takes_no_more_cases_but_may_be_spoken_of(small: Small) -> None:
    ticket, case = small.call().id, small.call().id
    id = declared(small, ticket=ticket)
    tickets.solve(small.desk, [ticket], "restarted", told=True)
    with pytest.raises(Invalid, match="is over"):
        major.hang_on(small.desk, case, id)
    with pytest.raises(Invalid, match="is over"):
        calls.take_call(small.desk, Call(ticket={}, major_id=id))
    major.say_statement(small.desk, id, {"fr": "Le VPN marche de nouveau."}, LATER)
    assert small.row("major_incident", id)["next_update_at"] == UNTIL


def test_who_was_told_is_forgotten_with_the_caller(small: Small) -> None:
    id, case = declared(small), small.call().id
    major.hang_on(small.desk, case, id, how="phone")
    tickets.solve(small.desk, [small.row("major_incident", id)["ticket_id"], case], "restarted", told=True)
    erase(small.desk, small.caller)
    assert [row[:2] for row in told(small, case)] == [("phone", None)]
