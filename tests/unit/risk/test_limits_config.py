"""The limits as configured: typed, inherited, cross-checked, refused with what would pass."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.risk.risk_desk import LIMITS_FILE, figures, raw_limits

from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_risk.domain.rules.parameters import LimitsConfig


def load(directory: Path, changes: dict[str, Any], **environment: str) -> LimitsConfig:
    """Load the shipped limits with values changed by dotted key."""
    raw = raw_limits()
    for dotted, value in changes.items():
        place = raw
        *path, last = dotted.split(".")
        for key in path:
            place = place[key]
        place[last] = value
    (directory / "limits.yaml").write_text(yaml.safe_dump(raw))
    return load_section(directory, "limits", LimitsConfig, environment)


def test_the_shipped_limits_are_the_focused_profile() -> None:
    config = load_section(LIMITS_FILE.parent, "limits", LimitsConfig, {})
    limits = config.limits
    assert config.profile == "focused"
    assert [config.is_open_for_trading("SOL", phase) for phase in range(5)] == [False, False, True, True, False]
    assert figures(limits.packages_open_max, limits.position_size_pct, limits.total_exposure_pct) == (5, 10, 40)
    assert config.approvals.ttl_s <= 5


def test_the_wide_profile_differs_where_it_says_so() -> None:
    config = LimitsConfig.model_validate({**raw_limits(), "profile": "wide"})
    wide, focused = config.limits, config.profiles["focused"]
    assert figures(wide.packages_open_max, wide.position_size_pct, wide.total_exposure_pct, wide.slots) == (
        20,
        5,
        100,
        None,
    )
    own = {"packages_open_max", "position_size_pct", "total_exposure_pct", "total_exposure_alert_pct", "slots"}
    assert wide.model_dump(exclude=own) == focused.model_dump(exclude=own)


def test_a_persons_own_profile_inherits_and_may_change_a_part_of_a_part(tmp_path: Path) -> None:
    mine = {"inherits": "wide", "exits": {"stop_loss_pct": 3}}
    config = load(tmp_path, {"profiles.mine": mine, "profile": "mine"})
    assert config.limits.exits.stop_loss_pct == 3
    assert config.limits.exits.profit_target_pct == 2
    assert config.limits.packages_open_max == 20


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    changed = {"POISE_LIMITS__PROFILES__FOCUSED__POSITION_SIZE_PCT": "7.5", "POISE_LIMITS__PHASE_ASSETS__0": "[]"}
    config = load(tmp_path, {}, **changed)
    assert config.limits.position_size_pct == Decimal("7.5")
    assert config.profiles["wide"].position_size_pct == 5
    assert not config.is_open_for_trading("BTC", 0)


@pytest.mark.parametrize(
    ("changes", "key", "passes"),
    [
        ({"profiles.focused.position_size_pct": 60}, "profiles.focused.total_exposure_pct", "at least 60 passes"),
        ({"profiles.focused.total_exposure_alert_pct": 40}, "total_exposure_alert_pct", "less than 40 passes"),
        ({"profiles.focused.slots.reserved_for_tier_1": 6}, "profiles.focused.slots", "up to 5 passes"),
        ({"profiles.focused.depeg_close_pct": 0.4}, "depeg_close_pct", "at least 0.5 passes"),
        ({"profiles.focused.margin_ratio_shrink_below": 2.1}, "margin_ratio_shrink_below", "up to 2 passes"),
        ({"profiles.focused.margin_ratio_recovered_min": 1.9}, "margin_ratio_recovered_min", "at least 2 passes"),
        ({"profiles.focused.exits.liquidation_distance_pct": 25}, "profiles.focused.exits", "less than 25 passes"),
        ({"profiles.focused.stress.move_pct": 26}, "profiles.focused.stress", "up to 25 passes"),
        ({"profiles.focused.stress.margin_ratio_min": 2.5}, "profiles.focused.stress", "up to 2 passes"),
        ({"profiles.focused.correlation_threshold": 1}, "correlation_threshold", "< 1 would pass"),
        ({"profiles.focused.drawdown_pct": 0}, "drawdown_pct", "> 0 would pass"),
        ({"profiles.focused.net_delta_max_pct": 101}, "net_delta_max_pct", "≤ 100 would pass"),
        ({"profiles.focused.packages_open": 5}, "profiles.focused.packages_open", "packages_open_max"),
        ({"profiles.mine": {"inherits": "narrow"}}, "narrow", "focused or wide"),
        ({"profiles.focused.inherits": "wide"}, "profiles", "goes round in a circle"),
        ({"profile": "narrow"}, "profiles", "focused or wide"),
        ({"phase": 3}, "phase", "known keys"),
        ({"phase_assets": {}}, "phase_assets", "at least 1"),
        ({"phase_assets": {0: ["BTC"], 1: ["ETH"]}}, "leaves out BTC of phase 0", "and more, or all, passes"),
        ({"phase_assets": {0: "all", 1: ["ETH"]}}, "leaves out all of phase 0", "or all, passes"),
        ({"approvals.ttl_s": 6}, "approvals.ttl_s", "≤ 5 would pass"),
        ({"profiles.focused.slot_contest_ms": 4_000}, "approvals", "more than 4 passes"),
        ({"closings.collar_bps": 51}, "closings", "up to 50 passes"),
        ({"staleness.book_ms": "soon"}, "staleness.book_ms", "would pass"),
    ],
)
def test_limits_that_cannot_work_are_refused_with_what_would_pass(
    tmp_path: Path, changes: dict[str, Any], key: str, passes: str
) -> None:
    with pytest.raises(ConfigRefused) as refused:
        load(tmp_path, changes)
    assert "limits.yaml" in str(refused.value)
    assert key in str(refused.value)
    assert passes in str(refused.value)
