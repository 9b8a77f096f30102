"""The availability of services as other tools read it: all it is computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supportdesk.cli.shapes import at, code
from supportdesk.desk.availability_words import percent_words
from supportdesk.rules.zones import SECOND_US

if TYPE_CHECKING:
    from supportdesk.desk.availability import ContractMonth, ServiceMonth
    from supportdesk.rules.business_time import Span

Shape = dict[str, Any]


def contract_month(of: ContractMonth) -> Shape:
    """A month: the ``agreed`` spans of a service less those ``counted`` as outage are what it ran."""
    year, number = of.month
    return {
        "contract": of.slug, "name": of.name, "month": f"{year}-{number:02}", "zone": of.zone.key,
        "from": at(of.within[0]), "to": at(of.within[1]), "lasts": of.lasts,
        "services": [_service(each) for each in of.services],
    }


def _service(of: ServiceMonth) -> Shape:
    found = of.figures
    longest = found.longest
    return {
        "service": of.service, "known": of.known,
        "percent": None if found.percent is None else float(percent_words(found.percent)),
        "promised_percent": float(of.percent), "agreed_s": found.agreed // SECOND_US, "down_s": found.down // SECOND_US,
        "longest_s": longest.amount // SECOND_US if longest else 0,
        "longest": longest and [at(longest.span[0]), at(longest.span[1])],
        "promised_longest_s": None if of.longest is None else of.longest // SECOND_US, "kept": of.kept,
        "agreed": _spans(found.opened), "counted": _spans(found.counted),
        "outages": [
            {"id": line.id, "kind": line.kind, "from": at(line.began_us), "to": at(line.ended_us),
             "ticket": code(line.ticket), "reason": line.reason or None} for line in of.outages
        ],
    }


def _spans(spans: tuple[Span, ...]) -> list[list[Any]]:
    return [[at(since), at(until)] for since, until in spans]
