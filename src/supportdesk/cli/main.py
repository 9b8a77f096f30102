"""The root of the shell: it knows names and one-line helps only; a noun's module is imported when it is used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any

import typer
from typer import Abort, Exit
from typer._click import Context
from typer._click.exceptions import BadParameter, ClickException, NoArgsIsHelpError, UsageError
from typer.core import TyperOption

from supportdesk import i18n
from supportdesk.cli.output import Out
from supportdesk.cli.shell import Shell, begin
from supportdesk.cli.tree import DeskGroup
from supportdesk.cli.words import translated
from supportdesk.i18n import N_, _
from supportdesk.settings import load
from supportdesk.streams import AnswerLost, drop_answer, flush_answer, stand_ins
from supportdesk.terms.errors import Changed, DeskError, NotReady

PROGRAM = "supportdesk"
USAGE = 2
INTERRUPTED = 130
SHELLS = ("bash", "zsh", "fish")

NOUNS: dict[str, str] = {
    "demo": N_("Open the console on a living desk with invented data."),
    "init": N_("Set up a desk of your own."),
    "call": N_("Log a call."),
    "ticket": N_("Tickets: open, read, work on, hand over."),
    "contact": N_("Calls and other contacts."),
    "caller": N_("The people who call."),
    "organisation": N_("The organisations they call for."),
    "asset": N_("Devices and other assets."),
    "kb": N_("Articles: search, read, add."),
    "handoff": N_("Cases offered to another team, and those offered to us."),
    "major": N_("Major incidents: what runs, what to say, who was told."),
    "shift": N_("Your shift: start it, take a break, end it and pass on what you promised."),
    "agent": N_("The people of the desk."),
    "team": N_("Teams and their levels."),
    "site": N_("Sites of the desk."),
    "calendar": N_("Calendars: what time the hours of a desk leave."),
    "promise": N_("Promises: what is due when, and why."),
    "contract": N_("Contracts and agreements: what is promised to whom."),
    "outage": N_("When services did not run, and announced maintenance."),
    "product": N_("Products the desk supports."),
    "component": N_("Components of the products."),
    "role": N_("Roles: which verbs an agent may use."),
    "sync": N_("Exchange with the server of the company."),
    "import": N_("Bring in tickets from another tool."),
    "export": N_("Write everything out for another tool."),
    "backup": N_("Copy the desk into one file while it runs."),
    "restore": N_("Put a backup in place."),
    "doctor": N_("Check the database and say what to mend."),
    "serve": N_("Run the server that joins several desks."),
    "server": N_("The server: its devices and its state."),
    "config": N_("Settings: show, set, check."),
    "version": N_("Versions of the program and what it runs on."),
}


class Root(DeskGroup):
    """``supportdesk`` itself."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(NOUNS)

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        if cmd_name not in NOUNS:
            return None
        if cmd_name not in self.commands:
            module = import_module(
                f"supportdesk.cli.{cmd_name}_" if iskeyword(cmd_name) else f"supportdesk.cli.{cmd_name}"
            )
            command = typer.main.get_command(module.app)
            command.name = cmd_name
            self.commands[cmd_name] = command
        return self.commands[cmd_name]

    def listed(self, ctx: Context) -> list[tuple[str, str]]:
        return [(name, _(help)) for name, help in NOUNS.items()]

    def shell_complete(self, ctx: Context, incomplete: str) -> list[Any]:
        from typer._click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [CompletionItem(name, help=_(help)) for name, help in NOUNS.items() if name.startswith(incomplete)]


def root() -> Root:
    """The whole tree of commands, for running it and for its documentation."""
    return Root(
        name=PROGRAM,
        help=N_("A console for the people who answer support calls. Without a command it opens the console."),
        params=[
            TyperOption(
                param_decls=["--version"],
                help=N_("Show the version and exit."),
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
            ),
            TyperOption(
                param_decls=["--show-completion"],
                help=N_("Print the completion script of a shell: bash, zsh or fish."),
                metavar=N_("SHELL"),
                is_eager=True,
                expose_value=False,
                callback=_show_completion,
            ),
        ],
        no_args_is_help=True,
        rich_markup_mode=None,
    )


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code; whatever happens, no traceback reaches a person."""
    stand_ins()
    try:
        settings = load()
    except NotReady:
        settings = None  # told when a command asks for them: some can do without
    i18n.set_language(settings.language if settings else i18n.system_language())
    shell = begin(settings)
    told = Out(json=_wants_json(arguments))
    try:
        code = _run(list(arguments))
        flush_answer()
        return code
    except NoArgsIsHelpError as help_page:
        told.error("usage", translated("Missing command.") if told.json else help_page.message)
        return USAGE
    except ClickException as misused:
        told.error(*_usage_error(misused, told.json))
        return misused.exit_code
    except Changed as meanwhile:
        told.error(*_changed_meanwhile(meanwhile, shell))
        return meanwhile.exit_code
    except DeskError as refused:
        told.refusal(refused)
        return refused.exit_code
    except BrokenPipeError:
        drop_answer()  # nobody reads
        return 1
    except AnswerLost as lost:
        drop_answer()
        return told.unanswered(lost)
    except OSError as error:
        if error.filename is None:
            return told.unforeseen(error)
        path = os.fsdecode(error.filename)
        told.error("file", _("{path} cannot be used: {reason}.").format(path=path, reason=error.strerror))
        return 1
    except (KeyboardInterrupt, Abort, EOFError):
        told.error("interrupted", _("Interrupted."))
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: a reference instead of a traceback
        return told.unforeseen(error)
    finally:
        shell.close()


def _run(arguments: list[str]) -> int:
    """Carries the command out and returns the exit code it ended with."""
    command = root()
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
        command._main_shell_completion(ctx_args={}, prog_name=PROGRAM)
    try:
        with command.make_context(PROGRAM, arguments) as ctx:
            command.invoke(ctx)
    except Exit as ended:
        return ended.exit_code
    return 0


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether the caller is a machine, as far as can be said of a command line that was not understood."""
    return "--json" in arguments


def _usage_error(error: ClickException, as_json: bool) -> tuple[str, str, str | None]:
    """Code, sentence and field of a command line that was not understood."""
    sentence = translated(error.format_message())
    field = error.param.name if isinstance(error, BadParameter) and error.param else None
    if not as_json:
        context = error.ctx if isinstance(error, UsageError) else None
        hint = _("See: {command} --help").format(command=context.command_path if context else PROGRAM)
        sentence = f"{sentence}\n{hint}"
    return "usage", sentence, field


def _changed_meanwhile(error: Changed, shell: Shell) -> tuple[str, str, str]:
    """Code, sentence and field of a change that came between; only a command that had the desk open ends so."""
    from supportdesk.cli.times import clock_of
    from supportdesk.desk.fields import changed_words
    from supportdesk.store.instants import micros
    from supportdesk.store.views.names import public_name

    when = clock_of(shell.desk)(micros(error.at)) if error.at else ""
    return error.code, changed_words(shell.desk.reader, error, when), public_name(error.field or "")


def _show_version(ctx: Context, _param: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from supportdesk import __version__

        Out().raw(f"{PROGRAM} {__version__}")
        ctx.exit()


def _show_completion(ctx: Context, _param: Any, value: str | None) -> None:
    if value is None or ctx.resilient_parsing:
        return
    if value not in SHELLS:
        raise BadParameter(
            _("There is a completion script for {shells}.").format(shells=", ".join(SHELLS)), ctx=ctx, param=_param
        )
    from typer._completion_shared import get_completion_script

    Out().raw(get_completion_script(prog_name=PROGRAM, complete_var=f"_{PROGRAM.upper()}_COMPLETE", shell=value))
    ctx.exit()
