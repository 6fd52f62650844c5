"""The record of the limits in force: who had them read anew, when, and what changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_limit_changes"
down_revision = "0010_waiting_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "limit_changes",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("trace_id", sa.Uuid(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False, comment="who ordered it; start: found by a start"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text(), comment="null while the file is being read"),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("refusal", sa.Text()),
        sa.Column("profile", sa.Text(), comment="in force afterwards, as its digest"),
        sa.Column("digest_before", sa.Text()),
        sa.Column("digest_after", sa.Text()),
        sa.Column("changes", postgresql.JSONB(), nullable=False, comment="by key: before and after"),
        sa.Column("notices", postgresql.JSONB(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), comment="the whole set, where it was taken"),
        sa.PrimaryKeyConstraint("change_id"),
        sa.UniqueConstraint("sequence"),
        sa.CheckConstraint("outcome IN ('taken', 'unchanged', 'refused')", name="limit_changes_outcome"),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="limit_changes_settled"),
        sa.CheckConstraint("(outcome IS NULL) = (digest_after IS NULL)", name="limit_changes_digest"),
        sa.CheckConstraint(
            "(refusal IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'refused')", name="limit_changes_refusal"
        ),
        sa.CheckConstraint(
            "(limits IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'taken')", name="limit_changes_limits"
        ),
        schema="risk",
    )


def downgrade() -> None:
    op.drop_table("limit_changes", schema="risk")
