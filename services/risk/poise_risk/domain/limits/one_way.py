"""Whether a venue would keep what packages hold apart."""

from poise_common.contracts.packages import LegRole, LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.derivatives import LegPosition
from poise_risk.domain.limits.check import all_or_nothing

_OPPOSITE = {LegRole.LONG: LegRole.SHORT, LegRole.SHORT: LegRole.LONG}


def one_way(entry: Entry) -> LimitCheck:
    """No derivative is long in one package and short in another.

    A venue nets the two: neither could be closed by an order that only reduces, nor be told from a loss of the other.
    """
    opposed = [
        str(leg.intent.instrument_id)
        for leg in entry.legs
        if leg.instrument.is_derivative
        and LegPosition(leg.intent.instrument_id, _OPPOSITE[leg.intent.role])
        in entry.accounts[leg.intent.venue].derivatives.positions
    ]
    detail = f"another package holds the other way round: {', '.join(opposed)}" if opposed else ""
    return all_or_nothing("one_way", passed=not opposed, detail=detail)
