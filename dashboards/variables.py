"""What people choose at the top of a dashboard."""

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models.dashboard import VariableModel, VariableOption, VariableRefresh, VariableSort

from dashboards.sources import PROMETHEUS

_WINDOWS = ("24h", "90d", "spread_returns")
_FIRST_ASSET = "BTC"
_ASSETS = "label_values(poise_asset_regime, asset)"


def asset() -> VariableModel:
    """Return the choice of the asset."""
    return (
        build.QueryVariable("asset")
        .label("Asset")
        .description("Every asset that was in the universe within the range")
        .datasource(PROMETHEUS)
        .query({"qryType": 1, "query": _ASSETS, "refId": "PrometheusVariableQueryEditor-VariableQuery"})
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .current(VariableOption(text=_FIRST_ASSET, value=_FIRST_ASSET))
        .build()
    )


def window() -> VariableModel:
    """Return the choice of the window that correlations are over."""
    return (
        build.CustomVariable("window")
        .label("Correlations over")
        .description("24h: returns of a day; 90d: hourly returns; spread_returns: those of packages' spreads")
        .values(",".join(_WINDOWS))
        .options([VariableOption(text=each, value=each, selected=each == _WINDOWS[0]) for each in _WINDOWS])
        .current(VariableOption(text=_WINDOWS[0], value=_WINDOWS[0]))
        .build()
    )
