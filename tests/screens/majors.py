"""A major incident on the desk of the tests: declared a while ago, with a sentence in three languages and cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from supportdesk.desk import major
from tests.screens.stand import Bench, minutes

TEXTS: Mapping[str, str] = {
    "fr": "Nous savons que le VPN est coupé. Nos techniciens y travaillent; le service revient vers 15 h.",
    "en": "We know that the VPN is down. Our technicians are on it; it will be back about 3 pm.",
    "de": "Wir wissen, dass das VPN ausgefallen ist. Unsere Techniker sind daran; es läuft um etwa 15 Uhr wieder.",
}


def declared(bench: Bench, *, title: str = "VPN", texts: Mapping[str, str] = TEXTS,
             valid_until: datetime | None = None, next_update: datetime | None = None, cases: int = 0) -> UUID:
    """A major incident declared 18 minutes ago, with so many cases; its sentence valid until 15:02, news at 14:32."""
    ticket = bench.ticket()
    hung = [bench.ticket(f"No VPN, seat {n}", caller_name=None) for n in range(1, cases + 1)]
    made = bench.say(
        major.declare_major, ticket, title=title, began_at=minutes(-21), texts=texts,
        valid_until=valid_until or minutes(60), next_update_at=next_update or minutes(30), communicator_id=bench.bea,
        cases=hung, at=minutes(-18),
    )
    return UUID(bytes=made.bytes)
