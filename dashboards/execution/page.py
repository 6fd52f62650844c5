"""What was ordered, what came of it, and whether the accounts are as our books say."""

from dashboards.execution import hedge, now, orders, record, slippage
from dashboards.page import Page

PAGE = Page(
    uid="poise-execution",
    title="Execution",
    description="What was ordered, what came of it, and whether the accounts are as our books say.",
    since="now-6h",
    refresh="10s",
    sections=(now.SECTION, orders.SECTION, hedge.SECTION, slippage.SECTION, record.SECTION),
)
