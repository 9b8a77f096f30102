"""Shape of the tables of record: what an entity's fields are and what a verb may write.

Merge, exchange, rights, erasure, docs, palette and the property tests read these tables
(DESIGN.md 3). A new entity or verb is covered by registering it; a test fails when it is not.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from supportdesk.terms.codes import Merge


class Form(StrEnum):
    """How a value looks in Python, in the database and on the wire."""

    TEXT = "text"  # str
    INT = "int"  # int
    BOOL = "bool"  # bool, INTEGER 0/1
    REF = "ref"  # uuid.UUID, BLOB(16), UUID text
    INSTANT = "instant"  # aware datetime UTC, INTEGER microseconds, ISO 8601 Z
    JSON = "json"  # list or dict, JSON text
    SET = "set"  # sorted tuple of str, JSON text; changed by add and remove
    REFS = "refs"  # sorted tuple of uuid.UUID, JSON text; indexed in table "reference"


class Scope(StrEnum):
    """Which companies' consoles hold the rows (DESIGN.md 5)."""

    OWN = "own"  # the desk's own sites only
    ALL = "all"  # master data every scope needs
    TICKET = "ticket"  # wherever the ticket has a part
    RIDES = "rides"  # rides with what names it; an agent also where he works
    AGENT = "agent"  # where its agent works


class View(StrEnum):
    """How much of a row a company sees (DESIGN.md 5)."""

    WHOLE = "whole"  # every field
    PART = "part"  # what one needs to work on a case: no remarks, no note meant for one's own house


class Field(NamedTuple):
    """One shared field. ``ref`` names the entity a REF or REFS points to, ``view`` the least view that shows it."""

    name: str
    form: Form = Form.TEXT
    merge: Merge = Merge.OFFER
    personal: bool = False
    ref: str | None = None
    view: View = View.PART


class Entity(NamedTuple):
    """One kind of shared row. ``withdrawn`` is what undoing its creation sets (no verb deletes a row)."""

    name: str
    fields: tuple[Field, ...]
    scope: Scope
    withdrawn: tuple[str, object] = ("retired_at", "now")
    starter: bool = False  # rows may come with the product, as images (DESIGN.md 3 Identity)

    def field(self, name: str) -> Field:
        return _BY_NAME[self.name][name]

    @property
    def by_name(self) -> Mapping[str, Field]:
        return _BY_NAME[self.name]


_BY_NAME: dict[str, dict[str, Field]] = {}


def register(entity: Entity) -> Entity:
    """Index an entity's fields; every entity also carries ``retired_at``."""
    _BY_NAME[entity.name] = {f.name: f for f in entity.fields}
    return entity


class Verb(NamedTuple):
    """One verb of support work: what it may write and who may say it.

    ``writes`` maps entity to the fields it may set; an empty tuple means every field (a create).
    ``undoable`` is False only for what left the house; ``why_not`` is then the sentence ``u`` shows.
    ``label`` is the sentence's name in lists (message id), ``duty`` verbs are said by no person.
    """

    name: str
    writes: Mapping[str, tuple[str, ...]]
    label: str
    undoable: bool = True
    why_not: str = ""
    duty: bool = False
    batch: bool = False
