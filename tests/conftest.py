"""Every test has a home of its own, speaks English and reaches no network."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from supportdesk import i18n

settings.load_profile("ci")
"""Everybody runs the same examples, none judged by the clock; ``--hypothesis-profile=default`` looks for others."""

settings.register_profile("mutants", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate])
"""The same for programs with a fault put in (docs/testing.md): nobody reads the smallest example of it."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of consoles are started: they are compiled once
sys.dont_write_bytecode = False
gc.set_threshold(100_000, 50, 50)  # apps come and go by the hundred: looking for rubbish took a tenth of the suite

_OF_THE_MACHINE = (
    *("SUPPORTDESK_DB", "SUPPORTDESK_LANGUAGE", "SUPPORTDESK_REGION", "SUPPORTDESK_THEME", "SUPPORTDESK_PLAIN"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"),
    *("LC_ALL", "LC_MESSAGES", "LANGUAGE", "NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES"),
)


def _own_home(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Beside the folder the test works in, which stays empty."""
    home = folder.with_name(f"{folder.name}-home")
    home.mkdir()
    for variable in _OF_THE_MACHINE:
        patch.delenv(variable, raising=False)
    patch.setenv("HOME", str(home))
    patch.setenv("SUPPORTDESK_HOME", str(home / "desk"))
    patch.setenv("LANG", "en_GB.UTF-8")
    patch.setenv("TERM", "xterm-256color")
    patch.setattr(i18n, "_console_language", "en")
    return home / "desk"


@pytest.fixture(scope="session", autouse=True)
def _home_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For what is prepared once, before any test has its own home."""
    with pytest.MonkeyPatch.context() as patch:
        _own_home(patch, tmp_path_factory.mktemp("session"))
        yield


MadeOnce = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """A folder, by its name, that one of the processes of this run fills; each process gets a copy of its own."""
    base = tmp_path_factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def folder(name: str, fill: Callable[[Path], None]) -> Path:
        with (common / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made = common / f"{name}-made"
            if not made.exists():
                filled = common / f"{name}-filled"
                shutil.rmtree(filled, ignore_errors=True)
                filled.mkdir()
                fill(filled)
                filled.rename(made)
        return shutil.copytree(made, tmp_path_factory.mktemp(name) / "copy")

    return folder


@pytest.fixture(scope="session")
def hostile_desk(made_once: MadeOnce) -> Path:
    """A desk in which every text of the corpus stands in every kind of record."""
    from tests.hostile_desk import through_the_desk

    return made_once("hostile", lambda folder: through_the_desk(folder / "desk.db")) / "desk.db"


@pytest.fixture(autouse=True)
def desk_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``SUPPORTDESK_HOME`` of the test; the folder is not made before something is put into it."""
    return _own_home(monkeypatch, tmp_path)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine can be reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise PermissionError(f"a test reached for the network: {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
