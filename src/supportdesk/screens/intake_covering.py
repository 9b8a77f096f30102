"""What covers the call at hand, shown while it runs: read beside the keys whenever what decides it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from supportdesk.desk.call_coverage import CallCoverage, Said, call_coverage
from supportdesk.i18n import _
from supportdesk.rules.text import safe, width
from supportdesk.screens.intake_rows import BEHIND, LABEL_CELLS
from supportdesk.store.types import micros

if TYPE_CHECKING:
    from supportdesk.desk.draft import CallDraft
    from supportdesk.widgets.lines import Line, Span

BEHALF_CELLS = 26
"""Of the field before it."""

MINUTE_US = 60_000_000


class Covering:
    """The coverage of :class:`supportdesk.screens.intake.IntakeScreen`."""

    draft: CallDraft
    coverage: CallCoverage | None = None
    _covered: tuple[Said, int] | None = None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def look_at_coverage(self) -> None:
        """Have it read again if it may be another than the one shown."""
        draft = self.draft
        if draft.about is not None or not (draft.caller_id or draft.is_new_caller):
            if self._covered is not None:
                self.coverage = self._covered = None
                self.show_coverage()
            return
        said = Said(micros(draft.started_at), draft.organisation_id, draft.component_id, draft.product_id,
                    draft.language, self.priority)
        asked = said, self.now_us // MINUTE_US
        if asked != self._covered:
            self._covered = asked
            self.work(self._read_coverage, group="coverage", exclusive=True)

    async def _read_coverage(self) -> None:
        asked = self._covered
        if asked is None:
            return
        found = await self.app.read(call_coverage, asked[0], self.now_us, self.app.zone)
        if asked == self._covered:
            self.coverage = found
            self.show_words()

    def show_coverage(self) -> None:
        """Behind whom the call is for: what may be promised, or that nothing may, and the key that goes on."""
        self.row("behalf").say(self._coverage_words())

    @property
    def needs_goodwill(self) -> bool:
        """Whether nothing covers the call, and nobody has said yet why it is worked on all the same."""
        return self.coverage is not None and not self.coverage.is_entitled and not self.draft.goodwill

    def _coverage_words(self) -> Line:
        found, draft = self.coverage, self.draft
        if found is None:
            return ((_("for themselves"), "dim"),) if not draft.behalf_text else ""
        room = int(self.size.width) - LABEL_CELLS - BEHALF_CELLS - BEHIND
        if found.is_entitled:
            return ((_fitting(found.forms, room), ""),)
        if draft.goodwill:
            return ((_("goodwill: {reason}").format(reason=draft.goodwill), "warn"),)
        key: Span = ("  F6", "accent")
        return ((_fitting([f"! {form}" for form in found.forms], room - width(key[0])), "alarm"), key)


def _fitting(forms: Any, room: int) -> str:
    """The first of these texts that has room, else the last."""
    return next((form for form in forms if width(safe(form)) <= room), str(forms[-1]))
