"""Requests that make no sense are rejected with the reason, and stored."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.risk.risk_desk import START, RiskDesk, check, decision, every, perpetual, raw_limits, spot

from poise_common.contracts.packages import LegRole, OpenPackage, PackageApproved, Verdict
from poise_common.contracts.streams import STREAMS
from poise_common.domain.instruments import Side
from poise_common.platform.bus.wire import DATA_FIELD, Malformed, decoder_of
from poise_risk.domain.records import DecisionRecord
from poise_risk.domain.rules.parameters import LimitsConfig

SENSELESS: dict[str, tuple[str, dict[str, Any]]] = {
    "an instrument nobody lists": ("instruments_known", {"long": {"symbol": "BTC/EUR"}}),
    "a venue nobody knows": ("instruments_known", {"short": {"venue": "elsewhere"}}),
    "an asset nobody lists": ("instruments_known", {"asset": "DOGE"}),
    "no quantity": ("sizes_positive", {"long": {"quantity": Decimal(0)}}),
    "a negative quantity": ("sizes_positive", {"short": {"quantity": Decimal(-80)}}),
    "no price": ("sizes_positive", {"long": {"limit_price": Decimal(0)}}),
    "no time left": ("request_in_time", {"expires_at": START}),
    "legs of two assets": ("legs_paired", {"short": {"symbol": "ETH/USDT:USDT"}}),
    "an asset that is not the legs'": ("legs_paired", {"asset_named": "ETH"}),
    "both legs buying": ("legs_paired", {"short": {"side": Side.BUY}}),
    "sides the wrong way round": ("legs_paired", {"long": {"side": Side.SELL}, "short": {"side": Side.BUY}}),
    "a leg in the other's place": ("legs_paired", {"long": {"role": LegRole.SHORT}}),
    "one instrument twice": ("legs_paired", {"long": {"symbol": "BTC/USDT:USDT"}}),
    "a spot leg sold short without borrowing": (
        "legs_paired",
        {"long": {"symbol": "BTC/USDT:USDT"}, "short": {"symbol": "BTC/USDT"}},
    ),
    "legs that hold different amounts": ("legs_hedged", {"long": {"quantity": Decimal(40)}}),
}


@pytest.mark.parametrize("mistake", SENSELESS)
def test_a_senseless_request_is_rejected_and_stored(desk: RiskDesk, mistake: str) -> None:
    binding, changes = SENSELESS[mistake]
    asset = changes.pop("asset", "BTC")
    request = desk.request(asset, **{key: value for key, value in changes.items() if key != "asset_named"})
    if "asset_named" in changes:
        request = request.model_copy(update={"asset": changes["asset_named"]})
    decided = decision(outputs := desk.send(request))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, binding)
    assert not every(outputs, PackageApproved)
    assert DecisionRecord(decided=decided) in desk.stored


def test_a_package_is_opened_once(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 4_000)
    again = desk.request("BTC", 4_000, package_id=approval.package_id)
    assert decision(desk.send(again)).binding_limit == "package_new"
    desk.opened(approval)
    desk.show(approval)
    again = desk.request("BTC", 4_000, package_id=approval.package_id)
    assert decision(desk.send(again)).binding_limit == "package_new"


def test_nothing_is_opened_before_the_portfolio_is_known() -> None:
    desk = RiskDesk()
    desk.universe([(spot("BTC"), perpetual("BTC"), 1)])
    desk.books()
    decided = decision(desk.send(desk.request("BTC")))
    assert (decided.binding_limit, check([decided], "portfolio_known").detail) == (
        "portfolio_known",
        "portfolio state is unknown",
    )


def test_nothing_is_opened_before_the_ledger_is_open(desk: RiskDesk) -> None:
    desk.portfolio(ledger_open=False)
    decided = decision(desk.send(desk.request("BTC")))
    assert (decided.binding_limit, decided.checks[2].detail) == ("portfolio_known", "the ledger is not open")


def test_a_portfolio_state_older_than_five_seconds_is_stale(desk: RiskDesk) -> None:
    desk.now += timedelta(seconds=5)
    desk.books()
    assert decision(desk.send(desk.request("BTC"))).verdict is Verdict.APPROVED
    desk.now += timedelta(milliseconds=1)
    desk.books()
    decided = decision(desk.send(desk.request("ETH")))
    assert (decided.binding_limit, decided.checks[2].detail) == ("portfolio_known", "portfolio state is stale")


def test_an_older_portfolio_state_never_replaces_a_newer_one(desk: RiskDesk) -> None:
    desk.portfolio(as_of=desk.now - timedelta(seconds=1), equity_usd=Decimal(10))
    assert check(desk.send(desk.request("BTC")), "position_size").allowed == 10_000


def test_without_equity_nothing_is_opened(desk: RiskDesk) -> None:
    desk.portfolio(equity_usd=Decimal(0), day_start_equity_usd=Decimal(0), high_water_mark_usd=Decimal(0))
    assert decision(desk.send(desk.request("BTC"))).verdict is Verdict.REJECTED


def test_a_derivatives_account_that_nobody_reported_rejects(desk: RiskDesk) -> None:
    desk.portfolio(accounts=())
    assert decision(desk.send(desk.request("BTC"))).binding_limit == "instruments_known"


def test_an_asset_that_left_the_universe_is_not_opened(desk: RiskDesk) -> None:
    desk.universe([(spot("ETH"), perpetual("ETH"), 1)])
    assert decision(desk.send(desk.request("BTC"))).binding_limit == "instruments_known"


@pytest.mark.parametrize(("phase", "traded"), [(0, {"BTC"}), (1, {"BTC", "ETH"}), (2, {"BTC", "ETH", "SOL"})])
def test_a_phase_trades_its_assets_alone(phase: int, traded: set[str]) -> None:
    desk = RiskDesk().ready()
    desk.phase(phase)
    for asset in ("BTC", "ETH", "SOL", "ADA"):
        decided = decision(desk.send(desk.request(asset, 2_000)))
        assert (decided.verdict is Verdict.APPROVED) is (asset in traded)
        assert asset in traded or decided.binding_limit == "phase"


def test_while_the_phase_is_not_known_nothing_is_opened() -> None:
    desk = RiskDesk()
    desk.phase = lambda *_, **__: []  # type: ignore[method-assign]  # a portfolio that has not said it
    decided = decision(desk.ready().send(desk.request("BTC")))
    assert (decided.binding_limit, decided.reason) == ("phase", "phase (the desk's phase is not known)")


def test_a_phase_that_limits_do_not_know_trades_nothing(desk: RiskDesk) -> None:
    desk.phase(4)
    assert decision(desk.send(desk.request("BTC"))).binding_limit == "phase"


def test_an_older_phase_that_is_told_late_changes_nothing(desk: RiskDesk) -> None:
    desk.phase(0, as_of=desk.now - timedelta(seconds=1))
    assert decision(desk.send(desk.request("ETH"))).verdict is Verdict.APPROVED


def test_a_phase_that_is_taken_back_closes_its_assets_for_what_comes_next(desk: RiskDesk) -> None:
    assert decision(desk.send(desk.request("SOL", 2_000))).verdict is Verdict.APPROVED
    desk.phase(1)
    refused = decision(desk.send(desk.request("SOL", 2_000)))
    assert (refused.binding_limit, refused.reason) == ("phase", "phase (phase 1)")


def test_selling_spot_short_passes_where_borrowing_is_configured() -> None:
    config = LimitsConfig.model_validate({**raw_limits(), "spot_borrow_venues": ["paper"]})
    desk = RiskDesk(config).ready()
    request = desk.request("BTC", long={"symbol": "BTC/USDT:USDT"}, short={"symbol": "BTC/USDT"})
    assert decision(desk.send(request)).verdict is Verdict.APPROVED


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999", "1E-999999"])
@pytest.mark.parametrize("field", ["quantity", "decision_price", "limit_price"])
def test_what_is_no_number_of_an_order_is_set_aside_with_the_reason(desk: RiskDesk, field: str, number: str) -> None:
    decode = decoder_of(next(stream for stream in STREAMS if OpenPackage in stream.messages))
    package = desk.hold("BTC", 8_000)
    for request in (desk.request("BTC"), desk.closing(package.package_id, "BTC", Decimal(80))):
        raw = request.model_dump(mode="json")
        assert decode({DATA_FIELD: json.dumps(raw).encode()}) == request
        raw["long_leg"][field] = number
        read = decode({DATA_FIELD: json.dumps(raw).encode()})
        assert isinstance(read, Malformed)
        assert f"long_leg.{field}: " in read.reason


def test_a_request_that_comes_twice_is_decided_once(desk: RiskDesk) -> None:
    request = desk.request("BTC", 4_000)
    assert decision(desk.send(request)).verdict is Verdict.APPROVED
    assert desk.send(request) == []
