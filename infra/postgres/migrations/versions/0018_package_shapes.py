"""Packages of two venues and two assets: the ratio by which one leg hedges the other."""

import sqlalchemy as sa
from alembic import op

revision = "0018_package_shapes"
down_revision = "0017_rebalancing"
branch_labels = None
depends_on = None

HEDGED = (("execution", "packages"), ("risk", "reservations"), ("portfolio", "packages"))


def upgrade() -> None:
    for schema, table in HEDGED:
        # What there is already hedges one to one.
        op.add_column(table, _ratio(), schema=schema)
        op.alter_column(table, "hedge_ratio", nullable=False, server_default=None, schema=schema)
        op.create_check_constraint(
            f"{table}_hedge_ratio", table, "hedge_ratio > 0 AND hedge_ratio < 'Infinity'", schema=schema
        )


def downgrade() -> None:
    for schema, table in HEDGED:
        op.drop_constraint(f"{table}_hedge_ratio", table, schema=schema)
        op.drop_column(table, "hedge_ratio", schema=schema)


def _ratio() -> sa.Column[object]:
    comment = "base units of the short leg for one of the long leg"
    return sa.Column("hedge_ratio", sa.Numeric(), server_default="1", comment=comment)
