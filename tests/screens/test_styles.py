"""A screen is styled when it is made; what a call shows and hides later costs no styling of all of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen

from tests.screens.stand import Bench, console

if TYPE_CHECKING:
    import pytest


async def test_a_call_from_ring_to_saved_never_styles_the_whole_screen_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    styled: Counter[str] = Counter()
    update = App.update_styles

    def counted(app: App[Any], node: Any, animate: bool = True) -> None:
        if isinstance(node, Screen) and node.children:
            styled[type(node).__name__] += 1
        update(app, node, animate)

    monkeypatch.setattr(App, "update_styles", counted)
    async with console(bench, size=(120, 40)) as desk:
        await desk.press("n")
        await desk.type("perret")
        await desk.press("enter")
        await desk.type("le vpn coupe")
        await desk.press("f2", "enter")
        assert desk.app.screen.name == "queue"
    assert not styled


async def test_colours_changed_on_one_screen_are_those_of_the_screen_below(bench: Bench) -> None:
    async with console(bench) as desk:
        before = desk.app.screen.styles.background
        await desk.press("n", "escape")
        desk.app.use_look("light")
        await desk.rest()
        await desk.press("escape")
        assert desk.app.screen.name == "queue"
        assert desk.app.screen.styles.background != before
