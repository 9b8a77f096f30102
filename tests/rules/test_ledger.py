"""The ledger of a ticket: what the entries say by their instants, and the row has the last word."""

from __future__ import annotations

from itertools import permutations

from supportdesk.rules.ledger import Change, Contact, Note, Stretch, ledger, words
from supportdesk.terms.codes import Coverage, Priority, Status
from tests.rules.story import Ticket, at, name

ROW = {"status": "in_progress", "wait_until": None, "priority": "P2", "contract_id": None, "coverage": None,
       "callback_at": None, "solved_at": None, "created_at": at("09:00"), "merged_into_id": None}
NOW = at("16:00")


def change(wall: str, n: int = 0, create: bool = False, **fields: tuple[object, object]) -> Change:
    return Change(at(wall), (b"a", n), create, fields)


def test_states_follow_each_other_from_the_start_on() -> None:
    of = ledger(ROW, [change("10:00", 1, status=("waiting_caller", "in_progress")),
                      change("09:30", 0, status=("new", "waiting_caller"))], (), NOW)
    assert of.states == (
        Stretch(at("09:00"), at("09:30"), Status.NEW), Stretch(at("09:30"), at("10:00"), Status.WAITING_CALLER),
        Stretch(at("10:00"), None, Status.IN_PROGRESS))
    assert of.is_open


def test_entries_read_in_any_order_give_one_ledger() -> None:
    entries = [change("09:30", 1, status=("new", "waiting_caller")), change("09:30", 2, status=("new", "in_progress")),
               change("09:30", 3, priority=("P3", "P2")), change("09:00", 0, True, status=(None, "new"))]
    found = [ledger(ROW, order, (), NOW) for order in permutations(entries)]
    assert all(of == found[0] for of in found)


def test_the_last_value_is_the_rows_whatever_two_sites_wrote_at_once() -> None:
    of = ledger(ROW | {"priority": "P1"}, [change("10:00", 0, priority=("P3", "P1")),
                                           change("11:00", 1, priority=("P3", "P4"))], (), NOW)
    assert of.priorities == ((at("09:00"), Priority.P3), (at("10:00"), Priority.P1))


def test_a_row_without_entries_was_always_as_it_is() -> None:
    of = ledger(ROW | {"coverage": "goodwill", "contract_id": name("gold")}, (), (), NOW)
    assert of.states == (Stretch(at("09:00"), None, Status.IN_PROGRESS),)
    assert of.contracts == ((at("09:00"), (name("gold"), Coverage.GOODWILL)),)
    assert of.callbacks == ((at("09:00"), None),)


def test_what_a_newer_version_calls_otherwise_does_not_stop_the_reading() -> None:
    of = ledger(ROW | {"coverage": "patron", "priority": "P0", "status": "parked"}, (), (), NOW)
    assert of.contracts[0][1] == (None, None)
    assert of.priorities[0][1] is Priority.P4
    assert of.states[0].status is Status.IN_PROGRESS


def test_a_wrong_clock_counts_as_now_and_a_missing_instant_as_the_first_entry() -> None:
    ahead = ledger(ROW, [change("18:00", status=("new", "in_progress"))], (), NOW)
    assert ahead.states[-1].since == NOW
    assert words(ahead, [Contact("in", "phone", None, at("18:00"), None, True)], (), NOW)[0].at == NOW
    assert ledger(ROW | {"created_at": at("18:00")}, (), (), NOW).start == NOW
    assert ledger(ROW | {"created_at": None}, [change("10:00", status=("new", "in_progress"))], (), NOW).start == at(
        "10:00")
    assert ledger(ROW | {"created_at": None}, (), (), NOW).start == NOW


def test_an_entry_from_before_its_ticket_counts_from_its_start() -> None:
    of = ledger(ROW, [change("08:00", status=("new", "in_progress"))], (), NOW)
    assert of.states == (Stretch(at("09:00"), None, Status.IN_PROGRESS),)


def test_solved_and_closed_are_one_stretch() -> None:
    ticket = Ticket().solve("10:00").close("11:00").go_on("12:00").close("13:00")
    of = ticket.case("16:00").ledger
    assert of.closed() == [(at("10:00"), at("12:00")), (at("13:00"), None)]
    assert of.solvings() == [at("10:00")]
    assert of.solved is None


def test_another_end_of_a_wait_is_another_stretch() -> None:
    ticket = Ticket().wait("09:30", Status.WAITING_UNTIL, "10:00").wait("09:40", Status.WAITING_UNTIL, "11:00")
    assert ticket.case("16:00").ledger.states[1:] == (
        Stretch(at("09:30"), at("09:40"), Status.WAITING_UNTIL, at("10:00")),
        Stretch(at("09:40"), None, Status.WAITING_UNTIL, at("11:00")))


def test_a_word_brought_from_another_ticket_counts_from_then_on() -> None:
    of = ledger(ROW, (), (), NOW)
    said = words(of, [Contact("in", "phone", None, at("09:10"), None, True, at("11:00"))],
                 [Note(at("09:20"), at("12:00")), Note(at("08:00"))], NOW)
    assert [word.at for word in said] == [at("09:00"), at("11:00"), at("12:00")]
