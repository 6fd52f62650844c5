"""A signals core with the market, the desk and the clock in a test's hands."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from tests.unit.signals.senders import Senders

from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated, ClosePackage, OpenPackage, RollPackage, Verdict
from poise_common.domain.ids import seeded_ids
from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.core import SignalsCore
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.regimes.asset_models import AssetsConfig

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ASSETS = AssetsConfig.model_validate(yaml.safe_load((Path(__file__).parents[3] / "config" / "assets.yaml").read_text()))
DEEP = 1_000.0
"""Base units on a level: more than any package wants."""


class Rig(Senders):
    """Feeds a core, keeps what it stores and says, and makes the messages that others would send."""

    def __init__(self, config: StrategiesConfig, records: Sequence[PackageRecord] = ()) -> None:
        super().__init__(START, seeded_ids(1))
        self.config = config
        self.core = SignalsCore(config, ASSETS, records)
        self.records: dict[UUID, PackageRecord] = {record.package_id: record for record in records}
        self.published: list[Message] = []
        self.rolls: list[RollPackage] = []
        """Of each the closing is among `requests` too: by it others answer."""

    def hear(self, message: Message) -> Sequence[Output]:
        """Let the core take a message now."""
        return self._keep(self.core.handle(message, self.now))

    def tick(self) -> Sequence[Output]:
        return self._keep(self.core.tick(self.now))

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def why_not(self) -> str | None:
        """Let a second pass, in which books are just fresh, and hear why the candidate is not asked for."""
        self.wait(1)
        self.tick()
        return self.evaluations[-1].why_not

    def ready(self, equity_usd: float = 100_000, **asset: Any) -> None:
        """Bring the desk to where only a premium is missing: universe, funding at zero, active risk, open ledger."""
        self.hear(self.universe(**asset))
        self.hear(self.risk())
        self.hear(self.portfolio(equity_usd))
        self.hear(self.funding())

    def premium(self, bps: float, *, mid: float = 100.0, depth: float = DEEP, asset: str = "ETH") -> None:
        """Send both books, one level a side, no spread: spot at mid, the perpetual a premium above it."""
        self.hear(self.book(f"{asset}/USDT", [(mid, depth)], [(mid * 1.0000001, depth)]))
        above = mid * 1.0000001 * (1 + bps / 10_000)
        self.hear(self.book(f"{asset}/USDT:USDT", [(above, depth)], [(above * 1.0000001, depth)]))

    def open(self, premium_bps: float = 50) -> PackageRecord:
        """Bring a package from nothing to open."""
        self.premium(premium_bps)
        self.hear(self.decided(Verdict.APPROVED))
        self.hear(self.opened())
        return self.package

    @property
    def evaluations(self) -> list[CandidateEvaluated]:
        return [message for message in self.published if isinstance(message, CandidateEvaluated)]

    @property
    def package(self) -> PackageRecord:
        return max(self.records.values(), key=lambda record: record.requested_at)

    def _keep(self, outputs: Sequence[Output]) -> Sequence[Output]:
        for output in outputs:
            if isinstance(output, Store):
                assert isinstance(output.record, PackageRecord)
                self.records[output.record.package_id] = output.record
            elif isinstance(output, Publish):
                self.published.append(output.message)
                if isinstance(output.message, OpenPackage | ClosePackage):
                    self.requests.append(output.message)
                elif isinstance(output.message, RollPackage):
                    self.rolls.append(output.message)
                    self.requests.append(output.message.closing)
        return outputs
