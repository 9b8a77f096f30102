"""What the exchange answers, as the OpenAPI document describes it. The tests read every real answer into these."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from supportdesk.server.shapes import EntryIn


class Head(msgspec.Struct):
    """The newest point of the server's order; ``chain`` proves the way there."""

    epoch: int
    seq: int
    chain: str


class EnrollAnswer(msgspec.Struct):
    """``secret`` goes into ``Authorization: Bearer`` of every later call; ``prefix`` begins the ticket numbers.
    ``device`` is another id than the one asked for where somebody else goes by that one: what the console has under
    its own it sends under this one, with the same n."""

    server: str
    epoch: int
    device: str
    secret: str
    lease: str
    prefix: int
    scopes: list[str]


class EntryResult(msgspec.Struct, omit_defaults=True):
    """What became of one entry: ``seq`` where it stands now, ``reason`` an English sentence for its
    author, ``field`` what it is about."""

    id: str
    n: int
    r: Literal["ok", "merged", "conflict", "rejected", "dup", "later"]
    seq: int | None = None
    reason: str | None = None
    field: str | None = None


class PushAnswer(msgspec.Struct):
    """``lease`` is to be sent with the next push."""

    lease: str
    head: Head
    results: list[EntryResult]


class ScopeState(msgspec.Struct):
    """``seq`` is the new cursor, ``sum`` the checksum over the scope's ``count`` live rows (64 bits, decimal)."""

    seq: int
    sum: int | str
    count: int
    more: bool


class PulledRow(msgspec.Struct):
    """A row as it stands now; ``doc`` null: gone from this scope."""

    scope: str
    seq: int
    entity: str
    id: str
    rev: int
    doc: dict[str, Any] | None = None


class PulledEntry(EntryIn, kw_only=True):
    """A confirmed entry with its place in the order and the device that made it."""

    device: str
    seq: int


class ErasureOrder(msgspec.Struct):
    """A person who was erased: ids of his records, and digests of his words ([kind, size, digest of the first word or
    last digits, digest of all], BLAKE2b with ``id`` as key). A console carries it out before it takes the rows, and
    tells ``number`` from then on."""

    id: str
    number: int
    persons: list[str]
    words: list[tuple[str, int, str, str]]
    done_at: str


class PullAnswer(msgspec.Struct, omit_defaults=True):
    """Rows in order of ``seq``; the entries behind them; ``erasures`` the console has not carried out yet. ``schema``
    is the version of entries the server knows."""

    schema: int
    head: Head
    scopes: dict[str, ScopeState]
    rows: list[PulledRow]
    entries: list[PulledEntry]
    erasures: list[ErasureOrder] = []


class RecoverAnswer(msgspec.Struct):
    """``last_n`` is the newest entry the server holds of the device: what comes after it is to be sent again, unless it
    is ``whole``. ``shared`` is the place up to which the order is the one the device knows, ``survivors`` whether it
    may offer rows that are newer; ``chain`` the head it saw last as it is told now, if it is ``whole``."""

    server: str
    epoch: int
    lease: str
    last_n: int
    whole: bool
    shared: int
    survivors: bool
    chain: str | None


class SurvivorsAnswer(msgspec.Struct):
    """How many of the rows the server was missing, or parts of."""

    taken: int


class ForkAnswer(msgspec.Struct):
    """The identity of the copy; its entries begin with n = 1."""

    device: str
    server: str
    epoch: int
    secret: str
    lease: str
    prefix: int


class TicketAnswer(msgspec.Struct):
    """A ticket with what hangs on it, and its history; ``scope`` is `asked`."""

    rows: list[PulledRow]
    entries: list[PulledEntry]


class SchemaRange(msgspec.Struct):
    min: int
    max: int


class StatusAnswer(msgspec.Struct):
    """``last_n`` is the number of the newest entry the server holds of the asking device."""

    server: str
    head: Head
    last_n: int
    schema: SchemaRange


class Health(msgspec.Struct):
    status: Literal["ok"]


class Fault(msgspec.Struct, omit_defaults=True):
    """``code`` is for programs, ``message`` for people, in English; ``expected`` is the n a gap begins at, ``where``
    the part of the body that is wrong, ``epoch`` the present one, ``wipe`` an order to delete the desk, made with
    the console's secret, ``kept`` the n up to which entries of a revoked console were kept, ``reference`` what the
    server's log has it under, ``scopes`` what the console may pull."""

    code: str
    message: str
    expected: int | None = None
    where: str | None = None
    epoch: int | None = None
    wipe: str | None = None
    kept: int | None = None
    reference: str | None = None
    scopes: list[str] | None = None


class ErrorAnswer(msgspec.Struct):
    error: Fault
