"""What the desk of the tests has agreed: with Alpina, with everybody, between its teams."""

from __future__ import annotations

from supportdesk.desk import agreeing
from tests.screens.stand import Bench, minutes

CALENDAR = """
[[calendar]]
slug = "office"
name = "Office hours"
[[calendar.version]]
zone = "Europe/Zurich"
holidays = [{ on = "2026-03-19", name = "St Joseph" }]
[calendar.version.weekly]
mon = [["08:00", "12:00"], ["13:00", "18:00"]]
tue = [["08:00", "12:00"], ["13:00", "18:00"]]
wed = [["08:00", "12:00"], ["13:00", "18:00"]]
thu = [["08:00", "12:00"], ["13:00", "18:00"]]
fri = [["08:00", "12:00"], ["13:00", "18:00"]]
"""

STANDARD = """
[[contract]]
slug = "default"
name = "Standard terms"
kind = "standard"
[[contract.version]]
calendar = "office"
[contract.version.targets]
P1 = { answer = "1 h", solution = "8 h" }
P2 = { answer = "2 h", solution = "16 h" }
P3 = { answer = "4 h", solution = "36 h" }
P4 = { answer = "9 h", solution = "90 h" }
"""

PREMIUM = """
[[contract]]
slug = "alpina"
name = "Premium Alpina"
kind = "customer"
organisation = "Alpina"
follows = "default"
[[contract.version]]
key_account = true
[contract.version.targets]
P1 = { answer = "30 min", update = "2 h", solution = "4 h", on_site = "6 h" }
[[contract.version.availability]]
service = "VPN"
percent = 99.5
longest_outage = "4 h"
[[contract.version.responsibilities]]
duty = "Replace a device"
does = "Hotline"
decides = "Alpina IT"
customer = "gives access to the rooms"
"""

BETWEEN_TEAMS = """
[[contract]]
slug = "network-ola"
name = "Network for the hotline"
kind = "team"
team = "network"
[[contract.version]]
calendar = "office"
[contract.version.targets]
P1 = { answer = "15 min", solution = "2 h" }
"""

ENDED = PREMIUM.replace('follows = "default"', 'follows = "default"\nvalid = { until = 2026-01-31 }')


def agree(bench: Bench, *texts: str) -> None:
    """Bring these agreements in, long before the tests' instant."""
    found = bench.say(agreeing.bring_in, "".join(texts), at=minutes(-8_000))
    assert not found.problems, found.problems
