"""A reader of work by itself, without the service around it."""

from redis.asyncio import Redis
from tests.integration.common.toy_service import request

from poise_common.contracts.streams import Service, stream_of
from poise_common.platform.bus.taking import Take
from poise_common.platform.bus.work import WorkReader

REQUESTS = stream_of(type(request("any"))).name


def requests_reader(redis: Redis, take: Take, *, claim_idle_s: float) -> WorkReader:
    """Return what reads risk's requests, and claims what was left in hand for so long."""
    return WorkReader(
        redis,
        Service.RISK,
        streams=[stream_of(type(request("any")))],
        take=take,
        fail=lambda _: None,
        claim_idle_s=claim_idle_s,
        max_deliveries=5,
    )
