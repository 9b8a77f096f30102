"""What the demo desk has agreed with its customers, between its teams and with a vendor."""

from datetime import date, timedelta

import tomli_w

from supportdesk.desk.agreeing import bring_in
from supportdesk.desk.demo.people import Customer, plain
from supportdesk.desk.demo.seat import Seat
from supportdesk.desk.demo.words import content
from supportdesk.resources import data_path

_ENDED = timedelta(days=100)
"""Before the story begins: a contract that nobody renewed."""

_SITE = {"fr": "geneve", "de": "frankfurt", "en": "london"}
_GOLD = 4
"""Every fourth customer has Gold, the others Silver."""
_WITHOUT = 15
"""Every fifteenth has nothing."""


def agreements(ana: Seat, customers: list[Customer]) -> None:
    """Bring in calendars, standard terms and contracts, as an admin does: from a file."""
    ended = ana.clock().date() - _ENDED
    text = data_path("demo", "agreements.toml").read_text("utf-8").replace('"ENDED"', ended.isoformat())
    found = bring_in(ana, text + _of_the_others(customers))
    assert not found.problems, found.problems[0]


def _of_the_others(customers: list[Customer]) -> str:
    """Contracts of the customers that the file does not name, after the standard terms of their site."""
    named = {contract.get("organisation") for contract in content("agreements")["contract"]}
    vendors = {each["name"] for each in content("people")["organisation"] if each.get("kind") == "vendor"}
    others = sorted({customer.name: customer for customer in customers
                     if customer.name not in named | vendors}.values(), key=lambda customer: customer.name)
    contracts = []
    for place, customer in enumerate(others, 1):
        if place % _WITHOUT:
            level = "gold" if place % _GOLD == 0 else "silver"
            contracts.append({
                "slug": plain(customer.name.replace(" ", "-")), "name": f"{customer.name}, {level.title()}",
                "organisation": customer.name, "follows": f"{level}-{_SITE[customer.lang]}",
                "valid": {"from": date(2024, 1, 1)},
            })
    return "\n" + tomli_w.dumps({"contract": contracts}).replace("\n[contract.valid]\nfrom", "\nvalid.from")
