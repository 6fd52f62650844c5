"""Ways from one dashboard to the others."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import DashboardLinkType

TO_ASSET = "/d/poise-asset?var-asset=${__value.text}&${__url_time_range}"
"""From an asset's name to its own dashboard."""


def to_all_dashboards() -> build.DashboardLink:
    """Return links to the other dashboards that keep the range and the variables."""
    return (
        build.DashboardLink("Poise")
        .type(DashboardLinkType.DASHBOARDS)
        .tags(["poise"])
        .as_dropdown(False)
        .keep_time(True)
        .include_vars(True)
    )
