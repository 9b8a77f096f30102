"""A list, and beside or below it what is to be told of the line under its cursor: handoffs, conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from supportdesk.base_app import DeskScreen
from supportdesk.screens.flows import Flows
from supportdesk.screens.kept import KeptWords
from supportdesk.widgets.beside import beside
from supportdesk.widgets.listing import Listing

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk


class ToldScreen(Flows, DeskScreen[None]):
    """A screen with a Listing ``#list`` in a container ``#body``. Words typed here are kept for the agent, whichever
    line they were typed at."""

    app: SupportDesk

    DEFAULT_CSS = """
    ToldScreen #heading { height: 1; }
    ToldScreen #body { height: 1fr; layout: vertical; }
    ToldScreen #list { height: 1fr; width: 1fr; }
    ToldScreen Divider { display: none; }
    ToldScreen.-w120 #body, ToldScreen.-w160 #body { layout: horizontal; }
    ToldScreen.-w120 Divider, ToldScreen.-w160 Divider { display: block; }
    ToldScreen.-w120 #thin, ToldScreen.-w160 #thin { display: none; }
    """

    if TYPE_CHECKING:

        async def renew(self) -> None:
            """Read again; the cursor stays on its line."""

        def show_told(self) -> None:
            """Show what is told of the line under the cursor."""

    @property
    def listing(self) -> Listing:
        return self.query_one("#list", Listing)

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

    def minute_passed(self) -> None:
        super().minute_passed()
        self.show_told()

    def on_resize(self) -> None:
        self.show_told()
