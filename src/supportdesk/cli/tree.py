"""The shapes commands are made of: groups and commands that speak the console's language and know the global options.

A noun's module says::

    app = Noun(help=N_("Tickets: open, read, work on."))

    @app.command("show", help=N_("Show one ticket with its history."))
    def show(number: Annotated[str, typer.Argument(help=N_("Number of the ticket."))]) -> None:
        shell().out.record(...)

Helps are marked with ``N_`` and translated when they are shown. Options ``--db --json --plain --as`` stand on every
command by themselves; their values are in :func:`supportdesk.cli.shell.shell`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, ClassVar, cast

import typer
import typer.core
from typer._click import Context, HelpFormatter, Parameter
from typer.core import TyperCommand, TyperGroup, TyperOption

from supportdesk.cli.shell import shell
from supportdesk.i18n import N_, _
from supportdesk.streams import answer

typer.core.__dict__["_"] = (
    _  # Typer asks the catalogues of the standard library's default domain; its words stand in ours
)

ARGUMENTS = N_("Arguments:")
OPTIONS = N_("Options:")
GLOBAL_HEADING = N_("Everywhere, before or after the command:")


def _take(_ctx: Context, param: Parameter, value: Any) -> None:
    if value and param.name:
        shell().given[param.name] = value


def _global_option(*names: str, help: str, metavar: str | None = None) -> TyperOption:
    return TyperOption(
        param_decls=[*names],
        help=help,
        metavar=metavar,
        is_flag=metavar is None,
        default=False if metavar is None else None,
        expose_value=False,
        callback=_take,
    )


GLOBAL_OPTIONS: tuple[TyperOption, ...] = (
    _global_option("--db", help=N_("Database file to work on."), metavar=N_("FILE")),
    _global_option("--json", help=N_("Print data and errors as JSON.")),
    _global_option("--plain", help=N_("One fact a line, for screen readers.")),
    _global_option("as_login", "--as", help=N_("Act as this agent; needs the admin role."), metavar=N_("LOGIN")),
)


class _Speaking:
    """What commands and groups have in common; stands before Typer's class in the order of resolution."""

    params: list[Parameter]
    help: str | None
    short_help: str | None

    def get_params(self, ctx: Context) -> list[Parameter]:
        own: list[Parameter] = super().get_params(ctx)  # type: ignore[misc]
        taken = {name for param in own for name in param.opts}
        return [*own, *(option for option in GLOBAL_OPTIONS if not taken.intersection(option.opts))]

    def get_help_option(self, ctx: Context) -> TyperOption | None:
        option: TyperOption | None = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.callback = _show_help
        return option

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        pieces: list[str] = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [_(piece.removeprefix("{").removesuffix("}")) for piece in pieces]

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage:") + " ")

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        if self.help:
            formatter.write_paragraph()
            formatter.write_text(_(self.help))

    def get_short_help_str(self, limit: int = 45) -> str:
        return _(self.help) if self.help else ""

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {ARGUMENTS: [], OPTIONS: [], GLOBAL_HEADING: []}
        for param in self.get_params(ctx):
            record = _spoken(param, ctx).get_help_record(ctx)
            if record is not None:
                argument = param.param_type_name == "argument"
                heading = GLOBAL_HEADING if param in GLOBAL_OPTIONS else ARGUMENTS if argument else OPTIONS
                sections[heading].append(record)
        write_section(formatter, N_("Commands:"), self.listed(ctx))
        for heading, records in sections.items():
            write_section(formatter, heading, records)

    def listed(self, ctx: Context) -> list[tuple[str, str]]:
        """The verbs of a noun with their one-line helps, translated."""
        return []


def _show_help(ctx: Context, _param: Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        answer(ctx.get_help())
        ctx.exit()


def write_section(formatter: HelpFormatter, heading: str, records: list[tuple[str, str]]) -> None:
    """A headed list of a help page; nothing when it is empty."""
    if records:
        formatter.write_paragraph()
        formatter.write(_(heading) + "\n")
        with formatter.indentation():
            formatter.write_dl(records)


def _spoken(param: Parameter, ctx: Context) -> Any:
    """The parameter as its help page shows it now: a copy, because the language may be another next time."""
    spoken: Any = copy.copy(param)
    spoken.help = _(spoken.help) if spoken.help else ""
    spoken.metavar = _(spoken.metavar) if spoken.metavar else None
    return spoken


KINDS = {
    "str": N_("TEXT"),
    "int": N_("NUMBER"),
    "float": N_("NUMBER"),
    "filename": N_("FILE"),
    "path": N_("FILE"),
    "file": N_("FILE"),
    "directory": N_("FOLDER"),
    "uuid": N_("ID"),
    "datetime": N_("DATE"),
}
"""How help pages name a kind of value; Typer would write ``<str>``."""


class DeskCommand(_Speaking, TyperCommand):
    """One verb."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        for param in self.params:
            if param.metavar is None:
                param.metavar = _placeholder(param)


def _placeholder(param: Parameter) -> str | None:
    """What stands for the value in help pages; ``None`` leaves it to Typer, which lists choices well."""
    if param.param_type_name == "argument":
        return (param.name or "").upper() + ("..." if param.nargs != 1 else "")
    if param.type.name == "int range":
        bounds: Any = param.type
        return f"{bounds.min if bounds.min is not None else ''}..{bounds.max if bounds.max is not None else ''}"
    return KINDS.get(param.type.name)


class DeskGroup(_Speaking, TyperGroup):
    """A noun with its verbs; those of ``elsewhere`` are imported when they are used."""

    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Verb -> module of ``supportdesk.cli`` whose ``app`` holds it."""

    def list_commands(self, ctx: Context) -> list[str]:
        return list(dict.fromkeys((*super().list_commands(ctx), *self.elsewhere)))

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        if cmd_name not in self.commands and cmd_name in self.elsewhere:
            module = import_module(f"supportdesk.cli.{self.elsewhere[cmd_name]}")
            self.commands.update(cast(TyperGroup, typer.main.get_command(module.app)).commands)
        return super().get_command(ctx, cmd_name)

    def listed(self, ctx: Context) -> list[tuple[str, str]]:
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        return [(name, command.get_short_help_str()) for name, command in commands if command is not None]

    def resolve_command(self, ctx: Context, args: list[str]) -> Any:
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            if name.startswith("-"):
                self.parse_args(ctx, args)
            ctx.fail(self._unknown(name, ctx))
        return name if command else None, command, args[1:]

    def _unknown(self, name: str, ctx: Context) -> str:
        from difflib import get_close_matches

        near = get_close_matches(name, self.list_commands(ctx), n=1)
        if near:
            return _("There is no command {name}. Did you mean {near}?").format(name=name, near=near[0])
        return _("There is no command {name}.").format(name=name)


class Noun(typer.Typer):
    """A Typer for one noun: verbs are added with ``@app.command(name, help=N_(...))``.

    ``verbs=False`` is for a noun that is itself the command, as ``doctor``. ``elsewhere`` names verbs that stand in
    another module's ``app`` (verb -> module of ``supportdesk.cli``): a noun of many verbs pays for the one it runs.
    """

    def __init__(self, *, help: str, verbs: bool = True, elsewhere: Mapping[str, str] | None = None) -> None:
        group = type("DeskGroup", (DeskGroup,), {"elsewhere": elsewhere}) if elsewhere else DeskGroup
        super().__init__(
            cls=group,
            help=help,
            add_completion=False,
            rich_markup_mode=None,
            pretty_exceptions_enable=False,
            no_args_is_help=verbs,
        )
        if verbs:
            self.callback(cls=group, help=help, no_args_is_help=True)(_nothing)

    def command(self, name: str | None = None, **attributes: Any) -> Callable[[Any], Any]:
        attributes.setdefault("cls", DeskCommand)
        return super().command(name, **attributes)


def _nothing() -> None:
    """A noun without a verb has nothing to do."""
