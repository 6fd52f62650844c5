"""What Prometheus is told of execution."""

from datetime import timedelta
from decimal import Decimal

import pytest
from prometheus_client import REGISTRY
from tests.unit.execution.messages import approved
from tests.unit.execution.rig import Rig

from poise_common.contracts.message import Hop
from poise_common.contracts.packages import LegRole, PackageApproved
from poise_common.platform.observed_core import ObservedCore
from poise_execution.adapters.metrics import ExecutionFigures
from poise_execution.domain import effects, results

PAPER = {"venue": "paper"}


def shown(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def seen(rig: Rig) -> Rig:
    rig.core = ObservedCore(rig.core, ExecutionFigures(rig.core.figures, ("paper",)).see)  # type: ignore[assignment]  # the shell's view of the same core
    return rig


def approved_on_a_tick(rig: Rig, *, ms_ago: int) -> PackageApproved:
    message = approved(rig)
    received = Hop(stage="received", at=rig.now - timedelta(milliseconds=ms_ago))
    return message.model_copy(update={"hops": (received, *message.hops)})


def test_an_order_that_is_not_known_is_counted_until_it_is(seen: Rig) -> None:
    seen.hear(approved(seen))
    buy = seen.take_order(LegRole.LONG)
    assert shown("poise_orders_unknown", **PAPER) == 0
    seen.answer_with(buy, results.OutcomeUnknown(reason="time-out"))
    assert shown("poise_orders_unknown", **PAPER) == 1
    seen.look_up(buy.client_order_id, results.OrderSeen(order_id="1", filled_quantity=buy.quantity, is_terminal=True))
    assert shown("poise_orders_unknown", **PAPER) == 0


def test_the_residual_delta_is_that_of_the_longer_leg_until_both_match(seen: Rig) -> None:
    seen.hear(approved(seen))
    seen.fill(LegRole.SHORT)
    assert shown("poise_residual_delta_usd", **PAPER) == pytest.approx(-1_000)
    seen.fill(LegRole.LONG)
    assert shown("poise_residual_delta_usd", **PAPER) == pytest.approx(-0.5)


def test_the_way_from_the_tick_to_the_first_order_of_each_leg_is_timed(seen: Rig) -> None:
    before, before_s = shown("poise_tick_to_order_seconds_count"), shown("poise_tick_to_order_seconds_sum")
    seen.hear(approved_on_a_tick(seen, ms_ago=4))
    seen.fill(LegRole.LONG)
    seen.fill(LegRole.SHORT, filled=4)
    assert shown("poise_tick_to_order_seconds_count") - before == 2
    assert shown("poise_tick_to_order_seconds_sum") - before_s == pytest.approx(0.008)
    seen.wait(1)
    (more,) = seen.take(effects.SubmitOrder)  # what the other leg did not match is taken back
    seen.answer(more)
    assert shown("poise_tick_to_order_seconds_count") - before == 2


def test_what_no_tick_began_is_not_timed(seen: Rig) -> None:
    before = shown("poise_tick_to_order_seconds_count")
    seen.hear(approved(seen))
    seen.fill(LegRole.LONG)
    assert shown("poise_tick_to_order_seconds_count") == before


@pytest.mark.parametrize(
    ("role", "price", "above_bps", "up_to_bps"),
    [
        (LegRole.LONG, "100.04", "2.0", "5.0"),
        (LegRole.LONG, "99.94", "-10.0", "-5.0"),
        (LegRole.SHORT, "99.96", "2.0", "5.0"),
    ],
)
def test_slippage_is_what_a_fill_was_worse_by_than_the_decision(
    seen: Rig, role: LegRole, price: str, above_bps: str, up_to_bps: str
) -> None:
    def counted() -> list[float]:
        return [shown("poise_slippage_bps_bucket", le=bound) for bound in (above_bps, up_to_bps)]

    fills, before = shown("poise_leg_fills_total", **PAPER), counted()
    seen.hear(approved(seen))
    seen.answer(seen.take_order(role))
    seen.list_trades(Decimal(price))
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [0, 1]
    assert shown("poise_leg_fills_total", **PAPER) == fills + 1


def test_a_venue_is_shown_as_its_state_is_told(seen: Rig) -> None:
    seen.wait(seen.config.reconciliation.state_every_s)
    state = seen.venue_states[-1]
    assert state.reconciled_at is not None
    assert shown("poise_last_reconciled_timestamp_seconds", **PAPER) == state.reconciled_at.timestamp()
    assert shown("poise_venue_locked", **PAPER) == 0
