"""Random lives of a package: premiums, answers and pauses in any order."""

from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from tests.unit.signals.rig import Rig

from poise_common.contracts.message import Message
from poise_common.contracts.packages import ClosePackage, Verdict

MOVES: dict[str, Callable[[Rig], Message | None]] = {
    "nothing": lambda _: None,
    "approve": lambda rig: rig.decided(Verdict.APPROVED),
    "reject": lambda rig: rig.decided(Verdict.REJECTED),
    "open": lambda rig: None if isinstance(rig.requests[-1], ClosePackage) else rig.opened(),
    "abort": lambda rig: None if isinstance(rig.requests[-1], ClosePackage) else rig.aborted(),
    "close": lambda rig: rig.closed() if isinstance(rig.requests[-1], ClosePackage) else None,
    "close partly": lambda rig: rig.closed_partly("20", "20") if isinstance(rig.requests[-1], ClosePackage) else None,
}
"""What may be said of the last request."""

STEPS = st.lists(
    st.tuples(st.sampled_from([0, 20, 50, 60]), st.sampled_from([*MOVES]), st.sampled_from([0.3, 2.1, 11])),
    min_size=2,
    max_size=25,
)
"""Premium in bps, what is said of the last request, and the pause after it in seconds."""


def market_and_desk(rig: Rig, premium_bps: float) -> Sequence[Message]:
    """Make everything that signals wants to know, at the rig's time."""
    above = 100 + premium_bps / 100
    return (
        rig.universe(),
        rig.funding(),
        rig.risk(),
        rig.portfolio(),
        rig.book("ETH/USDT", [(100, 1e3)], [(100.001, 1e3)]),
        rig.book("ETH/USDT:USDT", [(above, 1e3)], [(above + 0.001, 1e3)]),
    )
