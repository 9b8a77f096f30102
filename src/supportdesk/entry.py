"""The command ``supportdesk``: a glance at the arguments decides how little has to be imported.

The version is answered at once; no subcommand means the console, which needs no Typer; the rest is the shell's.
"""

import os
import sys

COMPLETION_VARIABLE = "_SUPPORTDESK_COMPLETE"


def main() -> int:
    """Runs the program and returns its exit code: 0 done, 1 refused or failed, 2 wrong usage, 3 not ready."""
    arguments = sys.argv[1:]
    completing = COMPLETION_VARIABLE in os.environ
    if not completing and arguments == ["--version"]:
        from supportdesk import __version__

        print(f"supportdesk {__version__}")
        return 0
    console = None if completing else _console_options(arguments)
    if console is None:
        from supportdesk.cli.main import run

        return run(arguments)
    return _open_console(console)


def _console_options(arguments: list[str]) -> dict[str, str | bool] | None:
    """The global options when nothing else was given; ``None`` when the shell has to look closer."""
    options: dict[str, str | bool] = {}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument == "--plain":
            options["plain"] = True
        elif name in ("--db", "--as"):
            value = value if equals else next(rest, "")
            if not value:
                return None
            options["as_login" if name == "--as" else "db"] = value
        else:
            return None
    return options


def _open_console(options: dict[str, str | bool]) -> int:
    from supportdesk import i18n
    from supportdesk.i18n import _
    from supportdesk.settings import load
    from supportdesk.terms.errors import DeskError

    try:
        settings = load(**options)  # type: ignore[arg-type]
        i18n.set_language(settings.language)
        if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM", "") in ("", "dumb"):
            print(_("The console needs a terminal. Here the subcommands work: supportdesk --help"), file=sys.stderr)
            return 3
        from supportdesk.app import run_console

        return run_console(settings)
    except DeskError as refused:
        from supportdesk.cli.output import Out

        Out().refusal(refused)
        return refused.exit_code
