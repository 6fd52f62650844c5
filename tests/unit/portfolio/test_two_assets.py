"""Packages of two assets at two venues: each leg is its own asset's and its own account's, the package is hedged."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import Desk

from poise_common.contracts.execution import LegFilled
from poise_common.contracts.packages import LegRole, PackageAction, PackageState
from poise_common.contracts.state import AssetDelta, HeldPackage

D = Decimal
LONG, SHORT, SECOND_VENUE = "SOL/USDT:USDT", "BTC/USDT:USDT", "paper_okx"
RATIO = D("0.05")
CLOSE = PackageAction.CLOSE


def of_the_pair(message: Any) -> Any:
    """Say the same of the pair: it goes by its long leg's asset."""
    ratio = {"hedge_ratio": RATIO} if "hedge_ratio" in type(message).model_fields else {}
    return message.model_copy(update={"asset": "SOL", "strategy": "pairs", **ratio})


def long_fill(desk: Desk, side: str, quantity: str | D, price: str | D, **fields: Any) -> LegFilled:
    return of_the_pair(desk.fill(LONG, side, quantity, price, role=LegRole.LONG, **fields))


def short_fill(desk: Desk, side: str, quantity: str | D, price: str | D, **fields: Any) -> LegFilled:
    return of_the_pair(desk.fill(SHORT, side, quantity, price, venue=SECOND_VENUE, **fields))


def pair_desk() -> Desk:
    """Hold ten of the long leg, bought at 100, and half of one of the short leg, sold at 2,000."""
    desk = Desk().open_account().open_account(venue=SECOND_VENUE)
    desk.tell(long_fill(desk, "buy", "10", "100", fee="0.5"), short_fill(desk, "sell", "0.5", "2000", fee="0.4"))
    return desk.tell(of_the_pair(desk.opened()))


def marked(desk: Desk, long_price: float, short_price: float) -> HeldPackage:
    desk.tell(desk.book(LONG, long_price), desk.book(SHORT, short_price, venue=SECOND_VENUE))
    (held,) = desk.wait().state.packages
    return held


def by_asset(desk: Desk) -> dict[str, AssetDelta]:
    return {delta.asset: delta for delta in desk.state.deltas}


def test_a_pair_is_told_hedged_by_its_ratio_and_marked_leg_by_leg() -> None:
    held = marked(pair_desk(), 110.0, 2_100.0)
    assert (held.asset, held.assets, held.hedge_ratio) == ("SOL", ("SOL", "BTC"), RATIO)
    assert (held.long_leg.venue, held.short_leg.venue) == ("paper", SECOND_VENUE)
    assert held.residual_delta_usd == 0
    assert held.exposure_usd == 1_100
    assert held.unrealised_pnl_usd == 100 - 50
    assert held.fees_usd == D("0.9")


def test_each_asset_has_its_own_delta_and_its_own_result_and_they_net_in_usd() -> None:
    desk = pair_desk()
    marked(desk, 110.0, 2_100.0)
    deltas = by_asset(desk)
    assert (deltas["SOL"].delta, deltas["SOL"].delta_usd) == (10, 1_100)
    assert (deltas["BTC"].delta, deltas["BTC"].delta_usd) == (D("-0.5"), -1_050)
    assert desk.state.net_delta_usd == 50
    assert (deltas["SOL"].pnl_today_usd, deltas["BTC"].pnl_today_usd) == (D("99.5"), D("-50.4"))


def test_funding_is_booked_on_both_legs() -> None:
    desk = pair_desk()
    paid = desk.funding("-0.3", symbol=LONG)
    got = desk.funding("0.7", symbol=SHORT).model_copy(update={"venue": SECOND_VENUE})
    desk.tell(paid, got)
    held = marked(desk, 100.0, 2_000.0)
    assert held.funding_usd == D("0.4")
    results = {asset: delta.result.funding_usd for asset, delta in by_asset(desk).items()}
    assert results == {"SOL": D("-0.3"), "BTC": D("0.7")}


def test_the_ledger_is_each_venues_to_the_cent() -> None:
    desk = pair_desk()
    marked(desk, 110.0, 2_100.0)
    paper = {("spot", "USDT"): "60000", ("futures", "USDT"): "39999.5"}
    okx = {("spot", "USDT"): "60000", ("futures", "USDT"): "39999.6"}
    desk.tell(desk.report(paper, {LONG: "10"}, entry_price="100"))
    desk.tell(desk.report(okx, {SHORT: "-0.5"}, venue=SECOND_VENUE, entry_price="2000"))
    assert desk.wait().state.ledger_residual_usd == 0
    desk.tell(desk.report(okx, {SHORT: "-0.4"}, venue=SECOND_VENUE, entry_price="2000"))
    assert desk.wait().state.ledger_residual_usd > 0


def test_a_leg_that_lags_leaves_what_it_does_not_hedge() -> None:
    desk = pair_desk()
    desk.tell(short_fill(desk, "buy", "0.2", "2000", action=CLOSE))
    # 0.3 hedge 6 of 10, at 110 each; what hedges one of them is 0.05 of 2,100: 105.
    assert marked(desk, 110.0, 2_100.0).residual_delta_usd == 4 * 110


def test_a_closed_pair_leaves_its_result_with_each_asset() -> None:
    desk = pair_desk()
    desk.tell(long_fill(desk, "sell", "10", "105", action=CLOSE), short_fill(desk, "buy", "0.5", "2040", action=CLOSE))
    desk.tell(of_the_pair(desk.closed()))
    assert desk.wait().state.packages == ()
    prices = {asset: delta.result.price_usd for asset, delta in by_asset(desk).items()}
    assert prices == {"SOL": 50, "BTC": -20}
    assert desk.state.realised_pnl_usd == 30


def test_a_package_of_which_the_short_legs_order_is_told_first_goes_by_its_long_leg_in_the_end() -> None:
    desk = Desk().open_account().open_account(venue=SECOND_VENUE)
    sent = desk.sent(SHORT, "sell", action=PackageAction.OPEN)
    desk.tell(sent.model_copy(update={"venue": SECOND_VENUE, "hedge_ratio": RATIO}))
    desk.tell(long_fill(desk, "buy", "10", "100"), short_fill(desk, "sell", "0.5", "2000"), of_the_pair(desk.opened()))
    held = marked(desk, 100.0, 2_000.0)
    assert (held.asset, held.state, held.residual_delta_usd) == ("SOL", PackageState.OPEN, 0)


def test_a_restart_knows_the_ratio() -> None:
    desk = pair_desk()
    again = Desk(books_of(desk.records), now=desk.now)
    assert marked(again, 110.0, 2_100.0).hedge_ratio == RATIO


quantities = st.decimals("0.01", 1_000, places=2)
prices = st.decimals("0.5", 5_000, places=2)


@given(long=quantities, short=quantities, long_price=prices, short_price=prices)
def test_the_results_of_both_assets_are_the_packages(long: D, short: D, long_price: D, short_price: D) -> None:
    desk = Desk().open_account().open_account(venue=SECOND_VENUE)
    desk.tell(long_fill(desk, "buy", long, "100", fee="0.1"), short_fill(desk, "sell", short, "2000", fee="0.2"))
    held = marked(desk, float(long_price), float(short_price))
    of_assets = [delta.result.net_usd for delta in desk.state.deltas]
    assert sum(of_assets, D(0)) == held.result.net_usd
    assert desk.state.equity_usd == 200_000 + held.result.net_usd
