"""Files as people write them."""

GENEVA = """\
[[calendar]]
slug = "geneva"
name = "Genève"

[[calendar.version]]
zone = "Europe/Zurich"
country = "CH"
subdivision = "GE"
language = "fr"
years = [2025, 2027]
holidays = ["12-24", { on = 2026-09-11, name = "Fête de la maison" }]
without = ["2026-04-06"]
weekly.mon = [["08:00", "12:00"], ["13:00", "18:00"]]
weekly.fri = [["22:00", "06:00"]]
breaks.2026-03-06 = [["12:00", "13:30"]]
extra.2026-12-26 = [["09:00", "11:00"]]
"""

STANDARDS = """\
[[contract]]
slug = "silver"
name = "Silver"
kind = "standard"

[[contract.version]]
calendar = "office"
targets.P1 = { answer = "15 min", solution = "4 h", calendar = "always" }
targets.P2 = { answer = "1 h", update = "4 h", solution = "16 h" }
"""

ALPINA = """
[[contract]]
slug = "alpina"
name = "Alpina 24"
organisation = "Alpina"
follows = "silver"
valid = { from = 2026-01-01, until = 2027-12-31 }

[[contract.version]]
from = 2026-01-01
targets.P1.solution = "2 h"
targets.P2.update = "none"
incidents = 20
"""

DEFAULT = """
[[contract]]
slug = "default"
name = "Everybody"
kind = "standard"

[[contract.version]]
calendar = "office"
targets.P3.answer = "4 h"
"""
