"""What `poise limits` makes of what risk said."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.unit.cli.desk_states import NOW

from poise.limits.usage import LimitsUsed, LimitUse, most_used_first
from poise.limits.views import limits_view
from poise_common.contracts.state import LimitHeadroom, LimitsInForce, SystemMode

IN_FORCE = LimitsInForce(profile="focused", digest="ab12cd34ef56" + 52 * "0", since=NOW, set_by="ada")


def use(value: str, allowed: str, *, at_least: bool = False, limit: str = "one_venue", subject: str = "") -> LimitUse:
    return LimitUse(limit=limit, subject=subject, value=Decimal(value), allowed=Decimal(allowed), at_least=at_least)


def used(*limits: LimitUse, **changes: Any) -> LimitsUsed:
    fields: dict[str, Any] = {
        "read_at": NOW,
        "told_at": NOW,
        "mode": SystemMode.ACTIVE,
        "in_force": IN_FORCE,
        "limits": limits or (use("1", "4"),),
    }
    return LimitsUsed(**fields | changes)


def shown(found: LimitsUsed) -> str:
    console = Console(file=StringIO(), width=120)
    console.print(limits_view(found))
    return console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


@pytest.mark.parametrize(
    ("limit", "used_pct", "reached"),
    [
        (use("10000", "40000"), "25", False),
        (use("40000", "40000"), "100", True),
        (use("50000", "40000"), "125", True),
        (use("-0.3", "5"), "0", False),  # a day with a gain
        (use("0", "0"), "0", False),  # nothing of what allows nothing
        (use("1", "0"), None, True),
        (use("50", "25", at_least=True), "50", False),
        (use("25", "25", at_least=True), "100", True),
        (use("20", "25", at_least=True), "125", True),
        (use("0", "25", at_least=True), None, True),
        (use("-3", "25", at_least=True), None, True),
    ],
)
def test_the_share_used_is_of_what_is_allowed_either_way_round(
    limit: LimitUse, used_pct: str | None, reached: bool
) -> None:
    wanted = None if used_pct is None else Decimal(used_pct)
    assert (limit.used_pct, limit.reached) == (wanted, reached)
    assert limit.headroom_pct == (None if wanted is None else 100 - wanted)


_AMOUNTS = st.decimals(min_value=-1000, max_value=1000, places=2)
_ALLOWED = st.decimals(min_value=0, max_value=1000, places=2)
_HEADROOM = st.builds(LimitHeadroom, limit=st.just("any"), value=_AMOUNTS, allowed=_ALLOWED, at_least=st.booleans())


@given(st.lists(_HEADROOM))
def test_the_most_used_stands_first_and_none_is_lost(headroom: list[LimitHeadroom]) -> None:
    uses = most_used_first(headroom)
    shares = [Decimal("Infinity") if each.used_pct is None else each.used_pct for each in uses]
    assert shares == sorted(shares, reverse=True)
    figures = [(each.value, each.allowed, each.at_least) for each in uses]
    assert sorted(figures) == sorted((each.value, each.allowed, each.at_least) for each in headroom)


@given(_HEADROOM)
def test_a_limit_that_is_not_reached_has_room_to_show(headroom: LimitHeadroom) -> None:
    (limit,) = most_used_first([headroom])
    if not limit.reached:
        assert limit.headroom_pct is not None
        assert limit.headroom_pct >= 0


def test_a_desk_with_room_in_every_limit_wants_nobody() -> None:
    assert used(use("1", "4"), use("0", "0")).attention == ()


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (used(use("5", "5", limit="packages_open")), "packages_open has no room left: 5, at most 5"),
        (
            used(use("1.9", "2", at_least=True, limit="margin_ratio", subject="paper")),
            "margin_ratio of paper has no room left: 1.9, at least 2",
        ),
        (used(told_at=NOW - timedelta(seconds=20)), "risk has been silent for 20 s"),
        (used(told_at=None, in_force=None, limits=()), "risk has not said anything yet"),
        (used(limits=()), "it does not know the portfolio"),
        (
            used(in_force=IN_FORCE.model_copy(update={"refusal": "limits.yaml is refused:\n  profile = 'x'"})),
            "read the limits anew was refused: limits.yaml is refused: profile = 'x'",
        ),
    ],
)  # fmt: skip
def test_what_wants_a_person_is_said(found: LimitsUsed, said: str) -> None:
    assert any(said in line for line in found.attention)
    assert said in " ".join(shown(found).split())


def test_the_table_shows_each_limit_of_each_subject_with_its_bar() -> None:
    text = shown(used(use("10000", "40000", subject="paper"), use("50", "25", at_least=True, subject="ETH")))
    assert "profile focused (ab12cd34ef56), since 2026-03-02 03:00:00 UTC by ada" in text
    paper, eth = (next(line for line in text.splitlines() if name in line) for name in ("paper", "ETH"))
    for part in ("one_venue", "10,000", "≤ 40,000", "█████░", "75 %"):
        assert part in paper
    for part in ("≥ 25", "██████████░", "50 %"):
        assert part in eth


def test_the_json_has_all_that_the_table_has() -> None:
    found = used(use("10000", "40000"))
    read = json.loads(found.model_dump_json())
    (limit,) = read["limits"]
    assert (limit["used_pct"], limit["headroom_pct"], limit["reached"]) == ("25.0", "75.0", False)
    assert (read["in_force"]["profile"], read["attention"]) == ("focused", [])
