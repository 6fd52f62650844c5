"""The exchange as its protocol, the simulation and the back-test use it."""

from dataclasses import replace
from decimal import Decimal
from itertools import count

from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.domain.account_settings import change_leverage, move_funds
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.events import Event
from poise_simulator.domain.hindsight import LateView
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.interventions import deleverage, liquidate, transfer_from_outside
from poise_simulator.domain.orders import SOUND, Handling, Order, OrderRequest, OrderResult, Origin, Side
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.venue import Venue
from poise_simulator.domain.views import ScenarioView


class Exchange(AccountQueries):
    """One venue on a virtual clock: books, accounts, funding and liquidation, with no I/O.

    The same seed and the same calls at the same times give the same events, however `advance` is sliced.
    Every call that asks for something wrong raises `Rejected` and changes nothing.
    """

    def __init__(self, config: ExchangeConfig, *, seed: int, start_ms: int) -> None:
        """Build books, accounts and the synthetic market as they stand at `start_ms`."""
        super().__init__(Venue(config, seed=seed, start_ms=start_ms))
        self._transfer_ids = count(1)
        self._hand_ids = count(1)

    def advance(self, now_ms: int) -> None:
        """Run the synthetic market, funding and liquidation up to `now_ms`; earlier times do nothing."""
        self._venue.run_until(now_ms)

    def drain_events(self) -> list[Event]:
        """Take what happened since the last drain, in order."""
        events = self._venue.events[:]
        self._venue.events.clear()
        return events

    def lagging(self, lag_ms: int) -> AccountQueries:
        """Show accounts as they stood some time ago."""
        return LateView(self._venue, lag_ms)

    def submit(self, account_id: str, request: OrderRequest, *, handling: Handling = SOUND) -> OrderResult:
        """Take an order: match it, rest what may rest. Raises `Rejected`."""
        account = self._account(account_id)
        try:
            result = self._venue.desk.submit(account, request, self.now_ms, handling=handling)
        except Rejected:
            account.archive.count_rejected(request.client_order_id)
            raise
        if result.fills and _opens(request):
            self._venue.scenarios.entered(self.now_ms)
        return result

    def check(self, account_id: str, request: OrderRequest) -> None:
        """Apply the checks of `submit` and change nothing. Raises `Rejected`."""
        self._venue.desk.check(self._account(account_id), request)

    def cancel(
        self,
        account_id: str,
        market: Market,
        symbol: str,
        *,
        order_id: int | None = None,
        client_order_id: str | None = None,
    ) -> Order:
        """Cancel one open order. Raises `Rejected(UNKNOWN_ORDER)`."""
        account = self._account(account_id)
        self._listing(market, symbol)
        order = account.archive.find_open(market, symbol, order_id, client_order_id)
        return self._venue.desk.cancel(account, order, self.now_ms)

    def cancel_all(self, account_id: str, market: Market, symbol: str) -> list[Order]:
        """Cancel all open orders of a symbol, oldest first."""
        account = self._account(account_id)
        self._listing(market, symbol)
        orders = account.archive.open_in(market, symbol)
        return [self._venue.desk.cancel(account, order, self.now_ms) for order in orders]

    def cancel_all_after(self, account_id: str, symbol: str | None, countdown_ms: int) -> None:
        """Cancel all open orders of a future, or all an account has, unless called again within the countdown.

        A countdown of 0 stops it.
        """
        self._account(account_id)
        if symbol is not None:
            self._listing(Market.FUTURES, symbol)
        self._venue.dead_man_switch.arm(account_id, symbol, countdown_ms, self.now_ms)

    def submit_by_hand(self, account_id: str, request: OrderRequest) -> OrderResult:
        """Take an order that the account's owner sends past the client. Raises `Rejected`."""
        account, now_ms = self._account(account_id), self.now_ms
        named = replace(request, client_order_id=request.client_order_id or f"web_{next(self._hand_ids)}")
        return self._venue.desk.submit(account, named, now_ms, origin=Origin.FOREIGN)

    def transfer_from_outside(self, account_id: str, asset: str, amount: Decimal, wallet: Market) -> int:
        """Deposit into a wallet, or withdraw with a negative amount; returns the transfer's id. Raises `Rejected`."""
        transfer_from_outside(self._venue, self._account(account_id), asset, amount, wallet)
        return next(self._transfer_ids)

    def liquidate(self, account_id: str, symbol: str) -> None:
        """Take over a position into the book, though its margin may hold it. Raises `Rejected(NO_POSITION)`."""
        liquidate(self._venue, self._account(account_id), self._listing(Market.FUTURES, symbol))

    def deleverage(
        self, account_id: str, symbol: str, *, quantity: Decimal | None = None, share: Decimal = Decimal(1)
    ) -> None:
        """Reduce a position at the mark against the house, by a quantity or a share in (0, 1]. Raises `Rejected`."""
        deleverage(self._venue, self._account(account_id), self._listing(Market.FUTURES, symbol), quantity, share)

    def halt(self, market: Market, symbol: str) -> None:
        """Stop trading in a book: orders are refused, its makers rest, cancels pass."""
        self._listing(market, symbol).set_status(TradingStatus.HALTED)

    def resume(self, market: Market, symbol: str) -> None:
        """Let a book trade again."""
        self._listing(market, symbol).set_status(TradingStatus.TRADING)

    @property
    def is_in_maintenance(self) -> bool:
        """True while nothing is answered and no stream flows; the market goes on."""
        return self._venue.is_in_maintenance or self._venue.levers.is_out

    def set_maintenance(self, *, on: bool) -> None:
        """Begin or end maintenance; an outage of a scenario lasts regardless."""
        self._venue.is_in_maintenance = on

    def start_scenario(self, name: str, *, duration_s: float | None = None, asset: str | None = None) -> ScenarioView:
        """Start one of `PRESETS`. Raises `Rejected` for what there isn't, and for one that runs already."""
        accounts = list(self._venue.accounts.values())
        self._venue.scenarios.start(name, accounts, self.now_ms, duration_s=duration_s, asset=asset)
        return next(view for view in self.scenarios() if view.name == name)

    def end_scenario(self, name: str) -> None:
        """Let a scenario ease off. Raises `Rejected` where it doesn't run."""
        self._venue.scenarios.end(name, self.now_ms)

    def scenarios(self) -> list[ScenarioView]:
        """List the scenarios under way."""
        return [
            ScenarioView(name, running.asset, running.duration_s, running.began_ms, running.is_ending)
            for name, running in self._venue.scenarios.running.items()
        ]

    def transfer(self, account_id: str, asset: str, amount: Decimal, source: Market, target: Market) -> int:
        """Move funds between an account's wallets; returns the transfer's id."""
        move_funds(self._venue, self._account(account_id), asset, amount, source=source, target=target)
        return next(self._transfer_ids)

    def set_leverage(self, account_id: str, symbol: str, leverage: int) -> int:
        """Set a symbol's leverage; returns it. Raises `Rejected(MAX_LEVERAGE)`."""
        account = self._account(account_id)
        change_leverage(self._venue, account, self._listing(Market.FUTURES, symbol), leverage)
        return leverage

    def set_margin_type(self, account_id: str, symbol: str, *, is_cross: bool) -> None:
        """Accept cross margin; refuse isolated with `Rejected(UNSUPPORTED_MARGIN_TYPE)`."""
        self._account(account_id)
        self._listing(Market.FUTURES, symbol)
        if not is_cross:
            raise Rejected(RejectReason.UNSUPPORTED_MARGIN_TYPE, "cross margin only")

    def set_position_mode(self, account_id: str, *, is_hedged: bool) -> None:
        """Accept one-way mode; refuse hedge mode with `Rejected(UNSUPPORTED_POSITION_MODE)`."""
        self._account(account_id)
        if is_hedged:
            raise Rejected(RejectReason.UNSUPPORTED_POSITION_MODE, "one-way mode only")


def _opens(request: OrderRequest) -> bool:
    """Tell whether an order enters, as far as the venue can tell: a purchase on spot, or anything not reduce-only."""
    if request.market is Market.SPOT:
        return request.side is Side.BUY
    return not request.reduce_only
