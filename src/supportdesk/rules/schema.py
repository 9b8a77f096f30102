"""From one version of the entries to the next (DESIGN.md 3, "Old versions"; docs/sync.md, "Versions side by side").

What a version adds (a field, a code, an entity, a verb) converts nothing. A name that was given up is never used for
anything else, so rows, which carry no version, are converted by their names alone; entries by the version they tell.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from supportdesk.terms.entries import SCHEMA

Fields = dict[str, Any]


class Line(NamedTuple):
    """What of an entry a new version may change; ``fields`` maps name to [from, to] in wire form."""

    verb: str
    entity: str
    kind: str
    fields: Fields


class Step(NamedTuple):
    """``renamed``: entity -> {old name of a field: new name}. ``entry``: what else becomes of an entry, whose fields
    bear their new names already."""

    renamed: Mapping[str, Mapping[str, str]]
    entry: Callable[[Line], Line] = lambda line: line


STEPS: dict[int, Step] = {}
"""Version -> what leads to the next one, the oldest first. One that only added something stands not here (1 to 3)."""


def raised(line: Line, schema: int) -> Line:
    """An entry of version ``schema`` as one of today's."""
    for version, step in STEPS.items():
        if schema <= version < SCHEMA:
            line = step.entry(line._replace(fields=_renamed(step, line.entity, line.fields)))
    return line


def row_now(entity: str, values: Fields) -> Fields:
    """A row's values, or whatever stands by its fields' names, under today's names. A row made for an older console
    (:func:`row_for`) has both; they are the same."""
    for step in STEPS.values():
        values = _renamed(step, entity, values)
    return values


def row_for(entity: str, values: Fields, schema: int) -> Fields:
    """A row as a console of an older version reads it: what has another name now stands under its old one as well."""
    for version in sorted(STEPS, reverse=True):
        if version >= schema:
            names = STEPS[version].renamed.get(entity, {})
            values = values | {old: values[new] for old, new in names.items() if new in values}
    return values


def fields_for(entity: str, fields: Fields, schema: int) -> Fields:
    """An entry's fields as a server of an older version calls them: it never holds one thing under two names."""
    for version in sorted(STEPS, reverse=True):
        if version >= schema:
            old_of = {new: old for old, new in STEPS[version].renamed.get(entity, {}).items()}
            fields = {old_of.get(name, name): pair for name, pair in fields.items()}
    return fields


def _renamed(step: Step, entity: str, values: Fields) -> Fields:
    names = step.renamed.get(entity)
    if not names or names.keys().isdisjoint(values):
        return values
    return {names[name]: value for name, value in values.items() if name in names} | {
        name: value for name, value in values.items() if name not in names}
