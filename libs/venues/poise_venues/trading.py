"""Trading at a venue: one session with an account, its orders, its fills and its money."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from decimal import Decimal

from redis.asyncio import Redis

from poise_common.domain.clock import Clock
from poise_common.domain.instruments import Instrument
from poise_venues.account_hints import listen
from poise_venues.dialects import Dialect, KeyPowers
from poise_venues.errors import KeyTooPowerful, KeyTooWeak
from poise_venues.hints import AccountHint
from poise_venues.order_entry import OrderEntry
from poise_venues.order_questions import OrderQuestions
from poise_venues.outcomes import Account, Income
from poise_venues.parameters import VenueConfig
from poise_venues.session import Session, open_session
from poise_venues.supported_venues import trading_dialect


class TradingSession(OrderEntry, OrderQuestions):
    """A venue account that orders are sent with. Quantities are in base units everywhere."""

    def __init__(self, session: Session, dialect: Dialect, now: Clock) -> None:
        super().__init__(session, dialect, now)
        self._one_way = asyncio.Lock()
        self._is_one_way = False

    @property
    def venue(self) -> str:
        return self._session.venue

    async def connect(self) -> None:
        """Read the venue's clock, its markets and the key's powers.

        Raises VenueUnreachable, KeyTooPowerful (the key may move money out) or KeyTooWeak (it may not trade).
        """
        await self._session.read_clock_offset_ms()
        await self._session.connect()
        powers = await self.key_powers()
        if powers.may_move_money_out:
            raise KeyTooPowerful(self.venue, powers.may_move_money_out)
        trades = {"trade spot": powers.may_trade_spot, "trade derivatives": powers.may_trade_derivatives}
        missing = tuple(power for power, granted in trades.items() if not granted)
        if missing:
            raise KeyTooWeak(self.venue, missing)

    async def key_powers(self) -> KeyPowers:
        """Ask the venue what the key may do. Raises VenueUnreachable."""
        with self._session.reaching("reading the key's powers"):
            return await self._dialect.key_powers(self._exchange)

    async def close(self) -> None:
        """Close all connections; whatever is asked afterwards raises SessionClosed, and hints end."""
        await self._session.close()

    async def clock_offset_ms(self) -> int:
        """Return the venue's clock less ours; requests carry the venue's time from then on. Raises VenueUnreachable."""
        return await self._session.read_clock_offset_ms()

    async def account(self) -> Account:
        """Read balances of all wallets, positions and margin figures, as exact as the venue gives them."""
        with self._session.reaching("reading the account"):
            return await self._dialect.account(self._exchange, self._now())

    async def incomes(self, since: datetime) -> tuple[Income, ...]:
        """Read the funding payments and the settlements of dated futures since a time, oldest first."""
        with self._session.reaching("reading funding payments and settlements"):
            return await self._dialect.incomes(self._exchange, since)

    async def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """Set one-way mode, cross margin and the leverage of a derivative.

        It comes before the first order: of what was listed since the session connected, the venue's rules are read.
        """
        if not self._session.knows(instrument.symbol):
            await self._session.reload_markets()
        with self._session.reaching("setting leverage and margin mode"):
            await self._use_one_way_mode()
            await self._dialect.use_leverage(self._exchange, instrument.symbol, leverage)

    async def _use_one_way_mode(self) -> None:
        # The account's, not the instrument's: asked for each one, it would cost books the budget at every start.
        async with self._one_way:
            if not self._is_one_way:
                await self._dialect.use_one_way_mode(self._exchange)
                self._is_one_way = True

    def account_hints(self) -> AsyncGenerator[AccountHint, None]:
        """Listen to what happens to the account, for a reason to ask now; the answers are truth, hints are not.

        Reconnects by itself; a RECONNECTED hint follows every gap, the start included. Ends when the session is
        closed, and raises nothing for what the venue does.
        """
        return listen(self._session, self._dialect)


def open_trading_session(venue: str, config: VenueConfig, *, redis: Redis, now: Clock) -> TradingSession:
    """Make a trading session without touching the network.

    Raises KeyTooWeak where no key is configured, VenueRefused where the configuration can not work.
    """
    if config.credentials() is None:
        raise KeyTooWeak(venue, ("do anything: no api_key_file and secret_file are configured",))
    dialect = trading_dialect(venue, config)
    session = open_session(venue, config, redis=redis, now=now, number=Decimal, dialect=dialect)
    return TradingSession(session, dialect, now)
