"""A desk with whom and what contracts are made: two organisations, an integrator, teams, products."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from supportdesk.desk import admin, agreeing, people, setup
from supportdesk.desk.agreement_file import Form
from supportdesk.desk.desk import Desk
from supportdesk.places import os_login
from supportdesk.store.views.agreed import KeptCalendar, KeptContract, kept_calendars, kept_contracts

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""A Saturday."""


@dataclass
class House:
    """The desk and what it knows."""

    desk: Desk
    alpina: UUID
    kontur: UUID
    rheinhof: UUID
    vpn: UUID

    def bring_in(self, text: str, form: Form = Form.TOML, *, matrix: bool = False) -> agreeing.Plan:
        """Bring in a file that must be right."""
        done = agreeing.bring_in(self.desk, text, form=form, matrix=matrix)
        assert done.problems == ()
        return done

    def problems(self, text: str, form: Form = Form.TOML) -> list[tuple[int, str]]:
        return [(problem.line, problem.sentence)
                for problem in agreeing.plan(self.desk, text, form=form, matrix=True).problems]

    def contract(self, slug: str) -> KeptContract:
        return next(each for each in kept_contracts(self.desk.reader) if each.slug == slug)

    def calendar(self, slug: str) -> KeptCalendar:
        return next(each for each in kept_calendars(self.desk.reader) if each.slug == slug)

    def rows(self) -> list[tuple[Any, ...]]:
        """All there is of calendars, contracts and the matrix."""
        return [row for table in ("calendar", "contract", "matrix")
                for row in self.desk.reader.execute(f"SELECT * FROM {table} ORDER BY pk").fetchall()]

    def entries(self) -> int:
        return int(self.desk.reader.execute("SELECT count(*) FROM entry").fetchone()[0])


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    path = tmp_path_factory.mktemp("house") / "desk.db"
    setup.init(path, login=os_login(), zone="Europe/Zurich", region="CH", lang="fr", now=NOW)
    desk = Desk(path, clock=lambda: NOW)
    kontur = people.save_organisation(desk, {"name": "Kontur", "kind": "integrator"})
    ids = {
        "alpina": people.save_organisation(desk, {"name": "Alpina"}),
        "kontur": kontur,
        "rheinhof": people.save_organisation(desk, {"name": "Rheinhof", "integrator_id": kontur}),
        "vpn": admin.save(desk, "product", {"slug": "vpn", "name": "VPN"}),
    }
    admin.save(desk, "product", {"slug": "mail", "name": "Mail"})
    desk.close()
    return path, {name: str(id) for name, id in ids.items()}


@pytest.fixture
def new_house(_prepared: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Callable[[], House]]:
    """Another house like the first, as often as asked."""
    path, ids = _prepared
    opened: list[Desk] = []

    def make() -> House:
        copy = tmp_path / f"desk-{len(opened)}.db"
        copy.write_bytes(path.read_bytes())
        desk = Desk(copy, clock=lambda: NOW)
        opened.append(desk)
        return House(desk, **{name: UUID(id) for name, id in json.loads(json.dumps(ids)).items()})

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def house(new_house: Callable[[], House]) -> House:
    return new_house()
