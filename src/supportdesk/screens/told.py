"""A list, and beside or below it what is to be told of the line under its cursor: handoffs, conflicts, promises."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical

from supportdesk.base_app import DeskScreen
from supportdesk.screens.flows import Flows
from supportdesk.screens.kept import KeptWords
from supportdesk.widgets.beside import beside
from supportdesk.widgets.columns import Column
from supportdesk.widgets.frame import Divider, KeyLine, MessageLine, Named, Panel, Rule, StatusLine
from supportdesk.widgets.lines import Line
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.prompt import Prompt

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

    from supportdesk.app import SupportDesk

WIDE = 120
"""Columns from which on what is told stands beside the list."""


class ToldScreen(Flows, DeskScreen[None]):
    """A heading, the list of :meth:`columns`, and what is told of a line. Words typed here are kept for the agent,
    whichever line they were typed at."""

    app: SupportDesk

    KEYS: ClassVar[Sequence[Named]]
    IN_FIELD: ClassVar[Sequence[Named]] = ("back",)
    MARKABLE = False
    SIDE = 56
    """Columns of what is told where it stands beside the list; a screen that says otherwise says so in its style."""

    DEFAULT_CSS = """
    ToldScreen #heading { height: 1; }
    ToldScreen #body { height: 1fr; layout: vertical; }
    ToldScreen #list { height: 1fr; width: 1fr; }
    ToldScreen #below { height: auto; max-height: 50%; }
    ToldScreen #told { height: auto; }
    ToldScreen Divider { display: none; }
    ToldScreen.-w120 #body, ToldScreen.-w160 #body { layout: horizontal; }
    ToldScreen.-w120 #below, ToldScreen.-w160 #below { width: 56; height: 1fr; max-height: 100%; }
    ToldScreen.-w120 Divider, ToldScreen.-w160 Divider { display: block; }
    ToldScreen.-w120 #thin, ToldScreen.-w160 #thin { display: none; }
    """

    def columns(self) -> Sequence[Column]:
        """Of the list."""
        raise NotImplementedError

    def below(self) -> Iterable[Widget]:
        """What else stands between the list and the question."""
        return ()

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="heading")
        with Horizontal(id="body"):
            yield Listing(self.columns(), heading=True, markable=self.MARKABLE, id="list")
            yield Divider()
            with Vertical(id="below"):
                yield Rule(id="thin")
                yield Panel(id="told")
        yield from self.below()
        yield Prompt()
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, self.IN_FIELD, self.app.keymap)

    if TYPE_CHECKING:

        async def renew(self) -> None:
            """Read again; the cursor stays on its line."""

        def show_told(self) -> None:
            """Show what is told of the line under the cursor."""

    @property
    def listing(self) -> Listing:
        return self.query_one("#list", Listing)

    @property
    def side_cells(self) -> int:
        """Columns of what is told."""
        return self.SIDE if self.size.width >= WIDE else int(self.size.width)

    def head(self, *lines: Line) -> None:
        self.query_one("#heading", Panel).show(lines)

    def tell(self, lines: Sequence[Line]) -> None:
        self.query_one("#told", Panel).show(lines)

    def resting_place(self) -> Listing:
        return self.listing

    def on_mount(self) -> None:
        self.kept = KeptWords(self.app, self.app.desk.agent.id)
        self.listing.focus()
        beside(self, self._first, group="first", exclusive=False, keys_wait=True)

    async def _first(self) -> None:
        await self.renew()
        assert self.kept is not None
        for name, data in (await self.kept.recall()).items():
            self.prompt.kept.setdefault(name, str(data.get("text", "")))

    def on_screen_resume(self) -> None:
        self.app.show_status()
        self.desk_changed()

    def desk_changed(self) -> None:
        beside(self, self.renew, group="renew")

    @on(Listing.Highlighted, "#list")
    def moved(self, event: Listing.Highlighted) -> None:
        event.stop()
        self.show_told()

    @on(Listing.Chosen, "#list")
    async def opened(self, event: Listing.Chosen) -> None:
        event.stop()
        await self.app.do("open")

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show_told()

    def on_resize(self) -> None:
        self.show_told()
