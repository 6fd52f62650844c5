"""Schema `signals`: the packages that were asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_signals"
down_revision = "0002_risk"
branch_labels = None
depends_on = None

SCHEMA = "signals"


def upgrade() -> None:
    op.execute(sa.schema.CreateSchema(SCHEMA))
    _create_packages()
    _create_inbox_and_outbox()


def downgrade() -> None:
    op.execute(sa.schema.DropSchema(SCHEMA, cascade=True))


def _create_packages() -> None:
    op.create_table(
        "packages",
        sa.Column("package_id", sa.Uuid, primary_key=True),
        sa.Column("strategy", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("venue", sa.Text, nullable=False),
        sa.Column("tier", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("long_instrument", postgresql.JSONB, nullable=False),
        sa.Column("short_instrument", postgresql.JSONB, nullable=False),
        sa.Column("long_quantity", sa.Numeric, nullable=False),
        sa.Column("short_quantity", sa.Numeric, nullable=False),
        sa.Column("entry_yield", sa.Numeric, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approval_id", sa.Uuid),
        sa.Column("settled_approvals", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("close_reason", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("wait_until", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('proposed', 'opening', 'open', 'closing', 'closed', 'aborted', 'halted')",
            name="packages_state",
        ),
        sa.CheckConstraint("requests > 0", name="packages_requests"),
        schema=SCHEMA,
    )
    op.create_index("packages_latest", "packages", ["strategy", "asset", "venue", "updated_at"], schema=SCHEMA)
    op.create_index(
        "packages_one_at_a_time",
        "packages",
        ["strategy", "asset", "venue"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state NOT IN ('closed', 'aborted')"),
    )


def _create_inbox_and_outbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("message_id", sa.Uuid, primary_key=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
        schema=SCHEMA,
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("message_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
