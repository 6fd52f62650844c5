"""What a result is made of, coins that contracts have settled in, and how correlated assets were on average."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014_result_split"
down_revision = "0013_retention"
branch_labels = None
depends_on = None

SCHEMA = "portfolio"
COMMENTS = {
    ("equity_snapshots", "slippage_usd"): "a part of realised and unrealised P&L, as a cost",
    ("asset_day_starts", "price_usd"): "what prices made, before slippage",
}

# What is added to a table, and the amounts that were finite before.
AMOUNTS = {
    "packages": (("borrow_usd",), ("realised_pnl_usd", "funding_usd", "fees_usd", "slippage_usd")),
    "asset_totals": (("borrow_usd",), ("realised_pnl_usd", "funding_usd", "fees_usd", "slippage_usd")),
    "asset_day_starts": (("price_usd", "funding_usd", "fees_usd", "borrow_usd", "slippage_usd"), ("pnl_usd",)),
    "equity_snapshots": (
        ("borrow_usd", "slippage_usd", "net_gamma_usd"),
        (
            *("equity_usd", "realised_pnl_usd", "unrealised_pnl_usd", "funding_usd", "fees_usd"),
            *("exposure_usd", "net_delta_usd", "ledger_residual_usd", "external_usd"),
        ),
    ),
}


def upgrade() -> None:
    for table, (added, known) in AMOUNTS.items():
        for column in added:
            comment = COMMENTS.get((table, column))
            _add_column(table, sa.Column(column, sa.Numeric(), nullable=False, comment=comment), "0")
        _be_finite(table, (*known, *added))
    # What it was made of was not written down: all of it counts as price.
    op.execute("UPDATE portfolio.asset_day_starts SET price_usd = pnl_usd")
    op.alter_column(
        "asset_day_starts", "pnl_usd", comment="scaled by what was brought in or taken out since", schema=SCHEMA
    )
    op.create_table(
        "settled_coins",
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "quantity", sa.Numeric(), nullable=False, comment="negative: owed out of what the account held before"
        ),
        sa.Column("cost", sa.Numeric(), nullable=False, comment="USD, what it was worth when it was settled"),
        sa.CheckConstraint("quantity <> 0 OR cost = 0", name="settled_coins_none_cost_nothing"),
        sa.CheckConstraint(
            "abs(quantity) < 'Infinity' AND abs(cost) < 'Infinity'", name="settled_coins_amounts_are_finite"
        ),
        sa.PrimaryKeyConstraint("venue", "currency"),
        schema=SCHEMA,
    )
    mean = sa.Column("mean_rho", sa.Float(), comment="over the pairs that are known; null: none")
    op.add_column("correlation_matrices", mean, schema=SCHEMA)
    is_spike = sa.Column("is_spike", sa.Boolean(), nullable=False, comment="the mean is up beyond what a day may bring")
    _add_column("correlation_matrices", is_spike, "false")
    _check("correlation_matrices_mean_is_a_correlation", "mean_rho BETWEEN -1 AND 1")
    _check("correlation_matrices_spikes_have_a_mean", "mean_rho IS NOT NULL OR NOT is_spike")


def downgrade() -> None:
    op.drop_column("correlation_matrices", "is_spike", schema=SCHEMA)
    op.drop_column("correlation_matrices", "mean_rho", schema=SCHEMA)
    op.drop_table("settled_coins", schema=SCHEMA)
    op.alter_column("asset_day_starts", "pnl_usd", comment=None, schema=SCHEMA)
    for table, (added, known) in AMOUNTS.items():
        _be_finite(table, known)
        for column in added:
            op.drop_column(table, column, schema=SCHEMA)


def _add_column(table: str, column: sa.Column[Any], for_known_rows: str) -> None:
    """Add a column that has no default; rows that are there already get a value."""
    name = column.name
    column.server_default = sa.DefaultClause(sa.text(for_known_rows))
    op.add_column(table, column, schema=SCHEMA)
    op.alter_column(table, name, server_default=None, schema=SCHEMA)


def _be_finite(table: str, columns: tuple[str, ...]) -> None:
    name = f"{table}_amounts_are_finite"
    op.drop_constraint(name, table, schema=SCHEMA, type_="check")
    op.create_check_constraint(
        name, table, " AND ".join(f"abs({column}) < 'Infinity'" for column in columns), schema=SCHEMA
    )


def _check(name: str, condition: str) -> None:
    op.create_check_constraint(name, "correlation_matrices", condition, schema=SCHEMA)
