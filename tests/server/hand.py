"""A console led by hand: it writes entries as bytes, right or wrong, and shows what the exchange answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import msgspec
import sqlalchemy

from supportdesk.rules.sums import scope_sum
from supportdesk.server.exchange import Exchange
from supportdesk.server.shapes import AgentAsk, Device, EnrollAsk, PullAsk, PushAsk
from supportdesk.server.tables import metadata
from supportdesk.store.adopt import starter_id

AT = "2026-03-02T08:15:00Z"
_SPACE = UUID("11111111-2222-4333-8444-555555555555")


def fixed(name: str) -> str:
    """An id of a name, the same in every run."""
    return str(uuid5(_SPACE, name))


def drawn(name: str) -> str:
    """As :func:`fixed`, but like an id that was drawn, as entries have."""
    return f"{(id := fixed(name))[:14]}7{id[15:]}"


def agent_id(login: str) -> str:
    return str(starter_id("agent", login))


@dataclass
class Hand:
    """A console with one agent. ``next_n`` at enrolment 1: it has no past."""

    exchange: Exchange
    login: str = "anna"
    device: str = ""
    n: int = 1
    lease: str = ""
    epoch: int = 0
    secret: str = ""
    cursor: int = 0
    told: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, tuple[str, int, dict[str, Any]]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.device = self.device or fixed(f"device {self.login}")

    @property
    def me(self) -> str:
        return agent_id(self.login)

    def enroll(self, code: str, *, next_n: int = 1, agents: list[AgentAsk] | None = None) -> Hand:
        self.told = self.exchange.enroll(EnrollAsk(
            code, self.device, f"desk of {self.login}", 1,
            [AgentAsk(self.me, self.login)] if agents is None else agents, next_n,
        ))
        self.epoch, self.lease, self.secret = self.told["epoch"], self.told["lease"], self.told["secret"]
        return self

    def known(self) -> Device:
        return self.exchange.authenticate(self.secret)

    def entry(self, verb: str, entity: str, row: str, kind: str, fields: Any, *, n: int | None = None,
              **other: Any) -> dict[str, Any]:
        """The next entry, as a dict that can still be spoiled."""
        if n is None:
            n, self.n = self.n, self.n + 1
        return {
            "id": drawn(f"{self.device} {n}"), "action": fixed(f"{self.device} action {n}"), "n": n, "verb": verb,
            "session": fixed("session"), "entity": entity, "entity_id": row, "kind": kind, "base": 0, "schema": 1,
            "fields": fields, "at": AT, "recorded_at": AT, "agent": self.me,
        } | other  # fmt: skip

    def ask(self, entries: list[dict[str, Any] | bytes], *, first_n: int | None = None,
            lease: str | None = None) -> PushAsk:
        if first_n is None:
            first_n = entries[0]["n"] if entries and isinstance(entries[0], dict) else self.n
        raws = [msgspec.Raw(e if isinstance(e, bytes) else msgspec.json.encode(e)) for e in entries]
        return PushAsk(self.epoch, lease or self.lease, first_n, 1, raws)

    def push(self, *entries: dict[str, Any] | bytes, lost: bool = False, first_n: int | None = None) -> list[Any]:
        """The results; ``lost``: the answer, and with it the new lease, never arrived."""
        answer = self.exchange.push(self.known(), self.ask(list(entries), first_n=first_n))
        if not lost:
            self.lease = answer["lease"]
        results: list[Any] = answer["results"]
        return results

    def say(self, verb: str, entity: str, row: str, kind: str, fields: Any, **other: Any) -> dict[str, Any]:
        """Write one entry and push it; its result."""
        result: dict[str, Any] = self.push(self.entry(verb, entity, row, kind, fields, **other))[0]
        return result

    def pull(self, limit: int = 2000) -> Hand:
        """Everything new, page by page; proves by the sum that nothing is missing."""
        while True:
            answer = self.exchange.pull(self.known(), PullAsk(self.epoch, {"own": self.cursor}, 1, None, limit))
            answer = msgspec.json.decode(msgspec.json.encode(answer))
            for row in answer["rows"]:
                assert self.cursor < row["seq"] <= answer["scopes"]["own"]["seq"]
                self.rows[row["id"]] = (row["entity"], row["rev"], row["doc"])
            self.entries += answer["entries"]
            scope = answer["scopes"]["own"]
            self.cursor = scope["seq"]
            if not scope["more"]:
                break
        live = [(UUID(id), rev) for id, (_entity, rev, _doc) in self.rows.items()]
        assert scope_sum(live) == (scope["sum"], scope["count"])
        assert [e["seq"] for e in self.entries] == list(range(1, answer["head"]["seq"] + 1))
        return self

    def of(self, entity: str) -> list[dict[str, Any]]:
        return [doc for kind, _rev, doc in self.rows.values() if kind == entity]


def first_admin(exchange: Exchange, login: str = "anna") -> Hand:
    """The console of the very first code, whose agent is there as an admin."""
    hand = Hand(exchange, login).enroll(exchange.make_code(admin=True))
    assert hand.say("administer", "agent", hand.me, "create",
                    {"login": [None, login], "roles": [None, ["agent", "lead"]]})["r"] == "ok"
    return hand


def colleague(exchange: Exchange, admin: Hand, login: str, roles: tuple[str, ...] = ("agent",)) -> Hand:
    """Another console, of an agent whom the admin has let in."""
    fields = {"login": [None, login], "roles": [None, sorted(roles)]}
    assert admin.say("administer", "agent", agent_id(login), "create", fields)["r"] == "ok"
    return Hand(exchange, login).enroll(exchange.make_code(agents=[login]))


def dump(exchange: Exchange, *tables: str, without: tuple[str, ...] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Whole tables, in the order of their keys, for comparing servers to the byte."""
    found = {}
    with exchange.engine.connect() as conn:
        for name in tables or ("doc", "membership", "scope_sum", "entry"):
            table = metadata.tables[name]
            columns = [c for c in table.columns if c.name not in without]
            rows = conn.execute(sqlalchemy.select(*columns)).all()
            found[name] = sorted((tuple(row) for row in rows), key=repr)
    return found
