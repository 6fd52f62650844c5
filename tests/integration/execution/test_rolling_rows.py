"""A roll in the database: what a restart reads is what was stored, at each step of it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tests.unit.execution.messages import CARRY, FAR, NEAR, approved, rolling
from tests.unit.execution.rig import Rig

from poise_common.contracts.core import Output, Store
from poise_execution.adapters.repository import ExecutionRepository
from poise_execution.domain import effects
from poise_execution.domain.state import ExecutionState

REPOSITORY = ExecutionRepository(remember_finished_s=3_600, income_overlap_s=60, trades_overlap_s=60)


class StoredRig(Rig):
    """A rig that keeps what a database would be told to write, in its order."""

    def __init__(self) -> None:
        self.stored: list[object] = []
        super().__init__(futures=(NEAR, FAR))

    def keep(self, outputs: Sequence[Output]) -> Sequence[Output]:
        self.stored += [output.record for output in outputs if isinstance(output, Store)]
        return super().keep(outputs)

    def fill_all(self) -> None:
        for submit in self.take(effects.SubmitOrder):
            self.answer(submit)
        self.list_trades()


async def restored(engine: AsyncEngine, rig: StoredRig) -> ExecutionState:
    """Write what is new, and read all of it back."""
    async with engine.begin() as connection:
        await REPOSITORY.save(connection, rig.stored)
    rig.stored.clear()
    async with engine.begin() as connection:
        return await REPOSITORY.load(connection)


def agree(read: ExecutionState, rig: StoredRig) -> None:
    assert read.mandates == rig.state.mandates
    assert read.packages == rig.state.packages
    assert read.orders == rig.state.orders


async def test_a_roll_is_read_back_as_it_was_at_each_step(database: str) -> None:
    engine = create_async_engine(database)
    try:
        rig = StoredRig()
        rig.ready()
        rig.hear(approved(rig, instruments=CARRY))
        rig.fill_all()
        agree(await restored(engine, rig), rig)
        rig.hear(rolling(rig, rig.package))
        read = await restored(engine, rig)
        agree(read, rig)
        assert sum(mandate.awaits_passing_on for mandate in read.mandates.values()) == 2
        rig.fill_all()
        read = await restored(engine, rig)
        agree(read, rig)
        assert not any(mandate.awaits_passing_on for mandate in read.mandates.values())
    finally:
        await engine.dispose()
