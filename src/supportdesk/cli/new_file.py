"""Data written to a file that its owner names and only he may read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from supportdesk.cli.shell import shell
from supportdesk.i18n import _
from supportdesk.terms.errors import Invalid


def write_new(path: Path, pieces: Iterable[str]) -> None:
    """Write a text to a file that is not there yet, and tell. Raises Invalid."""
    from supportdesk.files import private_open

    try:
        with private_open(path, "x") as target:
            target.writelines(pieces)
    except FileExistsError:
        raise Invalid(
            _("{path} exists already; nothing was written. Name another file.").format(path=path), field="output"
        ) from None
    except OSError as error:
        raise Invalid(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror), field="output"
        ) from None
    shell().out.say(_("Written to {path}.").format(path=path))
