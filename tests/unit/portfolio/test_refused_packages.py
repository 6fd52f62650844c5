"""What refused packages would have made."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.desk import PERPETUAL, SPOT, START, shipped_parameters
from tests.unit.portfolio.hindsight_desk import PERPETUAL_FEES, SPOT_FEES, HindsightDesk

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageAction, Verdict
from poise_common.domain.instruments import InstrumentKind, Side
from poise_portfolio.domain.hindsight.records import End, RefusedPackage

D = Decimal
SIXTEEN = datetime(2026, 3, 2, 16, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)
EIGHT_HOURS = timedelta(hours=8)


def desk() -> HindsightDesk:
    return HindsightDesk().ready()


def gone(desk: HindsightDesk, **changes: Any) -> Message:
    """Signals sees no edge any more."""
    return desk.evaluated(0.0001, -0.0002, **changes)


def refused_parameters(**changes: Any) -> dict[str, Any]:
    hindsight = shipped_parameters().hindsight.model_dump()
    return hindsight | {"refused": hindsight["refused"] | changes}


def mid(book: OrderBook) -> float:
    return (book.bids[0].price + book.asks[0].price) / 2


def followed(desk: HindsightDesk) -> RefusedPackage:
    (package,) = desk.refused
    return package


def test_it_would_have_made_its_price_gain_and_funding_less_the_fees_of_all_four_orders() -> None:
    found = desk()
    found.tell(found.decided())
    found.now = SIXTEEN + timedelta(minutes=1)
    found.tell(found.funding_rate(settles_at=MIDNIGHT, settled=[0.0002], last_settled_at=SIXTEEN, mark=110.0))
    found.marked(110.0, 110.5).tell(gone(found)).wait(1)
    package = followed(found)
    assert package.price_usd == D(10) - D("9.5")
    assert package.funding_usd == 110 * D("0.0002")
    assert package.fees_usd == 100 * D("0.001") + 110 * D("0.0008") + 101 * D("0.0005") + D("110.5") * D("0.0002")
    assert package.net_usd == D("0.2614")
    assert (package.binding_limit, package.exposure_usd, package.end) == ("tier_slots", 101, End.EDGE_GONE)


def test_a_taker_s_exit_costs_a_taker_s_fees() -> None:
    found = HindsightDesk(parameters=shipped_parameters(hindsight=refused_parameters(exit_order="ioc"))).ready()
    found.tell(found.decided())
    assert [leg.exit_fee_rate for leg in followed(found).legs] == [SPOT_FEES[0], PERPETUAL_FEES[0]]


@pytest.mark.parametrize(
    "changes",
    [
        {"verdict": Verdict.APPROVED, "limit": None},
        {"verdict": Verdict.APPROVED_SMALLER},
        {"action": PackageAction.CLOSE},
        {"limit": None},
        {"long_leg": None, "short_leg": None},
    ],
)
def test_only_refusals_to_open_are_followed(changes: dict[str, Any]) -> None:
    found = desk()
    decided = found.decided(**{key: value for key, value in changes.items() if value is not None or key == "limit"})
    if "long_leg" in changes:
        decided = decided.model_copy(update=changes)
    found.tell(decided).wait(600)
    assert found.refused == []


@pytest.mark.parametrize(
    ("role", "changes"),
    [
        (LegRole.LONG, {"role": LegRole.SHORT}),
        (LegRole.LONG, {"side": Side.SELL}),
        (LegRole.SHORT, {"side": Side.BUY}),
        (LegRole.SHORT, {"quantity": D(0)}),
        (LegRole.SHORT, {"quantity": D(-1)}),
        (LegRole.LONG, {"decision_price": D(0)}),
        (LegRole.SHORT, {"symbol": SPOT}),
        (LegRole.SHORT, {"symbol": "ETH/USDT:USDT"}),
        (LegRole.SHORT, {"symbol": "nonsense"}),
        (LegRole.LONG, {"venue": "elsewhere"}),
    ],
)
def test_what_is_no_hedge_of_traded_instruments_is_not_followed(role: LegRole, changes: dict[str, Any]) -> None:
    found = desk()
    legs: dict[str, Any] = {role.value: found.leg(role, **changes)}
    found.tell(found.decided(**legs)).wait(600)
    assert found.refused == []


def test_what_is_not_quoted_in_dollars_is_not_followed() -> None:
    found = HindsightDesk()
    found.tell(found.universe("BTC", quote="EUR"))
    legs: dict[str, Any] = {
        "long_leg": found.leg(LegRole.LONG, symbol="BTC/EUR"),
        "short_leg": found.leg(LegRole.SHORT, symbol="BTC/EUR:EUR"),
    }
    assert found.tell(found.decided(**legs)).wait(600).stored(RefusedPackage) == []


def test_one_of_a_pair_and_limit_is_followed_at_a_time_and_further_refusals_are_counted_to_it() -> None:
    found = desk()
    first = found.decided()
    found.tell(first, found.decided(), found.decided("drawdown"), found.decided())
    slots, drawdown = found.refused
    assert (slots.binding_limit, slots.refusals, slots.opened_at) == ("tier_slots", 3, first.decided_at)
    assert (drawdown.binding_limit, drawdown.refusals) == ("drawdown", 1)


def test_a_refusal_that_is_told_again_counts_once() -> None:
    found = desk()
    first, second = found.decided(), found.decided()
    found.tell(first, first, second, second, first)
    assert followed(found).refusals == 2


def test_a_refusal_that_is_told_again_after_its_end_opens_nothing() -> None:
    found = desk()
    refusal = found.decided()
    found.tell(refusal).marked(100.0, 100.5).tell(gone(found), refusal).wait(1)
    assert followed(found).end is End.EDGE_GONE


def test_after_its_end_the_next_refusal_is_followed_anew_and_the_end_is_written_first() -> None:
    found = desk()
    found.tell(found.decided()).marked(100.0, 100.5).tell(gone(found))
    found.tell(found.decided())
    written = [(record.refusals, record.end) for record in found.stored(RefusedPackage)]
    assert written == [(1, None), (1, End.EDGE_GONE), (1, None)]
    assert len(found.refused) == 2


@pytest.mark.parametrize(
    ("basis", "expected_funding", "changes", "ends"),
    [
        (0.0003, -0.0003, {}, True),
        (0.0001, 0.0, {}, False),  # just what is asked
        (0.0003, 0.0, {}, False),
        (None, -0.01, {}, False),
        (-0.01, None, {}, False),
        (-0.01, -0.01, {"long_venue": "elsewhere"}, False),
        (-0.01, -0.01, {"asset": "ETH"}, False),
        (-0.01, -0.01, {"strategy": "pairs"}, False),
        (-0.01, -0.01, {"held": True, "net_yield": 0.002}, False),
        (0.01, 0.01, {"held": True, "net_yield": 0.00005}, True),
        (0.01, 0.01, {"held": True, "net_yield": None}, False),
        (-0.01, -0.01, {"evaluated_at": START}, False),  # older than the refusal
    ],
)
def test_it_ends_when_signals_sees_too_little_left_in_the_pair(
    basis: float | None, expected_funding: float | None, changes: dict[str, Any], ends: bool
) -> None:
    found = desk()
    found.tell(found.decided()).marked(100.0, 101.0).tell(found.evaluated(basis, expected_funding, **changes)).wait(1)
    assert (followed(found).end is End.EDGE_GONE) is ends


def test_it_ends_at_its_marks_when_it_is_as_old_as_a_package_may_become() -> None:
    found = desk()
    found.tell(found.decided()).wait(7 * 86_400 - 400).marked(100.0, 100.25).wait(1)
    assert followed(found).end is None
    found.wait(400)
    assert (followed(found).end, followed(found).price_usd) == (End.AGE, D("0.75"))
    assert followed(found).ended_at == found.now


def test_it_ends_when_a_leg_is_traded_no_more() -> None:
    found = desk()
    found.tell(found.decided()).marked(100.0, 100.25).tell(found.universe("ETH")).wait(301)
    assert followed(found).end is End.LEFT_UNIVERSE


def test_without_a_mark_of_both_legs_it_goes_on() -> None:
    found = desk()
    found.tell(found.decided(), found.book(SPOT, 100.0), gone(found)).wait(7 * 86_400)
    assert followed(found).end is None
    found.tell(found.book(PERPETUAL, 100.5), gone(found)).wait(1)
    assert followed(found).end is End.EDGE_GONE


def test_what_the_desk_itself_once_paid_is_no_mark() -> None:
    found = desk()
    found.open_account()
    found.tell(found.fill(SPOT, "buy", "1", "50"), found.fill(PERPETUAL, "sell", "1", "50"))
    found.tell(found.decided(), gone(found)).wait(1)
    assert followed(found).end is None


def test_a_refusal_that_comes_after_all_its_time_has_passed_is_not_followed() -> None:
    found = desk()
    late = found.decided()
    found.wait(7 * 86_400)
    assert found.tell(late).wait(600).stored(RefusedPackage) == []


def test_its_worth_is_written_now_and_then() -> None:
    found = desk()
    found.tell(found.decided()).marked(100.0, 100.5).wait(299)
    assert followed(found).price_usd == 0
    found.wait(2)
    assert (followed(found).price_usd, followed(found).valued_at) == (D("0.5"), found.now)
    found.marked(100.0, 100.25).wait(299)
    assert followed(found).price_usd == D("0.5")
    assert followed(found.wait(2)).price_usd == D("0.75")


def test_a_tick_writes_no_more_than_it_may() -> None:
    hindsight = shipped_parameters().hindsight.model_dump() | {"rows_per_flush": 2}
    found = HindsightDesk(parameters=shipped_parameters(hindsight=hindsight)).ready()
    found.tell(*(found.decided(f"limit {number}") for number in range(5))).marked(100.0, 100.5)
    opened = len(found.stored(RefusedPackage))
    counts = []
    for seconds in (301, 1, 1, 1):
        found.wait(seconds)
        counts.append(len(found.stored(RefusedPackage)) - opened)
    assert counts == [2, 4, 5, 5]
    assert sorted(Counter(package.valued_at for package in found.refused).values()) == [1, 2, 2], "nor looks at more"


def test_each_settlement_counts_once_however_often_and_when_it_is_stamped() -> None:
    found = desk()
    found.tell(found.decided())
    found.now = MIDNIGHT + timedelta(minutes=1)
    for milliseconds in (3, 0, 7):
        stamped = MIDNIGHT + timedelta(milliseconds=milliseconds)
        found.tell(
            found.funding_rate(
                settles_at=MIDNIGHT + EIGHT_HOURS,
                settled=[0.0009, 0.0001, 0.0002],  # the first before it was refused
                last_settled_at=stamped,
                mark=100.0,
            )
        )
    found.wait(1)
    assert followed(found).funding_usd == D("0.03")


def test_longs_pay_and_where_it_is_not_known_when_rates_were_settled_none_counts() -> None:
    found = desk()
    found.tell(found.decided())
    found.now = SIXTEEN + timedelta(minutes=1)
    unknown = found.funding_rate(settles_at=MIDNIGHT, settled=[0.0002], last_settled_at=None)
    assert followed(found.tell(unknown).wait(1)).funding_usd == 0
    found.tell(found.funding_rate(settles_at=MIDNIGHT, settled=[-0.0002], last_settled_at=SIXTEEN, mark=100.0)).wait(1)
    assert followed(found).funding_usd == D("-0.02")


def test_of_an_inverse_contract_fees_and_funding_are_of_its_face() -> None:
    """A face of 101 USD sold at 101 is 1 BTC. At 80.75 it has gained 101 / 80.75 − 1 BTC, which are 20.25 USD there."""
    found = desk()
    coin_margined = "BTC/USD:BTC"
    universe = found.universe("BTC")
    hedge = universe.assets[0].hedge.model_copy(
        update={"symbol": coin_margined, "kind": InstrumentKind.INVERSE_PERPETUAL, "quote": "USD", "settle": "BTC"}
    )
    asset = universe.assets[0].model_copy(update={"hedge": hedge})
    found.tell(universe.model_copy(update={"assets": (asset,)}))
    found.tell(found.decided(short_leg=found.leg(LegRole.SHORT, symbol=coin_margined)))
    found.now = SIXTEEN + timedelta(minutes=1)
    rates: dict[str, Any] = {"settled": [0.01], "last_settled_at": SIXTEEN, "mark": 202.0, "symbol": coin_margined}
    found.tell(found.funding_rate(settles_at=MIDNIGHT, **rates))
    found.tell(found.book(SPOT, 100.0), found.book(coin_margined, 80.75), gone(found)).wait(1)
    short_leg = followed(found).short_leg
    assert short_leg.price_usd == D("20.25")
    assert short_leg.funding_usd == D("1.01")
    assert short_leg.fees_usd == 101 * (PERPETUAL_FEES[0] + PERPETUAL_FEES[1])


prices = st.floats(1, 1_000).map(lambda price: round(price, 2))
rates = st.floats(-0.01, 0.01).map(lambda rate: round(rate, 6))


@given(prices, prices, st.lists(rates, max_size=3), st.integers(1, 10_000))
def test_its_net_is_what_its_orders_and_payments_would_have_moved_in_cash(
    spot: float, perpetual: float, settled: list[float], thousandths: int
) -> None:
    found, quantity = desk(), D(thousandths) / 1_000
    legs: dict[str, Any] = {role.value: found.leg(role, quantity=quantity) for role in LegRole}
    found.tell(found.decided(**legs))
    found.now = SIXTEEN + timedelta(minutes=1)
    for number, rate in enumerate(settled):
        at = SIXTEEN + number * EIGHT_HOURS
        found.now = at + timedelta(minutes=1)
        found.tell(found.funding_rate(settles_at=at + EIGHT_HOURS, settled=[rate], last_settled_at=at, mark=perpetual))
    found.marked(spot, perpetual).tell(gone(found)).wait(1)
    sold, bought = (D(repr(mid(found.book(symbol, price)))) for symbol, price in ((SPOT, spot), (PERPETUAL, perpetual)))
    noted = D(repr(perpetual))
    cash = (
        -quantity * 100 * (1 + SPOT_FEES[0])
        + quantity * 101 * (1 - PERPETUAL_FEES[0])
        + quantity * sold * (1 - SPOT_FEES[1])
        - quantity * bought * (1 + PERPETUAL_FEES[1])
        + sum((quantity * noted * D(repr(rate)) for rate in settled), D(0))
    )
    assert abs(followed(found).net_usd - cash) < D("1e-20")


@given(st.integers(0, 7))
def test_a_restart_anywhere_gives_the_same_result(restart_after: int) -> None:
    script = desk()
    messages: list[Message] = [script.decided(), script.decided(), script.decided("drawdown")]
    script.now = SIXTEEN + timedelta(minutes=1)
    funding = script.funding_rate(settles_at=MIDNIGHT, settled=[0.0002], last_settled_at=SIXTEEN)
    messages += [funding, gone(script), script.decided(), script.decided()]
    markets = [script.book(SPOT, 105.0), script.book(PERPETUAL, 105.5)]

    unbroken = desk()
    unbroken.now = script.now
    unbroken.tell(*markets, *messages).wait(1)

    first = desk()
    first.now = script.now
    first.tell(*markets, *messages[:restart_after])
    if restart_after % 2:
        first.wait(0)  # what feeds changed may be written, or not
    again = first.restarted()
    again.tell(*markets, *messages).wait(1)
    again.now = unbroken.now
    results = [
        sorted((each.binding_limit, each.opened_at, each.refusals, each.end, each.net_usd) for each in found.refused)
        for found in (unbroken, again)
    ]
    assert results[0] == results[1]
    assert len(results[0]) == 3
