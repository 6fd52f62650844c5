"""The service on a real bus and a real database."""

import asyncio
import random
import signal
from decimal import Decimal

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import eventually, publish
from tests.integration.portfolio.process import PortfolioProcess, newest_state, published
from tests.unit.portfolio.desk import PERPETUAL, SPOT, Desk

from poise_common.contracts.execution import AccountReported, LegFilled
from poise_common.contracts.market_data import Candle, CandleHistory, CandleInterval
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageAction
from poise_common.contracts.state import CorrelationMatrix, PortfolioState
from poise_common.contracts.streams import TIERS, stream_of
from poise_common.domain.clock import to_ms
from poise_common.platform.bus.entry_ids import entry_id
from poise_common.platform.bus.feeds import FeedReader
from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_portfolio.adapters.history_tables import candles
from poise_portfolio.adapters.ledger_tables import cash_balances
from poise_portfolio.adapters.ledger_tables import fills as fills_table


class Speaker(Desk):
    """Makes messages of now, for a portfolio that runs elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.now = utc_now()
        self.new_id = random_ids()

    def opening(self) -> AccountReported:
        return self.report({("spot", "USDT"): "60000", ("futures", "USDT"): "40000"}, opening=True)


@pytest.fixture
def speaker() -> Speaker:
    return Speaker()


@pytest.fixture
def portfolio(redis_url: str, migrated: str, engine: AsyncEngine) -> PortfolioProcess:  # noqa: ARG001  (empties the schema)
    return PortfolioProcess(redis_url, migrated)


async def has_counted(redis: Redis, fills: int) -> bool:
    state = await newest_state(redis)
    return state is not None and state.fills == fills


async def test_a_package_is_told_marked_with_its_account(
    redis: Redis, portfolio: PortfolioProcess, speaker: Speaker
) -> None:
    async with portfolio.running():
        await publish(
            redis,
            speaker.opening(),
            speaker.fill(SPOT, "buy", "1", "100", fee="0.0005", fee_currency="BTC"),
            speaker.fill(PERPETUAL, "sell", "1", "101"),
            speaker.opened(),
        )
        await eventually(lambda: has_counted(redis, 2), "both fills are counted")

        async def is_marked() -> bool:
            await publish(redis, speaker.book(SPOT, 110.0), speaker.book(PERPETUAL, 110.0))
            state = await newest_state(redis)
            return state is not None and state.equity_usd == Decimal(100_000) - 100 + Decimal("109.945") - 9

        await eventually(is_marked, "books reach the equity")
        state = await newest_state(redis)
        assert state is not None
        assert state.ledger_open
        assert [package.state for package in state.packages] == ["open"]


async def test_killed_again_and_again_while_it_counts_it_counts_each_fill_once(
    redis: Redis, portfolio: PortfolioProcess, speaker: Speaker, engine: AsyncEngine
) -> None:
    dice = random.Random(11)  # noqa: S311  (a seeded test)
    told: list[LegFilled] = []
    usdt = {"spot": Decimal(60_000), "futures": Decimal(40_000)}
    for number in range(300):
        is_spot, price = number % 2 == 0, Decimal(10_000 + dice.randrange(500)) / 100
        fill = speaker.fill(SPOT if is_spot else PERPETUAL, "buy" if is_spot else "sell", "0.01", price, fee="0.0005")
        told.append(fill)
        usdt["spot" if is_spot else "futures"] -= Decimal("0.0005") + (price / 100 if is_spot else 0)

    async def tell_all() -> None:
        await publish(redis, speaker.opening())
        for fill in told:
            again = dice.choice(told[: told.index(fill) + 1])
            retold = again.model_copy(update={"id": speaker.new_id(speaker.now)})
            await publish(redis, fill, again, retold)

    telling = asyncio.create_task(tell_all())
    for kill_at in (20, 90, 91, 200):

        async def has_come_to(fills: int = kill_at) -> bool:
            return await counted_rows(engine) >= fills

        async with portfolio.running(signal.SIGKILL):
            await eventually(has_come_to, f"{kill_at} fills are counted")
    await telling
    async with portfolio.running():
        # what is held is not told before it is marked again
        async def is_complete() -> bool:
            await publish(redis, speaker.book(SPOT, 100.0), speaker.book(PERPETUAL, 100.0))
            return await has_counted(redis, len(told))

        await eventually(is_complete, "all fills are counted")
        await publish(
            redis,
            speaker.report(
                {
                    ("spot", "USDT"): usdt["spot"],
                    ("spot", "BTC"): "1.5",
                    ("futures", "USDT"): usdt["futures"],
                },
                {PERPETUAL: "-1.5"},
            ),
        )
        await eventually(lambda: is_reported(redis), "the account is compared")
    state = await newest_state(redis)
    assert state is not None
    assert state.ledger_residual_usd == 0
    assert await counted_rows(engine) == len(told)
    async with engine.connect() as connection:
        rows = await connection.execute(select(cash_balances.c.wallet, cash_balances.c.currency, cash_balances.c.total))
        booked = {(wallet, currency): total for wallet, currency, total in rows}
    assert booked == {
        ("spot", "USDT"): usdt["spot"],
        ("spot", "BTC"): Decimal("1.5"),
        ("futures", "USDT"): usdt["futures"],
    }


async def counted_rows(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(fills_table))).scalar_one()


async def is_reported(redis: Redis) -> bool:
    state = await newest_state(redis)
    return state is not None and any(account.margin_balance_usd == 40_000 for account in state.accounts)


async def test_a_restart_tells_the_same_desk(redis: Redis, portfolio: PortfolioProcess, speaker: Speaker) -> None:
    books = (speaker.book(SPOT, 110.0), speaker.book(PERPETUAL, 110.5))
    messages: list[Message] = [
        speaker.opening(),
        speaker.fill(SPOT, "buy", "1", "100"),
        speaker.fill(PERPETUAL, "sell", "1", "101"),
        speaker.opened(),
        speaker.funding("0.25"),
        speaker.fill(SPOT, "sell", "0.4", "105", action=PackageAction.CLOSE),
    ]

    async def is_valued() -> bool:
        await publish(redis, *books)
        state = await newest_state(redis)
        return state is not None and state.fills == 3 and state.unrealised_pnl_usd == Decimal(6) - Decimal("9.5")

    async with portfolio.running(signal.SIGKILL):
        await publish(redis, *messages)
        await eventually(is_valued, "the desk is valued")
    before = await newest_state(redis)
    await redis.delete("portfolio.state")
    async with portfolio.running():
        await eventually(is_valued, "the desk is valued after the restart")
    after = await newest_state(redis)
    assert before is not None
    assert after is not None
    envelope = {"id", "trace_id", "hops", "as_of"}
    assert after.model_dump(exclude=envelope) == before.model_dump(exclude=envelope)


async def test_backfills_become_matrices_and_rows_while_the_state_goes_on(
    redis: Redis, portfolio: PortfolioProcess, speaker: Speaker, engine: AsyncEngine
) -> None:
    async def is_stored() -> bool:
        async with engine.connect() as connection:
            return (await connection.execute(select(func.count()).select_from(candles))).scalar_one() == 5 * 2_160

    async def has_matrix() -> bool:
        return any(len(matrix.assets) == 5 for matrix in await published(redis, CorrelationMatrix))

    async with portfolio.running():
        await publish(redis, *(backfill(speaker, f"A{number}") for number in range(5)))
        await eventually(has_matrix, "the matrix of 90 days is published")
        states = len(await published(redis, PortfolioState))
        await eventually(is_stored, "every candle is stored")
        await eventually(lambda: has_more_states(redis, states), "the state goes on")
    matrix = (await published(redis, CorrelationMatrix))[-1]
    assert (matrix.window, matrix.points) == ("90d", 2_159)
    assert all(rho is not None for row in matrix.rho for rho in row)


@pytest.mark.usefixtures("engine")
async def test_the_three_matrices_come_and_a_starting_reader_has_them_all(
    redis: Redis, redis_url: str, migrated: str, speaker: Speaker
) -> None:
    correlations = stream_of(CorrelationMatrix)

    async def windows_at_start() -> dict[str, CorrelationMatrix]:
        reader = FeedReader(redis, [correlations], TIERS)
        await reader.prime()
        found: dict[str, CorrelationMatrix] = {}
        while (entry := reader.take()) is not None:
            matrix = decoder_of(correlations)(entry.fields)
            assert isinstance(matrix, CorrelationMatrix)
            found[matrix.window] = matrix
        return found

    async def are_known() -> bool:
        found = await windows_at_start()
        return len(found) == 3 and all(matrix.assets == ("A0", "A1") for matrix in found.values())

    minutes = CandleInterval.MINUTE
    portfolio = PortfolioProcess(redis_url, migrated, POISE_PORTFOLIO__CORRELATIONS__REPEAT_INTERVAL_S="1")
    async with portfolio.running():
        for asset in ("A0", "A1"):
            hedge = f"{asset}/USDT:USDT"
            await publish(redis, backfill(speaker, asset, bars=801), backfill(speaker, asset, minutes, bars=301))
            await publish(redis, backfill(speaker, asset, minutes, bars=301, symbol=hedge))
        await eventually(are_known, "the three matrices are published")
        before = (await entries(redis, correlations.name))[-1][0]
        chatty = (await windows_at_start())["24h"]
        await publish(redis, *[chatty] * 300)

        async def is_all_told_again() -> bool:
            oldest_kept = (await entries(redis, correlations.name))[0][0]
            return entry_id(oldest_kept) > entry_id(before) and await are_known()

        await eventually(is_all_told_again, "what the others pushed out is told again")
    matrices = await windows_at_start()
    assert matrices["90d"].clusters == matrices["24h"].clusters == (("A0",), ("A1",))
    assert [matrices[window].points for window in ("24h", "90d", "spread_returns")] == [300, 800, 300]
    assert all(rho is not None for row in matrices["spread_returns"].rho for rho in row)


async def has_more_states(redis: Redis, than: int) -> bool:
    return len(await published(redis, PortfolioState)) > than


def backfill(
    speaker: Speaker,
    asset: str,
    interval: CandleInterval = CandleInterval.HOUR,
    *,
    bars: int = 2_160,
    symbol: str | None = None,
) -> CandleHistory:
    dice = random.Random(f"{asset} {symbol}")  # noqa: S311  (a seeded test)
    bar_ms = interval.seconds * 1_000
    newest_ms = to_ms(speaker.now) // bar_ms * bar_ms - bar_ms
    opened = [newest_ms - bars_ago * bar_ms for bars_ago in reversed(range(bars))]
    closes = [100 * (1 + dice.gauss(0, 0.01)) for _ in opened]
    return speaker.message(
        CandleHistory,
        venue="paper",
        symbol=symbol or f"{asset}/USDT",
        asset=asset,
        interval=interval,
        candles=tuple(Candle(at, close, close, close, close, 1.0) for at, close in zip(opened, closes, strict=True)),
    )


async def test_a_configuration_that_cannot_be_is_refused_at_start(redis_url: str, migrated: str) -> None:
    process = await PortfolioProcess(redis_url, migrated, POISE_PORTFOLIO__STATE_INTERVAL_S="0").start()
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert "state_interval_s" in errors.decode()
    assert "Traceback" not in errors.decode()
