"""What Typer itself says, in the language of the console.

Typer 0.28 carries its own copy of click, whose sentences are fixed English. They are recognised here by their form
and said again from the catalogues. The list is checked against Typer's source (tests/cli/test_words.py), so an
upgrade that words something differently is seen.
"""

import re
from functools import cache

from supportdesk.i18n import N_, SOURCE, _, language

SENTENCES = (
    N_("No such option: {option} (Possible options: {options})"),
    N_("No such option: {option}"),
    N_("Option {option} requires an argument."),
    N_("Option {option} does not take a value."),
    N_("Got unexpected extra argument(s) ({arguments})"),
    N_("Missing argument {name}. {message}"),
    N_("Missing argument {name}."),
    N_("Missing option {name}. {message}"),
    N_("Missing option {name}."),
    N_("Invalid value for {name}: {message}"),
    N_("Invalid value: {message}"),
    N_("Could not open file {name}: {message}"),
    N_("{value} is not one of {choices}."),
    N_("{value} is not in the range {range}."),
    N_("{value} is not a valid boolean. Recognized values: {choices}"),
    N_("{value} is not a valid UUID."),
    N_("{value} is not a valid {kind}."),
    N_("{value} does not match the formats {formats}."),
    N_("{name} {path} does not exist."),
    N_("{name} {path} is a file."),
    N_("{name} {path} is a directory."),
    N_("{name} {path} is not readable."),
    N_("{name} {path} is not writable."),
    N_("Choose from:\n\t{choices}"),
    N_("Missing command."),
)
"""Longer forms stand before the shorter ones that would also fit; ``{message}`` is a sentence of the list itself."""

LABELS = (
    N_("default: {default}"),
    N_("env var: {var}"),
    N_("required"),
    N_("(dynamic)"),
    N_("[OPTIONS]"),
    N_("COMMAND [ARGS]..."),
    N_("Show this message and exit."),
)
"""Words of the help pages, which Typer asks for one by one."""


def translated(message: str) -> str:
    """Typer's sentence in the language of the console; one that is not known stays as it is."""
    if language() == SOURCE:
        return message
    for sentence in SENTENCES:
        found = _form(sentence).fullmatch(message)
        if found:
            parts = {name: translated(part) if name == "message" else part for name, part in found.groupdict().items()}
            return _(sentence).format(**parts)
    return message


@cache
def _form(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    literals, names = parts[::2], parts[1::2]
    pattern = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        pattern += f"(?P<{name}>.+?)" + re.escape(literal)
    return re.compile(pattern, re.DOTALL)
