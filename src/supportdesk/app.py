"""The console's start: the first look at the queue is read while Textual is still being imported.

``supportdesk.entry`` calls :func:`run_console`. The app itself is :class:`supportdesk.console.SupportDesk`.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from supportdesk import life
from supportdesk.lean import without_openssl

if TYPE_CHECKING:
    from supportdesk.console import SupportDesk as SupportDesk
    from supportdesk.settings import Settings

SWITCH = 0.001
"""Seconds after which a thread that reads gives way to the one that paints; Python's own 5 ms are felt by fingers."""

FRAMES = "120"
"""Paintings a second at most: a letter is not to wait 16 ms for its turn. Nothing is painted when nothing changes."""


def run_console(settings: Settings) -> int:
    """Open the console and return its exit code. Without a database the first screen offers the demo or a new desk.

    Raises a DeskError when the desk cannot be opened or the terminal cannot show a screen."""
    life.begin()
    life.check_terminal()
    sys.setswitchinterval(SWITCH)
    os.environ.setdefault("TEXTUAL_FPS", FRAMES)
    without_openssl("asyncio", "ssl")  # the loop opens no connection: what talks to a server has a thread of its own
    if not settings.db.exists():
        from supportdesk.welcome import choose_desk

        chosen = choose_desk(settings)
        if chosen is None:
            return 0
        settings = chosen
    from supportdesk.desk.opening import Opening

    opening = Opening(settings.db, settings.as_login)
    from supportdesk.console import SupportDesk

    opening.desk.agent  # noqa: B018 (whoever may not work here is told now, in a sentence, not on a screen)
    app = SupportDesk(opening, settings)
    try:
        return life.run_console(app, app.flush, settings.mouse)
    finally:
        app.close()
