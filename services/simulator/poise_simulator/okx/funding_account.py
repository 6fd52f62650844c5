"""The funding account, where deposits would come in, and the currencies that the venue has; nothing is held there."""

from __future__ import annotations

from poise_simulator.faults.targets import Target
from poise_simulator.okx.endpoint import PREFIX, Call, Endpoint, Rows
from poise_simulator.okx.instruments import InstType
from poise_simulator.okx.rate_limits import RateLimit, Scope


def currencies(call: Call) -> Rows:
    """Answer `asset/currencies`: each with one chain, by which nothing is moved."""
    spot = call.venue.names.of_type(InstType.SPOT)
    wanted = call.parameters.optional_text("ccy")
    names = sorted({name for item in spot for name in (item.listed.base, item.listed.quote)})
    return [_currency_row(name) for name in names if wanted is None or name in wanted.split(",")]


def balances(_: Call) -> Rows:
    """Answer `asset/balances`."""
    return []


def _currency_row(name: str) -> dict[str, object]:
    return {
        "ccy": name,
        "name": name,
        "chain": f"{name}-Simulated",
        "ctAddr": "",
        "logoLink": "",
        "canDep": False,
        "canWd": False,
        "canInternal": False,
        "mainNet": True,
        "needTag": False,
        "depQuotaFixed": "",
        "minDep": "0",
        "minWd": "0",
        "maxWd": "0",
        "minFee": "0",
        "maxFee": "0",
        "fee": "0",
        "burningFeeRate": "",
        "usedDepQuotaFixed": "",
        "usedWdQuota": "0",
        "wdQuota": "0",
        "wdTickSz": "8",
        "minDepArrivalConfirm": "1",
        "minWdUnlockConfirm": "1",
    }


ENDPOINTS = (
    Endpoint("GET", PREFIX + "asset/currencies", RateLimit(6, Scope.USER, period_s=1), currencies),
    Endpoint("GET", PREFIX + "asset/balances", RateLimit(6, Scope.USER, period_s=1), balances, target=Target.ACCOUNT),
)
