"""SQLModel tables and input types. Asking for a table loads SQLModel: only the writing side does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Table

TABLES = ("work", "people", "desk", "knowledge", "promises", "major", "journal")
"""The modules of tables, those most saves write first."""


def table(name: str) -> Table:
    """A table by its name. Modules are loaded when one of their tables is asked for: each table takes 0.1 MB, and most
    saves write few. Raises KeyError."""
    from sqlmodel import SQLModel

    known = SQLModel.metadata.tables
    for module in TABLES:
        if name in known:
            break
        import_module(f"{__name__}.{module}")
    return known[name]


def load_tables() -> None:
    """Load every table, so that SQLModel's metadata know them all."""
    for module in TABLES:
        import_module(f"{__name__}.{module}")
