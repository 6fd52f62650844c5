"""Properties of contests: order of arrival decides nothing, no slot is given twice, every request is answered."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.risk.risk_desk import TIERS, RiskDesk, every, limits_with

from poise_common.contracts.message import Message
from poise_common.contracts.packages import Approval, OpenPackage, PackageAction, PackageApproved, PackageDecided

SIZE_USD = 1_000
ASSETS = sorted(TIERS)
NOTHING_ELSE_BINDS = {
    "total_exposure_pct": 90, "correlated_exposure_pct": 90, "venue_max_pct": 90, "stablecoin_max_pct": 90
}  # fmt: skip
PACKAGES_MAX = 5
TIER_MAX = {2: 2, 3: 1}
RESERVED_FOR_TIER_1 = 2

Bid = tuple[str, Decimal]
"""An asset, and the edge that is claimed for it."""


def fits(assets: Sequence[str]) -> bool:
    """Say whether packages of these assets fit the shipped slots, reckoned here and not by risk."""
    tiers = Counter(TIERS[asset] for asset in assets)
    return (
        len(assets) <= PACKAGES_MAX
        and all(tiers[tier] <= most for tier, most in TIER_MAX.items())
        and tiers[2] + tiers[3] <= PACKAGES_MAX - RESERVED_FOR_TIER_1
    )


def bids_in_any_order(assets: Sequence[str]) -> st.SearchStrategy[tuple[list[Bid], list[Bid]]]:
    """The same requests in two orders, no two with the same edge."""
    edges = st.lists(st.integers(1, 999), min_size=2, max_size=6, unique=True)
    bids = edges.flatmap(
        lambda each: st.tuples(*(st.tuples(st.sampled_from(assets), st.just(Decimal(edge) / 1_000)) for edge in each))
    )
    return bids.flatmap(lambda each: st.tuples(st.just(list(each)), st.permutations(each)))


def winners(held: Sequence[str], bids: Sequence[Bid], gaps_ms: Sequence[int]) -> list[Bid]:
    """Who is approved when these requests come within one contest."""
    desk = RiskDesk(limits_with(**NOTHING_ELSE_BINDS)).ready()
    for asset in held:
        desk.hold(asset, SIZE_USD)
    desk.portfolio()
    requests: dict[UUID, Bid] = {}
    told: list[Message] = []
    for (asset, edge), gap_ms in zip(bids, gaps_ms, strict=False):
        told += desk.wait(gap_ms / 1_000)
        request = desk.request(asset, SIZE_USD, edge_score=edge)
        requests[request.id] = (asset, edge)
        told += desk.send(request)
    told += desk.wait(desk.contest_s)
    decided = every(told, PackageDecided)
    assert sorted(each.request_id for each in decided) == sorted(requests)
    return sorted(requests[each.approval.request_id] for each in every(told, PackageApproved))


def best_that_fit(held: Sequence[str], bids: Sequence[Bid]) -> list[Bid]:
    chosen: list[Bid] = []
    for bid in sorted(bids, key=lambda each: each[1], reverse=True):
        if fits([*held, *(asset for asset, _ in chosen), bid[0]]):
            chosen.append(bid)
    return sorted(chosen)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.sampled_from(ASSETS), min_size=4, max_size=4).filter(fits),
    bids_in_any_order(ASSETS),
    st.lists(st.integers(0, 60), min_size=6, max_size=6),
)
def test_the_best_request_wins_the_last_slot_in_whatever_order_they_come(
    held: list[str], orders: tuple[list[Bid], list[Bid]], gaps_ms: list[int]
) -> None:
    one, other = orders
    assert winners(held, one, gaps_ms) == winners(held, other, gaps_ms) == best_that_fit(held, one)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([("SOL",), ("BTC", "SOL"), ("BTC", "ETH", "BNB")]),
    bids_in_any_order([asset for asset in ASSETS if TIERS[asset] != 1]),
    st.lists(st.integers(0, 60), min_size=6, max_size=6),
)
def test_the_best_of_each_tier_win_their_tiers_last_slots_in_whatever_order_they_come(
    held: tuple[str, ...], orders: tuple[list[Bid], list[Bid]], gaps_ms: list[int]
) -> None:
    one, other = orders
    assert winners(held, one, gaps_ms) == winners(held, other, gaps_ms) == best_that_fit(held, one)


class Competing(RuleBasedStateMachine):
    """Requests, outcomes, time and restarts in any order."""

    @initialize()
    def start(self) -> None:
        self.desk = RiskDesk(limits_with(**NOTHING_ELSE_BINDS)).ready()
        self.asked: dict[UUID, OpenPackage] = {}
        self.decisions: Counter[UUID] = Counter()
        self.approved: dict[UUID, Approval] = {}

    @rule(asset=st.sampled_from(ASSETS), edge=st.integers(1, 5))
    def ask(self, asset: str, edge: int) -> None:
        request = self.desk.request(asset, SIZE_USD, edge_score=Decimal(edge) / 10)
        self.asked[request.id] = request
        self._hear(self.desk.send(request))

    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        if self.asked:
            self._hear(self.desk.send(self.asked[data.draw(st.sampled_from(sorted(self.asked)))]))

    @rule(ms=st.integers(1, 500))
    def wait(self, ms: int) -> None:
        self._hear(self.desk.wait(ms / 1_000))

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        """A package comes to nothing, or is opened and shown, or is closed."""
        if not self.approved:
            return
        approval = self.approved[data.draw(st.sampled_from(sorted(self.approved)))]
        match data.draw(st.sampled_from(["aborted", "opened", "closed"])):
            case "opened":
                self._hear(self.desk.opened(approval))
                self.desk.show(approval)
            case "closed":
                del self.approved[approval.package_id]
                self._hear(self.desk.closed(approval))
                self._hear(self.desk.portfolio())
            case _ if approval.package_id not in self.desk.held:
                del self.approved[approval.package_id]
                self._hear(self.desk.aborted(approval))

    @rule()
    def restart(self) -> None:
        self.desk = self.desk.restarted().ready()

    @invariant()
    def gives_no_slot_twice(self) -> None:
        if hasattr(self, "approved"):
            assert fits([approval.asset for approval in self.approved.values()])

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self._hear(self.desk.wait(self.desk.contest_s))
        assert self.decisions == Counter(self.asked.keys())

    def _hear(self, messages: list[Message]) -> None:
        for decided in every(messages, PackageDecided):
            assert decided.action is PackageAction.OPEN
            self.decisions[decided.request_id] += 1
        for approved in every(messages, PackageApproved):
            self.approved[approved.approval.package_id] = approved.approval


TestCompeting = Competing.TestCase
TestCompeting.settings = settings(max_examples=50, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow])
