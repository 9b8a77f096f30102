"""The three streams of a command when one was closed before the start (``>&-``) or takes no more (``>/dev/full``).

What was saved stays saved whatever becomes of the answer: a script that is told "nothing was done" would do it twice.
"""

from __future__ import annotations

import os
import sys


class AnswerLost(Exception):
    """stdout did not take the answer; ``reason`` is the system's word for why. The command itself was carried out."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.errno)
        self.reason = error.strerror or type(error).__name__


def stand_ins() -> None:
    """The null device for each stream that is closed, so that no file of the desk gets its number and its text."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open as long as we run


def answer(text: str, end: str = "\n") -> None:
    """Data on stdout. Raises AnswerLost, or BrokenPipeError when nobody reads any more."""
    try:
        print(text, end=end)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnswerLost(error) from None


def flush_answer() -> None:
    """What was answered goes out now. Raises as :func:`answer`."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise AnswerLost(error) from None


def drop_answer() -> None:
    """What stdout did not take is thrown away: the interpreter's last flush has nothing to complain of."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)


def narrate(line: str) -> None:
    """A line on stderr; one that it does not take is lost, for there is nobody else to tell."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        return
