"""What a dry run says will move is what moves, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from supportdesk.desk import agreeing, calls
from supportdesk.desk.agreement_preview import preview
from supportdesk.desk.promises import promises_of
from supportdesk.store.instants import micros
from tests.agreements.conftest import NOW, House
from tests.agreements.files import ALPINA, GENEVA, STANDARDS

TEXT = GENEVA + (STANDARDS + ALPINA).replace('"office"', '"geneva"')


def _dues(house: House, ids: list) -> dict:
    now = micros(NOW + timedelta(hours=1))
    return {(id, promise.kind.value): promise.clock.due
            for id, found in promises_of(house.desk.reader, ids, now).items() for promise in found}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=st.sampled_from(["1 h", "2 h", "3 h", "40 h"]), opens=st.sampled_from(["06:00", "08:00", "09:30"]),
       holiday=st.sampled_from(["2026-11-23", "2026-11-30", "2027-02-02"]))
def test_the_preview_is_what_then_happens(new_house, target: str, opens: str, holiday: str) -> None:
    house = new_house()
    house.bring_in(TEXT)
    house.desk.clock = lambda: NOW + timedelta(hours=1)
    ids = [calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina, "impact": impact,
                                          "urgency": 1}).id for impact in (1, 2, 3)]
    changed = TEXT + f"[[contract.version]]\nfrom = 2026-11-21\ntargets.P1.solution = '{target}'\nincidents = 20\n" + (
        f"[[calendar]]\nslug = 'geneva'\n[[calendar.version]]\nfrom = 2026-11-21\nzone = 'Europe/Zurich'\n"
        f"holidays = ['{holiday}']\nweekly.mon = [['{opens}', '18:00']]\n")
    changed = changed.replace(GENEVA, "", 1)
    rows, entries, before = house.rows(), house.entries(), _dues(house, ids)
    told, moved, _reranked = preview(house.desk, changed)
    assert told.problems == ()
    assert (house.rows(), house.entries(), _dues(house, ids)) == (rows, entries, before)
    assert agreeing.bring_in(house.desk, changed).writes == told.writes
    after = _dues(house, ids)
    numbers = dict(house.desk.reader.execute("SELECT id, number FROM ticket").fetchall())
    assert sorted((each.number, each.kind, each.was, each.will) for each in moved) == sorted(
        (numbers[key[0].bytes], key[1], before.get(key), after.get(key))
        for key in {**before, **after} if before.get(key) != after.get(key))
    house.desk.close()


def test_a_change_that_moves_something_is_told_so(house: House) -> None:
    house.bring_in(TEXT)
    calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": house.alpina, "impact": 1, "urgency": 1})
    _plan, moved, _reranked = preview(
        house.desk, TEXT + "[[contract.version]]\nfrom = 2026-11-21\ntargets.P1.solution = '1 h'\n")
    (one,) = [each for each in moved if each.kind == "solution"]
    assert (one.was, one.will) == (micros(NOW) + 7_200_000_000, micros(NOW) + 3_600_000_000)


def test_only_tickets_under_what_changes_are_looked_at(house: House) -> None:
    house.bring_in(TEXT + ALPINA.replace('"alpina"', '"other"').replace('"Alpina"', '"Kontur"'))
    for organisation in (house.alpina, house.kontur, None):
        calls.open_ticket(house.desk, {"title": "VPN", "organisation_id": organisation, "impact": 1, "urgency": 1})
    changed = TEXT + "[[contract.version]]\nfrom = 2026-11-21\ntargets.P1.solution = '1 h'\n"
    _plan, moved, _reranked = preview(house.desk, changed)
    assert len({each.number for each in moved}) == 1
