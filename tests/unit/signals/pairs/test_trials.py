"""Which pairs are looked at, when they are tested, and what their verdicts allow."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.unit.signals.two_assets.markets import NOW, listed, universe

from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.pairs.pairing import PairKey, pairs_of
from poise_signals.domain.pairs.trials import PairsTested, PairTrials, PairVerdict

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def pair(first: str = "ADA", second: str = "SOL") -> PairKey:
    return PairKey(InstrumentId("paper", f"{first}/USDT:USDT"), InstrumentId("paper", f"{second}/USDT:USDT"))


def trials() -> PairTrials:
    return PairTrials(0.05, DAY, HOUR)


def verdict(p_value: float | None, reason: str | None = None, of: PairKey | None = None) -> PairsTested:
    found = PairVerdict(pair=of or pair(), p_value=p_value, reason=reason)
    return PairsTested.first(UUID(int=1), "signals", NOW, verdicts=(found,))


def test_pairs_are_each_two_of_one_sector_in_the_order_of_their_names() -> None:
    found = pairs_of(universe(listed("SOL"), listed("BTC", "store_of_value"), listed("ADA"), listed("NEAR")), (), 10)
    assert [each.key for each in found] == [pair("ADA", "NEAR"), pair("ADA", "SOL"), pair("NEAR", "SOL")]


def test_of_too_many_those_are_looked_at_whose_less_traded_asset_is_traded_most() -> None:
    assets = listed("ADA", volume_usd=1e6), listed("NEAR", volume_usd=5e8), listed("SOL", volume_usd=1e9)
    assert [each.key for each in pairs_of(universe(*assets), (), 1)] == [pair("NEAR", "SOL")]


def test_listed_pairs_are_looked_at_in_the_order_they_are_listed_in_and_no_others() -> None:
    assets = listed("ADA"), listed("SOL"), listed("BTC", "store_of_value")
    found = pairs_of(universe(*assets), (("SOL", "BTC"), ("SOL", "DOT")), 10)
    assert [each.key for each in found] == [pair("SOL", "BTC")]


def test_a_pair_is_not_entered_before_it_was_tested_and_only_where_it_passed() -> None:
    tried = trials()
    assert tried.why_not(pair(), NOW) == "its cointegration is not tested yet"
    tried.take(verdict(0.2), NOW)
    assert "p 0.200" in (tried.why_not(pair(), NOW) or "")
    tried.take(verdict(0.01), NOW)
    assert tried.why_not(pair(), NOW) is None
    tried.take(verdict(0.05), NOW)
    assert tried.why_not(pair(), NOW) is not None
    tried.take(verdict(None, "a series stands still"), NOW)
    assert "a series stands still" in (tried.why_not(pair(), NOW) or "")


def test_a_pair_is_tested_at_once_then_daily_and_again_after_an_hour_where_that_failed() -> None:
    tried = trials()
    assert tried.due((pair(),), NOW) == [pair()]
    tried.asked((pair(),), NOW)
    assert not tried.due((pair(),), NOW + HOUR / 2)
    assert tried.due((pair(),), NOW + HOUR) == [pair()]
    tried.take(verdict(0.01), NOW + HOUR)
    assert not tried.due((pair(),), NOW + DAY)
    assert tried.due((pair(),), NOW + HOUR + DAY) == [pair()]
    tried.take(verdict(None, "no answer"), NOW + HOUR + DAY)
    assert not tried.due((pair(),), NOW + HOUR + DAY + HOUR / 2)
    assert tried.due((pair(),), NOW + HOUR + DAY + HOUR) == [pair()]


def test_a_verdict_that_was_never_renewed_holds_for_two_periods() -> None:
    tried = trials()
    tried.take(verdict(0.01), NOW)
    assert tried.why_not(pair(), NOW + 2 * DAY) is None
    assert tried.why_not(pair(), NOW + 2 * DAY + HOUR) == "its last test of cointegration is too old"


def test_what_went_beyond_its_stop_waits_for_a_new_test() -> None:
    tried = trials()
    tried.take(verdict(0.01), NOW)
    tried.stop(pair())
    assert "beyond its stop" in (tried.why_not(pair(), NOW) or "")
    assert tried.why_broken(pair()) is None
    tried.take(verdict(0.01), NOW + DAY)
    assert tried.why_not(pair(), NOW + DAY) is None


def test_what_is_no_longer_looked_at_is_forgotten() -> None:
    tried = trials()
    tried.take(verdict(0.01), NOW)
    tried.keep((pair("ADA", "NEAR"),))
    assert tried.p_value(pair()) is None
    assert tried.why_not(pair(), NOW) == "its cointegration is not tested yet"


@pytest.mark.parametrize(("p_value", "is_broken"), [(0.01, False), (0.2, True), (None, True)])
def test_a_pair_that_is_held_is_broken_where_its_last_test_says_so(p_value: float | None, is_broken: bool) -> None:
    tried = trials()
    assert tried.why_broken(pair()) is None
    tried.take(verdict(p_value, "why" if p_value is None else None), NOW)
    assert (tried.why_broken(pair()) is not None) is is_broken
