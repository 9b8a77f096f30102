"""Sort columns of a ticket, computed from its own fields and nothing else (field/feasibility.md 3). What they are not
enough for, the promise that counts, is in :mod:`supportdesk.store.urgency`."""

from collections.abc import Mapping
from typing import Any

from supportdesk.rules.numbers import digits
from supportdesk.rules.order import lane, wake_at
from supportdesk.store.types import micros
from supportdesk.terms.codes import Priority, Status

FROM = frozenset({"status", "priority", "assignee_id", "callback_at", "wait_until", "number"})
"""The fields they are computed from, but for the last change."""


def ticket_columns(values: Mapping[str, Any], at_us: int) -> dict[str, Any]:
    """lane, wake_at, number_tail, updated_at of a ticket whose fields are ``values``."""
    status = Status.read(values.get("status"))
    priority = Priority.read(values.get("priority")) or Priority.P4
    return {
        "lane": int(lane(status, priority, values.get("assignee_id") is not None)),
        "wake_at": wake_at(status, _us(values.get("callback_at")), _us(values.get("wait_until"))),
        "number_tail": digits(values.get("number") or "")[::-1],
        "updated_at": at_us,
    }


def _us(at: Any) -> int | None:
    return None if at is None else micros(at)
