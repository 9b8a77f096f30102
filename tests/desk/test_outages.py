"""When a service did not run, noted by hand with a ticket."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import admin, calls
from supportdesk.desk.calls import Call
from supportdesk.desk.outages import note_outage
from supportdesk.desk.undo import undo
from supportdesk.terms.codes import OutageKind
from supportdesk.terms.errors import Invalid
from tests.desk.conftest import Small

EIGHT, NINE = (datetime(2026, 11, 21, hour, tzinfo=UTC) for hour in (8, 9))
TOMORROW = NINE + timedelta(days=1)


@pytest.fixture
def client(small: Small) -> UUID:
    """A component of a product."""
    product = admin.save(small.desk, "product", {"slug": "remote", "name": "Remote"})
    return admin.save(small.desk, "component", {"slug": "vpn", "name": "VPN", "product_id": product})


def test_an_outage_is_of_what_its_ticket_is_about_and_undone(small: Small, client: UUID) -> None:
    ticket = calls.take_call(small.desk, Call(ticket={"description": "vpn", "component_id": client})).id
    row = small.row("outage", note_outage(small.desk, ticket, EIGHT, NINE, reason=" power "))
    assert (row["component_id"], row["product_id"]) == (client, small.row("component", client)["product_id"])
    assert (row["began_at"], row["ended_at"], row["kind"], row["reason"]) == (EIGHT, NINE, OutageKind.OUTAGE, "power")
    undo(small.desk)
    assert small.row("outage", row["id"])["retired_at"] is not None


def test_a_product_said_is_not_the_component_of_the_ticket(small: Small, client: UUID) -> None:
    mail = admin.save(small.desk, "product", {"slug": "mail", "name": "Mail"})
    ticket = calls.take_call(small.desk, Call(ticket={"description": "vpn", "component_id": client})).id
    row = small.row("outage", note_outage(small.desk, ticket, EIGHT, product_id=mail))
    assert (row["component_id"], row["product_id"], row["ended_at"]) == (None, mail, None)


def test_maintenance_may_be_to_come_and_an_outage_not(small: Small, client: UUID) -> None:
    ticket = small.call().id
    note_outage(small.desk, ticket, NINE, TOMORROW, kind=OutageKind.MAINTENANCE, component_id=client)
    with pytest.raises(Invalid, match="maintenance"):
        note_outage(small.desk, ticket, NINE, TOMORROW, component_id=client)


@pytest.mark.parametrize(("began", "more", "says"), [
    (NINE, {"ended_at": EIGHT}, "ended before it began"), (EIGHT, {"ended_at": EIGHT}, "ended before it began"),
    (EIGHT, {}, "Say which product"), (EIGHT, {"reason": "x" * 501}, "at most 500"),
])
def test_what_cannot_be_is_refused(small: Small, began: datetime, more: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid, match=says):
        note_outage(small.desk, small.call().id, began, **more)
    assert small.count("outage") == 0
