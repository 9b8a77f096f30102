"""A contract to read: what it promises whom, what was negotiated, who is responsible for what (issue "Promises")."""

from __future__ import annotations

from uuid import UUID

from supportdesk.actions import CONTRACT
from supportdesk.desk.account import Told
from supportdesk.desk.availability import contract_month
from supportdesk.desk.availability_words import month_words
from supportdesk.desk.contract_words import groups
from supportdesk.i18n import N_, _
from supportdesk.screens.account import AccountScreen, Read
from supportdesk.store.views.contracts import contract_page


class ContractScreen(AccountScreen):
    """One contract as it stands now. It is written by an admin, in the shell (``contract import``)."""

    where = CONTRACT
    GONE = N_("This contract is not in this desk (any more). Esc goes back.")

    def __init__(self, contract_id: UUID) -> None:
        super().__init__("contract")
        self._contract_id = contract_id

    async def read(self) -> Read | None:
        page = await self.app.read(contract_page, self._contract_id, self.app.now_us)
        if page is None:
            return None
        title = ((" " + _("Contract") + "  ", "dim"), (page.name, "strong"), (f"  {page.party}", ""))
        told = [Told("", facts=group) for group in groups(page)]
        if page.availability:
            month = await self.app.read(contract_month, self._contract_id, self.app.now_us)
            if month is not None:
                told.append(Told(_("Availability"), month_words(month)))
        return Read(page.name, title, told)
