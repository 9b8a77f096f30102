"""What is kept of an error nobody foresaw: a reference a person can read out, and the way to the fault.

The log holds no local variables and no text of the exceptions: both may be a caller's data. Kept are the
types, the codes that carry no data (``errno``, SQLite's result code) and the places in the source.
"""

import os
import platform
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from supportdesk import __version__, places
from supportdesk.files import private_dir, private_open

LARGEST = 1_000_000
"""Bytes after which a log is set aside as ``incidents.log.1``; two are kept."""


def log_file() -> Path:
    return places.state_dir() / "incidents.log"


def record(error: BaseException) -> str:
    """Writes the error into the log and returns its reference, six digits as ``482-913``.

    Never raises: when the log cannot be written the reference is still given out.
    """
    digits = f"{int.from_bytes(os.urandom(4)) % 1_000_000:06}"
    reference = f"{digits[:3]}-{digits[3:]}"
    moment = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    head = f"{moment} {reference} supportdesk {__version__} python {platform.python_version()} {platform.system()}"
    file = log_file()
    try:
        private_dir(file.parent)
        if file.exists() and file.stat().st_size > LARGEST:
            file.replace(file.with_suffix(".log.1"))
        with private_open(file, "a") as log:
            log.write("\n".join([head, *way(error), ""]) + "\n")
    except OSError:
        return reference
    return reference


def way(error: BaseException) -> Iterator[str]:
    """The error and what led to it, newest first, each as its type and its frames."""
    met: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in met:
        met.add(id(current))
        yield f"  {_kind(current)}"
        for frame, line in traceback.walk_tb(current.__traceback__):
            code = frame.f_code
            yield f"    {_source(code.co_filename)}:{line} in {code.co_qualname}"
        if isinstance(current, BaseExceptionGroup):
            for part in current.exceptions:
                yield from way(part)
        wrapped = getattr(current, "error", None)  # Textual wraps what happened in a worker
        behind = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        current = wrapped if isinstance(wrapped, BaseException) else behind


def _kind(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "errno", None)
    return f"{name} ({code})" if isinstance(code, str | int) else name


def _source(filename: str) -> str:
    """The file without the folders above the package: they may hold a person's name."""
    parts = Path(filename).parts
    for anchor in ("site-packages", "src"):
        if anchor in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(anchor) :])
    return "/".join(parts[-2:])
