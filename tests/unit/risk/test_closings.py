"""A sane closing always passes; only what makes no sense is refused."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import PRICE, START, RiskDesk, check, closings, decision, only, perpetual, spot

from poise_common.contracts.control import Halt
from poise_common.contracts.packages import CloseReason, LegRole, OrderStyle, PackageApproved, Verdict
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_risk.domain.records import DecisionRecord


def reducing(desk: RiskDesk, **changes: Any) -> None:
    """Thin the margin so that only exits pass."""
    desk.portfolio(accounts=(desk.account(maintenance_margin_usd=Decimal(20_100)),), **changes)
    desk.tick()
    assert desk.state.mode is SystemMode.REDUCING


def test_a_closing_passes_while_reducing_and_reduces_only(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    reducing(desk)
    approval = only(desk.send(desk.closing(package.package_id, "BTC", Decimal(80))), PackageApproved).approval
    assert [leg.reduce_only for leg in approval.legs] == [False, True]
    assert [leg.quantity for leg in approval.legs] == [80, 80]


@given(
    equity_usd=st.decimals(1_000, 99_000, places=2),
    exposure_usd=st.integers(10, 90_000),
    net_delta_usd=st.integers(-90_000, 90_000),
    peg=st.floats(0.9, 1.1),
    share=st.decimals("0.01", 1, places=2),
    depth=st.floats(0.001, 1_000),
    style=st.sampled_from(OrderStyle),
    funding=st.lists(st.floats(-0.01, 0.01), max_size=5),
)
def test_no_limit_ever_stops_a_sane_closing_while_reducing(
    *,
    equity_usd: Decimal,
    exposure_usd: int,
    net_delta_usd: int,
    peg: float,
    share: Decimal,
    depth: float,
    style: OrderStyle,
    funding: list[float],
) -> None:
    desk = RiskDesk().ready()
    desk.funding("ADA/USDT:USDT", *funding)
    for symbol in ("ADA/USDT", "ADA/USDT:USDT"):
        desk.book(symbol, PRICE, quantity=depth)
    package = desk.hold("ADA", exposure_usd)
    desk.book("USDC/USDT", Decimal(str(peg)))
    quantity = max(Decimal("0.01"), (Decimal(exposure_usd) / PRICE * share).quantize(Decimal("0.01")))
    quantity = min(quantity, package.long_leg.quantity)
    equities = {"equity_usd": equity_usd, "day_start_equity_usd": equity_usd, "high_water_mark_usd": equity_usd}
    reducing(desk, net_delta_usd=net_delta_usd, **equities)
    if not closings(desk.published):
        decided = decision(desk.send(desk.closing(package.package_id, "ADA", quantity, style=style)))
        assert decided.verdict is not Verdict.REJECTED
        assert decided.approved_exposure_usd > 0


@pytest.mark.parametrize("style", OrderStyle)
def test_the_style_that_was_asked_for_is_signed(desk: RiskDesk, style: OrderStyle) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    request = desk.closing(package.package_id, "BTC", Decimal(80), style=style)
    approved = only(desk.send(request), PackageApproved)
    assert approved.approval.style is style
    assert desk.verifier.is_signed(approved.approval, approved.signature)


def test_a_halted_system_closes_nothing_it_did_not_order(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    desk.command(Halt)
    request = desk.closing(package.package_id, "BTC", Decimal(80), reason=CloseReason.KILL_SWITCH)
    decided = decision(desk.send(request))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "system_mode")


def test_a_package_that_was_never_open_is_not_closed(desk: RiskDesk) -> None:
    decided = decision(desk.send(desk.closing(desk.new_id(START), "BTC", Decimal(80))))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "package_held")


def test_a_package_whose_opening_is_not_settled_is_not_closed(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    decided = decision(desk.send(desk.closing(approval.package_id, "BTC", Decimal(80))))
    assert decided.binding_limit == "package_held"


def test_what_execution_holds_is_closed_before_the_ledger_shows_it(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval, held=Decimal("79.9"))
    too_much = decision(desk.send(desk.closing(approval.package_id, "BTC", Decimal(80))))
    assert (too_much.binding_limit, check([too_much], "quantity_held").allowed) == ("quantity_held", Decimal("79.9"))
    decided = decision(desk.send(desk.closing(approval.package_id, "BTC", Decimal("79.9"))))
    assert decided.verdict is Verdict.APPROVED


@pytest.mark.parametrize("quantity", ["80.01", "-1", "0"])
def test_no_more_is_closed_than_is_held_and_no_less_than_something(desk: RiskDesk, quantity: str) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    decided = decision(desk.send(desk.closing(package.package_id, "BTC", Decimal(quantity))))
    assert decided.binding_limit == "quantity_held"


def test_one_leg_alone_may_be_closed_where_the_other_is_gone(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    short = desk.leg(LegRole.SHORT, "BTC/USDT:USDT", Side.BUY, Decimal(0))
    request = desk.closing(package.package_id, "BTC", Decimal(80), short_leg=short)
    assert decision(desk.send(request)).verdict is Verdict.APPROVED


@pytest.mark.parametrize(
    ("symbol", "side"), [("BTC/USDT:USDT", Side.SELL), ("ETH/USDT:USDT", Side.BUY), ("BTC/USDT", Side.BUY)]
)
def test_a_closing_takes_the_other_side_of_what_is_held(desk: RiskDesk, symbol: str, side: Side) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    short = desk.leg(LegRole.SHORT, symbol, side, Decimal(80))
    decided = decision(desk.send(desk.closing(package.package_id, "BTC", Decimal(80), short_leg=short)))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "legs_reversed")


def test_an_expired_closing_is_refused(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    request = desk.closing(package.package_id, "BTC", Decimal(80), expires_at=desk.now)
    assert decision(desk.send(request)).binding_limit == "request_in_time"


def test_a_closing_without_a_fresh_book_is_refused(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    desk.now += timedelta(seconds=1.5)
    assert decision(desk.send(desk.closing(package.package_id, "BTC", Decimal(80)))).binding_limit == "books_fresh"


def test_a_closing_priced_beyond_the_collar_is_brought_in_to_it(desk: RiskDesk) -> None:
    # Bid 99.99: no sale below 99.49005, on the tick 99.50. Ask 100.01: no buy above 100.51.
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    request = desk.closing(
        package.package_id,
        "BTC",
        Decimal(80),
        long_leg=desk.leg(LegRole.LONG, "BTC/USDT", Side.SELL, Decimal(80), limit_price=Decimal(90)),
        short_leg=desk.leg(LegRole.SHORT, "BTC/USDT:USDT", Side.BUY, Decimal(80), limit_price=Decimal(110)),
    )
    approval = only(desk.send(request), PackageApproved).approval
    assert [leg.limit_price for leg in approval.legs] == [Decimal("99.50"), Decimal("100.51")]


def test_a_package_is_closed_by_one_approval_at_a_time(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    first = only(desk.send(desk.closing(package.package_id, "BTC", Decimal(80))), PackageApproved).approval
    second = desk.closing(package.package_id, "BTC", Decimal(80))
    assert decision(desk.send(second)).binding_limit == "closing_new"
    desk.closed_partly(first, Decimal(40))
    third = desk.closing(package.package_id, "BTC", Decimal(40))
    assert decision(desk.send(third)).verdict is Verdict.APPROVED


def test_a_package_that_execution_closed_is_not_closed_again(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    approval = only(desk.send(desk.closing(package.package_id, "BTC", Decimal(80))), PackageApproved).approval
    desk.closed(approval)
    decided = decision(desk.send(desk.closing(package.package_id, "BTC", Decimal(80))))
    assert decided.binding_limit == "package_held"


def test_a_package_whose_asset_left_the_universe_can_still_be_closed(desk: RiskDesk) -> None:
    package = desk.hold("ADA", 8_000)
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    desk.portfolio()
    request = desk.closing(package.package_id, "ADA", Decimal(80), reason=CloseReason.LEFT_UNIVERSE)
    assert decision(desk.send(request)).verdict is Verdict.APPROVED


SENSELESS: dict[str, tuple[str, dict[str, Any]]] = {
    "an asset that is not the package's": ("package_named", {"asset": "ETH"}),
    "a strategy that is not the package's": ("package_named", {"strategy": "basis"}),
    "nothing to close": ("quantity_held", {"long": {"quantity": Decimal(0)}, "short": {"quantity": Decimal(0)}}),
    "a price of nothing": ("prices_positive", {"short": {"decision_price": Decimal(0)}}),
    "a price below nothing": ("prices_positive", {"long": {"decision_price": Decimal(-100)}}),
    "a leg in the other's place": ("legs_reversed", {"long": {"role": LegRole.SHORT}}),
    "legs the wrong way round": ("legs_reversed", {"long": {"side": Side.BUY}, "short": {"side": Side.SELL}}),
    "an instrument that nobody lists": ("legs_reversed", {"short": {"symbol": "BTC/EUR:EUR"}}),
    "a venue that nobody knows": ("legs_reversed", {"long": {"venue": "elsewhere"}}),
}


@pytest.mark.parametrize("mistake", SENSELESS)
def test_a_senseless_closing_is_rejected_with_the_reason_and_stored(desk: RiskDesk, mistake: str) -> None:
    binding, changes = SENSELESS[mistake]
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    request = desk.closing(package.package_id, "BTC", Decimal(80))
    legs = {
        "long_leg": request.long_leg.model_copy(update=changes.get("long", {})),
        "short_leg": request.short_leg.model_copy(update=changes.get("short", {})),
    }
    named = {key: value for key, value in changes.items() if key in {"asset", "strategy"}}
    outputs = desk.send(request.model_copy(update={**legs, **named}))
    decided = decision(outputs)
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, binding)
    assert not closings(outputs)
    assert DecisionRecord(decided=decided) in desk.stored


def test_a_closing_that_comes_twice_is_decided_once(desk: RiskDesk) -> None:
    package = desk.hold("BTC", 8_000)
    desk.portfolio()
    request = desk.closing(package.package_id, "BTC", Decimal(80))
    assert closings(desk.send(request))
    assert desk.send(request) == []
