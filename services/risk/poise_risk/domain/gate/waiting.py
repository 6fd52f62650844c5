"""Requests that passed every limit and wait a moment for the last free slot."""

from datetime import datetime, timedelta
from typing import Self

from poise_common.contracts.message import Hop
from poise_common.contracts.packages import OpenPackage
from poise_common.domain.value import Value

WAITED = "contest"
"""The hop that a request which waited has in its trace."""


class WaitingRequest(Value):
    """A request that others may still displace; it reserves nothing."""

    request: OpenPackage
    tier: int
    since: datetime
    until: datetime
    """When it is judged anew, unless a better one came."""
    ended_at: datetime | None = None

    @classmethod
    def since_now(cls, request: OpenPackage, tier: int, wait: timedelta, now: datetime) -> Self:
        return cls(request=request, tier=tier, since=now, until=now + wait)

    def instead_of(self, *displaced: "WaitingRequest") -> Self:
        """Take the place of those it displaces: a contest ends when its first request has waited long enough."""
        until = min((self.until, *(each.until for each in displaced)))
        return self.model_copy(update={"until": max(until, self.since)})

    def ended(self, now: datetime) -> Self:
        """Wait no more: the request is being decided."""
        return self.model_copy(update={"ended_at": now})

    def is_due(self, now: datetime) -> bool:
        return now >= min(self.until, self.request.expires_at)

    def to_be_decided(self, now: datetime) -> OpenPackage:
        """Return the request with its wait told apart from the time that deciding takes."""
        return self.request.model_copy(update={"hops": (*self.request.hops, Hop(stage=WAITED, at=now))})
