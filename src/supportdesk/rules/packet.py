"""The packet of a handoff: what a receiver needs to start (DOMAIN.md rules of the trade)."""

from collections.abc import Mapping

PARTS = ("request", "tried", "reproduce", "environment", "impact", "since", "availability", "promised", "evidence")
"""In the order a receiver reads them."""

REQUIRED = ("request", "tried", "impact")
"""Without these an offer needs a reason for going incomplete."""


def filled(packet: Mapping[str, str]) -> int:
    """How many parts say something."""
    return sum(1 for part in PARTS if (packet.get(part) or "").strip())


def missing(packet: Mapping[str, str]) -> tuple[str, ...]:
    """Required parts that are empty."""
    return tuple(part for part in REQUIRED if not (packet.get(part) or "").strip())
