"""Where the console keeps its files: one folder of its own, or the places of the system (XDG on Linux)."""

import os
from functools import cache
from pathlib import Path

APP = "supportdesk"
HOME_VARIABLE = "SUPPORTDESK_HOME"


def _own_home() -> Path | None:
    """``SUPPORTDESK_HOME``: everything in one folder, for tests, portable disks and several desks on one machine."""
    value = os.environ.get(HOME_VARIABLE)
    return Path(value).expanduser().absolute() if value else None


@cache
def _system_place(kind: str) -> Path:
    from platformdirs import PlatformDirs

    return Path(getattr(PlatformDirs(APP, appauthor=False), f"user_{kind}_dir"))


def config_dir() -> Path:
    return _own_home() or _system_place("config")


def data_dir() -> Path:
    """Databases, drafts, attachments."""
    return _own_home() or _system_place("data")


def state_dir() -> Path:
    """What may be thrown away without loss of work: logs, window state."""
    home = _own_home()
    return home / "state" if home else _system_place("state")


def config_file() -> Path:
    return config_dir() / "config.toml"


def default_database() -> Path:
    return data_dir() / "desk.db"


def demo_database() -> Path:
    return data_dir() / "demo.db"
