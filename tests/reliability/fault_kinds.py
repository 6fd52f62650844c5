"""What a campaign has go wrong with orders, and how an order fares by each."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FaultTerms:
    """A fault of the simulated venue: its kind, what it strikes, and its parameters."""

    kind: str
    target: str = "order_entry"
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        told = ",".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.kind}({told})" if told else self.kind


AMBIGUOUS = (
    FaultTerms("accept_then_drop"),
    FaultTerms("drop_before"),
    FaultTerms("truncate"),
    FaultTerms("hang", parameters={"effect": True}),
    FaultTerms("hang", parameters={"effect": False}),
    FaultTerms("http_500", parameters={"effect": True}),
    FaultTerms("http_502_html", parameters={"effect": True}),
    FaultTerms("http_503_unknown", parameters={"effect": True}),
    FaultTerms("http_503_unknown", parameters={"effect": False}),
    FaultTerms("html_200"),
    FaultTerms("garbage_200"),
    FaultTerms("empty_200"),
    FaultTerms("wrong_order_in_answer"),
    FaultTerms("delay", parameters={"ms": 3_500, "when": "after"}),
    FaultTerms("slow_fill", parameters={"delay_ms": 1_500}),
)
"""After each of these nobody on our side can know from the answer what became of the order."""

ONE_LEG = (
    *AMBIGUOUS,
    FaultTerms("reject", parameters={"code": -2010}),
    FaultTerms("partial", parameters={"fraction": 0.4}),
    FaultTerms("partial", parameters={"fraction": 0.02}),
    FaultTerms("too_many_requests", parameters={"retry_after_s": 1}),
    FaultTerms("timestamp_refused"),
    FaultTerms("stale_queries", target="order_query", parameters={"lag_ms": 1_500}),
    FaultTerms("stale_queries", target="trades", parameters={"lag_ms": 1_500}),
)
"""Whatever may happen to one leg while the other goes well."""
