"""Whether what the call is about is being maintained: read beside the keys when the component has changed, and each
minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from supportdesk.desk.maintenance import maintenance_said

if TYPE_CHECKING:
    from supportdesk.desk.draft import CallDraft

MINUTE_US = 60_000_000


class Maintained:
    """The maintenance of :class:`supportdesk.screens.intake.IntakeScreen`."""

    draft: CallDraft
    _maintained: tuple[tuple[UUID | None, UUID | None, UUID | None], int] | None = None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def look_at_maintenance(self) -> None:
        """Have it read again if it may be another than the one shown."""
        draft = self.draft
        asked = (draft.component_id, draft.product_id, draft.organisation_id), self.now_us // MINUTE_US
        if asked == self._maintained:
            return
        self._maintained = asked
        if draft.component_id is None and draft.product_id is None:
            self.row("component").say("")
        else:
            self.work(self._read_maintenance, group="maintenance", exclusive=True)

    async def _read_maintenance(self) -> None:
        asked = self._maintained
        if asked is None:
            return
        said = await self.app.read(maintenance_said, *asked[0], self.now_us, self.app.zone)
        if asked == self._maintained:
            self.row("component").say(((said, "warn"),))
