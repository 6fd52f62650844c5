"""What the bounds of a scenario are measured on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.unit.cli.desk_states import NOW, portfolio
from tests.unit.cli.test_course import worth

from poise.demo.course import Course
from poise.demo.scenarios import rules
from poise.demo.scenarios.aftermath import SEEN_WITHIN, Aftermath, Entry, Fate, HeldThen, Mandate, Sighting, Strike
from poise.demo.scenarios.presets import PRESETS, ScenarioName
from poise.demo.scenarios.rules import Rule
from poise.demo.scenarios.witness import Witness
from poise_simulator.domain.scenarios.presets import PRESETS as VENUE_PRESETS

FIRST, SECOND, LATER = UUID(int=1), UUID(int=2), UUID(int=3)
OVER = NOW + timedelta(seconds=15)
CAP_USD = Decimal(50)
HERE = frozenset({"paper"})


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def held(*package_ids: UUID) -> dict[UUID, HeldThen]:
    return {each: HeldThen("BTC", exposure_usd=Decimal(8_000), worth_usd=Decimal(10)) for each in package_ids}


def closed(result_usd: int = 0) -> Fate:
    return Fate(at(5), Decimal(result_usd))


def aftermath(strike: Strike | None = None, **known: Any) -> Aftermath:
    fields: dict[str, Any] = {
        "over_at": None,
        "read_at": at(100),
        "course": Course(),
        "liquidations": 0,
        "entries": (),
        "fates": {},
        "settlements_against": 0,
        "mandates": (),
        "sightings": (),
        "exit_slippages_bps": (),
        "exits_without_slippage": 0,
    }
    return Aftermath(strike=strike or Strike(NOW, held()), **fields | known)


def seen(seconds: float, **residuals_usd: int) -> Sighting:
    names = {"first": FIRST, "second": SECOND, "later": LATER}
    return Sighting(at(seconds), {names[name]: Decimal(usd) for name, usd in residuals_usd.items()})


def test_every_scenario_of_the_venue_can_be_played_and_has_bounds() -> None:
    assert set(PRESETS) == {ScenarioName(name) for name in VENUE_PRESETS}
    assert all(preset.bounds for preset in PRESETS.values())


def test_entries_count_once_the_desk_must_have_seen_it_until_it_is_over() -> None:
    entries = [Entry("BTC", at(seconds), HERE) for seconds in (0.5, SEEN_WITHIN.total_seconds(), 5, 14, 16)]
    assert aftermath(entries=entries, over_at=OVER).entries_meanwhile == 2
    assert aftermath(entries=entries).entries_meanwhile == 3


@pytest.mark.parametrize(("struck", "meanwhile"), [(None, 4), ("paper", 3), ("paper_okx", 3), ("binance", 1)])
def test_entries_at_another_venue_alone_are_none_of_one_that_is_struck(struck: str | None, meanwhile: int) -> None:
    venues = [HERE, frozenset({"paper_okx"}), HERE | {"paper_okx"}, frozenset[str]()]
    entries = [Entry("BTC", at(5), each) for each in venues]
    strike = Strike(NOW, held(), venue=struck)
    assert aftermath(strike, entries=entries, over_at=OVER).entries_meanwhile == meanwhile


def test_entries_elsewhere_are_those_in_assets_that_were_not_struck() -> None:
    entries = [Entry("BTC", at(3), HERE), Entry("ETH", at(4), HERE)]
    assert aftermath(Strike(NOW, held(), asset="BTC"), entries=entries).entries_elsewhere == 1


@pytest.mark.parametrize(
    ("fates", "still_held"),
    [({}, 2), ({FIRST: closed()}, 1), ({FIRST: closed(), SECOND: Fate(None, Decimal(0))}, 1)],
)
def test_what_nothing_is_known_of_is_still_held(fates: Mapping[UUID, Fate], still_held: int) -> None:
    assert aftermath(Strike(NOW, held(FIRST, SECOND)), fates=fates).still_held == still_held


def test_the_net_cost_is_what_the_packages_lost_since_of_their_exposure() -> None:
    strike = Strike(NOW, held(FIRST, SECOND))
    assert aftermath(strike, fates={FIRST: closed(2), SECOND: closed(10)}).net_cost_pct == Decimal("0.05")
    assert aftermath(strike, fates={FIRST: closed(2)}).net_cost_pct is None
    assert aftermath(strike, fates={FIRST: closed(2), SECOND: Fate(None, Decimal(0))}).net_cost_pct is None
    assert aftermath().net_cost_pct == 0


def test_what_was_held_all_along_is_hedged_with_the_first_sight_of_it_after_the_end() -> None:
    after = aftermath(
        Strike(NOW, held(FIRST)),
        over_at=OVER,
        sightings=[seen(14, first=0), seen(16, first=80), seen(18, first=-20), seen(30, first=90)],
    )
    assert after.unhedged_s(CAP_USD) == 3


def test_an_entry_under_way_is_hedged_when_execution_is_done_with_it_and_the_books_show_it() -> None:
    mandates = [Mandate(FIRST, at(-1), at(20))]
    sightings = [seen(16), seen(21, first=400), seen(22, first=3)]
    after = aftermath(over_at=OVER, mandates=mandates, sightings=sightings)
    assert after.unhedged_s(CAP_USD) == 7


def test_what_is_gone_from_the_books_is_flat() -> None:
    after = aftermath(over_at=OVER, mandates=[Mandate(FIRST, at(-1), at(2))], sightings=[seen(14, first=400), seen(16)])
    assert after.unhedged_s(CAP_USD) == 1


def test_what_begins_after_the_end_does_not_count() -> None:
    mandates = [Mandate(LATER, at(20), None)]
    assert aftermath(over_at=OVER, mandates=mandates, sightings=[seen(16)]).unhedged_s(CAP_USD) == 0


@pytest.mark.parametrize(
    "known",
    [
        {"over_at": None, "sightings": [seen(16)]},
        {"over_at": OVER, "sightings": [seen(14)]},
        {"over_at": OVER, "sightings": [seen(16, first=51)]},
        {"over_at": OVER, "sightings": [seen(16)], "mandates": [Mandate(FIRST, at(-1), None)]},
        {
            "over_at": OVER,
            "sightings": [seen(16)],
            "mandates": [Mandate(SECOND, at(-1), None), Mandate(SECOND, at(3), at(4))],
        },
    ],
)
def test_what_is_never_seen_hedged_breaks_its_bound(known: dict[str, Any]) -> None:
    after = aftermath(Strike(NOW, held(FIRST)), **known)
    assert after.unhedged_s(CAP_USD) is None
    assert not rules.soon_hedged(after).held


def fallen(equity_usd: int, **assets_usd: int) -> Course:
    course = Course()
    course.take(worth(100_000))
    course.take(worth(equity_usd, at(1), is_open=True, **assets_usd))
    return course


STRUCK = Strike(NOW, held(FIRST), asset="BTC")


@pytest.mark.parametrize(
    ("rule", "kept", "broken"),
    [
        (rules.portfolio_loss, {"course": fallen(95_000)}, {"course": fallen(94_000)}),
        (rules.no_liquidation, {}, {"liquidations": 1}),
        (rules.struck_asset_loss, {"course": fallen(0, BTC=-3_000, ETH=-9_000)}, {"course": fallen(0, BTC=-3_100)}),
        (rules.others_go_on, {"entries": [Entry("ETH", at(3), HERE)]}, {"entries": [Entry("BTC", at(3), HERE)]}),
        (rules.no_entries, {}, {"entries": [Entry("ETH", at(3), HERE)]}),
        (
            rules.exits_fit_the_books,
            {"exit_slippages_bps": [Decimal(-80), Decimal(50)]},
            {"exit_slippages_bps": [Decimal(51)]},
        ),
        (rules.slippage_is_stated, {}, {"exits_without_slippage": 1}),
        (rules.few_settlements_against, {"settlements_against": 3}, {"settlements_against": 4}),
        (rules.little_net_cost, {"fates": {FIRST: closed(-70)}}, {"fates": {FIRST: closed(-71)}}),
        (rules.nothing_kept, {"fates": {FIRST: closed()}}, {}),
        (
            rules.soon_hedged,
            {"over_at": OVER, "sightings": [seen(25)]},
            {"over_at": OVER, "sightings": [seen(16, first=99), seen(26)]},
        ),
    ],
)
def test_each_bound_can_be_kept_and_broken(rule: Rule, kept: dict[str, Any], broken: dict[str, Any]) -> None:
    assert rule(aftermath(STRUCK, **kept)).held
    assert not rule(aftermath(STRUCK, **broken)).held


def test_every_bound_is_one_of_a_scenario() -> None:
    assert {rule for preset in PRESETS.values() for rule in preset.bounds} == {
        value
        for name, value in vars(rules).items()
        if getattr(value, "__module__", "") == rules.__name__ and name[0] != "_"
    }


def test_a_witness_remembers_what_each_state_says_of_each_package() -> None:
    witness = Witness()
    witness.look(portfolio())
    assert witness.sightings == [Sighting(NOW, {UUID(int=1): Decimal(-40)})]
    assert witness.course.loss_pct == 0


@pytest.mark.parametrize(
    ("long_symbol", "short_symbol", "lives_by_funding"),
    [
        ("BTC/USDT", "BTC/USDT:USDT", True),
        ("BTC/USDC:USDC", "BTC/USDT:USDT", True),
        ("BTC/USDT", "BTC/USDT:USDT-261225", False),
        ("BTC/USDT:USDT", "ETH/USDT:USDT", False),
    ],
)
def test_a_funding_flip_is_about_what_lives_by_funding_and_a_crash_about_all(
    long_symbol: str, short_symbol: str, lives_by_funding: bool
) -> None:
    (package,) = portfolio().packages
    symbols = {"long_leg": long_symbol, "short_leg": short_symbol}
    legs = {name: getattr(package, name).model_copy(update={"symbol": symbol}) for name, symbol in symbols.items()}
    other = package.model_copy(update=legs)
    assert PRESETS[ScenarioName.FUNDING_FLIP].concerns(other) is lives_by_funding
    assert PRESETS[ScenarioName.CORRELATED_CRASH].concerns(other)
