"""What ``serve`` and ``server`` share: where the server's data are, and whether its packages are here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supportdesk.i18n import N_, _
from supportdesk.terms.errors import NotReady

if TYPE_CHECKING:
    from supportdesk.server.exchange import Exchange
    from supportdesk.server.place import Place

EXTRA = ("fastapi", "uvicorn", "msgspec", "psycopg", "zstandard")

Data = Annotated[
    Path | None, typer.Option("--data", help=N_("Folder of the server's data."), metavar=N_("FOLDER"))
]
Database = Annotated[
    str, typer.Option("--database", help=N_("PostgreSQL instead of a file: postgresql+psycopg://USER@HOST/NAME."))
]


def needs_server() -> None:
    """Raises NotReady with the cure when the packages of the server are not installed."""
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise NotReady(
            _("The server needs more packages: {missing}. Install them: pip install 'supportdesk[server]'").format(
                missing=", ".join(missing)
            ),
            code="extra",
        )


def place(data: Path | None, database: str) -> Place:
    from supportdesk import places
    from supportdesk.server.place import Place

    folder = data.expanduser().absolute() if data else places.data_dir() / "server"
    return Place(str(folder), database)


@contextmanager
def exchange(data: Path | None, database: str) -> Iterator[Exchange]:
    """The exchange of a server that has been started before; it may be running."""
    needs_server()
    from supportdesk.server.place import exchange_of

    with exchange_of(place(data, database)) as opened:
        yield opened
