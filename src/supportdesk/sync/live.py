"""The live stream of the server (``/v1/live``): it tells that there is something newer, and the console pulls it."""

import json
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Any

import httpx

from supportdesk.sync import wire
from supportdesk.sync.transport import ExchangeFailed, Plug, web_client

SILENCE = httpx.Timeout(10.0, connect=5.0, read=45.0)
"""The server gives a sign of life every 20 seconds; after twice that and a little it is gone."""

EVENTS = "text/event-stream"


class Live:
    """One stream, read in a thread of its own until it ends. ``told`` is called in that thread: with the newest
    sequence of each scope, and with None once the stream has ended."""

    def __init__(self, url: str, secret: str, told: Callable[[Mapping[str, int] | None], None]) -> None:
        self._url = url
        self._secret = secret
        self._told = told
        self._plug = Plug()
        self._thread = Thread(target=self._read, name="supportdesk-live", daemon=True)
        self._thread.start()

    def close(self, seconds: float = 1.0) -> None:
        """End it, from any thread but its own."""
        self._plug.pull()
        self._thread.join(seconds)

    def _read(self) -> None:
        try:
            with web_client(self._url, SILENCE) as client, client.stream(
                "GET", wire.LIVE, headers={"Authorization": f"Bearer {self._secret}", "Accept": EVENTS},
                extensions=self._plug.traced,
            ) as answer:
                if answer.status_code == 200 and answer.headers.get("Content-Type", "").startswith(EVENTS):
                    for line in answer.iter_lines():
                        if (heads := _heads(line)) is not None:
                            self._told(heads)
        except (httpx.HTTPError, httpx.StreamError, ExchangeFailed, OSError):
            pass  # the exchange that follows finds out what it is, and says it
        finally:
            self._plug.close()
            self._told(None)


def _heads(line: str) -> dict[str, int] | None:
    """What a line of the stream says; None for one that says nothing."""
    if not line.startswith("data:"):
        return None
    try:
        told: Any = json.loads(line[len("data:"):])
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    return {str(scope): seq for scope, seq in told.items() if isinstance(seq, int)}
