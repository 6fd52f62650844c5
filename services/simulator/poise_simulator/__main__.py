"""`python -m poise_simulator`: run the simulated venue alone."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import uvloop
from pydantic import ValidationError

from poise_simulator.app import Simulator
from poise_simulator.settings import DEFAULT_PORT, SimulatorSettings

EXIT_CANNOT_START = 2

_EXAMPLES = f"""\
examples:
  python -m poise_simulator --port {DEFAULT_PORT} --seed 7
  python -m poise_simulator --port 0 --seed 7 --funding-interval-s 60    a free port; funding each minute
  python -m poise_simulator --port 9870 --okx-port 9871                   two venues of one world
  python -m poise_simulator --profile calm --start-time 2026-01-01T00:00:00Z

API key 'paper', secret 'paper' (trade-only). 'paper-withdraw' may withdraw too, 'paper-read' may only read;
each one's secret is its own name.

  REST, all markets     http://HOST:PORT/api/v3  /sapi/v1  /fapi/v1  /fapi/v2  /fapi/v3  /dapi/v1
  spot streams          ws://HOST:PORT/spot/ws  /spot/stream           requests: /spot/ws-api/v3
  futures streams       ws://HOST:PORT/futures/ws  /futures/stream     requests: /futures/ws-fapi/v1
                        also below /futures/public, /futures/market, /futures/private
  for checkers          http://HOST:PORT/healthz  /metrics  /sim/v1/info  /sim/v1/ledger
  faults                http://HOST:PORT/sim/v1/faults  /sim/v1/faults/log  /sim/v1/actions/NAME

Every setting can come from the environment: POISE_SIMULATOR__PORT, POISE_SIMULATOR__SEED, …
The command line wins.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; returns 0, or 2 with one line of why when it can't start."""
    parsed = _parser().parse_args(arguments)
    given = {name: value for name, value in vars(parsed).items() if value is not None}
    if "okx_port" in given:
        given["okx"] = {"port": given.pop("okx_port")}
    try:
        settings = SimulatorSettings(**given)
    except ValidationError as error:
        for problem in error.errors():
            where = ".".join(str(part) for part in problem["loc"]) or "settings"
            _say(f"poise_simulator: {where}: {problem['msg']} (got {problem['input']!r})", to_error=True)
        return EXIT_CANNOT_START
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings))


async def _serve(settings: SimulatorSettings) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        async with Simulator(settings) as simulator:
            _say(
                f"poise_simulator listens on {simulator.base_url} seed={settings.seed} "
                f"profile={settings.profile} funding_interval_s={settings.funding_interval_s} "
                f"now={datetime.fromtimestamp(simulator.venue.now_ms / 1000, UTC).isoformat()}"
            )
            for beside in simulator.sites[1:]:
                _say(f"poise_simulator listens on {beside.base_url} as {beside.name}")
            await simulator.run_until(stopped)
    except OSError as error:
        ports = " and ".join(f"{settings.host}:{port}" for port in settings.ports())
        _say(f"poise_simulator: can't listen on {ports}: {error.strerror}", to_error=True)
        return EXIT_CANNOT_START
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m poise_simulator",
        description="A venue that speaks Binance's spot and USD-margined futures protocol; another beside it, OKX's.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", help=f"port to listen on, 0 for a free one ({DEFAULT_PORT})")
    parser.add_argument("--okx-port", dest="okx_port", help="port of the venue that speaks OKX's protocol (none)")
    parser.add_argument("--seed", help="the market's seed: same seed, same market (1)")
    parser.add_argument("--profile", help="demo: premiums come and go in seconds; calm: in hours (demo)")
    parser.add_argument("--funding-interval-s", dest="funding_interval_s", help="seconds between settlements (28800)")
    parser.add_argument("--start-time", dest="start_time", help="the venue's time at start, ISO 8601 (now)")
    parser.add_argument("--fault-seed", dest="fault_seed", help="strike requests from this seed (none)")
    parser.add_argument("--fault-rate", dest="fault_rate", help="share of requests to strike (0.2)")
    parser.add_argument("--fault-kinds", dest="fault_kinds", help="kinds to strike with, by commas (all)")
    parser.add_argument("--fault-targets", dest="fault_targets", help="what to strike, by commas (order_entry)")
    parser.add_argument("--log-level", dest="log_level", help="DEBUG, INFO, WARNING or ERROR (INFO)")
    return parser


def _say(line: str, *, to_error: bool = False) -> None:
    stream = sys.stderr if to_error else sys.stdout
    stream.write(line + "\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
