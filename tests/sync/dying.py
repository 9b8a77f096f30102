"""An exchange in a process of its own that is killed (-9) at a statement.

The processes are forked from one that has no threads: forked beside a running server's, they may take over a lock that
nobody will ever open."""

import faulthandler
import multiprocessing
import os
from pathlib import Path

from supportdesk.store.journal import Journal
from supportdesk.sync.client import Client
from tests.sync.stand import PATIENCE

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])


def exchange_and_die_at(db: Path, n: int) -> bool:
    """Exchange, killed at the n-th statement; True when it came to its end before."""
    child = _processes.Process(target=_exchange, args=(db, n), daemon=True)
    child.start()
    child.join(PATIENCE)
    if child.is_alive():
        child.kill()
        raise AssertionError(f"the exchange neither ends nor dies at statement {n}: stderr says where it stands")
    assert child.exitcode in (0, -9), child.exitcode
    return child.exitcode == 0


def _exchange(db: Path, left: int) -> None:
    faulthandler.dump_traceback_later(PATIENCE - 10)

    def trace(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)

    client = Client(db)
    journal = Journal(db)
    journal.conn.set_trace_callback(trace)
    client.__dict__["_journal"] = journal
    client.exchange()
    os._exit(0)
