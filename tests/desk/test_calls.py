"""Every call makes exactly one contact; what was typed becomes a ticket once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from supportdesk.desk.calls import Call, Check, Offer, Promise, Used, log_contact, settle_callback, take_call
from supportdesk.desk.draft import CallDraft, DraftCheck, DraftUse, OpenCalls
from supportdesk.desk.undo import undo
from supportdesk.terms.codes import CheckResult, Outcome, Status
from supportdesk.terms.errors import Invalid, NotPermitted
from tests.desk.conftest import Small


def test_a_call_leaves_one_contact_and_one_ticket_with_an_owner(small: Small) -> None:
    saved = small.call(note="rappelle souvent")
    ticket = small.row("ticket", saved.id)
    assert ticket["owner_id"] == ticket["assignee_id"] == small.desk.agent.id
    assert ticket["organisation_id"] is not None
    assert (ticket["caller_name"], ticket["language"], ticket["priority"]) == ("Monique Perret", "fr", "P4")
    assert small.count("contact") == 1
    assert saved.contact_id is not None
    contact = small.row("contact", saved.contact_id)
    assert contact["tickets"] == (saved.id,)
    assert contact["outcome"] == Outcome.NEW_TICKET


def test_saving_a_call_twice_saves_it_once(small: Small) -> None:
    call = Call(ticket={"description": "imprimante"})
    first, second = take_call(small.desk, call), take_call(small.desk, call)
    assert (first.number, second.again) == (second.number, True)
    assert (small.count("ticket"), small.count("contact")) == (1, 1)


@pytest.mark.parametrize(
    ("more", "status", "outcome"),
    [
        ({"solution": "redémarré"}, Status.SOLVED, Outcome.SOLVED),
        ({"unassigned": True}, Status.NEW, Outcome.NEW_TICKET),
        ({}, Status.IN_PROGRESS, Outcome.NEW_TICKET),
    ],
)
def test_how_a_call_ends_is_its_outcome(
    small: Small, more: dict[str, object], status: Status, outcome: Outcome
) -> None:
    saved = small.call(**more)
    assert saved.status is status
    assert small.row("contact", saved.contact_id or saved.id)["outcome"] == outcome


def test_a_callback_belongs_to_whoever_promised_it(small: Small) -> None:
    at = small.clock.now + timedelta(minutes=30)
    saved = small.call(promise=Promise(at, "079 123 45 67", "Monique"))
    ticket = small.row("ticket", saved.id)
    assert (ticket["callback_at"], ticket["callback_to"], ticket["owner_id"]) == (at, "Monique", small.desk.agent.id)


def test_a_callback_that_reached_nobody_still_stands(small: Small) -> None:
    at = small.clock.now + timedelta(minutes=30)
    saved = small.call(promise=Promise(at, "+33 1 99 00 12 34"))
    settle_callback(small.desk, saved.id, Outcome.NOT_REACHED, later=at + timedelta(hours=1))
    assert small.row("ticket", saved.id)["callback_at"] == at + timedelta(hours=1)
    contact = small.row("contact", settle_callback(small.desk, saved.id, Outcome.INFORMATION, note="rassurée"))
    assert contact["direction"] == "out"
    assert small.row("ticket", saved.id)["callback_at"] is None


def test_what_the_catalogue_lacks_is_kept_as_given(small: Small) -> None:
    saved = take_call(small.desk, Call(
        ticket={"description": "x", "component_name": "Zorglub 3000", "caller_name": "Inconnu"},
        new_caller={"name": "Inconnu", "numbers": ("01 99 00 55 66",)}, new_organisation="Neuve SA",
    ))
    ticket = small.row("ticket", saved.id)
    assert ticket["component_name"] == "Zorglub 3000"
    assert small.row("caller", ticket["caller_id"])["organisation_id"] == ticket["organisation_id"]
    assert small.row("organisation", ticket["organisation_id"])["name"] == "Neuve SA"


def test_a_call_without_words_is_refused_and_nothing_is_written(small: Small) -> None:
    with pytest.raises(Invalid) as refused:
        take_call(small.desk, Call(ticket={"description": "  "}, new_caller={"name": "Personne"}))
    assert refused.value.field == "description"
    assert (small.count("ticket"), small.count("contact")) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [("impact", 0), ("impact", 5), ("urgency", "zwei"), ("priority", "P9"), ("title", "x" * 501), ("colour", "red"),
     ("description", "half \ud800 a character")],
)
def test_a_bad_value_is_named_and_nothing_is_written(small: Small, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        take_call(small.desk, Call(ticket={"description": "x", field: value}))
    assert refused.value.field == field
    assert small.count("ticket") == 0


def test_a_priority_against_the_matrix_needs_a_reason(small: Small) -> None:
    with pytest.raises(Invalid, match="P4"):
        take_call(small.desk, Call(ticket={"description": "x", "priority": "P1"}))
    saved = take_call(small.desk, Call(ticket={"description": "x", "priority": "P2", "priority_reason": "paie à 17 h",
                                               "wish": "urgent"}))
    assert (saved.priority, small.row("ticket", saved.id)["wish"]) == ("P2", "urgent")


def test_an_identity_check_is_kept_without_its_secret_and_skipping_needs_a_reason(small: Small) -> None:
    with pytest.raises(Invalid):
        small.call(checks=[Check("password", None, CheckResult.SKIPPED)])
    passed = Check("password", "callback", CheckResult.PASSED)
    small.call(checks=[passed, Check("mfa", None, CheckResult.SKIPPED, "connu")])
    rows = small.desk.reader.execute("SELECT matter, method, result, reason FROM identity_check ORDER BY pk")
    assert rows.fetchall() == [("password", "callback", "passed", None), ("mfa", None, "skipped", "connu")]


def test_steps_ticked_and_the_vote_hang_on_the_ticket(small: Small) -> None:
    article = UUID(bytes=small.desk.reader.execute("SELECT id FROM article LIMIT 1").fetchone()[0])
    saved = small.call(used=[Used(article, (1, 3), True)])
    found = small.desk.reader.execute("SELECT ticket_id, steps, helped FROM article_use").fetchall()
    assert found == [(saved.id.bytes, "[1,3]", 1)]


def test_a_chaser_is_a_contact_and_counts(small: Small) -> None:
    saved = small.call()
    id = log_contact(small.desk, Outcome.EXISTING_TICKET, {}, tickets=[saved.id], chaser=True, note="impatiente")
    assert small.row("contact", id)["caller_id"] == small.caller
    assert small.row("ticket", saved.id)["chasers"] == 1
    log_contact(small.desk, Outcome.EXISTING_TICKET, {}, tickets=[saved.id], chaser=True, id=id)
    assert small.row("ticket", saved.id)["chasers"] == 1


def test_a_wrong_number_is_a_contact_without_ticket(small: Small) -> None:
    log_contact(small.desk, Outcome.WRONG_NUMBER, {"number_given": "01 99 00 12 34"}, note="cherchait la pizzeria")
    assert (small.count("contact"), small.count("ticket")) == (1, 0)


@pytest.mark.parametrize("outcome", [Outcome.SOLVED, Outcome.HANDED_OVER, Outcome.CALLBACK_PROMISED])
def test_a_contact_never_says_what_no_verb_made_true(small: Small, outcome: Outcome) -> None:
    saved = small.call()
    with pytest.raises(Invalid) as refused:
        log_contact(small.desk, outcome, {}, tickets=[saved.id])
    assert refused.value.field == "outcome"
    with pytest.raises(Invalid):
        log_contact(small.desk, Outcome.EXISTING_TICKET, {})
    assert small.count("contact") == 1


def test_a_call_is_solved_or_handed_over_never_both(small: Small) -> None:
    with pytest.raises(Invalid) as refused:
        small.call(solution="redémarré", offer=Offer(small.network, {"request": "a", "tried": "b", "impact": "c"}))
    assert refused.value.field == "offer"
    assert (small.count("ticket"), small.count("contact")) == (0, 0)


def test_a_call_logged_at_once_was_answered_and_ended_as_it_came(small: Small) -> None:
    id = log_contact(small.desk, Outcome.INFORMATION, {})
    contact = small.row("contact", id)
    assert contact["started_at"] == contact["answered_at"] == contact["ended_at"] == contact["wrapped_at"]
    missed = small.row("contact", log_contact(small.desk, Outcome.NOT_REACHED, {"direction": "out"}))
    assert (missed["answered_at"], missed["ended_at"]) == (None, missed["started_at"])


def test_a_call_set_aside_and_taken_back_keeps_when_the_caller_waited(small: Small) -> None:
    at = [small.clock.now + timedelta(minutes=minute) for minute in range(8)]
    calls = OpenCalls()
    first = calls.begin(at[0])
    first.symptom = "vpn"
    calls.begin(at[1]).symptom = "imprimante"
    calls.back(at[3])
    calls.back(at[4])
    calls.back(at[5])
    assert calls.current is first
    draft = CallDraft.from_json(first.to_json())
    assert draft == first
    draft.ended_at = at[6]
    contact = small.row("contact", take_call(small.desk, draft.to_call()).contact_id or first.id)
    assert contact["holds"] == [[at[1].isoformat(), at[3].isoformat()], [at[4].isoformat(), at[5].isoformat()]]


def test_nobody_waits_who_had_hung_up_or_whose_call_came_from_a_console_that_ended(small: Small) -> None:
    now = small.clock.now
    calls = OpenCalls([CallDraft(started_at=now, symptom="vpn", aside_at=now)])
    calls.begin(now).symptom = "imprimante"
    assert calls.current is not None
    calls.current.ended_at = now
    over = calls.current
    kept = calls.back(now + timedelta(hours=1), calls.aside[0].id)
    assert kept is not None
    assert kept.holds == []
    assert calls.back(now + timedelta(hours=1)) is over
    assert over.holds == []


def test_undo_takes_the_whole_call_back_and_keeps_its_number(small: Small) -> None:
    saved = small.call(offer=Offer(small.network, {"request": "a", "tried": "b", "impact": "c"}))
    before = small.count("entry")
    assert undo(small.desk).verb == "take_call"
    assert small.row("ticket", saved.id)["status"] == Status.CANCELLED
    assert small.row("ticket", saved.id)["number"] == saved.number
    assert small.row("contact", saved.contact_id or saved.id)["retired_at"] is not None
    assert small.count("entry") > before


def test_who_may_not_take_calls_is_told_so(small: Small) -> None:
    from supportdesk.desk import admin
    from supportdesk.desk.desk import Desk

    admin.save(small.desk, "agent", {"login": "audit", "roles": ("auditor",)})
    auditor = Desk(small.desk.path, as_login="audit", clock=small.clock)
    with pytest.raises(NotPermitted):
        take_call(auditor, Call(ticket={"description": "x"}))
    auditor.close()


def test_a_draft_comes_back_from_its_file_as_it_was_typed(small: Small) -> None:
    draft = CallDraft(started_at=small.clock.now, symptom="[/ le vpn\n\u202e", caller_id=small.caller, impact=2,
                      checks=[DraftCheck("mfa", "manager", "passed")], used=[DraftUse(small.network, "VPN", [2], True)])
    assert CallDraft.from_json(draft.to_json()) == draft
    assert CallDraft.from_json(draft.to_json() | {"from_a_newer_version": 1}) == draft


def test_a_draft_becomes_the_ticket_with_its_own_id(small: Small) -> None:
    draft = CallDraft(started_at=small.clock.now, symptom="le vpn", caller_id=small.caller, note="appelle encore")
    saved = take_call(small.desk, draft.to_call(solution="redémarré"))
    assert saved.id == draft.id
    assert small.row("contact", draft.contact_id)["started_at"] == draft.started_at


def test_calls_set_aside_come_back_newest_first_and_an_empty_one_is_not_kept() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 11, 21, tzinfo=UTC)
    calls = OpenCalls()
    first = calls.begin(now)
    first.symptom = "un"
    second = calls.begin(now)
    second.symptom = "deux"
    calls.begin(now)
    assert calls.aside == [first, second]
    assert calls.back(now) is second
    assert calls.aside == [first]
    assert calls.back(now) is first
    assert calls.aside == [second]
