"""An account to read: matters under their names, in sentences or facts, scrolled by the keys that move in lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from supportdesk.base_app import DeskScreen
from supportdesk.desk.account import Told
from supportdesk.i18n import _
from supportdesk.rules.text import fit, safe
from supportdesk.widgets.beside import beside
from supportdesk.widgets.frame import KeyLine, MessageLine, Named, Panel, Rule, StatusLine
from supportdesk.widgets.reading import Reading
from supportdesk.widgets.wrap import wrapped

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from supportdesk.app import SupportDesk
    from supportdesk.desk.contract_words import Fact
    from supportdesk.widgets.lines import Line

WIDEST = 100
"""Cells of a line of text: the eye loses its way back over longer ones."""

INDENT = 2
NAME_CELLS = 22
"""Of the name of a fact and the space behind it."""

FACTS_BESIDE = 60
"""Columns from which the name of a fact stands beside it."""


class Read(NamedTuple):
    """What was read. ``name`` is what ``y`` copies."""

    name: str
    title: Line
    told: Sequence[Told]


class AccountScreen(DeskScreen[None]):
    """Read anew each minute and whenever something is saved; the text stays where it is."""

    KEYS: ClassVar[tuple[Named, ...]] = ("copy", "keys", "back")
    GONE: ClassVar[str]
    """What is said when what it tells of is not there (any more)."""

    app: SupportDesk

    DEFAULT_CSS = """
    AccountScreen #about { height: 1; }
    """

    def __init__(self, name: str) -> None:
        super().__init__(name=name)
        self._read: Read | None = None

    async def read(self) -> Read | None:
        """Read it, as it stands now; None where there is nothing."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield StatusLine(now=self.app.now)
        yield Rule()
        yield Panel(id="about")
        yield Rule()
        yield Reading(id="text")
        yield Rule()
        yield MessageLine()
        yield KeyLine(self.KEYS, (), self.app.keymap)

    @property
    def text(self) -> Reading:
        return self.query_one("#text", Reading)

    def resting_place(self) -> Reading:
        return self.text

    def on_mount(self) -> None:
        self.text.focus()
        beside(self, self.renew, group="renew", keys_wait=True)

    def on_screen_resume(self) -> None:
        self.app.show_status()

    def desk_changed(self) -> None:
        beside(self, self.renew, group="renew")

    async def renew(self) -> None:
        """Read and show it again."""
        read = await self.read()
        about = self.query_one("#about", Panel)
        if read is None:
            about.show([[(f" {_(self.GONE)}", "warn")]])
            self.text.show(lambda _cells: ())
            return
        keep, self._read = self._read is not None, read
        about.show([read.title])
        self.text.show(lambda cells: list(account_lines(read.told, min(cells, WIDEST))), keep)

    async def action_retry(self) -> None:
        await self.renew()

    def action_copy(self) -> None:
        if self._read is not None:
            self.app.copy_to_clipboard(self._read.name)
            self.app.say(_("Copied: {text}").format(text=self._read.name), stays=True)


def account_lines(told: Sequence[Told], cells: int) -> Iterator[Line]:
    """Each matter under its name, in so many cells."""
    for place, matter in enumerate(told):
        if place:
            yield ""
        if matter.name:
            yield [(matter.name, "accent")]
        yield from _sentences(matter.sentences, cells)
        yield from _facts(matter.facts, cells)


def _sentences(sentences: Sequence[str], cells: int) -> Iterator[Line]:
    """Of every paragraph but the first the first sentence says what the others, further in, explain."""
    headed = begins = False
    for sentence in sentences:
        if not sentence:
            yield ""
            headed = begins = True
            continue
        indent = INDENT * (2 if headed and not begins else 1)
        for line in wrapped(sentence, cells - indent):
            yield [(" " * indent + line, "strong" if begins else "")]
        begins = False


def _facts(facts: Sequence[Fact], cells: int) -> Iterator[Line]:
    """Facts under one another, each with its name before it; in a narrow window above it. What was negotiated is told
    apart in its colour too."""
    beside = cells >= FACTS_BESIDE
    room = INDENT + NAME_CELLS if beside else 2 * INDENT
    before = ""
    for name, text, negotiated in facts:
        shown, before = "" if name == before else name, name
        if shown and not beside:
            yield [(" " * INDENT + shown, "dim")]
        for n, line in enumerate(wrapped(text, cells - room)):
            label = " " * INDENT + safe(shown) if beside and n == 0 else ""
            yield [(fit(label, room), "dim"), (line, "accent" if negotiated else "")]
