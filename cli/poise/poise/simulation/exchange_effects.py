"""Does execution's effects on the matching core, with the delays and lost answers of a network between."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from poise_common.contracts.execution import VenueBalance, VenuePosition
from poise_common.contracts.message import Message
from poise_common.domain.clock import from_ms, to_ms
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import Instrument
from poise_execution.domain import effects, results
from poise_simulator.domain import orders
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.rejections import Rejected

Later = Callable[[timedelta, Callable[[datetime], Message | None]], None]
"""Do something after a delay; the message it returns goes to execution at that time."""

_ACCOUNT = "paper"
_STAGE = "venue"


@dataclass(frozen=True, slots=True)
class NetworkFaults:
    """How badly the way to the venue behaves; probabilities per order request."""

    latency_max_ms: float = 30.0
    request_lost: float = 0.02
    answer_lost: float = 0.04
    gives_up_after_ms: float = 1_500.0


class ExchangeEffects:
    """Run effects of execution on an exchange that shares the process."""

    def __init__(
        self, exchange: Exchange, venue: str, *, random: Random, faults: NetworkFaults, new_id: NewId, later: Later
    ) -> None:
        self._exchange = exchange
        self._venue = venue
        self._random = random
        self._faults = faults
        self._new_id = new_id
        self._later = later
        self.answers_lost = 0

    def run(self, effect: object, now: datetime) -> None:
        """Take an effect; its answer comes after two network delays, if it comes."""
        match effect:
            case effects.SubmitOrder():
                self._send_order(effect, now)
            case effects.LookUpOrder():
                self._ask(lambda at: self._looked_up(effect, at))
            case effects.FetchTrades():
                self._ask(lambda at: self._trades(effect, at))
            case effects.PrepareInstrument():
                self._ask(lambda at: self._prepared(effect, at))
            case effects.ReadAccount():
                self._ask(lambda at: self._account(effect, at))
            case _:
                raise AssertionError(f"execution has no such effect: {effect!r}")

    def connected(self, now: datetime) -> Message:
        """Say that the venue answers."""
        return results.VenueConnected.first(self._new_id(now), _STAGE, now, venue=self._venue)

    def _latency(self) -> timedelta:
        return timedelta(milliseconds=self._random.uniform(1, self._faults.latency_max_ms))

    def _ask(self, answer: Callable[[datetime], Message]) -> None:
        back = self._latency()

        def arrive(at: datetime) -> None:
            message = answer(at)
            self._later(back, lambda _: message)

        self._later(self._latency(), arrive)

    def _send_order(self, effect: effects.SubmitOrder, sent_at: datetime) -> None:
        gives_up = timedelta(milliseconds=self._faults.gives_up_after_ms)
        lost = self._random.random()
        if lost < self._faults.request_lost:
            self._later(gives_up, lambda at: self._unknown(effect, sent_at, at))
            return
        answer_lost = lost < self._faults.request_lost + self._faults.answer_lost
        back = self._latency()

        def arrive(at: datetime) -> None:
            message = self._submitted(effect, sent_at, at)
            if answer_lost:
                self._later(gives_up, lambda later: self._unknown(effect, sent_at, later))
            else:
                self._later(back, lambda _: message)

        self._later(self._latency(), arrive)

    def _submitted(self, effect: effects.SubmitOrder, sent_at: datetime, at: datetime) -> Message:
        instrument = effect.instrument
        request = orders.OrderRequest(
            market=_market(instrument),
            symbol=_symbol(instrument),
            side=orders.Side(effect.side.value),
            type=orders.OrderType.LIMIT,
            time_in_force=orders.TimeInForce.IOC,
            quantity=effect.quantity,
            price=effect.limit_price,
            client_order_id=effect.client_order_id,
            reduce_only=effect.reduce_only,
        )
        outcome: results.OrderSeen | results.OrderRefused
        try:
            outcome = _seen(self._exchange.submit(_ACCOUNT, request).order)
        except Rejected as rejected:
            outcome = results.OrderRefused(code=rejected.reason.value, text=str(rejected))
        return self._answer(effect, sent_at, at, outcome)

    def _unknown(self, effect: effects.SubmitOrder, sent_at: datetime, at: datetime) -> Message:
        self.answers_lost += 1
        return self._answer(effect, sent_at, at, results.OutcomeUnknown(reason="no answer within the time-out"))

    def _answer(
        self,
        effect: effects.SubmitOrder,
        sent_at: datetime,
        at: datetime,
        outcome: results.OrderSeen | results.OrderRefused | results.OutcomeUnknown,
    ) -> Message:
        return results.OrderAnswered.first(
            self._new_id(at),
            _STAGE,
            at,
            client_order_id=effect.client_order_id,
            outcome=outcome,
            sent_at=sent_at,
        )

    def _looked_up(self, effect: effects.LookUpOrder, at: datetime) -> Message:
        outcome: results.OrderSeen | results.OrderAbsent
        try:
            order = self._exchange.order(
                _ACCOUNT,
                _market(effect.instrument),
                _symbol(effect.instrument),
                client_order_id=effect.client_order_id,
            )
            outcome = _seen(order)
        except Rejected:
            outcome = results.OrderAbsent()
        return results.OrderLookedUp.first(
            self._new_id(at), _STAGE, at, client_order_id=effect.client_order_id, outcome=outcome, asked_at=at
        )

    def _trades(self, effect: effects.FetchTrades, at: datetime) -> Message:
        fills = self._exchange.trades(
            _ACCOUNT, _market(effect.instrument), _symbol(effect.instrument), order_id=int(effect.order_id)
        )
        trades = tuple(
            results.VenueTrade(
                trade_id=str(fill.trade_id),
                quantity=fill.quantity,
                price=fill.price,
                fee=fill.commission,
                fee_currency=fill.commission_asset,
                traded_at=from_ms(fill.time_ms),
            )
            for fill in fills
        )
        return results.TradesFetched.first(
            self._new_id(at), _STAGE, at, client_order_id=effect.client_order_id, trades=trades
        )

    def _prepared(self, effect: effects.PrepareInstrument, at: datetime) -> Message:
        failure = None
        try:
            self._exchange.set_leverage(_ACCOUNT, _symbol(effect.instrument), effect.leverage)
        except Rejected as rejected:
            failure = str(rejected)
        return results.InstrumentPrepared.first(
            self._new_id(at), _STAGE, at, venue=self._venue, symbol=effect.instrument.symbol, failure=failure
        )

    def _account(self, effect: effects.ReadAccount, at: datetime) -> Message:
        view = self._exchange.account(_ACCOUNT)
        futures = view.futures
        incomes = tuple(
            results.FundingIncome(
                income_id=str(income.income_id),
                symbol=_perpetual(income.symbol),
                amount=income.amount,
                currency=income.asset,
                paid_at=from_ms(income.time_ms),
            )
            for income in self._exchange.income(_ACCOUNT, start_ms=to_ms(effect.incomes_since), limit=1_000_000)
            if income.type is IncomeType.FUNDING_FEE
        )
        figures = results.AccountFigures(
            balances=(
                *(
                    VenueBalance(wallet="spot", currency=asset, total=balance.free + balance.locked)
                    for asset, balance in view.spot.items()
                ),
                VenueBalance(wallet="futures", currency=futures.asset, total=futures.wallet_balance),
            ),
            positions=tuple(
                VenuePosition(
                    symbol=_perpetual(position.symbol),
                    quantity=position.quantity,
                    entry_price=position.entry_price,
                    mark_price=position.mark,
                    unrealised_pnl_usd=position.unrealised_pnl,
                    liquidation_price=position.liquidation_price or None,
                )
                for position in futures.positions.values()
                if position.quantity
            ),
            margin_balance_usd=futures.margin_balance,
            initial_margin_usd=futures.initial_margin,
            maintenance_margin_usd=futures.maintenance_margin,
        )
        return results.AccountRead.first(
            self._new_id(at),
            _STAGE,
            at,
            venue=self._venue,
            activity=effect.activity,
            incomes=incomes,
            figures=figures,
            as_of=at,
        )


def _market(instrument: Instrument) -> Market:
    return Market.FUTURES if instrument.is_derivative else Market.SPOT


def _symbol(instrument: Instrument) -> str:
    return f"{instrument.base}{instrument.quote}"


def _perpetual(symbol: str) -> str:
    return f"{symbol.removesuffix('USDT')}/USDT:USDT"


def _seen(order: orders.Order) -> results.OrderSeen:
    return results.OrderSeen(
        order_id=str(order.order_id),
        filled_quantity=order.executed_quantity,
        is_terminal=not order.status.is_open,
    )
