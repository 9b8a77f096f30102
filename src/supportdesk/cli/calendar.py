"""``supportdesk calendar``: business time."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from supportdesk.cli.shell import shell
from supportdesk.cli.tree import Noun
from supportdesk.i18n import N_, _
from supportdesk.rules.text import safe

STDIN = "-"

app = Noun(help=N_("Calendars: what time the hours of a desk leave."))


@app.command("compute", help=N_(
    "Compute due times and open minutes: JSON lines in, JSON lines out, in the same order. docs/business-time.md "
    "describes them. Ends with 1 when one could not be answered."))
def compute(
    input: Annotated[str, typer.Option("--input", metavar=N_("FILE"), help=N_("The lines; - is stdin."))] = STDIN,
) -> None:
    from supportdesk.desk.what_if import Calculator

    calculator, failed = Calculator(), False
    for line in _lines(input):
        if line.strip():
            told = calculator.answer(line.decode("utf-8", "replace"))
            failed |= "error" in told
            shell().out.object(told)
    if failed:
        raise typer.Exit(1)


def _lines(input: str) -> Iterator[bytes]:
    from supportdesk.terms.errors import Invalid

    try:
        with nullcontext(sys.stdin.buffer) if input == STDIN else Path(input).open("rb") as lines:
            yield from lines
    except OSError as error:
        raise Invalid(_("{file} cannot be read: {reason}.").format(file=safe(input), reason=error.strerror or error),
                      field="input") from None
