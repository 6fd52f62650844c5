"""Requests that wait for a last free slot: a restart loses none of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_waiting_requests"
down_revision = "0009_lease"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("request", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "ended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="null while it waits for a last free slot",
        ),
        sa.CheckConstraint("until >= since", name="waiting_requests_times"),
        sa.PrimaryKeyConstraint("request_id"),
        schema="risk",
    )
    op.create_index(
        "waiting_requests_standing",
        "waiting_requests",
        ["since"],
        schema="risk",
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("waiting_requests_standing", "waiting_requests", schema="risk")
    op.drop_table("waiting_requests", schema="risk")
