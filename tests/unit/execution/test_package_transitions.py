from decimal import Decimal
from uuid import UUID

import pytest
from tests.unit.execution.messages import PERPETUAL, SPOT

from poise_common.contracts.packages import PackageState
from poise_execution.domain.packages import PACKAGE_TRANSITIONS, ImpossibleTransition, Package, PackageEvent

# Rows: a package's state. Columns: CLOSING_TAKEN ROLL_TAKEN HEDGED TAKEN_BACK FLAT REMAINS LOCKED; - never happens.
TABLE = """
proposed  -       -       -     -        -       -     -
opening   -       -       open  aborted  -       -     halted
open      closing rolling -     -        -       -     halted
closing   -       -       -     -        closed  open  halted
rolling   -       -       -     -        closed  open  halted
closed    -       -       -     -        -       -     halted
aborted   -       -       -     -        -       -     halted
halted    closing -       open  aborted  closed  open  halted
"""


def package(state: PackageState) -> Package:
    return Package(
        package_id=UUID(int=1),
        strategy="funding_carry",
        asset="ETH",
        state=state,
        long_instrument=SPOT,
        short_instrument=PERPETUAL,
        long_held=Decimal(1),
    )


@pytest.mark.parametrize(
    ("before", "event", "after"),
    [
        (PackageState(cells[0]), event, None if cell == "-" else PackageState(cell))
        for cells in (row.split() for row in TABLE.strip().splitlines())
        for event, cell in zip(PackageEvent, cells[1:], strict=True)
    ],
)
def test_each_event_leads_a_package_where_the_table_says_or_is_refused(
    before: PackageState, event: PackageEvent, after: PackageState | None
) -> None:
    if after is None:
        with pytest.raises(ImpossibleTransition, match=f"{before.value} and can't be {event.value}"):
            package(before).after(event)
    else:
        assert package(before).after(event) == package(after)


def test_the_table_answers_every_event_in_every_state() -> None:
    assert set(PACKAGE_TRANSITIONS) == set(PackageState)
    assert all(set(row) == set(PackageEvent) for row in PACKAGE_TRANSITIONS.values())
