"""Setting a desk up: a new file with the starter data, and who works there.

Starter rows (levels, matrix, calendars, roles, identity methods, articles) are images; the site,
the team and the first agent are this desk's own and written by the verb ``administer``: not as an
action of that agent's, who could else undo himself, but under his login as the author's name.
"""

import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from supportdesk.i18n import N_, _, language
from supportdesk.resources import data_path
from supportdesk.rules.article import parse_article
from supportdesk.store import database
from supportdesk.store.adopt import adopt, starter_id
from supportdesk.store.clock import utc_now
from supportdesk.store.journal import Journal, Who
from supportdesk.terms.verbs import SAYABLE, STARTER_ROLES

ROLE_NAMES = {
    "agent": N_("agent"), "specialist": N_("specialist"), "piquet": N_("on-call staff"), "lead": N_("lead"),
    "admin": N_("admin"), "planner": N_("planner"), "editor": N_("editor"), "trainee": N_("trainee"),
    "auditor": N_("auditor"),
}


@dataclass(frozen=True, slots=True)
class NewDesk:
    """What :func:`init` made."""

    path: Path
    login: str
    language: str
    zone: str
    region: str
    articles: int


def images(lang: str, zone: str) -> Iterator[tuple[str, UUID, dict[str, Any]]]:
    """Starter rows; names of levels and calendars in ``lang``, calendars in ``zone`` (IANA name)."""
    starter = tomllib.loads(data_path("starter", "desk.toml").read_text(encoding="utf-8"))
    for kind in ("level", "matrix", "calendar", "identity_method"):
        for item in starter[kind]:
            row = dict(item)
            if "name" in row:
                row["name"] = row["name"].get(lang) or row["name"]["en"]
            if kind == "calendar":
                row["zone"] = zone
            yield kind, starter_id(kind, row["slug"]), row
    for slug, verbs in STARTER_ROLES.items():
        yield "role", starter_id("role", slug), {"slug": slug, "name": _(ROLE_NAMES[slug]), "verbs": verbs}
    yield from article_images()


def article_images() -> Iterator[tuple[str, UUID, dict[str, Any]]]:
    """The starter articles of data/articles, published."""
    for file in sorted(data_path("articles").glob("*/*.md")):
        a = parse_article(file.read_text(encoding="utf-8"))
        yield "article", starter_id("article", f"{a.slug}/{a.lang}"), {
            "slug": a.slug, "lang": a.lang, "title": a.title, "issue": a.issue, "keywords": a.keywords,
            "products": a.products, "components": a.components, "audience": a.audience, "identity": a.identity,
            "body": a.body, "state": "published",
        }


def setup_who(id: UUID, login: str) -> Who:
    """The first agent while he sets the desk up: every verb."""
    return Who(id, login, frozenset(SAYABLE))


def init(path: Path, *, login: str, zone: str, region: str, lang: str | None = None, group: int | None = None,
         now: datetime | None = None) -> NewDesk:
    """Make a desk at ``path`` for ``login`` (who gets the roles agent, lead and admin).

    ``zone`` IANA name, ``region`` ISO country of telephone numbers, ``group`` gid that shares the file.
    Raises NotReady if the file exists or cannot be made; a half-made file does not stay behind."""
    lang = lang or language()
    now = now or utc_now()
    database.create(path, group=group, now=now)
    try:
        with closing(Journal(path, clock=lambda: now)) as journal:
            count = load_starter(journal, lang, zone, now)
            own = starter_id("agent", login)
            with journal.action("administer", None, author_text=login, at=now) as act:
                site = act.create("site", {
                    "slug": "site", "name": _("Our site"), "language": lang, "region": region, "zone": zone,
                    "calendar_id": starter_id("calendar", "office"),
                })
                team = act.create("team", {
                    "slug": "hotline", "name": _("Hotline"), "level": 1, "employer": "own", "site_id": site,
                    "languages": (lang,),
                })
                act.create("agent", {
                    "login": login, "name": login, "employer": "own", "site_id": site, "teams": (team,),
                    "roles": ("agent", "lead", "admin"), "languages": (lang,),
                }, own)
    except BaseException:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        raise
    return NewDesk(path, login, lang, zone, region, count)


def replica(path: Path, lang: str, zone: str) -> None:
    """Make an empty desk at ``path`` that will hold what a server holds: starter rows, and nobody of its own.
    Raises NotReady if the file exists or cannot be made."""
    now = utc_now()
    database.create(path, now=now)
    with closing(Journal(path)) as journal:
        load_starter(journal, lang, zone, now)


def load_starter(journal: Journal, lang: str, zone: str, now: datetime) -> int:
    """Adopt the starter rows in one transaction; returns the number of articles."""
    rows = list(images(lang, zone))
    with journal.transaction() as conn:
        adopt(conn, rows, now)
    return sum(1 for kind, _id, _row in rows if kind == "article")
