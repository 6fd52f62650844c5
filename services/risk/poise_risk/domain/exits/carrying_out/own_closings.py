"""The closings that risk asks of itself, through the same gate as anyone's."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.packages import ClosePackage, LegIntent, LegRole, OrderStyle
from poise_common.domain.instruments import Side
from poise_risk.domain.exits.carrying_out.references import Reference
from poise_risk.domain.exits.rules.watched import WHOLE_PCT, ExitDue
from poise_risk.domain.gate.closing import HeldPair, Holding
from poise_risk.domain.gate.closing_sizes import LegToClose, Sizes, tradable
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


def _quantities(share_pct: Decimal, held: HeldPair, references: tuple[Reference, Reference]) -> Sizes:
    """Take the share off both legs; the whole where a part could not be traded."""
    long_leg, short_leg = (
        LegToClose(_whole(holding), holding.quantity, reference.best, holding.instrument)
        for holding, reference in zip(held.legs, references, strict=True)
    )
    if share_pct >= WHOLE_PCT:
        return long_leg.wanted, short_leg.wanted
    share = share_pct / WHOLE_PCT
    return tradable((long_leg, short_leg), (long_leg.wanted * share, short_leg.wanted * share), held.hedge)


def _whole(holding: Holding) -> Decimal:
    return holding.quantity if holding.instrument is None else holding.instrument.round_quantity(holding.quantity)


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
