"""A small desk to say verbs at: one hotline team, one team at level 2, its specialist, a caller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from supportdesk.desk import admin, people, setup
from supportdesk.desk.calls import Call, Saved, take_call
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store import rows


class Clock:
    """A clock that moves a second with every look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@dataclass
class Small:
    """The desk, a second console on the same file for the specialist, and who is who."""

    desk: Desk
    specialist: Desk
    clock: Clock
    network: UUID
    caller: UUID

    def call(self, text: str = "le vpn coupe", **more: object) -> Saved:
        return take_call(self.desk, Call(ticket={"description": text, "caller_id": self.caller}, **more))  # type: ignore[arg-type]

    def row(self, entity: str, id: UUID) -> rows.Row:
        row = rows.read(self.desk.reader, entity, id)
        assert row is not None
        return row

    def count(self, entity: str) -> int:
        return int(self.desk.reader.execute(f"SELECT count(*) FROM {entity}").fetchone()[0])


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "desk.db"
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="fr", now=Clock().now)
    return path


@pytest.fixture
def small(_prepared: Path, tmp_path: Path) -> Iterator[Small]:
    path = tmp_path / "desk.db"
    path.write_bytes(_prepared.read_bytes())
    clock = Clock()
    desk = Desk(path, clock=clock)
    network = admin.save(desk, "team", {"slug": "network", "name": "Réseau", "level": 2, "employer": "own"})
    admin.save(desk, "agent", {"login": "nils", "name": "Nils", "teams": (network,), "roles": ("specialist",)})
    alpina = people.save_organisation(desk, {"name": "Alpina", "key_account": True})
    caller = people.save_caller(
        desk, {"name": "Monique Perret", "numbers": ("+33 1 99 00 12 34",), "organisation_id": alpina, "language": "fr"}
    )
    specialist = Desk(path, as_login="nils", clock=clock)
    yield Small(desk, specialist, clock, network, caller)
    specialist.close()
    desk.close()
