"""Colours: readable in every theme, needed in none (field/trust.md R71)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from tests.terminal import Terminal

from supportdesk import settings
from supportdesk.widgets.themes import LOOKS, STYLE_NAMES, Look, choose, textual_theme

ENOUGH = 4.5
READ = [name for name in STYLE_NAMES if name != "rule"]  # a thin line is no text
XTERM = {"black": "#000000", "red": "#cd0000", "yellow": "#cdcd00", "blue": "#0000ee", "cyan": "#00cdcd",
         "white": "#e5e5e5", "bright_red": "#ff0000"}  # fmt: skip


def luminance(colour: ColorTriplet) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [value / 255 for value in colour]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def triplet(colour: Color | None, default: str) -> ColorTriplet:
    """What xterm shows; ``default`` where the terminal's own is left."""
    if colour is None or colour.is_default:
        return Color.parse(default).get_truecolor()
    return Color.parse(XTERM.get(colour.name, colour.name)).get_truecolor()


@pytest.mark.parametrize("under_cursor", [False, True], ids=["plain", "cursor"])
@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_text_stands_out_from_its_ground(look: Look, name: str, under_cursor: bool) -> None:
    style = look.style(name, under_cursor)
    ground, text = ("#000000", "#e5e5e5") if look.dark else ("#ffffff", "#000000")
    assert contrast(triplet(style.color, text), triplet(style.bgcolor, ground)) >= ENOUGH


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("look", [LOOKS["dark"], LOOKS["light"]], ids=["dark", "light"])
def test_text_stands_out_with_256_colours_too(look: Look, name: str) -> None:
    style = look.style(name)
    assert style.color is not None
    assert style.bgcolor is not None
    text, ground = (each.downgrade(ColorSystem.EIGHT_BIT) for each in (style.color, style.bgcolor))
    assert contrast(text.get_truecolor(), ground.get_truecolor()) >= ENOUGH


def test_monochrome_has_no_colours_and_still_tells_alarm_from_warning_from_text() -> None:
    look = LOOKS["monochrome"]
    assert all(style.color is None and style.bgcolor is None for style in look.styles.values())
    seen = {(style.bold, style.underline) for style in map(look.style, ("text", "warn", "alarm", "strong"))}
    assert len(seen) == 4
    assert look.style("text", True) != look.style("text")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_at_most_one_accent_one_amber_one_red(look: Look) -> None:
    colours = {style.color.name for name, style in look.styles.items() if style.color and name != "rule"}
    colours -= {each.name for each in (look.styles["text"].color, look.styles["dim"].color) if each}
    assert len(colours) <= 3


@pytest.mark.parametrize(
    ("wish", "environ", "chosen"),
    [
        ("light", {"NO_COLOR": "1"}, "monochrome"),
        ("light", {"NO_COLOR": ""}, "light"),
        ("terminal", {"COLORFGBG": "0;15"}, "terminal-light"),
        ("terminal", {"COLORFGBG": "15;0"}, "terminal"),
        (None, {"COLORTERM": "truecolor"}, "dark"),
        (None, {"TERM": "xterm-256color", "COLORFGBG": "0;default;15"}, "light"),
        (None, {"TERM": "linux"}, "terminal"),
        (None, {"TERM": "vt220"}, "monochrome"),
        ("nonsense", {"TERM": "linux"}, "terminal"),
    ],
)
def test_the_theme_is_the_wish_or_what_the_terminal_says(wish: str, environ: dict[str, str], chosen: str) -> None:
    assert choose(wish, environ) == chosen


def test_every_theme_of_the_settings_is_there() -> None:
    assert set(settings.THEMES) - {"auto"} <= set(LOOKS)


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen_stands_in_every_theme(console: Callable[..., Terminal], look: str) -> None:
    terminal = console({"DEMO_THEME": look})
    terminal.keys("down,n")
    terminal.wait_for("who calls")
    terminal.keys("text:Per,down,tab*2,text:a note,shift+tab")
    terminal.wait_for("Esc")
    terminal.keys("escape,ctrl+q")
    assert terminal.wait_end() == 0, terminal.text()


def test_without_colour_not_one_is_sent(console: Callable[..., Terminal]) -> None:
    terminal = console({"NO_COLOR": "1", "DEMO_THEME": "dark"})
    terminal.keys("down,pagedown,n")
    terminal.wait_for("who calls")
    terminal.keys("text:Per,down,tab*2,text:a note")
    terminal.wait_for("a note")
    asked = {code for found in re.findall(rb"\x1b\[([\d;]*)m", terminal.raw) for code in found.split(b";")}
    assert asked <= {b"", b"0", b"1", b"2", b"4", b"7"}


def test_the_terminals_own_colours_are_asked_for_by_number(console: Callable[..., Terminal]) -> None:
    terminal = console({"DEMO_THEME": "terminal"})
    terminal.keys("down,pagedown,n")
    terminal.wait_for("who calls")
    assert b"38;2" not in terminal.raw
    assert b"48;2" not in terminal.raw


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_textuals_own_widgets_get_the_same_colours(look: Look) -> None:
    variables = textual_theme(look).to_color_system().generate()
    text = look.styles["text"].color
    assert variables["foreground"].lower() == (text.name if text else "ansi_default")
