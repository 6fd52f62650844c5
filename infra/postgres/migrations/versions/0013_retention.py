"""Big tables in parts by time, wrong states that cannot be written, and roles that may do no more than they need."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0013_retention"
down_revision = "0012_self_trades"
branch_labels = None
depends_on = None

FUNCTIONS = Path(__file__).parents[1] / "functions" / "0013"
SCHEMA = "portfolio"
SCHEMAS = ("risk", "signals", "execution", SCHEMA)

# By which column big tables are parted, and their keys. Candles of an interval are parts that have parts again.
PARTED = {
    "candles": ("LIST (interval)", "venue, symbol, interval, opened_at"),
    "equity_snapshots": ("RANGE (as_of)", "as_of"),
    "account_reports": ("RANGE (as_of)", "venue, as_of"),
}
INTERVALS = {"1m": "day", "5m": "day", "1h": "month"}

FINITE = {
    "packages": ("realised_pnl_usd", "funding_usd", "fees_usd", "slippage_usd"),
    "package_legs": ("quantity", "cost", "peak_quantity"),
    "fills": ("quantity", "price", "decision_price", "fee", "fee_usd", "realised_pnl_usd", "slippage_usd"),
    "funding_payments": ("amount", "amount_usd"),
    "funding_shares": ("amount_usd",),
    "accounts": ("margin_balance_usd", "initial_margin_usd", "maintenance_margin_usd", "residual_usd"),
    "cash_balances": ("total",),
    "positions": ("quantity", "cost"),
    "dust": ("quantity", "cost"),
    "acknowledgements": ("transfer_usd", "result_usd"),
    "asset_totals": ("realised_pnl_usd", "funding_usd", "fees_usd", "slippage_usd"),
    "day_starts": ("equity_usd",),
    "asset_day_starts": ("pnl_usd",),
    "high_water_mark": ("equity_usd",),
    "equity_snapshots": (
        *("equity_usd", "realised_pnl_usd", "unrealised_pnl_usd", "funding_usd", "fees_usd"),
        *("exposure_usd", "net_delta_usd", "ledger_residual_usd", "external_usd"),
    ),
    "account_reports": ("margin_balance_usd", "initial_margin_usd", "maintenance_margin_usd", "residual_usd"),
    "decisions": ("requested_exposure_usd", "approved_exposure_usd"),
}
CHECKS = {
    "packages_tiers_begin_at_one": ("packages", "tier > 0"),
    "package_legs_flat_cost_nothing": ("package_legs", "quantity <> 0 OR cost = 0"),
    "dust_flat_costs_nothing": ("dust", "quantity <> 0 OR cost = 0"),
    "accounts_open_before_they_are_read": ("accounts", "reported_at >= opened_at"),
    "decisions_approve_what_is_not_rejected": ("decisions", "(verdict = 'rejected') = (approval_id IS NULL)"),
    "decisions_approve_no_more_than_asked": (
        "decisions",
        "verdict = 'rejected' OR approved_exposure_usd <= requested_exposure_usd",
    ),
    "equity_snapshots_sizes_are_unsigned": ("equity_snapshots", "exposure_usd >= 0 AND ledger_residual_usd >= 0"),
    "account_reports_residual_is_unsigned": ("account_reports", "residual_usd >= 0"),
    "correlation_matrices_have_a_row_an_asset": (
        "correlation_matrices",
        "points >= 0 AND jsonb_array_length(rho) = cardinality(assets)",
    ),
    **{
        f"{table}_amounts_are_finite": (table, " AND ".join(f"abs({column}) < 'Infinity'" for column in columns))
        for table, columns in FINITE.items()
    },
}
LEG = ["package_id", "role", "venue", "symbol"]
WRITTEN_ONCE = ("fills", "funding_payments", "funding_shares", "acknowledgements")
NEVER_DELETED = (
    *WRITTEN_ONCE,
    "packages",
    "package_legs",
    "asset_totals",
    "decisions",
    "day_starts",
    "asset_day_starts",
)

SERVICE_ROLE = "poise_portfolio"
DASHBOARDS_ROLE = "poise_dashboards"
MADE_HERE = "made by the migrations of Poise"


def upgrade() -> None:
    op.execute("SET LOCAL timezone = 'UTC'")
    _make_functions()
    for table, (by, key) in PARTED.items():
        _part(table, by, key)
    _constrain()
    _index()
    _allow_service()
    _allow_dashboards()


def downgrade() -> None:
    _disallow(SERVICE_ROLE, (SCHEMA,))
    _disallow(DASHBOARDS_ROLE, SCHEMAS)
    _unindex()
    _unconstrain()
    for table, (_, key) in PARTED.items():
        _join(table, key)
    op.create_index("candles_by_time", "candles", ["interval", "opened_at"], schema=SCHEMA)
    op.execute("DROP FUNCTION portfolio.make_part, portfolio.drop_parts")


def _make_functions() -> None:
    """Let whoever may call these make parts and drop them without owning the tables.

    They run with the rights of whoever migrated. Rows that came before their part are moved there. A table that
    somebody else has in hand is waited for a moment only: lock_not_available.
    """
    _make_function("make_part")
    _make_function("drop_parts")
    op.execute("REVOKE ALL ON FUNCTION portfolio.make_part, portfolio.drop_parts FROM PUBLIC")


def _make_function(name: str) -> None:
    op.execute((FUNCTIONS / f"{name}.sql").read_text())


def _part(table: str, by: str, key: str) -> None:
    """Make a table anew in parts, each with a rest for what no part is there for, and move its rows there."""
    _set_aside(table)
    op.execute(
        f"CREATE TABLE portfolio.{table} (LIKE portfolio.{table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        f" PARTITION BY {by}"
    )
    op.execute(f"ALTER TABLE portfolio.{table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})")
    if table == "candles":
        for interval, period in INTERVALS.items():
            part = f"candles_{interval}"
            op.execute(
                f"CREATE TABLE portfolio.{part} PARTITION OF portfolio.candles FOR VALUES IN ('{interval}')"
                " PARTITION BY RANGE (opened_at)"
            )
            op.execute(f"CREATE TABLE portfolio.{part}_rest PARTITION OF portfolio.{part} DEFAULT")
            _make_parts_of_rows(part, f"portfolio.{table}_before WHERE interval = '{interval}'", "opened_at", period)
    else:
        op.execute(f"CREATE TABLE portfolio.{table}_rest PARTITION OF portfolio.{table} DEFAULT")
        _make_parts_of_rows(table, f"portfolio.{table}_before", "as_of", "month")
    _take_back(table)


def _make_parts_of_rows(parent: str, rows: str, column: str, period: str) -> None:
    periods = f"SELECT DISTINCT date_trunc('{period}', {column}) AS at FROM {rows}"  # noqa: S608  # names of our own
    make_part = f"portfolio.make_part('{parent}', at, at + interval '1 {period}')"
    op.execute(f"SELECT {make_part} FROM ({periods}) AS periods")  # noqa: S608  # names of our own


def _join(table: str, key: str) -> None:
    _set_aside(table)
    op.execute(
        f"CREATE TABLE portfolio.{table} (LIKE portfolio.{table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
    )
    op.execute(f"ALTER TABLE portfolio.{table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({key})")
    _take_back(table)


def _set_aside(table: str) -> None:
    op.execute(f"ALTER TABLE portfolio.{table} RENAME TO {table}_before")
    op.execute(f"ALTER TABLE portfolio.{table}_before RENAME CONSTRAINT {table}_pkey TO {table}_before_pkey")


def _take_back(table: str) -> None:
    op.execute(f"INSERT INTO portfolio.{table} SELECT * FROM portfolio.{table}_before")  # noqa: S608  # names of our own
    op.execute(f"DROP TABLE portfolio.{table}_before")


def _constrain() -> None:
    for name, (table, condition) in CHECKS.items():
        op.create_check_constraint(name, table, condition, schema=SCHEMA)
    op.create_unique_constraint(
        "package_legs_are_of_two_instruments", "package_legs", ["package_id", "venue", "symbol"], schema=SCHEMA
    )
    op.create_unique_constraint("package_legs_are_of_one_instrument", "package_legs", LEG, schema=SCHEMA)
    _refer("fills_are_of_their_leg", "fills", "package_legs", LEG)
    _refer("account_reports_are_of_an_account", "account_reports", "accounts", ["venue"])
    _trigger_checks()


def _refer(name: str, source: str, referent: str, columns: list[str]) -> None:
    schemas = {"source_schema": SCHEMA, "referent_schema": SCHEMA}
    op.create_foreign_key(name, source, referent, columns, columns, **schemas)


def _trigger_checks() -> None:
    """What one row cannot say by itself; at the commit, since what belongs together is written one by one."""
    _make_function("check_funding_shares")
    op.execute("""
        CREATE CONSTRAINT TRIGGER funding_shares_add_up AFTER INSERT OR UPDATE OR DELETE ON portfolio.funding_shares
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portfolio.check_funding_shares()
    """)
    _make_function("check_ended_package")
    for table, condition in (("packages", "NEW.state IN ('closed', 'aborted')"), ("package_legs", "NEW.quantity <> 0")):
        op.execute(f"""
            CREATE CONSTRAINT TRIGGER {table}_that_ended_hold_nothing AFTER INSERT OR UPDATE ON portfolio.{table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ({condition})
            EXECUTE FUNCTION portfolio.check_ended_package()
        """)
    _make_function("refuse_change")
    for table in WRITTEN_ONCE:
        op.execute(f"""
            CREATE TRIGGER {table}_are_written_once BEFORE UPDATE ON portfolio.{table}
            FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION portfolio.refuse_change()
        """)


def _unconstrain() -> None:
    for table in WRITTEN_ONCE:
        op.execute(f"DROP TRIGGER {table}_are_written_once ON portfolio.{table}")
    for table in ("packages", "package_legs"):
        op.execute(f"DROP TRIGGER {table}_that_ended_hold_nothing ON portfolio.{table}")
    op.execute("DROP TRIGGER funding_shares_add_up ON portfolio.funding_shares")
    op.execute("DROP FUNCTION portfolio.refuse_change, portfolio.check_ended_package, portfolio.check_funding_shares")
    op.drop_constraint("account_reports_are_of_an_account", "account_reports", schema=SCHEMA)
    op.drop_constraint("fills_are_of_their_leg", "fills", schema=SCHEMA)
    op.drop_constraint("package_legs_are_of_one_instrument", "package_legs", schema=SCHEMA)
    op.drop_constraint("package_legs_are_of_two_instruments", "package_legs", schema=SCHEMA)
    for name, (table, _) in CHECKS.items():
        op.drop_constraint(name, table, schema=SCHEMA)


def _index() -> None:
    """Cover what dashboards add up over long times, so that it is read from the index alone."""
    op.drop_index("decisions_by_time", schema=SCHEMA)
    op.create_index(
        "decisions_by_time",
        "decisions",
        ["decided_at"],
        schema=SCHEMA,
        postgresql_include=["action", "verdict", "binding_limit", "requested_exposure_usd", "approved_exposure_usd"],
    )
    op.drop_index("funding_payments_by_time", schema=SCHEMA)
    op.create_index(
        "funding_payments_by_time",
        "funding_payments",
        ["paid_at"],
        schema=SCHEMA,
        postgresql_include=["asset", "amount_usd"],
    )


def _unindex() -> None:
    for table, column in (("decisions", "decided_at"), ("funding_payments", "paid_at")):
        op.drop_index(f"{table}_by_time", schema=SCHEMA)
        op.create_index(f"{table}_by_time", table, [column], schema=SCHEMA)


def _allow_service() -> None:
    """Write schema portfolio and see no other; what the ledger is made of is never deleted."""
    if not _has_role(SERVICE_ROLE):
        return
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {SERVICE_ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {SERVICE_ROLE}")
    op.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {SERVICE_ROLE}"
    )
    for table in NEVER_DELETED:
        op.execute(f"REVOKE DELETE ON {SCHEMA}.{table} FROM {SERVICE_ROLE}")
    op.execute(f"GRANT EXECUTE ON FUNCTION portfolio.make_part, portfolio.drop_parts TO {SERVICE_ROLE}")


def _allow_dashboards() -> None:
    """Read everything, write nothing."""
    if not _has_role(DASHBOARDS_ROLE):
        return
    for schema in SCHEMAS:
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {DASHBOARDS_ROLE}")
        op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {DASHBOARDS_ROLE}")
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {DASHBOARDS_ROLE}")


def _has_role(role: str) -> bool:
    """Make the role unless it is there; False where it is not and whoever migrates may make none."""
    bind = op.get_bind()
    if bind.scalar(sa.text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}):
        return True
    if not bind.scalar(sa.text("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")):
        return False
    # Roles are of the whole server: another database of it may be migrated at the same time.
    op.execute(f"""
        DO $$ BEGIN
            CREATE ROLE {role} NOLOGIN;
            COMMENT ON ROLE {role} IS '{MADE_HERE}';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END $$
    """)
    return True


def _disallow(role: str, schemas: tuple[str, ...]) -> None:
    """Take back what the role was granted here; drop it if it was made here and nothing else goes by it."""
    bind = op.get_bind()
    if not bind.scalar(sa.text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}):
        return
    for schema in schemas:
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {role}")
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")
        op.execute(f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {schema} FROM {role}")
        op.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {role}")
    op.execute(f"""
        DO $$ BEGIN
            IF shobj_description('{role}'::regrole, 'pg_authid') = '{MADE_HERE}' THEN
                DROP ROLE {role};
            END IF;
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
        END $$
    """)
