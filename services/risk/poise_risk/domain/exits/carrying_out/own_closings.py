"""The closings that risk asks of itself, through the same gate as anyone's."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from poise_common.contracts.packages import ClosePackage, LegIntent, LegRole, OrderStyle
from poise_common.domain.instruments import Instrument, Side
from poise_risk.domain.exits.carrying_out.references import Reference
from poise_risk.domain.exits.rules.watched import WHOLE_PCT, ExitDue
from poise_risk.domain.gate.closing import HeldPair, Holding
from poise_risk.domain.gate.decisions import STAGE


def closing_request(
    due: ExitDue,
    held: HeldPair,
    references: tuple[Reference, Reference],
    *,
    id_: UUID,
    life: timedelta,
    now: datetime,
) -> ClosePackage:
    """Write the request that closes the due share of what is held; `references` price the long and the short leg.

    It takes at once: what risk closes by itself is not to wait.
    """
    long_quantity, short_quantity = _quantities(due.share_pct, held, references)
    long_price, short_price = references
    return ClosePackage.first(
        id_,
        STAGE,
        now,
        package_id=due.package_id,
        strategy=due.strategy,
        asset=due.asset,
        reason=due.reason,
        edge_left=None,
        style=OrderStyle.IOC,
        long_leg=_leg(LegRole.LONG, Side.SELL, held.long_leg, long_quantity, long_price),
        short_leg=_leg(LegRole.SHORT, Side.BUY, held.short_leg, short_quantity, short_price),
        requested_at=now,
        expires_at=now + life,
    )


def _quantities(share_pct: Decimal, held: HeldPair, references: tuple[Reference, Reference]) -> tuple[Decimal, Decimal]:
    """Take the share off both legs in whole coarser steps; the whole where a part could not be traded."""
    whole = _whole(held.long_leg), _whole(held.short_leg)
    rules = held.long_leg.instrument, held.short_leg.instrument
    if share_pct >= WHOLE_PCT or rules[0] is None or rules[1] is None:
        return whole
    step = max(rules[0].quantity_step, rules[1].quantity_step)
    part = tuple(_down_to(step, quantity * share_pct / WHOLE_PCT) for quantity in whole)
    for rule, reference, taken, all_ in zip(rules, references, part, whole, strict=True):
        if not (_is_tradable(rule, taken, reference.best) and _is_tradable(rule, all_ - taken, reference.best)):
            return whole
    return part[0], part[1]


def _whole(holding: Holding) -> Decimal:
    return holding.quantity if holding.instrument is None else holding.instrument.round_quantity(holding.quantity)


def _down_to(step: Decimal, quantity: Decimal) -> Decimal:
    return (quantity / step).to_integral_value(ROUND_DOWN) * step


def _is_tradable(instrument: Instrument | None, quantity: Decimal, price: Decimal) -> bool:
    if instrument is None:
        return False
    return quantity >= instrument.min_quantity and quantity * price >= instrument.min_notional


def _leg(role: LegRole, side: Side, holding: Holding, quantity: Decimal, reference: Reference) -> LegIntent:
    return LegIntent(
        role=role,
        venue=holding.instrument_id.venue,
        symbol=holding.instrument_id.symbol,
        side=side,
        quantity=quantity,
        decision_price=reference.expected(side, quantity),
        limit_price=reference.limit(side, holding.instrument),
        book_time=reference.seen_at,
    )
