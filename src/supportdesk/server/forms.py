"""Values of shared fields as they may arrive: the wire forms of store/types, judged and brought into their one form.

A value that a screen could not have written raises :class:`Unfit`: the form is wrong, a code is unknown, text is too
long or holds what cannot be stored. Empty values are None, as in store/types.normal.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any

from supportdesk.terms.codes import (
    ArticleState,
    Audience,
    Channel,
    CheckResult,
    Direction,
    HandoffState,
    LinkKind,
    Outcome,
    Priority,
    Status,
    TicketType,
)
from supportdesk.terms.entities import ENTITIES
from supportdesk.terms.tables import Field, Form

MAX_TEXT = 200_000
MAX_MEMBERS = 10_000
MAX_DEPTH = 32
_INT64 = 1 << 63

is_id = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
"""UUID text in its one spelling."""

_is_instant = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?Z", re.ASCII).fullmatch

Check = Callable[[Any], Any]

_CODES: dict[tuple[str, str], frozenset[Any]] = {
    ("ticket", "type"): frozenset(TicketType),
    ("ticket", "status"): frozenset(Status),
    ("ticket", "priority"): frozenset(Priority),
    ("ticket", "impact"): frozenset(range(1, 5)),
    ("ticket", "urgency"): frozenset(range(1, 5)),
    ("contact", "direction"): frozenset(Direction),
    ("contact", "channel"): frozenset(Channel),
    ("contact", "outcome"): frozenset(Outcome),
    ("identity_check", "result"): frozenset(CheckResult),
    ("note", "audience"): frozenset(Audience),
    ("link", "kind"): frozenset(LinkKind),
    ("handoff", "state"): frozenset(HandoffState),
    ("article", "state"): frozenset(ArticleState),
}


class Unfit(ValueError):
    """The value cannot be taken."""


def text(value: Any, longest: int = MAX_TEXT) -> str | None:
    if type(value) is not str or len(value) > longest or "\x00" in value:
        raise Unfit
    return value or None


def ref(value: Any) -> str:
    if type(value) is not str or not is_id(value):
        raise Unfit
    return value


def whole(value: Any) -> int:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise Unfit
    return value


@lru_cache(4_096)
def at(value: Any) -> str:
    """An instant, ISO 8601 with Z; microseconds only where there are any. The same moment stands in most instants of
    an entry and of those beside it."""
    if type(value) is not str or not _is_instant(value):
        raise Unfit
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise Unfit from None
    return value.replace(".000000Z", "Z")


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise Unfit
    return value


def _any(value: Any) -> Any:
    if not isinstance(value, list | dict):
        raise Unfit
    _plain(value, MAX_DEPTH)
    return value or None


def _leaf(value: Any) -> Any:
    """The JSON of a conflict's values: of any form."""
    _plain(value, MAX_DEPTH)
    return value or None


def _plain(value: Any, depth: int) -> None:
    if depth == 0:
        raise Unfit
    if type(value) is str:
        text(value)
    elif type(value) is int:
        whole(value)
    elif type(value) is list:
        for one in value:
            _plain(one, depth - 1)
    elif type(value) is dict:
        for name, one in value.items():
            text(name)
            _plain(one, depth - 1)


def _members(of: Check) -> Check:
    def check(value: Any) -> list[str] | None:
        if type(value) is not list or len(value) > MAX_MEMBERS:
            raise Unfit
        return sorted({of(one) for one in value}) or None

    return check


def _member(value: Any) -> str:
    if not (found := text(value)):
        raise Unfit
    return found


_OF: dict[Form, Check] = {
    Form.TEXT: text, Form.REF: ref, Form.INT: whole, Form.BOOL: _flag, Form.INSTANT: at, Form.JSON: _any,
    Form.SET: _members(_member), Form.REFS: _members(ref),
}


def _check(entity: str, field: Field) -> Check:
    codes = _CODES.get((entity, field.name))
    if codes is None:
        return _leaf if entity == "conflict" and field.form is Form.JSON else _OF[field.form]

    def one_of(value: Any) -> Any:
        if value not in codes or type(value) is bool:
            raise Unfit
        return value

    return one_of


def of_newer(value: Any) -> Any:
    """A value of a field that only a newer program knows: kept as it is. Raises Unfit for what cannot be stored."""
    _plain(value, MAX_DEPTH)
    return value or None if isinstance(value, str | list | dict) else value


members_of_newer = _members(_member)
"""Members added to, or taken from, a set that only a newer program knows."""


def code_of_newer(entity: str, name: str, value: Any) -> Any:
    """A code that only a newer program knows, of a field that holds codes. Raises Unfit."""
    codes = _CODES.get((entity, name), frozenset())
    if type(value) is int and 0 < value < 100 and any(type(code) is int for code in codes):
        return value
    if type(value) is str and _is_code(value) and any(isinstance(code, str) for code in codes):
        return value
    raise Unfit


def is_computed(id: str) -> bool:
    """Whether anybody could have known this id before: only duties compute theirs, so that two write one entry."""
    return id[14] == "5"


is_field = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII).fullmatch
"""The name of a field, as any version may have one."""

_is_code = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}", re.ASCII).fullmatch

CHECKS: dict[str, dict[str, Check]] = {
    name: {field.name: _check(name, field) for field in entity.fields} for name, entity in ENTITIES.items()
}
"""Entity -> field -> what judges a value that is there (None, the empty value, is always fit)."""

SETS: dict[str, frozenset[str]] = {
    name: frozenset(f.name for f in entity.fields if f.form in (Form.SET, Form.REFS))
    for name, entity in ENTITIES.items()
}
