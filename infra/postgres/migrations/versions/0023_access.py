"""A group role for each service that keeps a book, and one for people: each does its own work and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0023_access"
down_revision = "0022_notifier"
branch_labels = None
depends_on = None

SCHEMAS = ("risk", "signals", "execution", "portfolio", "notifier")
SHELL_TABLES = ("inbox", "outbox", "lease")
# What a service really deletes: ids no stream can bring again, messages all have taken, matrices nobody asks for, what
# was told long ago.
DELETED = dict.fromkeys(SCHEMAS, ("inbox", "outbox")) | {
    "portfolio": ("inbox", "outbox", "correlation_matrices"),
    "notifier": ("inbox", "outbox", "alerts", "notices", "orders", "telegram_updates"),
}
# Of which tables the portfolio's role could delete nothing before this revision.
NEVER_DELETED_BEFORE = (
    *("fills", "funding_payments", "funding_shares", "acknowledgements", "packages", "package_legs"),
    *("asset_totals", "decisions", "day_starts", "asset_day_starts"),
)
# What people's commands ask beside the portfolio's books: `why` and `limits` of risk, reports what was promised.
CONSOLE_READS = ("risk.decisions", "risk.limit_changes", "signals.packages", "public.alembic_version")
CONSOLE_ROLE = "poise_console"
PORTFOLIO_ROLE = "poise_portfolio"
MADE_HERE = "made by the migrations of Poise"


def upgrade() -> None:
    for schema in SCHEMAS:
        _allow_service(schema)
    _allow_console()


def downgrade() -> None:
    if _is_there(CONSOLE_ROLE):
        op.execute(f"REVOKE ALL ON public.alembic_version FROM {CONSOLE_ROLE}")
        _disallow(CONSOLE_ROLE, ("portfolio", "risk", "signals"))
    for schema in SCHEMAS:
        if schema != "portfolio" and _is_there(role_of(schema)):
            _disallow(role_of(schema), (schema,))
    if _is_there(PORTFOLIO_ROLE):
        _let_the_portfolio_delete_as_before()


def _let_the_portfolio_delete_as_before() -> None:
    op.execute(f"GRANT DELETE ON ALL TABLES IN SCHEMA portfolio TO {PORTFOLIO_ROLE}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA portfolio GRANT DELETE ON TABLES TO {PORTFOLIO_ROLE}")
    for table in NEVER_DELETED_BEFORE:
        op.execute(f"REVOKE DELETE ON portfolio.{table} FROM {PORTFOLIO_ROLE}")


def role_of(schema: str) -> str:
    return f"poise_{schema}"


def _allow_service(schema: str) -> None:
    """Read and write one schema, see no other, and delete only what is of no more use."""
    role = role_of(schema)
    if not _has_role(role):
        return
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO {role}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE ON TABLES TO {role}")
    op.execute(f"REVOKE DELETE ON ALL TABLES IN SCHEMA {schema} FROM {role}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE DELETE ON TABLES FROM {role}")
    for table in DELETED[schema]:
        op.execute(f"GRANT DELETE ON {schema}.{table} TO {role}")


def _allow_console() -> None:
    """Read what people's commands ask, and write nothing."""
    if not _has_role(CONSOLE_ROLE):
        return
    op.execute(f"GRANT USAGE ON SCHEMA portfolio, risk, signals TO {CONSOLE_ROLE}")
    op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA portfolio TO {CONSOLE_ROLE}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA portfolio GRANT SELECT ON TABLES TO {CONSOLE_ROLE}")
    for table in SHELL_TABLES:
        op.execute(f"REVOKE ALL ON portfolio.{table} FROM {CONSOLE_ROLE}")
    for table in CONSOLE_READS:
        op.execute(f"GRANT SELECT ON {table} TO {CONSOLE_ROLE}")


def _is_there(role: str) -> bool:
    return bool(op.get_bind().scalar(sa.text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}))


def _has_role(role: str) -> bool:
    """Make the role unless it is there; False where it is not and whoever migrates may make none."""
    if _is_there(role):
        return True
    bind = op.get_bind()
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
    for schema in schemas:
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {role}")
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}")
        op.execute(f"REVOKE ALL ON SCHEMA {schema} FROM {role}")
    op.execute(f"""
        DO $$ BEGIN
            IF shobj_description('{role}'::regrole, 'pg_authid') = '{MADE_HERE}' THEN
                DROP ROLE {role};
            END IF;
        EXCEPTION WHEN dependent_objects_still_exist OR insufficient_privilege THEN NULL;
        END $$
    """)
