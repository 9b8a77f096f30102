"""What became of the entries of a push."""

from dataclasses import dataclass
from typing import Any

from supportdesk.server.reading import Read


@dataclass(slots=True)
class Outcome:
    """What became of one entry; ``ordinal`` its place among those that get a seq."""

    read: Read
    result: str
    reason: str | None = None
    field: str | None = None
    ordinal: int | None = None
    seq: int | None = None
    fresh: bool = True  # to be written down; not so for what was taken before

    def told(self) -> dict[str, Any]:
        """As the console is told."""
        answer: dict[str, Any] = {"id": self.read.id or None, "n": self.read.n, "r": self.result, "seq": self.seq}
        if self.reason is not None:
            answer["reason"] = self.reason
        if self.field is not None:
            answer["field"] = self.field
        return answer
