"""The colours of the console: light, dark, monochrome, and the terminal's own sixteen.

Every widget asks for a *named* style (:class:`Look`): one accent, one amber, one red, dim, strong, the line under the
cursor, a mark. Nothing means anything by its colour alone, so monochrome needs no other words. Text reaches a contrast
of 4.5:1 on its own ground and on the cursor's (field/trust.md R71); tests/widgets/test_themes.py computes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style

from supportdesk.i18n import N_
from supportdesk.rules.text import ELLIPSIS

if TYPE_CHECKING:
    from textual.theme import Theme
    from textual.widget import Widget

STYLE_NAMES = ("text", "dim", "strong", "accent", "warn", "alarm", "mark", "rule", "cursor")


class Look(NamedTuple):
    """One theme: the named styles, each complete with its ground.

    Attributes:
        name: As in settings and the palette.
        dark: Whether light text stands on a dark ground.
        ansi: Whether only the terminal's own colours are used; its ground shows through.
        styles: A style for each of :data:`STYLE_NAMES`.
    """

    name: str
    dark: bool
    ansi: bool
    styles: Mapping[str, Style]

    def style(self, name: str, under_cursor: bool = False) -> Style:
        """The named style; with ``under_cursor`` as it shows on the line of the cursor. ``""`` is plain text."""
        return _style(self.name, name or "text", under_cursor)

    @property
    def ground(self) -> Style:
        """What empty space looks like."""
        return self.styles["text"]


@lru_cache(64)
def _style(look: str, name: str, under_cursor: bool) -> Style:
    styles = LOOKS[look].styles
    style = styles[name]
    if not under_cursor:
        return style
    cursor = styles["cursor"]
    if cursor.reverse:  # a reversed line keeps attributes, not colours: they would become grounds
        return Style(reverse=True, bold=style.bold or None, underline=style.underline or None)
    return style + Style(bgcolor=cursor.bgcolor)


def _coloured(name: str, dark: bool, ground: str, cursor: str, **colours: str) -> Look:
    def style(text: str, bold: bool | None = None) -> Style:
        return Style(color=colours[text], bgcolor=ground, bold=bold)

    return Look(
        name,
        dark,
        False,
        {
            "text": style("text"),
            "dim": style("dim"),
            "strong": style("text", True),
            "accent": style("accent"),
            "warn": style("warn"),
            "alarm": style("alarm", True),
            "mark": style("accent", True),
            "rule": style("rule"),
            "cursor": Style(color=colours["text"], bgcolor=cursor),
        },
    )


def _own(name: str, dark: bool, accent: str, warn: Style, alarm: str) -> Look:
    return Look(
        name,
        dark,
        True,
        {
            "text": Style(),
            "dim": Style(dim=True),
            "strong": Style(bold=True),
            "accent": Style(color=accent),
            "warn": warn,
            "alarm": Style(color=alarm, bold=True),
            "mark": Style(color=accent, bold=True),
            "rule": Style(dim=True),
            "cursor": Style(reverse=True),
        },
    )


_DARK = _coloured(
    "dark", True, ground="#15181c", cursor="#2a3644",
    text="#d9dde2", dim="#9aa3ad", accent="#74b6ff", warn="#f0b83c", alarm="#ff8178", rule="#4a525c",
)  # fmt: skip
_LIGHT = _coloured(
    "light", False, ground="#fbfbf8", cursor="#dde7f3",
    text="#1d2126", dim="#515962", accent="#0b559c", warn="#7a4a00", alarm="#a91d16", rule="#b9bfc6",
)  # fmt: skip
_MONOCHROME = Look(
    "monochrome",
    True,
    True,
    {
        "text": Style(),
        "dim": Style(),
        "strong": Style(bold=True),
        "accent": Style(bold=True),
        "warn": Style(underline=True),
        "alarm": Style(bold=True, underline=True),
        "mark": Style(bold=True),
        "rule": Style(),
        "cursor": Style(reverse=True),
    },
)

LOOKS: dict[str, Look] = {
    look.name: look
    for look in (
        _DARK,
        _LIGHT,
        _MONOCHROME,
        _own("terminal", True, accent="cyan", warn=Style(color="yellow"), alarm="bright_red"),
        _own("terminal-light", False, accent="blue", warn=Style(bold=True, underline=True), alarm="red"),
    )
}


LOOK_NAMES: dict[str, str] = {
    "dark": N_("dark"), "light": N_("light"), "monochrome": N_("without colours"),
    "terminal": N_("the terminal's own"), "terminal-light": N_("the terminal's own, on a light ground"),
}  # fmt: skip
"""Message ids of what people call them."""


def choose(wish: str | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """The name of the theme to start with: what was asked for, else what the terminal says of itself.

    ``NO_COLOR``, if not empty (no-color.org), goes before a wish that stands in the settings. A terminal of 16 colours
    keeps its own; ``COLORFGBG`` tells a light ground.
    """
    if environ.get("NO_COLOR"):
        return "monochrome"
    light = environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    if wish in LOOKS:
        return f"{wish}-light" if wish == "terminal" and light else wish
    term = environ.get("TERM", "")
    many = environ.get("COLORTERM") in ("truecolor", "24bit") or "256color" in term or "direct" in term
    if many:
        return "light" if light else "dark"
    return "monochrome" if term.startswith("vt") else "terminal-light" if light else "terminal"


def look_of(widget: Widget) -> Look:
    """The look of the console a widget is in; dark where the app knows none (a test's own small app)."""
    look = getattr(widget.app, "look", None)
    return look if isinstance(look, Look) else _DARK


def ellipsis_of(widget: Widget) -> str:
    """What ends a cut text: three dots where the terminal has no sign for them."""
    return getattr(widget.app, "ellipsis", ELLIPSIS)


def textual_theme(look: Look) -> Theme:
    """The same colours for Textual's own widgets (fields, palette)."""
    from textual.theme import Theme

    def colour(name: str, ground: bool = False) -> str:
        found = look.styles[name].bgcolor if ground else look.styles[name].color
        if found is None:
            return "ansi_default"
        return found.name if found.name.startswith("#") else f"ansi_{found.name}"

    text, ground = colour("text"), colour("text", ground=True)
    if look.ansi:
        cursor = {
            "block-cursor-foreground": "ansi_default",
            "block-cursor-background": "ansi_default",
            "block-cursor-text-style": "reverse",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-text-style": "reverse",
            "input-selection-foreground": "ansi_default",
            "input-selection-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "ansi-background": "ansi_default",
            "screen-selection-foreground": "ansi_default",
            "screen-selection-background": "ansi_default",
        }
    else:
        cursor = {
            "block-cursor-foreground": text,
            "block-cursor-background": colour("cursor", ground=True),
            "block-cursor-text-style": "none",
            "input-cursor-foreground": ground,
            "input-cursor-background": text,
            "input-cursor-text-style": "none",
            "input-selection-foreground": text,
            "input-selection-background": colour("cursor", ground=True),
        }
    return Theme(
        name=look.name,
        dark=look.dark,
        ansi=look.ansi,
        primary=colour("accent"),
        secondary=colour("accent"),
        accent=colour("accent"),
        warning=colour("warn"),
        error=colour("alarm"),
        success=colour("accent"),
        foreground=text,
        background=ground,
        surface=ground,
        panel=ground,
        boost=ground,
        variables=cursor,
    )
