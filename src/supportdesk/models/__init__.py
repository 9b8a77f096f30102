"""SQLModel tables and input types. Importing a table loads SQLModel: only the writing side does."""

from importlib import import_module

TABLES = ("work", "people", "desk", "knowledge", "promises", "major", "journal")
"""The modules of tables, those most saves write first."""


def load_tables() -> None:
    """Load every table, so that SQLModel's metadata know them all."""
    for module in TABLES:
        import_module(f"{__name__}.{module}")
