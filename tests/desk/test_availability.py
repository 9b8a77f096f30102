"""Outages as they are noted, corrected and ended, and the availability of a contract's services they come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import admin, agreeing, calls, outages, people, setup, tickets
from supportdesk.desk.availability import ContractMonth, ServiceMonth, contract_month, month_of
from supportdesk.desk.availability_words import month_words
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.types import micros, uuid7
from supportdesk.store.views.agreed import kept_contracts
from supportdesk.terms.codes import OutageKind
from supportdesk.terms.errors import Changed, Invalid

NOW = datetime(2026, 3, 18, 11, 0, tzinfo=UTC)
"""A Wednesday, 12:00 in Zürich."""
HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000

TERMS = """
[[calendar]]
slug = "hours"
[[calendar.version]]
zone = "Europe/Zurich"
weekly.mon = [["08:00", "12:00"], ["13:00", "17:00"]]
weekly.tue = [["08:00", "12:00"], ["13:00", "17:00"]]
weekly.wed = [["08:00", "12:00"], ["13:00", "17:00"]]
weekly.thu = [["08:00", "12:00"], ["13:00", "17:00"]]
weekly.fri = [["08:00", "12:00"], ["13:00", "17:00"]]
[[contract]]
slug = "gold"
name = "Gold"
organisation = "Alpina"
[[contract.version]]
calendar = "hours"
[[contract.version.availability]]
service = "VPN"
percent = 99
longest_outage = "1 h"
maintenance = "Sundays"
[[contract.version.availability]]
service = "mail > imap"
percent = 98.5
[[contract.version.availability]]
service = "Fax"
percent = 90
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(setup, "article_images", lambda: iter(()))
    setup.init(tmp_path / "desk.db", login=os_login(), zone="Europe/Zurich", region="CH", lang="en",
               now=NOW - 100 * 24 * HOUR)
    made = Desk(tmp_path / "desk.db", clock=lambda: NOW)
    people.save_organisation(made, {"name": "Alpina"})
    people.save_organisation(made, {"name": "Kontur"})
    for slug in ("vpn", "mail"):
        admin.save(made, "product", {"slug": slug, "name": slug.upper() if slug == "vpn" else "Mail"})
    mail = of(made, "product", "mail")
    store = admin.save(made, "component", {"slug": "store", "name": "store", "product_id": mail})
    admin.save(made, "component", {"slug": "imap", "name": "imap", "product_id": mail, "parent_id": store})
    admin.save(made, "component", {"slug": "smtp", "name": "smtp", "product_id": mail})
    admin.save(made, "component", {"slug": "gate", "name": "gate", "product_id": of(made, "product", "vpn")})
    assert not agreeing.bring_in(made, TERMS).problems
    return made


def of(desk: Desk, entity: str, slug: str) -> UUID:
    return UUID(bytes=desk.reader.execute(f"SELECT id FROM {entity} WHERE slug = ?", (slug,)).fetchone()[0])


def month(desk: Desk, text: str = "", now: datetime = NOW) -> ContractMonth:
    (gold,) = [each.id for each in kept_contracts(desk.reader) if each.slug == "gold"]
    found = contract_month(desk.reader, gold, micros(now), month_of(text) if text else None)
    assert found is not None
    return found


def service(desk: Desk, name: str = "VPN", **how: Any) -> ServiceMonth:
    return next(each for each in month(desk, **how).services if each.service == name)


def noted(desk: Desk, began: float, ended: float | None, **what: Any) -> UUID:
    """So many hours from NOW, of VPN unless it says otherwise."""
    given = {"product_id": of(desk, "product", "vpn")} if not what.keys() & {"product_id", "component_id"} else {}
    return outages.note_outage(desk, what.pop("ticket", None), NOW + began * HOUR,
                               None if ended is None else NOW + ended * HOUR, **given, **what)


# -- noting


@pytest.mark.parametrize(("began", "ended", "kind", "field"), [
    (-2, -3, OutageKind.OUTAGE, "ended_at"), (-2, -2, OutageKind.OUTAGE, "ended_at"),
    (1, None, OutageKind.OUTAGE, "began_at"), (-2, 1, OutageKind.OUTAGE, "began_at"),
    (1, None, OutageKind.MAINTENANCE, "ended_at"), (3, 1, OutageKind.MAINTENANCE, "ended_at"),
])
def test_what_cannot_have_been_is_refused_and_nothing_is_saved(desk: Desk, began: float, ended: float | None,
                                                               kind: OutageKind, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        noted(desk, began, ended, kind=kind)
    assert refused.value.field == field
    assert desk.reader.execute("SELECT count(*) FROM outage").fetchone() == (0,)


def test_without_a_ticket_it_says_what_did_not_run(desk: Desk) -> None:
    gate = of(desk, "component", "gate")
    id = outages.note_outage(desk, None, NOW - HOUR, component_id=gate)
    assert desk.reader.execute("SELECT product_id FROM outage WHERE id = ?", (id.bytes,)).fetchone() == (
        of(desk, "product", "vpn").bytes,)
    with pytest.raises(Invalid, match="what did not run"):
        outages.note_outage(desk, None, NOW - HOUR)


def test_it_is_ended_once_and_corrected_afterwards(desk: Desk) -> None:
    id = noted(desk, -2, None)
    outages.end_outage(desk, id, NOW - HOUR)
    with pytest.raises(Invalid, match="ended already"):
        outages.end_outage(desk, id)
    with pytest.raises(Invalid, match="before it began"):
        outages.correct_outage(desk, id, {"began_at": NOW - HOUR})
    with pytest.raises(Changed):
        outages.correct_outage(desk, id, {"ended_at": NOW}, seen={"ended_at": None})
    outages.correct_outage(desk, id, {"began_at": NOW - 4 * HOUR})
    assert service(desk).figures.down == 3 * HOUR_US
    outages.withdraw_outage(desk, id)
    assert service(desk).figures.down == 0
    desk.journal.undo(desk.who)
    assert service(desk).figures.down == 3 * HOUR_US


# -- what counts


def test_the_month_so_far_counts_up_to_now_and_what_goes_on_with_it(desk: Desk) -> None:
    """From 2 March to Wednesday the 18th at 12:00 there were 12 whole working days of 8 hours, and 4 hours."""
    noted(desk, -1.5, None)
    found = service(desk)
    assert (found.figures.agreed, found.figures.down) == (100 * HOUR_US, 3 * HOUR_US // 2)
    assert (found.figures.percent, found.kept) == (Fraction(197, 2), False)
    assert month(desk).lasts
    assert service(desk, now=NOW + 20 * HOUR).figures.down == 3 * HOUR_US // 2 + 4 * HOUR_US  # 13-17, and the morning


def test_a_month_that_is_over_is_whole(desk: Desk) -> None:
    noted(desk, -24 * 25, -24 * 25 + 2)  # 21 February, a Saturday
    noted(desk, -24 * 26, -24 * 26 + 2)
    found = service(desk, text="2026-02")
    assert (found.figures.agreed, found.figures.down) == (160 * HOUR_US, HOUR_US)  # 12:00-14:00 with the lunch break
    assert (found.figures.percent, found.kept) == (Fraction(15900, 160), True)
    assert not month(desk, text="2026-02").lasts


def test_overlapping_outages_count_once_and_maintenance_not_at_all(desk: Desk) -> None:
    noted(desk, -4, -2)
    noted(desk, -3, -1)
    noted(desk, -2, 1, kind=OutageKind.MAINTENANCE)
    found = service(desk)
    assert (found.figures.agreed, found.figures.down) == (98 * HOUR_US, 2 * HOUR_US)
    assert found.figures.longest is not None
    assert (found.figures.longest.amount, found.kept) == (2 * HOUR_US, False)


def test_a_component_falls_with_what_it_is_part_of_and_a_product_with_its_parts(desk: Desk) -> None:
    for component, down in (("smtp", 0), ("imap", 1), ("store", 1)):
        id = noted(desk, -1, None, component_id=of(desk, "component", component))
        assert service(desk, "mail > imap").figures.down == down * HOUR_US, component
        outages.withdraw_outage(desk, id)
    noted(desk, -1, None, product_id=of(desk, "product", "mail"))
    assert service(desk, "mail > imap").figures.down == HOUR_US
    noted(desk, -2, -1, component_id=of(desk, "component", "gate"))
    assert service(desk).figures.down == HOUR_US


def test_an_incident_of_one_customer_counts_for_him_and_a_major_incident_for_everybody(desk: Desk) -> None:
    def ticket(organisation: str) -> UUID:
        (id,) = desk.reader.execute("SELECT id FROM organisation WHERE name = ?", (organisation,)).fetchone()
        return calls.open_ticket(desk, {"title": "VPN", "organisation_id": UUID(bytes=id)}).id

    theirs, ours = ticket("Kontur"), ticket("Alpina")
    noted(desk, -1, None, ticket=theirs)
    assert service(desk).figures.down == 0
    noted(desk, -0.5, None, ticket=ours)
    assert service(desk).figures.down == HOUR_US // 2
    with desk.journal.action("declare_major", desk.who) as act:
        act.create("major_incident", {"ticket_id": theirs, "began_at": act.at, "declared_at": act.at}, uuid7())
    assert service(desk).figures.down == HOUR_US
    tickets.cancel(desk, [theirs], "by mistake")
    assert service(desk).figures.down == HOUR_US // 2


def test_what_the_catalogue_does_not_know_is_said_so(desk: Desk) -> None:
    assert not service(desk, "Fax").known
    said = "\n".join(month_words(month(desk)))
    assert "The catalogue knows no product and no component Fax" in said


def test_the_hours_of_each_version_count_from_its_date(desk: Desk) -> None:
    assert not agreeing.bring_in(desk, TERMS + """
[[contract.version]]
from = 2026-03-19
calendar = "always"
availability = [{ service = "VPN", percent = 50 }]
""").problems
    later = datetime(2026, 3, 20, 23, 0, tzinfo=UTC)
    found = service(desk, now=later)
    assert (found.figures.agreed, found.percent) == (104 * HOUR_US + 48 * HOUR_US, Fraction(50))
    assert service(desk).percent == Fraction(99)


def test_the_sentences_tell_it_all(desk: Desk) -> None:
    noted(desk, -3, -1, reason="the line was cut")
    noted(desk, -2, None)
    said = month_words(month(desk))
    assert said[:6] == [
        "2026-03, up to now (Europe/Zurich):",
        "VPN: ran 97 % of the agreed time, promised are 99 %: not kept.",
        "Agreed 100 h, not running 3 h of them.",
        "Longest outage: 3 h, promised are 1 h at most: not kept.",
        "Outage we 18.03.2026 09:00 - we 18.03.2026 11:00, the line was cut.",
        "Outage we 18.03.2026 10:00 - goes on.",
    ]


def test_nothing_promised_is_said_in_a_sentence(desk: Desk) -> None:
    later = "[[contract.version]]\nfrom = 2026-03-18\ncalendar = 'hours'\n"
    assert not agreeing.bring_in(desk, TERMS + later).problems
    assert month_words(month(desk)) == ["No availability is promised for 2026-03."]


@pytest.mark.parametrize("text", ["2026-13", "March", "2026-3", "0000-01", "2026-03-01", ""])
def test_a_month_is_written_one_way(text: str) -> None:
    with pytest.raises(Invalid, match="2026-03"):
        month_of(text)


def test_a_month_to_come_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid, match="not begun"):
        month(desk, "2026-04")


