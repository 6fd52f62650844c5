"""The portfolio's ledger follows acknowledged differences: what each was, and what all of them did to equity."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008_acknowledgements"
down_revision = "0007_reconciliation"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"


def upgrade() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("lock_id", sa.Uuid(), nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("differences", JSONB(), nullable=False),
        sa.Column("packages", JSONB(), nullable=False),
        sa.Column("transfer_usd", sa.Numeric(), nullable=False),
        sa.Column("result_usd", sa.Numeric(), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lock_id"),
        schema=SCHEMA,
    )
    op.create_index(
        op.f("ix_portfolio_acknowledgements_acknowledged_at"), "acknowledgements", ["acknowledged_at"], schema=SCHEMA
    )
    op.add_column("packages", sa.Column("settled_at", sa.DateTime(timezone=True)), schema=SCHEMA)
    provisional = sa.Column(
        "is_provisional",
        sa.Boolean(),
        nullable=False,
        server_default=sa.false(),
        comment="until the venue has told its entry price",
    )
    op.add_column("positions", provisional, schema=SCHEMA)
    op.alter_column("positions", "is_provisional", server_default=None, schema=SCHEMA)
    external = sa.Column("external_usd", sa.Numeric(), nullable=False, server_default=sa.text("0"))
    op.add_column("equity_snapshots", external, schema=SCHEMA)
    op.alter_column("equity_snapshots", "external_usd", server_default=None, schema=SCHEMA)


def downgrade() -> None:
    op.drop_column("equity_snapshots", "external_usd", schema=SCHEMA)
    op.drop_column("positions", "is_provisional", schema=SCHEMA)
    op.drop_column("packages", "settled_at", schema=SCHEMA)
    op.drop_table("acknowledgements", schema=SCHEMA)
