"""Where a server keeps its data, opened with a sentence for whatever stands in the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import sqlalchemy

from supportdesk.files import private_dir
from supportdesk.i18n import _
from supportdesk.server import tables, upgrading
from supportdesk.server.exchange import Exchange
from supportdesk.terms.errors import Invalid, NotReady


class Place(NamedTuple):
    """Where the exchange keeps what it holds: a folder, or a PostgreSQL database if ``database`` is given."""

    folder: str
    database: str = ""

    @property
    def file(self) -> Path:
        return Path(self.folder) / "exchange.db"


@contextmanager
def exchange_of(place: Place, *, begin: bool = False) -> Iterator[Exchange]:
    """The open exchange; ``begin`` makes it where there is none. Raises NotReady or Invalid with the cure."""
    if place.database:
        check_url(place.database)
    elif begin:
        _make_folder(Path(place.folder))
    elif not place.file.is_file():
        raise _nothing_in(place)
    try:
        exchange = Exchange.open(place.database or Path(place.folder), Path(place.folder))
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise not_opened(place, error) from error
    try:
        yield exchange
    finally:
        exchange.close()


def migrate(place: Place) -> tuple[int, Path | None]:
    """Bring the server's tables up to date without starting it: the version they had, and the copy of a file made
    before. Raises NotReady, Invalid with the cure."""
    if place.database:
        check_url(place.database)
    elif not place.file.is_file():
        raise _nothing_in(place)
    engine = tables.engine_for(place.database or f"sqlite:///{place.file}")
    try:
        return upgrading.upgrade(engine)
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise not_opened(place, error) from error
    finally:
        engine.dispose()


def _nothing_in(place: Place) -> NotReady:
    return NotReady(
        _("There is no server in {folder}. Start it: supportdesk serve --data {folder}").format(folder=place.folder)
    )


def check_url(database: str) -> None:
    try:
        dialect = sqlalchemy.make_url(database).drivername
    except (sqlalchemy.exc.ArgumentError, ValueError):
        dialect = ""
    if dialect != "postgresql+psycopg":
        raise Invalid(
            _("The database must be given as postgresql+psycopg://USER@HOST/NAME."), field="database"
        )


def _make_folder(folder: Path) -> None:
    try:
        private_dir(folder)
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError)
        raise _not_writable(folder, os.strerror(errno.ENOTDIR) if in_the_way else error.strerror) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable(folder, os.strerror(errno.EACCES))


def _not_writable(folder: Path, reason: str | None) -> NotReady:
    return NotReady(
        _("The folder {folder} cannot be written: {reason}. Give another with --data, or mend its owner.").format(
            folder=folder, reason=reason
        ),
        code="folder",
        field="data",
    )


def not_opened(place: Place, error: sqlalchemy.exc.SQLAlchemyError) -> NotReady:
    if place.database:
        shown = sqlalchemy.make_url(place.database).render_as_string(hide_password=True)
        return NotReady(
            _("The database {database} cannot be used. Is it running, and may this user connect?").format(
                database=shown
            ),
            code="database",
            field="database",
        )
    reason = getattr(getattr(error, "orig", None), "sqlite_errorname", "") or type(error).__name__
    return NotReady(
        _("The file {file} cannot be used: {reason}. Mend its owner, or give another folder with --data.").format(
            file=place.file, reason=reason
        ),
        code="folder",
        field="data",
    )
