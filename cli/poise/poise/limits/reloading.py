"""Having risk read its limits' file anew."""

import os
from pathlib import Path

from poise.desk_addresses import said_by_running_desk
from poise.desk_bus import DeskBus, ask
from poise.limits.changes import LimitChange
from poise.operating.orders import STAGE, operator
from poise_common.contracts.control import ReloadLimits
from poise_common.contracts.message import Message
from poise_common.contracts.state import LimitsInForce, RiskState
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.refusals import ConfigRefused


class Reloaded(Value):
    """What came of an order to read the limits anew."""

    in_force: LimitsInForce | None
    change: LimitChange | None
    """What the book has of it; None where the book is out of reach."""

    @property
    def why_not(self) -> str | None:
        """Why nothing was changed by the order; None where it was taken."""
        if self.in_force is None:
            return "risk does not say which limits it goes by"
        return self.in_force.refusal


class FileDoesNotPass(Exception):
    """The limits' file of the desk that runs from this folder has something that risk would refuse."""


def check_file(redis_url: str) -> None:
    """Check the limits' file before anybody is asked to take it, where it is the desk's that runs from this folder.

    Raises FileDoesNotPass.
    """
    directory = said_by_running_desk("config_directory")
    if directory is None or redis_url != said_by_running_desk("redis_url"):
        return
    from poise_risk.domain.rules.parameters import LimitsConfig  # noqa: PLC0415 - only where a whole desk is installed

    try:
        load_section(Path(directory), "limits", LimitsConfig, os.environ)
    except ConfigRefused as refused:
        raise FileDoesNotPass(str(refused)) from None


def order_to_reload(reason: str) -> ReloadLimits:
    """Make the order to read the limits anew, in the name of whoever runs the command."""
    now = utc_now()
    return ReloadLimits.first(random_ids()(now), STAGE, now, operator=operator(), reason=reason)


async def reload(redis_url: str, order: ReloadLimits, *, wait_s: float) -> RiskState:
    """Send the order and return risk's standing as risk told it once the file was read; raises DeskUnreachable."""

    async def give(bus: DeskBus) -> RiskState:
        since = await bus.positions(RiskState)
        await bus.send(order)
        return await bus.until(RiskState, since=since, answer=lambda states: _answer(order, states))

    return await ask(redis_url, give, wait_s=wait_s, answerer="risk")


def _answer(order: ReloadLimits, messages: list[Message]) -> RiskState | None:
    answers = (each for each in messages if isinstance(each, RiskState) and each.trace_id == order.trace_id)
    return next(answers, None)
