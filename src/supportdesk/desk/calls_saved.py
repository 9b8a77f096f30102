"""What was saved, as the card to read aloud needs it (loads no SQLModel)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SavedCall:
    """``language`` is the caller's ISO code; ``callback_at`` aware UTC; ``noted`` when it was about an open ticket."""

    id: UUID
    number: str
    priority: str
    caller: str
    language: str | None
    solved: bool = False
    noted: bool = False
    handed_to: str | None = None
    callback_at: datetime | None = None
    callback_by: str | None = None
    callback_phone: str | None = None
