"""Scenarios under way: started, struck by an entry, pulled along their path, ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.assets import AssetProfile
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.levers import UNTOUCHED, MarketLevers, Pull
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.scenarios.paths import Keyframe, pull_along
from poise_simulator.domain.scenarios.presets import PRESETS, Preset, Scope

EASING_S = 10.0
"""So long an ended scenario takes to let go."""


@dataclass(slots=True)
class RunningScenario:
    """A scenario under way; `began_ms` is None while it waits for an entry."""

    preset: Preset
    asset: str | None
    columns: tuple[int, ...]
    path: tuple[Keyframe, ...]
    duration_s: float
    began_ms: int | None
    is_ending: bool = False

    def pull_at(self, time_ms: int) -> Pull:
        """Say how far the levers are pulled at a time."""
        if self.began_ms is None:
            return UNTOUCHED
        return pull_along(self.path, self._share(time_ms))

    def is_over(self, time_ms: int) -> bool:
        """Tell whether nothing is left of it."""
        if self.began_ms is None or self.path[-1].pull != UNTOUCHED:
            return False
        return self._share(time_ms) >= 1.0

    def ease_off(self, time_ms: int) -> None:
        """Let go from here on."""
        self.path = (
            Keyframe(0.0, replace(self.pull_at(time_ms), is_halted=False, is_out=False)),
            Keyframe(1.0, UNTOUCHED),
        )
        self.duration_s, self.began_ms, self.is_ending = EASING_S, time_ms, True

    def _share(self, time_ms: int) -> float:
        return (time_ms - (self.began_ms or 0)) / 1_000 / self.duration_s


class Scenarios:
    """Starts presets on one venue, and pulls its levers with time. Wrong names and parameters raise `Rejected`."""

    def __init__(
        self,
        levers: MarketLevers,
        assets: Sequence[AssetProfile],
        listings: Mapping[tuple[Market, str], Listing],
        margin: MarginDesk,
        settlement_asset: str,
    ) -> None:
        """Run nothing."""
        self._levers = levers
        self._assets = assets
        self._columns = {asset.base: column for column, asset in enumerate(assets)}
        self._listings = listings
        self._margin = margin
        self._settlement_asset = settlement_asset
        self._halted: frozenset[int] = frozenset()
        self.running: dict[str, RunningScenario] = {}

    def start(
        self, name: str, accounts: Sequence[Account], time_ms: int, *, duration_s: float | None, asset: str | None
    ) -> None:
        """Start a preset; without an asset, the one that its scope says."""
        preset = _preset(name)
        if name in self.running:
            raise Rejected(RejectReason.SCENARIO_RUNS, f"{name}: end it first")
        if duration_s is not None and not 0.0 < duration_s <= 86_400.0:
            raise Rejected(RejectReason.INVALID_AMOUNT, f"duration_s {duration_s}: above 0 and up to 86400")
        struck = asset or self._usual_asset(preset.scope, accounts)
        self.running[name] = RunningScenario(
            preset,
            struck,
            self._columns_of(preset, struck),
            self._path(preset, struck),
            duration_s or preset.duration_s,
            None if preset.waits_for_an_entry else time_ms,
        )

    def end(self, name: str, time_ms: int) -> None:
        """Let what a scenario does ease off; one that still waits is gone at once."""
        _preset(name)
        running = self.running.get(name)
        if running is None:
            raise Rejected(RejectReason.SCENARIO_RUNS_NOT, f"{name}; running are {', '.join(self.running) or 'none'}")
        if running.began_ms is None:
            del self.running[name]
        elif not running.is_ending:
            running.ease_off(time_ms)

    def entered(self, time_ms: int) -> None:
        """Begin what waited for an opening order that traded."""
        for running in self.running.values():
            if running.began_ms is None:
                running.began_ms = time_ms
        self.step(time_ms)

    def step(self, time_ms: int) -> None:
        """Pull the levers as far as all that runs says."""
        if not self.running:
            return
        self._levers.release()
        for name, running in list(self.running.items()):
            if running.is_over(time_ms):
                del self.running[name]
            else:
                self._levers.pull(running.columns, running.pull_at(time_ms))
        self._halt()

    def _halt(self) -> None:
        halted = self._levers.halted
        for column in halted ^ self._halted:
            status = TradingStatus.HALTED if column in halted else TradingStatus.TRADING
            for listing in self._listings.values():
                if listing.instrument.base == self._assets[column].base:
                    listing.set_status(status)
        self._halted = halted

    def _usual_asset(self, scope: Scope, accounts: Sequence[Account]) -> str | None:
        if scope is Scope.STABLECOIN:
            return self._settlement_asset
        if scope is not Scope.ONE_ASSET:
            return None
        held = [
            (abs(self._margin.position(account, symbol).notional), symbol)
            for account in accounts
            for symbol, position in account.futures.positions.items()
            if position.quantity
        ]
        if held:
            _, symbol = max(held)
            return self._listings[Market.FUTURES, symbol].instrument.base
        return next((asset.base for asset in reversed(self._assets) if asset.perpetual is not None), None)

    def _columns_of(self, preset: Preset, asset: str | None) -> tuple[int, ...]:
        scope = preset.scope
        if asset is None or (scope is Scope.STABLECOIN and asset == self._settlement_asset):
            return tuple(column for column, one in enumerate(self._assets) if _is_in(scope, one))
        column = self._columns.get(asset)
        fitting = [one.base for one in self._assets if _is_in(scope, one)]
        if scope is Scope.STABLECOIN:
            fitting = [self._settlement_asset, *(one.base for one in self._assets if one.is_pegged)]
        if scope in {Scope.VENUE, Scope.EVERY_ASSET}:
            raise Rejected(RejectReason.UNKNOWN_ASSET, f"asset {asset!r}: {preset.name} strikes {scope}")
        if column is None or asset not in fitting:
            raise Rejected(RejectReason.UNKNOWN_ASSET, f"asset {asset!r}: {preset.name} takes {', '.join(fitting)}")
        return (column,)

    def _path(self, preset: Preset, asset: str | None) -> tuple[Keyframe, ...]:
        """Turn prices round where what they are quoted in is struck."""
        if preset.scope is not Scope.STABLECOIN or asset != self._settlement_asset:
            return preset.path
        return tuple(replace(frame, pull=replace(frame.pull, price=1.0 / frame.pull.price)) for frame in preset.path)


def _preset(name: str) -> Preset:
    preset = PRESETS.get(name)
    if preset is None:
        raise Rejected(RejectReason.UNKNOWN_SCENARIO, f"{name!r}; scenarios are {', '.join(PRESETS)}")
    return preset


def _is_in(scope: Scope, asset: AssetProfile) -> bool:
    match scope:
        case Scope.EVERY_ASSET:
            return not asset.is_pegged
        case Scope.PERPETUALS | Scope.ONE_ASSET:
            return asset.perpetual is not None
        case _:
            return True
