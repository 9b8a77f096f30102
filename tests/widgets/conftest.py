"""The demo console in a pseudo-terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.terminal import Terminal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def console() -> Iterator[Callable[..., Terminal]]:
    """Opens the demo console; ``env``, ``cols``, ``rows`` as of :class:`Terminal`. Waits for its first screen."""
    opened: list[Terminal] = []

    def open_console(env: dict[str, str] | None = None, cols: int = 120, rows: int = 40, **more: Any) -> Terminal:
        wait_for = more.pop("wait_for", r"214-0003-3")
        terminal = Terminal([sys.executable, "-m", "tests.widgets.demo_app"], env, cols, rows, cwd=ROOT, **more)
        opened.append(terminal)
        if wait_for:
            terminal.wait_for(wait_for)
            terminal.rest()
        return terminal

    yield open_console
    for terminal in opened:
        terminal.close()
