"""Which venues a configuration may name, and what each refusal says."""

from pathlib import Path
from typing import Any

import pytest

from poise_common.platform.config import load_section
from poise_venues.errors import UnknownInstrument, VenueRefused
from poise_venues.generic.dialect import GenericDialect
from poise_venues.market_overrides import override_markets
from poise_venues.okx.dialect import OkxDialect
from poise_venues.parameters import MarketOverride, VenueConfig, VenuesConfig
from poise_venues.supported_venues import check_venue, market_dialect, trading_dialect

CONFIG = Path(__file__).parents[3] / "config"
WITHOUT_ACCOUNT = {"base_url": None, "api_key": None, "secret": None, "password": None}


def config(**changes: Any) -> VenueConfig:
    shipped = load_section(CONFIG, "venues", VenuesConfig, {})["paper_okx"]
    return VenueConfig.model_validate(shipped.model_dump() | changes)


def test_the_shipped_venues_are_traded_at() -> None:
    assert isinstance(trading_dialect("paper_okx", config()), OkxDialect)
    assert isinstance(market_dialect("paper_okx", config()), OkxDialect)


def test_any_other_venue_is_read_without_an_account() -> None:
    assert isinstance(market_dialect("bybit", config(ccxt_id="bybit", **WITHOUT_ACCOUNT)), GenericDialect)


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": None, "api_key": None, "secret": None, "api_key_file": "/run/k", "secret_file": "/run/s"},
        {"api_key": None, "secret": None, "password": None},
        {},
    ],
    ids=["key files", "another address", "a key in the clear"],
)
def test_another_venue_with_an_account_or_an_address_is_refused_and_told_what_would_pass(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(
        VenueRefused, match=r"bybit.*not trade there; binance or okx would pass, or leaving out base_url"
    ):
        market_dialect("bybit", config(ccxt_id="bybit", **{"password": None, **changes}))


def test_a_budget_that_is_not_configured_is_named() -> None:
    shipped = config()
    limits = shipped.rate_limits.model_dump()
    limits["budgets"] = {"requests": limits["budgets"]["requests"]}
    with pytest.raises(VenueRefused) as refused:
        check_venue("paper_okx", config(rate_limits=limits))
    for missing in ("connections", "orders", "subscriptions"):
        assert f"paper_okx.rate_limits.budgets.{missing}" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": None}, r"okx\.password = "),
        (
            {
                "base_url": None,
                "api_key": None,
                "secret": None,
                "password": None,
                "api_key_file": "/k",
                "secret_file": "/s",
            },
            r"okx\.password_file = ",
        ),
    ],
)
def test_a_key_without_its_passphrase_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(VenueRefused, match=said):
        check_venue("okx", config(**changes))


def test_without_a_key_no_passphrase_is_asked_for() -> None:
    check_venue("okx", config(**WITHOUT_ACCOUNT))


def test_an_id_that_nobody_knows_is_refused() -> None:
    with pytest.raises(VenueRefused, match=r"nowhere\.ccxt_id = 'nowhere'"):
        check_venue("nowhere", config(ccxt_id="nowhere", **WITHOUT_ACCOUNT))


def test_what_is_configured_of_a_market_counts_before_what_the_venue_says() -> None:
    market = {
        "active": True,
        "contractSize": 1.0,
        "precision": {"price": 0.1, "amount": 1.0},
        "limits": {"amount": {"min": 1.0}, "cost": {"min": None}},
    }
    override = MarketOverride.model_validate({"active": False, "contract_size": "0.01", "min_notional": 5})
    override_markets("okx", {"BTC/USDT:USDT": market}, {"BTC/USDT:USDT": override})
    assert (market["active"], str(market["contractSize"])) == (False, "0.01")
    assert market["limits"] == {"amount": {"min": 1.0}, "cost": {"min": 5}}
    assert market["precision"] == {"price": 0.1, "amount": 1.0}


def test_an_override_of_a_market_that_is_not_listed_is_refused() -> None:
    with pytest.raises(UnknownInstrument, match="NOPE/USDT"):
        override_markets("okx", {}, {"NOPE/USDT": MarketOverride(active=False)})
