"""How the desk's capital lies at venues, and what a person would move."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from poise_common.contracts.state import VenueAccount
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.rebalancing.parameters import Capital
from poise_portfolio.domain.rebalancing.records import CapitalLine

CASH = "cash"
UNGROUPED = "in no group"


def capital_lines(accounts: Sequence[VenueAccount], equity_usd: Decimal, capital: Capital) -> tuple[CapitalLine, ...]:
    """Set what each group of venues has against its target; what one lacks comes from those with more.

    A group without an account can be brought nothing. Cash is what stablecoins there are beyond the margin in use,
    wherever they lie.
    """
    at = {account.venue: account for account in accounts}
    lines = [
        _line(group.name, tuple(venue for venue in group.venues if venue in at), group.target_pct, at, equity_usd)
        for group in capital.venue_groups
    ]
    grouped = {venue for group in capital.venue_groups for venue in group.venues}
    others = tuple(sorted(at.keys() - grouped))
    if others:
        lines.append(_line(UNGROUPED, others, ZERO, at, equity_usd))
    cash_usd = sum((_idle_usd(account) for account in accounts), ZERO)
    cash = CapitalLine(CASH, (), cash_usd, equity_usd * capital.cash_pct / 100, ZERO)
    return (*_with_transfers(lines), cash)


def _line(
    name: str, venues: tuple[str, ...], target_pct: Decimal, at: Mapping[str, VenueAccount], equity_usd: Decimal
) -> CapitalLine:
    held_usd = sum((at[venue].equity_usd for venue in venues), ZERO)
    return CapitalLine(name, venues, held_usd, equity_usd * target_pct / 100, ZERO)


def _with_transfers(lines: Sequence[CapitalLine]) -> list[CapitalLine]:
    missing = [max(line.target_usd - line.held_usd, ZERO) if line.venues else ZERO for line in lines]
    beyond = [max(line.held_usd - line.target_usd, ZERO) for line in lines]
    moved_usd = min(sum(missing, ZERO), sum(beyond, ZERO))
    if not moved_usd:
        return list(lines)
    brought, taken = moved_usd / sum(missing, ZERO), moved_usd / sum(beyond, ZERO)
    return [
        CapitalLine(line.name, line.venues, line.held_usd, line.target_usd, lacks * brought - spare * taken)
        for line, lacks, spare in zip(lines, missing, beyond, strict=True)
    ]


def _idle_usd(account: VenueAccount) -> Decimal:
    return max(sum(account.stablecoins_usd.values(), ZERO) - account.initial_margin_usd, ZERO)
