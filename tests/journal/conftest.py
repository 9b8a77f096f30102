"""A small desk, made once and copied for each test."""

from pathlib import Path

import pytest

from tests.journal import desks


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return desks.make(tmp_path_factory.mktemp("journal") / "desk.db")


@pytest.fixture
def db(prepared: Path, tmp_path: Path) -> Path:
    return desks.copy(prepared, tmp_path / "desk.db")
