"""Version 2: restored servers and copied consoles are known as such, what is backed up is remembered, a revoked
console can be told to wipe itself, and what it still sends waits for an admin; consoles hold what an admin granted,
those that are there everything."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("head", sa.Column("key", sa.String(64), nullable=False, server_default=""))
    op.add_column("head", sa.Column("backup_seq", sa.BigInteger()))
    op.add_column("head", sa.Column("backup_at", sa.String(32)))
    op.add_column("head", sa.Column("takes_all", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("device", sa.Column("epoch", sa.Integer()))
    op.add_column("device", sa.Column("shared_seq", sa.BigInteger()))
    op.add_column("device", sa.Column("proved_seq", sa.BigInteger()))
    op.add_column("device", sa.Column("wipe", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("device", sa.Column("origin", sa.String(36)))
    op.create_table(
        "epoch",
        sa.Column("epoch", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.String(32)),
    )
    op.create_table(
        "quarantine",
        sa.Column("device", sa.String(36), primary_key=True),
        sa.Column("n", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(32), nullable=False),
    )
    _scopes()
    op.execute("INSERT INTO epoch (epoch, seq) SELECT epoch, 0 FROM head")
    op.get_bind().execute(sa.text("UPDATE head SET key = :key"), {"key": secrets.token_hex(32)})


def _scopes() -> None:
    op.create_table(
        "device_scope",
        sa.Column("device", sa.String(36), primary_key=True),
        sa.Column("scope", sa.String(80), primary_key=True),
    )
    op.create_table(
        "code_scope",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("scope", sa.String(80), primary_key=True),
    )
    op.create_table(
        "window",
        sa.Column("scope", sa.String(80), primary_key=True),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("cutoff", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "naming",
        sa.Column("target", sa.String(36), primary_key=True),
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Index("naming_id", "id"),
    )
    op.create_table(
        "scope_entry",
        sa.Column("scope", sa.String(80), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Index("scope_entry_place", "scope", "place"),
    )
    op.execute("INSERT INTO device_scope (device, scope) SELECT id, 'own' FROM device")
