"""A process of a server that runs its duties and nothing else, at a quicker pace; what ``serve`` starts in itself.

``python -m tests.server.dutiful FOLDER DATABASE WHEN``: with WHEN ``before`` or ``after`` it kills itself before or
after the exchange commits what a duty did."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from supportdesk.server import duties, lease
from supportdesk.server.exchange import Exchange
from supportdesk.server.place import Place, exchange_of

HELD = timedelta(seconds=0.4)


def main(folder: str, database: str, when: str) -> None:
    lease.HELD = duties.HELD = HELD
    duties.LOOK = 0.1
    push = Exchange.push

    def dies(self: Exchange, *args: Any) -> Any:
        if when == "after":
            push(self, *args)
        os.kill(os.getpid(), signal.SIGKILL)

    if when:
        Exchange.push = dies  # type: ignore[assignment,method-assign]
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: ended.set())
    with exchange_of(Place(folder, database)) as exchange:
        runner = duties.Runner(exchange, Path(folder))
        runner.start()
        print("runs", flush=True)
        ended.wait()
        runner.stop(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
