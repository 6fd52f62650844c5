"""What an answer of the venue tells of an order."""

from poise_execution.domain.orders import Evidence
from poise_execution.domain.results import OrderAbsent, OrderRefused, OrderSeen, OutcomeUnknown

Outcome = OrderSeen | OrderRefused | OrderAbsent | OutcomeUnknown


def evidence_of(outcome: Outcome) -> Evidence:
    match outcome:
        case OrderSeen(is_terminal=True):
            return Evidence.TERMINAL
        case OrderSeen():
            return Evidence.OPEN
        case OrderRefused():
            return Evidence.REFUSED
        case OrderAbsent():
            return Evidence.ABSENT
        case OutcomeUnknown():
            return Evidence.UNCLEAR


def detail_of(outcome: Outcome) -> str:
    """Return what is worth keeping of it; empty where the order itself says all."""
    match outcome:
        case OrderRefused():
            return f"{outcome.code}: {outcome.text}"
        case OutcomeUnknown():
            return outcome.reason
        case OrderAbsent():
            return "not found at two endpoints"
        case OrderSeen():
            return ""
