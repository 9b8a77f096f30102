"""Version 1, as first released: server/starting.py made it, and no step leads to it."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    raise AssertionError("a server's database is never made by its history")
