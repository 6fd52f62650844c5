from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, Desk

from poise_common.contracts.execution import PackageHalted
from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.contracts.packages import PackageAction, PackageState
from poise_common.domain.instruments import Instrument, InstrumentKind
from poise_portfolio.domain.ledger.package_book import PackageEndedError
from poise_portfolio.domain.ledger.packages import Dust, Package
from poise_portfolio.domain.ledger.positions import Position
from poise_portfolio.domain.records import BookedFunding

D = Decimal
OTHER = UUID("018f0000-0000-7000-8000-000000000002")
CLOSE = PackageAction.CLOSE


def opened_desk(quantity: str = "1", package_id: UUID = PACKAGE) -> Desk:
    return open_package(Desk().open_account(), quantity, package_id)


def open_package(desk: Desk, quantity: str = "1", package_id: UUID = PACKAGE) -> Desk:
    return desk.tell(
        desk.fill(SPOT, "buy", quantity, "100", package_id=package_id),
        desk.fill(PERPETUAL, "sell", quantity, "101", package_id=package_id),
        desk.opened(package_id),
    )


def close_package(desk: Desk, quantity: str = "1", package_id: UUID = PACKAGE) -> Desk:
    return desk.tell(
        desk.fill(SPOT, "sell", quantity, "100", package_id=package_id, action=CLOSE),
        desk.fill(PERPETUAL, "buy", quantity, "100", package_id=package_id, action=CLOSE),
    )


def package(desk: Desk, package_id: UUID = PACKAGE) -> Package:
    return next(record for record in reversed(desk.stored(Package)) if record.package_id == package_id)


def test_a_held_package_is_told_marked() -> None:
    desk = Desk().open_account()
    # net of the fee 1.0004995 held at 100; 1 short at 101, decided at 101.2
    desk.tell(desk.fill(SPOT, "buy", "1.001", "100", fee="0.0005005", fee_currency="BTC"))
    desk.tell(desk.fill(PERPETUAL, "sell", "1", "101", fee="0.0505", decision_price="101.2"))
    desk.tell(desk.opened(), desk.book(SPOT, 110.0), desk.book(PERPETUAL, 110.5))
    (held,) = desk.wait().state.packages
    assert held.state is PackageState.OPEN
    assert (held.long_leg.quantity, held.long_leg.entry_price) == (D("1.0004995"), D(100))
    assert (held.short_leg.quantity, held.short_leg.entry_price) == (D(-1), D(101))
    assert (held.long_leg.mark_price, held.short_leg.mark_price) == (D(110), D("110.5"))
    assert held.exposure_usd == D("110.5")
    assert held.residual_delta_usd == D("0.0004995") * D("110.5"), "a basis is no delta"
    assert held.unrealised_pnl_usd == D("10.004995") - D("9.5")
    assert held.fees_usd == D("0.05005") + D("0.0505")
    assert package(desk).slippage_usd == D("0.2")  # sold 0.2 below what was decided


def test_a_package_follows_its_reports() -> None:
    desk = Desk().open_account()
    seen = []
    for message in (
        desk.sent(SPOT, "buy", action=PackageAction.OPEN),
        desk.sent(PERPETUAL, "sell", action=PackageAction.OPEN),
        desk.fill(SPOT, "buy", "2", "100"),
        desk.fill(PERPETUAL, "sell", "2", "101"),
        desk.opened(),
        desk.sent(SPOT, "sell", action=CLOSE),
        desk.fill(SPOT, "sell", "2", "100", action=CLOSE),
        desk.fill(PERPETUAL, "buy", "2", "100", action=CLOSE),
        desk.closed(),
    ):
        desk.tell(message)
        seen.append(package(desk).state.value)
    assert seen == ["opening"] * 4 + ["open"] + ["closing"] * 3 + ["closed"]
    assert desk.state.packages == ()
    assert package(desk).realised_pnl_usd == D(2)


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("closed", PackageState.CLOSED), ("closed_partly", PackageState.OPEN), ("halted", PackageState.HALTED)],
)
def test_a_closing_ends_as_it_is_reported(outcome: str, state: PackageState) -> None:
    desk = opened_desk()
    desk.tell(desk.sent(SPOT, "sell", action=CLOSE), getattr(desk, outcome)())
    assert package(desk).state is state


def test_late_repeats_never_take_a_package_back() -> None:
    desk = opened_desk()
    was_opened, was_sent = desk.opened(), desk.sent(SPOT, "buy", action=PackageAction.OPEN)
    close_package(desk)
    desk.tell(desk.closed(), was_opened, was_sent, desk.sent(SPOT, "sell", action=CLOSE))
    assert package(desk).state is PackageState.CLOSED


def test_a_halted_package_may_still_be_closed_by_the_same_approval() -> None:
    desk = opened_desk()
    halted = desk.halted()
    desk.tell(halted, desk.opened(), halted)
    assert package(desk).state is PackageState.HALTED
    close_package(desk).tell(desk.closed(), halted)
    assert package(desk).state is PackageState.CLOSED


def test_a_package_found_unhedged_after_its_approval_was_settled_is_halted_until_that_is_mended() -> None:
    desk = opened_desk()
    found = desk.halted().model_copy(update={"approval_id": desk.opened().approval_id})
    desk.now += timedelta(seconds=1)
    late = desk.message(PackageHalted, **found.model_dump(exclude={"id", "trace_id", "hops", "schema_version", "type"}))
    assert desk.tell(found).state.packages[0].state is PackageState.OPEN, "a repeat of what was told before"
    assert desk.tell(late).state.packages[0].state is PackageState.HALTED
    assert desk.tell(desk.opened()).state.packages[0].state is PackageState.OPEN
    assert desk.tell(late).state.packages[0].state is PackageState.OPEN, "a repeat again"


def test_only_what_holds_something_is_told() -> None:
    desk = Desk().open_account()
    desk.tell(desk.sent(SPOT, "buy", action=PackageAction.OPEN))
    assert desk.wait().state.packages == ()
    desk.tell(desk.aborted())
    assert desk.state.packages == ()
    assert (package(desk).state, package(desk).strategy) == (PackageState.ABORTED, "funding_carry")


def test_one_leg_alone_is_told_as_what_it_is() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"))
    (held,) = desk.state.packages
    assert (held.long_leg.quantity, held.short_leg.quantity) == (D(1), D(0))
    assert held.residual_delta_usd == D(100)


def test_what_a_closing_leaves_becomes_dust_and_stays_owned() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1.0005", "100"), desk.fill(PERPETUAL, "sell", "1", "101"), desk.opened())
    close_package(desk).tell(desk.closed(), desk.book(SPOT, 120.0))
    state = desk.wait().state
    assert state.packages == ()
    assert desk.stored(Dust)[-1].position == Position(D("0.0005"), D("0.05"))
    assert (state.deltas[0].delta, state.deltas[0].delta_usd) == (D("0.0005"), D("0.06"))
    assert state.unrealised_pnl_usd == D("0.01")


def test_funding_is_shared_among_the_packages_that_held_the_symbol_by_what_they_held() -> None:
    desk = opened_desk("1")
    open_package(desk, "3", OTHER)
    desk.wait(60)
    desk.tell(desk.funding("-0.08"), desk.funding("7", symbol="ETH/USDT:USDT"))
    assert (package(desk).funding_usd, package(desk, OTHER).funding_usd) == (D("-0.02"), D("-0.06"))
    assert desk.stored(BookedFunding)[-1].shares_usd == {}
    assert desk.state.funding_usd == D("6.92")


def test_funding_told_late_goes_to_the_package_that_held_when_it_was_paid() -> None:
    desk = opened_desk()
    paid_at = desk.wait(60).now
    desk.wait(60)
    close_package(desk).tell(desk.closed())
    open_package(desk.wait(60), package_id=OTHER)
    desk.tell(desk.funding("0.5", at=paid_at))
    assert package(desk).funding_usd == D("0.5")
    assert package(desk, OTHER).funding_usd == 0


def test_packages_that_share_a_symbol_keep_their_own_cost() -> None:
    desk = opened_desk()
    desk.tell(desk.fill(PERPETUAL, "sell", "1", "111", package_id=OTHER))
    desk.tell(desk.fill(PERPETUAL, "buy", "1", "105", package_id=OTHER, action=CLOSE))
    assert package(desk, OTHER).realised_pnl_usd == D(6)
    short_leg = package(desk).short_leg
    assert short_leg is not None
    assert short_leg.position.entry_price == D(101)


def test_a_fill_for_a_package_let_go_long_ago_is_refused_not_booked_anew() -> None:
    desk = opened_desk()
    close_package(desk).tell(desk.closed())
    desk.wait(timedelta(hours=25).total_seconds())
    with pytest.raises(PackageEndedError, match=str(PACKAGE)):
        desk.tell(desk.fill(SPOT, "sell", "1", "100", action=CLOSE))
    assert desk.wait().state.fills == 4


def test_a_package_keeps_the_tier_its_asset_was_in() -> None:
    desk = Desk().open_account()
    desk.tell(universe(desk, tier=2))
    open_package(desk)
    desk.tell(universe(desk, tier=3))
    assert desk.wait().state.packages[0].tier == 2


def test_the_ledger_is_open_once_every_venue_of_the_universe_is() -> None:
    desk = Desk().open_account()
    assert desk.state.ledger_open
    desk.tell(universe(desk, tier=1, hedge_venue="other"))
    assert not desk.wait().state.ledger_open
    assert desk.open_account(venue="other").state.ledger_open


def universe(desk: Desk, *, tier: int, hedge_venue: str = "paper") -> Universe:
    rules = {"base": "BTC", "quote": "USDT", "settle": "USDT", "price_tick": "0.01", "quantity_step": "0.001"}
    limits = {"min_quantity": "0.001", "min_notional": "5", "taker_fee": "0.0005", "maker_fee": "0.0002"}
    instrument = Instrument(venue="paper", symbol=SPOT, kind=InstrumentKind.SPOT, **rules, **limits)
    hedge = {"venue": hedge_venue, "symbol": PERPETUAL, "kind": InstrumentKind.LINEAR_PERPETUAL}
    asset = UniverseAsset.model_validate(
        {
            "asset": "BTC",
            "tier": tier,
            "sector": "L1",
            "venue": "paper",
            "spot": instrument,
            "hedge": instrument.model_copy(update=hedge),
            "volume_24h_usd": 1e9,
            "hedge_volume_24h_usd": 1e9,
            "depth_usd": None,
            "spread_pct": None,
            "btc_correlation": None,
        }
    )
    return desk.message(Universe, as_of=desk.now, assets=(asset,))
