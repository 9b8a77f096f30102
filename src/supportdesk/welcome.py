"""A machine without a desk: one screen that offers the demo or a desk of one's own, and makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from supportdesk import life, places
from supportdesk.base_app import DeskApp
from supportdesk.keymap import keymap
from supportdesk.screens.welcome import WelcomeScreen

if TYPE_CHECKING:
    from supportdesk.settings import Settings


def choose_desk(settings: Settings) -> Settings | None:
    """The settings with the desk that was chosen and made; None when the person left."""
    app = WelcomeApp(settings)
    life.run_console(app, mouse=settings.mouse)
    return None if app.made is None else settings._replace(db=app.made)


class WelcomeApp(DeskApp):
    """Shows the offer and makes what was chosen. ``made`` is the database to open then."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(theme=settings.theme, keymap=keymap(settings.keymap), plain=settings.plain)
        self.made: Path | None = None
        self._settings = settings

    def get_default_screen(self) -> WelcomeScreen:
        return WelcomeScreen(self._settings.db, self._demo, self._init)

    def opened(self, path: Path) -> None:
        """The desk stands: go on to it."""
        self.made = path
        self.exit(0)

    def _demo(self, progress: Callable[[int, int], None]) -> Path:
        from supportdesk.desk.demo import open_demo

        return open_demo(places.demo_database(), progress=progress)

    def _init(self, _progress: Callable[[int, int], None]) -> Path:
        from supportdesk.desk import setup
        from supportdesk.places import os_login, system_zone

        known = self._settings
        return setup.init(
            known.db, login=os_login(), zone=system_zone(), region=known.region, lang=known.language
        ).path
