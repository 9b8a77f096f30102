"""The matrix of impact and urgency with its versions by date: what is past stays as it was judged, a change applies
from its date. What a newer program wrote and this one does not know counts as the default matrix has it.

Instants are microseconds UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supportdesk.rules.calendars import ALWAYS
from supportdesk.rules.priority import DEFAULT_MATRIX, IMPACTS, URGENCIES, Matrix
from supportdesk.terms.codes import Priority

Cells = Sequence[Sequence[str]]
"""As kept and as people write it: a row for each impact, in it a priority for each urgency."""


@dataclass(frozen=True, slots=True)
class MatrixVersion:
    """A matrix from ``since`` on (:data:`supportdesk.rules.calendars.ALWAYS`: from ever); ``zone`` is the one its date
    was written in."""

    since: int
    cells: Matrix
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Matrices:
    """The versions of a matrix, the oldest first; the first holds from ever."""

    versions: tuple[MatrixVersion, ...]

    def version_at(self, at: int) -> MatrixVersion:
        return next(version for version in reversed(self.versions) if version.since <= at)

    def at(self, at: int) -> Matrix:
        """What was in force at an instant."""
        return self.version_at(at).cells


DEFAULT = Matrices((MatrixVersion(ALWAYS, DEFAULT_MATRIX),))


def matrices(cells: object, versions: object) -> Matrices:
    """A matrix as it is kept (JSON): the ``cells`` it has from ever, and its ``versions`` over them."""
    found = {ALWAYS: MatrixVersion(ALWAYS, matrix(cells))}
    for version in versions if isinstance(versions, Sequence) and not isinstance(versions, str) else ():
        if isinstance(version, Mapping):
            since = version.get("since")
            since = since if isinstance(since, int) else ALWAYS
            found[since] = MatrixVersion(since, matrix(version.get("cells")), str(version.get("zone") or "UTC"))
    return Matrices(tuple(found[since] for since in sorted(found)))


def matrix(cells: object) -> Matrix:
    """The sixteen cells; the default's where one says nothing known."""
    return {(impact, urgency): _cell(cells, impact, urgency) or DEFAULT_MATRIX[impact, urgency]
            for impact in IMPACTS for urgency in URGENCIES}


def written(of: Matrix) -> list[list[str]]:
    """Cells as they are kept."""
    return [[of[impact, urgency].value for urgency in URGENCIES] for impact in IMPACTS]


def _cell(cells: Any, impact: int, urgency: int) -> Priority | None:
    try:
        return Priority.read(cells[impact - 1][urgency - 1])
    except (TypeError, IndexError, KeyError):
        return None
