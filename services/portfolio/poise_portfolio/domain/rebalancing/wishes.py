"""What a model wants of each asset in USD, once all that the desk knows is minded."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.legs import money
from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.rebalancing.clusters import capped
from poise_portfolio.domain.rebalancing.models.model import model_named
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.rebalancing.situation import Situation

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Wishes:
    """Target exposures by asset, and why each is what it is."""

    capital_usd: Decimal
    targets_usd: Mapping[str, Decimal]
    """An asset that cannot be judged has none: it keeps what it has."""
    reasons: Mapping[str, str]


def wishes_of(situation: Situation, parameters: RebalancerParameters) -> Wishes:
    """Weigh what is held or worth carrying; what cannot be judged leaves the others less of the capital.

    An asset that the model leaves out though it knows all of it is wanted at nothing; one of which too little is known
    is not wanted at any size.
    """
    history, models = situation.history(parameters.models), parameters.models
    held_usd = situation.held_usd()
    found = model_named(models).weights(history)
    capital_usd = situation.equity_usd * parameters.capital.of_equity_pct / 100
    free_usd = max(capital_usd - sum((held_usd.get(asset, ZERO) for asset in found.unjudged), ZERO), ZERO)
    weighed = [asset for asset in history.assets if asset not in found.unjudged]
    targets_usd = {asset: (money(found.weights.get(asset, 0.0)) * free_usd).quantize(_CENT) for asset in weighed}
    cap_usd = situation.equity_usd * parameters.capital.cluster_max_pct_of_equity / 100
    fitting = capped(targets_usd, held_usd, situation.clusters, cap_usd)
    by_model = dict.fromkeys(weighed, f"by {models.model.value}")
    return Wishes(capital_usd, fitting.targets_usd, {**by_model, **found.left_out, **found.unjudged, **fitting.reasons})
