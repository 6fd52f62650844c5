"""Whatever our own desk does is never taken for somebody else's doing, and whatever somebody else does always is."""

from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.execution.account_readings import WatchedDesk
from tests.unit.execution.fragile_venue import FragileVenue
from tests.unit.execution.messages import PERPETUAL, PRICE, SPOT, approved, closing
from tests.unit.execution.rig import Rig

from poise_common.contracts.packages import PackageState
from poise_common.domain.instruments import Side
from poise_execution.domain import effects, results

CHOICES = st.randoms(use_true_random=False)
STEP = Decimal("0.001")


def act(desk: WatchedDesk, random: Random) -> None:
    """Do something that a desk does by itself, and book it in the account as the venue does."""
    rig = desk.rig
    match random.randrange(5):
        case 0:
            rig.hear(approved(rig, quantity=str(random.randrange(1, 20_000) * STEP)))
            fill_all(rig, random)
        case 1:
            held = [package for package in rig.state.packages.values() if package.state is PackageState.OPEN]
            if held:
                rig.hear(closing(rig, random.choice(held)))
                fill_all(rig, random)
        case 2:
            amount = Decimal(random.randrange(-1_000, 1_000)) / 300
            desk.account.pay(
                results.FundingIncome(
                    income_id=str(len(desk.account.incomes)),
                    symbol=PERPETUAL.symbol,
                    amount=amount.quantize(Decimal("1e-8")),
                    currency="USDT",
                    paid_at=rig.now,
                )
            )
        case 3:
            desk.read(random.choice((0, 0.1, 1, 10)))
        case _:
            rig.restart()
    desk.book_fills()


def fill_all(rig: Rig, random: Random) -> None:
    """Fill every order that is sent at some price, in full."""
    while submits := rig.take(effects.SubmitOrder):
        for submit in submits:
            rig.answer(submit)
        rig.list_trades(PRICE + Decimal(random.randrange(-500, 500)) / 1_000)


@settings(max_examples=100)
@given(CHOICES, st.integers(min_value=0, max_value=25))
def test_nothing_the_desk_does_by_itself_ever_locks(random: Random, acts: int) -> None:
    desk = WatchedDesk()
    for _ in range(acts):
        act(desk, random)
    desk.read_twice()
    assert desk.rig.state.locks == {}
    assert desk.rig.venue_states[-1].reconciled_at == desk.rig.now


@settings(max_examples=100)
@given(CHOICES, st.integers(min_value=0, max_value=10), st.integers(min_value=0, max_value=10))
def test_whatever_somebody_else_changes_locks_and_ends_with_an_acknowledgement(
    random: Random, acts_before: int, acts_after: int
) -> None:
    desk = WatchedDesk()
    for _ in range(acts_before):
        act(desk, random)
    change(desk, random)
    for _ in range(acts_after):
        act(desk, random)
    desk.read_twice()
    assert desk.lock is not None
    desk.acknowledge()
    desk.read_twice()
    assert desk.lock is None
    assert desk.rig.venue_states[-1].reconciled_at == desk.rig.now


def change(desk: WatchedDesk, random: Random) -> None:
    """Do what only somebody else can have done."""
    quantity = random.randrange(1, 5_000) * STEP
    match random.randrange(4):
        case 0:
            side = random.choice(tuple(Side))
            desk.foreign_trade(random.choice((SPOT, PERPETUAL)), side, str(quantity))
        case 1:
            desk.account.add(random.choice(("spot", "futures")), random.choice(("USDT", "ETH", "XRP")), quantity + 1)
        case 2:
            desk.account.add("spot", "USDT", -quantity - 1)
        case _:
            desk.account.open_orders.append(
                results.OpenOrder(
                    order_id="4711",
                    client_order_id="web_4711",
                    symbol=SPOT.symbol,
                    side=Side.BUY,
                    open_quantity=quantity,
                    filled_quantity=Decimal(0),
                )
            )


@settings(max_examples=100)
@given(CHOICES, st.integers(min_value=0, max_value=80))
def test_a_fragile_network_never_makes_our_own_fills_a_difference(random: Random, steps: int) -> None:
    rig = Rig().ready()
    venue = FragileVenue(rig, random.randrange)
    rig.hear(approved(rig))
    for _ in range(steps):
        venue.step()
    venue.calm_down()
    for _ in range(3):
        venue.read_account()
    assert rig.state.locks == {}
    assert rig.venue_states[-1].reconciled_at == rig.now


def test_holdings_read_back_from_their_rows_are_those_in_memory() -> None:
    desk = WatchedDesk()
    desk.opened()
    before = dict(desk.rig.core._state.holdings)
    assert desk.rig.state_copy().holdings == before
    assert len(before) == 4
