"""Whom and what the desk serves: organisations, callers, assets."""

from supportdesk.models.base import Shared


class Organisation(Shared, table=True):
    name: str | None = None
    kind: str | None = None
    key_account: bool | None = None
    language: str | None = None
    integrator_id: bytes | None = None
    remarks: str | None = None
    merged_into_id: bytes | None = None


class Caller(Shared, table=True):
    name: str | None = None
    organisation_id: bytes | None = None
    numbers: str | None = None
    mail: str | None = None
    language: str | None = None
    employee_number: str | None = None
    power_user: bool | None = None
    vip: bool | None = None
    remarks: str | None = None
    merged_into_id: bytes | None = None
    erased_at: int | None = None


class Asset(Shared, table=True):
    inventory: str | None = None
    serial: str | None = None
    host: str | None = None
    room: str | None = None
    name: str | None = None
    product_id: bytes | None = None
    component_id: bytes | None = None
    organisation_id: bytes | None = None
    caller_id: bytes | None = None
