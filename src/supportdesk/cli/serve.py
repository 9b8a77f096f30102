"""``supportdesk serve``: the central server, in the foreground until it is told to go."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from supportdesk.cli.serving import Data, Database, needs_server, place
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import Invalid

PORT = 8440

app = Noun(help=N_("Run the server that joins several desks."), verbs=False)


@app.command(help=N_("Run the server that joins several desks, until it is told to end."))
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option("--host", help=N_("Address to listen at."))] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=N_("Port; 0 takes a free one."))] = PORT,
    database: Database = "",
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help=N_("Processes; more than one need --database."))
    ] = 1,
) -> None:
    needs_server()
    from supportdesk.server import run, standing
    from supportdesk.server.place import exchange_of

    if workers > 1 and not database:
        raise Invalid(_("Several processes share a PostgreSQL database: give one with --database."), field="workers")
    where = place(data, database)
    run.log_to_stderr()
    with ExitStack() as standing_here:
        with exchange_of(where, begin=True) as exchange:
            standing_here.enter_context(standing.serving(where))
            sockets = run.bound(host, port)
            shown = f"[{host}]" if ":" in host else host
            url = f"http://{shown}:{sockets[0].getsockname()[1]}"
            code = "" if exchange.devices() else exchange.make_code(admin=True)
            if workers == 1:
                run.serve_alone(exchange, Path(where.folder), sockets, lambda: _told(host, url, code))
        if workers > 1:
            run.serve_many(where, sockets, lambda: _told(host, url, code), workers)


def _told(host: str, url: str, code: str) -> None:
    """Where the server listens, and what lets the first console in."""
    out = shell().out
    facts = [(_("Listening at"), url)]
    if code:
        facts.append((_("Enrolment code"), code))
    out.record(facts, {"url": url, **({"code": code} if code else {})})
    sys.stdout.flush()
    if code:
        out.say(_("The code lets the first console in, within 24 hours, and makes its agents admins here."))
    if not _only_this_machine(host):
        out.say(_("Others reach this address without encryption: put a proxy with TLS in front (docs/sync.md)."))


def _only_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
