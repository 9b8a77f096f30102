"""The verbs on a ticket: who holds it, what was promised, what a second console did meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from supportdesk.desk import handoffs, tickets
from supportdesk.desk.calls import Promise, log_contact
from supportdesk.desk.sentences import sentence
from supportdesk.desk.undo import undo
from supportdesk.store.instants import instant
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.codes import Audience, HandoffState, LinkKind, Outcome, Priority, Status
from supportdesk.terms.errors import Changed, Invalid, NotPermitted, NotUndoable
from tests.desk.conftest import Small

PACKET = {"request": "trouver la cause", "tried": "étapes 1 à 3", "impact": "40 personnes"}


def test_the_first_to_take_a_ticket_holds_it_and_the_other_is_told_who(small: Small) -> None:
    saved = small.call(unassigned=True)
    tickets.take(small.specialist, [saved.id])
    with pytest.raises(Changed) as changed:
        tickets.take(small.desk, [saved.id], seen={saved.id: {"assignee_id": None}})
    assert (changed.value.field, changed.value.by) == ("assignee_id", "nils")
    assert small.row("ticket", saved.id)["assignee_id"] == small.specialist.agent.id


def test_a_ticket_taken_by_another_team_stands_with_that_team_on_its_level(small: Small) -> None:
    saved = small.call(unassigned=True)
    tickets.take(small.specialist, [saved.id])
    row = small.row("ticket", saved.id)
    assert (row["team_id"], row["level"]) == (small.network, 2)
    assert row["owner_id"] == small.desk.agent.id, "the contact stays with who took the call"


def test_many_taken_at_once_are_given_back_by_one_undo(small: Small) -> None:
    ids = [small.call(f"cas {n}", unassigned=True).id for n in range(130)]
    tickets.take(small.desk, ids)
    assert small.desk.reader.execute("SELECT count(*) FROM ticket WHERE assignee_id IS NULL").fetchone() == (0,)
    assert len(undo(small.desk).actions) == 2
    assert small.desk.reader.execute("SELECT count(*) FROM ticket WHERE assignee_id IS NULL").fetchone() == (130,)
    with pytest.raises(NotUndoable):
        undo(small.specialist)


def test_one_bad_ticket_among_many_changes_none(small: Small) -> None:
    good, closed = small.call(unassigned=True), small.call(solution="fait")
    with pytest.raises(Invalid):
        tickets.take(small.desk, [good.id, closed.id])
    assert small.row("ticket", good.id)["assignee_id"] is None


def test_a_solution_found_by_another_waits_with_the_owner_until_the_caller_is_told(small: Small) -> None:
    at = small.clock.now + timedelta(hours=1)
    saved = small.call(promise=Promise(at))
    handoff = handoffs.offer(small.desk, saved.id, small.network, PACKET)
    handoffs.accept(small.specialist, handoff)
    tickets.solve(small.specialist, [saved.id], "câble remplacé")
    ticket = small.row("ticket", saved.id)
    assert (ticket["status"], ticket["status_reason"]) == (Status.IN_PROGRESS, tickets.TO_TELL)
    assert (ticket["assignee_id"], ticket["callback_at"]) == (small.desk.agent.id, at)
    tickets.solve(small.desk, [saved.id])
    ticket = small.row("ticket", saved.id)
    assert (ticket["status"], ticket["solution"], ticket["callback_at"]) == (Status.SOLVED, "câble remplacé", None)


def test_a_handoff_moves_the_work_only_when_accepted_and_never_the_contact(small: Small) -> None:
    saved = small.call()
    handoff = handoffs.offer(small.desk, saved.id, small.network, PACKET)
    assert small.row("ticket", saved.id)["team_id"] == small.desk.agent.team
    handoffs.accept(small.specialist, handoff)
    ticket = small.row("ticket", saved.id)
    assert (ticket["team_id"], ticket["level"], ticket["owner_id"]) == (small.network, 2, small.desk.agent.id)
    with pytest.raises(NotUndoable, match="An acceptance cannot be undone"):
        undo(small.specialist)


def test_a_returned_handoff_comes_back_with_its_reason(small: Small) -> None:
    saved = small.call()
    handoff = handoffs.offer(small.desk, saved.id, small.network, PACKET)
    with pytest.raises(Invalid):
        handoffs.return_(small.specialist, handoff, "  ")
    handoffs.accept(small.specialist, handoff)
    handoffs.return_(small.specialist, handoff, "vpn.log manque")
    ticket = small.row("ticket", saved.id)
    assert (ticket["team_id"], ticket["assignee_id"]) == (small.desk.agent.team, small.desk.agent.id)
    assert small.row("handoff", handoff)["reason"] == "vpn.log manque"


def test_an_incomplete_packet_needs_a_reason(small: Small) -> None:
    saved = small.call()
    with pytest.raises(Invalid) as refused:
        handoffs.offer(small.desk, saved.id, small.network, {"request": "voir"})
    assert refused.value.field == "tried"
    handoffs.offer(small.desk, saved.id, small.network, {"request": "voir"}, "P1, tout de suite")


def test_only_the_team_it_was_offered_to_answers_and_only_once(small: Small) -> None:
    saved = small.call()
    handoff = handoffs.offer(small.desk, saved.id, small.network, PACKET)
    with pytest.raises(Invalid):
        handoffs.offer(small.desk, saved.id, small.network, PACKET)
    handoffs.accept(small.specialist, handoff)
    with pytest.raises(Invalid) as refused:
        handoffs.accept(small.specialist, handoff)
    assert refused.value.code == "answered"


def test_solving_withdraws_an_offer_nobody_answered(small: Small) -> None:
    saved = small.call()
    handoff = handoffs.offer(small.desk, saved.id, small.network, PACKET)
    tickets.solve(small.desk, [saved.id], "tout seul")
    assert small.row("handoff", handoff)["state"] == HandoffState.WITHDRAWN
    undo(small.desk)
    assert small.row("handoff", handoff)["state"] == HandoffState.OFFERED
    assert small.row("ticket", saved.id)["status"] == Status.IN_PROGRESS


def test_priority_belongs_to_the_desk_and_leaves_a_reason(small: Small) -> None:
    saved = small.call()
    assert tickets.prioritise(small.desk, saved.id, impact=3, urgency=1) is Priority.P2
    with pytest.raises(Invalid):
        tickets.prioritise(small.desk, saved.id, priority=Priority.P1)
    tickets.prioritise(small.desk, saved.id, priority=Priority.P1, reason="guichets arrêtés", wish="tout de suite")
    row = small.row("ticket", saved.id)
    assert (row["priority"], row["priority_reason"], row["wish"]) == ("P1", "guichets arrêtés", "tout de suite")


def test_a_field_two_consoles_edit_is_not_lost_silently(small: Small) -> None:
    saved = small.call("titre un")
    seen = {"title": "titre un", "description": "titre un"}
    tickets.edit(small.specialist, saved.id, {"title": "titre deux"}, seen)
    with pytest.raises(Changed) as changed:
        tickets.edit(small.desk, saved.id, {"title": "titre trois"}, seen)
    assert (changed.value.theirs, changed.value.by) == ("titre deux", "nils")
    tickets.edit(small.desk, saved.id, {"title": "titre deux", "description": "plus long"}, seen)
    assert small.row("ticket", saved.id)["description"] == "plus long"


def test_a_note_moves_to_the_right_ticket_and_back(small: Small) -> None:
    here, there = small.call(), small.call("autre")
    note = tickets.note(small.desk, here.id, "écrit au mauvais endroit", Audience.CALLER)
    tickets.move_note(small.desk, note, there.id)
    assert small.row("note", note)["ticket_id"] == there.id
    undo(small.desk)
    assert small.row("note", note)["ticket_id"] == here.id
    undo(small.desk)
    assert small.row("note", note)["withdrawn_at"] is not None


def test_only_its_author_strikes_a_note(small: Small) -> None:
    saved = small.call()
    note = tickets.note(small.desk, saved.id, "mot")
    with pytest.raises(NotPermitted):
        tickets.withdraw_note(small.specialist, note)
    tickets.withdraw_note(small.desk, note)


def test_merging_moves_everything_and_undo_brings_it_back(small: Small) -> None:
    gone, stays = small.call(), small.call()
    note = tickets.note(small.desk, gone.id, "à garder")
    for ticket in (gone, gone, stays):
        log_contact(small.desk, Outcome.EXISTING_TICKET, {}, tickets=[ticket.id], chaser=True)
    tickets.merge(small.desk, gone.id, stays.id)
    assert small.row("ticket", stays.id)["chasers"] == 3
    assert small.row("note", note)["ticket_id"] == stays.id
    assert small.row("contact", gone.contact_id or gone.id)["tickets"] == (stays.id,)
    row = small.row("ticket", gone.id)
    assert (row["status"], row["merged_into_id"]) == (Status.CLOSED, stays.id)
    with pytest.raises(Invalid):
        tickets.merge(small.desk, gone.id, stays.id)
    undo(small.desk)
    assert small.row("ticket", stays.id)["chasers"] == 1
    assert small.row("note", note)["ticket_id"] == gone.id
    assert small.row("contact", gone.contact_id or gone.id)["tickets"] == (gone.id,)
    assert small.row("ticket", gone.id)["status"] == Status.IN_PROGRESS


@pytest.mark.parametrize(("of_gone", "of_stays", "kept"), [
    ((4, "payroll"), None, (4, "payroll")),
    ((4, None), (9, "audit"), (4, None)),
    ((9, "payroll"), (4, "audit"), (4, "audit")),
    (None, (9, "audit"), (9, "audit")),
])
def test_of_two_merged_tickets_the_earlier_time_a_caller_needs_it_by_stays(
    small: Small, of_gone: tuple[int, str | None] | None, of_stays: tuple[int, str | None] | None,
    kept: tuple[int, str | None],
) -> None:
    gone, stays = small.call(), small.call()
    base = small.clock.now
    for id, window in ((gone.id, of_gone), (stays.id, of_stays)):
        if window is not None:
            tickets.prioritise(small.desk, id, needed_by=base + timedelta(hours=window[0]), needed_for=window[1])
    before = small.row("ticket", stays.id)
    tickets.merge(small.desk, gone.id, stays.id)
    row = small.row("ticket", stays.id)
    assert (row["needed_by"], row["needed_for"]) == (base + timedelta(hours=kept[0]), kept[1])
    moved = of_gone is not None and kept == of_gone
    told = [sentence(item, row["number"], lambda at: "at " + str(instant(at)))
            for item in timeline(small.desk.reader, stays.id) if item.kind == "prioritise"][of_stays is not None:]
    assert [f"at {row['needed_by']}" in said and "needed by: " in said for said in told] == [True] * moved
    undo(small.desk)
    back = small.row("ticket", stays.id)
    assert (back["needed_by"], back["needed_for"]) == (before["needed_by"], before["needed_for"])


def test_what_is_solved_is_needed_by_no_time_any_more_where_it_is_merged_into(small: Small) -> None:
    gone, stays = small.call(), small.call()
    tickets.prioritise(small.desk, gone.id, needed_by=small.clock.now + timedelta(hours=2))
    tickets.solve(small.desk, [gone.id], "fait")
    tickets.merge(small.desk, gone.id, stays.id)
    assert small.row("ticket", stays.id)["needed_by"] is None


def test_a_promised_callback_is_not_lost_in_a_closed_ticket(small: Small) -> None:
    gone, stays = small.call(), small.call()
    tickets.promise_callback(small.desk, gone.id, small.desk.clock() + timedelta(hours=2))
    tickets.close(small.desk, [stays.id], "enough")
    with pytest.raises(Invalid, match="Reopen"):
        tickets.merge(small.desk, gone.id, stays.id)
    assert small.row("ticket", gone.id)["merged_into_id"] is None
    tickets.reopen(small.desk, [stays.id])
    tickets.merge(small.desk, gone.id, stays.id)
    assert small.row("ticket", stays.id)["callback_at"] is not None


def test_a_ticket_splits_into_a_child_of_the_same_caller(small: Small) -> None:
    saved = small.call()
    note = tickets.note(small.desk, saved.id, "et l'imprimante aussi")
    child = tickets.split(small.desk, saved.id, "Imprimante bloquée", [note])
    assert small.row("ticket", child)["caller_id"] == small.caller
    assert small.row("note", note)["ticket_id"] == child
    links = small.desk.reader.execute("SELECT kind FROM link").fetchall()
    assert links == [(LinkKind.CHILD.value,)]


def test_waiting_until_needs_an_instant_and_ends(small: Small) -> None:
    saved = small.call()
    with pytest.raises(Invalid):
        tickets.wait(small.desk, [saved.id], Status.WAITING_UNTIL)
    tickets.wait(small.desk, [saved.id], Status.WAITING_UNTIL, until=small.clock.now + timedelta(days=1))
    tickets.resume(small.desk, [saved.id])
    assert small.row("ticket", saved.id)["wait_until"] is None


def test_closing_reopening_cancelling(small: Small) -> None:
    saved = small.call()
    with pytest.raises(Invalid):
        tickets.close(small.desk, [saved.id])
    tickets.close(small.desk, [saved.id], "doublon au téléphone")
    tickets.reopen(small.desk, [saved.id])
    assert small.row("ticket", saved.id)["closed_at"] is None
    with pytest.raises(Invalid):
        tickets.cancel(small.desk, [saved.id], "")
    tickets.cancel(small.desk, [saved.id], "erreur")
    assert small.row("ticket", saved.id)["number"] == saved.number


@pytest.mark.parametrize(("language", "sentence"), [
    ("en", "type is one of incident, request, question, problem."),
    ("fr", "type doit être parmi incident, request, question, problem."),
])
def test_the_codes_a_field_may_hold_are_named_without_a_word_of_another_language(
    small: Small, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str
) -> None:
    saved = small.call()
    monkeypatch.setattr("supportdesk.i18n._console_language", language)
    with pytest.raises(Invalid) as refused:
        tickets.edit(small.desk, saved.id, {"type": "wish"})
    assert refused.value.message == sentence
