"""The exchange: takes entries in one order, merges them by field, hands out rows and entries (DESIGN.md 5)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy

from supportdesk.server.shapes import Device, DeviceLine, EnrollAsk, PullAsk, PushAsk
from supportdesk.server.shapes import Refused as Refused
from supportdesk.store.clock import utc_now


class Exchange:
    """One server's exchange; safe to use from many threads."""

    def __init__(self, engine: sqlalchemy.Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self.clock = clock

    @classmethod
    def open(cls, url_or_folder: str | Path) -> "Exchange":
        """The exchange of a data folder (``<folder>/exchange.db``, SQLite) or of a ``postgresql+psycopg://`` URL."""
        raise NotImplementedError

    def authenticate(self, bearer: str | None) -> Device:
        """The device whose secret this is (``device-id.token``, with or without ``Bearer``). Refused 401, 403."""
        raise NotImplementedError

    def make_code(self, *, agents: Sequence[str] = (), shared_host: bool = False, admin: bool = False) -> str:
        """A code that enrols one console within 24 hours; ``agents`` are logins."""
        raise NotImplementedError

    def enroll(self, ask: EnrollAsk) -> dict[str, Any]:
        raise NotImplementedError

    def push(self, device: Device, ask: PushAsk) -> dict[str, Any]:
        raise NotImplementedError

    def pull(self, device: Device, ask: PullAsk) -> dict[str, Any]:
        raise NotImplementedError

    def head(self) -> int:
        """Newest seq of scope own."""
        raise NotImplementedError

    def devices(self) -> list[DeviceLine]:
        raise NotImplementedError

    def revoke(self, id: str) -> None:
        """From now on every call of this device is refused. Raises NotFound."""
        raise NotImplementedError

    def status(self) -> dict[str, Any]:
        """{server, head: {epoch, seq, chain}, schema: {min, max}, devices, conflicts, entries}."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
