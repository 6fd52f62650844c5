from datetime import datetime, timedelta
from typing import Any

from tests.unit.ingestion.desk import NOON, VENUE, Desk, book, effects, published, scanned

from poise_common.contracts.control import Alert
from poise_common.contracts.market_data import FundingRate
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.effects import ReadFundingTerms, ReportFeedHealth
from poise_ingestion.domain.freshness import FreshnessMeter
from poise_ingestion.domain.observations import FundingSeen, FundingTermsRead

PERPETUAL = "BTC/USDT:USDT"


def funding(next_funding_at: datetime, rate: float = 0.0001) -> dict[str, Any]:
    return {
        "venue": VENUE,
        "symbol": PERPETUAL,
        "funding_rate_per_interval": rate,
        "predicted_next_rate_per_interval": None,
        "next_funding_at": next_funding_at,
        "mark_price": 100.0,
        "index_price": 100.0,
        "received_at": NOON,
    }


def terms(*settled_at: datetime, interval_s: int = 60) -> dict[str, Any]:
    rates = tuple(0.0001 * number for number in range(1, len(settled_at) + 1))
    return {
        "venue": VENUE,
        "symbol": PERPETUAL,
        "interval_s": interval_s,
        "settled_at": settled_at,
        "settled_rates_per_interval": rates,
    }


def test_no_funding_is_published_before_the_interval_is_known() -> None:
    desk = Desk().following(scanned("BTC"))
    assert not published(desk.say(FundingSeen, **funding(NOON + timedelta(seconds=60))), FundingRate)
    desk.say(FundingTermsRead, **terms(NOON, interval_s=36))
    (rate,) = published(desk.say(FundingSeen, **funding(NOON + timedelta(seconds=36))), FundingRate)
    assert (rate.interval_s, rate.settled_rates_per_interval) == (36, (0.0001,))
    assert rate.last_settled_at == NOON


def test_a_settlement_that_is_not_read_yet_is_not_told_as_settled() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.say(FundingTermsRead, **terms(NOON))
    desk.say(FundingSeen, **funding(NOON + timedelta(seconds=60)))
    (rate,) = published(desk.say(FundingSeen, **funding(NOON + timedelta(seconds=120))), FundingRate)
    assert rate.last_settled_at == NOON


def test_the_terms_are_asked_for_until_they_are_there() -> None:
    desk = Desk().following(scanned("BTC"))
    assert [one.instrument.symbol for one in effects(desk.wait(0.25), ReadFundingTerms)] == [PERPETUAL]
    assert not effects(desk.wait(1), ReadFundingTerms)
    assert effects(desk.wait(3), ReadFundingTerms)
    desk.say(FundingTermsRead, **terms(NOON))
    assert not effects(desk.wait(60), ReadFundingTerms)


def test_after_a_settlement_the_terms_are_read_again_until_the_settled_rate_is_listed() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.say(FundingTermsRead, **terms(NOON - timedelta(seconds=60)))
    desk.say(FundingSeen, **funding(NOON + timedelta(seconds=1)))
    desk.wait(2)
    desk.say(FundingSeen, **funding(NOON + timedelta(seconds=61)))
    assert effects(desk.wait(2), ReadFundingTerms)
    desk.say(FundingTermsRead, **terms(NOON - timedelta(seconds=60)))
    assert effects(desk.wait(3), ReadFundingTerms), "the venue had not listed it yet"
    desk.say(FundingTermsRead, **terms(NOON - timedelta(seconds=60), NOON + timedelta(seconds=1)))
    assert not effects(desk.wait(30), ReadFundingTerms)
    (rate,) = published(desk.say(FundingSeen, **funding(NOON + timedelta(seconds=61))), FundingRate)
    assert len(rate.settled_rates_per_interval) == 2


def test_a_silent_book_raises_one_alert_that_closes_when_it_speaks_again() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.tell(book("BTC/USDT", 1, desk.now))
    desk.tell(book(PERPETUAL, 1, desk.now))
    assert not published(desk.wait(15), Alert)
    (alert,) = published(desk.wait(1), Alert)
    assert (alert.name, alert.subject, alert.firing) == ("stale_feed", "paper/tier1", True)
    assert not published(desk.wait(1), Alert)
    desk.tell(book("BTC/USDT", 2, desk.now))
    desk.tell(book(PERPETUAL, 2, desk.now))
    (closed,) = published(desk.wait(0.25), Alert)
    assert not closed.firing


def test_what_the_gate_held_back_is_reported_once() -> None:
    desk = Desk().following(scanned("BTC"))
    desk.wait(60)
    desk.tell(book("BTC/USDT", 1, desk.now, bid=102.0, ask=101.0))
    (report,) = effects(desk.wait(60), ReportFeedHealth)
    assert report.books_held_back == {"crossed": 1}
    (report,) = effects(desk.wait(60), ReportFeedHealth)
    assert report.books_held_back == {}


def test_reliability_is_the_share_of_time_a_book_was_fresh_and_unknown_at_first() -> None:
    meter = FreshnessMeter(stale_after_s=5, window_h=24, minutes_min=2)
    instrument = InstrumentId(VENUE, "BTC/USDT")
    meter.watch([instrument], NOON)
    now = NOON
    for second in range(60 * 10):
        now = NOON + timedelta(seconds=second)
        if second < 300:
            meter.seen(instrument, now)
        meter.advance(now)
        if second < 90:
            assert meter.reliability_pct() == {}
    share = meter.reliability_pct()[instrument]
    assert 50 < share < 60  # five of nine whole minutes, and the seconds until it was stale
    assert meter.silent_for(15, now) == (instrument,)
