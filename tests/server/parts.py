"""Consoles of other companies led by hand: they hold several scopes, and say which cursors they like."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from supportdesk.rules.sums import scope_sum
from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import PullAsk
from tests.server.hand import Hand, agent_id, fixed

X, Y, DESK = fixed("team x"), fixed("team y"), fixed("team hotline")
OF_X, OF_Y = f"team:{X}", f"team:{Y}"


@dataclass
class Part(Hand):
    """``held`` is what came, by scope and row; ``shown`` the documents, ``told`` the entries."""

    cursors: dict[str, int] = field(default_factory=dict)
    held: dict[str, dict[str, int]] = field(default_factory=dict)
    shown: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    told_of: dict[str, dict[str, Any]] = field(default_factory=dict)

    def page(self, cursors: dict[str, int] | None = None, limit: int = 2000) -> dict[str, Any]:
        ask = PullAsk(self.epoch, self.cursors if cursors is None else cursors, 1, None, limit)
        answer: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self.exchange.pull(self.known(), ask)))
        return answer

    def pull(self, limit: int = 2000) -> Part:
        """Everything new of every scope; proves by the sums that it is exactly the granted set."""
        while True:
            answer = self.page(limit=limit)
            for row in answer["rows"]:
                held = self.held.setdefault(row["scope"], {})
                if row["doc"] is None:
                    held.pop(row["id"], None)
                    if not any(row["id"] in each for each in self.held.values()):
                        self.shown.pop(row["id"], None)
                        self.told_of = {i: e for i, e in self.told_of.items() if e["entity_id"] != row["id"]}
                else:
                    held[row["id"]] = row["rev"]
                    self.shown[row["id"]] = (row["entity"], row["doc"])
            self.told_of |= {entry["id"]: entry for entry in answer["entries"]}
            for scope, place in answer["scopes"].items():
                self.cursors[scope] = place["seq"]
            if not any(place["more"] for place in answer["scopes"].values()):
                break
        for scope, place in answer["scopes"].items():
            live = [(UUID(id), rev) for id, rev in self.held.get(scope, {}).items()]
            assert scope_sum(live) == (place["sum"], place["count"]), scope
        return self

    def of(self, entity: str) -> list[dict[str, Any]]:
        return [doc for kind, doc in self.shown.values() if kind == entity]

    def text(self) -> str:
        """Every word this console was ever given and still has."""
        return repr((self.shown, self.told_of))


def companies(admin: Hand) -> None:
    """Two outsourcers' teams beside the desk's own."""
    for id, slug, employer in ((X, "x", "outsourcer"), (Y, "y", "vendor"), (DESK, "hotline", "own")):
        fields = {"slug": [None, slug], "name": [None, f"Team {slug}"], "employer": [None, employer],
                  "level": [None, 1]}
        assert admin.say("administer", "team", id, "create", fields)["r"] == "ok"
    added = {"teams": [None, [DESK]]}
    assert admin.say("administer", "agent", admin.me, "add", added, base=9)["r"] == "ok"


def partner(exchange: Exchange, admin: Hand, login: str, team: str, *scopes: str) -> Part:
    """The console of an agent of another company."""
    fields = {"login": [None, login], "name": [None, login.title()], "roles": [None, ["lead"]],
              "teams": [None, [team]], "employer": [None, "outsourcer"]}
    assert admin.say("administer", "agent", agent_id(login), "create", fields)["r"] == "ok"
    part = Part(exchange, login)
    part.enroll(exchange.make_code(agents=[login], scopes=scopes))
    return part
