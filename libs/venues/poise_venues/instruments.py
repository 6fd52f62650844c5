"""From ccxt's markets to instruments, and between base units and contracts."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from poise_common.domain.clock import from_ms
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_venues.dialects import Fees, MarginTerms
from poise_venues.errors import CountsInFace


def is_supported(market: Mapping[str, Any]) -> bool:
    """Say whether the desk can trade this kind of market, and it is open for trading.

    An inverse contract's steps are of its face in the quote currency: in base units, which the desk counts in, it has
    none.
    """
    is_of_a_kind = market["spot"] or ((market["swap"] or market["future"]) and market["linear"])
    return bool(market["active"]) and bool(is_of_a_kind) and not market["option"]


def instrument_of(
    venue: str,
    market: Mapping[str, Any],
    *,
    fees: Fees,
    margin: MarginTerms | None,
    funding_interval_s: int | None,
) -> Instrument:
    """Return an instrument; steps and minimums in base units, whatever the venue counts in.

    Raises CountsInFace for an inverse contract, which has none in base units.
    """
    if market["inverse"]:
        raise CountsInFace(venue, market["symbol"])
    contract_size = contract_size_of(market)
    terms = margin or MarginTerms(max_leverage=Decimal(1), maintenance_margin_rate=Decimal(0))
    return Instrument(
        venue=venue,
        symbol=market["symbol"],
        kind=kind_of(market),
        base=market["base"],
        quote=market["quote"],
        settle=market["settle"] or market["quote"],
        contract_size=contract_size,
        price_tick=_decimal(market["precision"]["price"]),
        quantity_step=_decimal(market["precision"]["amount"]) * contract_size,
        min_quantity=_decimal(market["limits"]["amount"]["min"] or 0) * contract_size,
        min_notional=_decimal(market["limits"]["cost"]["min"] or 0),
        taker_fee=fees.taker,
        maker_fee=fees.maker,
        max_leverage=terms.max_leverage,
        maintenance_margin_rate=terms.maintenance_margin_rate,
        funding_interval_s=funding_interval_s if market["swap"] else None,
        expires_at=from_ms(int(market["expiry"])) if market["future"] else None,
    )


def contract_size_of(market: Mapping[str, Any]) -> Decimal:
    """Return how many base units one contract is; 1 on spot."""
    return _decimal(market["contractSize"]) if market["contract"] and market["contractSize"] else Decimal(1)


def to_contracts(quantity: Decimal, contract_size: Decimal) -> Decimal:
    """Convert base units to what the venue counts in."""
    return quantity / contract_size


def to_base_units(contracts: Decimal, contract_size: Decimal) -> Decimal:
    """Convert what the venue counts in to base units."""
    return contracts * contract_size


def base_units(market: Mapping[str, Any], contracts: Decimal, price: Decimal | None) -> Decimal:
    """Convert what the venue counts in to base units; of an inverse contract, what its face is at a price.

    Raises ValueError for an inverse contract without a price.
    """
    quantity = to_base_units(contracts, contract_size_of(market))
    if not market["inverse"] or not quantity:
        return quantity
    if not price:
        raise ValueError(f"{market['symbol']} counts in its face, and that has no price here")
    return quantity / price


def kind_of(market: Mapping[str, Any]) -> InstrumentKind:
    """Return what kind of instrument a market is."""
    if market["spot"]:
        return InstrumentKind.SPOT
    if market["linear"]:
        return InstrumentKind.LINEAR_PERPETUAL if market["swap"] else InstrumentKind.LINEAR_FUTURE
    return InstrumentKind.INVERSE_PERPETUAL if market["swap"] else InstrumentKind.INVERSE_FUTURE


def _decimal(number: Any) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(number))
