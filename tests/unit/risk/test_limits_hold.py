"""Properties of the whole gate: less is never worse, never more than asked, and no interleaving passes a limit."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from tests.unit.risk.risk_desk import EQUITY, PRICE, TIERS, RiskDesk, decision, every, limits_with

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import Approval, LimitCheck, OpenPackage, PackageApproved, PackageDecided, Verdict
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.gate.gatekeeper import Gatekeeper
from poise_risk.domain.knowledge.desk import Desk
from poise_risk.domain.limits.table import LIMITS

exposures = st.integers(500, 30_000)
tight = st.fixed_dictionaries(
    {"total_exposure_alert_pct": st.just(1)},
    optional={
        "position_size_pct": st.integers(1, 12),
        "risk_per_trade_pct": st.decimals("0.1", 2, places=1),
        "total_exposure_pct": st.integers(12, 60),
        "venue_pair_max_usd": st.integers(5_000, 50_000),
        "venue_max_pct": st.integers(5, 60),
        "effective_leverage_max": st.decimals("0.1", 2, places=2),
        "net_delta_max_pct": st.decimals("0.01", 1, places=2),
    },
)


def entry_of(desk: RiskDesk, request: OpenPackage) -> Entry:
    """The request as the limits see it."""
    gatekeeper: Gatekeeper = desk.core._gatekeeper
    entry = Entry.of(gatekeeper._proposal(request, desk.now))
    assert entry is not None
    return entry


def of_size(entry: Entry, share: Decimal) -> Entry:
    """The entry with both legs scaled exactly."""
    long_leg, short_leg = (leg.of_quantity(leg.intent.quantity * share) for leg in entry.legs)
    return replace(entry, long_leg=long_leg, short_leg=short_leg)


@settings(deadline=None)
@given(tight, st.lists(st.tuples(st.sampled_from(sorted(TIERS)), exposures), max_size=5), exposures, st.data())
def test_less_is_never_worse_on_any_limit(
    changes: dict[str, object], held: list[tuple[str, int]], asked: int, data: st.DataObject
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    for asset, exposure_usd in held:
        desk.hold(asset, exposure_usd)
    desk.portfolio(
        net_delta_usd=Decimal(data.draw(st.integers(-1_100, 1_100))),
        accounts=(desk.account(margin_balance_usd=Decimal(data.draw(st.integers(0, 60_000)))),),
    )
    request = desk.request("BTC", asked, long={"quantity": Decimal(asked) / PRICE * Decimal("1.0004")})
    entry = entry_of(desk, request)
    share = data.draw(st.decimals("0.01", 1, places=4))
    for limit in LIMITS:
        whole, part = limit(entry), limit(of_size(entry, share))
        assert part.passed or not whole.passed, f"{whole} passes and {part} does not"
        _agrees_with_its_room(limit, entry, whole)


def _agrees_with_its_room(limit: Callable[[Entry], LimitCheck], entry: Entry, whole: LimitCheck) -> None:
    """What a check says would pass does pass, and a USD more does not."""
    room = whole.passing_exposure_usd
    if room is None:
        assert whole.passed
        return
    cent = Decimal("0.01")
    if room > cent:
        assert limit(of_size(entry, (room - cent) / entry.exposure_usd)).passed
    assert whole.passed is (room >= entry.exposure_usd.quantize(Decimal("0.01"))) or abs(
        room - entry.exposure_usd
    ) < Decimal("0.02")
    if not whole.passed and room > 0:
        assert not limit(of_size(entry, (room + 1) / entry.exposure_usd)).passed


@settings(deadline=None)
@given(tight, exposures, st.decimals("0.9990", "1.0015", places=4))
def test_approving_never_exceeds_the_request_and_keeps_the_legs_hedged(
    changes: dict[str, object], asked: int, grossed: Decimal
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    long_quantity = (Decimal(asked) / PRICE * grossed).quantize(Decimal("0.01"))
    assume(long_quantity > 0)
    request = desk.request("BTC", asked, long={"quantity": long_quantity})
    outputs = desk.send(request)
    decided = decision(outputs)
    assert decided.approved_exposure_usd <= decided.requested_exposure_usd
    for approved in every(outputs, PackageApproved):
        long_leg, short_leg = approved.approval.legs
        assert long_leg.quantity <= request.long_leg.quantity
        assert short_leg.quantity <= request.short_leg.quantity
        fee = Decimal("0.0005") * max(long_leg.quantity, short_leg.quantity)
        assert abs(long_leg.quantity - short_leg.quantity) <= fee + Decimal("0.01")
        assert decided.approved_exposure_usd >= desk.config.limits.package_min_usd


@settings(deadline=None)
@given(tight, exposures)
def test_a_rejection_names_its_limit_and_an_approval_names_none_that_failed(
    changes: dict[str, object], asked: int
) -> None:
    desk = RiskDesk(limits_with(**changes)).ready()
    decided = decision(desk.send(desk.request("BTC", asked)))
    failed = {each.limit for each in decided.checks if not each.passed}
    match decided.verdict:
        case Verdict.APPROVED:
            assert not failed
        case _:
            assert decided.binding_limit in failed


class Trading(RuleBasedStateMachine):
    """Requests, outcomes, states of the ledger and restarts in any order."""

    reserved = Bundle("reserved")
    open_ = Bundle("open")

    @initialize()
    def start(self) -> None:
        self.desk = RiskDesk().ready()

    @rule(target=reserved, asset=st.sampled_from(sorted(TIERS)), exposure_usd=exposures)
    def ask(self, asset: str, exposure_usd: int) -> Approval | None:
        before = self._committed_usd()
        outputs = self.desk.ask(self.desk.request(asset, exposure_usd))
        decided = decision(outputs)
        assert before + decided.approved_exposure_usd <= EQUITY * Decimal("0.4") or not decided.approved_exposure_usd
        approved = every(outputs, PackageApproved)
        if not approved:
            return None
        self._within_all_limits(decided)
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
        self.desk = self.desk.restarted().ready()
        assert self._committed_usd() == before

    @invariant()
    def stays_within(self) -> None:
        if hasattr(self, "desk"):
            assert self._committed_usd() <= EQUITY * Decimal("0.4")

    def _committed_usd(self) -> Decimal:
        """Held and reserved, each package once, reckoned here and not by risk."""
        reserved = {
            id_: each.exposure_usd for id_, each in self.desk.core._reservations.commitments.items() if each.is_reserved
        }
        held = {id_: each.exposure_usd for id_, each in self.desk.held.items()}
        shown: Desk = self.desk.core._desk
        assert shown.portfolio is not None
        stale = {each.package_id: each.exposure_usd for each in shown.portfolio.packages}
        ids = reserved.keys() | held.keys() | stale.keys()
        return sum(
            (max(each.get(id_, Decimal(0)) for each in (reserved, held, stale)) for id_ in ids), start=Decimal(0)
        )

    def _within_all_limits(self, decided: PackageDecided) -> None:
        committed = self.desk.core._reservations.commitments
        tiers = [each.tier for each in committed.values()]
        assert len(tiers) <= 5
        assert tiers.count(2) <= 2
        assert tiers.count(3) <= 1
        assert decided.approved_exposure_usd <= EQUITY / 10


TestTrading = Trading.TestCase
TestTrading.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
