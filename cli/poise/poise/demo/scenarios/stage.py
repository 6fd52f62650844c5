"""Plays a scenario: waits for the moment, has the venue strike, follows it until its bounds can be told."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise.demo.desk_view import DeskView
from poise.demo.record import Record
from poise.demo.scenarios import evidence
from poise.demo.scenarios.aftermath import Aftermath, HeldThen, Strike
from poise.demo.scenarios.presets import PRESETS, ScenarioName
from poise.demo.scenarios.venue import Underway, scenario_underway, start_scenario
from poise.demo.scenarios.witness import Witness
from poise.demo.simulator_api import SimulatorSilent
from poise.demo.venue_ledger import read_venue_ledgers
from poise.demo.waiting import TradingTime, Waiting
from poise_common.contracts.state import HeldPackage
from poise_common.platform.clock import utc_now

_LOOK_EVERY_S = 0.5


class Stage:
    """Play one scenario on a running desk."""

    def __init__(
        self,
        name: ScenarioName,
        *,
        venue_urls: Mapping[str, str],
        funding_interval_s: float,
        view: DeskView,
        record: Record,
        waiting: Waiting,
        time: TradingTime,
        say: Callable[[str], None],
    ) -> None:
        self._name = name
        self._preset = PRESETS[name]
        self._venue_urls = venue_urls
        self._told_by_url = next(iter(venue_urls.values()))
        self._funding_interval_s = funding_interval_s
        self._view = view
        self._record = record
        self._waiting = waiting
        self._time = time
        self._say = say
        self._witness = Witness()
        self._strike: Strike | None = None
        self._over_at: datetime | None = None
        self._portfolio_told = asyncio.Event()
        view.onlookers.append(lambda _: self._portfolio_told.set())

    async def play(self) -> None:
        """Let it strike once something is held, and follow it to the end of the time that its bounds take to tell."""
        if not await self._something_is_held():
            return
        self._see_from_here()
        underway: Underway | None = await start_scenario(self._told_by_url, self._name)
        while underway is not None and not self._waiting.is_interrupted and (self._time.left_s or 0) > 0:
            await self._follow(underway)
            await self._waiting.pause(_LOOK_EVERY_S)
            before = underway
            with contextlib.suppress(SimulatorSilent):  # the scenario goes on, and the next look shows how far it is
                underway = await scenario_underway(self._told_by_url, self._name)
            if underway is None and before.began_at is not None:
                self._over_at = before.began_at + timedelta(seconds=before.duration_s)
                self._view.scenario = f"{self._name} is over"
                self._say(self._view.scenario)

    async def aftermath(self) -> Aftermath | None:
        """Gather what the bounds are measured on; None if it never struck."""
        strike = self._strike
        if strike is None:
            return None
        return Aftermath(
            strike=strike,
            over_at=self._over_at,
            read_at=utc_now(),
            course=self._witness.course,
            liquidations=sum(each.liquidations for each in (await read_venue_ledgers(self._venue_urls)).values()),
            entries=await evidence.entries_since(self._record, strike.at),
            fates=await evidence.fates_of(self._record, strike.held.keys()),
            settlements_against=await evidence.settlements_against(self._record, strike.at),
            mandates=await evidence.mandates_since(self._record, strike.at),
            sightings=self._witness.sightings,
            exit_slippages_bps=await evidence.exit_slippages_bps(self._record, strike.at),
            exits_without_slippage=await evidence.exits_without_slippage(self._record, strike.at),
        )

    async def _something_is_held(self) -> bool:
        wanted = self._preset.packages_held_first
        self._view.scenario = f"{self._name} strikes once {wanted} packages are held"
        left_s = self._time.left_s or 0
        await self._waiting.until(self._hold(wanted), timeout_s=left_s / 2)
        return await self._waiting.until(self._hold(1), timeout_s=left_s / 2)

    async def _hold(self, packages: int) -> None:
        while self._held() < packages:
            self._portfolio_told.clear()
            await self._portfolio_told.wait()

    def _held(self) -> int:
        return len(self._concerned())

    def _concerned(self) -> list[HeldPackage]:
        packages = self._view.portfolio.packages if self._view.portfolio is not None else ()
        return [package for package in packages if self._preset.concerns(package)]

    def _see_from_here(self) -> None:
        if self._view.portfolio is not None:
            self._witness.look(self._view.portfolio)
        self._view.onlookers.append(self._witness.look)

    async def _follow(self, underway: Underway) -> None:
        began_at = underway.began_at
        if began_at is None:
            self._view.scenario = f"{self._name} strikes with the next entry"
        elif self._strike is None:
            venue = next(iter(self._venue_urls)) if self._preset.strikes_one_venue else None
            self._strike = Strike(began_at, await self._held_now(), underway.asset, venue)
            self._time.last_at_least(self._preset.needs_s(underway.duration_s, self._funding_interval_s))
            struck = f"{self._name} strikes{f' {underway.asset}' if underway.asset else ''}"
            self._say(f"{struck}: {len(self._strike.held)} packages are held")
        if began_at is not None:
            since_s = (utc_now() - began_at).total_seconds()
            course = f"course of {underway.duration_s:g} s"
            self._view.scenario = f"{self._name}: {since_s:.0f} s into its {course}" + (
                ", it stays as it is" if since_s > underway.duration_s else ""
            )

    async def _held_now(self) -> dict[UUID, HeldThen]:
        packages = self._concerned()
        fates = await evidence.fates_of(self._record, [package.package_id for package in packages])
        results_usd = {package_id: fate.result_usd for package_id, fate in fates.items()}
        return {
            package.package_id: HeldThen(
                asset=package.asset,
                exposure_usd=package.exposure_usd,
                worth_usd=results_usd.get(package.package_id, Decimal(0)) + package.unrealised_pnl_usd,
            )
            for package in packages
        }
