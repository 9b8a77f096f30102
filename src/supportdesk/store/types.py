"""Storage forms: one value in Python, in the database and on the wire (DESIGN.md 3).

=======  ============================  ======================  =====================
form     Python                        SQLite                  wire (JSON)
=======  ============================  ======================  =====================
ref      uuid.UUID                     BLOB(16)                text
instant  datetime, aware, UTC          INTEGER microseconds    ISO 8601 with ``Z``
bool     bool                          INTEGER 0/1             true/false
json     list or dict                  JSON text               as is
set      sorted tuple of str           JSON text               array
refs     sorted tuple of uuid.UUID     JSON text (UUID text)   array of text
=======  ============================  ======================  =====================

Text is stored as given, no normalisation; lone surrogates cannot be encoded and are refused before.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any
from uuid import UUID, SafeUUID

from supportdesk.store.instants import EPOCH as EPOCH
from supportdesk.store.instants import instant as instant
from supportdesk.store.instants import micros as micros
from supportdesk.terms.tables import Form

_MILLI = timedelta(milliseconds=1)
_TAIL = (1 << 62) - 1


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def iso(at: datetime) -> str:
    """ISO 8601 UTC with Z, microseconds only when there are any."""
    return _utc(at).isoformat()[:-6] + "Z"


def from_iso(text: str) -> datetime:
    """Inverse of :func:`iso`; any offset is accepted, a naive text refused."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("naive instant")
    return at.astimezone(UTC)


_last_ms = 0
_counter = 0
_seeded: Callable[[], UUID] | None = None


@contextmanager
def seeded_ids(random: Random, clock: Callable[[], datetime]) -> Iterator[None]:
    """While open, :func:`uuid7` draws from ``random`` and ``clock``: the same seed makes the same ids (the demo)."""
    global _seeded

    def draw() -> UUID:
        noise = random.getrandbits(74)
        ms = (clock() - EPOCH) // _MILLI
        return _id((ms << 80) | (0x7 << 76) | ((noise >> 62) << 64) | (0b10 << 62) | (noise & _TAIL))

    _seeded = draw
    try:
        yield
    finally:
        _seeded = None


def uuid7(ms: int | None = None) -> UUID:
    """A UUID version 7 (RFC 9562), rising within this process. ``ms`` is Unix time in milliseconds."""
    global _last_ms, _counter
    if _seeded is not None:
        return _seeded()
    noise = int.from_bytes(os.urandom(10), "big")
    now = time.time_ns() // 1_000_000 if ms is None else ms
    if now > _last_ms or ms is not None:
        counter = noise >> 64 & 0x7FF
        if ms is None:
            _last_ms, _counter = now, counter
    else:
        now = _last_ms
        _counter += 1
        if _counter > 0xFFF:
            _last_ms += 1
            now, _counter = _last_ms, 0
        counter = _counter
    return _id((now << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | (noise & _TAIL))


def _id(number: int) -> UUID:
    """``UUID(int=number)``, which first asks in which of six ways it is made: a save makes five."""
    made = UUID.__new__(UUID)
    object.__setattr__(made, "int", number)
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def dumps(value: Any) -> str:
    """Compact JSON text, characters as they are."""
    return _compact(value)


def _refs(value: Any) -> str:
    return '["' + '","'.join(sorted(map(str, value))) + '"]' if value else "[]"


_TO_DB: dict[Form, Callable[[Any], Any]] = {
    Form.REF: lambda v: v.bytes,
    Form.INSTANT: micros,
    Form.BOOL: int,
    Form.JSON: dumps,
    Form.SET: lambda v: dumps(sorted(v)),
    Form.REFS: _refs,
}
_FROM_DB: dict[Form, Callable[[Any], Any]] = {
    Form.REF: lambda v: UUID(bytes=v),
    Form.INSTANT: instant,
    Form.BOOL: bool,
    Form.JSON: json.loads,
    Form.SET: lambda v: tuple(json.loads(v)),
    Form.REFS: lambda v: tuple(UUID(t) for t in json.loads(v)),
}
_TO_WIRE: dict[Form, Callable[[Any], Any]] = {
    Form.REF: str,
    Form.INSTANT: iso,
    Form.SET: sorted,
    Form.REFS: lambda v: sorted(str(x) for x in v),
}
_WRITTEN = frozenset({Form.REF, Form.INSTANT})
"""Forms that pydantic's encoder writes exactly as :data:`_TO_WIRE` does."""

_FROM_WIRE: dict[Form, Callable[[Any], Any]] = {
    Form.REF: UUID,
    Form.INSTANT: from_iso,
    Form.SET: lambda v: tuple(sorted(v)),
    Form.REFS: lambda v: tuple(sorted((UUID(t) for t in v), key=str)),
}


@lru_cache(4_096)
def raw_id(text: str) -> bytes:
    """An id on the wire as the tables hold it; a UUID made on the way takes three times as long, and most ids stand in
    many entries and rows of a page. Raises ValueError."""
    raw = bytes.fromhex(text.replace("-", ""))
    if len(raw) != 16:
        raise ValueError("no id")
    return raw


@lru_cache(4_096)
def raw_instant(text: str) -> int:
    """An instant on the wire as the tables hold it; the same one stands in all entries and rows of an action."""
    return micros(from_iso(text))


_WIRE_TO_DB: dict[Form, Callable[[Any], Any]] = {
    Form.TEXT: str,
    Form.INT: int,
    Form.BOOL: lambda v: int(bool(v)),
    Form.REF: raw_id,
    Form.INSTANT: raw_instant,
    Form.JSON: lambda v: dumps(v) if v else None,
    Form.SET: lambda v: dumps(sorted({str(x) for x in v})) if v else None,
    Form.REFS: lambda v: dumps(sorted({str(UUID(t)) for t in v})) if v else None,
}


def storer(form: Form) -> Callable[[Any], Any]:
    """How values of a form that are there go from the wire to SQLite in one step; empty ones become None."""
    return _WIRE_TO_DB[form]


def _through(table: dict[Form, Callable[[Any], Any]], form: Form, value: Any) -> Any:
    if value is None:
        return None
    convert = table.get(form)
    return value if convert is None else convert(value)


def to_db(form: Form, value: Any) -> Any:
    """Python to SQLite."""
    return _through(_TO_DB, form, value)


def from_db(form: Form, value: Any) -> Any:
    """SQLite to Python."""
    return _through(_FROM_DB, form, value)


def decoder(form: Form) -> Callable[[Any], Any] | None:
    """How values of a form that are there are read from SQLite; None where they are as they should be."""
    return _FROM_DB.get(form)


def encoder(form: Form) -> Callable[[Any], Any] | None:
    """How values of a form that are there are given to SQLite; None where they are as they should be."""
    return _TO_DB.get(form)


def wirer(form: Form) -> Callable[[Any], Any] | None:
    """How values of a form that are there are made ready for rows.wire_text; None where it takes them as they are."""
    return None if form in _WRITTEN else _TO_WIRE.get(form)


def to_wire(form: Form, value: Any) -> Any:
    """Python to JSON."""
    return _through(_TO_WIRE, form, value)


def from_wire(form: Form, value: Any) -> Any:
    """JSON to Python."""
    return _through(_FROM_WIRE, form, value)


def _normal_instant(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime: an instant needs a zone")
    return _utc(value)


_NORMAL: dict[Form, Callable[[Any], Any]] = {
    Form.TEXT: lambda v: str(v) or None,
    Form.INT: int,
    Form.BOOL: bool,
    Form.SET: lambda v: tuple(sorted({str(x) for x in v})) or None,
    Form.REFS: lambda v: tuple(v if len(v) == 1 else sorted(set(v), key=str)) or None,
    Form.INSTANT: _normal_instant,
    Form.JSON: lambda v: (json.loads(dumps(v)) or None) if v else None,
}


def normal(form: Form, value: Any) -> Any:
    """The one Python form of equal values: enum codes as plain text, sets sorted, instants in UTC, empty as None.

    A naive instant raises ValueError."""
    return _through(_NORMAL, form, value)


def normaliser(form: Form) -> Callable[[Any], Any] | None:
    """What brings values of a form that are there into their one form; None where they are in it."""
    return _NORMAL.get(form)
