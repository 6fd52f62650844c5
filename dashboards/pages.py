"""Every dashboard, as the text of its file."""

from collections.abc import Mapping

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.asset import page as asset
from dashboards.execution import page as execution
from dashboards.pipeline import page as pipeline
from dashboards.portfolio import page as portfolio

PAGES = (portfolio.PAGE, asset.PAGE, pipeline.PAGE, execution.PAGE)


def dashboards() -> Mapping[str, str]:
    """Return the text of each file by the dashboard's uid."""
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {page.uid: encoder.encode(page.build()) + "\n" for page in PAGES}
