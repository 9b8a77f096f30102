"""One entry of a push, from its bytes to something the rules can judge; what cannot be read is refused by name."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

from supportdesk.i18n import N_
from supportdesk.rules.schema import STEPS, Line, raised
from supportdesk.server import forms
from supportdesk.server.forms import CHECKS, SETS, Unfit
from supportdesk.server.shapes import EntryIn
from supportdesk.terms.codes import EntryKind
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.entries import SCHEMA
from supportdesk.terms.verbs import VERBS

MAX_BYTES = 256 * 1024
"""Of one entry; an action of a console holds no more in all (store/journal)."""

NOT_AN_ENTRY = N_("This is no entry.")
TOO_LARGE = N_("This is too much text for one entry. Attach it as a file instead.")
UNKNOWN = N_("The server does not know this kind of change.")
UNFIT = N_("A value cannot be taken as it is.")
UNKNOWN_FIELD = N_("There is no such field.")
NO_CHANGE = N_("The entry changes nothing.")
WAITS = N_("The server is older than this console. It takes this after its update.")

Pairs = dict[str, list[Any]]

_entry = msgspec.json.Decoder(EntryIn).decode
_pairs = msgspec.json.Decoder(dict[str, list[Any]]).decode
_anything = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Read:
    """An entry that was read, or why it was not. ``pairs`` are its fields in their one form, ``late`` says that a newer
    server would know it, ``reason`` why it is refused (message id), ``field`` which field it is about."""

    n: int
    digest: str
    id: str
    entry: EntryIn | None = None
    pairs: Pairs | None = None
    late: bool = False
    reason: str | None = None
    field: str | None = None
    body: str = "{}"


class _Refuse(Exception):
    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class _Late(Exception):
    pass


def read(raw: bytes | memoryview, n: int) -> Read:
    """The entry that has its place at ``n``. Never raises: see :class:`Read`."""
    found = Read(n, blake2b(raw, digest_size=16).hexdigest(), "")
    try:
        if len(raw) > MAX_BYTES:
            raise _Refuse(TOO_LARGE)
        try:
            entry = _entry(raw)
            _header(entry, n)
        except (msgspec.MsgspecError, RecursionError, UnicodeError, Unfit):
            raise _Refuse(NOT_AN_ENTRY) from None
        found.id, found.entry = entry.id, entry
        try:
            found.pairs = _fields(entry)
        finally:
            found.body = _encode(entry).decode()
    except _Late:
        found.late, found.reason = True, WAITS
    except _Refuse as refused:
        found.reason, found.field = refused.reason, refused.field
        found.id = found.id or _loose_id(raw)
    return found


def _header(entry: EntryIn, n: int) -> None:
    is_id = forms.is_id
    if not (entry.n == n and is_id(entry.id) and is_id(entry.action) and is_id(entry.entity_id)
            and is_id(entry.session) and len(entry.verb) <= 40 and len(entry.entity) <= 40
            and "\x00" not in entry.verb and "\x00" not in entry.entity and "\x00" not in entry.kind):
        raise Unfit
    for optional in (entry.agent, entry.batch, entry.undoes):
        if optional is not None and not is_id(optional):
            raise Unfit
    if forms.whole(entry.base) < 0 or forms.whole(entry.schema) < 1:
        raise Unfit
    if entry.clock_offset is not None:
        forms.whole(entry.clock_offset)
    entry.at, entry.recorded_at = forms.at(entry.at), forms.at(entry.recorded_at)
    if entry.author_text is not None:
        entry.author_text = forms.text(entry.author_text, 1000)
    if entry.reason is not None:
        entry.reason = forms.text(entry.reason)


def _fields(entry: EntryIn) -> Pairs:
    raw, entry.fields = entry.fields, _NOTHING
    newer = entry.schema > SCHEMA
    if entry.schema < SCHEMA and STEPS:
        raw = _raise(entry, raw)
    if entry.verb not in VERBS or entry.entity not in ENTITIES or entry.kind not in _KINDS:
        if newer:
            entry.fields = raw
            raise _Late
        raise _Refuse(UNKNOWN)
    try:
        given = _pairs(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        raise _Refuse(NOT_AN_ENTRY) from None
    if not given:
        raise _Refuse(NO_CHANGE)
    checks, kind, sets = CHECKS[entry.entity], entry.kind, SETS[entry.entity]
    for name, pair in given.items():
        check = checks.get(name)
        if check is None:
            if not newer or not forms.is_field(name):
                raise _Refuse(UNKNOWN_FIELD)
            check = forms.of_newer if kind in ("create", "set") else forms.members_of_newer
        try:
            old, new = pair
            if old is not None:
                old = pair[0] = check(old)
            if new is not None:
                new = pair[1] = check(new)
        except (ValueError, TypeError):
            old, new = given[name] = _codes(entry, name, pair, newer=newer)
        if kind == "create":
            if old is not None:
                raise _Refuse(UNFIT, name)
        elif kind != "set" and (
            (name not in sets and name in checks) or (new is None) is (kind == "add")
            or (old is None) is (kind == "remove")
        ):
            raise _Refuse(UNFIT, name)
    entry.fields = msgspec.Raw(_encode(given))
    return given


def _raise(entry: EntryIn, raw: msgspec.Raw) -> msgspec.Raw:
    """Make an entry of an older version one of today's; what is wrong with it is found afterwards. Its fields."""
    try:
        fields = _pairs(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return raw
    line = raised(Line(entry.verb, entry.entity, entry.kind, fields), entry.schema)
    entry.verb, entry.entity, entry.kind, entry.schema = line.verb, line.entity, line.kind, SCHEMA
    return msgspec.Raw(_encode(line.fields))


def _codes(entry: EntryIn, name: str, pair: list[Any], *, newer: bool) -> list[Any]:
    """The two values of a field of which one is a code this server does not know. A newer console's is kept; an older
    one says what it found there, and may put that back."""
    back = newer or entry.undoes is not None or entry.verb == "resolve_conflict"
    check = CHECKS[entry.entity].get(name, forms.of_newer)
    try:
        old, new = pair
        if old is not None:
            old = forms.code_of_newer(entry.entity, name, old)
        if new is not None:
            new = forms.code_of_newer(entry.entity, name, new) if back else check(new)
    except (ValueError, TypeError):
        raise _Refuse(UNFIT, name) from None
    return [old, new]


_NOTHING = msgspec.Raw(b"{}")
_KINDS = frozenset(kind.value for kind in EntryKind)


def _loose_id(raw: bytes | memoryview) -> str:
    """The id of what is no entry, if it has one: its sender wants to know which one it was."""
    try:
        found = _anything(raw) if len(raw) <= 4 * MAX_BYTES else None
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        return ""
    id = found.get("id") if isinstance(found, dict) else None
    return id if isinstance(id, str) and forms.is_id(id) else ""
