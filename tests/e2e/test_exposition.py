"""What each service of a desk that trades answers Prometheus with."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.architecture.declared_metrics import declared_metrics
from tests.integration.cli.running_desk import RunningDesk, running_desk
from tests.integration.conftest import Simulator
from tests.integration.monitoring.servers import program
from tests.integration.service_process import ROOT

from poise.stack import DeskAddresses

TRADES_WITHIN_S = 200
SHOWN_WITHIN_S = 30
SERIES_MAX = 400
"""Of one service, with one venue and the two assets of tier 1: what no label may multiply."""
EACH = frozenset({"poise_build_info", "poise_ready", "poise_bus_up", "poise_book_up", "poise_messages_owed"})
READS_WORK = frozenset(
    {
        *("poise_hop_seconds_count", "poise_messages_handled_total", "poise_last_handled_timestamp_seconds"),
        *("poise_stream_length", "poise_stream_lag", "poise_stream_pending", "poise_stream_oldest_pending_seconds"),
        "poise_dead_letters",
    }
)
SPEAKS_TO_VENUES = frozenset({"poise_rate_limit_headroom_ratio", "poise_venue_up"})
SHOWN: Mapping[str, frozenset[str]] = {
    "ingestion-tier1": EACH
    | SPEAKS_TO_VENUES
    | {
        *("poise_books_followed", "poise_books_stale", "poise_book_age_seconds_max"),
        *("poise_ingestion_share", "poise_ingestion_replicas", "poise_messages_published_total"),
        *("poise_stream_length", "poise_dead_letters"),
    },
    "signals": EACH | READS_WORK | {"poise_lease_epoch", "poise_asset_regime"},
    "risk": EACH
    | READS_WORK
    | {
        *("poise_lease_epoch", "poise_risk_mode", "poise_risk_decisions_total"),
        *("poise_limit_value", "poise_limit_allowed", "poise_limit_headroom_ratio"),
    },
    "execution": EACH
    | READS_WORK
    | SPEAKS_TO_VENUES
    | {
        *("poise_lease_epoch", "poise_venue_clock_offset_seconds", "poise_order_answers_total"),
        *("poise_order_seconds_count", "poise_tick_to_order_seconds_count", "poise_slippage_bps_count"),
        *("poise_orders_unknown", "poise_residual_delta_usd", "poise_venue_locked", "poise_leg_fills_total"),
        "poise_last_reconciled_timestamp_seconds",
    },
    "portfolio": EACH
    | READS_WORK
    | {
        *("poise_lease_epoch", "poise_equity_usd", "poise_own_equity_usd", "poise_exposure_usd"),
        *("poise_net_delta_usd", "poise_drawdown_ratio", "poise_day_pnl_usd", "poise_ledger_residual_usd"),
        *("poise_packages", "poise_correlation_mean", "poise_correlation_age_seconds", "poise_phase"),
    },
    "notifier": EACH
    | {
        *("poise_stream_length", "poise_stream_lag", "poise_stream_pending", "poise_stream_oldest_pending_seconds"),
        *("poise_dead_letters", "poise_telegram_up"),
    },
}
COUNTED = frozenset(
    {
        *("poise_tick_to_order_seconds_count", "poise_slippage_bps_count", "poise_leg_fills_total"),
        *("poise_risk_decisions_total", "poise_equity_usd", "poise_exposure_usd", "poise_books_followed"),
        *("poise_last_reconciled_timestamp_seconds", "poise_messages_handled_total"),
    }
)
"""What a desk that holds something has more than nothing of."""


class Exposition:
    """One service's answer, read as Prometheus reads it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples: dict[str, list[float]] = {}
        self.families: set[str] = set()
        for family in text_string_to_metric_families(text):
            self.families.add(family.name)
            for sample in family.samples:
                self.samples.setdefault(sample.name, []).append(sample.value)


@pytest.mark.timeout(300)
async def test_every_service_of_a_desk_that_trades_shows_what_it_is_said_to_show(
    tmp_path: Path, redis_url: str, migrated: str, simulator: Simulator
) -> None:
    promtool = program("promtool")
    addresses = DeskAddresses(redis_url, migrated, {"paper": simulator.http_url}, ROOT / "config", tmp_path / "keys")
    async with running_desk(addresses, tmp_path) as desk:
        await desk.until(desk.is_trading, "packages are held", within_s=TRADES_WITHIN_S)

        async def shows_all() -> bool:
            shown = await _expositions(desk)
            return not any(_not_shown(name, shown[name]) for name in SHOWN)

        with suppress(AssertionError):  # what is not shown, the comparison below says
            await desk.until(shows_all, "all is shown", within_s=SHOWN_WITHIN_S)
        shown = await _expositions(desk)
    declared = {metric.name for metrics in declared_metrics().values() for metric in metrics}
    faults = {
        name: (
            *(_not_shown(name, exposition) if name in SHOWN else ()),
            *_undeclared(exposition, declared),
            *_too_many(exposition),
            *await _against_conventions(promtool, exposition),
        )
        for name, exposition in shown.items()
    }
    assert faults == dict.fromkeys(shown, ())


async def _expositions(desk: RunningDesk) -> Mapping[str, Exposition]:
    services = {name: Exposition(await desk.ask(name, "/metrics")) for name in SHOWN}
    return {**services, "simulator": Exposition(await desk.ask_venue("/metrics"))}


def _not_shown(service: str, exposition: Exposition) -> Sequence[str]:
    samples = exposition.samples
    missing = sorted(SHOWN[service] - samples.keys())
    idle = sorted(name for name in (COUNTED & SHOWN[service]) - set(missing) if not max(samples[name]) > 0)
    down = [name for name in ("poise_ready", "poise_bus_up") if samples.get(name) != [1]]
    faults = {"missing": missing, "0": idle, "not 1": down}
    return [f"{name} is {what}" for what, names in faults.items() for name in names]


def _undeclared(exposition: Exposition, declared: Collection[str]) -> Sequence[str]:
    ours = {name for name in exposition.families if name.startswith("poise_")}
    return [f"{name} is not declared" for name in ours if not {name, f"{name}_total", f"{name}_info"} & set(declared)]


def _too_many(exposition: Exposition) -> Sequence[str]:
    series = sum(map(len, exposition.samples.values()))
    return [f"{series} series are more than {SERIES_MAX}"] if series > SERIES_MAX else []


async def _against_conventions(promtool: str, exposition: Exposition) -> Sequence[str]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        promtool, "check", "metrics", stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate(exposition.text.encode())
    return said.decode().splitlines()
