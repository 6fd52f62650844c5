"""What a plan trades and why: bands, least trades, clusters, what is not known, and capital at venues."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.portfolio.rebalancing_desk import rebalancing_with

from poise_common.contracts.packages import CandidateEvaluated, PackageState
from poise_common.contracts.state import HeldLeg, HeldPackage, VenueAccount
from poise_common.domain.instruments import Side
from poise_portfolio.domain.rebalancing.candidates import Candidates
from poise_portfolio.domain.rebalancing.clusters import capped
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.rebalancing.plan import Plan, planned
from poise_portfolio.domain.rebalancing.records import WeightLine
from poise_portfolio.domain.rebalancing.situation import Situation

D = Decimal
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
EQUITY = D(100_000)
EACH_BY_ITSELF = tuple((asset,) for asset in "ABCDE")
LEG = HeldLeg(venue="paper", symbol="BTC/USDT", quantity=D(1), entry_price=D(1), mark_price=D(1))
EXPOSURES = st.dictionaries(st.sampled_from(["A", "B", "C", "D", "E"]), st.integers(1, 40_000), max_size=5)


def package(asset: str, usd: int | Decimal, number: int = 0, state: PackageState = PackageState.OPEN) -> HeldPackage:
    return HeldPackage(
        package_id=UUID(int=sum(asset.encode()) * 100 + number),
        strategy="funding_carry",
        asset=asset,
        tier=1,
        state=state,
        long_leg=LEG,
        short_leg=LEG,
        exposure_usd=D(usd),
        residual_delta_usd=D(0),
        unrealised_pnl_usd=D(0),
        funding_usd=D(0),
        fees_usd=D(0),
        opened_at=NOW,
    )


def evaluated(asset: str, why_not: str | None = None) -> CandidateEvaluated:
    return CandidateEvaluated.first(
        UUID(int=1),
        "signals",
        NOW,
        strategy="funding_carry",
        asset=asset,
        slot=f"{asset}@paper",
        long_venue="paper",
        long_symbol=f"{asset}/USDT",
        short_venue="paper",
        short_symbol=f"{asset}/USDT:USDT",
        notional_usd=1_000.0,
        basis=0.001,
        net_yield=0.001,
        expected_funding=0.001,
        net_apr=0.1,
        held=False,
        wanted=why_not is None,
        why_not=why_not,
        evaluated_at=NOW,
    )


def closes(*assets: str, bars: int = 61) -> dict[str, Any]:
    return {
        asset: 100.0 * np.exp(np.cumsum(np.random.default_rng(ord(asset[0])).normal(0, 0.01, bars))) for asset in assets
    }


def plan_of(
    *packages: HeldPackage,
    wanted: str = "",
    known: str = "ABCDE",
    clusters: tuple[tuple[str, ...], ...] = EACH_BY_ITSELF,
    accounts: tuple[VenueAccount, ...] = (),
    evaluations: tuple[CandidateEvaluated, ...] = (),
    changed: Mapping[str, Any] = {},
) -> Plan:
    """By equal weights: $36,000 shared by what is held or wanted; `changed` are keys of the section."""
    candidates = Candidates(5.0, (*(evaluated(asset) for asset in wanted), *evaluations))
    situation = Situation(NOW, EQUITY, packages, accounts, candidates, closes(*known), {}, clusters)
    return planned(situation, RebalancerParameters.model_validate(rebalancing_with(**changed)))


def line(plan: Plan, asset: str) -> WeightLine:
    (found,) = [line for line in plan.weights if line.asset == asset]
    return found


def test_each_asset_is_brought_to_its_share_of_the_capital_sells_first() -> None:
    plan = plan_of(package("A", 20_000), package("B", 8_000), wanted="BC")
    assert [(trade.number, trade.side, trade.asset, trade.planned_usd) for trade in plan.trades] == [
        (1, Side.SELL, "A", 8_000),
        (2, Side.BUY, "B", 4_000),
        (3, Side.BUY, "C", 12_000),
    ]
    assert (plan.capital_usd, line(plan, "A").reason) == (40_000, "by equal_weight")


def test_within_its_band_of_equity_an_asset_is_left_alone() -> None:
    plan = plan_of(package("A", 20_000), package("B", 16_001))
    assert plan.trades == ()
    assert line(plan, "A").reason == "within its band of $2,000 (by equal_weight)"
    assert [trade.asset for trade in plan_of(package("A", 20_001), package("B", 16_000)).trades] == ["A"]


def test_momentum_goes_by_the_band_of_each_assets_own_target() -> None:
    momentum = {"models.model": "momentum", "models.momentum.assets_held": 1, "models.momentum.invested_share": 0.5}
    assert plan_of(package("A", 21_900), changed=momentum).trades == ()
    (sell,) = plan_of(package("A", 22_100), changed=momentum).trades
    assert (sell.goal_usd, sell.planned_usd) == (20_000, 2_100)


def test_what_a_model_passes_over_is_sold_whole() -> None:
    plan = plan_of(
        package("A", 9_000),
        package("B", 9_000),
        changed={"models.model": "momentum", "models.momentum.assets_held": 1},
    )
    (passed_over,) = [found for found in plan.weights if found.target_usd == 0]
    assert "is not among the top 1" in passed_over.reason
    assert passed_over.trade_usd == -9_000


def test_what_no_model_can_judge_stays_and_leaves_the_others_less() -> None:
    plan = plan_of(package("A", 22_000), package("X", 10_000), known="A")
    unjudged = line(plan, "X")
    assert (unjudged.target_usd, unjudged.trade_usd) == (None, 0)
    assert unjudged.reason == "left as it is: its newest close is missing"
    assert line(plan, "A").target_usd == 27_000
    assert not plan_of(package("X", 10_000), known="").is_informed


def test_what_one_model_alone_cannot_judge_stays_as_well() -> None:
    plan = plan_of(package("A", 22_000), changed={"models.model": "sector_rotation"})
    assert (line(plan, "A").target_usd, plan.trades) == (None, ())
    assert line(plan, "A").reason == "left as it is: no sector is known of it"


def test_the_largest_package_is_cut_first_and_a_rest_not_worth_keeping_goes_too() -> None:
    packages = [package("A", 3_000, 1), package("A", 30_000, 2), package("A", 12_700, 3)]
    (one,) = plan_of(*packages).trades
    assert (one.package_id, one.planned_usd, one.goal_usd) == (packages[1].package_id, 9_700, 20_300)
    first, second = plan_of(*packages, changed={"capital.of_equity_pct": 5}).trades[:2]
    assert (first.package_id, first.planned_usd, first.goal_usd) == (packages[1].package_id, 30_000, 0)
    assert (second.package_id, second.planned_usd, second.goal_usd) == (packages[2].package_id, 11_200, 1_500)
    (whole,) = plan_of(package("A", 4_500), changed={"capital.of_equity_pct": 1}).trades
    assert (whole.planned_usd, whole.goal_usd) == (4_500, 0)


def test_what_is_being_opened_or_closed_or_is_halted_is_not_cut() -> None:
    for state in (PackageState.OPENING, PackageState.CLOSING, PackageState.HALTED):
        plan = plan_of(package("A", 60_000, state=state))
        assert (plan.trades, line(plan, "A").trade_usd) == ((), 0)
        assert line(plan, "A").reason == f"left as it is: its packages are {state.value}"


def test_less_than_the_least_trade_is_left() -> None:
    small = {"bands.of_equity_pct": 0.1, "bands.min_trade_usd": 1_000}
    plan = plan_of(package("A", 18_900), package("B", 17_100), wanted="AB", changed=small)
    assert plan.trades == ()
    assert line(plan, "A").reason == "left as it is: less than $1,000 to sell"
    assert line(plan, "B").reason == "left as it is: less than $1,000 to buy"


def test_what_signals_does_not_want_is_not_bought_and_its_reason_is_told() -> None:
    plan = plan_of(package("A", 5_000), evaluations=(evaluated("A", why_not="net yield is too low"),))
    assert plan.trades == ()
    assert line(plan, "A").reason == "not bought: signals does not want it: net yield is too low"
    assert line(plan_of(package("A", 5_000)), "A").reason == "not bought: signals knows no candidate of it"


def test_assets_that_move_as_one_have_the_cap_together() -> None:
    clusters = (("A", "B"), ("C",))
    plan = plan_of(
        package("A", 12_000),
        package("B", 12_000),
        package("C", 12_000),
        clusters=clusters,
        changed={"capital.cluster_max_pct_of_equity": 18},
    )
    assert [line(plan, asset).target_usd for asset in "ABC"] == [9_000, 9_000, 12_000]
    assert [trade.asset for trade in plan.trades] == ["A", "B"]
    assert line(plan, "A").reason == "A, B move as one, at most $18,000 together"


def test_for_want_of_knowledge_nothing_is_sold_and_no_more_is_bought_than_fits() -> None:
    cap = {"capital.cluster_max_pct_of_equity": 18}
    plan = plan_of(package("A", 12_000), package("B", 4_000), wanted="ABC", clusters=(), changed=cap)
    targets = [line(plan, asset).target_usd for asset in "ABC"]
    assert targets[0] == 12_000
    assert sum(target or 0 for target in targets) == pytest.approx(D(18_000))
    assert all(trade.side is Side.BUY for trade in plan.trades)
    held = plan_of(package("A", 19_000), package("B", 17_000), clusters=(), changed=cap)
    assert held.trades == ()


@given(EXPOSURES, EXPOSURES, st.lists(st.sets(st.sampled_from(["A", "B", "C", "D", "E"])), max_size=3))
def test_clusters_never_raise_a_target_and_known_ones_keep_to_the_cap(
    targets: dict[str, int], held: dict[str, int], groups: list[set[str]]
) -> None:
    clusters: tuple[tuple[str, ...], ...] = ()
    for group in groups:
        clusters += (tuple(sorted(group - {asset for cluster in clusters for asset in cluster})),)
    wanted = {asset: D(usd) for asset, usd in targets.items()}
    holding = {asset: D(usd) for asset, usd in held.items()}
    found = capped(wanted, holding, clusters, D(25_000)).targets_usd
    assert found.keys() == wanted.keys()
    assert all(0 <= found[asset] <= wanted[asset] for asset in wanted)
    for cluster in clusters:
        fixed = sum((holding.get(asset, D(0)) for asset in cluster if asset not in wanted), D(0))
        together = sum((found.get(asset, D(0)) for asset in cluster), D(0))
        assert together <= max(D(25_000) - fixed, D(0)) + D("0.01")
    alone = capped(wanted, holding, (), D(25_000)).targets_usd
    assert all(alone[asset] >= min(wanted[asset], holding.get(asset, D(0))) - D("0.01") for asset in wanted)


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 40_000)), max_size=8),
    st.sets(st.sampled_from("ABCDE")),
    st.sampled_from(["equal_weight", "inverse_volatility", "risk_parity", "momentum", "sector_rotation"]),
)
def test_whatever_is_held_trades_lead_to_targets_and_are_worth_their_trouble(
    held: list[tuple[str, int]], wanted: set[str], model: str
) -> None:
    packages = [package(asset, usd, number) for number, (asset, usd) in enumerate(held)]
    plan = plan_of(*packages, wanted="".join(sorted(wanted)), changed={"models.model": model})
    exposure = {each.package_id: each.exposure_usd for each in packages}
    assert [trade.number for trade in plan.trades] == list(range(1, len(plan.trades) + 1))
    sides = [trade.side for trade in plan.trades]
    assert sides == sorted(sides, key=lambda side: side is Side.BUY)
    for trade in plan.trades:
        found = line(plan, trade.asset)
        assert found.target_usd is not None
        if trade.side is Side.SELL:
            assert trade.package_id is not None
            assert trade.planned_usd + trade.goal_usd == exposure[trade.package_id]
            assert trade.goal_usd == 0 or min(trade.goal_usd, trade.planned_usd) >= 1_000
        else:
            assert trade.asset in wanted
            assert found.held_usd + trade.planned_usd == trade.goal_usd == found.target_usd
            assert trade.planned_usd > 2_000 or model == "momentum"
    for found in plan.weights:
        assert found.held_usd + found.trade_usd >= 0
        if found.trade_usd < 0:
            assert found.target_usd is not None
            assert found.held_usd + found.trade_usd >= min(found.target_usd, found.held_usd) - 1_000
    targets = sum((found.target_usd or D(0) for found in plan.weights), D(0))
    assert targets <= plan.capital_usd


def account(venue: str, equity_usd: int, cash_usd: int | None = None, margin_usd: int = 0) -> VenueAccount:
    return VenueAccount(
        venue=venue,
        equity_usd=D(equity_usd),
        stablecoins_usd={"USDT": D(equity_usd if cash_usd is None else cash_usd)},
        margin_balance_usd=D(0),
        initial_margin_usd=D(margin_usd),
        maintenance_margin_usd=D(0),
        ledger_residual_usd=D(0),
    )


def test_capital_by_venue_groups_is_set_against_its_targets_and_what_one_lacks_comes_from_the_others() -> None:
    accounts = (account("paper", 70_000), account("bybit", 10_000, 4_000, 1_000), account("nowhere", 20_000, 0))
    found = {each.name: each for each in plan_of(accounts=accounts).capital}
    assert {name: (each.held_usd, each.target_usd) for name, each in found.items()} == {
        "first": (70_000, 40_000),
        "second": (10_000, 30_000),
        "third": (0, 20_000),
        "in no group": (20_000, 0),
        "cash": (73_000, 10_000),
    }
    # Bybit's group lacks $20,000; the third has no account that could be brought any.
    assert {name: each.transfer_usd for name, each in found.items()} == {
        "first": -12_000,
        "second": 20_000,
        "third": 0,
        "in no group": -8_000,
        "cash": 0,
    }


def test_shares_of_more_than_the_whole_are_refused() -> None:
    with pytest.raises(ValidationError, match="add up to 110; at most 100 passes"):
        RebalancerParameters.model_validate(rebalancing_with(**{"capital.cash_pct": 20}))


def test_a_venue_in_two_groups_is_refused() -> None:
    twice = [{"name": name, "venues": ["paper"], "target_pct": 10} for name in ("one", "other")]
    with pytest.raises(ValidationError, match="paper: in more than one of venue_groups"):
        RebalancerParameters.model_validate(rebalancing_with(**{"capital.venue_groups": twice}))


def test_requests_that_would_outlive_their_answer_are_refused() -> None:
    with pytest.raises(ValidationError, match="pass less than answer_within_s 2"):
        RebalancerParameters.model_validate(rebalancing_with(**{"requests.answer_within_s": 2}))
