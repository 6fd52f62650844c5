"""What the desk is worth, what it holds, and how near it is to its limits."""

from dashboards import variables
from dashboards.page import Page
from dashboards.portfolio import held, limits, now, strategies, together, worth

PAGE = Page(
    uid="poise-portfolio",
    title="Portfolio",
    description="What the desk is worth, what it holds, and how near it is to its limits.",
    since="now-24h",
    refresh="10s",
    sections=(now.SECTION, worth.SECTION, held.SECTION, together.SECTION, limits.SECTION, strategies.SECTION),
    variables=(variables.window(),),
)
