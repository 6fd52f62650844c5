"""One crash test: start, trade, kill, come to rest, check, tell."""

import asyncio
import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml
from tests.crash.accounts import difference_usd, read_ledger_account, read_venue_account
from tests.crash.alarms import keep_alarming
from tests.crash.blows import Recovery
from tests.crash.checks import violations
from tests.crash.closer import close_at_rest
from tests.crash.desk import ROOT, SETTINGS, CrashDesk, NotReady, running_desk
from tests.crash.evidence import read_history
from tests.crash.history import History
from tests.crash.operator import Operator
from tests.crash.plan import SERVERS, plan
from tests.crash.striker import Striker
from tests.crash.telling import conclusion, defects
from tests.crash.waiting import until
from tests.reliability.findings import conclude
from tests.reliability.page import write_figures

from poise.supervisor import ProcessRefusedToStart
from poise_common.platform.crew import Crew
from poise_common.platform.key_files import read_verifier

_TRADES_WITHIN_S = 90.0
_LOOK_EVERY_S = 0.5
_AT_REST_WITHIN_S = 90.0


@dataclass(frozen=True, slots=True)
class Options:
    """How the run was asked for; `seconds` bounds the killing alone."""

    kills: int
    seed: int
    seconds: float | None
    report: Path | None
    page: Path | None
    folder: Path
    keeps_folder: bool


class CrashRun:
    """Run once; the folder with the logs stays where something was wrong."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._began = time.monotonic()

    async def run(self) -> int:
        """Return the exit code: 0 sound, 1 not, 2 it could not run."""
        options = self._options
        self._say(f"seed {options.seed}, {options.kills} kills; logs in {options.folder}")
        self._say(
            "beside the shipped configuration: " + " ".join(f"{name}={value}" for name, value in SETTINGS.items())
        )
        try:
            async with running_desk(options.folder, options.seed, self._say) as desk:
                self._say("all services are ready")
                code = await self._crash(desk)
        except (NotReady, ProcessRefusedToStart, TimeoutError) as failure:
            self._say(f"could not run: {failure}; logs in {options.folder}")
            return 2
        if code:
            self._say(f"logs are kept in {options.folder}; again: {self._again()}")
        elif not options.keeps_folder:
            shutil.rmtree(options.folder, ignore_errors=True)
        return code

    async def _crash(self, desk: CrashDesk) -> int:
        operator, striker = Operator(desk, self._say), Striker(desk, self._say)
        people = Crew()
        people.start(close_at_rest(desk.addresses.redis_url, self._options.seed))
        people.start(operator.keep_trading())
        people.start(keep_alarming(desk.addresses.redis_url))
        stop = asyncio.Event()
        if self._options.seconds is not None:
            asyncio.get_running_loop().call_later(self._options.seconds, stop.set)
        try:
            await self._first_fills(operator)
            began = time.monotonic()
            await striker.carry_out(plan(self._options.kills, self._options.seed), stop)
            struck_s = time.monotonic() - began
            await desk.ready(steady_s=1.0, within_s=_AT_REST_WITHIN_S)
        finally:
            await people.end()
        people.check()
        self._say("coming to rest")
        is_still = await operator.bring_to_rest(_AT_REST_WITHIN_S)
        if not is_still:
            self._say(f"not everything came to rest within {_AT_REST_WITHIN_S:g} s")
        history = await self._history(desk, striker.recoveries)
        found = violations(history)
        figures = conclusion(
            history,
            found,
            recoveries=striker.recoveries,
            struck=striker.struck,
            halts=operator.halts,
            residual_usd=await self._residual_usd(desk, history),
            asked_kills=self._options.kills,
            struck_s=struck_s,
        )
        self._tell(found, defects(self._options.folder / "logs"), desk.supervisor.restarts)
        title = f"{len(striker.recoveries)} kills in {struck_s:.0f} s, seed {self._options.seed}"
        if self._options.page is not None:
            write_figures(self._options.page, "the crash test", title, figures)
        return conclude(f"crash test: {title}", figures, self._options.report)

    async def _first_fills(self, operator: Operator) -> None:
        async with asyncio.timeout(_TRADES_WITHIN_S):
            await until(operator.has_fills, every_s=_LOOK_EVERY_S)
        self._say("the desk trades; the kills begin")

    async def _history(self, desk: CrashDesk, recoveries: Sequence[Recovery]) -> History:
        execution = yaml.safe_load((ROOT / "config/execution.yaml").read_text())
        return await read_history(
            simulator_url=desk.addresses.venue_urls["paper"],
            database_url=desk.addresses.database_url,
            redis_url=desk.addresses.redis_url,
            verifier=read_verifier(desk.addresses.verify_key_file),
            execution_away=[one.away for one in recoveries if one.kill.victim in {"execution", *SERVERS}],
            residual_cap_usd=Decimal(str(execution["hedging"]["residual_cap_usd"])),
        )

    async def _residual_usd(self, desk: CrashDesk, history: History) -> Decimal:
        prices = {fill.key.market.symbol: fill.price for fill in history.venue_fills}
        venue = await read_venue_account(desk.addresses.venue_urls["paper"])
        return difference_usd(venue, await read_ledger_account(desk.addresses.database_url), prices)

    def _tell(self, found: dict[str, list[str]], ended: Counter[str], restarts: dict[str, int]) -> None:
        for name, instances in found.items():
            for instance in instances[:20]:
                self._say(f"{name}: {instance}")
        for text, count in ended.most_common():
            self._say(f"ended by itself {count} times: {text}")
        self._say("restarts: " + ", ".join(f"{name} {count}" for name, count in restarts.items()))

    def _again(self) -> str:
        return f"make crash-test KILLS={self._options.kills} SEED={self._options.seed}"

    def _say(self, text: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - self._began:6.1f}] {text}\n")
        sys.stderr.flush()
