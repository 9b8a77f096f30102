"""One PostgreSQL from a wheel for the session, and a database of its own for each test that asks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy

from supportdesk.server.exchange import Exchange
from tests.server import postgres

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    with postgres.postgresql() as url:
        yield url


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
