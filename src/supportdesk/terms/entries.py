"""Entry: one immutable line of the journal (DESIGN.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from supportdesk.terms.codes import EntryKind, EntryState

SCHEMA = 3
"""Version of the entries written now; older ones are up-converted where they enter (rules/schema). It grows with every
release that writes what the one before does not know: a verb, an entity, a field, a code.

1: the first exchange. 2: the duties' verbs (remind_handoff, bring_back), erasing a person (erase,
``erased_at``), the conflict state ``edited``. 3: versions of calendars and contracts, the contract a ticket stands
under (``choose_contract``), promises that were not kept (``breach``, ``explain_breach``), shifts
(``shift`` and its four verbs), the outcomes ``no_answer``, ``busy`` and ``later``, versions of the matrix, when a
ticket is needed by, major incidents (``major_incident``, ``statement``, ``told``, ``outage`` and their verbs, the link
``hangs_on``). Nothing older is written otherwise."""

SHOWN = 3
"""A console so many versions behind its server is still shown rows. Its entries are taken however old it is."""

OLDEST = max(1, SCHEMA - SHOWN)

WIRE = (
    "id", "action", "batch", "n", "verb", "agent", "author_text", "session", "entity", "entity_id", "kind", "base",
    "schema", "fields", "reason", "at", "recorded_at", "clock_offset", "undoes",
)
"""What of an entry leaves the house; the server adds ``device`` and ``seq``."""


@dataclass(frozen=True, slots=True)
class Entry:
    """``fields`` maps name to [from, to] in wire form (UUID text, ISO 8601 Z); instants are aware UTC.

    ``at`` is when it happened, ``recorded_at`` when it was written here; ``n`` orders one device's entries."""

    id: UUID
    action: UUID
    n: int
    verb: str
    entity: str
    entity_id: UUID
    kind: EntryKind
    fields: Mapping[str, tuple[Any, Any]]
    at: datetime
    recorded_at: datetime
    device: UUID
    session: UUID
    agent: UUID | None = None
    author_text: str | None = None
    batch: UUID | None = None
    base: int = 0
    schema: int = SCHEMA
    reason: str | None = None
    clock_offset: int | None = None
    undoes: UUID | None = None
    state: EntryState = EntryState.LOCAL
    seq: int | None = None
