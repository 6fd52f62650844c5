"""Rolling: a package passes its long leg on to a successor whose short leg expires later."""

import sqlalchemy as sa
from alembic import op

revision = "0021_rolling"
down_revision = "0020_account_openings"
branch_labels = None
depends_on = None

_BEGUN, _ENDED = ("opening", "open", "closing"), ("closed", "aborted", "halted")
_CHECKS = (
    ("execution", "packages_state", _BEGUN),
    ("portfolio", "packages_state_is_known", _BEGUN),
    ("signals", "packages_state", ("proposed", *_BEGUN)),
)


def upgrade() -> None:
    for schema, name, begun in _CHECKS:
        _check(schema, name, (*begun, "rolling", *_ENDED))
    op.add_column(
        "approvals",
        sa.Column(
            "passed_on_at",
            sa.DateTime(timezone=True),
            comment="of half of a roll: when the long leg was passed on",
        ),
        schema="execution",
    )
    op.add_column(
        "packages",
        sa.Column("rolled_from", sa.Uuid(), comment="the package that passed its long leg on to this one"),
        schema="portfolio",
    )


def downgrade() -> None:
    op.drop_column("packages", "rolled_from", schema="portfolio")
    op.drop_column("approvals", "passed_on_at", schema="execution")
    for schema, name, begun in _CHECKS:
        packages = sa.table("packages", sa.column("state"), schema=schema)
        op.execute(packages.update().where(packages.c.state == "rolling").values(state="closing"))
        _check(schema, name, (*begun, *_ENDED))


def _check(schema: str, name: str, states: tuple[str, ...]) -> None:
    op.drop_constraint(name, "packages", schema=schema)
    known = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(name, "packages", f"state IN ({known})", schema=schema)
