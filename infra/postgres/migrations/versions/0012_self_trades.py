"""A trade between two orders of ours is two fills of one trade id: their sides tell them apart."""

from alembic import op

revision = "0012_self_trades"
down_revision = "0011_limit_changes"
branch_labels = None
depends_on = None

SCHEMAS = ("execution", "portfolio")


def upgrade() -> None:
    for schema in SCHEMAS:
        op.drop_constraint("fills_pkey", "fills", schema=schema, type_="primary")
        op.create_primary_key("fills_pkey", "fills", ["venue", "symbol", "trade_id", "side"], schema=schema)


def downgrade() -> None:
    for schema in SCHEMAS:
        op.drop_constraint("fills_pkey", "fills", schema=schema, type_="primary")
        op.create_primary_key("fills_pkey", "fills", ["venue", "symbol", "trade_id"], schema=schema)
