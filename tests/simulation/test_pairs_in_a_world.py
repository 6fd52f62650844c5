"""Pairs switched on in a whole desk: tested outside the core, and told with what came of that."""

from datetime import timedelta

from tests.simulation.worlds import CONFIG, TRADED

from poise.simulation.world import START, World, WorldOptions
from poise_common.contracts.packages import CandidateEvaluated
from poise_simulator.domain.assets import CATALOGUE

ON = {"POISE_STRATEGIES__PAIRS__ENABLED": "true", "POISE_STRATEGIES__PAIRS__LISTED": '[["SOL", "BTC"], ["XRP", "SOL"]]'}


def test_a_world_with_pairs_tests_them_and_says_what_it_thinks_of_each() -> None:
    assets = tuple(asset for asset in CATALOGUE if asset.base in TRADED)
    world = World(7, WorldOptions(CONFIG, assets=assets, environment=ON))
    world.desk.run_until(START + timedelta(seconds=12))
    told = [each for each in world.published if isinstance(each, CandidateEvaluated) and each.strategy == "pairs"]
    assert {each.asset for each in told} == {"BTC", "SOL", "XRP"}
    reasons = [each.why_not or "" for each in told[-4:]]
    assert not any("not tested yet" in reason or "are known of" in reason for reason in reasons), reasons
