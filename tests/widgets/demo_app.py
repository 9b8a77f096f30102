"""A small console over a million invented rows: what the tests of the terminal foundation drive.

``DEMO_ROWS``, ``DEMO_THEME``, ``DEMO_HOSTILE`` (rows are the hostile corpus), ``DEMO_LATE`` (a new size of the window
is known late) and ``DEMO_KEPT`` (a file the flush at the end writes) choose what it does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path

from supportdesk import life

if __name__ == "__main__":  # a test that only takes its rows from here must not go deaf to signals, nor its children
    life.begin()

from textual.app import ComposeResult
from textual.driver import Driver

from supportdesk import actions
from supportdesk.base_app import DeskApp, DeskScreen
from supportdesk.driver import DeskDriver
from supportdesk.widgets.columns import Column
from supportdesk.widgets.frame import Call, KeyLine, MessageLine, Rule, Status, StatusLine, utc_now
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.sources import Rows, Source

WORDS = ("VPN", "Drucker", "Réseau", "Facture", "Outlook", "écran", "mot-de-passe", "coupé", "lent", "bloqué")


@dataclass(frozen=True)
class Row:
    key: int
    due: str
    style: str
    number: str
    organisation: str
    matter: str


def row_of(key: int) -> Row:
    late = key % 7 == 0
    return Row(
        key,
        f"-{key % 60} min" if late else f"{key % 60} min",
        "alarm" if late else "warn" if key % 5 == 0 else "",
        f"214-{key:04}-{key % 10}",
        f"Org {key % 977} AG",
        " ".join(WORDS[key * step % len(WORDS)] for step in (3, 5, 7, 11)),
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
        """Nothing is read ahead."""


COLUMNS = (
    Column("due", "Due", 9, lambda row: (row.due, row.style), align="right"),
    Column("number", "Number", 12, lambda row: (row.number, "strong")),
    Column("organisation", "Organisation", 13, lambda row: (row.organisation, ""), from_width=60),
    Column("matter", "Matter", 10, lambda row: (row.matter, ""), flexible=True),
)


def demo_source() -> Source:
    if os.environ.get("DEMO_HOSTILE"):
        from tests.hostile import CORPUS

        rows = [Row(n, "1 min", "", str(n), each.text, each.text) for n, each in enumerate(CORPUS)]
        return Rows(rows, key=lambda row: row.key)
    return Million(int(os.environ.get("DEMO_ROWS", "1000000")))


class Queue(DeskScreen[None]):
    where = actions.QUEUE

    def compose(self) -> ComposeResult:
        yield StatusLine(Status("Genève · 1er niveau", sync="synchronisé", needs="1 dépassé", me="Ana Roch"))
        yield Rule()
        yield Listing(COLUMNS, heading=True, markable=True, id="list")
        yield Rule()
        yield MessageLine()
        yield KeyLine(["new_call", "open", "take", "solve", "hand_over", "callback", "why", "filter", "keys"])

    def on_mount(self) -> None:
        self.listing.show(demo_source())
        self.listing.focus()

    @property
    def listing(self) -> Listing:
        return self.query_one(Listing)

    def disabled_reason(self, action: actions.Action) -> str | None:
        return "Nothing was offered here." if action.id == "accept" else None

    def action_take(self) -> None:
        self.app.say(f"taken {self.listing.cursor_key}")

    def action_why(self) -> None:
        raise ValueError("Perret, 079 123 45 67")

    def action_callback(self) -> None:
        """The loop is stuck, as in a wait for a lock."""
        os.write(1, b"STUCK")
        time.sleep(30)

    def action_call_back_up(self) -> None:
        self.query_one(StatusLine).show(Status("Genève", Call("Perret", utc_now()), me="Ana Roch"))

    def action_mark(self) -> None:
        self.listing.toggle_mark()

    def action_new_call(self) -> None:
        from tests.widgets.demo_form import Form

        self.app.push_screen(Form())


class Late(DeskDriver):
    """Is told the size that the window had when it was asked before."""

    before: tuple[int, int] | None = None

    def window(self) -> tuple[int, int]:
        now = super().window()
        told, self.before = self.before or now, now
        return told


class Demo(DeskApp):
    def get_driver_class(self) -> type[Driver]:
        return Late if os.environ.get("DEMO_LATE") else super().get_driver_class()

    def get_default_screen(self) -> Queue:
        return Queue()


def kept() -> Iterator[Path]:
    if path := os.environ.get("DEMO_KEPT"):
        yield Path(path)


def flush(seconds: float) -> None:
    for path in kept():
        path.write_text("kept")


def main() -> int:
    return life.run_console(Demo(theme=os.environ.get("DEMO_THEME", "dark")), flush)


if __name__ == "__main__":
    sys.exit(main())
