"""What derivatives are measured by: mark, index and delivery prices, funding rates."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.domain.instruments import Market
from poise_simulator.domain.views import MarkPrice
from poise_simulator.okx.endpoint import Call, Endpoint, Rows, public
from poise_simulator.okx.errors import missing, no_such_instrument, wrong
from poise_simulator.okx.instruments import InstType, OkxInstrument
from poise_simulator.okx.reference_data import chosen
from poise_simulator.okx.tickers import opening
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis, number

FUNDING_CAP_SHARE = Decimal("0.75")
"""Rates are capped at this share of the lowest tier's maintenance margin rate."""


def mark_row(item: OkxInstrument, mark: Decimal, now_ms: int) -> dict[str, object]:
    """Write a mark price, as REST and the `mark-price` channel have it."""
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "markPx": number(mark),
        "ts": millis(now_ms),
    }


def funding_row(venue: OkxVenue, item: OkxInstrument) -> dict[str, object]:
    """Write the running interval's funding, as REST and the `funding-rate` channel have it.

    The rate is that of the interval that ends at `fundingTime`; the next one's isn't known before it begins.
    """
    mark = venue.exchange.mark(item.listed.symbol)
    brackets = item.listed.leverage_brackets
    cap = brackets[0].maintenance_margin_rate * FUNDING_CAP_SHARE if brackets else Decimal("0.02")
    interval_ms = mark.interval_s * 1_000
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "method": "current_period",
        "formulaType": "noRate",
        "fundingRate": number(mark.funding_rate),
        "nextFundingRate": "",
        "fundingTime": millis(mark.next_funding_ms),
        "nextFundingTime": millis(mark.next_funding_ms + interval_ms),
        "prevFundingTime": millis(mark.next_funding_ms - interval_ms),
        "minFundingRate": number(-cap),
        "maxFundingRate": number(cap),
        "interestRate": number(mark.interest_rate),
        "premium": number((mark.mark - mark.index) / mark.index) if mark.index else "",
        "impactValue": "",
        "settState": "settled",
        "settFundingRate": number(mark.last_funding_rate),
        "ts": millis(venue.now_ms),
    }


def index_price(venue: OkxVenue, index: str) -> Decimal:
    """Return an index's price: that of a future on it, or the middle of the spot book where there is none."""
    under = venue.names.of_index(index)
    for item in under:
        if item.is_derivative:
            return venue.exchange.mark(item.listed.symbol).index
    spot = under[0].listed
    book = venue.exchange.book(Market.SPOT, spot.symbol, 1)
    if not book.bids or not book.asks:
        return venue.exchange.ticker_24h(Market.SPOT, spot.symbol).last
    return (book.bids[0][0] + book.asks[0][0]) / 2


def index_row(venue: OkxVenue, index: str, price: Decimal, time_ms: int) -> dict[str, object]:
    """Write an index ticker, as REST and the `index-tickers` channel have it; its day is the spot book's."""
    under = venue.names.of_index(index)
    item = next((known for known in under if not known.is_derivative), under[0])
    day = venue.exchange.ticker_24h(item.listed.market, item.listed.symbol)
    return {
        "instId": index,
        "idxPx": number(price),
        "high24h": number(max(day.high, price)),
        "low24h": number(min(day.low, price)),
        "open24h": number(day.open),
        "sodUtc0": number(opening(venue, item, "1Dutc", day.open)),
        "sodUtc8": number(opening(venue, item, "1D", day.open)),
        "ts": millis(time_ms),
    }


def mark_prices(call: Call) -> Rows:
    """Answer `public/mark-price`: of one instrument, or of a type or family; spot pairs have none here."""
    is_one = "instType" not in call.parameters and "instId" in call.parameters
    found = [call.instrument] if is_one else chosen(call)
    return [mark_row(item, _mark(call.venue, item).mark, call.venue.now_ms) for item in found if item.is_derivative]


def index_tickers(call: Call) -> Rows:
    """Answer `market/index-tickers`: one index, or all that are quoted in a currency."""
    parameters, names = call.parameters, call.venue.names
    index, quote = parameters.optional_text("instId"), parameters.optional_text("quoteCcy")
    if index is not None:
        if not names.has_index(index):
            raise no_such_instrument()
        return [_index(call.venue, index)]
    if quote is None:
        raise missing("quoteCcy")
    return [_index(call.venue, name) for name in names.indices() if name.endswith(f"-{quote}")]


def funding_rate(call: Call) -> Rows:
    """Answer `public/funding-rate`: of one swap, or of all with `ANY`."""
    if call.parameters.text("instId") == "ANY":
        return [funding_row(call.venue, item) for item in call.venue.names.of_type(InstType.SWAP)]
    return [funding_row(call.venue, _swap(call))]


def funding_rate_history(call: Call) -> Rows:
    """Answer `public/funding-rate-history`: settled rates, newest first."""
    item, parameters = _swap(call), call.parameters
    after, before = parameters.optional_integer("after"), parameters.optional_integer("before")
    limit = parameters.limit(400, 400)
    found = call.venue.exchange.funding_history(
        item.listed.symbol, end_ms=None if after is None else after - 1, limit=limit
    )
    return [
        {
            "instType": item.inst_type.value,
            "instId": item.inst_id,
            "fundingRate": number(rate.rate),
            "realizedRate": number(rate.rate),
            "fundingTime": millis(rate.time_ms),
            "method": "current_period",
            "formulaType": "noRate",
        }
        for rate in reversed(found)
        if before is None or rate.time_ms > before
    ]


def _index(venue: OkxVenue, index: str) -> dict[str, object]:
    return index_row(venue, index, index_price(venue, index), venue.now_ms)


def _mark(venue: OkxVenue, item: OkxInstrument) -> MarkPrice:
    return venue.exchange.mark(item.listed.symbol)


def _swap(call: Call) -> OkxInstrument:
    item = call.instrument
    if item.inst_type is not InstType.SWAP:
        raise wrong("instId")
    return item


ENDPOINTS: tuple[Endpoint, ...] = (
    public("public/mark-price", 10, mark_prices),
    public("public/funding-rate", 10, funding_rate),
    public("public/funding-rate-history", 10, funding_rate_history),
    public("market/index-tickers", 20, index_tickers),
)
