"""What limits make impossible, or never let bind, is said."""

from typing import Any

import pytest
from tests.unit.risk.risk_desk import LIMITS_FILE, limits_with

from poise.config_check import check_all
from poise_risk.domain.rules.notices import notices
from poise_risk.domain.rules.parameters import LimitsConfig

SLOTS = {"reserved_for_tier_1": 2, "tier_2_max": 2, "tier_3_max": 1}


def said_of(**changes: Any) -> str:
    return "\n".join(notices(limits_with(**changes)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "5 packages of 10 % make 50 % of equity, total_exposure_pct is 40: total_exposure_pct binds first"),
        (
            {"position_size_pct": 5},
            "5 packages of 5 % make 25 % of equity, total_exposure_pct is 40: packages_open_max",
        ),
        ({"slots": {**SLOTS, "tier_2_max": 4}}, "slots.tier_2_max 4 is never reached"),
        ({"slots": {**SLOTS, "reserved_for_tier_1": 5}}, "slots.tier_3_max 1 is never reached"),
        ({"slots": {**SLOTS, "tier_2_max": 1}}, "3 are in fact for tier 1 alone, not 2"),
        ({}, "risk_per_trade_pct 2 with a stop of 5 % allows 40 % of equity per package, position_size_pct 10: risk"),
        ({"risk_per_trade_pct": "0.25"}, "allows 5 % of equity per package, position_size_pct 10: position_size_pct"),
        ({}, "package_min_usd 1000 leaves nothing to be opened while equity is below 10,000 USD"),
        ({"risk_per_trade_pct": "0.25"}, "while equity is below 20,000 USD"),
        ({}, "venue_max_pct 60 never binds: total_exposure_pct is 40"),
        ({}, "stablecoin_max_pct 60 never binds: total_exposure_pct is 40"),
        ({"correlated_exposure_pct": 40}, "correlated_exposure_pct 40 never binds: total_exposure_pct is 40"),
        ({"correlated_exposure_pct": 9}, "correlated_exposure_pct 9 is less than one package of 10 % of equity"),
        ({"venue_max_pct": 8}, "venue_max_pct 8 is less than one package of 10 % of equity"),
        ({}, "venue_pair_max_usd 50000 never binds while equity is below 125,000 USD, and from 500,000 USD on"),
        ({"asset_daily_loss_pct": 5}, "asset_daily_loss_pct 5 never binds: the kill switch comes at portfolio_daily"),
        (
            {"portfolio_daily_loss_pct": 20},
            "portfolio_daily_loss_pct 20 never binds: the kill switch comes at drawdown",
        ),
    ],
)
def test_what_can_never_bind_or_happen_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in said_of(**changes)


@pytest.mark.parametrize(
    ("changes", "unsaid"),
    [
        ({"position_size_pct": 8}, "binds first"),
        ({}, "slots."),
        ({}, "tier 1 alone"),
        ({"slots": None}, "tier 1"),
        ({"risk_per_trade_pct": "0.5"}, "risk_per_trade_pct"),
        ({"venue_max_pct": 30}, "venue_max_pct"),
        ({}, "daily_loss"),
        ({}, "correlated_exposure_pct"),
    ],
)
def test_what_fits_is_not_worth_a_word(changes: dict[str, Any], unsaid: str) -> None:
    assert unsaid not in said_of(**changes)


def test_only_the_profile_that_the_desk_runs_is_spoken_of() -> None:
    raw = limits_with().model_dump()
    wide = notices(LimitsConfig.model_validate({**raw, "profile": "wide"}))
    assert all(notice.startswith("profile wide: ") for notice in wide)
    assert not any("never binds: total_exposure_pct" in notice for notice in wide), "60 % of 100 % can bind"


def test_checking_the_configuration_says_them_all() -> None:
    lines = [str(line).strip() for line in check_all(LIMITS_FILE.parent, {})]
    assert [f"note: {notice}" for notice in notices(limits_with())] == [line for line in lines if "note:" in line]
