"""What orders of these tests are made of: instruments of both kinds, and prices that surely trade or surely don't."""

from decimal import Decimal
from uuid import uuid4

from poise_common.domain.instruments import Instrument, Side
from poise_common.platform.clock import utc_now
from poise_venues.market_data import MarketData
from poise_venues.outcomes import Accepted, SubmitOutcome
from poise_venues.trading import TradingSession

SPOT, PERPETUAL = "ETH/USDT", "ETH/USDT:USDT"
QUANTITY = Decimal("0.5")
FAR = "-0.02"


class Market:
    """One spot market and its perpetual."""

    def __init__(self, market_data: MarketData, instruments: dict[str, Instrument]) -> None:
        self._market_data = market_data
        self.spot = instruments[SPOT]
        self.perpetual = instruments[PERPETUAL]

    @property
    def both(self) -> tuple[Instrument, Instrument]:
        return self.spot, self.perpetual

    async def price(self, instrument: Instrument, side: Side, through: str = "0.01") -> Decimal:
        """A limit that far through the other side; negative: that far away from it."""
        book = await self._market_data.book(instrument.symbol, 5)
        best = (book.asks if side is Side.BUY else book.bids)[0].price
        return instrument.round_price(Decimal(str(best)) * (1 + side.sign * Decimal(through)))

    async def offer_to_rest(
        self, trading: TradingSession, instrument: Instrument, client_order_id: str
    ) -> SubmitOutcome:
        """Send a bid that rests far from the market."""
        return await trading.submit_post_only(
            instrument,
            Side.BUY,
            QUANTITY,
            await self.price(instrument, Side.BUY, FAR),
            client_order_id,
            reduce_only=False,
            intended_at=utc_now(),
        )

    async def rest(self, trading: TradingSession, instrument: Instrument, client_order_id: str) -> Accepted:
        """Leave a bid resting, far from the market."""
        outcome = await self.offer_to_rest(trading, instrument, client_order_id)
        assert isinstance(outcome, Accepted), outcome
        return outcome

    async def buy(
        self, trading: TradingSession, instrument: Instrument, client_order_id: str, *, through: str = "0.01"
    ) -> SubmitOutcome:
        """Take what there is within a limit, at once."""
        return await trading.submit_ioc(
            instrument,
            Side.BUY,
            QUANTITY,
            await self.price(instrument, Side.BUY, through),
            client_order_id,
            reduce_only=False,
            intended_at=utc_now(),
        )


def client_id() -> str:
    """A client order id nobody has used."""
    return f"t{uuid4().hex[:20]}"
