"""Laying what the configuration says of a market over what the venue says."""

from collections.abc import Mapping
from typing import Any

from poise_venues.errors import UnknownInstrument
from poise_venues.parameters import MarketOverride


def override_markets(venue: str, markets: Mapping[str, Any], overrides: Mapping[str, MarketOverride]) -> None:
    """Change ccxt's markets in place; UnknownInstrument for an override of a market that is not listed."""
    for symbol, override in overrides.items():
        if symbol not in markets:
            raise UnknownInstrument(venue, symbol)
        market = markets[symbol]
        if override.active is not None:
            market["active"] = override.active
        if override.contract_size is not None:
            market["contractSize"] = override.contract_size
        if override.price_tick is not None:
            market["precision"]["price"] = override.price_tick
        if override.quantity_step is not None:
            market["precision"]["amount"] = override.quantity_step
        if override.min_quantity is not None:
            market["limits"]["amount"]["min"] = override.min_quantity
        if override.min_notional is not None:
            market["limits"]["cost"]["min"] = override.min_notional
