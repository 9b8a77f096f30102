"""Under which contract a ticket stands when it is opened, and what an agent may promise while the call runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.desk import calls, entitlement, tickets
from supportdesk.desk.call_coverage import Said, call_coverage
from supportdesk.desk.calls import Call
from supportdesk.desk.coverage_words import coverage_line, coverage_reasons
from supportdesk.i18n import speaking
from supportdesk.rules.coverage import Asked
from supportdesk.store.instants import micros
from supportdesk.store.views.coverage import Standing, outlook, standing
from supportdesk.terms.codes import Priority
from supportdesk.terms.errors import Invalid
from tests.agreements.conftest import House
from tests.agreements.files import ALPINA, DEFAULT, GENEVA, STANDARDS

ZURICH = ZoneInfo("Europe/Zurich")
MONDAY = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
"""Five past two in Geneva."""

KONTUR = """
[[contract]]
slug = "kontur"
name = "Kontur"
organisation = "Kontur"
[[contract.version]]
calendar = "always"
targets.P2 = { answer = "30 min", solution = "4 h" }
"""


def _open(house: House, organisation: UUID | None, **more: object) -> Standing:
    saved = calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": organisation, **more})
    return standing(house.desk.reader, saved.id)


def _line(house: House, organisation: UUID | None, at: datetime = MONDAY, **more: object) -> str:
    asked = Asked(micros(at), **({"priority": Priority.P2} | more))  # type: ignore[arg-type]
    found = outlook(house.desk.reader, organisation, asked)
    assert found is not None
    return coverage_line(found, micros(at), ZURICH)


def test_a_ticket_stands_under_the_contract_of_its_organisation_or_the_integrators(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    assert _open(house, house.alpina).contract == "alpina"
    assert _open(house, house.rheinhof).contract == "kontur"
    assert _open(house, None).coverage == "not_entitled"


def test_a_desk_that_agreed_nothing_says_nothing(house: House) -> None:
    assert _open(house, house.alpina).coverage is None
    assert outlook(house.desk.reader, house.alpina, Asked(micros(MONDAY))) is None


def test_without_a_contract_there_is_what_everybody_is_promised_unless_it_promises_nothing(house: House) -> None:
    house.bring_in(DEFAULT)
    assert _open(house, house.alpina).coverage == "default"
    assert _line(house, house.alpina, priority=Priority.P3) == (
        "no contract, what everybody is promised: covered until 18:00, answer due tu 08:05")
    house.bring_in(DEFAULT.replace("[[contract.version]]", "[[contract.version]]\nfrom = 2026-11-21").replace(
        'targets.P3.answer = "4 h"', ""))
    assert _open(house, house.alpina).coverage == "not_entitled"


def test_a_call_by_telephone_stands_under_a_contract_for_telephone(house: House) -> None:
    house.bring_in(KONTUR + KONTUR.replace('"kontur"', '"mail-only"').replace(
        'calendar = "always"', 'calendar = "always"\nweight = 9\nchannels = ["mail"]'))
    by_phone = calls.take_call(house.desk, Call(ticket={"description": "VPN", "organisation_id": house.kontur}))
    by_mail = calls.take_call(house.desk, Call(ticket={"description": "VPN", "organisation_id": house.kontur},
                                               contact={"channel": "mail"}))
    assert standing(house.desk.reader, by_phone.id).contract == "kontur"
    assert standing(house.desk.reader, by_mail.id).contract == "mail-only"


def test_a_ticket_split_off_stands_under_its_own_contract(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA)
    whole = calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina})
    entitlement.choose_contract(house.desk, whole.id, None, goodwill="a first time")
    assert standing(house.desk.reader, tickets.split(house.desk, whole.id, "Headset")).contract == "alpina"


def test_another_contract_may_be_chosen_and_goodwill_needs_its_reason(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    saved = calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina})
    entitlement.choose_contract(house.desk, saved.id, house.contract("kontur").id)
    assert standing(house.desk.reader, saved.id).contract == "kontur"
    with pytest.raises(Invalid):
        entitlement.choose_contract(house.desk, saved.id, None)
    with pytest.raises(Invalid):
        entitlement.choose_contract(house.desk, saved.id, house.contract("silver").id)
    entitlement.choose_contract(house.desk, saved.id, None, goodwill="his first week")
    assert standing(house.desk.reader, saved.id) == Standing(saved.number, None, "goodwill", "his first week")


def test_the_line_says_until_when_and_when_the_answer_is_due(house: House) -> None:
    house.bring_in(GENEVA.replace('mon = [["08:00", "12:00"], ["13:00", "18:00"]]', 'mon = [["08:00", "18:00"]]')
                   + (STANDARDS + ALPINA).replace('"office"', '"geneva"').replace('"1 h"', '"15 min"'))
    assert _line(house, house.alpina) == "Alpina 24: covered until 18:00, answer due 14:20, 20 incidents left"
    assert _line(house, house.alpina, datetime(2026, 11, 22, 9, 0, tzinfo=UTC)) == (
        "Alpina 24: closed, covered again mo 08:00, answer due mo 08:15, 20 incidents left")


def test_who_was_picked_up_has_his_answer_and_waits_for_the_solution(house: House) -> None:
    house.bring_in(KONTUR)
    for channel in ("phone", "chat", "walk_in"):
        assert _line(house, house.rheinhof, channel=channel) == "Kontur: 7x24, solution due 18:05"
    for channel in ("mail", "web", "voicemail"):
        assert _line(house, house.rheinhof, channel=channel) == "Kontur: 7x24, answer due 14:35"


def test_where_no_solution_is_promised_the_next_promise_is_due(house: House) -> None:
    house.bring_in(KONTUR.replace('solution = "4 h"', 'update = "1 h"'))
    assert _line(house, house.rheinhof, channel="phone") == "Kontur: 7x24, update due 15:05"
    house.bring_in(KONTUR.replace('calendar = "always"', 'calendar = "always"\nfrom = 2026-11-22').replace(
        ', solution = "4 h"', ""))
    assert _line(house, house.rheinhof, channel="phone") == "Kontur: 7x24"


def test_what_is_due_is_counted_from_when_the_call_came(house: House) -> None:
    house.bring_in(KONTUR)
    found = call_coverage(house.desk.reader, Said(micros(MONDAY), house.rheinhof, None, None, None, Priority.P2),
                          micros(MONDAY + timedelta(minutes=20)), ZURICH)
    assert found is not None
    assert found.forms[0] == "Kontur: 7x24, solution due 18:05"


def test_around_the_clock_is_said_so(house: House) -> None:
    house.bring_in(KONTUR)
    assert _line(house, house.rheinhof) == "Kontur: 7x24, answer due 14:35"
    found = outlook(house.desk.reader, house.rheinhof, Asked(micros(MONDAY)))
    assert found is not None
    assert coverage_reasons(found) == ["Kontur: no other contract covers this call.",
                                       "It is the contract of Kontur, who stands in between."]


def test_incidents_are_counted_as_they_are_opened(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA)
    for _n in range(3):
        last = calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina})
    tickets.cancel(house.desk, [last.id], "twice")
    assert _line(house, house.alpina).endswith("18 incidents left")


def test_who_is_not_entitled_any_more_is_told_since_when(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA.replace("until = 2027-12-31", "until = 2026-06-30"))
    assert _line(house, house.alpina) == "not entitled: last contract ended 30.06."
    assert _line(house, house.rheinhof) == "not entitled: there is no contract"


def test_deviations_and_other_contracts_are_named(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + ALPINA.replace('"alpina"', '"second"').replace("Alpina 24", "Second").replace(
        '"2 h"', '"3 h"'))
    found = outlook(house.desk.reader, house.alpina, Asked(micros(MONDAY), priority=Priority.P1))
    assert found is not None
    assert coverage_reasons(found) == [
        "Alpina 24: it promises the shorter solution.", "It is covered by Second as well.",
        "3 points were negotiated otherwise than in the standard terms.",
    ]


@pytest.mark.parametrize("language", ["fr", "de"])
def test_the_line_speaks_the_agents_language(house: House, language: str) -> None:
    house.bring_in(STANDARDS + ALPINA)
    with speaking(language):
        assert "covered" not in _line(house, house.alpina)
        assert "entitled" not in _line(house, house.rheinhof)


def test_deviations_are_marked_beside_the_caller_and_on_his_organisations_card(house: House) -> None:
    from supportdesk.desk import people
    from supportdesk.desk.labels import called
    from supportdesk.store.views.callers import glance
    from supportdesk.store.views.cards import organisation_card

    house.bring_in(STANDARDS + ALPINA)
    caller = people.save_caller(house.desk, {"name": "Monique", "organisation_id": house.alpina})
    beside, card = glance(house.desk.reader, caller, "CH"), organisation_card(house.desk.reader, house.alpina)
    assert beside is not None
    assert card is not None
    assert called(beside.contract, beside.negotiated) == "Alpina 24 (3 points negotiated)"
    assert [called(each.name, each.negotiated) for each in card.contracts] == ["Alpina 24 (3 points negotiated)"]


def test_what_a_contract_says_is_shown_in_words_with_what_was_negotiated_marked(house: House) -> None:
    from supportdesk.desk.contract_words import facts
    from supportdesk.store.views.contracts import contract_page

    house.bring_in(STANDARDS + ALPINA)
    page = contract_page(house.desk.reader, house.contract("alpina").id, micros(MONDAY))
    assert page is not None
    said = [(fact.name, fact.text) for fact in facts(page)]
    assert ("P1", "answer within 15 min (7x24)") in said
    assert ("P1", "solution within 2 h (7x24) (negotiated; standard 4 h)") in said
    assert ("P2", "update: not promised (negotiated; standard 4 h)") in said
    assert ("Incidents", "0 of 20 used, 20 left (negotiated)") in said
    assert ("Valid", "2026-01-01 to 2027-12-31") in said


def test_what_a_contract_says_is_told_in_groups_and_a_share_with_the_sign_of_its_language(house: House) -> None:
    from supportdesk.desk.contract_words import groups
    from supportdesk.store.views.contracts import contract_page

    house.bring_in(STANDARDS + ALPINA + """
[[contract.version.availability]]
service = "VPN"
percent = 99.5
[[contract.version.responsibilities]]
duty = "Replace a device"
does = "Hotline"
decides = "Alpina IT"
""")
    page = contract_page(house.desk.reader, house.contract("alpina").id, micros(MONDAY))
    assert page is not None
    _party, promised, covered, available, responsible = groups(page)
    assert [fact.name for fact in promised if fact.negotiated] == ["P1", "P2"]
    assert [(fact.name, fact.negotiated) for fact in covered] == [("Incidents", True)]
    assert available[0].text == "VPN: 99.5 % a month (negotiated)"
    assert responsible[0].text == "Replace a device: does: Hotline · decides: Alpina IT (negotiated)"
    with speaking("fr"):
        assert groups(page)[3][0].text.startswith("VPN\u00a0: 99,5\u00a0%")
