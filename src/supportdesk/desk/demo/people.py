"""Whom the demo desk serves: 60 organisations, 400 callers and what stands on their desks."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from supportdesk.desk.demo import numbers
from supportdesk.desk.demo.seat import Seat
from supportdesk.desk.demo.words import LANGUAGES, content
from supportdesk.desk.people import save_caller, save_organisation
from supportdesk.store.types import uuid7

CALLERS = 400
DEVICES = {"pc": 210, "printer": 36, "dock": 24, "terminal": 16, "phone": 14}
_HOST = {"pc": "PC", "printer": "PRN", "dock": "DOCK", "terminal": "POS", "phone": "TEL"}
_KIND = {"pc": "Windows PC > Hardware", "printer": "Printing > Printer", "dock": "Windows PC > Docking station",
         "terminal": "POS > Payment terminal", "phone": "Telephony > Desk phone"}
_PART = 100
"""Assets an action imports."""


@dataclass(slots=True)
class Device:
    """An asset: what is said of it on the telephone."""

    id: UUID
    kind: str
    host: str
    room: str


@dataclass(slots=True)
class Customer:
    """An organisation with its people and devices."""

    id: UUID
    name: str
    lang: str
    key_account: bool
    callers: list["Caller"] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)


@dataclass(slots=True)
class Caller:
    """Somebody who calls. ``number`` is his usual one in international form."""

    id: UUID
    name: str
    number: str
    customer: Customer
    pc: Device | None = None

    @property
    def lang(self) -> str:
        return self.customer.lang


def people(ana: Seat, random: Random) -> list[Customer]:
    """Write organisations and callers; the named ones first."""
    plan = _plan(random)
    ids = {each["name"]: uuid7() for each in plan}
    lines = {lang: numbers.landlines(lang, random) for lang in LANGUAGES}
    mobiles = {lang: numbers.mobiles(lang, random) for lang in LANGUAGES}
    names = {lang: _names(lang, random) for lang in LANGUAGES}
    customers = []
    for each in plan:
        name, lang = each["name"], each["lang"]
        save_organisation(ana, {
            "name": name, "kind": each.get("kind", "customer"), "language": lang,
            **{field: each[field] for field in ("key_account", "remarks") if field in each},
            **({"integrator_id": ids[each["integrator"]]} if "integrator" in each else {}),
        }, ids[name])
        customer = Customer(ids[name], name, lang, each.get("key_account", False))
        _callers(ana, customer, each, names[lang], lines[lang], mobiles[lang], random)
        customers.append(customer)
    return customers


def _plan(random: Random) -> list[dict[str, Any]]:
    """All organisations with the number of their callers, CALLERS together."""
    named = [dict(each) for each in content("people")["organisation"]]
    others = [{"name": name, "lang": lang, "domain": plain(name.replace(" ", "-"))}
              for lang in LANGUAGES for name in content("people")["others"][lang]]
    random.shuffle(others)
    left = CALLERS - sum(each["callers"] for each in named)
    for rank, each in enumerate(others):
        remaining = len(others) - rank
        each["callers"] = left if remaining == 1 else max(2, left // remaining + random.randint(-3, 3))
        left -= each["callers"]
    return named + others


def _callers(ana: Seat, customer: Customer, plan: Mapping[str, Any], names: Iterator[str], lines: Iterator[str],
             mobiles: Iterator[str], random: Random) -> None:
    office = next(lines)
    one_line = not customer.key_account and random.random() < 0.4  # several people behind one number
    for rank in range(plan["callers"]):
        name = next(names)
        number = office if one_line or rank == 0 else next(lines)
        mobile = next(mobiles, None) if random.random() < 0.35 else None
        given, _space, family = name.partition(" ")
        caller = Caller(uuid7(), name, number, customer)
        customer.callers.append(caller)
        save_caller(ana, {
            "name": name, "organisation_id": customer.id, "language": customer.lang,
            "numbers": (number, mobile) if mobile else (number,),
            "mail": f"{plain(given)}.{plain(family)}@{plan['domain']}.example",
            "employee_number": str(random.randrange(10_000, 99_999)),
            **({"power_user": True} if rank == 1 and plan["callers"] > 4 else {}),
            **({"vip": True} if rank == 0 and (customer.key_account or random.random() < 0.1) else {}),
        }, caller.id)


def _names(lang: str, random: Random) -> Iterator[str]:
    """Names of a language, none twice."""
    words = content("people")[lang]
    pairs = [f"{given} {family}" for given in words["given"] for family in words["family"]]
    random.shuffle(pairs)
    return iter(pairs)


def plain(name: str) -> str:
    """A name as mail addresses have it."""
    bare = unicodedata.normalize("NFD", name.lower().replace("ß", "ss"))
    return "".join(sign for sign in bare if sign.isascii() and (sign.isalnum() or sign == "-"))


def devices(ana: Seat, customers: list[Customer], products: Mapping[str, UUID], components: Mapping[str, UUID],
            random: Random) -> None:
    """The inventory comes as a list and is imported as one."""
    users = [caller for customer in customers for caller in customer.callers]
    random.shuffle(users)
    total = sum(DEVICES.values())
    stickers = iter(random.sample(range(10_000, 100_000), total))
    tags = iter(random.sample(range(1_000, 10_000), total))
    rows: list[tuple[UUID, dict[str, Any]]] = []
    for kind, count in DEVICES.items():
        for rank in range(count):
            user = users[rank] if kind == "pc" else random.choice(users)
            customer = user.customer
            room = random.choice(content("people")["rooms"][customer.lang])
            device = Device(uuid7(), kind, f"{_HOST[kind]}-{next(tags)}", room)
            customer.devices.append(device)
            if kind == "pc":
                user.pc = device
            whole = "MacBook > Hardware" if kind == "pc" and random.random() < 0.12 else _KIND[kind]
            rows.append((device.id, {
                "inventory": f"INV{next(stickers)}", "serial": f"{random.choice('5CKXMW')}{random.getrandbits(36):09X}",
                "host": device.host, "room": room, "product_id": products[whole.partition(" > ")[0]],
                "component_id": components[whole], "organisation_id": customer.id,
                "caller_id": user.id if kind in ("pc", "phone") else None,
            }))
    ana.journal.batch = uuid7()
    for start in range(0, total, _PART):
        with ana.journal.action("import_records", ana.who) as act:
            for id, values in rows[start : start + _PART]:
                act.create("asset", values, id)
    ana.journal.batch = None
