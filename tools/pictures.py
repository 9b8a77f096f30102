"""Make the pictures of README: the real queue and intake on the demo desk, exported by the app as SVG.

    python tools/pictures.py            writes docs/pictures/{queue,intake}.svg

French, 120 columns, at a fixed instant of a fixed demo: the same program gives the same pictures.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from supportdesk import i18n
from supportdesk.console import SupportDesk
from supportdesk.desk.demo import build
from supportdesk.desk.opening import Opening
from supportdesk.settings import Settings

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
NOW = datetime(2026, 3, 4, 13, 2, tzinfo=UTC)
_FONT_FACE = re.compile(r"@font-face \{.*?\}\s*", re.S)


def without_fonts(svg: str) -> str:
    """The picture with the reader's own fixed font: none is fetched from anywhere."""
    return _FONT_FACE.sub("", svg).replace("Fira Code, monospace", "monospace").replace("Fira Code", "monospace")


async def main() -> None:
    """Draw both screens."""
    i18n.set_language("fr")
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.db"
        build.build(path, seed=1, tickets=2000, now=NOW)
        app = SupportDesk(Opening(path, clock=lambda: NOW), Settings(path, region="CH", theme="dark"))
        try:
            async with app.run_test(size=(120, 32)) as pilot:
                await pilot.pause(0.5)
                await draw(app, "queue")
                caller = app.desk.reader.execute(
                    "SELECT c.name FROM caller c JOIN organisation o ON o.id = c.organisation_id "
                    "JOIN ticket t ON t.caller_id = c.id WHERE o.key_account AND c.language = 'fr' AND t.lane < 3 "
                    "GROUP BY c.id ORDER BY count(*) DESC, c.name LIMIT 1"
                ).fetchone()[0]
                await pilot.press("n", *caller.split()[-1].lower()[:5], "enter")
                await pilot.press(*(("space" if s == " " else s) for s in "le vpn coupe toutes les cinq minutes"))
                await pilot.pause(0.5)
                await draw(app, "intake")
        finally:
            app.close()


async def draw(app: SupportDesk, name: str) -> None:
    """Write one picture."""
    svg = without_fonts(app.export_screenshot(title="supportdesk"))
    (PICTURES / f"{name}.svg").write_text(svg, encoding="utf-8")
    print(PICTURES.name, f"{name}.svg", len(svg), file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
