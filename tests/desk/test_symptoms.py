"""Many callers with one symptom raise the question "major incident?", with its reason, until somebody has answered."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from supportdesk.desk import admin, calls, major, people, symptoms, tickets
from supportdesk.desk.calls import Call
from supportdesk.rules.major import WINDOW_US
from supportdesk.store.drafts import Drafts
from supportdesk.store.instants import micros
from supportdesk.store.views.symptoms import Suspicion, suspicion, suspicions
from tests.desk.conftest import Small

UNTIL = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


@pytest.fixture
def vpn(small: Small) -> UUID:
    product = admin.save(small.desk, "product", {"slug": "remote", "name": "Remote access"})
    return admin.save(small.desk, "component", {"slug": "vpn", "name": "VPN", "product_id": product})


@pytest.fixture
def drafts(small: Small) -> Iterator[Drafts]:
    opened = Drafts(small.desk.path)
    yield opened
    opened.close()


def reported(small: Small, vpn: UUID, *names: str, **more: object) -> list[UUID]:
    return [calls.take_call(small.desk, Call(ticket={"description": "vpn", "component_id": vpn, "caller_name": name,
                                                     **more})).id for name in names]


def question(small: Small, vpn: UUID) -> Suspicion | None:
    return suspicion(small.desk.reader, vpn, micros(small.clock()))


def test_the_fifth_caller_raises_it_and_it_says_why(small: Small, vpn: UUID) -> None:
    reported(small, vpn, "Kern", "Roch", "Favre", "Perret", "kern", organisation_name="Alpina")
    assert question(small, vpn) is None
    reported(small, vpn, "Blanc")
    found = question(small, vpn)
    assert found is not None
    assert (found.symptom.callers, found.symptom.sites, found.component) == (5, 1, "Remote access > VPN")
    assert (len(found.tickets), found.organisations) == (6, ("Alpina",))
    said = symptoms.question_said(found, micros(small.clock()), ZoneInfo("Europe/Zurich"))
    assert said == "5 callers since 10:00: Remote access > VPN. Is it a major incident?"
    assert suspicions(small.desk.reader, micros(small.clock())) == (found,)


def test_three_sites_raise_it_before_there_are_five_callers(small: Small, vpn: UUID) -> None:
    for name in ("Alpina Sion", "Alpina Brig", "Alpina Visp"):
        organisation = people.save_organisation(small.desk, {"name": name})
        reported(small, vpn, f"Frau {name}", organisation_id=organisation)
    found = question(small, vpn)
    assert found is not None
    assert found.symptom.by_sites
    assert symptoms.question_said(found, micros(small.clock()), ZoneInfo("UTC")).startswith(
        "3 callers from 3 organisations since 09:00")


def test_requests_cancelled_tickets_and_other_components_do_not_count(small: Small, vpn: UUID) -> None:
    fax = admin.save(small.desk, "component", {"slug": "fax", "name": "Fax"})
    reported(small, vpn, "a", "b", "c", "d")
    reported(small, vpn, "e", type="request")
    reported(small, fax, "f")
    tickets.cancel(small.desk, reported(small, vpn, "g"), "by mistake")
    assert question(small, vpn) is None


def test_it_is_silent_once_declared_and_again_after_the_end_until_five_new_ones_call(small: Small, vpn: UUID) -> None:
    some = reported(small, vpn, "a", "b", "c", "d", "e")
    found = question(small, vpn)
    assert found is not None
    id = major.declare_major(small.desk, some[0], title="VPN", began_at=small.clock(), texts={"fr": "x"},
                             valid_until=UNTIL, cases=[each for each, _number in found.tickets])
    reported(small, vpn, "f", "g", "h", "i", "j")
    assert question(small, vpn) is None
    assert suspicions(small.desk.reader, micros(small.clock())) == ()
    tickets.solve(small.desk, [small.row("major_incident", id)["ticket_id"]], "restarted", told=True)
    found = question(small, vpn)
    assert found is not None
    assert found.symptom.callers == 5


def test_a_major_incident_of_the_whole_product_answers_for_its_components(small: Small, vpn: UUID) -> None:
    reported(small, vpn, "a", "b", "c", "d", "e")
    product = small.row("component", vpn)["product_id"]
    other = small.call().id
    major.declare_major(small.desk, other, title="all", began_at=small.clock(), texts={"fr": "x"}, valid_until=UNTIL,
                        product_id=product)
    assert question(small, vpn) is None


def test_half_an_hour_later_nobody_is_asked_any_more(small: Small, vpn: UUID) -> None:
    reported(small, vpn, "a", "b", "c", "d", "e")
    small.clock.now += timedelta(microseconds=WINDOW_US)
    assert question(small, vpn) is None
    assert suspicions(small.desk.reader, micros(small.clock())) == ()


def test_a_no_holds_for_every_console_until_the_next_caller(small: Small, vpn: UUID, drafts: Drafts) -> None:
    reported(small, vpn, "a", "b", "c", "d", "e")
    now = micros(small.clock())
    found = symptoms.asked_of(small.desk.reader, drafts, vpn, now)
    assert found is not None
    assert symptoms.asked(small.desk.reader, drafts, now) == (found,)
    symptoms.say_no(drafts, found, now)
    other = Drafts(small.desk.path)
    assert symptoms.asked(small.desk.reader, other, now) == ()
    assert symptoms.asked_of(small.desk.reader, other, vpn, now) is None
    reported(small, vpn, "f")
    assert symptoms.asked_of(small.desk.reader, other, vpn, micros(small.clock())) is not None
    assert symptoms.asked_of(small.desk.reader, other, None, now) is None
    other.close()


def test_every_component_is_a_seek_in_an_index_and_reads_a_bounded_number_of_tickets(small: Small, vpn: UUID) -> None:
    from supportdesk.store.views import symptoms as view

    for sql, values in ((view._BUSY, (0, 1)), (view._REPORTS, ("", b"", 0, 1, "", ""))):
        plan = " ".join(row[3] for row in small.desk.reader.execute(f"EXPLAIN QUERY PLAN {sql}", values))
        assert "USING INDEX ticket_component (component_id=? AND created_at>? AND created_at<?)" in plan.replace(
            "COVERING ", "")
        assert "SCAN t" not in plan
