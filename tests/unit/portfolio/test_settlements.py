"""Expired contracts in the ledger: the position is gone, and its profit is in the wallet and in the package."""

from decimal import Decimal

from tests.unit.portfolio.desk import PACKAGE, SPOT, Desk

from poise_common.contracts.execution import ContractSettled, PackageQuantities
from poise_common.contracts.packages import PackageState
from poise_portfolio.domain.ledger.packages import Package
from poise_portfolio.domain.records import Cash

D = Decimal
DATED = "BTC/USDT:USDT-261225"


def settled(desk: Desk, price: str, amount: str) -> ContractSettled:
    return ContractSettled.first(
        desk.new_id(desk.now),
        "execution",
        desk.now,
        venue="paper",
        symbol=DATED,
        asset="BTC",
        income_id="9",
        price=D(price),
        amount=D(amount),
        currency="USDT",
        packages=(PackageQuantities(package_id=PACKAGE, long_quantity=D(1), short_quantity=D(0)),),
        settled_at=desk.now,
    )


def holding(desk: Desk) -> Desk:
    """Hold 1 BTC bought at 100 against a dated future sold at 103."""
    desk.open_account()
    return desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(DATED, "sell", "1", "103"))


def futures_cash(desk: Desk) -> Decimal:
    return [cash.total for cash in desk.stored(Cash) if cash.wallet == "futures"][-1]


def test_a_settlement_pays_its_profit_and_leaves_the_other_leg() -> None:
    desk = holding(Desk())
    desk.tell(settled(desk, "98", "5"))
    package = desk.stored(Package)[-1]
    assert (package.state, package.realised_pnl_usd) == (PackageState.HALTED, D(5))
    assert {leg.symbol: leg.position.quantity for leg in package.legs} == {SPOT: D(1), DATED: D(0)}
    assert futures_cash(desk) == D(40_005)
    desk.tell(
        desk.report({("spot", "USDT"): "59900", ("spot", "BTC"): "1", ("futures", "USDT"): "40005"}),
    )
    assert desk.state.ledger_residual_usd == 0


def test_a_settlement_that_is_told_again_changes_nothing() -> None:
    desk = holding(Desk())
    news = settled(desk, "98", "5")
    desk.tell(news)
    records = len(desk.records)
    desk.tell(news)
    assert len(desk.records) == records
    assert futures_cash(desk) == D(40_005)
