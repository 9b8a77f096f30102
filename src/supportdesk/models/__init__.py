"""SQLModel tables and input types. Importing this package loads SQLModel: only the writing side does."""

from supportdesk.models import desk, journal, knowledge, people, work

__all__ = ["desk", "journal", "knowledge", "people", "work"]
