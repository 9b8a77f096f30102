"""The command ``supportdesk``: a glance at the arguments decides how little has to be imported.

The version is answered at once; no subcommand means the console, which needs no Typer; the rest is the shell's.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence

from supportdesk.streams import AnswerLost, answer, drop_answer, flush_answer, narrate, stand_ins

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, TypedDict

    class ConsoleOptions(TypedDict, total=False):
        db: str
        plain: bool
        as_login: str


COMPLETION_VARIABLE = "_SUPPORTDESK_COMPLETE"
NOT_READY = 3
COLLECT_LATE = 50_000
"""Objects made before rubbish is looked for: importing makes none, and looking takes a tenth of a short command."""


def main() -> NoReturn:
    """Runs the program and ends the process with its exit code."""
    leave(run())


def leave(code: int) -> NoReturn:
    """Ends the process. Nothing is left to do but what was asked to be done at exit: taking every module apart again
    would cost a short command a fifth of its time. Where threads run still, Python ends them as it always does."""
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        sys.exit(code)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # it was told already, or it is closed
            continue
    os._exit(code)


def run() -> int:
    """Runs the program and returns its exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 not ready."""
    stand_ins()
    arguments = sys.argv[1:]
    if COMPLETION_VARIABLE not in os.environ:
        if arguments == ["--version"]:
            return show_version()
        options = console_options(arguments)
        if options is not None:
            return open_console(options)
    gc.set_threshold(COLLECT_LATE)
    from supportdesk.cli.main import run as run_command

    return run_command(arguments)


def show_version() -> int:
    """The version on stdout, without loading anything; returns the exit code."""
    from supportdesk import __version__

    try:
        answer(f"supportdesk {__version__}")
        flush_answer()
    except BrokenPipeError:
        drop_answer()
        return 1
    except AnswerLost as lost:
        from supportdesk import i18n
        from supportdesk.cli.output import Out

        drop_answer()
        i18n.set_language(i18n.system_language())
        return Out().unanswered(lost)
    return 0


def console_options(arguments: Sequence[str]) -> ConsoleOptions | None:
    """The options of the console when nothing else was given; ``None`` when the shell has to look closer."""
    options: ConsoleOptions = {}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument == "--plain":
            options["plain"] = True
        elif name in ("--db", "--as"):
            value = value if equals else next(rest, "")
            if not value or value.startswith("-"):
                return None
            options["as_login" if name == "--as" else "db"] = value
        else:
            return None
    return options


def open_console(options: ConsoleOptions) -> int:
    """The console on the database of the settings; refusals are told in a sentence, faults by their reference."""
    from supportdesk.terms.errors import DeskError

    try:
        from supportdesk import i18n
        from supportdesk.settings import load

        settings = load(**options)
        i18n.set_language(settings.language)
        if not _terminal():
            narrate(i18n._("The console needs a terminal. Without one use a command: supportdesk --help"))
            return NOT_READY
        from supportdesk.app import run_console

        return run_console(settings)
    except DeskError as refused:
        from supportdesk.cli.output import Out

        Out().refusal(refused)
        return refused.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a reference instead of a traceback
        from supportdesk.cli.output import Out

        return Out().unforeseen(error)


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
