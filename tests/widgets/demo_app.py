"""A small console over a source of a million invented rows: what the tests of the terminal foundation drive."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, ClassVar

from supportdesk import life

life.begin()

from textual.app import ComposeResult  # noqa: E402
from textual.containers import Horizontal  # noqa: E402

from supportdesk import actions  # noqa: E402
from supportdesk.base_app import DeskApp, DeskScreen  # noqa: E402
from supportdesk.widgets.columns import Column  # noqa: E402
from supportdesk.widgets.frame import KeyLine, MessageLine, Rule, Status, StatusLine  # noqa: E402
from supportdesk.widgets.listing import Listing  # noqa: E402

WORDS = [
    "VPN",
    "Drucker",
    "Réseau",
    "Facture",
    "Outlook",
    "écran",
    "mot-de-passe",
    "réservation",
    "coupé",
    "lent",
    "bloqué",
    "demande",
]


@dataclass(frozen=True, slots=True)
class Row:
    key: int
    due: str
    style: str
    priority: str
    number: str
    organisation: str
    matter: str


def row_of(key: int) -> Row:
    late = key % 7 == 0
    words = [WORDS[(key * step) % len(WORDS)] for step in (3, 5, 7, 11)]
    return Row(
        key,
        f"-{key % 60} min" if late else f"{key % 60} min",
        "alarm" if late else "warn" if key % 5 == 0 else "",
        str(1 + key % 4),
        f"214-{key:04}-{key % 10}",
        f"Org {key % 977} AG",
        " ".join(words),
    )


class Million:
    """Rows made when they are asked for; nothing is kept."""

    def __init__(self, total: int = 1_000_000, make: Callable[[int], Row] = row_of) -> None:
        self.landed: Callable[[], None] | None = None
        self.total = total
        self._make = make

    def row(self, index: int) -> Row:
        return self._make(index)

    def key(self, index: int) -> Hashable:
        return index

    def index_of(self, key: Hashable) -> int | None:
        return key if isinstance(key, int) and key < self.total else None

    def wanted(self, first: int, count: int) -> None:
        pass


COLUMNS = (
    Column("due", "Due", 9, lambda row: (row.due, row.style), align="right"),
    Column("priority", "P", 2, lambda row: (row.priority, "strong")),
    Column("number", "Number", 12, lambda row: (row.number, "")),
    Column("organisation", "Organisation", 13, lambda row: (row.organisation, ""), from_width=60),
    Column("matter", "Matter", 10, lambda row: (row.matter, ""), flexible=True),
)


class Queue(DeskScreen[None]):
    where = actions.QUEUE
    DEFAULT_CSS = "Queue #list { width: 1fr; }"

    def compose(self) -> ComposeResult:
        yield StatusLine(Status("Genève · 1er niveau", sync="synchronisé", needs="1 dépassé", me="Ana Roch"))
        yield Rule()
        with Horizontal():
            yield Listing(COLUMNS, heading=True, markable=True, id="list")
        yield Rule()
        yield MessageLine()
        yield KeyLine(["new_call", "open", "take", "solve", "hand_over", "callback", "why", "filter", "keys"])

    def on_mount(self) -> None:
        self.listing.show(self.app_source())

    def app_source(self) -> Any:
        return Million(int(os.environ.get("DEMO_ROWS", "1000000")))

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    def action_take(self) -> None:
        self.app.say(f"taken {self.listing.cursor_key}")

    def action_why(self) -> None:
        raise ValueError("Perret, 079 123 45 67")

    def action_mark(self) -> None:
        self.listing.toggle_mark()


class Demo(DeskApp):
    SCREENS: ClassVar[dict[str, Any]] = {"queue": Queue}

    def get_default_screen(self) -> Queue:
        return Queue()


def main() -> int:
    return life.run_console(Demo(theme=os.environ.get("DEMO_THEME", "dark")))


if __name__ == "__main__":
    sys.exit(main())
