"""``supportdesk config``: the settings, where each comes from, and whether the file is right."""

from typing import Annotated

import typer

from supportdesk import places, settings
from supportdesk.cli.output import Column
from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.terms.errors import NotReady

app = Noun(help=N_("Settings: show, set, check."))


@app.command("show", help=N_("Show the settings in force and where each value comes from."))
def show() -> None:
    chosen = shell().settings
    rows = [
        {
            "key": option.key,
            "value": chosen.value(option.key),
            "source": chosen.sources[option.key],
            "about": _(option.about),
        }
        for option in settings.OPTIONS
    ]
    rows += [
        {"key": f"{settings.KEYMAP_TABLE}.{action}", "value": keys, "source": str(places.config_file()), "about": ""}
        for action, keys in chosen.keymap.items()
    ]
    shell().out.rows(
        rows,
        [
            Column(_("Setting"), lambda row: str(row["key"])),
            Column(_("Value"), lambda row: _shown(row["value"])),
            Column(_("Source"), lambda row: _source(str(row["source"]))),
            Column(_("Meaning"), lambda row: str(row["about"])),
        ],
    )


@app.command("set", help=N_("Set one setting in the file."))
def set_(
    key: Annotated[str, typer.Argument(help=N_("Name of the setting, as theme or bell.page."))],
    value: Annotated[str, typer.Argument(help=N_("The new value; true or false for a switch."))],
) -> None:
    from supportdesk import settings_file

    file = places.config_file()
    chosen = settings_file.value_of(key, value)
    settings_file.sensible(file, key, chosen)
    settings_file.write(file, key, chosen)
    if shell().out.json:
        shell().out.record([], {"key": key, "value": chosen, "path": str(file)})
    shell().out.say(_("{key} is set in {file}.").format(key=key, file=file))


@app.command("check", help=N_("Check the file and name every error in it."))
def check() -> None:
    problems = list(_problems())
    shell().out.rows(
        problems,
        [Column(_("Setting"), lambda problem: problem.key), Column(_("Error"), lambda problem: problem.message)],
        empty=_("{file} is in order.").format(file=places.config_file()),
    )
    if problems:
        raise typer.Exit(1)


@app.command("path", help=N_("Say where the settings file is."))
def path() -> None:
    file = str(places.config_file())
    if shell().out.json:
        shell().out.record([], {"path": file})
    else:
        shell().out.text(file)


def _problems() -> list[settings.Problem]:
    """Every error of the file and the environment, those of the keymap too."""
    try:
        found = settings.load()
    except NotReady as unreadable:
        return [settings.Problem(str(places.config_file()), unreadable.field or "", unreadable.message)]
    from supportdesk.keymap import keymap
    from supportdesk.settings_file import nonsense

    file = str(places.config_file())
    wrong_keys = [
        settings.Problem(file, settings.KEYMAP_TABLE, f"{file}: {sentence}")
        for sentence in keymap(found.keymap).problems
    ]
    senseless = [
        settings.Problem(source, key, f"{source}: {reason}")
        for key in ("region", "db")
        if (source := found.sources[key]) != "default" and (reason := nonsense({}, key, found.value(key)))
    ]
    return [*found.problems, *wrong_keys, *senseless]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def _source(source: str) -> str:
    return _("default") if source == "default" else source
