"""How the levers move through a scenario."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from poise_simulator.domain.levers import Pull


@dataclass(frozen=True, slots=True)
class Keyframe:
    """Where the levers stand at a share of the scenario's duration."""

    at: float
    pull: Pull


def pull_along(path: Sequence[Keyframe], share: float) -> Pull:
    """Read a path at a share of its duration.

    Prices, premiums and funding move from keyframe to keyframe, prices by equal factors in equal times; books, halts
    and outages change at keyframes. The first keyframe stands at 0, and the last one's levers stay.
    """
    at = max(index for index, frame in enumerate(path) if frame.at <= max(share, 0.0))
    last = path[at]
    if at + 1 == len(path):
        return last.pull
    following = path[at + 1]
    way = (share - last.at) / (following.at - last.at)
    here, there = last.pull, following.pull
    rate, next_rate = here.funding_rate_per_interval, there.funding_rate_per_interval
    return replace(
        here,
        price=here.price * math.exp(way * math.log(there.price / here.price)),
        premium=here.premium + way * (there.premium - here.premium),
        funding_rate_per_interval=rate if rate is None or next_rate is None else rate + way * (next_rate - rate),
    )
