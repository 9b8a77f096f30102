"""The sum of a scope: by one number two sites know that they hold the same rows at the same revisions."""

from collections.abc import Iterable
from hashlib import blake2b
from uuid import UUID

_MOD = 1 << 64


def row_sum(id: UUID, rev: int) -> int:
    """What a live row adds to the sum of its scope."""
    return raw_sum(id.bytes, rev)


def raw_sum(id: bytes, rev: int) -> int:
    """As :func:`row_sum`, of the sixteen bytes of an id."""
    return int.from_bytes(blake2b(id + rev.to_bytes(8, "big")).digest()[:8], "big")


def total(*parts: int) -> int:
    """Sums added up (what leaves is given as its negative), within 64 bits."""
    return sum(parts) % _MOD


def scope_sum(rows: Iterable[tuple[UUID, int]]) -> tuple[int, int]:
    """Sum and count of a scope's live rows (id, rev)."""
    whole = count = 0
    for id, rev in rows:
        whole += row_sum(id, rev)
        count += 1
    return whole % _MOD, count
