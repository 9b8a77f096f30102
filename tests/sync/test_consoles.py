"""Real consoles in pseudo-terminals beside a real server: what an agent sees of the exchange, and who does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from supportdesk.desk import tickets
from supportdesk.places import os_login
from tests.proofs.console import Opener, opener
from tests.sync import stand
from tests.sync.conftest import Opened
from tests.sync.work import call, reach, settled


@pytest.fixture
def open_console() -> Iterator[Opener]:
    with ExitStack() as opened:
        yield opener(opened)


def test_a_change_elsewhere_is_on_the_screen_also_after_the_console_that_exchanged_was_killed(
    server: stand.Server, sites: Opened, open_console: Opener
) -> None:
    geneva, lausanne = sites("geneva", "lausanne")
    ticket = call(geneva)
    settled(geneva, lausanne)
    desk = geneva.desk
    with desk.journal.action("administer", desk.who) as act:  # whoever runs the tests works in Geneva
        act.set("agent", desk.agent.id, {"login": os_login()})
    with stand.listening(server.exchange) as url:
        reach(url, geneva, lausanne)
        lausanne.client.close()
        lausanne.client._transport = None
        first = open_console(geneva.path, 120, 30)
        tickets.edit(lausanne.desk, ticket, {"title": "Said in Lausanne"})
        lausanne.exchange()
        first.wait_for("Said in Lausanne", 60)
        second = open_console(geneva.path, 120, 30)
        first.kill(9)
        tickets.edit(lausanne.desk, ticket, {"title": "Said again"})
        lausanne.exchange()
        second.wait_for("Said again", 60)
    second.wait_for("offline since", 60)
    second.keys("ctrl+q")
    assert second.wait_end() == 0
