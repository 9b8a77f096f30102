"""Priority as the company sees it, not as the requester wishes (field/practice.md 3).

Impact x urgency gives the priority; the matrix is data, the default stands here. Contract and key
account may raise by one step, never lower. The wish is kept beside it, word for word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from supportdesk.terms.codes import Priority

Matrix = Mapping[tuple[int, int], Priority]
"""(impact, urgency) -> priority, all sixteen cells."""

IMPACTS = (1, 2, 3, 4)
"""1 many sites, safety or a key account down; 2 one site or a whole service team; 3 several persons; 4 one person."""

URGENCIES = (1, 2, 3, 4)
"""1 work stopped, no way round; 2 hampered, or a stop looms; 3 inconvenient; 4 wish."""

_P1, _P2, _P3, _P4, _P5 = Priority

DEFAULT_MATRIX: Matrix = MappingProxyType(
    {
        (impact, urgency): priority
        for impact, row in zip(
            IMPACTS,
            (
                (_P1, _P1, _P2, _P3),
                (_P1, _P2, _P3, _P4),
                (_P2, _P3, _P4, _P5),
                (_P3, _P4, _P4, _P5),
            ),
            strict=True,
        )
        for urgency, priority in zip(URGENCIES, row, strict=True)
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """What the desk promises by default: first human answer and restoring. None: by plan, no clock."""

    answer: timedelta
    restore: timedelta | None


TARGETS: Mapping[Priority, Target] = MappingProxyType(
    {
        Priority.P1: Target(timedelta(minutes=15), timedelta(hours=4)),
        Priority.P2: Target(timedelta(minutes=30), timedelta(hours=8)),
        Priority.P3: Target(timedelta(hours=2), timedelta(days=2)),
        Priority.P4: Target(timedelta(hours=4), timedelta(days=5)),
        Priority.P5: Target(timedelta(days=1), None),
    }
)
"""Default targets of field/practice.md 3, counted in real time (a day is 24 hours)."""


class PriorityCode(StrEnum):
    """Where a priority comes from."""

    MATRIX = "matrix"
    RAISED = "raised"  # by hand, more urgent than the matrix says
    LOWERED = "lowered"  # by hand, less urgent than the matrix says


@dataclass(frozen=True, slots=True)
class PriorityReason:
    """Why a ticket has its priority; the sentence is made by whoever shows it (``x``, ``explain``).

    ``may_rise_to`` is the step a contract or key account still allows, None when there is none.
    """

    code: PriorityCode
    impact: int
    urgency: int
    by_matrix: Priority
    priority: Priority
    wish: str | None
    key_account: bool
    may_rise_to: Priority | None


def priority_of(impact: int, urgency: int, matrix: Matrix = DEFAULT_MATRIX) -> Priority:
    """The priority of the matrix. Raises ValueError when impact or urgency is not 1-4."""
    _check("impact", impact, IMPACTS)
    _check("urgency", urgency, URGENCIES)
    return matrix[impact, urgency]


def raised(priority: Priority) -> Priority:
    """One step more urgent; P1 stays P1."""
    ranks = tuple(Priority)
    return ranks[max(0, ranks.index(priority) - 1)]


def explain(
    impact: int,
    urgency: int,
    matrix: Matrix = DEFAULT_MATRIX,
    *,
    given: Priority | None = None,
    wish: str | None = None,
    key_account: bool = False,
) -> PriorityReason:
    """Why the priority is what it is: by the matrix, or ``given`` by hand against it.

    ``wish`` is what the requester asked for, as said. Raises ValueError as :func:`priority_of`.
    """
    by_matrix = priority_of(impact, urgency, matrix)
    priority = by_matrix if given is None else given
    if priority == by_matrix:
        code = PriorityCode.MATRIX
    else:
        code = PriorityCode.RAISED if priority < by_matrix else PriorityCode.LOWERED
    one_up = raised(by_matrix)
    may_rise_to = one_up if key_account and one_up < priority else None
    return PriorityReason(code, impact, urgency, by_matrix, priority, wish, key_account, may_rise_to)


def due_at(
    created_us: int,
    priority: Priority,
    *,
    answered: bool = True,
    targets: Mapping[Priority, Target] = TARGETS,
) -> int | None:
    """The next instant the desk owes, in microseconds UTC, real time; None when nothing is due (P5 by plan).

    The restoring target, or the answering one while no person has answered yet: a ticket born in
    a telephone call is answered at birth, one born from mail or web is not.
    """
    target = targets[priority]
    span = target.restore if answered else target.answer
    return None if span is None else created_us + span // timedelta(microseconds=1)


def _check(name: str, value: int, allowed: tuple[int, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {allowed[0]} to {allowed[-1]}, not {value}")
