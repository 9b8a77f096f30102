"""What is typed at the foot of a screen, kept in the draft file until it is saved (DESIGN.md law 1)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.opening import WORDS
from supportdesk.store.types import uuid7

if TYPE_CHECKING:
    from supportdesk.app import SupportDesk
    from supportdesk.store.drafts import Draft


class KeptWords:
    """The unsaved texts about one record (a ticket, a caller …), each under a name of its own.

    The id of a text becomes the note's when it is saved, so that a kill in between never saves it twice."""

    def __init__(self, app: SupportDesk, about: UUID) -> None:
        self._app = app
        self._about = about
        self._ids: dict[str, UUID] = {}

    def id(self, name: str) -> UUID:
        """The id this text is, or will be, kept under."""
        return self._ids.setdefault(name, uuid7())

    def put(self, name: str, text: str, **more: Any) -> None:
        """Keep what is typed now; on disk half a second later. An empty text is forgotten."""
        if not text:
            self.drop(name)
            return
        data = {"about": str(self._about), "name": name, "text": text, **more}
        self._app.writer.put(self.id(name), self._app.desk.agent.id, WORDS, data)

    def drop(self, name: str) -> None:
        """It is saved, or was thrown away on purpose."""
        id = self._ids.pop(name, None)
        if id is not None:
            self._app.writer.drop(id)

    async def recall(self) -> dict[str, dict[str, Any]]:
        """What was typed here before and not saved, by name; those held by another living console are left to it."""
        with self._app.ahead.at_work():
            found = await asyncio.to_thread(self._take)
        for draft in found:
            self._ids.setdefault(str(draft.data.get("name")), draft.id)
        return {str(draft.data.get("name")): dict(draft.data) for draft in found}

    def _take(self) -> list[Draft]:
        self._app.writer.flush()  # what this console itself typed a moment ago
        drafts = self._app.writer.drafts
        taken = []
        for draft in drafts.list(self._app.desk.agent.id):
            if draft.kind == WORDS and draft.data.get("about") == str(self._about) and draft.held is None:
                taken += [own] if (own := drafts.take_over(draft.id)) else []
        return taken
