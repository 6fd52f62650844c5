"""What a plan would be made of now: read from the bus and the book, planned as the portfolio would, and not ordered."""

import os
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise.desk_addresses import config_directory
from poise.desk_book import consult
from poise.desk_bus import DeskBus, ask
from poise.operating.status import silence
from poise_common.contracts.market_data import CandleInterval, Universe
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.contracts.state import CorrelationMatrix, PortfolioState
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.refusals import ConfigRefused
from poise_portfolio.domain.correlations.windows import CorrelationWindows
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_portfolio.domain.rebalancing.candidates import Candidates
from poise_portfolio.domain.rebalancing.models.parameters import ModelName
from poise_portfolio.domain.rebalancing.plan import Plan, planned
from poise_portfolio.domain.rebalancing.situation import Situation
from poise_portfolio.domain.records import CloseSeries

_CLOSES = text("""
select venue, symbol, asset,
       array_agg((extract(epoch from opened_at) * 1000)::bigint order by opened_at) as opened_at_ms,
       array_agg(close order by opened_at) as closes
from portfolio.candles
where interval = :interval and opened_at >= :since
group by venue, symbol, asset
order by asset, count(*) desc, venue, symbol
""")


_PLAN = TypeAdapter(Plan)


class NothingToPlanBy(Exception):
    """The desk does not say what a plan is made of."""


class _Told(NamedTuple):
    state: PortfolioState | None
    universe: Universe | None
    evaluations: tuple[CandidateEvaluated, ...]
    matrices: tuple[CorrelationMatrix, ...]


def configured(model: str | None) -> PortfolioParameters:
    """Load the portfolio's configuration, of the desk that runs from this folder where there is one; pick a model.

    Raises NothingToPlanBy for a configuration that does not pass, and for a model that there is none of.
    """
    try:
        parameters = load_section(config_directory(), "portfolio", PortfolioParameters, os.environ)
    except ConfigRefused as refused:
        raise NothingToPlanBy(str(refused)) from None
    if model is None:
        return parameters
    if model not in list(ModelName):
        raise NothingToPlanBy(f"{model!r} is no model; {', '.join(ModelName)} would pass")
    models = parameters.rebalancing.models.naming(ModelName(model))
    rebalancing = parameters.rebalancing.model_copy(update={"models": models})
    return parameters.model_copy(update={"rebalancing": rebalancing})


async def plan_now(redis_url: str, parameters: PortfolioParameters, *, wait_s: float) -> Plan:
    """Return the plan that the desk would make now.

    Raises NothingToPlanBy where the portfolio is silent, DeskUnreachable and BookUnreadable where they don't answer.
    """
    told = await ask(redis_url, _read_bus, wait_s=wait_s, answerer="the portfolio")
    now = utc_now()
    state = _usable(told.state, now)
    if told.universe is None:
        raise NothingToPlanBy("ingestion has not said yet what may be traded")
    models = parameters.rebalancing.models
    bars = models.bars + 1
    since = now - timedelta(seconds=models.interval.seconds * (bars + 1))
    series = await consult(lambda book: _read_closes(book, models.interval, since), wait_s=wait_s)
    windows = CorrelationWindows(parameters.correlations, series)
    situation = Situation(
        now=now,
        equity_usd=state.equity_usd,
        packages=state.packages,
        accounts=state.accounts,
        candidates=Candidates(parameters.rebalancing.requests.candidate_stale_after_s, told.evaluations),
        closes=windows.spot_closes(models.interval, bars),
        sectors={asset.asset: asset.sector for asset in told.universe.assets},
        clusters=next((each.clusters for each in told.matrices if each.window == "90d"), ()),
    )
    return planned(situation, parameters.rebalancing)


def as_json(plan: Plan) -> str:
    """Return it as a program reads it."""
    return _PLAN.dump_json(plan).decode()


async def _read_bus(bus: DeskBus) -> _Told:
    states, universes = await bus.newest(PortfolioState), await bus.newest(Universe)
    return _Told(
        state=states[-1] if states else None,
        universe=universes[-1] if universes else None,
        evaluations=tuple(await bus.newest(CandidateEvaluated)),
        matrices=tuple(await bus.newest(CorrelationMatrix)),
    )


def _usable(state: PortfolioState | None, now: datetime) -> PortfolioState:
    silent = silence("portfolio", None if state is None else state.as_of, now)
    if state is None or silent is not None:
        raise NothingToPlanBy(f"{silent}; is it running?")
    if not state.ledger_open:
        raise NothingToPlanBy("the ledger is not open: not every venue's account has been read yet")
    if state.equity_usd <= 0:
        raise NothingToPlanBy("the desk has no equity")
    return state


async def _read_closes(book: AsyncConnection, interval: CandleInterval, since: datetime) -> tuple[CloseSeries, ...]:
    rows = await book.execute(_CLOSES, {"interval": interval.value, "since": since})
    return tuple(
        CloseSeries(row.venue, row.symbol, row.asset, interval, tuple(row.opened_at_ms), tuple(row.closes))
        for row in rows
    )
