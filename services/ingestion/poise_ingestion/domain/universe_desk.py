"""Scanning when it is this process's duty, and what comes of a scan."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.market_data import Universe
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import Instrument
from poise_ingestion.domain.effects import ScanMarkets
from poise_ingestion.domain.liquidity import LiquidityWatch
from poise_ingestion.domain.membership import Membership, Verdict
from poise_ingestion.domain.observations import DutyChanged, MarketsScanned, ScanFailed
from poise_ingestion.domain.parameters import UniverseConfig

_STAGE = "ingestion"
_GUARDED_TIERS = frozenset({1, 2})


class UniverseDesk:
    """Hold the universe and renew it by scans while the duty is held."""

    def __init__(self, config: UniverseConfig, alerts: AlertBook, new_id: NewId) -> None:
        self._config = config
        self._alerts = alerts
        self._new_id = new_id
        self._membership = Membership(config)
        self._liquidity = LiquidityWatch(
            drop_pct=config.membership.liquidity_drop_pct, scans=config.membership.liquidity_scans
        )
        self._peg_pairs: tuple[Instrument, ...] = ()
        self._known_as_of: datetime | None = None
        self._holds_duty = False
        self._scanning = False
        self._scan_at: datetime | None = None

    def adopt(self, universe: Universe) -> bool:
        """Take the universe off the bus, whoever decided it; False for one that is older than what is known."""
        if self._known_as_of is not None and universe.as_of < self._known_as_of:
            return False
        self._known_as_of = universe.as_of
        self._peg_pairs = universe.peg_pairs
        self._membership.adopt(universe)
        return True

    def duty_changed(self, message: DutyChanged, now: datetime) -> Sequence[Output]:
        """Take up scanning at once, or leave it to another."""
        self._holds_duty = message.held
        self._scan_at = now if message.held else None
        return self.tick(now)

    def tick(self, now: datetime) -> Sequence[Output]:
        """Scan when it is due."""
        if not self._holds_duty or self._scanning or self._scan_at is None or now < self._scan_at:
            return ()
        self._scanning = True
        return (Run(ScanMarkets()),)

    def scan_failed(self, _message: ScanFailed, now: datetime) -> Sequence[Output]:
        """Try again soon; the universe stays as it is."""
        self._scanning = False
        self._scan_at = now + timedelta(seconds=self._config.scan.retry_s)
        return ()

    def scanned(self, scan: MarketsScanned, now: datetime) -> Sequence[Output]:
        """Decide who belongs, and publish it with every exclusion's reasons."""
        self._scanning = False
        self._scan_at = now + timedelta(
            seconds=self._config.scan.retry_s if scan.unreached_venues else self._config.scan.interval_s
        )
        if not self._holds_duty:
            return ()
        verdict = self._membership.decide(scan)
        kept = (pair for pair in self._peg_pairs if pair.venue in scan.unreached_venues)
        self._peg_pairs = (*scan.peg_pairs, *kept)
        self._known_as_of = now
        universe = Universe.first(
            self._new_id(now),
            _STAGE,
            now,
            as_of=now,
            assets=verdict.assets,
            excluded=verdict.excluded,
            peg_pairs=self._peg_pairs,
            stablecoin_peg_symbols={
                coin: symbol
                for coin, symbol in self._config.stablecoin_peg_symbols.items()
                if any(pair.symbol == symbol for pair in self._peg_pairs)
            },
        )
        return (Publish(universe), *self._departures(verdict, now), *self._liquidity_drops(verdict, now))

    def _departures(self, verdict: Verdict, now: datetime) -> Iterable[Output]:
        reasons = {(asset.venue, asset.asset): asset.reasons for asset in verdict.excluded}
        for asset in verdict.left:
            if asset.tier in _GUARDED_TIERS:
                why = "; ".join(reasons.get((asset.venue, asset.asset), ("no longer listed",)))
                yield from self._alerts.watch(
                    "asset_left_tier",
                    f"{asset.venue}:{asset.asset}",
                    firing=True,
                    severity=Severity.WARNING,
                    text=f"{asset.asset} left tier {asset.tier}: {why}",
                    now=now,
                )
        for asset in verdict.assets:
            yield from self._alerts.watch(
                "asset_left_tier",
                f"{asset.venue}:{asset.asset}",
                firing=False,
                severity=Severity.WARNING,
                text=f"{asset.asset} is back in tier {asset.tier}",
                now=now,
            )

    def _liquidity_drops(self, verdict: Verdict, now: datetime) -> Iterable[Output]:
        for asset in verdict.assets:
            if asset.depth_usd is None:
                continue
            yield from self._alerts.watch(
                "liquidity_drop",
                f"{asset.venue}:{asset.asset}",
                firing=self._liquidity.has_dropped((asset.venue, asset.asset), asset.depth_usd),
                severity=Severity.WARNING,
                text=f"depth of {asset.asset} is ${asset.depth_usd:,.0f}, far below its median",
                now=now,
            )
