"""A fixed story of two consoles, told to the server named on the command line; prints all it then holds. Nothing in it
is left to chance: two servers that tell it alike print the same bytes."""

from __future__ import annotations

import sys
from unittest.mock import patch
from uuid import UUID

from supportdesk.server import starting
from supportdesk.server.exchange import Exchange
from tests.server.hand import colleague, dump, first_admin, fixed


def tell(server: str) -> str:
    with (
        patch.object(starting, "uuid7", lambda: UUID(fixed("server"))),
        patch.object(starting.secrets, "randbelow", lambda _most: 0),
    ):
        exchange = Exchange.open(server)
    anna = first_admin(exchange)
    bruno = colleague(exchange, anna, "bruno")
    for number in range(4):
        ticket, set_, base = fixed(f"ticket {number}"), "set", 3
        anna.say("open_ticket", "ticket", ticket, "create",
                 {"title": [None, "a"], "urgency": [None, 3], "status": [None, "new"]})  # fmt: skip
        for hand in (anna, bruno):
            hand.push(
                hand.entry("edit_ticket", "ticket", ticket, "add", {"tags": [None, [hand.login, "vpn", "dock"]]}),
                hand.entry("edit_ticket", "ticket", ticket, set_, {"title": ["a", hand.login]}, base=base),
                hand.entry("prioritise", "ticket", ticket, set_, {"urgency": [3, 1 + (hand is anna)]}, base=base),
                hand.entry("take", "ticket", ticket, set_, {"assignee_id": [None, hand.me]}, base=base),
                hand.entry("edit_ticket", "ticket", ticket, set_, {"mood": [None, "bad"]}),
            )  # fmt: skip
    held = dump(exchange, "mark", "doc", "membership", "scope_sum") | dump(exchange, "entry", without=("received_at",))
    head = exchange.status()["head"]
    head["chain"] = head["chain"][:16]  # what follows is signed with a key of this server
    exchange.close()
    return repr((head, held))


if __name__ == "__main__":
    print(tell(sys.argv[1]))
