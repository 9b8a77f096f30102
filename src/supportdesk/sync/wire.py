"""What console and server say to each other: names, limits and the sum of a scope, the same on both sides.

Times are ISO 8601 with Z, ids UUID text, ``fields`` as the journal stores them (field/sync.md 2.4).
"""

from hashlib import blake2b

from supportdesk.rules.sums import row_sum, scope_sum, total
from supportdesk.terms.entries import WIRE as ENTRY

__all__ = ["ENTRY", "row_sum", "scope_sum", "total"]

ENROLL = "/v1/enroll"
PUSH = "/v1/push"
PULL = "/v1/pull"
LIVE = "/v1/live"
STATUS = "/v1/status"
RECOVER = "/v1/recover"
SURVIVORS = "/v1/survivors"
FORK = "/v1/fork"
TICKET = "/v1/ticket"


def wipe_order(secret: str, server: str) -> str:
    """What a server adds to its refusal when a revoked console is to delete its desk: nobody makes it without the
    secret of that console."""
    return blake2b(f"wipe {server}".encode(), key=blake2b(secret.encode()).digest(), digest_size=16).hexdigest()


OWN = "own"
"""The scope of the desk's own sites."""

WINDOW = "own:"
"""Begins the scope of the desk's own sites of which closed tickets leave after so many days."""

ASKED = "asked"
"""The scope under which a desk keeps the old tickets it asked for by number. Nothing of it is ever pulled: a ticket
that changes comes back into the window."""

PUSH_ENTRIES = 1_000
PUSH_BYTES = 1024 * 1024
"""A push holds no more than either, measured before packing; actions are never split."""

DOUBTFUL_ROWS = 500
"""Rows a company's console asks about at once, whether they are its part still."""

SURVIVOR_ROWS = 500
"""Rows a console offers to a restored server at once."""

PULL_ROWS = 2_000
"""Most rows of one pull; a console asks for fewer, so that nobody waits long while it takes them in."""

OK, MERGED, CONFLICT, REJECTED, DUP, LATER = "ok", "merged", "conflict", "rejected", "dup", "later"
"""What became of an entry (``r`` of a push's results)."""
