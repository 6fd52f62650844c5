"""What `poise status` makes of what the services said."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console, RenderableType
from tests.unit.cli.desk_states import NOW, alert, line, lock, new_id, portfolio, risk, venue

from poise.operating.acknowledging import REFUSED_ALERT, Locked
from poise.operating.status import DeskStatus
from poise.operating.views import lock_table, status_view
from poise_common.contracts.packages import PackageState
from poise_common.contracts.state import PhaseState, SystemMode
from poise_execution.domain.reconciliation import lock_reports

LATER = NOW + timedelta(seconds=1)


def status(**changes: Any) -> DeskStatus:
    fields = {"read_at": LATER, "risk": risk(), "venues": (venue(),), "portfolio": portfolio(), "alerts": ()}
    return DeskStatus(**fields | changes)


def shown(view: RenderableType) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(view)
    return console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_a_desk_that_trades_wants_nobody() -> None:
    assert status().attention == ()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"venues": (venue(lock=lock()),)}, "paper is locked: 1 differences, see `poise ack paper`"),
        ({"risk": risk(mode=SystemMode.HALTED, reason="looks odd")}, "risk is HALTED: looks odd"),
        ({"portfolio": portfolio(state=PackageState.HALTED)}, "is halted, $-40.00 unhedged"),
        ({"portfolio": portfolio(ledger_open=False)}, "the ledger is not open"),
        ({"venues": (venue(reconciled_at=None),)}, "paper was not reconciled since execution started"),
        ({"venues": ()}, "execution has not said anything yet"),
        ({"risk": None}, "risk has not said anything yet"),
        ({"portfolio": portfolio(NOW - timedelta(seconds=20))}, "portfolio has been silent for 21 s"),
    ],
)
def test_what_wants_a_person_is_said(changes: dict[str, Any], said: str) -> None:
    found = status(**changes)
    assert any(said in text for text in found.attention)
    assert said in shown(status_view(found))


def test_the_phase_is_told_as_far_as_it_is_known() -> None:
    phase = PhaseState.first(
        new_id(NOW),
        "portfolio",
        NOW,
        as_of=NOW,
        phase=2,
        since=NOW,
        set_by="ada",
        reason="two months",
        next_phase=3,
        gate=(),
    )
    assert "phase 2 since 2026-03-02 03:00:00 UTC; see `poise phase`" in shown(status_view(status(phase=phase)))
    assert "phase" not in shown(status_view(status()))


def test_the_worst_comes_first() -> None:
    found = status(venues=(venue(lock=lock()),), risk=risk(mode=SystemMode.HALTED))
    assert [text.split()[0] for text in found.attention] == ["paper", "risk"]


def test_the_tables_show_venues_packages_and_alerts() -> None:
    text = shown(status_view(status(alerts=(alert(),))))
    for part in ("5 s ago", "-12 ms", "BTC", "open", "$8,000", "exposure is 36 % of equity", "today +$12.34"):
        assert part in text


def test_a_flattening_under_way_is_shown() -> None:
    assert "closing every package" in shown(status_view(status(risk=risk(flattening=True))))


def test_the_lock_shows_each_line_with_its_difference_and_what_is_known() -> None:
    text = shown(lock_table(Locked("paper", lock(line(), line(actual="0")))))
    for part in ("paper is locked since 2026-03-02 03:00:00 UTC", "BTC/USDT:USDT", "-1", "0.5", "1 trade that is not"):
        assert part in text


def test_the_json_has_all_that_the_tables_have() -> None:
    found = status(venues=(venue(lock=lock()),), alerts=(alert(),))
    read = json.loads(found.model_dump_json())
    assert DeskStatus.model_validate({name: read[name] for name in read if name != "attention"}) == found
    assert read["attention"] == list(found.attention)


def test_execution_and_the_command_line_name_a_refusal_alike() -> None:
    assert lock_reports.REFUSED_ALERT == REFUSED_ALERT
