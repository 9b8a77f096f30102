"""Files that come with the program: articles, mappings, starter data."""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


@cache
def _root() -> Path:
    """``supportdesk/data`` in a wheel; ``data/`` beside ``src/`` in an editable install."""
    installed = PACKAGE / "data"
    return installed if installed.is_dir() else PACKAGE.parents[1] / "data"


def data_path(*parts: str) -> Path:
    """Where a file of ``data/`` stands; ``FileNotFoundError`` names it when it did not come along."""
    path = _root().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(path)
    return path
