"""Correcting who called about what chooses the contract of a ticket anew, as when it was opened (issue "Promises")."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from supportdesk.desk import calls, entitlement, people, tickets
from supportdesk.desk.calls import Call
from supportdesk.desk.promises import promises_of
from supportdesk.desk.sentences import sentence
from supportdesk.rules.promises import Promise
from supportdesk.store.instants import micros
from supportdesk.store.views.coverage import standing
from supportdesk.store.views.ticket import ticket
from supportdesk.store.views.timeline import timeline
from supportdesk.terms.codes import Audience, PromiseKind
from tests.agreements.conftest import NOW, House
from tests.agreements.files import ALPINA, DEFAULT, STANDARDS
from tests.agreements.test_coverage import KONTUR

ENDED = KONTUR.replace('organisation = "Kontur"', 'organisation = "Kontur"\nvalid = { until = 2026-11-22 }')
VPN_ONLY = KONTUR.replace('calendar = "always"', 'calendar = "always"\nproducts = ["vpn"]')


SHORT = KONTUR.replace("targets.P2", "targets.P4")
LONG = SHORT.replace("Kontur", "Alpina").replace('"kontur"', '"long"').replace("30 min", "3 h").replace("4 h", "6 h")


@pytest.fixture
def at(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock of the house so many hours behind its beginning."""

    def move(hours: float) -> None:
        monkeypatch.setattr(house.desk.journal, "clock", lambda: NOW + timedelta(hours=hours))

    return move


def _opened(house: House, organisation: UUID | None, **more: object) -> UUID:
    return calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": organisation, **more}).id


def _under(house: House, id: UUID) -> tuple[str | None, str | None]:
    found = standing(house.desk.reader, id)
    return found.contract, found.coverage


def _promise(house: House, id: UUID, kind: PromiseKind, hours: float) -> Promise:
    now = micros(NOW + timedelta(hours=hours))
    return next(each for each in promises_of(house.desk.reader, [id], now)[id] if each.kind is kind)


def _by(promise: Promise) -> str | None:
    return promise.basis.contract.slug if promise.basis and promise.basis.contract else None


def _last_words(house: House, id: UUID) -> str:
    found = ticket(house.desk.reader, id)
    assert found is not None
    return sentence(timeline(house.desk.reader, id)[-1], found.number, str)


def test_the_contract_follows_the_organisation_and_the_history_says_so(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    id = _opened(house, house.kontur)
    tickets.edit(house.desk, id, {"organisation_id": house.alpina})
    assert _under(house, id) == ("alpina", "contract")
    assert _last_words(house, id) == "details corrected, organisation: Kontur > Alpina, contract: Kontur > Alpina 24"
    tickets.edit(house.desk, id, {"organisation_id": None, "organisation_name": "somebody else"})
    assert _under(house, id) == (None, "not_entitled")


def test_undoing_the_correction_brings_the_contract_back(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    id = _opened(house, house.kontur)
    tickets.edit(house.desk, id, {"organisation_id": house.alpina})
    house.desk.journal.undo(house.desk.who)
    assert _under(house, id) == ("kontur", "contract")


def test_the_contract_follows_what_it_is_about(house: House) -> None:
    house.bring_in(DEFAULT + VPN_ONLY)
    id = _opened(house, house.kontur, product_id=house.vpn)
    assert _under(house, id) == ("kontur", "contract")
    mail = UUID(bytes=house.desk.reader.execute("SELECT id FROM product WHERE slug = 'mail'").fetchone()[0])
    tickets.edit(house.desk, id, {"product_id": mail})
    assert _under(house, id) == (None, "default")


def test_words_that_decide_nothing_leave_the_contract(house: House) -> None:
    house.bring_in(KONTUR)
    id = _opened(house, house.kontur)
    house.bring_in(KONTUR.replace('"kontur"', '"second"').replace('calendar = "always"',
                                                                 'calendar = "always"\nweight = 9'))
    tickets.edit(house.desk, id, {"title": "VPN again", "organisation_id": house.kontur})
    assert _under(house, id) == ("kontur", "contract")


def test_another_caller_brings_his_organisation_unless_the_ticket_is_for_another(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    monique = people.save_caller(house.desk, {"name": "Monique", "organisation_id": house.alpina})
    kurt = people.save_caller(house.desk, {"name": "Kurt", "organisation_id": house.kontur})
    id = _opened(house, None, caller_id=kurt)
    tickets.edit(house.desk, id, {"caller_id": monique})
    assert _under(house, id) == ("alpina", "contract")
    for_another = _opened(house, house.rheinhof, caller_id=kurt)
    tickets.edit(house.desk, for_another, {"caller_id": monique})
    assert _under(house, for_another) == ("kontur", "contract")


def test_it_is_the_contract_that_held_when_the_ticket_was_opened(house: House, at: Callable[[float], None]) -> None:
    house.bring_in(STANDARDS + ALPINA + ENDED)
    id = _opened(house, house.alpina)
    at(48)
    tickets.edit(house.desk, id, {"organisation_id": house.kontur})
    assert _under(house, id) == ("kontur", "contract")


def test_it_is_a_contract_for_the_channel_of_the_call(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR + KONTUR.replace('"kontur"', '"mail-only"').replace(
        'calendar = "always"', 'calendar = "always"\nweight = 9\nchannels = ["mail"]'))
    for channel, contract in (("phone", "kontur"), ("mail", "mail-only")):
        saved = calls.take_call(house.desk, Call(ticket={"title": "VPN", "organisation_id": house.alpina},
                                                 contact={"channel": channel}))
        tickets.edit(house.desk, saved.id, {"organisation_id": house.kontur})
        assert _under(house, saved.id) == (contract, "contract")


def test_goodwill_and_a_contract_chosen_by_hand_stay(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    free, chosen = _opened(house, None), _opened(house, house.alpina)
    entitlement.choose_contract(house.desk, free, None, goodwill="his first week")
    entitlement.choose_contract(house.desk, chosen, house.contract("kontur").id)
    for id in (free, chosen):
        tickets.edit(house.desk, id, {"organisation_id": house.rheinhof})
        tickets.edit(house.desk, id, {"organisation_id": house.alpina})
    assert _under(house, free) == (None, "goodwill")
    assert _under(house, chosen) == ("kontur", "contract")


def test_what_was_chosen_by_hand_and_undone_was_not_chosen(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    id = _opened(house, house.alpina)
    entitlement.choose_contract(house.desk, id, house.contract("kontur").id)
    house.desk.journal.undo(house.desk.who)
    tickets.edit(house.desk, id, {"organisation_id": house.kontur})
    assert _under(house, id) == ("kontur", "contract")


def test_a_ticket_nobody_chose_terms_for_stays_so(house: House) -> None:
    id = _opened(house, None)
    house.bring_in(STANDARDS + ALPINA)
    tickets.edit(house.desk, id, {"organisation_id": house.alpina})
    assert _under(house, id) == (None, None)


def test_what_was_met_or_missed_stays_so_and_the_rest_runs_by_the_new_contract(
    house: House, at: Callable[[float], None]
) -> None:
    house.bring_in(SHORT + LONG)
    missed, met = _opened(house, house.kontur), _opened(house, house.kontur)
    tickets.note(house.desk, met, "we are looking at it", Audience.CALLER)
    at(1)
    for id, state in ((missed, "missed"), (met, "met")):
        tickets.edit(house.desk, id, {"organisation_id": house.alpina})
        answer, solution = (_promise(house, id, kind, 1) for kind in (PromiseKind.ANSWER, PromiseKind.SOLUTION))
        assert (answer.clock.state, _by(answer)) == (state, "kontur")
        assert (solution.clock.state, _by(solution)) == ("running", "long")
        assert solution.clock.due == micros(NOW + timedelta(hours=6))


def test_joining_organisations_chooses_for_the_tickets_of_the_double(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA)
    double = people.save_organisation(house.desk, {"name": "Alpina SA"})
    id = _opened(house, double)
    assert _under(house, id) == (None, "not_entitled")
    people.merge_organisations(house.desk, double, house.alpina)
    assert _under(house, id) == ("alpina", "contract")
    assert _last_words(house, id) == (
        "organisations joined, organisation: Alpina SA > Alpina, contract: Alpina 24, "
        "coverage: not entitled > under a contract")
    house.desk.journal.undo(house.desk.who)
    assert _under(house, id) == (None, "not_entitled")


def test_joining_integrators_keeps_their_customers_covered(house: House) -> None:
    house.bring_in(KONTUR)
    stays = people.save_organisation(house.desk, {"name": "Kontur Systems", "kind": "integrator"})
    people.merge_organisations(house.desk, house.kontur, stays)
    assert _under(house, _opened(house, house.rheinhof)) == ("kontur", "contract")


def test_joining_callers_covers_the_tickets_of_one_whose_organisation_nobody_knew(house: House) -> None:
    house.bring_in(STANDARDS + ALPINA + KONTUR)
    unknown, monique = (people.save_caller(house.desk, {"name": "Monique", "organisation_id": organisation})
                        for organisation in (None, house.alpina))
    id, known = _opened(house, None, caller_id=unknown), _opened(house, house.kontur, caller_id=unknown)
    people.merge_callers(house.desk, unknown, monique)
    assert _under(house, id) == ("alpina", "contract")
    assert _under(house, known) == ("kontur", "contract")
    house.desk.journal.undo(house.desk.who)
    assert _under(house, id) == (None, "not_entitled")
