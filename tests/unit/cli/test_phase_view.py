"""What `poise phase` makes of what the portfolio said."""

from datetime import timedelta
from io import StringIO
from typing import Any

from rich.console import Console
from tests.unit.cli.commands import poise
from tests.unit.cli.desk_states import NOW

from poise.phase.standing import PhaseStanding
from poise.phase.views import phase_view
from poise_common.contracts.state import GateLine, PhaseState
from poise_common.domain.ids import seeded_ids


def line(name: str, *, is_met: bool, is_required: bool = True) -> GateLine:
    return GateLine(name=name, is_required=is_required, is_met=is_met, value="3 [of] 4", needed="4")


def standing(*gate: GateLine, **changes: Any) -> PhaseStanding:
    fields: dict[str, Any] = {
        "as_of": NOW,
        "phase": 1,
        "since": NOW - timedelta(days=90),
        "set_by": "ada",
        "reason": "three months [of BTC]",
        "next_phase": 2,
        "gate": gate,
    }
    phase = PhaseState.first(seeded_ids(1)(NOW), "portfolio", NOW, **fields | changes)
    return PhaseStanding(read_at=NOW, phase=phase)


def shown(found: PhaseStanding) -> str:
    console = Console(file=StringIO(), width=160)
    console.print(phase_view(found))
    return console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_what_is_missing_is_what_is_required_and_not_met() -> None:
    found = standing(
        line("drawdown", is_met=True), line("uptime", is_met=False), line("Sharpe", is_met=False, is_required=False)
    )
    assert [each.name for each in found.missing] == ["uptime"]
    text = shown(found)
    assert "set by ada: three months [of BTC]" in text
    assert "1 requirement is not met: the desk stays in phase 1" in text
    assert "4 (recommended)" in text
    assert "3 [of] 4" in text


def test_a_gate_that_is_met_says_how_it_is_taken() -> None:
    assert "`poise phase promote 2` takes it on" in shown(standing(line("drawdown", is_met=True)))


def test_the_last_phase_has_no_gate() -> None:
    text = shown(standing(phase=3, next_phase=None))
    assert "it is the last one" in text
    assert "gate" not in text


def test_a_portfolio_that_fell_silent_is_said() -> None:
    old = standing(as_of=NOW - timedelta(minutes=5))
    assert old.attention == ("portfolio has been silent for 300 s",)
    assert "! portfolio has been silent for 300 s" in shown(old)
    assert PhaseStanding(read_at=NOW, phase=None).attention == ("portfolio has not said anything yet",)


def test_without_a_desk_it_is_said_in_one_line() -> None:
    for arguments in (("phase",), ("phase", "promote"), ("phase", "demote", "0")):
        result = poise(*arguments)
        assert (result.exit_code, "no desk was started from this folder" in result.output) == (2, True)
