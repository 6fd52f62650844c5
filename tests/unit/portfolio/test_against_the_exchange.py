"""The ledger beside the simulated exchange's own books, over a day of trading with funding."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

import pytest
from tests.unit.portfolio.desk import Desk

from poise_common.domain.clock import from_ms
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderType, Side
from poise_simulator.domain.rejections import Rejected

ACCOUNT = "paper"
START_MS = 1_790_000_000_000


@dataclass
class Trader:
    """Trades at random, and tells the desk what came of it, some of it twice."""

    exchange: Exchange
    desk: Desk
    dice: Random
    told: set[tuple[str, str]] = field(default_factory=set)
    fees: set[str] = field(default_factory=set)

    def trade(self) -> None:
        market, base = self.dice.choice(list(Market)), self.dice.choice(CATALOGUE[:3]).base
        instrument = self.exchange.instruments[market, f"{base}USDT"]
        best_bid = self.exchange.book(market, instrument.symbol).bids[0][0]
        lots = Decimal(self.dice.randrange(200, 20_000)) / best_bid / instrument.step_size
        quantity = lots.to_integral_value() * instrument.step_size
        side = self.dice.choice(list(Side))
        request = OrderRequest(market, instrument.symbol, side, OrderType.MARKET, quantity)
        try:
            order = self.exchange.submit(ACCOUNT, request).order
        except Rejected:
            return
        symbol = f"{base}/USDT" if market is Market.SPOT else f"{base}/USDT:USDT"
        for fill in self.exchange.trades(ACCOUNT, market, instrument.symbol, order_id=order.order_id):
            message = self.desk.fill(
                symbol,
                side.value,
                fill.quantity,
                fill.price,
                fee=fill.commission,
                fee_currency=fill.commission_asset,
                at=from_ms(fill.time_ms),
                package_id=self.desk.new_id(self.desk.now),
            ).model_copy(update={"trade_id": str(fill.trade_id)})
            self.desk.tell(message, *[message] * self.dice.randrange(2))
            self.fees.add(fill.commission_asset)

    def be_paid(self) -> None:
        for income in self.exchange.income(ACCOUNT, limit=1_000_000):
            if income.type is IncomeType.FUNDING_FEE:
                symbol = f"{income.symbol.removesuffix('USDT')}/USDT:USDT"
                paid = self.desk.funding(str(income.amount), symbol=symbol, at=from_ms(income.time_ms))
                self.desk.tell(paid.model_copy(update={"income_id": str(income.income_id)}))
                self.told.add((symbol, str(income.income_id)))

    def report(self, *, opening: bool = False) -> None:
        account = self.exchange.account(ACCOUNT)
        balances = {("spot", asset): balance.free + balance.locked for asset, balance in account.spot.items()}
        balances["futures", "USDT"] = account.futures.wallet_balance
        positions = {
            f"{position.symbol.removesuffix('USDT')}/USDT:USDT": position.quantity
            for position in account.futures.positions.values()
        }
        self.desk.tell(self.desk.report(balances, positions, opening=opening))


@pytest.mark.parametrize("seed", range(2))
def test_no_cent_is_unexplained(seed: int) -> None:
    config = ExchangeConfig(assets=CATALOGUE[:3], funding_interval_s=60)
    trader = Trader(Exchange(config, seed=seed, start_ms=START_MS), Desk(), Random(seed))  # noqa: S311  (a seeded test)
    trader.report(opening=True)
    for second in range(0, 300, 3):
        trader.exchange.advance(START_MS + second * 1000)
        trader.trade()
        trader.be_paid()
        trader.report()
        assert trader.desk.state.ledger_residual_usd <= Decimal("0.000001")
    assert trader.desk.state.fills == trader.exchange.ledger_count(ACCOUNT).fills
    assert len(trader.told) >= 4
    assert trader.fees > {"USDT"}
