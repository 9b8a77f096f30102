"""What the exchange is asked and what it answers, without HTTP.

Asks are msgspec Structs, decoded once at the door. The entries of a push stay raw until each is decoded by
itself: one that cannot be read is rejected by name and the rest goes on. Answers are plain dicts for
``msgspec.json.encode``; documents and entries inside them are ``msgspec.Raw``, exactly as they are stored.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec

Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Large = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Token = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]


class AgentAsk(msgspec.Struct, frozen=True):
    """An agent of the console that enrols: id as UUID text."""

    id: str
    login: str


class EnrollAsk(msgspec.Struct, frozen=True):
    """``device`` is the console's own id (UUID text), ``next_n`` the n its next entry will have; ``lease`` the newest
    one it was given under that id, empty for none. A console that does not tell it keeps its id whatever others do."""

    code: str
    device: str
    name: str
    schema: int
    agents: list[AgentAsk]
    next_n: int
    lease: Token | None = None


class PushAsk(msgspec.Struct, frozen=True):
    """``entries[i]`` is the JSON of an :class:`EntryIn` with n = ``first_n`` + i; ``chain`` is that of the head the
    console saw last. To a restored server ``former[i]`` tells the seq that entry had before, 0 for none. ``erased`` is
    the number of the last erasure the console has carried out."""

    epoch: Small
    lease: Token
    first_n: Large
    schema: Small
    entries: list[msgspec.Raw]
    chain: Token | None = None
    former: list[Large] | None = None
    erased: Small = 0


class PullAsk(msgspec.Struct, frozen=True):
    """``cursors``: scope -> seq up to which the console has everything; ``chain`` of the head it saw last. ``doubtful``
    are rows that did not come again when it began a company's scope anew, each with an entry about it that it has seen:
    [row, entry]. Those that are not its part any more are answered as gone. ``erased`` as in a push."""

    epoch: Small
    cursors: dict[str, Large]
    schema: Small
    chain: Token | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 2000
    doubtful: list[tuple[Token, Token]] | None = None
    erased: Small = 0


class RecoverAsk(msgspec.Struct, frozen=True):
    """What a console knew of the server before it was restored: its ``epoch``, ``lease`` and the ``chain`` of the head
    it saw last; ``seen`` are entries it has, [seq, id], by which the server finds where its order was the same."""

    epoch: Small
    lease: Token
    schema: Small
    seen: list[tuple[Large, Token]]
    chain: Token | None = None


class SurvivorIn(msgspec.Struct, frozen=True):
    """A row as the console has it from the server that was: ``rev`` its revision there."""

    entity: Token
    id: Token
    rev: Large
    doc: dict[str, Any]


class SurvivorsAsk(msgspec.Struct, frozen=True):
    """Rows a restored server may be missing, of a console that has shown at its recovery that there were more."""

    epoch: Small
    schema: Small
    rows: list[SurvivorIn]


class ForkAsk(msgspec.Struct, frozen=True):
    """A copied console asks for an identity of its own; ``past`` of the entries it still has were written before its
    desk was enrolled."""

    epoch: Small
    name: str
    schema: Small
    past: Large


class EntryIn(msgspec.Struct):
    """One entry as it travels: UUID text, ISO 8601 instants with Z; ``fields`` name -> [from, to], still raw."""

    id: str
    action: str
    n: int
    verb: str
    entity: str
    entity_id: str
    kind: str
    base: int
    schema: int
    fields: msgspec.Raw
    at: str
    recorded_at: str
    session: str
    agent: str | None = None
    author_text: str | None = None
    batch: str | None = None
    reason: str | None = None
    clock_offset: int | None = None
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A console that has proved who it is. ``agents`` maps agent id to login; ``admins`` are those the very
    first code made admins. ``duty``: it is the server's own and runs the duties."""

    id: str
    name: str
    prefix: int
    last_n: int
    enrolled_n: int
    shared_host: bool
    agents: dict[str, str]
    admins: frozenset[str]
    shared_seq: int = 0
    duty: bool = False


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One line of ``server device list``; instants aware UTC, None for never. ``scopes`` as an admin names them."""

    id: str
    name: str
    prefix: int
    last_n: int
    schema: int
    agents: tuple[str, ...]
    shared_host: bool
    last_seen: datetime | None
    revoked_at: datetime | None
    scopes: tuple[str, ...]


class Refused(Exception):
    """The whole call is refused: HTTP answers ``status`` and {"error": {"code", "message", **more}}."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = more
