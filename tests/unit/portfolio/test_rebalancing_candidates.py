"""Of what signals evaluates, the rebalancer buys an asset's spot against its perpetual, and nothing else."""

from typing import Any
from uuid import UUID

import pytest
from tests.unit.portfolio.desk import Desk
from tests.unit.portfolio.rebalancing_desk import RebalancingDesk

from poise_common.contracts.packages import CandidateEvaluated
from poise_portfolio.domain.rebalancing.candidates import Candidates

CARRY = {"long_symbol": "BTC/USDT", "short_symbol": "BTC/USDT:USDT"}


def evaluated(**changes: Any) -> CandidateEvaluated:
    desk = Desk()
    fields: dict[str, Any] = {
        "strategy": "funding_carry", "asset": "BTC", "slot": "BTC", "long_venue": "paper", "short_venue": "paper",
        "notional_usd": 8_000.0, "basis": 0.0, "net_yield": 0.002, "expected_funding": 0.01, "net_apr": 0.2,
        "held": False, "wanted": True, "why_not": None, "evaluated_at": desk.now,
    }  # fmt: skip
    return desk.message(CandidateEvaluated, **(fields | CARRY | changes))


@pytest.mark.parametrize(
    "other",
    [
        {"short_symbol": "ETH/USDT:USDT"},
        {"short_symbol": "BTC/USDT:USDT-260626"},
        {"long_symbol": "BTC/USDT:USDT", "short_venue": "paper_okx"},
        {"short_venue": "paper_okx"},
        {"long_symbol": "BTC/USDT:USDT", "short_symbol": "BTC/USDT"},
        {"long_symbol": "strange"},
    ],
)
def test_a_package_of_another_shape_is_no_candidate(other: dict[str, str]) -> None:
    candidate = evaluated()
    candidates = Candidates(60, [candidate, evaluated(strategy="pairs", net_yield=0.9, expected_funding=0.9, **other)])
    assert candidates.best("BTC", candidate.evaluated_at) == candidate
    assert Candidates(60, [evaluated(**other)]).wanted(candidate.evaluated_at) == frozenset()


def test_what_two_assets_are_held_for_weighs_in_no_plan() -> None:
    desk = RebalancingDesk()
    desk.hold("BTC", 20_000)
    desk.hold("ETH", 10_000)
    desk.want("BTC", held=True).want("ETH", held=True)
    pair = UUID(int=9)
    fills = (
        desk.fill("BTC/USDT", "buy", "1", "100", package_id=pair),
        desk.fill("SOL/USDT:USDT", "sell", "1", "100", package_id=pair),
    )
    desk.tell(*(fill.model_copy(update={"asset": "BTC", "strategy": "pairs"}) for fill in fills))
    assert {package.assets for package in desk.step().state.packages} == {("BTC",), ("ETH",), ("BTC", "SOL")}
    desk.order()
    assert {line.asset: line.held_usd for line in desk.weights.weights} == {"BTC": 20_000, "ETH": 10_000}
