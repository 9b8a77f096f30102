"""Everything that can be done, found by its name: the palette (Ctrl+P), and the keys that work here (``?``).

Both are the same list of the registry. What cannot be done now stands there with its reason, so that nobody looks for
it in vain; Enter on it says it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult

from supportdesk.actions import SCREENS, Action, actions_on
from supportdesk.base_app import DeskScreen
from supportdesk.i18n import N_, _
from supportdesk.keymap import key_label
from supportdesk.rules.text import fold
from supportdesk.widgets.columns import Column
from supportdesk.widgets.fields import Field, Suggestions
from supportdesk.widgets.frame import KeyLine, MessageLine, Panel, Rule
from supportdesk.widgets.sources import Rows


@dataclass(frozen=True)
class Offer:
    """One action as it is offered: its keys as mapped now, and why it cannot be done, if it cannot."""

    action: Action
    keys: str
    reason: str | None

    @property
    def words(self) -> str:
        return fold(f"{_(self.action.name)} {_(self.action.help)}")


COLUMNS = (
    Column("keys", N_("Key"), 12, lambda offer: (offer.keys, "accent" if offer.reason is None else "dim")),
    Column("name", N_("Action"), 20, lambda offer: (_(offer.action.name), "" if offer.reason is None else "dim")),
    Column("help", N_("What it does"), 20, lambda offer: (offer.reason or _(offer.action.help), "dim"), flexible=True),
)


class Palette(DeskScreen[str]):
    """Gives back the id of the chosen action, or None."""

    DEFAULT_CSS = """
    Palette #title { height: 1; }
    Palette Field { margin: 0 2; }
    Palette #offers { height: 1fr; }
    Palette #help { height: 2; }
    """

    def __init__(self, below: DeskScreen[object], keys_only: bool = False) -> None:
        """
        Args:
            below: The screen whose actions are offered.
            keys_only: Offer what has a key here (``?``), or everything (the palette).
        """
        super().__init__()
        self._where = below.where
        self._offers = tuple(
            Offer(action, " ".join(map(key_label, keys)), below.disabled_reason(action))
            for action in actions_on(below.where)
            if (keys := self.app.keymap.keys(action)) or not keys_only
            if (keys_only or action.palette) and self.app.offers(action)
        )
        self._title = N_("Keys here: {screen}") if keys_only else N_("Everything you can do here: {screen}")

    def compose(self) -> ComposeResult:
        offers = Suggestions(COLUMNS, heading=True, id="offers")
        offers.active = True
        yield Panel([[(" " + _(self._title).format(screen=_(SCREENS[self._where])), "strong")]], id="title")
        yield Rule()
        yield Field(placeholder=_("Type a word of it"), suggestions=offers)
        yield offers
        yield Rule()
        yield Panel(wrap=True, id="help")
        yield MessageLine()
        yield KeyLine([], ["back"], self.app.keymap, N_("Enter do  Arrows choose"))

    def on_mount(self) -> None:
        self.list.say(_("No action has this word. Esc goes back."))
        self._show(self._offers)
        self.query_one(Field).focus()

    @property
    def list(self) -> Suggestions:
        return self.query_one(Suggestions)

    def _show(self, offers: Sequence[Offer]) -> None:
        self.list.show(Rows(offers, key=lambda offer: offer.action.id))

    @on(Field.Changed)
    def _find(self, event: Field.Changed) -> None:
        words = fold(event.value).split()
        found = [offer for offer in self._offers if all(word in offer.words for word in words)]
        if words:
            found.sort(key=lambda offer: not fold(_(offer.action.name)).startswith(words[0]))
        self._show(found)

    @on(Suggestions.Highlighted)
    def _explain(self) -> None:
        """The whole sentence of the line under the cursor: in the list it may be cut."""
        offer = self.list.cursor_row
        said = (offer.reason or _(offer.action.help)) if isinstance(offer, Offer) else ""
        self.query_one("#help", Panel).show([((f" {said}", ""),)] if said else [])

    @on(Suggestions.Chosen)
    def _do(self, event: Suggestions.Chosen) -> None:
        self.dismiss(str(event.key))

    def action_back(self) -> None:
        self.dismiss(None)
