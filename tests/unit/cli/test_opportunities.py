"""One ranking: by net APR on capital, each friction beside it, and why not, if not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from poise.opportunities.ranking import Choice, Ranking, ranked
from poise.opportunities.views import ranking_view
from poise_common.contracts.packages import CandidateEvaluated

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ALL = Choice()


def told(
    asset: str = "BTC",
    net_apr: float | None = 0.1,
    *,
    strategy: str = "funding_carry",
    ago_s: float = 1.0,
    why_not: str | None = None,
    held: bool = False,
) -> CandidateEvaluated:
    at = NOW - timedelta(seconds=ago_s)
    return CandidateEvaluated.first(
        UUID(int=1),
        "signals",
        at,
        strategy=strategy,
        asset=asset,
        slot=f"{asset}@paper",
        long_venue="paper",
        long_symbol=f"{asset}/USDT",
        short_venue="paper_okx",
        short_symbol=f"{asset}/USDT:USDT",
        notional_usd=8_000.0,
        basis=0.0030,
        fees=0.0014,
        slippage=0.0002,
        safety_buffer=0.0003,
        net_yield=None if net_apr is None else 0.0013,
        expected_funding=0.0001,
        net_apr=net_apr,
        confidence=0.5,
        score=None,
        capacity_usd=0.0 if why_not else 50_000.0,
        held=held,
        wanted=why_not is None,
        why_not=why_not,
        evaluated_at=at,
    )


def shown(ranking: Ranking) -> str:
    console = Console(width=220)
    with console.capture() as captured:
        console.print(ranking_view(ranking))
    return captured.get()


def test_the_highest_net_apr_stands_first_and_what_has_none_last() -> None:
    ranking = ranked([told("A", 0.1), told("B", None, why_not="no book"), told("C", 0.4), told("D", -0.2)], ALL, NOW)
    assert [(each.rank, each.asset) for each in ranking.opportunities] == [(1, "C"), (2, "A"), (3, "D"), (4, "B")]
    assert ranking.candidates == 4
    assert ranking.attention == ()


def test_the_gross_basis_is_that_between_the_middles_of_the_books() -> None:
    (only,) = ranked([told()], ALL, NOW).opportunities
    # 30 bps at the prices it would get, and 2 bps of slippage: 32. Less 14, 2 and 3: 13 net.
    assert only.gross_basis == pytest.approx(0.0032)
    costs = (only.fees, only.slippage, only.safety_buffer)
    assert 0.0032 - sum(cost for cost in costs if cost is not None) == pytest.approx(only.net_yield)


def test_a_choice_keeps_the_ranks_of_the_whole_list() -> None:
    heard = [told("A", 0.3), told("B", 0.2, strategy="cash_and_carry"), told("B", 0.1)]
    of_asset = ranked(heard, Choice(asset="B"), NOW)
    assert [each.rank for each in of_asset.opportunities] == [2, 3]
    of_strategy = ranked(heard, Choice(strategy="funding_carry", limit=1), NOW)
    assert [(each.rank, each.asset) for each in of_strategy.opportunities] == [(1, "A")]
    assert of_strategy.candidates == 3


def test_what_signals_no_longer_tells_of_is_left_out() -> None:
    assert [each.asset for each in ranked([told("A", ago_s=11), told("B")], ALL, NOW).opportunities] == ["B"]


@pytest.mark.parametrize(
    ("heard", "says"),
    [((), "signals has not said anything yet"), ((told(ago_s=60),), "signals has been silent for 60 s")],
)
def test_a_silent_service_is_said(heard: tuple[CandidateEvaluated, ...], says: str) -> None:
    ranking = ranked(heard, ALL, NOW)
    assert ranking.attention == (says,)
    assert says in shown(ranking)
    assert "none of 0 candidates" in shown(ranking)


def test_the_table_has_every_friction_in_bps_and_says_why_not() -> None:
    text = shown(
        ranked([told("A", 0.1), told("B", 0.05, why_not="net yield 0.01% is below"), told("C", held=True)], ALL, NOW)
    )
    for figure in ("32.0", "14.0", "2.0", "3.0", "13.0", "1.0", "10.0", "50 %", "50,000", "paper_okx:A/USDT:USDT"):
        assert figure in text
    assert "net yield 0.01% is below" in text
    assert "asked for" in text
    assert "held" in text


@given(st.lists(st.none() | st.floats(-10, 10), max_size=30))
def test_every_candidate_is_ranked_once_and_none_above_a_better_one(net_aprs: list[float | None]) -> None:
    ranking = ranked([told(f"A{number}", each) for number, each in enumerate(net_aprs)], ALL, NOW)
    assert [each.rank for each in ranking.opportunities] == list(range(1, len(net_aprs) + 1))
    known = [each.net_apr for each in ranking.opportunities if each.net_apr is not None]
    assert known == sorted(known, reverse=True)
    assert all(each.net_apr is None for each in ranking.opportunities[len(known) :])
