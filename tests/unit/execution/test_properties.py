from collections import Counter
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.execution.fragile_venue import FragileVenue
from tests.unit.execution.messages import INSTRUMENTS, PRICE, SPOT, approved, closing
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import (
    LegFilled,
    OrderSent,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.packages import LegRole, PackageState
from poise_common.domain.instruments import Side
from poise_execution.domain.order_rules import is_tradable

CHOICES = st.randoms(use_true_random=False)
CAP_USD = 50


def venue_holds(venue: FragileVenue) -> dict[LegRole, Decimal]:
    """Return what the package holds by the venue's own account of it."""
    held = dict.fromkeys(LegRole, Decimal(0))
    for order in venue.orders.values():
        is_spot = order.submit.instrument == SPOT
        role = LegRole.LONG if is_spot else LegRole.SHORT
        opens = order.submit.side is (Side.BUY if is_spot else Side.SELL)
        for trade in order.trades:
            held[role] += trade.quantity if opens else -trade.quantity
            if trade.fee_currency == "ETH":
                held[role] -= trade.fee
    return held


def assert_books_agree(rig: Rig, venue: FragileVenue) -> None:
    assert max(venue.posts.values(), default=0) <= 1, "an order was sent twice"
    told = Counter(fill.trade_id for fill in rig.told(LegFilled))
    assert set(told.values()) <= {1}, "a fill was told twice"
    assert told.keys() == {trade.trade_id for order in venue.orders.values() for trade in order.trades}
    assert set(venue.orders) <= set(rig.sent_ids)
    assert len(rig.sent_ids) == len(set(rig.sent_ids)) == len(rig.told(OrderSent))
    assert venue_holds(venue) == {role: rig.package.held(role) for role in LegRole}


def is_flat(rig: Rig) -> bool:
    return not any(is_tradable(INSTRUMENTS[role], rig.package.held(role), PRICE) for role in LegRole)


def residual_usd(rig: Rig) -> Decimal:
    return abs(rig.package.residual_delta) * PRICE


@settings(max_examples=300)
@given(CHOICES, st.integers(min_value=0, max_value=60))
def test_whatever_the_network_does_an_opening_ends_hedged_flat_or_locked(random: Random, steps: int) -> None:
    rig = Rig().ready()
    venue = FragileVenue(rig, random.randrange)
    rig.hear(approved(rig))
    for _ in range(steps):
        venue.step()
    venue.calm_down()
    assert_books_agree(rig, venue)
    match rig.package.state:
        case PackageState.OPEN:
            assert residual_usd(rig) <= CAP_USD
            assert not is_flat(rig)
            assert len(rig.told(PackageOpened)) == 1
        case PackageState.ABORTED:
            assert is_flat(rig) or residual_usd(rig) <= CAP_USD
            assert len(rig.told(PackageAborted)) == 1
        case PackageState.HALTED:
            assert len(rig.told(PackageHalted)) == 1
            assert residual_usd(rig) > CAP_USD
        case state:
            pytest.fail(f"the package is left {state}")


@settings(max_examples=300)
@given(CHOICES, st.integers(min_value=0, max_value=60))
def test_whatever_the_network_does_a_closing_never_turns_a_position_around(random: Random, steps: int) -> None:
    rig = Rig().ready()
    package = rig.opened()
    venue = FragileVenue(rig, random.randrange)
    rig.hear(closing(rig, package))
    for _ in range(steps):
        venue.step()
    venue.calm_down()
    told = Counter(fill.trade_id for fill in rig.told(LegFilled))
    assert max(venue.posts.values()) <= 1
    assert set(told.values()) <= {1}
    assert told.keys() == {trade.trade_id for order in venue.orders.values() for trade in order.trades}
    for role in LegRole:
        assert 0 <= rig.package.held(role) <= package.held(role)
        assert rig.package.held(role) == package.held(role) + venue_holds(venue)[role]
    match rig.package.state:
        case PackageState.CLOSED:
            assert is_flat(rig)
            assert len(rig.told(PackageClosed)) == 1
        case PackageState.OPEN:
            assert residual_usd(rig) <= CAP_USD
            assert len(rig.told(PackageClosedPartly)) == 1
        case PackageState.HALTED:
            assert len(rig.told(PackageHalted)) == 1
            assert residual_usd(rig) > CAP_USD
        case state:
            pytest.fail(f"the package is left {state}")
