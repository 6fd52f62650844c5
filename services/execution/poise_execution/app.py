"""Execution put together."""

import os
from functools import partial
from typing import Any

import structlog

from poise_common.contracts.signatures import Verifier
from poise_common.contracts.streams import Service
from poise_common.domain.ids import NewId
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.key_files import read_verifier
from poise_common.platform.observed_core import ObservedCore
from poise_common.platform.refusals import ConfigRefused, StartRefused
from poise_common.platform.service import ServiceSpec
from poise_execution.adapters import tables
from poise_execution.adapters.account_hints import AccountHints
from poise_execution.adapters.late_arrivals import late_arrival
from poise_execution.adapters.metrics import ExecutionFigures
from poise_execution.adapters.repository import ExecutionRepository
from poise_execution.adapters.venue_connections import KeyRefused, VenueConnection
from poise_execution.adapters.venue_effects import VenueEffects
from poise_execution.domain.core import ExecutionCore
from poise_execution.domain.parameters import ExecutionConfig
from poise_execution.settings import Settings
from poise_venues.errors import KeyTooWeak, VenueRefused
from poise_venues.metrics import VENUE_UP
from poise_venues.parameters import VenueConfig, VenuesConfig
from poise_venues.rate_limits import redis_for_budgets
from poise_venues.trading import open_trading_session

_TICK_INTERVAL_S = 0.1
"""Short beside the pauses between tries, which it rounds up."""


class VerifyKeyMissing(StartRefused):
    """Without risk's public key no approval could be told from a forged one."""


def compose(settings: Settings) -> ServiceSpec:
    """Put execution together from its settings and configuration; StartRefused names what does not pass."""
    directory = settings.config.dir
    config = load_section(
        directory, "execution", ExecutionConfig, os.environ, reserved=("verify_key_file", "operator_key_file")
    )
    venues = load_section(directory, "venues", VenuesConfig, os.environ)
    verifier, operator = _approvals_verifier(settings), _operators_verifier(settings)
    new_id = random_ids()
    connections = {name: _connect(name, venues[name], config, settings, new_id) for name in venues.traded}
    if not connections:
        raise KeyRefused("no venue in config/venues.yaml has a key: there is nothing to execute at")
    for name, connection in connections.items():
        VENUE_UP.labels(name).set_function(partial(_is_up, connection))
    hints = (AccountHints(connection, now=utc_now, new_id=new_id) for connection in connections.values())

    def build_core(state: Any) -> ObservedCore:
        core = ExecutionCore(config, verifier, state, operator)
        return ObservedCore(core, ExecutionFigures(core.figures, connections).see)

    return ServiceSpec(
        service=Service.EXECUTION,
        build_core=build_core,
        repository=ExecutionRepository(
            remember_finished_s=config.remember_finished_s,
            income_overlap_s=config.account.income_overlap_s,
            trades_overlap_s=config.reconciliation.trades_overlap_s,
        ),
        schema=tables.SCHEMA,
        effects=VenueEffects(connections, now=utc_now, new_id=new_id),
        sources=(*connections.values(), *hints),
        tick_interval_s=_TICK_INTERVAL_S,
        tables=tables.TABLES,
    )


def _is_up(connection: VenueConnection) -> float:
    return float(connection.is_up)


def _connect(
    venue: str, config: VenueConfig, execution: ExecutionConfig, settings: Settings, new_id: NewId
) -> VenueConnection:
    if (problem := late_arrival(venue, config, execution.orders)) is not None:
        raise ConfigRefused(settings.config.dir / "venues.yaml", (problem,))
    # How long a request may be under way decides when "not found" is proof, so execution sets it for its sessions.
    bounded = config.model_copy(
        update={
            "request_timeout_ms": round(execution.orders.answer_timeout_s * 1000),
            "receive_window_ms": round(execution.orders.receive_window_s * 1000),
        }
    )
    redis = redis_for_budgets(settings.redis.read_url())
    try:
        session = open_trading_session(venue, bounded, redis=redis, now=utc_now)
    except VenueRefused as refused:
        raise ConfigRefused(settings.config.dir / "venues.yaml", refused.problems) from None
    except KeyTooWeak as error:
        raise KeyRefused(f"venue {venue} can't be traded at: {error}") from None
    return VenueConnection(session, now=utc_now, new_id=new_id, after_closing=redis.aclose)


def _approvals_verifier(settings: Settings) -> Verifier:
    file = settings.execution.verify_key_file
    if file is None:
        raise VerifyKeyMissing(
            "set POISE_EXECUTION__VERIFY_KEY_FILE to risk's public key (PEM): no approval can be verified without it"
        )
    return read_verifier(file)


def _operators_verifier(settings: Settings) -> Verifier | None:
    file = settings.execution.operator_key_file
    if file is None:
        structlog.get_logger().warning(
            "no operator's key: a venue that is locked stays so, since nobody can acknowledge its differences",
            set="POISE_EXECUTION__OPERATOR_KEY_FILE",
        )
        return None
    return read_verifier(file)
