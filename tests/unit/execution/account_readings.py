"""A desk whose account is read, and where others trade in it."""

from dataclasses import dataclass, field
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.execution.account_model import AccountModel
from tests.unit.execution.messages import OPERATOR_KEY, PERPETUAL, PRICE, SPOT
from tests.unit.execution.rig import Rig

from poise_common.contracts.control import Acknowledge, Acknowledgement
from poise_common.contracts.execution import VenueLock
from poise_common.contracts.signatures import Signer
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain import effects, results
from poise_execution.domain.packages import Package


@dataclass
class WatchedDesk:
    """A rig with an account that all fills, ours and others', are booked in."""

    rig: Rig = field(default_factory=lambda: Rig().ready())
    account: AccountModel = field(default_factory=AccountModel)
    trades: list[results.AccountTrade] = field(default_factory=list)
    orders: list[results.AccountOrder] = field(default_factory=list)

    def read(self, seconds: float = 10, **fields: object) -> None:
        """Let time pass, and answer the reading that is asked for and the questions that follow from it."""
        self.rig.wait(seconds)
        for read in self.rig.take(effects.ReadAccount):
            self.rig.hear(self.account.answer(self.rig, read, **fields))
        self.explain()

    def explain(self) -> None:
        """Answer what is asked about the account's trades."""
        for fetch in self.rig.take(effects.FetchAccountTrades):
            symbols = {instrument.symbol for instrument in fetch.instruments}
            self.rig.hear(
                self.rig.result(
                    results.AccountTradesFetched,
                    venue=fetch.venue,
                    asked_at=self.rig.now,
                    trades=tuple(each for each in self.trades if each.symbol in symbols),
                    orders=tuple(
                        each
                        for each in self.orders
                        if each.symbol in symbols and (each.symbol, each.seen.order_id) not in fetch.known_orders
                    ),
                )
            )

    def read_twice(self) -> None:
        """Read until a second reading can confirm what the first one showed."""
        self.read()
        for _ in range(4):
            self.read(2.5)

    def opened(self, quantity: str = "10") -> Package:
        """Open a package, with its fills in the account."""
        package = self.rig.opened(quantity)
        self.book_fills()
        return package

    def book_fills(self) -> None:
        """Book in the account what our fills are, once each."""
        instruments = {instrument.symbol: instrument for instrument in (SPOT, PERPETUAL)}
        booked = {trade.trade_id for trade in self.trades}
        for fill in self.rig.state.fills.values():
            if fill.trade_id not in booked:
                instrument = instruments[fill.symbol]
                self.account.trade(
                    instrument, fill.side, fill.quantity, fill.price, fee=fill.fee, paid_in=fill.fee_currency
                )
                self._list(instrument, fill.side, fill.quantity, fill.trade_id, fill.order_id)

    def foreign_trade(
        self, instrument: Instrument, side: Side, quantity: str, client_order_id: str = "web_1", order_id: str = "77"
    ) -> None:
        """Have somebody else trade in the account."""
        self.account.trade(instrument, side, Decimal(quantity), PRICE, fee=Decimal("0.01"))
        self._list(instrument, side, Decimal(quantity), f"f-{len(self.trades)}", order_id)
        seen = results.OrderSeen(order_id=order_id, filled_quantity=Decimal(quantity), is_terminal=True)
        self.orders.append(results.AccountOrder(symbol=instrument.symbol, client_order_id=client_order_id, seen=seen))

    def _list(self, instrument: Instrument, side: Side, quantity: Decimal, trade_id: str, order_id: str) -> None:
        self.trades.append(
            results.AccountTrade(
                symbol=instrument.symbol,
                order_id=order_id,
                side=side,
                trade_id=trade_id,
                quantity=quantity,
                price=PRICE,
                fee=Decimal(0),
                fee_currency="USDT",
                traded_at=self.rig.now,
            )
        )

    @property
    def lock(self) -> VenueLock | None:
        """Return the lock as it was last told."""
        return self.rig.venue_states[-1].lock

    @property
    def shown(self) -> VenueLock:
        assert self.lock is not None
        return self.lock

    def acknowledge(
        self, lock: VenueLock | None = None, *, key: Ed25519PrivateKey = OPERATOR_KEY, digest: str | None = None
    ) -> Acknowledge:
        """Say the operator's word over a lock, by default the one that is shown."""
        shown = lock or self.shown
        word = Acknowledgement(
            lock_id=shown.lock_id,
            venue="paper",
            digest=digest or shown.digest,
            operator="olga",
            reason="I did it by hand",
            signed_at=self.rig.now,
        )
        message = self.rig.result(Acknowledge, acknowledgement=word, signature=Signer(key).sign(word))
        self.rig.hear(message)
        return message
