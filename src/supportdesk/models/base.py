"""What every shared row carries (DESIGN.md 3).

Columns hold storage forms (store/types says how they look in Python and on the wire): ids and
references BLOB(16), instants INTEGER microseconds UTC, sets and packets JSON text. Nothing but
``id`` is required: rows may arrive in any order and of any age.
"""

from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Table(SQLModel):
    """A table. It validates nothing (DESIGN.md 3): so no validator is built, half of what loading the models costs."""

    model_config = {"defer_build": True}


class Shared(Table):
    """``rev`` is the server's revision (0 = never confirmed), ``extra`` keeps fields of newer versions."""

    @declared_attr.directive
    def __tablename__(cls) -> str:
        return _snake(cls.__name__)

    pk: int | None = Field(default=None, primary_key=True)
    id: bytes = Field(unique=True)
    rev: int = 0
    extra: str | None = None
    retired_at: int | None = None
