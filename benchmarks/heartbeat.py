"""The console with a heart: how late its event loop answers, told as JSON when it ends.

``python -m benchmarks.heartbeat DATABASE FILE``. The loop is asked every few milliseconds to come back; how much later
it does, in seconds, goes to ``FILE``. Everything else is the console as it stands.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from supportdesk import life

BEAT = 0.005
"""Seconds between two beats."""


def main(database: Path, told: Path) -> int:
    life.begin()
    from supportdesk.console import SupportDesk
    from supportdesk.desk.opening import Opening
    from supportdesk.settings import load

    class Beating(SupportDesk):
        late: list[tuple[float, float]] = []

        def on_ready(self) -> None:
            super().on_ready()
            self._heart = asyncio.get_running_loop().create_task(self._beat())

        async def _beat(self) -> None:
            while True:
                due = time.monotonic() + BEAT
                await asyncio.sleep(BEAT)
                now = time.monotonic()
                self.late.append((now, now - due))

    app = Beating(Opening(database), load(db=str(database)))
    try:
        return life.run_console(app, app.flush, False)
    finally:
        app.close()
        told.write_text(json.dumps(app.late), encoding="ascii")


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
