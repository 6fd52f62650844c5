"""Candidates by their legs: several of an asset may be watched, one of a slot is held."""

import sqlalchemy as sa
from alembic import op

revision = "0019_candidates"
down_revision = "0018_package_shapes"
branch_labels = None
depends_on = None

SCHEMA = "signals"
_ONE_AT_A_TIME = "state NOT IN ('closed', 'aborted') AND NOT opened_by_others"


def upgrade() -> None:
    op.add_column("packages", sa.Column("slot_name", sa.Text()), schema=SCHEMA)
    op.execute("UPDATE signals.packages SET slot_name = asset || '@' || venue")
    op.alter_column("packages", "slot_name", nullable=False, schema=SCHEMA)
    op.add_column("packages", sa.Column("opened_at", sa.DateTime(timezone=True)), schema=SCHEMA)
    op.add_column("packages", sa.Column("hedge_ratio", sa.Numeric(), server_default="1"), schema=SCHEMA)
    op.alter_column("packages", "hedge_ratio", nullable=False, server_default=None, schema=SCHEMA)
    op.create_check_constraint("packages_hedge_ratio", "packages", "hedge_ratio > 0", schema=SCHEMA)
    _index_by("slot_name")
    op.drop_column("packages", "venue", schema=SCHEMA)


def downgrade() -> None:
    op.add_column("packages", sa.Column("venue", sa.Text()), schema=SCHEMA)
    op.execute("UPDATE signals.packages SET venue = long_instrument ->> 'venue'")
    op.alter_column("packages", "venue", nullable=False, schema=SCHEMA)
    _index_by("asset", "venue")
    op.drop_constraint("packages_hedge_ratio", "packages", schema=SCHEMA)
    for column in ("hedge_ratio", "opened_at", "slot_name"):
        op.drop_column("packages", column, schema=SCHEMA)


def _index_by(*columns: str) -> None:
    op.drop_index("packages_latest", "packages", schema=SCHEMA)
    op.drop_index("packages_one_at_a_time", "packages", schema=SCHEMA)
    op.create_index("packages_latest", "packages", ["strategy", *columns, "updated_at"], schema=SCHEMA)
    op.create_index(
        "packages_one_at_a_time",
        "packages",
        ["strategy", *columns],
        unique=True,
        postgresql_where=sa.text(_ONE_AT_A_TIME),
        schema=SCHEMA,
    )
