"""Desks made by ``init`` once and copied for each test; a server in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from supportdesk.desk.setup import init
from tests.journal import desks
from tests.sync import stand

LOGINS = {"geneva": "ana", "lausanne": "ben", "zurich": "cleo", "basel": "ana", "lugano": "dina",
          "bern": "emil"}
"""Site -> the agent who set its desk up; Ana works at two of them."""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sites")
    for name, login in LOGINS.items():
        init(folder / f"{name}.db", login=login, zone="Europe/Zurich", region="CH", lang="fr", now=desks.NOW)
    return {name: folder / f"{name}.db" for name in LOGINS}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[stand.Server]:
    running = stand.Server(tmp_path / "server")
    yield running
    running.close()


Opened = Callable[..., list[stand.Site]]


@pytest.fixture
def sites(prepared: dict[str, Path], server: stand.Server, tmp_path: Path) -> Iterator[Opened]:
    """``sites("geneva", "lausanne")`` are open desks, enrolled unless told otherwise; the first one's agents are the
    server's admins."""
    opened: list[stand.Site] = []

    def made(*names: str, enrolled: bool = True) -> list[stand.Site]:
        clock = desks.Clock()
        for name, path in stand.copies(prepared, tmp_path, *names):
            opened.append(stand.Site(path, LOGINS[name], server, clock))
        if enrolled:
            for site in opened:
                stand.enrol(server, site)
        return opened

    yield made
    for site in opened:
        site.close()
