"""Who is calling, and is it known already: what the intake finds for what is typed."""

from __future__ import annotations

from uuid import UUID

from supportdesk.desk import people
from supportdesk.desk.calls import open_ticket
from supportdesk.store.views import callers, choices, intake
from tests.desk.conftest import Small

REGION = "FR"


def names(small: Small, typed: str) -> list[str]:
    return [line.name for line in callers.find(small.desk.reader, typed, REGION)]


def test_a_caller_is_found_by_the_beginnings_of_his_name_and_company_and_by_his_number(small: Small) -> None:
    for typed in ("per", "mon perr", "alp mon", "+33 1 99 00", "01990012", "00331990012"):
        assert names(small, typed) == ["Monique Perret"], typed
    assert names(small, "erret") == []


def test_whoever_called_last_stands_first(small: Small) -> None:
    people.save_caller(small.desk, {"name": "Amélie Perret"})
    assert names(small, "perret") == ["Amélie Perret", "Monique Perret"]
    small.call()
    assert names(small, "perret") == ["Monique Perret", "Amélie Perret"]


def test_several_people_behind_one_number_are_all_found(small: Small) -> None:
    people.save_caller(small.desk, {"name": "Accueil Alpina", "numbers": ("01 99 00 12 34",)})
    assert sorted(names(small, "01 99 00 12 34")) == ["Accueil Alpina", "Monique Perret"]


def test_a_record_that_was_joined_is_not_found_and_leads_to_the_one_that_stays(small: Small) -> None:
    double = people.save_caller(small.desk, {"name": "Monique Peret", "numbers": ("01 99 00 99 99",)})
    people.merge_callers(small.desk, double, small.caller)
    assert names(small, "peret") == []
    line = callers.caller_line(small.desk.reader, double, REGION)
    assert line is not None
    assert line.name == "Monique Perret"


def test_what_the_caller_has_open_already_comes_before_what_others_have(small: Small) -> None:
    hans = people.save_caller(small.desk, {"name": "Hans Kern"})
    mine = small.call("imprimante bloquée, bourrage de papier, rien ne sort")
    his = open_ticket(small.desk, {"title": "imprimante bloquée", "caller_id": hans})

    def found(caller: UUID) -> list[UUID]:
        conn = small.desk.reader
        return [each.id for each in intake.likely_duplicates(conn, "imprimante bloquée", "fr", caller=caller)]

    assert found(small.caller) == [mine.id, his.id]
    assert found(hans) == [his.id, mine.id]


def test_colleagues_of_the_team_are_offered_first(small: Small) -> None:
    people_found = [each.login for each in choices.colleagues(small.desk.reader, "", small.network)]
    assert people_found[0] == "nils"
    mine = small.desk.agent.team
    assert [each.login for each in choices.colleagues(small.desk.reader, "", mine)][-1] == "nils"


def test_a_ticket_is_found_by_the_end_of_its_number_or_by_words_but_never_itself(small: Small) -> None:
    one, two = small.call("vpn coupé"), small.call("vpn lent")
    found = choices.tickets(small.desk.reader, "vpn", but=one.id)
    assert [each.id for each in found] == [two.id]
    assert [each.id for each in choices.tickets(small.desk.reader, one.number[-6:])] == [one.id]
