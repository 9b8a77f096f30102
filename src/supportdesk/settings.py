"""What a person or an admin may choose: one TOML file, the environment over it, the command line over both.

A value that cannot be used is reported as a :class:`Problem` and its default holds: a typing error in a colour
must not stop a desk at night. Only a file that cannot be read at all, or a wrong ``db``, stops the start:
working on another database than the one meant would be worse than not starting.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from supportdesk import places
from supportdesk.i18n import LANGUAGES, N_, _, system_language, system_locale
from supportdesk.terms.errors import NotReady

THEMES = ("auto", "dark", "light", "monochrome", "terminal")
DEFAULT_REGION = "CH"

Value = bool | str


class Option(NamedTuple):
    """One key of the settings. ``key`` is its dotted name, ``about`` its description for people."""

    key: str
    kind: type[bool] | type[str]
    default: Callable[[], Value]
    about: str
    choices: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        return "SUPPORTDESK_" + self.key.upper().replace(".", "_")


def _system_region() -> str:
    territory = system_locale().partition("_")[2]
    return territory.upper() if len(territory) == 2 and territory.isalpha() else DEFAULT_REGION


OPTIONS: tuple[Option, ...] = (
    Option("db", str, lambda: str(places.default_database()), N_("File of the desk's database.")),
    Option(
        "language",
        str,
        system_language,
        N_("Language of the console; from the locale of the system when not set."),
        LANGUAGES,
    ),
    Option(
        "region",
        str,
        _system_region,
        N_("Country of telephone numbers written without a country code, as two letters."),
    ),
    Option(
        "theme",
        str,
        lambda: "auto",
        N_("Colours: auto, dark, light, monochrome, or the 16 colours of the terminal itself."),
        THEMES,
    ),
    Option(
        "plain",
        bool,
        lambda: False,
        N_("For screen readers: no lines drawn, one fact a line."),
    ),
    Option("mouse", bool, lambda: False, N_("Let the mouse work; marking text then needs the Shift key.")),
    Option("bell.page", bool, lambda: True, N_("Ring the bell when I am paged.")),
    Option("bell.alarm", bool, lambda: True, N_("Ring the bell for a P1 that nobody works on.")),
    Option("bell.callback", bool, lambda: True, N_("Ring the bell two minutes before a callback I promised.")),
    Option("bell.call", bool, lambda: True, N_("Ring the bell when a call is offered to me.")),
)
BY_KEY: Mapping[str, Option] = MappingProxyType({option.key: option for option in OPTIONS})
KEYMAP_TABLE = "keys"
"""``keys.ACTION = "key"`` gives an action another key; the console checks the map against its registry of actions."""


class Problem(NamedTuple):
    """A setting that was not used: where it stands, which key, and a sentence with the cure."""

    place: str
    key: str
    message: str


_NOTHING: Mapping[str, str] = MappingProxyType({})


class Settings(NamedTuple):
    """The settings in force. ``sources`` tells for each key where its value came from."""

    db: Path
    language: str = "en"
    region: str = DEFAULT_REGION
    theme: str = "auto"
    plain: bool = False
    mouse: bool = False
    bells: frozenset[str] = frozenset({"page", "alarm", "callback", "call"})
    keymap: Mapping[str, str] = _NOTHING
    as_login: str | None = None
    problems: tuple[Problem, ...] = ()
    sources: Mapping[str, str] = _NOTHING

    def value(self, key: str) -> Value:
        """The value of a key of :data:`OPTIONS`."""
        if key.startswith("bell."):
            return key.removeprefix("bell.") in self.bells
        found = getattr(self, key)
        return str(found) if isinstance(found, Path) else found


def load(db: str | None = None, plain: bool | None = None, as_login: str | None = None) -> Settings:
    """The settings in force; the arguments are those of the command line and win.

    Raises :class:`~supportdesk.terms.errors.NotReady` when the file cannot be read or ``db`` is not a path.
    """
    file = places.config_file()
    written, problems = usable(read_file(file), str(file))
    if any(problem.key == "db" for problem in problems):
        raise NotReady(next(problem.message for problem in problems if problem.key == "db"), field="db")
    values: dict[str, Value] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        values[option.key], sources[option.key] = option.default(), "default"
        if option.key in written:
            values[option.key], sources[option.key] = written[option.key], str(file)
        given = os.environ.get(option.variable)
        if given:
            try:
                values[option.key], sources[option.key] = parse(option, given), option.variable
            except ValueError as wrong:
                problems.append(Problem(option.variable, option.key, str(wrong)))
    for key, from_command_line in (("db", db), ("plain", plain)):
        if from_command_line is not None:
            values[key], sources[key] = from_command_line, f"--{key}"
    return Settings(
        db=Path(str(values["db"])).expanduser().absolute(),
        language=str(values["language"]),
        region=str(values["region"]),
        theme=str(values["theme"]),
        plain=bool(values["plain"]),
        mouse=bool(values["mouse"]),
        bells=frozenset(key.removeprefix("bell.") for key in values if key.startswith("bell.") and values[key]),
        keymap=MappingProxyType(
            {key.removeprefix("keys."): str(value) for key, value in written.items() if key.startswith("keys.")}
        ),
        as_login=as_login,
        problems=tuple(problems),
        sources=MappingProxyType(sources),
    )


def read_file(file: Path) -> dict[str, Any]:
    """The file as dotted keys, unchecked; empty when there is none."""
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as wrong:
        raise NotReady(
            _("The settings file {file} cannot be read: {reason}. Mend it or move it away.").format(
                file=file, reason=getattr(wrong, "strerror", None) or _("it is not UTF-8 text")
            ),
            code="settings_unreadable",
        ) from wrong
    return parse_text(text, file)


def parse_text(text: str, file: Path) -> dict[str, Any]:
    """TOML text as dotted keys, unchecked."""
    import tomllib

    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise NotReady(
            _("The settings file {file} is not valid TOML: {reason}. Mend it or move it away.").format(
                file=file, reason=wrong
            ),
            code="settings_unreadable",
        ) from wrong
    return _dotted(tables)


def _dotted(tables: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            flat.update(_dotted(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def usable(raw: Mapping[str, Any], place: str) -> tuple[dict[str, Value], list[Problem]]:
    """Divides dotted keys into those that can be used and a problem for each of the others."""
    good: dict[str, Value] = {}
    problems: list[Problem] = []
    for key, value in raw.items():
        try:
            good[key] = check(key, value)
        except ValueError as wrong:
            problems.append(Problem(place, key, f"{place}: {wrong}"))
    return good, problems


def check(key: str, value: object) -> Value:
    """The value if the key is known and may hold it; ``ValueError`` with a sentence otherwise."""
    if key.startswith(KEYMAP_TABLE + "."):
        keys = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in keys):
            raise ValueError(_("{key} must be the name of a key or a list of them.").format(key=key))
        return ",".join(map(str, keys))
    option = BY_KEY.get(key)
    if option is None:
        raise ValueError(unknown_key(key))
    if not isinstance(value, bool | str) or not isinstance(value, option.kind):
        wanted = _("true or false") if option.kind is bool else _("text in quotes")
        raise ValueError(_("{key} must be {wanted}.").format(key=key, wanted=wanted))
    if option.choices and value not in option.choices:
        raise ValueError(_("{key} must be one of: {choices}.").format(key=key, choices=", ".join(option.choices)))
    if key == "region" and not (isinstance(value, str) and len(value) == 2 and value.isascii() and value.isupper()):
        raise ValueError(_("{key} must be a country as two capital letters, as CH.").format(key=key))
    if isinstance(value, str) and not value.strip():
        raise ValueError(_("{key} is empty.").format(key=key))
    return value


def parse(option: Option, text: str) -> Value:
    """A value given as text, by the shell or the environment; ``ValueError`` with a sentence when it does not fit."""
    if option.kind is bool:
        word = text.strip().lower()
        if word in ("true", "yes", "on", "1"):
            return True
        if word in ("false", "no", "off", "0"):
            return False
        raise ValueError(_("{key} must be {wanted}.").format(key=option.key, wanted=_("true or false")))
    return check(option.key, text)


def unknown_key(key: str) -> str:
    """A sentence about a key that does not exist, with the nearest one that does."""
    from difflib import get_close_matches

    near = get_close_matches(key, BY_KEY, n=1, cutoff=0.5)
    if near:
        return _("There is no setting {key}. Did you mean {near}?").format(key=key, near=near[0])
    return _("There is no setting {key}. See: supportdesk config show").format(key=key)
