"""Identifiers of live runs: UUIDv7 from the operating system's entropy."""

import os
from datetime import datetime
from uuid import UUID

from poise_common.domain.clock import to_ms
from poise_common.domain.ids import NewId, uuid7


def random_ids() -> NewId:
    """Return an id source that never repeats itself; simulations use `seeded_ids` instead."""

    def new_id(now: datetime) -> UUID:
        return uuid7(to_ms(now), os.urandom(10))

    return new_id
