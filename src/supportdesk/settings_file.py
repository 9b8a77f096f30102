"""Writing one setting into the TOML file without touching the rest of what a person wrote there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from supportdesk import places, settings
from supportdesk.files import atomic_write, private_dir
from supportdesk.i18n import _
from supportdesk.rules.text import safe
from supportdesk.terms.errors import Invalid, NotReady


def write(file: Path, key: str, value: bool | str) -> None:
    """Sets the dotted ``key``; comments, order and other keys stay as they are.

    Raises :class:`~supportdesk.terms.errors.NotReady` when the file is not valid TOML or the key
    stands in it in a form that cannot be changed safely (an inline table), and when the file cannot be
    read or written.
    """
    settings.check(key, value)
    try:
        text = file.read_text("utf-8") if file.exists() else ""
    except OSError as error:
        raise _out_of_reach(file, error) from None
    before = settings.parse_text(text, file)
    changed = _with(text, key, _toml(value))
    try:
        after = settings.parse_text(changed, file)
    except NotReady:
        after = {}
    if after != before | {key: value}:
        raise NotReady(
            _("{key} is written in {file} in a form this command does not change. Change it there by hand.").format(
                key=key, file=file
            ),
            code="settings_form",
            field=key,
        )
    try:
        private_dir(file.parent)
        atomic_write(file, changed.encode("utf-8"))
    except OSError as error:
        raise _out_of_reach(file, error) from None


def _out_of_reach(file: Path, error: OSError) -> NotReady:
    return NotReady(
        _("{file} cannot be written: {reason}. Check who owns it and its folder, or name another folder in "
          "SUPPORTDESK_HOME.").format(file=safe(str(file)), reason=error.strerror),
        code="not_writable",
    )


def value_of(key: str, text: str) -> bool | str:
    """The value meant by the text a person gave for the key; :class:`~supportdesk.terms.errors.Invalid` otherwise."""
    option = settings.BY_KEY.get(key)
    try:
        return settings.parse(option, text) if option else settings.check(key, text)
    except ValueError as wrong:
        raise Invalid(str(wrong), field=key) from wrong


def sensible(file: Path, key: str, value: bool | str) -> None:
    """Raise Invalid for a value of the right form that means nothing: a country there is none of, a folder in place
    of a file, a key that an action cannot have beside what ``file`` says already."""
    if reason := nonsense(settings.read_file(file), key, value):
        raise Invalid(reason, field=key)


def nonsense(written: Mapping[str, object], key: str, value: object) -> str | None:
    """Why the value means nothing beside the other dotted keys, in a sentence; None if it does mean something.

    Not asked at every start: the tables of countries take longer to load than a listing takes."""
    if key == "region":
        from supportdesk.rules.phones import is_country

        return None if is_country(str(value)) else _(
            "There is no country {value} for telephone numbers. Write two capital letters, as CH, DE, FR or GB."
        ).format(value=safe(str(value)))
    if key == "db":
        text = str(value)
        if "\0" in text or Path(text).expanduser().is_dir() or text.endswith("/"):
            return _("{value} is no name of a file. Name the file of the database, as {example}.").format(
                value=safe(text), example=safe(str(places.default_database())))
        return None
    table, _dot, action = key.partition(".")
    if table != settings.KEYMAP_TABLE:
        return None
    from supportdesk.keymap import keymap

    own = {name.partition(".")[2]: str(keys) for name, keys in written.items() if name.startswith(f"{table}.")}
    known = keymap({name: keys for name, keys in own.items() if name != action}).problems
    return " ".join(said for said in keymap({**own, action: str(value)}).problems if said not in known) or None


def _with(text: str, key: str, value: str) -> str:
    table, _dot, name = key.rpartition(".")
    lines = text.splitlines()
    start, end = _table_lines(lines, table)
    if start is None:
        gap = [""] if lines and lines[-1].strip() else []
        lines += [*gap, f"[{table}]", f"{name} = {value}"]
        return "\n".join(lines) + "\n"
    own = re.compile(rf"\s*(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')\s*=")
    for number in range(start, end):
        if own.match(lines[number]):
            lines[number] = f"{name} = {value}"
            break
    else:
        while end > start and not lines[end - 1].strip():
            end -= 1
        lines.insert(end, f"{name} = {value}")
    return "\n".join(lines) + "\n"


def _table_lines(lines: list[str], table: str) -> tuple[int | None, int]:
    """First line after the header of the table, and the line its last key stands before."""
    headers = [number for number, line in enumerate(lines) if line.lstrip().startswith("[")]
    if not table:
        return 0, headers[0] if headers else len(lines)
    for place, number in enumerate(headers):
        if lines[number].split("#")[0].strip().strip("[]").strip() == table:
            return number + 1, headers[place + 1] if place + 1 < len(headers) else len(lines)
    return None, len(lines)


def _toml(value: bool | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found.group()):04x}", escaped) + '"'
