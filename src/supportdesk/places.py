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


def system_zone() -> str:
    """The zone of the machine by its IANA name; UTC where it says none."""
    named = os.environ.get("TZ", "").removeprefix(":")
    for name in (named, _zone_of_link("/etc/localtime"), _first_line("/etc/timezone")):
        if name and is_zone(name):
            return name
    return "UTC"


def _zone_of_link(path: str) -> str:
    try:
        return os.path.realpath(path).partition("zoneinfo/")[2]
    except OSError:
        return ""


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError):
        return ""


def is_zone(name: str) -> bool:
    """Whether a zone is known by this IANA name."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def os_login() -> str:
    """The login of whoever runs this, from his user id: ``LOGNAME`` and ``USER`` can be set by anybody."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
