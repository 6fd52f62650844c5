"""Properties of what decisions share: whatever was heard, it is what would be reckoned of everything anew."""

from decimal import Decimal

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.unit.risk.risk_desk import TIERS, RiskDesk, every, limits_with, perpetual, spot

from poise_common.contracts.packages import Approval, PackageApproved, PackageState
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.gate.judging import judge
from poise_risk.domain.knowledge.margins import margin_accounts
from poise_risk.domain.knowledge.standing import Packages, StandingPackages
from poise_risk.domain.limits.concentration import exposure_by_coin, exposure_by_pair, exposure_by_venue
from poise_risk.domain.rules.parameters import LimitsConfig

assets = st.sampled_from(sorted(TIERS))
exposures = st.integers(500, 9_000)
marks = st.decimals(90, 110, places=11)
rates = st.decimals("0.004", "0.05", places=7)


class News(RuleBasedStateMachine):
    """Approvals, their outcomes, states of the ledger, universes and limits in any order."""

    reserved = Bundle("reserved")
    opened = Bundle("opened")

    @initialize()
    def start(self) -> None:
        self.desk = RiskDesk(_roomy()).ready()
        self.margin_usd = Decimal(40_000)

    @rule(target=reserved, asset=assets, exposure_usd=exposures)
    def ask(self, asset: str, exposure_usd: int) -> Approval | None:
        approved = every(self.desk.ask(self.desk.request(asset, exposure_usd)), PackageApproved)
        return approved[0].approval if approved else None

    @rule(target=opened, approval=consumes(reserved))
    def fill(self, approval: Approval | None) -> Approval | None:
        if approval is not None:
            self.desk.opened(approval)
        return approval

    @rule(approval=consumes(reserved))
    def abort(self, approval: Approval | None) -> None:
        if approval is not None:
            self.desk.aborted(approval)

    @rule(approval=opened, mark=marks)
    def ledger_shows(self, approval: Approval | None, mark: Decimal) -> None:
        if approval is not None and approval.package_id in self.desk.core._reservations.commitments:
            self._hold(approval.asset, approval.legs[0].quantity, mark, package_id=approval.package_id)
            self._tell_portfolio()

    @rule(approval=reserved, share=st.decimals("0.1", 1, places=1), mark=marks)
    def ledger_shows_what_is_filled_so_far(self, approval: Approval | None, share: Decimal, mark: Decimal) -> None:
        if approval is not None:
            quantity, state = approval.legs[0].quantity * share, PackageState.OPENING
            self._hold(approval.asset, quantity, mark, package_id=approval.package_id, state=state)
            self._tell_portfolio()

    @rule(approval=consumes(opened))
    def close(self, approval: Approval | None) -> None:
        if approval is not None:
            self.desk.closed(approval)

    @rule(asset=assets, exposure_usd=exposures, mark=marks, between_venues=st.booleans())
    def ledger_holds_more(self, asset: str, exposure_usd: int, mark: Decimal, between_venues: bool) -> None:
        self._hold(asset, Decimal(exposure_usd) / 100, mark, between_venues=between_venues)
        self._tell_portfolio()

    @rule()
    def ledger_holds_less(self) -> None:
        if self.desk.held:
            self.desk.held.pop(next(iter(self.desk.held)))
        self._tell_portfolio()

    @rule(margin_usd=st.integers(20_000, 60_000))
    def accounts_change(self, margin_usd: int) -> None:
        self.margin_usd = Decimal(margin_usd)
        self._tell_portfolio()

    @rule(rate=rates, listed=st.sets(assets, min_size=1))
    def universe_changes(self, rate: Decimal, listed: set[str]) -> None:
        self.desk.universe(
            [(spot(each), perpetual(each, maintenance_margin_rate=rate), TIERS[each]) for each in sorted(listed)]
        )

    @rule(unknown_pct=st.integers(1, 9))
    def limits_change(self, unknown_pct: int) -> None:
        self.desk.core._rules.take(_roomy(unknown_pct))

    @invariant()
    def what_is_kept_is_what_would_be_reckoned_anew(self) -> None:
        if not hasattr(self, "desk"):
            return
        core = self.desk.core
        desk, commitments = core._desk, core._reservations.commitments
        assert desk.portfolio is not None
        kept = desk.packages(commitments)
        anew = Packages(StandingPackages().of(desk.portfolio.packages, commitments))
        accounts = margin_accounts(desk.portfolio.accounts, anew, self._maintenance_rate)
        assert kept == anew
        assert desk.accounts(kept) == accounts
        for exposure_by in (exposure_by_pair, exposure_by_venue):
            assert exposure_by(kept) == exposure_by(anew)
        coins = core._rules.config.stablecoins
        assert exposure_by_coin(kept, coins) == exposure_by_coin(anew, coins)
        proposal = core._gatekeeper._proposal(self.desk.request("BTC", 1_000), self.desk.now)
        assert judge(proposal) == judge(proposal._replace(packages=anew, accounts=accounts))

    def _maintenance_rate(self, instrument_id: InstrumentId) -> Decimal:
        instrument = self.desk.instruments.get(instrument_id)
        if instrument is None:
            return self.desk.core._rules.config.unknown_maintenance_margin_pct / 100
        return instrument.maintenance_margin_rate

    def _hold(
        self, asset: str, quantity: Decimal, mark: Decimal, *, between_venues: bool = False, **changes: object
    ) -> None:
        held = self.desk.hold(asset, int(quantity * 100), **changes)
        legs = {name: getattr(held, name).model_copy(update={"mark_price": mark}) for name in ("long_leg", "short_leg")}
        if between_venues:
            legs["long_leg"] = legs["long_leg"].model_copy(update={"venue": "other", "symbol": f"{asset}/USDC:USDC"})
        self.desk.held[held.package_id] = held.model_copy(update=legs)

    def _tell_portfolio(self) -> None:
        self.desk.portfolio(
            accounts=tuple(self.desk.account(venue, margin_balance_usd=self.margin_usd) for venue in ("paper", "other"))
        )


def _roomy(unknown_pct: int = 5) -> LimitsConfig:
    """Limits that let several packages be under way at once."""
    config = limits_with(total_exposure_pct=100, packages_open_max=20, slots=None, correlated_exposure_pct=100)
    return config.model_copy(update={"unknown_maintenance_margin_pct": Decimal(unknown_pct)})


TestNews = News.TestCase
TestNews.settings = settings(max_examples=100, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow])
