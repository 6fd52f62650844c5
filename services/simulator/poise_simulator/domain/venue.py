"""Builds an exchange's parts, and runs them through time."""

from decimal import Decimal
from functools import partial

import numpy as np

from poise_simulator.domain.accounts import Account, Bookkeeper
from poise_simulator.domain.candles import CandleSeries
from poise_simulator.domain.catalog import check_assets, perpetual_instrument, spot_instrument
from poise_simulator.domain.config import MARK_PERIOD_MS, ExchangeConfig
from poise_simulator.domain.dated.contracts import DatedContract
from poise_simulator.domain.dated.delivery import Deliveries
from poise_simulator.domain.dead_man_switch import DeadManSwitch
from poise_simulator.domain.events import Event, PositionUpdated, UpdateReason
from poise_simulator.domain.forced_orders import ForcedOrders
from poise_simulator.domain.funding import next_settlement_ms, past_rates
from poise_simulator.domain.history import History
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.levers import MarketLevers
from poise_simulator.domain.liquidation import Liquidator
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.market import SyntheticMarket
from poise_simulator.domain.order_desk import OrderDesk
from poise_simulator.domain.perpetuals import Perpetuals, PerpetualState
from poise_simulator.domain.places import outlook
from poise_simulator.domain.quoted_books import Pace
from poise_simulator.domain.scenarios.running import Scenarios
from poise_simulator.domain.settlement import Settlement
from poise_simulator.domain.side_books import SideBooks
from poise_simulator.domain.views import FundingRate

PAST_SETTLEMENTS = 120


class Venue:
    """All parts of one exchange, wired, and the steps that move them."""

    def __init__(self, config: ExchangeConfig, *, seed: int, start_ms: int) -> None:
        """Build the venue as it stands at `start_ms`. Raises ValueError on a config that can't work."""
        check_assets(config.assets)
        self.config = config
        self.now_ms = start_ms
        self.events: list[Event] = []
        seen = outlook(config.assets, config.regimes, config.place, seed)
        self._seed, self._start_ms = seen.seed, start_ms
        self._next_step_ms = start_ms + config.step_ms
        self._history = History(config.assets, seen, start_ms, config.history_days)
        columns = self._list_books()
        self.perpetuals = self._make_perpetuals()
        self.margin = MarginDesk(
            lambda symbol: self.listings[Market.FUTURES, symbol].instrument, self.mark, config.default_leverage
        )
        self.bookkeeper = Bookkeeper(self.events)
        self.accounts = self._open_accounts()
        settlement = Settlement(
            {account.owner: account for account in self.accounts.values()},
            self.bookkeeper,
            self.margin,
            config.liquidation_fee_rate,
            self.events,
        )
        self.desk = OrderDesk(
            self.listings,
            reference_price=self.reference_price,
            margin=self.margin,
            bookkeeper=self.bookkeeper,
            settlement=settlement,
            events=self.events,
            records_crossing_post_only=config.records_crossing_post_only,
        )
        self.forced_orders = ForcedOrders(self.desk, settlement)
        self.liquidator = Liquidator(
            self.listings,
            margin=self.margin,
            desk=self.desk,
            forced_orders=self.forced_orders,
            bookkeeper=self.bookkeeper,
            events=self.events,
        )
        self.dead_man_switch = DeadManSwitch()
        self.is_in_maintenance = False
        self.levers = MarketLevers(len(config.assets))
        self.scenarios = Scenarios(self.levers, config.assets, self.listings, self.margin, config.settlement_asset)
        pace = Pace(config.step_ms / 1_000, config.book_updates_per_s, config.book_levels)
        self.market = SyntheticMarket(
            config.assets,
            [
                (columns[key], listing)
                for key, listing in self.listings.items()
                if not config.assets[columns[key]].is_drawn_apart
            ],
            seen,
            self.levers,
            start_ms=start_ms,
            pace=pace,
            sweep=settlement.sweep,
        )
        self.deliveries = Deliveries(self.desk, self.bookkeeper, self.margin, self.events)
        self.side_books = SideBooks(
            config,
            seen,
            self.market,
            history=self._history,
            levers=self.levers,
            listings=self.listings,
            events=self.events,
            start_ms=start_ms,
            pace=pace,
            sweep=settlement.sweep,
        )
        self._update_marks(start_ms)
        self.events.clear()

    def run_until(self, now_ms: int) -> None:
        """Run every step up to a time; earlier times do nothing."""
        while self._next_step_ms <= now_ms:
            time_ms = self._next_step_ms
            self._next_step_ms += self.config.step_ms
            self.now_ms = time_ms
            self.scenarios.step(time_ms)
            self.market.step(time_ms)
            self.side_books.step(time_ms)
            if (time_ms - self._start_ms) % MARK_PERIOD_MS == 0:
                self._update_marks(time_ms)
                self.liquidator.run(self.accounts.values(), time_ms)
            self.desk.finish_slow_orders(time_ms)
            self._cancel_overdue(time_ms)
            self._settle_funding(time_ms)
            self.side_books.roll(time_ms, partial(self._deliver, time_ms))
        self.now_ms = max(self.now_ms, now_ms)

    def mark(self, symbol: str) -> Decimal:
        """Read a future's mark, perpetual or dated."""
        contract = self.side_books.contract(symbol)
        return self.perpetuals.states[symbol].mark if contract is None else contract.mark

    def reference_price(self, listing: Listing) -> Decimal:
        """Give the price that bands and margins go by: the mark, or the middle of a spot book."""
        if listing.instrument.market is Market.FUTURES:
            return self.mark(listing.instrument.symbol)
        bid, ask = listing.book.bids.best, listing.book.asks.best
        if bid is None or ask is None:
            return Decimal(str(listing.candles.last_price))
        return (bid + ask) * listing.instrument.tick_size / 2

    def _list_books(self) -> dict[tuple[Market, str], int]:
        """Open all books, spot first; returns each one's asset column."""
        config = self.config
        columns: dict[tuple[Market, str], int] = {}
        listings: dict[tuple[Market, str], Listing] = {}
        for column, asset in enumerate(config.assets):
            instrument = spot_instrument(asset, config)
            listings[Market.SPOT, asset.symbol] = self._list(instrument, column, asset.price)
            columns[Market.SPOT, asset.symbol] = column
        for column, asset in enumerate(config.assets):
            if asset.perpetual is not None:
                instrument = perpetual_instrument(asset, asset.perpetual, config)
                price = asset.price * (1.0 + asset.base_premium_bps * 1e-4)
                listings[Market.FUTURES, asset.symbol] = self._list(instrument, column, price)
                columns[Market.FUTURES, asset.symbol] = column
        self.listings = listings
        return columns

    def _list(self, instrument: Instrument, column: int, price: float) -> Listing:
        market, history = instrument.market, self._history
        candles = CandleSeries(self._start_ms, price, lambda: history.rows(column, market))
        return Listing(instrument, candles, self.events)

    def _make_perpetuals(self) -> Perpetuals:
        states, bases = [], []
        for column, asset in enumerate(self.config.assets):
            listing = self.listings.get((Market.FUTURES, asset.symbol))
            if listing is None or listing.instrument.funding_interval_s is None:
                continue
            interval_s = listing.instrument.funding_interval_s
            base = asset.base_premium_bps * 1e-4
            states.append(
                PerpetualState(
                    symbol=asset.symbol,
                    interval_s=interval_s,
                    past=partial(self._past_funding, column, asset.symbol, interval_s, base),
                    next_funding_ms=next_settlement_ms(self._start_ms, interval_s),
                )
            )
            bases.append(base)
        self._perpetual_columns = np.array(
            [i for i, asset in enumerate(self.config.assets) if asset.perpetual is not None]
        )
        return Perpetuals(
            states,
            np.array(bases),
            self.config.regimes.premium_window_s,
            self.config.interest_rate_per_8h,
            self.events,
        )

    def _past_funding(self, column: int, symbol: str, interval_s: int, base: float) -> list[FundingRate]:
        rates = past_rates(
            self._seed,
            symbol,
            base_premium=base,
            interest_per_8h=float(self.config.interest_rate_per_8h),
            interval_s=interval_s,
            count=PAST_SETTLEMENTS,
        )
        last_ms = next_settlement_ms(self._start_ms, interval_s) - interval_s * 1_000
        times = [last_ms - interval_s * 1_000 * age for age in range(len(rates) - 1, -1, -1)]
        return [
            FundingRate(symbol, at, rate, Decimal(f"{self._history.index_at(column, at) * (1.0 + base):.8f}"))
            for at, rate in zip(times, rates, strict=True)
        ]

    def _open_accounts(self) -> dict[str, Account]:
        accounts = {}
        for owner, config in enumerate(self.config.accounts, start=1):
            account = Account(config.account_id, owner, self.config.settlement_asset, is_unified=config.is_unified)
            for asset, amount in config.spot.items():
                account.spot.add(asset, amount)
            self.bookkeeper.deposit_futures(account, config.futures_wallet, self._start_ms)
            accounts[config.account_id] = account
        return accounts

    def _update_marks(self, time_ms: int) -> None:
        columns = self._perpetual_columns
        books = [self.listings[Market.FUTURES, symbol] for symbol in self.perpetuals.states]
        last = np.array([listing.candles.last_price for listing in books])
        mids = self.market.mid_prices[-len(books) :] if books else np.empty(0)
        fixed = {self.config.assets[c].symbol: rate for c, rate in self.levers.funding_rates_per_interval.items()}
        self.perpetuals.update(time_ms, self.market.index_prices[columns], mids, last, fixed)
        self.side_books.update_marks(time_ms)

    def _deliver(self, time_ms: int, contract: DatedContract) -> None:
        self.deliveries.deliver(contract, self.accounts.values(), time_ms)

    def _cancel_overdue(self, time_ms: int) -> None:
        for account_id, symbol in self.dead_man_switch.take_due(time_ms):
            account = self.accounts[account_id]
            orders = account.archive.open_in(Market.FUTURES, symbol) if symbol else list(account.archive.open.values())
            for order in orders:
                self.desk.cancel(account, order, time_ms)

    def _settle_funding(self, time_ms: int) -> None:
        for settled in self.perpetuals.settle_due(time_ms):
            for account in self.accounts.values():
                if account.futures.position(settled.symbol).quantity == 0:
                    continue
                self.bookkeeper.pay_funding(account, settled.symbol, settled.rate, settled.mark, settled.time_ms)
                position = self.margin.position(account, settled.symbol)
                self.events.append(
                    PositionUpdated(account.account_id, settled.time_ms, position, UpdateReason.FUNDING_FEE)
                )
