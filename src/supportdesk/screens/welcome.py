"""The first screen on a machine without a desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from supportdesk.base_app import DeskScreen
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import DeskError
from supportdesk.widgets.columns import Column
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule
from supportdesk.widgets.listing import Listing
from supportdesk.widgets.sources import Rows
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.welcome import WelcomeApp

Maker = Callable[[Callable[[int, int], None]], Path]
"""Makes a desk, telling how far it is, and says where it is."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to begin."""

    key: str
    name: str
    about: str


OFFERS = (
    Offer("demo", N_("Look around"), N_("A living desk with invented data, in a file of its own.")),
    Offer("init", N_("Set up a desk"), N_("Your own, empty, with articles to begin with; you are its first agent.")),
)
COLUMNS = (
    Column("name", "", 22, lambda offer: (_(offer.name), "strong")),
    Column("about", "", 30, lambda offer: (_(offer.about), "dim"), flexible=True, from_width=60),
)


class WelcomeScreen(DeskScreen[None]):
    """Offers the demo or a new desk at ``path``."""

    app: WelcomeApp

    DEFAULT_CSS = """
    WelcomeScreen #words { height: 5; }
    """

    def __init__(self, path: Path, demo: Maker, init: Maker) -> None:
        super().__init__(name="welcome")
        self._path = path
        self._makers = {"demo": demo, "init": init}
        self._busy = False

    def compose(self) -> ComposeResult:
        yield Panel([((" supportdesk", "strong"),)], id="title")
        yield Rule()
        yield Panel(id="words")
        yield Listing(COLUMNS, id="offers")
        yield Rule()
        yield MessageLine()
        yield KeyLine(("open", "theme", "quit"), keymap=self.app.keymap)

    def on_mount(self) -> None:
        self.query_one("#title", Panel).styles.height = 1
        offers = self.query_one(Listing)
        offers.show(Rows(OFFERS, lambda offer: offer.key))
        offers.focus()

    def on_resize(self) -> None:
        text = _("There is no desk at {path} yet. Choose with the arrows, then Enter.").format(path=self._path)
        lines = wrapped(text, max(20, self.size.width - 2))[:3]
        self.query_one("#words", Panel).show(["", *(f" {line}" for line in lines)])

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        if not self._busy:
            self._busy = True
            self.run_worker(self._make(self._makers[str(event.key)]), exclusive=True)

    async def _make(self, maker: Maker) -> None:
        """Make it beside the keys; a refusal leaves the choice open."""
        self.app.say(_("One moment …"), stays=True)
        try:
            path = await asyncio.to_thread(maker, self._tell)
        except DeskError as refused:
            self._busy = False
            self.app.say(refused.message, "warn", stays=True)
            return
        self.app.opened(path)

    def _tell(self, done: int, total: int) -> None:
        """How far it is; called from the thread that makes it."""
        text = _("Building the demo: {done} of {total} tickets").format(done=done, total=total)
        self.app.call_from_thread(self.app.say, text, "", True)
