"""Runs the demo: servers, venue, services, the live view, and an orderly end."""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.live import Live
from rich.markup import escape

from poise.demo.closing import settle
from poise.demo.desk_view import DeskView
from poise.demo.live_view import render
from poise.demo.record import Record, recording
from poise.demo.report import DemoReport
from poise.demo.venue_ledger import read_venue_ledger
from poise.demo.watch import DeskWatch, watching
from poise.desk_bus import RUNNING_DESK
from poise.embedded import embedded_servers
from poise.stack import DeskAddresses, free_ports, service_processes, simulator_process
from poise.supervisor import ProcessRefusedToStart, Supervisor
from poise_common.platform.key_files import ensure_key_pair
from poise_common.platform.migrations import upgrade

_REFRESH_S = 0.5
_PLAIN_LINE_EVERY_S = 15
_FIRST_BOOK_WITHIN_S = 60
_INTERRUPTED = 130
"""The exit code shells expect after Ctrl-C."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """How the demo was asked for."""

    seconds: float
    seed: int
    report: Path | None
    funding_interval_s: int
    log_directory: Path
    root: Path


class DemoFailed(Exception):
    """The demo cannot go on; the text says why and what to do."""


def run_demo(options: DemoOptions) -> int:
    """Run the demo to its end; returns the process' exit code (0: as it must be, 1: figures wrong, 2: refused)."""
    console = Console()
    try:
        return asyncio.run(_Demo(options, console).run())
    except (DemoFailed, ProcessRefusedToStart) as failure:
        console.print(f"[bold red]error:[/] {escape(str(failure))}", highlight=False, soft_wrap=True)
        return 2


class _Demo:
    def __init__(self, options: DemoOptions, console: Console) -> None:
        self._options = options
        self._console = console
        self._view = DeskView()
        self._interrupted = asyncio.Event()
        self._deadline: float | None = None

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        _refuse_a_second_desk()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._interrupted.set)
        self._console.print("starting embedded servers, the simulated venue and every service …")
        with embedded_servers() as servers:
            addresses = DeskAddresses(
                redis_url=servers.redis_url,
                database_url=servers.database_url,
                simulator_url=f"http://127.0.0.1:{free_ports(1)[0]}",
                config_directory=self._options.root / "config",
                key_directory=self._options.log_directory.parent / "keys",
            )
            await self._prepare(addresses)
            supervisor = Supervisor(self._options.log_directory, self._say)
            try:
                with self._announced(addresses):
                    return await self._trade(addresses, supervisor)
            finally:
                await supervisor.stop()

    async def _prepare(self, addresses: DeskAddresses) -> None:
        self._options.log_directory.mkdir(parents=True, exist_ok=True)
        for old in self._options.log_directory.glob("*.log"):
            old.unlink()
        ensure_key_pair(addresses.signing_key_file, addresses.verify_key_file)
        ensure_key_pair(addresses.operator_key_file, addresses.operator_public_key_file)
        migrations = self._options.root / "infra/postgres/migrations"
        await asyncio.to_thread(upgrade, addresses.database_url, directory=migrations)

    async def _trade(self, addresses: DeskAddresses, supervisor: Supervisor) -> int:
        options = self._options
        supervisor.start(simulator_process(addresses, seed=options.seed, funding_interval_s=options.funding_interval_s))
        await self._listening(addresses.simulator_port, supervisor)
        for process in service_processes(addresses):
            supervisor.start(process)
        async with watching(addresses.redis_url, self._view) as watch, recording(addresses.database_url) as record:
            await self._first_book(watch, supervisor)
            started = time.monotonic()
            self._deadline = started + options.seconds
            self._say("first book on the bus; the clock runs")
            async with self._shown(watch, record):
                await self._until_deadline(supervisor)
            traded_s = time.monotonic() - started
            self._say("stopped by Ctrl-C; settling what is under way" if self._interrupted.is_set() else "settling")
            await settle(addresses, record, self._view)
            report = await self._report(addresses, supervisor, watch, record, traded_s)
        report.print(self._console)
        if options.report is not None:
            options.report.write_text(report.model_dump_json(indent=2) + "\n")
            self._console.print(f"report written to {options.report}")
        if self._interrupted.is_set():
            return _INTERRUPTED
        return 1 if report.failures() else 0

    async def _until_deadline(self, supervisor: Supervisor) -> None:
        assert self._deadline is not None  # noqa: S101 - set when the first book came
        interrupted = asyncio.create_task(self._interrupted.wait())
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self._deadline - time.monotonic()):
                await _first_of(interrupted, supervisor.refused)
        except TimeoutError:
            return
        finally:
            interrupted.cancel()
        if supervisor.refused.done():
            raise supervisor.refused.result()

    async def _first_book(self, watch: DeskWatch, supervisor: Supervisor) -> None:
        book = asyncio.create_task(watch.first_book())
        interrupted = asyncio.create_task(self._interrupted.wait())
        try:
            await _first_of(book, interrupted, supervisor.refused, timeout_s=_FIRST_BOOK_WITHIN_S)
            if supervisor.refused.done():
                raise supervisor.refused.result()
            if not book.done():
                why = "it was stopped" if interrupted.done() else f"{_FIRST_BOOK_WITHIN_S} s passed"
                raise DemoFailed(f"no order book reached the bus before {why}; see {self._options.log_directory}/")
        finally:
            book.cancel()
            interrupted.cancel()

    async def _listening(self, port: int, supervisor: Supervisor) -> None:
        deadline = time.monotonic() + _FIRST_BOOK_WITHIN_S
        while time.monotonic() < deadline and not self._interrupted.is_set():
            if supervisor.refused.done():
                raise supervisor.refused.result()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return
        raise DemoFailed(
            f"the simulated venue did not start listening; see {self._options.log_directory}/simulator.log"
        )

    async def _report(
        self, addresses: DeskAddresses, supervisor: Supervisor, watch: DeskWatch, record: Record, traded_s: float
    ) -> DemoReport:
        venue = await read_venue_ledger(addresses.simulator_url)
        figures = await record.figures()
        verify_key = await asyncio.to_thread(addresses.verify_key_file.read_bytes)
        approved_ids = await record.approved_client_order_ids(verify_key)
        restarts = {name: count for name, count in supervisor.restarts.items() if count}
        errors = [f"{name} was restarted {count} times" for name, count in restarts.items()]
        errors += await watch.dead_letters()
        errors += _logged_errors(self._options.log_directory)
        portfolio = self._view.portfolio
        if portfolio is None:
            raise DemoFailed(f"the portfolio service never said what it holds; see {self._options.log_directory}/")
        return DemoReport(
            seconds=round(traded_s, 1),
            seed=self._options.seed,
            books=await watch.published("md.books.<tier>"),
            signals=await watch.published("signals"),
            requests=figures.requests,
            approved=figures.approved,
            rejected=figures.rejected,
            orders_sent=figures.orders_sent,
            packages_opened=figures.packages_opened,
            packages_closed=figures.packages_closed,
            packages_aborted=figures.packages_aborted,
            packages_halted=figures.packages_halted,
            ledger_fills=figures.ledger_fills,
            venue_fills=venue.fills,
            venue_orders=venue.orders,
            unapproved_orders=sum(
                count for client_id, count in venue.client_order_ids.items() if client_id not in approved_ids
            ),
            duplicate_orders=venue.duplicates,
            residual_delta_max_usd=self._view.residual_delta_max_usd,
            ledger_residual_usd=portfolio.ledger_residual_usd,
            equity_usd=portfolio.equity_usd,
            pnl_usd=portfolio.equity_usd - portfolio.day_start_equity_usd,
            tick_to_order_ms=await record.latency(),
            rss_mb=supervisor.rss_mb(),
            restarts=restarts,
            errors=len(errors),
            error_messages=errors,
        )

    def _say(self, text: str) -> None:
        self._view.say(text)
        if not self._console.is_terminal or self._deadline is None:
            self._console.print(text, highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def _announced(self, addresses: DeskAddresses) -> Iterator[None]:
        RUNNING_DESK.parent.mkdir(exist_ok=True)
        said = {
            "redis_url": addresses.redis_url,
            "database_url": addresses.database_url,
            "pid": os.getpid(),
            "operator_key_file": str(addresses.operator_key_file.absolute()),
        }
        RUNNING_DESK.write_text(json.dumps(said))
        try:
            yield
        finally:
            RUNNING_DESK.unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def _shown(self, watch: DeskWatch, record: Record) -> AsyncIterator[None]:
        showing = asyncio.create_task(self._show(watch, record))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show(self, watch: DeskWatch, record: Record) -> None:
        if not self._console.is_terminal:
            while True:
                await asyncio.sleep(_PLAIN_LINE_EVERY_S)
                await self._refresh(watch, record)
                self._console.print(_line(self._view, self._seconds_left()), highlight=False, soft_wrap=True)
        with Live(render(self._view, self._seconds_left()), console=self._console, auto_refresh=False) as live:
            while True:
                await self._refresh(watch, record)
                live.update(render(self._view, self._seconds_left()), refresh=True)
                await asyncio.sleep(_REFRESH_S)

    async def _refresh(self, watch: DeskWatch, record: Record) -> None:
        for at, text in await record.news():
            self._view.say(text, at)
        self._view.latency = await record.latency()
        self._view.counts = {
            "books": await watch.published("md.books.<tier>"),
            "signals": await watch.published("signals"),
            "requests": await watch.published("execution.requests"),
        }

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - time.monotonic()


def _refuse_a_second_desk() -> None:
    """Keep two desks out of one folder: they would take each other's logs, and orders would reach the wrong one."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        pid = json.loads(RUNNING_DESK.read_text())["pid"]
        if psutil.pid_exists(pid):
            raise DemoFailed(f"a desk already runs from this folder (process {pid}); stop it, or start from another")


async def _first_of(*futures: asyncio.Future[Any], timeout_s: float | None = None) -> None:
    await asyncio.wait(futures, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)


def _line(view: DeskView, seconds_left: float | None) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in view.counts.items())
    held = len(view.portfolio.packages) if view.portfolio else 0
    equity = f"${view.portfolio.equity_usd:,.2f}" if view.portfolio else "unknown"
    return f"{max(0.0, seconds_left or 0):.0f} s left: {counts}; {held} packages held; equity {equity}"


def _logged_errors(directory: Path) -> list[str]:
    lines = []
    for log in sorted(directory.glob("*.log")):
        for line in log.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("level") in {"error", "critical"}:
                    lines.append(f"{log.stem}: {entry.get('event')}")
    return lines
