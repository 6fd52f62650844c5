"""What a test's desk trades and by which limits: instruments, prices, the shipped file with changes."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from poise_common.contracts import execution
from poise_common.contracts.state import AssetDelta
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_risk.domain.rules.parameters import LimitsConfig

LIMITS_FILE = Path(__file__).parents[3] / "config" / "limits.yaml"
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TIERS = {"BTC": 1, "ETH": 1, "SOL": 2, "BNB": 2, "XRP": 2, "ADA": 3, "DOT": 3}
PRICE = Decimal(100)
"""Every asset trades at 100, so that a quantity of 100 is 10,000 USD."""
STEP = Decimal("0.01")
EQUITY = Decimal(100_000)
WATCHED = timedelta(seconds=10)
"""How long markets were watched before a desk is ready: long enough to know what is usual."""

_SHIPPED: dict[str, Any] = yaml.safe_load(LIMITS_FILE.read_text())


def raw_limits() -> dict[str, Any]:
    """The shipped limits, as a file holds them."""
    return deepcopy(_SHIPPED)


def limits_with(**changes: Any) -> LimitsConfig:
    """The shipped limits with some values of the focused profile changed."""
    raw = raw_limits()
    raw["profiles"]["focused"].update(changes)
    return LimitsConfig.model_validate(raw)


def spot(asset: str, venue: str = "paper", **changes: Any) -> Instrument:
    fields = {
        "venue": venue,
        "symbol": f"{asset}/USDT",
        "kind": InstrumentKind.SPOT,
        "base": asset,
        "quote": "USDT",
        "settle": "USDT",
        "price_tick": Decimal("0.01"),
        "quantity_step": STEP,
        "min_quantity": STEP,
        "min_notional": Decimal(5),
        "taker_fee": Decimal("0.0005"),
        "maker_fee": Decimal("0.0002"),
    }
    return Instrument(**{**fields, **changes})


def perpetual(asset: str, venue: str = "paper", **changes: Any) -> Instrument:
    fields = {
        "symbol": f"{asset}/USDT:USDT",
        "kind": InstrumentKind.LINEAR_PERPETUAL,
        "maintenance_margin_rate": Decimal("0.01"),
        "max_leverage": Decimal(20),
    }
    return spot(asset, venue, **{**fields, **changes})


def difference(
    kind: execution.DifferenceKind, name: str, expected: str, actual: str, wallet: str = "futures"
) -> execution.Difference:
    """A line in which an account differs from the books."""
    return execution.Difference(kind=kind, name=name, wallet=wallet, expected=Decimal(expected), actual=Decimal(actual))


def delta(asset: str, pnl_today_usd: int) -> AssetDelta:
    """What an asset made or lost today."""
    return AssetDelta(asset=asset, delta=Decimal(0), delta_usd=Decimal(0), pnl_today_usd=Decimal(pnl_today_usd))
