"""No sequence of requests, outcomes, states and restarts takes any limit past its value."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from itertools import permutations
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.unit.risk.risk_desk import EQUITY, STEP, TIERS, WATCHED, RiskDesk, decision, every, perpetual, spot
from tests.unit.risk.test_limits_hold import clusters, correlations, exposures

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import Approval, OpenPackage, PackageApproved, PackageDecided
from poise_common.contracts.state import HeldPackage
from poise_risk.domain.gate.commitments import Commitment
from poise_risk.domain.knowledge.desk import Desk


def two_venues(desk: RiskDesk) -> RiskDesk:
    """The same assets on a second venue, whose account is as large."""
    venues = ("paper", "paper_okx")
    desk.universe(
        [(spot(asset, venue), perpetual(asset, venue), tier) for asset, tier in TIERS.items() for venue in venues]
    )
    desk.books(received_at=desk.now - WATCHED)
    desk.books()
    desk.repeat_correlations()
    desk.venues = venues
    for venue in venues:
        desk.venue(venue)
    desk.portfolio()
    return desk


class Trading(RuleBasedStateMachine):
    """Requests, outcomes, states of the ledger and restarts in any order."""

    reserved = Bundle("reserved")
    open_ = Bundle("open")

    @initialize()
    def start(self) -> None:
        self.desk = two_venues(RiskDesk().ready())

    @rule(rho=correlations, clustered=clusters)
    def correlations_change(self, rho: dict[str, float | None], clustered: list[list[str]]) -> None:
        self.desk.correlations(rho=rho)
        self.desk.correlations("90d", clusters=clustered)

    @rule(target=reserved, asset=st.sampled_from(sorted(TIERS)), exposure_usd=exposures)
    def ask(self, asset: str, exposure_usd: int) -> Approval | None:
        return self._ask(self.desk.request(asset, exposure_usd))

    @rule(
        target=reserved,
        assets=st.sampled_from(list(permutations(sorted(TIERS), 2))),
        exposure_usd=exposures,
        ratio=st.sampled_from([Decimal("0.6"), Decimal("0.95"), Decimal("0.997"), Decimal(1), Decimal("1.03")]),
        venues=st.sampled_from([("paper", "paper"), ("paper", "paper_okx"), ("paper_okx", "paper")]),
    )
    def ask_for_a_pair(
        self, assets: tuple[str, str], exposure_usd: int, ratio: Decimal, venues: tuple[str, str]
    ) -> Approval | None:
        return self._ask(self.desk.pair(*assets, exposure_usd, ratio=ratio, venues=venues))

    def _ask(self, request: OpenPackage) -> Approval | None:
        before = self._committed_usd()
        outputs = self.desk.ask(request)
        decided = decision(outputs)
        assert before + decided.approved_exposure_usd <= EQUITY * Decimal("0.4") or not decided.approved_exposure_usd
        approved = every(outputs, PackageApproved)
        if not approved:
            return None
        self._within_all_limits(request, decided, approved[0].approval)
        return approved[0].approval

    @rule(target=open_, approval=consumes(reserved))
    def fill(self, approval: Approval | None) -> Approval | None:
        if approval is not None:
            self.desk.opened(approval)
        return approval

    @rule(approval=consumes(reserved))
    def abort(self, approval: Approval | None) -> None:
        if approval is not None:
            self.desk.aborted(approval)

    @rule(approval=consumes(reserved), reason=st.sampled_from(RefusalReason))
    def refuse(self, approval: Approval | None, reason: RefusalReason) -> None:
        if approval is not None:
            self.desk.refused(approval, reason)

    @rule(approval=open_)
    def ledger_shows(self, approval: Approval | None) -> None:
        if approval is not None and approval.package_id in self.desk.core._reservations.commitments:
            self.desk.show(approval)

    @rule()
    def ledger_is_told_again(self) -> None:
        self.desk.portfolio()

    @rule(approval=consumes(open_))
    def close(self, approval: Approval | None) -> None:
        if approval is not None:
            self.desk.closed(approval)

    @rule()
    def restart(self) -> None:
        self.desk.portfolio()
        before = self._committed_usd()
        self.desk = two_venues(self.desk.restarted().ready())
        assert self._committed_usd() == before

    @invariant()
    def stays_within(self) -> None:
        if hasattr(self, "desk"):
            assert self._committed_usd() <= EQUITY * Decimal("0.4")

    def _committed_usd(self, counts: Callable[[frozenset[str]], bool] = bool) -> Decimal:
        """Held and reserved by what packages are of, each package once, reckoned here and not by risk."""
        shown: Desk = self.desk.core._desk
        assert shown.portfolio is not None
        reserved = [each for each in self.desk.core._reservations.commitments.values() if each.is_reserved]
        exposures_usd: dict[UUID, Decimal] = {}
        standing: tuple[Commitment | HeldPackage, ...] = (
            *reserved,
            *self.desk.held.values(),
            *shown.portfolio.packages,
        )
        for each in standing:
            if counts(_assets(each)):
                exposures_usd[each.package_id] = max(each.exposure_usd, exposures_usd.get(each.package_id, Decimal(0)))
        return sum(exposures_usd.values(), Decimal(0))

    def _is_one_bet_at_most(self, assets: frozenset[str]) -> None:
        """What moves with a package that was just let in is a quarter of equity, by spreads and by clusters."""
        told = self.desk.correlated
        rho = {frozenset(pair.split()): value for pair, value in told["spread_returns"].get("rho", {}).items()}

        def moves_with(others: frozenset[str]) -> bool:
            return any(
                one == other or self._is_close(rho, one, other, assets, others) for one in assets for other in others
            )

        assert self._committed_usd(moves_with) <= EQUITY / 4
        for asset in assets:
            cluster = frozenset(next((each for each in told["90d"].get("clusters", ()) if asset in each), [asset]))
            assert self._committed_usd(partial(_overlap, cluster)) <= EQUITY / 4

    def _is_close(
        self,
        rho: Mapping[frozenset[str], float | None],
        one: str,
        other: str,
        assets: frozenset[str],
        others: frozenset[str],
    ) -> bool:
        value = rho.get(frozenset({one, other}), 0.0)
        # Two assets have no way round: either sign counts.
        is_signed = len(assets) == len(others) == 1
        return value is None or (value if is_signed else abs(value)) > 0.7

    def _within_all_limits(self, request: OpenPackage, decided: PackageDecided, approval: Approval) -> None:
        committed = self.desk.core._reservations.commitments
        tiers = [max(TIERS[asset] for asset in _assets(each)) for each in committed.values()]
        assert len(tiers) <= 5
        assert tiers.count(2) <= 2
        assert tiers.count(3) <= 1
        assert decided.approved_exposure_usd <= EQUITY / 10
        self._is_one_bet_at_most(frozenset(request.assets))
        self._stays_neutral()
        self._stands_one_way(committed.values())
        hedge, (long_leg, short_leg) = request.hedge, approval.legs
        unhedged = abs(hedge.residual(long_leg.quantity, short_leg.quantity))
        assert unhedged <= Decimal("0.0005") * long_leg.quantity + hedge.coarser_step(STEP, STEP)

    def _stands_one_way(self, committed: Iterable[Commitment]) -> None:
        held = [(each.long_leg.instrument, each.short_leg.instrument) for each in committed]
        assert not {long.id for long, _ in held if long.is_derivative} & {short.id for _, short in held}

    def _stays_neutral(self) -> None:
        """What each package in flight leaves in dollars, all taken as of one sign, is within the net delta."""
        reserved = [each for each in self.desk.core._reservations.commitments.values() if each.is_reserved]
        residuals = [abs(each.long_leg.notional_usd - each.short_leg.notional_usd) for each in reserved]
        assert sum(residuals, Decimal(0)) <= EQUITY / 100


def _overlap(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other)


def _assets(package: Commitment | HeldPackage) -> frozenset[str]:
    if isinstance(package, HeldPackage):
        return frozenset(package.assets)
    return frozenset({package.long_leg.instrument.base, package.short_leg.instrument.base})


TestTrading = Trading.TestCase
TestTrading.settings = settings(max_examples=60, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow])
