"""One asset: what is held of it, what it may still lose, and what its markets say."""

from dashboards import variables
from dashboards.asset import markets, now, result
from dashboards.page import Page

PAGE = Page(
    uid="poise-asset",
    title="Asset",
    description="One asset: what is held of it, what it may still lose, and what its markets say.",
    since="now-24h",
    refresh="10s",
    sections=(now.SECTION, markets.SECTION, result.SECTION),
    variables=(variables.asset(), variables.window()),
)
