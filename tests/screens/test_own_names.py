"""Textual has names of its own: a screen or widget of ours never takes one by accident."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

from supportdesk import screens, widgets
from supportdesk.actions import EVERYWHERE, actions_on
from supportdesk.base_app import DeskScreen
from supportdesk.console import SupportDesk

MEANT = {"_on_key", "_on_paste", "_value", "_position_to_cell"}
"""Private methods of Textual's fields that ours replace on purpose (widgets/fields.py tells why)."""

MADE_BY_TEXTUAL = {
    "_decorated_handlers", "_reactives", "_inherit_css", "_inherit_bindings", "_inherit_component_classes",
    "_css_type_name", "_merged_bindings", "_css_type_names", "_computes",
}  # fmt: skip


def ours() -> set[type[Widget]]:
    found: set[type[Widget]] = set()
    for package in (screens, widgets):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for value in vars(importlib.import_module(info.name)).values():
                if isinstance(value, type) and issubclass(value, Widget) and "supportdesk." in value.__module__:
                    found.add(value)
    return found


def test_no_private_name_of_textual_is_taken_by_accident() -> None:
    private = {name for made in (Widget(), Screen[Any]()) for name in dir(made) if name.startswith("_")}
    private = {name for name in private if not name.startswith("__")} - MEANT - MADE_BY_TEXTUAL
    taken = {
        f"{base.__name__}.{name}"
        for widget in ours()
        for base in widget.__mro__
        if base.__module__.startswith("supportdesk.") and base is not DeskScreen
        for name in private & vars(base).keys()
    }
    assert not taken


def test_no_screen_loads_the_writing_side_to_be_shown() -> None:
    script = (
        "import importlib, pkgutil, sys, supportdesk.screens as s\n"
        "for info in pkgutil.iter_modules(s.__path__, 'supportdesk.screens.'): importlib.import_module(info.name)\n"
        "print([name for name in ('sqlmodel', 'sqlalchemy', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_action_of_a_screen_can_be_done_there() -> None:
    lacking = {
        f"{screen.__name__}.action_{action.id}"
        for screen in ours()
        if issubclass(screen, DeskScreen) and screen.where != EVERYWHERE
        for action in actions_on(screen.where)
        if not hasattr(screen, f"action_{action.id}") and not hasattr(SupportDesk, f"action_{action.id}")
    }
    assert not lacking
