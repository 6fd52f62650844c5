"""Accounts that are opened on a running desk: what they bring is no gain."""

import sqlalchemy as sa
from alembic import op

revision = "0020_account_openings"
down_revision = "0019_candidates"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"
CONSTRAINT = "accounts_amounts_are_finite"
AMOUNTS = ("margin_balance_usd", "initial_margin_usd", "maintenance_margin_usd", "residual_usd")


def upgrade() -> None:
    comment = "worth when it was opened beside others: neither earned nor lost"
    # The accounts there are were there when the desk began.
    brought = sa.Column("brought_usd", sa.Numeric(), server_default="0", comment=comment)
    op.add_column("accounts", brought, schema=SCHEMA)
    op.alter_column("accounts", "brought_usd", nullable=False, server_default=None, schema=SCHEMA)
    _finite(*AMOUNTS, "brought_usd")


def downgrade() -> None:
    _finite(*AMOUNTS)
    op.drop_column("accounts", "brought_usd", schema=SCHEMA)


def _finite(*columns: str) -> None:
    op.drop_constraint(CONSTRAINT, "accounts", schema=SCHEMA)
    condition = " AND ".join(f"abs({column}) < 'Infinity'" for column in columns)
    op.create_check_constraint(CONSTRAINT, "accounts", condition, schema=SCHEMA)
