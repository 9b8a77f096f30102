"""Why a ticket stands where it stands and is due when it is due: the whole account, to read (DESIGN.md law 6)."""

from __future__ import annotations

from uuid import UUID

from supportdesk.actions import WHY
from supportdesk.desk.outlook import headline
from supportdesk.desk.why_page import why_page, why_words
from supportdesk.i18n import N_
from supportdesk.screens.account import AccountScreen, Read


class WhyScreen(AccountScreen):
    """The explanation of one ticket. The key that opened it closes it."""

    where = WHY
    KEYS = ("copy", "keys", "back")
    GONE = N_("This ticket is not in this desk (any more). Esc goes back.")

    def __init__(self, ticket_id: UUID) -> None:
        super().__init__("why")
        self._ticket_id = ticket_id

    async def read(self) -> Read | None:
        page = await self.app.read(why_page, self._ticket_id, self.app.now_us)
        if page is None:
            return None
        view = page.view
        priority = view.priority_at(page.explanation.now)
        title = ((f" {view.number}", "strong"), (f"  {priority}", _urgent(priority)),
                 (f"  {view.title}", ""), (f"  {headline(view)}", "dim"))
        return Read(view.number, title, why_words(page, self.app.zone))

    def action_why(self) -> None:
        self.action_back()


def _urgent(priority: str) -> str:
    return "alarm" if priority == "P1" else "strong"
