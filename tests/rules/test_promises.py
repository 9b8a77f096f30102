"""How clocks run: each sentence of the issue and of docs/promises.md as an example, in office hours 8-12 and 13-17."""

from __future__ import annotations

from typing import Any

import pytest

from supportdesk.rules import agreements
from supportdesk.rules.agreements import LONGEST
from supportdesk.rules.calendars import calendar_time
from supportdesk.rules.clocks import ClockState, warned
from supportdesk.rules.promises import AROUND_THE_CLOCK, CLOSED, Handoff, agreed_with
from supportdesk.terms.codes import ContractKind, Coverage, Priority, Status
from tests.rules.story import GOLD, OFFICE_HOURS, Agreed, Hours, Shelf, Ticket, at, name, terms, wall

NETWORK = name("network")


def under(contract: Agreed, *more: Agreed, **options: Any) -> Ticket:
    return Ticket(contract=contract, book=Shelf((contract, *more)), **options)


# -- the start

def test_a_promise_runs_in_the_hours_of_its_calendar_from_the_making_of_the_ticket() -> None:
    ticket = Ticket(made="11:30")
    assert ticket.stands("answer", "11:31") == ("running", "13:30")
    assert ticket.stands("solution", "11:31") == ("running", "16:30")
    assert ticket.stands("on_site", "11:31") == ("running", "15:30")
    assert Ticket(made="16:30").stands("answer", "16:31") == ("running", "2026-03-09T08:30")


def test_it_runs_from_the_contact_the_ticket_was_opened_for() -> None:
    asked = Ticket(made="10:00").contact("2026-03-05T22:00", "voicemail")
    assert asked.stands("answer", "10:01") == ("missed", "09:00")
    later = Ticket(made="10:00").contact("10:30")
    assert later.promise("solution", "11:00").start == at("10:00")
    theirs = Ticket(made="10:00").contact("09:00", joined="10:30")
    assert theirs.promise("solution", "11:00").start == at("10:00")
    ours = Ticket(made="10:00").contact("09:00", direction="out")
    assert ours.promise("solution", "11:00").start == at("10:00")


# -- the first answer

def test_a_telephone_call_is_answered_when_a_person_picks_up() -> None:
    call = Ticket(made="09:10").contact("09:00", answered="09:04")
    answer = call.clock("answer", "09:30")
    assert (answer.state, answer.ended) == (ClockState.MET, at("09:04"))
    for channel in ("chat", "walk_in"):
        there = Ticket(made="09:10").contact("09:05", channel)
        assert there.clock("answer", "09:30").ended == at("09:05")


@pytest.mark.parametrize("channel", ["voicemail", "mail", "web", "monitoring"])
def test_what_came_otherwise_is_answered_by_the_first_word_of_a_person(channel: str) -> None:
    asked = Ticket(made="09:00").contact("09:00", channel)
    assert asked.stands("answer", "09:30") == ("running", "10:00")
    assert asked.tell("09:40").clock("answer", "09:45").ended == at("09:40")
    called = Ticket(made="09:00").contact("09:00", channel).contact("09:50", direction="out")
    assert called.clock("answer", "09:55").ended == at("09:50")


def test_an_automatic_answer_never_counts() -> None:
    bot = Ticket().contact("09:00", "chat", by_agent=False).contact("09:01", "mail", "out", by_agent=False)
    assert bot.stands("answer", "09:30") == ("running", "10:00")


@pytest.mark.parametrize("outcome", ["not_reached", "no_answer", "busy", "voicemail_left", "cut_off"])
def test_a_try_that_did_not_reach_the_caller_meets_nothing_unless_the_terms_say_so(outcome: str) -> None:
    tried = Ticket().contact("09:30", direction="out", outcome=outcome)
    assert tried.stands("answer", "09:45") == ("running", "10:00")
    generous = under(Agreed("kind", (terms(answer=1, update=2, attempts=True),)))
    generous.contact("09:30", direction="out", outcome=outcome)
    assert generous.clock("answer", "09:45").ended == at("09:30")
    assert generous.stands("update", "09:45") == ("running", "11:00"), "nothing was said to him"


def test_a_wrong_number_and_a_call_nobody_took_are_no_try() -> None:
    generous = under(Agreed("kind", (terms(answer=1, attempts=True),)))
    generous.contact("09:10", direction="out", outcome="wrong_number").contact("09:20", outcome="not_reached")
    assert generous.stands("answer", "09:45") == ("running", "10:00")


def test_who_asks_to_be_called_later_was_reached_and_so_was_who_a_newer_version_says() -> None:
    for outcome in ("later", "enchanted"):
        called = Ticket().contact("09:30", direction="out", outcome=outcome)
        assert called.clock("answer", "09:45").ended == at("09:30")


def test_solving_it_answers_it() -> None:
    assert Ticket().solve("09:20").clock("answer", "09:30").ended == at("09:20")


# -- updates

def test_every_word_to_the_caller_begins_the_next_update() -> None:
    ticket = Ticket()
    assert ticket.stands("update", "09:30") == ("running", "11:00")
    assert ticket.tell("10:00").stands("update", "10:00") == ("running", "12:00")
    assert ticket.contact("11:00").stands("update", "11:00") == ("running", "14:00")
    assert ticket.stands("update", "14:01") == ("missed", "14:00")
    assert ticket.tell("14:30").stands("update", "14:30") == ("running", "16:30")
    assert ticket.broken("14:30") == [("update", "14:00"), ("solution", "14:00"), ("on_site", "12:00")]


def test_updates_are_owed_while_the_ticket_is_open() -> None:
    ticket = Ticket().tell("10:00").solve("11:00")
    assert ticket.stands("update", "16:00") == ("met", "12:00")
    assert ticket.go_on("14:00").stands("update", "14:30") == ("running", "16:00")


# -- solution

def test_it_is_solved_by_the_last_solving_and_reopening_goes_on_with_the_old_clock() -> None:
    ticket = Ticket().solve("10:00")
    assert ticket.stands("solution", "11:00") == ("met", "14:00")
    ticket.close("10:30").go_on("14:00")
    assert ticket.stands("solution", "14:00") == ("running", "17:00")
    assert [(pause.why, wall(pause.since)) for pause in ticket.promise("solution", "14:00").pauses] == [
        (CLOSED, "10:00")]
    solution = ticket.solve("16:00").clock("solution", "2026-03-09T10:00")
    assert (solution.state, wall(solution.due or 0), wall(solution.ended or 0)) == (ClockState.MET, "17:00", "16:00")


def test_what_is_solved_too_late_is_missed_and_stays_so_when_it_is_reopened() -> None:
    ticket = Ticket().solve("14:30")
    assert ticket.clock("solution", "15:00").state is ClockState.MISSED
    assert ticket.go_on("15:30").clock("solution", "15:31").ended == at("14:00")


def test_a_ticket_closed_without_a_solution_owes_nothing_more_but_what_was_missed() -> None:
    ticket = Ticket().close("10:30")
    assert ticket.stands("solution", "16:00") == ("none", None)
    assert ticket.stands("answer", "16:00") == ("missed", "10:00")
    assert ticket.go_on("11:00").stands("solution", "11:00") == ("running", "14:30")


def test_a_ticket_that_came_without_the_instant_of_its_solving_was_solved_when_its_state_says_so() -> None:
    old = Ticket().set("10:00", status="solved").set("11:00", status="closed")
    assert old.clock("solution", "15:00").ended == at("10:00")
    again = Ticket().set("10:00", status="solved").set("10:30", status="in_progress").set("11:00", status="closed")
    assert again.clock("solution", "15:00").state is ClockState.NONE


def test_the_visit_is_kept_by_being_there_or_by_solving_it_from_afar() -> None:
    assert Ticket().contact("11:00", "walk_in", "out").clock("on_site", "11:30").ended == at("11:00")
    assert Ticket().contact("11:00", "phone", "out").clock("on_site", "11:30").state is ClockState.RUNNING
    assert Ticket().solve("11:10").clock("on_site", "11:30").ended == at("11:10")


# -- pauses

def test_waiting_for_the_caller_stops_the_clocks_and_waiting_for_a_vendor_does_not() -> None:
    ticket = Ticket().wait("09:30")
    for kind in ("answer", "update", "solution"):
        assert ticket.stands(kind, "11:00") == ("paused", None)
    assert ticket.stands("on_site", "11:00") == ("running", "12:00")
    ticket.go_on("11:00")
    assert ticket.stands("solution", "11:00") == ("running", "15:30")
    assert [(p.why, wall(p.since), wall(p.until or 0)) for p in ticket.promise("solution", "11:00").pauses] == [
        ("waiting_caller", "09:30", "11:00")]
    assert Ticket().wait("09:30", Status.WAITING_VENDOR).stands("solution", "13:00") == ("running", "14:00")


def test_only_what_the_terms_name_stops_them() -> None:
    strict = under(Agreed("strict", (terms(solution=4, stops=frozenset()),))).wait("09:30")
    assert strict.stands("solution", "11:00") == ("running", "14:00")
    both = frozenset({Status.WAITING_CALLER, Status.WAITING_UNTIL})
    lenient = under(Agreed("lenient", (terms(solution=4, stops=both),)))
    lenient.wait("09:30", Status.WAITING_UNTIL, until="10:30")
    assert lenient.stands("solution", "10:00") == ("paused", None)
    assert lenient.stands("solution", "11:00") == ("running", "15:00"), "the wait was over, though nobody looked"
    assert lenient.wait("11:00", Status.WAITING_UNTIL, until="11:30").stands("solution", "12:00") == (
        "running", "15:30")


# -- changes

def test_another_priority_reads_the_same_facts_under_the_new_target() -> None:
    ranked = Agreed("ranked", (terms(solution={Priority.P2: 4, Priority.P1: 2, Priority.P4: 8}),))
    ticket = under(ranked).wait("09:30").go_on("10:00").set("10:15", priority="P1")
    assert ticket.stands("solution", "10:20") == ("running", "11:30")
    assert ticket.set("10:40", priority="P4").stands("solution", "10:45") == ("running", "2026-03-09T09:30")
    assert ticket.set("10:50", priority="P3").stands("solution", "10:55") == ("none", None)


def test_what_was_met_or_missed_stays_so_by_the_version_it_was_judged_by() -> None:
    two = Agreed("two", (terms(answer=1, solution=2), terms(at("12:00"), answer=0.5, solution=8)))
    ticket = under(two).tell("09:45")
    assert ticket.stands("answer", "14:00") == ("met", "10:00")
    solution = ticket.promise("solution", "14:00")
    assert (solution.clock.state, solution.clock.ended) == (ClockState.MISSED, at("11:00"))
    assert solution.basis is not None
    assert solution.basis.terms is two.versions[0]


def test_a_version_to_come_says_when_it_is_due_beyond_its_beginning() -> None:
    two = Agreed("two", (terms(solution=4, update=1), terms(at("12:00"), solution=6, update=2)))
    ticket = under(two)
    assert ticket.stands("solution", "09:30") == ("running", "16:00") == ticket.stands("solution", "12:30")
    assert ticket.stands("update", "09:30") == ("running", "10:00")
    ends = under(Agreed("ends", (terms(solution=4), terms(at("12:00")))))
    assert ends.stands("solution", "09:30") == ("running", "14:00")
    assert ends.stands("solution", "12:30") == ("none", None)
    begins = under(Agreed("begins", (terms(at("12:00"), solution=4),)))
    assert begins.stands("solution", "09:30") == ("none", None)
    assert begins.stands("solution", "13:30") == ("running", "14:00")
    tighter = under(Agreed("tighter", (terms(solution=4), terms(at("12:00"), solution=1))))
    assert tighter.stands("solution", "10:30") == ("running", "14:00")
    assert tighter.stands("solution", "12:01") == ("missed", "10:00")
    third = under(Agreed("third", (terms(solution=4), terms(at("12:00"), solution=8), terms(at("15:00"), solution=6))))
    assert third.stands("solution", "10:30") == ("running", "16:00")


def test_a_ticket_put_under_another_contract_has_its_promises() -> None:
    silver = Agreed("silver", (terms(calendar=None, solution=10),))
    ticket = Ticket(book=Shelf((GOLD, silver))).set("10:00", contract_id=silver.id)
    solution = ticket.promise("solution", "10:30")
    assert (wall(solution.clock.due or 0), solution.calendar_time) == ("19:00", AROUND_THE_CLOCK)


def test_without_a_contract_the_standard_terms_hold_else_what_the_desk_promises_everybody() -> None:
    nobodys = Ticket(contract=None)
    assert nobodys.stands("answer", "09:10") == ("running", "09:30")
    assert nobodys.stands("solution", "09:10") == ("running", "17:00")
    assert nobodys.set("09:20", priority="P5").stands("solution", "09:30") == ("none", None)
    standard = Agreed("default", (terms(answer=2),), ContractKind.STANDARD)
    ticket = Ticket(contract=None, book=Shelf(standard=standard))
    assert ticket.stands("answer", "09:10") == ("running", "11:00")
    assert ticket.stands("solution", "09:10") == ("none", None)


@pytest.mark.parametrize("coverage", [Coverage.NOT_ENTITLED, Coverage.GOODWILL])
def test_who_is_not_entitled_is_promised_callbacks_only(coverage: Coverage) -> None:
    ticket = Ticket(contract=None).set("09:00", coverage=coverage).set("09:10", callback_at=at("10:00"))
    assert [(promise.kind, promise.clock.state) for promise in ticket.promises("09:30")] == [
        ("answer", "none"), ("solution", "none"), ("callback", "running")]
    basis = ticket.promise("answer", "09:30").basis
    assert basis is not None
    assert (basis.coverage, basis.terms) == (coverage, None)


def test_a_contract_that_this_console_has_not_promises_nothing_here() -> None:
    assert Ticket(book=Shelf()).stands("solution", "09:30") == ("none", None)


def test_a_calendar_that_cannot_be_read_is_open_around_the_clock() -> None:
    broken = Hours("office", None)
    ticket = Ticket(book=Shelf((GOLD,), (broken,)))
    assert ticket.stands("solution", "09:30") == ("running", "13:00")


def test_a_priority_may_have_a_calendar_of_its_own() -> None:
    own = agreements.Target({"solution": 4 * 3_600}, str(name("never")))  # type: ignore[dict-item]
    seldom = Hours("never", AROUND_THE_CLOCK)
    contract = Agreed("own", (agreements.Terms(0, str(OFFICE_HOURS.id), {Priority.P2: own}),))
    ticket = Ticket(contract=contract, book=Shelf((contract,), (OFFICE_HOURS, seldom)))
    assert ticket.stands("solution", "09:30") == ("running", "13:00")


@pytest.mark.parametrize("fields", [{"status": "cancelled"}, {"status": "closed", "merged_into_id": name("other")}])
def test_a_cancelled_or_merged_ticket_promises_nothing(fields: dict[str, Any]) -> None:
    ticket = Ticket()
    ticket.row |= fields
    assert ticket.promises("16:00") == ()
    assert ticket.broken("16:00") == []


# -- callbacks

def test_a_callback_runs_in_real_time_whatever_the_ticket_waits_for() -> None:
    ticket = Ticket(made="11:30").set("11:30", callback_at=at("12:30")).wait("11:40")
    assert ticket.stands("callback", "12:00") == ("running", "12:30")
    late = ticket.clock("callback", "12:40")
    assert (late.state, late.remaining, late.ended) == (ClockState.MISSED, -10 * 60_000_000, at("12:30"))


def test_a_callback_is_kept_by_the_call_or_by_being_taken_from_the_list_in_time() -> None:
    done = Ticket().set("09:00", callback_at=at("10:00")).set("09:50", callback_at=None)
    assert done.clock("callback", "11:00").ended == at("09:50")
    late = Ticket().set("09:00", callback_at=at("10:00")).set("10:10", callback_at=None)
    assert late.stands("callback", "11:00") == ("missed", "10:00")
    first = Ticket().set("09:00", callback_at=at("10:00")).contact("09:00").contact("09:30")
    assert first.clock("callback", "11:00").ended == at("09:30"), "he called first"
    tried = Ticket().set("09:00", callback_at=at("10:00")).contact("09:30", direction="out", outcome="not_reached")
    assert tried.stands("callback", "10:01") == ("missed", "10:00")


def test_the_call_in_which_a_callback_is_promised_does_not_keep_it() -> None:
    ticket = Ticket(made="09:05").contact("09:00", answered="09:01")
    made = ticket.changes[0]
    ticket.changes[0] = made._replace(fields={**made.fields, "callback_at": (None, at("10:00"))})
    ticket.row["callback_at"] = at("10:00")
    assert ticket.stands("callback", "09:30") == ("running", "10:00")
    assert ticket.stands("callback", "10:30") == ("missed", "10:00")
    assert ticket.contact("09:40").stands("callback", "10:30") == ("met", "10:00")


def test_a_callback_that_was_brought_back_goes_on_from_when_it_was_promised() -> None:
    undone = Ticket().set("09:00", callback_at=at("10:00")).set("10:10", callback_at=None)
    undone.set("10:20", callback_at=at("10:00"))
    assert undone.stands("callback", "10:30") == ("missed", "10:00")
    assert undone.promise("callback", "10:30").start == at("09:00")
    again = Ticket().set("09:00", callback_at=at("12:00")).contact("10:00").set("10:00", callback_at=None)
    again.set("10:20", callback_at=at("12:00"))
    assert again.promise("callback", "10:30").start == at("10:20")
    assert again.stands("callback", "10:30") == ("running", "12:00")


def test_a_callback_that_came_to_a_closed_ticket_was_not_kept_by_closing_it() -> None:
    ticket = Ticket().solve("09:30").close("09:40").set("10:00", callback_at=at("11:00"))
    assert ticket.stands("callback", "10:30") == ("running", "11:00")
    assert ticket.contact("10:40", direction="out").clock("callback", "12:00").ended == at("10:40")


def test_a_callback_moved_in_time_is_another_promise_and_one_moved_too_late_was_missed() -> None:
    moved = Ticket().set("09:00", callback_at=at("10:00")).set("09:50", callback_at=at("11:00"))
    assert moved.stands("callback", "10:30") == ("running", "11:00")
    assert ("callback", "10:00") not in moved.broken("10:30")
    late = Ticket().set("09:00", callback_at=at("10:00")).set("10:20", callback_at=at("11:00"))
    assert late.stands("callback", "10:30") == ("running", "11:00")
    assert ("callback", "10:00") in late.broken("10:30")
    agreed = Ticket().set("09:00", callback_at=at("10:00")).contact("09:40").set("09:50", callback_at=at("11:00"))
    agreed.set("09:55", callback_at=None)
    assert agreed.clock("callback", "10:30").ended == at("09:55")


def test_a_callback_that_stands_on_a_closed_ticket_ended_with_it() -> None:
    closed = Ticket().set("09:00", callback_at=at("10:00")).set("09:30", status="closed")
    assert closed.clock("callback", "11:00").ended == at("09:30")


# -- between teams

OLA = Agreed("ola", (terms(answer=0.5, solution=2),), ContractKind.TEAM, NETWORK)
VENDORS = Agreed("vendors", (terms(answer=1, solution=3),), ContractKind.VENDOR, NETWORK)


def handed(answered: str | None = None, accepted: str | None = None, ended: str | None = None,
           book: Shelf | None = None) -> Ticket:
    ticket = Ticket(made="08:30", book=book or Shelf((GOLD, OLA)))
    ticket.handoffs.append(Handoff(name("handoff"), NETWORK, at("09:00"), answered and at(answered),
                                   accepted and at(accepted), ended and at(ended)))
    return ticket


def theirs(ticket: Ticket, now: str) -> dict[str, tuple[str, str | None]]:
    return {p.kind.value: (p.clock.state.value, None if p.clock.due is None else wall(p.clock.due))
            for p in ticket.promises(now) if p.team == NETWORK}


def test_a_team_has_a_clock_of_its_own_beside_the_customers() -> None:
    ticket = handed()
    assert theirs(ticket, "09:10") == {"answer": ("running", "09:30")}
    assert theirs(ticket, "09:31") == {"answer": ("missed", "09:30")}
    assert ticket.stands("solution", "09:31") == ("running", "13:30")
    taken = handed(answered="09:20", accepted="09:20")
    assert theirs(taken, "09:30") == {"answer": ("met", "09:30"), "solution": ("running", "11:20")}
    assert theirs(taken.wait("10:00"), "10:30")["solution"] == ("paused", None)


def test_the_clock_of_a_team_ends_with_its_part() -> None:
    assert theirs(handed("09:20", "09:20", "10:00"), "16:00")["solution"] == ("met", "11:20")
    assert theirs(handed("09:20", "09:20").solve("11:00"), "16:00")["solution"] == ("met", "11:20")
    assert theirs(handed("09:20", "09:20").solve("11:30"), "16:00")["solution"] == ("missed", "11:20")
    assert theirs(handed("09:20", "09:20").close("11:00"), "16:00")["solution"] == ("none", None)
    assert theirs(handed("09:20", None, "09:20"), "16:00") == {"answer": ("met", "09:30")}
    assert theirs(handed(ended="09:20"), "16:00") == {"answer": ("none", None)}, "withdrawn in time"
    assert theirs(handed(ended="09:40"), "16:00") == {"answer": ("missed", "09:30")}


def test_a_vendors_contract_comes_before_an_agreement_of_the_house() -> None:
    assert theirs(handed(book=Shelf((GOLD, OLA, VENDORS))), "09:10") == {"answer": ("running", "10:00")}
    over = Agreed("over", OLA.versions, ContractKind.TEAM, NETWORK, at("08:00"))
    assert agreed_with(Shelf((over,)), NETWORK, at("09:00")) is None
    assert agreed_with(Shelf((OLA,)), name("other"), at("09:00")) is None
    assert theirs(handed(book=Shelf((GOLD, over))), "09:10") == {}


def test_a_team_is_judged_by_the_priority_and_the_version_of_each_moment() -> None:
    ranked = terms(answer={Priority.P1: 0.25, Priority.P2: 1})
    later = Agreed("later", (ranked, terms(at("09:40"), answer=2)), ContractKind.TEAM, NETWORK)
    ticket = handed(book=Shelf((GOLD, later)))
    assert theirs(ticket, "09:05") == {"answer": ("running", "11:00")}
    assert theirs(ticket.set("09:06", priority="P1"), "09:20") == {"answer": ("missed", "09:15")}


# -- the rest

def test_a_promise_is_warned_of_at_half_three_quarters_and_nine_tenths() -> None:
    ticket = Ticket()
    told = {now: warned(ticket.clock("answer", now)) for now in ("09:29", "09:30", "09:45", "09:54", "10:00", "10:01")}
    assert told == {"09:29": None, "09:30": 50, "09:45": 75, "09:54": 90, "10:00": 90, "10:01": None}
    assert warned(ticket.clock("solution", "09:00")) is None
    assert warned(Ticket(contract=None).set("09:00", coverage="not_entitled").clock("answer", "09:30")) is None


def test_hours_that_do_not_come_have_no_due_time() -> None:
    once = Hours("office", calendar_time([(None, {"zone": "UTC", "weekly": {}, "extra": {
        "2026-03-06": [["08:00", "08:30"]]}})]))
    long = Agreed("long", (terms(solution=LONGEST / 3_600),))
    ticket = Ticket(contract=long, book=Shelf((long,), (once,)))
    assert ticket.stands("solution", "09:30") == ("running", None)
    assert ticket.solve("10:00").clock("solution", "11:00").state is ClockState.MET


def test_updates_that_were_promised_in_vain_between_two_priorities_are_told_once() -> None:
    urgent = Agreed("urgent", (terms(update={Priority.P1: 2}),))
    ticket = Ticket(contract=urgent, book=Shelf((urgent,)), priority="P1")
    ticket.set("09:10", priority="P4").tell("09:20").set("09:30", priority="P1").set("09:35", priority="P4")
    ticket.tell("09:40")
    assert [promise.clock.state for promise in ticket.promises("12:00") if promise.kind == "update"] == ["none"]
