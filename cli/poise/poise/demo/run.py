"""Runs the demo: servers, venue, services, the live view, and an orderly end."""

import asyncio
import signal

import typer
from rich.console import Console

from poise.demo.closing import settle
from poise.demo.desk_view import DeskView
from poise.demo.failure import DemoFailed
from poise.demo.folder import announced, prepare, refuse_a_second_desk
from poise.demo.options import DemoOptions
from poise.demo.outcome import reckon
from poise.demo.record import Record, recording
from poise.demo.report import DemoReport
from poise.demo.scenarios.stage import Stage
from poise.demo.screen import Screen
from poise.demo.waiting import TradingTime, Waiting, listens
from poise.demo.watch import DeskWatch, watching
from poise.embedded import embedded_servers
from poise.stack import DeskAddresses, local_venues, service_processes, simulator_process
from poise.supervisor import ProcessRefusedToStart, Supervisor
from poise.terminal import INTERRUPTED, NOT_AS_ORDERED, REFUSED, say_error
from poise_common.platform.migrations import upgrade

_FIRST_BOOK_WITHIN_S = 60


def run_demo(options: DemoOptions) -> int:
    """Run the demo to its end; returns the process' exit code (0: as it must be, 1: figures wrong, 2: refused)."""
    console = Console(stderr=options.as_json)
    try:
        return asyncio.run(_Demo(options, console).run())
    except (DemoFailed, ProcessRefusedToStart) as failure:
        say_error(" ".join(str(failure).split()))
        return REFUSED


class _Demo:
    def __init__(self, options: DemoOptions, console: Console) -> None:
        self._options = options
        self._console = console
        self._view = DeskView()
        self._interrupted = asyncio.Event()
        self._time = TradingTime()
        self._screen = Screen(console, self._view, lambda: self._time.left_s)

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        refuse_a_second_desk()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted.set)
        self._console.print("starting embedded servers, the simulated venues and every service …")
        with embedded_servers() as servers:
            addresses = DeskAddresses(
                redis_url=servers.redis_url,
                database_url=servers.database_url,
                venue_urls=local_venues(self._options.venues),
                config_directory=self._options.root / "config",
                key_directory=self._options.log_directory.parent / "keys",
            )
            prepare(addresses, self._options.log_directory)
            migrations = self._options.root / "infra/postgres/migrations"
            await asyncio.to_thread(upgrade, addresses.database_url, directory=migrations)
            supervisor = Supervisor(self._options.log_directory, self._screen.say)
            try:
                with announced(addresses):
                    return self._told(await self._trade(addresses, supervisor))
            finally:
                await supervisor.stop()

    async def _trade(self, addresses: DeskAddresses, supervisor: Supervisor) -> DemoReport:
        options, view = self._options, self._view
        waiting = Waiting(supervisor.refused, self._interrupted)
        await self._start(addresses, supervisor, waiting)
        async with watching(addresses.redis_url, view) as watch, recording(addresses.database_url) as record:
            await self._first_book(watch, waiting)
            self._time.start(options.seconds)
            self._screen.say("first book on the bus; the clock runs")
            stage = self._stage(addresses, record, waiting)
            async with self._screen.shown(watch, record):
                if stage is not None:
                    await stage.play()
                await waiting.pause(self._time.left_s or 0)
            traded_s = self._time.passed_s
            mode = view.risk.mode if view.risk is not None else None
            self._screen.say("stopped by Ctrl-C; settling what is under way" if waiting.is_interrupted else "settling")
            await settle(addresses, record, view)
            return await reckon(
                options,
                addresses,
                supervisor=supervisor,
                watch=watch,
                view=view,
                record=record,
                traded_s=traded_s,
                mode=mode,
                aftermath=None if stage is None else await stage.aftermath(),
            )

    async def _start(self, addresses: DeskAddresses, supervisor: Supervisor, waiting: Waiting) -> None:
        options = self._options
        supervisor.start(simulator_process(addresses, seed=options.seed, funding_interval_s=options.funding_interval_s))
        for venue, port in addresses.venue_ports.items():
            if not await waiting.until(listens(port), timeout_s=_FIRST_BOOK_WITHIN_S):
                log = options.log_directory / "simulator.log"
                raise DemoFailed(f"the simulated venue {venue} did not start listening; see {log}")
        for process in service_processes(addresses):
            supervisor.start(process)

    async def _first_book(self, watch: DeskWatch, waiting: Waiting) -> None:
        if not await waiting.until(watch.first_book(), timeout_s=_FIRST_BOOK_WITHIN_S):
            why = "it was stopped" if waiting.is_interrupted else f"{_FIRST_BOOK_WITHIN_S} s passed"
            raise DemoFailed(f"no order book reached the bus before {why}; see {self._options.log_directory}/")

    def _stage(self, addresses: DeskAddresses, record: Record, waiting: Waiting) -> Stage | None:
        if self._options.scenario is None:
            return None
        return Stage(
            self._options.scenario,
            venue_urls=addresses.venue_urls,
            funding_interval_s=self._options.funding_interval_s,
            view=self._view,
            record=record,
            waiting=waiting,
            time=self._time,
            say=self._screen.say,
        )

    def _told(self, report: DemoReport) -> int:
        report.print(self._console)
        if self._options.as_json:
            typer.echo(report.model_dump_json())
        if self._options.report is not None:
            self._options.report.write_text(report.model_dump_json(indent=2) + "\n")
            self._console.print(f"report written to {self._options.report}")
        if self._interrupted.is_set():
            return INTERRUPTED
        return NOT_AS_ORDERED if report.failures() else 0
