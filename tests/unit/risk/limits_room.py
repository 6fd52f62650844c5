"""A desk whose limits' file is in the test's hands: what risk asks of it is kept until the test answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.unit.risk.risk_desk import START, RiskDesk, limits_with, restored_from

from poise_common.contracts.control import ReloadLimits
from poise_common.contracts.core import Output, Run
from poise_common.contracts.message import Message
from poise_common.contracts.state import LimitsInForce
from poise_risk.domain.records import Restored
from poise_risk.domain.rules.changes import LimitChange, LimitsRead, ReadLimits
from poise_risk.domain.rules.parameters import LimitsConfig


class LimitsRoom(RiskDesk):
    """Orders readings, and answers them when the test says so."""

    def __init__(
        self, config: LimitsConfig | None = None, restored: Restored | None = None, now: datetime = START
    ) -> None:
        self.asked: list[ReadLimits] = []
        super().__init__(config, restored, now)

    def order(self, operator: str = "ada", reason: str = "calmer markets") -> ReloadLimits:
        command = self.first(ReloadLimits, operator=operator, reason=reason)
        self.send(command)
        return command

    def answer(self, config: LimitsConfig | None, refusal: str | None = None) -> list[Message]:
        """Answer the oldest reading that was asked for."""
        order = self.asked.pop(0).order
        return self.send(self.read(order, config, refusal))

    def read(self, order: Message, config: LimitsConfig | None, refusal: str | None = None) -> LimitsRead:
        return LimitsRead.caused_by(order, "risk", self.now, order_id=order.id, config=config, refusal=refusal)

    def reload(self, **changes: Any) -> list[Message]:
        """Have the file say something else of the focused profile, and have it read."""
        self.order()
        return self.answer(limits_with(**changes))

    def started_anew(self, config: LimitsConfig) -> "LimitsRoom":
        """The next process, which finds this in the file."""
        desk = LimitsRoom(config, restored_from(self.stored), self.now)
        desk.held, desk.new_id = self.held, self.new_id
        desk.stored = [*self.stored, *desk.stored]
        return desk

    @property
    def in_force(self) -> LimitsInForce:
        limits = self.state.limits
        assert limits is not None
        return limits

    @property
    def record(self) -> list[LimitChange]:
        """All changes on record, in their order, each as it was stored last."""
        newest = {each.change_id: each for each in self.stored if isinstance(each, LimitChange)}
        return sorted(newest.values(), key=lambda change: change.sequence)

    def _keep(self, outputs: Sequence[Output]) -> list[Message]:
        self.asked += [
            output.effect for output in outputs if isinstance(output, Run) and isinstance(output.effect, ReadLimits)
        ]
        return super()._keep(outputs)
