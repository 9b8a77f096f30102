"""An empty desk of Ana's, made once and copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from supportdesk.desk.desk import Desk
from tests.journal import desks


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desks.make(tmp_path_factory.mktemp("imports") / "desk.db")


@pytest.fixture
def desk(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: "ana")
    (tmp_path / "desk").mkdir()
    desk = Desk(desks.copy(prepared, tmp_path / "desk" / "desk.db"), clock=desks.Clock())
    yield desk
    desk.close()
