"""Records merged crosswise: one site makes A part of B, another B part of A, or more of them in a ring. The first to
arrive stands; what would close the ring is refused whole, so that a record is always part of one that stays."""

from collections.abc import Callable, Iterable

from supportdesk.i18n import N_
from supportdesk.server.reading import Read

CROSSED = N_("These were merged the other way round meanwhile. This merge changed nothing.")
INTO = "merged_into_id"


def crossed(reads: Iterable[Read], into: Callable[[str], str | None]) -> set[str]:
    """The actions that would make a record, by whatever ways, part of itself. ``into(id)`` is what the server's record
    was merged into; what these entries themselves merge counts as well."""
    found: set[str] = set()
    here: dict[str, str] = {}
    for read in reads:
        entry, to = read.entry, (read.pairs or {}).get(INTO, (None, None))[1]
        if entry is None or to is None:
            continue
        at, met = to, set()
        while at is not None and at != entry.entity_id and at not in met:
            met.add(at)
            at = here[at] if at in here else into(at)
        if at == entry.entity_id:
            found.add(entry.action)
        else:
            here[entry.entity_id] = to
    return found
