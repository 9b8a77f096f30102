"""Calling back: what became of it, when to try again and why then, and giving up."""

from datetime import UTC, datetime, timedelta

import pytest

from supportdesk.desk import calls, people, tickets
from supportdesk.desk.calls import Promise, log_contact, settle_callback
from supportdesk.desk.tries import attempts, next_said, propose
from supportdesk.desk.undo import undo
from supportdesk.store.types import micros, uuid7
from supportdesk.terms.codes import Channel, Outcome, Status
from supportdesk.terms.errors import Invalid
from tests.desk.conftest import Small

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday


def promised(small: Small, number: str | None = "+33 1 99 00 12 34"):  # type: ignore[no-untyped-def]
    return small.call(promise=Promise(AT, number, "Monique")).id


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.BUSY, Outcome.VOICEMAIL_LEFT, Outcome.WRONG_NUMBER])
def test_an_attempt_that_reached_nobody_is_a_contact_out_and_leaves_the_promise(
    small: Small, outcome: Outcome
) -> None:
    id = promised(small)
    contact = small.row("contact", settle_callback(small.desk, id, outcome))
    assert (contact["direction"], contact["outcome"], contact["tickets"]) == ("out", outcome, (id,))
    assert (contact["answered_at"] is None) is not outcome.answered
    assert small.row("ticket", id)["callback_at"] == AT


def test_who_was_reached_and_asks_for_another_time_is_promised_it(small: Small) -> None:
    id = promised(small)
    with pytest.raises(Invalid, match="when the caller wants"):
        settle_callback(small.desk, id, Outcome.LATER)
    contact = small.row("contact", settle_callback(small.desk, id, Outcome.LATER, later=AT + timedelta(hours=3)))
    assert contact["answered_at"] is not None
    assert small.row("ticket", id)["callback_at"] == AT + timedelta(hours=3)
    assert attempts(small.desk.reader, id, micros(small.clock())) == []


@pytest.mark.parametrize("outcome", [Outcome.INFORMATION, Outcome.SOLVED])
def test_reached_keeps_the_promise(small: Small, outcome: Outcome) -> None:
    id = promised(small)
    settle_callback(small.desk, id, outcome)
    assert small.row("ticket", id)["callback_at"] is None


def test_a_call_the_caller_makes_first_settles_it_and_undoing_promises_it_again(small: Small) -> None:
    id = promised(small)
    assert calls.promised(small.desk, [id]) == {id: micros(AT)}
    log_contact(small.desk, Outcome.EXISTING_TICKET, {}, tickets=[id], chaser=True)
    assert calls.promised(small.desk, [id]) == {}
    assert small.row("ticket", id)["callback_number"] is None
    undo(small.desk)
    assert calls.promised(small.desk, [id]) == {id: micros(AT)}


@pytest.mark.parametrize(("outcome", "contact"), [
    (Outcome.EXISTING_TICKET, {"channel": Channel.MAIL}), (Outcome.EXISTING_TICKET, {"channel": Channel.VOICEMAIL}),
    (Outcome.EXISTING_TICKET, {"direction": "out"}), (Outcome.CUT_OFF, {}), (Outcome.WRONG_NUMBER, {}),
])
def test_a_mail_a_voicemail_or_a_line_that_broke_does_not(
    small: Small, outcome: Outcome, contact: dict[str, str]
) -> None:
    id = promised(small)
    log_contact(small.desk, outcome, contact, tickets=[id])
    assert calls.promised(small.desk, [id]) == {id: micros(AT)}


def test_the_next_try_falls_into_office_hours_where_the_number_rings(small: Small) -> None:
    """Half past ten in Geneva is half past four in New York; at five to six in Paris it is tomorrow."""
    new_york, paris = promised(small, "+1 212 555 0100"), promised(small)
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    early = propose(small.desk, new_york, Outcome.BUSY, at)
    assert early.at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    assert "America/New_York" in early.because
    late = propose(small.desk, paris, Outcome.NO_ANSWER, datetime(2026, 11, 23, 16, 55, tzinfo=UTC))
    assert late.at is not None
    assert (late.at.month, late.at.day) == (11, 24)
    assert "Europe/Paris" in late.because


def test_the_hours_of_his_companys_contract_come_first_but_for_those_around_the_clock(small: Small) -> None:
    id = promised(small)
    organisation = small.row("ticket", id)["organisation_id"]
    early, always = uuid7(), uuid7()
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    with small.desk.journal.action("administer", small.desk.who) as act:
        whole = {day: [["00:00", "24:00"]] for day in days}
        for calendar, week in ((early, {"sat": [["06:00", "07:00"]]}), (always, whole)):
            act.create("calendar", {"slug": str(calendar), "zone": "Europe/Zurich", "weekly": week}, calendar)
        contract = act.create("contract", {
            "slug": "alpina", "name": "Premium", "organisation_id": organisation, "kind": "customer",
            "versions": [{"since": None, "calendar": str(early), "targets": {}}]})
    assert propose(small.desk, id, Outcome.BUSY, AT).at == datetime(2026, 11, 28, 5, 0, tzinfo=UTC)
    assert "Alpina" in propose(small.desk, id, Outcome.BUSY, AT).because
    with small.desk.journal.action("administer", small.desk.who) as act:
        act.set("contract", contract, {"versions": [{"since": None, "calendar": str(always), "targets": {}}]})
    assert propose(small.desk, id, Outcome.BUSY, AT).at == AT + timedelta(minutes=10)


def test_of_a_wrong_number_no_try_is_proposed(small: Small) -> None:
    proposal = propose(small.desk, promised(small), Outcome.WRONG_NUMBER, AT)
    assert proposal.at is None
    assert "find the right one" in next_said(proposal, micros(AT), proposal.zone)


def test_after_three_tries_on_two_days_the_case_may_be_closed_with_a_message(small: Small) -> None:
    id = promised(small)
    for day, hour in ((23, 9), (23, 11)):
        small.clock.now = datetime(2026, 11, day, hour, tzinfo=UTC)
        settle_callback(small.desk, id, Outcome.NO_ANSWER)
    assert not propose(small.desk, id, Outcome.NO_ANSWER).tried.enough
    with pytest.raises(Invalid, match="2 tries on 1 day"):
        tickets.close_not_reached(small.desk, id, "Rappelez-nous.")
    small.clock.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    settle_callback(small.desk, id, Outcome.VOICEMAIL_LEFT)
    with pytest.raises(Invalid, match="Write the caller a word"):
        tickets.close_not_reached(small.desk, id, " ")
    tickets.close_not_reached(small.desk, id, "Rappelez-nous au 021 555 01 00.")
    row = small.row("ticket", id)
    assert (row["status"], row["status_reason"], row["callback_at"]) == (Status.CLOSED, "not_reached", None)
    note = small.desk.reader.execute("SELECT audience, text FROM note WHERE ticket_id = ?", (id.bytes,)).fetchone()
    assert note == ("caller", "Rappelez-nous au 021 555 01 00.")
    undo(small.desk)
    assert small.row("ticket", id)["status"] == Status.IN_PROGRESS


def test_whoever_was_spoken_to_is_tried_anew(small: Small) -> None:
    id = promised(small)
    settle_callback(small.desk, id, Outcome.NO_ANSWER)
    settle_callback(small.desk, id, Outcome.INFORMATION)
    assert attempts(small.desk.reader, id, micros(small.clock())) == []
    settle_callback(small.desk, id, Outcome.BUSY)
    assert len(attempts(small.desk.reader, id, micros(small.clock()))) == 1


def test_a_name_that_would_act_on_a_terminal_stays_data(small: Small) -> None:
    hostile = "\x1b]0;x\x07 {0} %s"
    organisation = people.save_organisation(small.desk, {"name": hostile})
    id = promised(small)
    tickets.edit(small.desk, id, {"organisation_id": organisation})
    assert propose(small.desk, id, Outcome.BUSY, AT).at is not None
