"""The desk itself: levels, calendars, roles, sites, teams, agents, products."""

from supportdesk.models.base import Shared


class Level(Shared, table=True):
    number: int | None = None
    slug: str | None = None
    name: str | None = None


class Matrix(Shared, table=True):
    slug: str | None = None
    cells: str | None = None
    versions: str | None = None


class Calendar(Shared, table=True):
    slug: str | None = None
    name: str | None = None
    zone: str | None = None
    weekly: str | None = None
    versions: str | None = None


class IdentityMethod(Shared, table=True):
    slug: str | None = None
    name: str | None = None


class Role(Shared, table=True):
    slug: str | None = None
    name: str | None = None
    verbs: str | None = None


class Site(Shared, table=True):
    slug: str | None = None
    name: str | None = None
    language: str | None = None
    region: str | None = None
    zone: str | None = None
    calendar_id: bytes | None = None


class Team(Shared, table=True):
    slug: str | None = None
    name: str | None = None
    level: int | None = None
    employer: str | None = None
    company: str | None = None
    site_id: bytes | None = None
    languages: str | None = None
    remarks: str | None = None


class Agent(Shared, table=True):
    login: str | None = None
    name: str | None = None
    employer: str | None = None
    site_id: bytes | None = None
    teams: str | None = None
    roles: str | None = None
    languages: str | None = None
    skills: str | None = None


class Product(Shared, table=True):
    slug: str | None = None
    name: str | None = None
    vendor_id: bytes | None = None
    team_id: bytes | None = None


class Component(Shared, table=True):
    slug: str | None = None
    name: str | None = None
    product_id: bytes | None = None
    parent_id: bytes | None = None
    team_id: bytes | None = None
    identity: str | None = None


class Contract(Shared, table=True):
    organisation_id: bytes | None = None
    name: str | None = None
    terms: str | None = None
    calendar_id: bytes | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    slug: str | None = None
    kind: str | None = None
    standard_id: bytes | None = None
    team_id: bytes | None = None
    versions: str | None = None


class Shift(Shared, table=True):
    """One thing an agent said of his day; who is there is derived from all of them (rules/shifts)."""

    agent_id: bytes | None = None
    kind: str | None = None
    at: int | None = None
    taken: str | None = None


class SavedView(Shared, table=True):
    agent_id: bytes | None = None
    name: str | None = None
    filter: str | None = None
