"""What hindsight says, as metrics: each counts once, when it is settled."""

from prometheus_client import Counter

from poise_portfolio.domain.hindsight.records import FundingPrediction, RefusedPackage

REFUSED_ENDED = Counter(
    "poise_refused_packages_ended", "Refused packages followed to their end.", ["binding_limit", "end"]
)
REFUSED_GAINED = Counter(
    "poise_refused_packages_gained_usd",
    "What refused packages would have gained, of those that would.",
    ["binding_limit"],
)
REFUSED_LOST = Counter(
    "poise_refused_packages_lost_usd", "What refused packages would have lost, of those that would.", ["binding_limit"]
)
PREDICTIONS_SETTLED = Counter(
    "poise_funding_predictions_settled", "Funding predictions that were settled.", ["venue", "lead_s"]
)
PREDICTED_TOO_MUCH = Counter(
    "poise_funding_predicted_too_much", "By how much rates per interval were predicted too high.", ["venue", "lead_s"]
)
PREDICTED_TOO_LITTLE = Counter(
    "poise_funding_predicted_too_little", "By how much rates per interval were predicted too low.", ["venue", "lead_s"]
)
"""Bias is what was too much less what was too little, over those settled; the mean absolute error is their sum."""


def show_hindsight(record: object) -> None:
    """Count a record of hindsight on its way to the database; others are none of it."""
    if isinstance(record, RefusedPackage) and record.end is not None:
        _show_ended(record, record.end.value)
    elif isinstance(record, FundingPrediction) and record.error is not None:
        _show_settled(record, record.error)


def _show_ended(package: RefusedPackage, end: str) -> None:
    REFUSED_ENDED.labels(package.binding_limit, end).inc()
    net_usd = float(package.net_usd)
    REFUSED_GAINED.labels(package.binding_limit).inc(max(net_usd, 0.0))
    REFUSED_LOST.labels(package.binding_limit).inc(max(-net_usd, 0.0))


def _show_settled(prediction: FundingPrediction, error: float) -> None:
    labels = (prediction.venue, str(prediction.lead_s))
    PREDICTIONS_SETTLED.labels(*labels).inc()
    PREDICTED_TOO_MUCH.labels(*labels).inc(max(error, 0.0))
    PREDICTED_TOO_LITTLE.labels(*labels).inc(max(-error, 0.0))
