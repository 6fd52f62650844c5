"""Exits from a stablecoin that has lost its peg."""

from decimal import Decimal

from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import Watched
from poise_risk.domain.knowledge.symbols import money_of
from poise_risk.domain.rules.profiles import Profile


def off_its_peg(package: HeldPackage, watched: Watched, limits: Profile) -> str | None:
    """A package quoted or settled in a coin farther off its peg than allowed goes; an unknown price closes nothing."""
    allowed_pct = limits.depeg_close_pct
    for coin in sorted(money_of(package.long_leg.symbol) | money_of(package.short_leg.symbol)):
        off_pct = watched.peg_deviations_pct.get(coin, Decimal(0))
        if off_pct > allowed_pct:
            return f"{coin} is {off_pct:.2f} % off its peg, above {allowed_pct} %"
    return None
