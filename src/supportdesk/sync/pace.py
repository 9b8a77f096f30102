"""When the next exchange is due (field/sync.md 2.4). Pure: instants are monotonic seconds, handed in."""

import random
from collections.abc import Callable

GATHER = 0.2
"""Seconds after a save before it goes out: what is saved together goes together."""

POLL = (25.0, 35.0)
"""Seconds between two exchanges while no live stream tells, spread so that consoles do not come all at once."""

FIRST, LONGEST = 1.0, 60.0
"""Seconds before the second try after a failure, and the most before any later one; each drawn from all below."""

TURN = 1.0
"""Seconds before the next look when another process of this desk is exchanging."""

NEVER = float("inf")

Spread = Callable[[float, float], float]


def backoff(failures: int, spread: Spread = random.uniform) -> float:
    """Seconds to wait after so many failures one after the other (1 or more): full jitter."""
    return spread(FIRST, min(LONGEST, FIRST * 2.0 ** min(failures, 10)))


class Pace:
    """``due`` is when to exchange next; ``failures`` counts those since the last success."""

    def __init__(self, now: float, spread: Spread = random.uniform) -> None:
        self.due = now
        self.failures = 0
        self._spread = spread

    def anew(self, now: float) -> None:
        """Enrolled, resumed, or reached by somebody else: at once, whatever was before."""
        self.due, self.failures = now, 0

    def rest(self) -> None:
        """Nothing is to be exchanged until :meth:`anew`."""
        self.due, self.failures = NEVER, 0

    def saved(self, now: float) -> None:
        """Something was saved here. A server that does not answer is left its rest all the same."""
        if not self.failures:
            self.due = min(self.due, now + GATHER)

    def told(self, now: float) -> None:
        """The server has something newer, or its stream has ended: look."""
        if not self.failures:
            self.due = min(self.due, now)

    def taken(self, now: float) -> None:
        """Another process of this desk was at it."""
        self.due = now + TURN

    def done(self, now: float, live: bool) -> None:
        """An exchange ended well; ``live``: a stream tells of what comes."""
        self.failures = 0
        self.due = NEVER if live else now + self._spread(*POLL)

    def failed(self, now: float, rest: float | None = None) -> None:
        """An exchange failed; ``rest`` is how long the server asked to be left alone, in seconds."""
        self.failures += 1
        self.due = now + (backoff(self.failures, self._spread) if rest is None else rest + self._spread(0.0, FIRST))
