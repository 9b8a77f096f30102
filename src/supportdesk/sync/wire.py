"""What console and server say to each other: names, limits and the sum of a scope, the same on both sides.

Times are ISO 8601 with Z, ids UUID text, ``fields`` as the journal stores them (field/sync.md 2.4).
"""

from collections.abc import Iterable
from hashlib import blake2b
from uuid import UUID

ENROLL = "/v1/enroll"
PUSH = "/v1/push"
PULL = "/v1/pull"
LIVE = "/v1/live"
STATUS = "/v1/status"

OWN = "own"
"""The scope of the desk's own sites; in this version the only one."""

PUSH_ENTRIES = 1_000
PUSH_BYTES = 1024 * 1024
"""A push holds no more than either, measured before packing; actions are never split."""

PULL_ROWS = 2_000
"""Most rows of one pull; a console asks for fewer, so that nobody waits long while it takes them in."""

ENTRY = (
    "id", "action", "batch", "n", "verb", "agent", "author_text", "session", "entity", "entity_id", "kind", "base",
    "schema", "fields", "reason", "at", "recorded_at", "clock_offset", "undoes",
)
"""The columns of an entry that leave the house; a pull adds ``device`` and ``seq``."""

OK, MERGED, CONFLICT, REJECTED, DUP, LATER = "ok", "merged", "conflict", "rejected", "dup", "later"
"""What became of an entry (``r`` of a push's results)."""

_MOD = 1 << 64


def row_sum(id: UUID, rev: int) -> int:
    """What a live row adds to the sum of its scope."""
    return int.from_bytes(blake2b(id.bytes + rev.to_bytes(8, "big")).digest()[:8], "big")


def total(*parts: int) -> int:
    """Sums added up (a part that leaves is given as its negative), within 64 bits."""
    return sum(parts) % _MOD


def scope_sum(rows: Iterable[tuple[UUID, int]]) -> tuple[int, int]:
    """Sum and count of a scope's live rows (id, rev)."""
    whole = count = 0
    for id, rev in rows:
        whole += row_sum(id, rev)
        count += 1
    return whole % _MOD, count
