"""A small desk for the tests of the screens."""

from __future__ import annotations

from pathlib import Path

import pytest

from supportdesk.desk import setup
from tests.screens.stand import LOGIN, Bench


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The desk that every test gets a copy of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(setup, "article_images", lambda: iter(()))
        patch.setattr("supportdesk.desk.desk.os_login", lambda: LOGIN)
        return Bench(tmp_path_factory.mktemp("furnished") / "desk.db")


@pytest.fixture
def bench(furnished: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("supportdesk.desk.desk.os_login", lambda: LOGIN)
    return furnished.copy(tmp_path / "desk.db")
