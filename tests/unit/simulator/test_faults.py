"""The fault plan: what is struck, how often, and always the same from the same seed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from poise_simulator.control.actions import ACTIONS
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.kinds import KINDS, parse_fault
from poise_simulator.faults.plan import Aim, FaultPlan
from poise_simulator.faults.rest_kinds import AcceptThenDrop, Partial
from poise_simulator.faults.seeded import SeededFaults
from poise_simulator.faults.stream_kinds import DropEvents
from poise_simulator.faults.targets import Occasion, Target

README = Path(__file__).parents[3] / "services" / "simulator" / "README.md"


def order(number: int = 1, *, symbol: str = "BTCUSDT", is_ioc: bool = True) -> Occasion:
    return Occasion(
        Target.ORDER_ENTRY, "POST /fapi/v1/order", "paper", Market.FUTURES, symbol, f"order{number}", is_ioc
    )


QUERY = Occasion(Target.ORDER_QUERY, "GET /fapi/v1/order", "paper", Market.FUTURES, "BTCUSDT")


def test_a_sound_plan_strikes_nothing_and_logs_nothing() -> None:
    plan = FaultPlan(seed=1)
    assert plan.is_sound()
    assert plan.strike(order(), 0) is None
    assert not plan.log


def test_a_fault_strikes_as_often_as_it_was_set_to() -> None:
    plan = FaultPlan(seed=1)
    fault_id = plan.set_fault(AcceptThenDrop(), Aim(Target.ORDER_ENTRY, strikes_max=2))
    struck = [plan.strike(order(number), number) is not None for number in range(4)]
    assert struck == [True, True, False, False]
    assert [(strike.fault_id, strike.occasion.client_order_id) for strike in plan.log] == [
        (fault_id, "order0"),
        (fault_id, "order1"),
    ]


@pytest.mark.parametrize(
    ("aim", "is_struck"),
    [
        (Aim(Target.ORDER_ENTRY), True),
        (Aim(Target.ANY_REST), True),
        (Aim(Target.CANCEL), False),
        (Aim(Target.USER_STREAM), False),
        (Aim(Target.ORDER_ENTRY, account_id="other"), False),
        (Aim(Target.ORDER_ENTRY, market=Market.SPOT), False),
        (Aim(Target.ORDER_ENTRY, market=Market.FUTURES, symbol="BTCUSDT"), True),
        (Aim(Target.ORDER_ENTRY, symbol="ETHUSDT"), False),
    ],
)
def test_a_fault_strikes_what_it_is_aimed_at(aim: Aim, *, is_struck: bool) -> None:
    plan = FaultPlan(seed=1)
    plan.set_fault(AcceptThenDrop(), aim)
    assert (plan.strike(order(), 0) is not None) is is_struck


def test_a_fault_that_means_nothing_to_an_occasion_leaves_it_to_the_next() -> None:
    plan = FaultPlan(seed=1)
    plan.set_fault(Partial(), Aim(Target.ORDER_ENTRY))
    dropping = plan.set_fault(AcceptThenDrop(), Aim(Target.ORDER_ENTRY))
    resting = plan.strike(order(is_ioc=False), 0)
    assert resting is not None
    assert resting.fault_id == dropping


def test_healing_ends_one_fault_or_all_and_the_seed_too() -> None:
    plan = FaultPlan(seed=1, seeded=SeededFaults(seed=3, rate=1.0))
    first, _ = (plan.set_fault(AcceptThenDrop(), Aim(Target.ORDER_ENTRY)) for _ in range(2))
    assert plan.heal_one(first)
    assert not plan.heal_one(first)
    plan.heal()
    assert plan.is_sound()


def test_a_probability_is_kept_over_many_occasions() -> None:
    plan = FaultPlan(seed=1)
    plan.set_fault(AcceptThenDrop(), Aim(Target.ORDER_ENTRY, probability=0.2))
    struck = sum(plan.strike(order(number), 0) is not None for number in range(5_000))
    assert 850 < struck < 1_150


@given(seed=st.integers(0, 10_000), noise=st.lists(st.booleans(), min_size=40, max_size=40))
def test_the_same_seed_and_orders_are_struck_the_same_whatever_is_asked_in_between(
    seed: int, noise: list[bool]
) -> None:
    config = SeededFaults(seed=seed, rate=0.4, targets=(Target.ORDER_ENTRY, Target.ORDER_QUERY))
    quiet, busy = FaultPlan(1, config), FaultPlan(2, config)
    for number, asks in enumerate(noise):
        if asks:
            busy.strike(QUERY, number)
        quiet.strike(order(number), number)
        busy.strike(order(number), number)
    on_orders = [[(s.occasion, s.fault) for s in plan.log if s.occasion != QUERY] for plan in (quiet, busy)]
    assert on_orders[0] == on_orders[1]


def test_a_seed_strikes_at_its_rate_with_every_kind_that_fits() -> None:
    plan = FaultPlan(1, SeededFaults(seed=5, rate=0.2))
    for number in range(5_000):
        plan.strike(order(number), number)
    assert 850 < len(plan.log) < 1_150
    fitting = {name for name, kind in KINDS.items() if Target.ORDER_ENTRY in kind.targets}
    assert {strike.fault.kind for strike in plan.log} == fitting
    assert len(fitting) >= 14


def test_kinds_that_never_strike_a_seeds_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="'earthquake' is none; kinds are accept_then_drop"):
        SeededFaults(seed=1, rate=0.1, kinds=("earthquake",))
    with pytest.raises(ValueError, match="'drop_events' doesn't strike order_entry; it strikes user_stream"):
        SeededFaults(seed=1, rate=0.1, kinds=("drop_events",))
    assert SeededFaults(seed=1, rate=0.1, kinds=("drop_events",), targets=(Target.USER_STREAM,))


def test_parameters_are_checked_by_name() -> None:
    assert parse_fault("drop_events", {}) == DropEvents()
    for name, parameters, named in (
        ("earthquake", {}, "earthquake"),
        ("delay", {"ms": -1}, "ms"),
        ("delay", {"minutes": 3}, "minutes"),
        ("partial", {"fraction": "1.5"}, "fraction"),
    ):
        with pytest.raises(ValidationError, match=named):
            parse_fault(name, parameters)


def test_the_readme_lists_every_kind_with_its_targets_and_parameters() -> None:
    rows = [line.split("|") for line in README.read_text().splitlines() if line.startswith("| `")]
    documented = {row[1].strip(" `"): (row[2].strip(), row[3].strip()) for row in rows if len(row) == 6}
    expected = {
        name: (
            _targets(kind.targets),
            ", ".join(
                f"`{field}` {info.default}" for field, info in kind.model_fields.items() if field != "kind"
            ).replace("None", "the market's own"),
        )
        for name, kind in KINDS.items()
    }
    assert {name: documented.get(name) for name in expected} == expected


def test_the_readme_lists_every_action_with_its_body() -> None:
    rows = [line.split("|") for line in README.read_text().splitlines() if line.startswith("| `")]
    documented = {row[1].strip(" `"): row[2].strip() for row in rows if len(row) == 5}
    expected = {
        name: ", ".join(f"`{field}`" for field in action.model_fields if field != "account")
        for name, action in ACTIONS.items()
    }
    assert {name: documented.get(name) for name in expected} == expected


def _targets(targets: frozenset[Target]) -> str:
    rest = {target for target in Target if target.is_rest}
    return "any request" if targets == rest else ", ".join(target for target in Target if target in targets)
