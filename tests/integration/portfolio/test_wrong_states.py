"""What a real PostgreSQL refuses to have written: states that no desk can be in."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Executable, Table, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, START, Desk, shipped_parameters

from poise_common.contracts.packages import PackageAction
from poise_portfolio.adapters import history_tables as history
from poise_portfolio.adapters import ledger_tables as ledger
from poise_portfolio.adapters.repository import PortfolioRepository

REPOSITORY = PortfolioRepository(lambda: START, timedelta(days=1), shipped_parameters().correlations.candles_needed)
NAN, INFINITY = Decimal("NaN"), Decimal("Infinity")


@pytest.fixture
async def held(engine: AsyncEngine) -> AsyncEngine:
    """A book with one package that is held, and a payment that it earned."""
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"), desk.opened())
    desk.tell(desk.funding("0.25")).wait(1)
    async with engine.begin() as connection:
        await REPOSITORY.save(connection, desk.records)
    return engine


async def row_of(engine: AsyncEngine, table: Table, **wanted: str) -> dict[str, Any]:
    query = select(table).filter_by(**wanted).limit(1)
    async with engine.connect() as connection:
        return dict((await connection.execute(query)).mappings().one())


async def written(engine: AsyncEngine, *statements: Executable) -> None:
    """Execute statements in one transaction and commit it."""
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(statement)


async def refuses(engine: AsyncEngine, constraint: str, table: Table, changes: Mapping[str, Any]) -> None:
    """Write a row of the table again with changes, under a key of its own, and see which constraint refuses it."""
    row = {**await row_of(engine, table), **changes}
    with pytest.raises(DBAPIError, match=constraint):
        await written(engine, insert(table).values(row))


def key_of(name: str) -> dict[str, Any]:
    return {name: uuid4() if name.endswith("_id") and name not in {"trade_id", "income_id"} else "other"}


@pytest.mark.parametrize(
    ("table", "key", "changes", "constraint"),
    [
        (ledger.packages, "package_id", {"tier": 0}, "packages_tiers_begin_at_one"),
        (ledger.packages, "package_id", {"state": "lost"}, "packages_state_is_known"),
        (ledger.packages, "package_id", {"state": "closed"}, "packages_end_with_a_time"),
        (ledger.packages, "package_id", {"realised_pnl_usd": NAN}, "packages_amounts_are_finite"),
        (ledger.package_legs, "package_id", {}, "package_legs_package_id_fkey"),
        (ledger.fills, "trade_id", {"quantity": Decimal(0)}, "fills_are_of_something"),
        (ledger.fills, "trade_id", {"quantity": NAN}, "fills_amounts_are_finite"),
        (ledger.fills, "trade_id", {"fee_usd": -INFINITY}, "fills_amounts_are_finite"),
        (ledger.fills, "trade_id", {"side": "neither"}, "fills_side_is_known"),
        (ledger.fills, "trade_id", {"package_id": uuid4()}, "fills_are_of_their_leg|fills_package_id_fkey"),
        (ledger.fills, "trade_id", {"symbol": "ETH/USDT"}, "fills_are_of_their_leg"),
        (ledger.fills, "trade_id", {"venue": "elsewhere"}, "fills_are_of_their_leg"),
        (ledger.fills, "trade_id", {"role": "short_leg", "symbol": SPOT}, "fills_are_of_their_leg"),
        (ledger.funding_shares, "income_id", {}, "funding_shares_venue_symbol_income_id_fkey"),
        (ledger.accounts, "venue", {"reported_at": START - timedelta(days=1)}, "accounts_open_before_they_are_read"),
        (ledger.accounts, "venue", {"residual_usd": Decimal(-1)}, "accounts_residual_is_unsigned"),
        (ledger.cash_balances, "venue", {"total": INFINITY}, "cash_balances_amounts_are_finite"),
        (ledger.positions, "venue", {"quantity": Decimal(0), "cost": Decimal(1)}, "positions_flat_cost_nothing"),
        (history.account_reports, "venue", {}, "account_reports_are_of_an_account"),
    ],
)
async def test_a_row_that_cannot_be_is_refused(
    held: AsyncEngine, table: Table, key: str, changes: Mapping[str, Any], constraint: str
) -> None:
    await refuses(held, constraint, table, {**key_of(key), **changes})


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"exposure_usd": Decimal(-1)}, "equity_snapshots_sizes_are_unsigned"),
        ({"equity_usd": NAN}, "equity_snapshots_amounts_are_finite"),
    ],
)
async def test_a_snapshot_that_cannot_be_is_refused_in_every_part(
    held: AsyncEngine, changes: Mapping[str, Any], constraint: str
) -> None:
    for as_of in (START + timedelta(minutes=1), START + timedelta(days=3650)):
        await refuses(held, constraint, history.equity_snapshots, {"as_of": as_of, **changes})


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"verdict": "approved", "approval_id": None}, "decisions_approve_what_is_not_rejected"),
        ({"verdict": "rejected", "approval_id": uuid4()}, "decisions_approve_what_is_not_rejected"),
        (
            {"verdict": "approved", "approval_id": uuid4(), "approved_exposure_usd": Decimal(11)},
            "decisions_approve_no_more_than_asked",
        ),
        ({"requested_exposure_usd": NAN}, "decisions_amounts_are_finite"),
    ],
)
async def test_a_decision_that_cannot_be_is_refused(
    engine: AsyncEngine, changes: Mapping[str, Any], constraint: str
) -> None:
    ids: dict[str, UUID] = {name: uuid4() for name in ("decision_id", "request_id", "package_id")}
    words = {"action": "open", "strategy": "s", "asset": "BTC", "verdict": "rejected", "reason": "r", "checks": []}
    amounts = {"requested_exposure_usd": Decimal(10), "approved_exposure_usd": Decimal(0)}
    row = {**ids, **words, **amounts, "decided_at": START, **changes}
    with pytest.raises(IntegrityError, match=constraint):
        await written(engine, insert(history.decisions).values(row))


async def test_a_matrix_has_a_row_for_each_of_its_assets(engine: AsyncEngine) -> None:
    matrix = {"time_window": "24h", "as_of": START, "assets": ["BTC", "ETH"], "rho": [[1.0, None]], "points": 1}
    with pytest.raises(IntegrityError, match="correlation_matrices_have_a_row_an_asset"):
        await written(engine, insert(history.correlation_matrices).values(matrix | {"is_spike": False}))


@pytest.mark.parametrize("amount_usd", ["0.24", "0.26", "NaN", "-0.25"])
async def test_shares_of_a_payment_that_do_not_add_up_to_it_are_refused(held: AsyncEngine, amount_usd: str) -> None:
    payment = await row_of(held, ledger.funding_payments) | {"income_id": "another"}
    share = await row_of(held, ledger.funding_shares)
    share |= {"income_id": "another", "amount_usd": Decimal(amount_usd)}
    with pytest.raises(IntegrityError, match=r"differ from it by|amounts_are_finite"):
        await written(
            held, insert(ledger.funding_payments).values(payment), insert(ledger.funding_shares).values(share)
        )


async def test_a_share_that_is_taken_away_is_missed(held: AsyncEngine) -> None:
    shares = ledger.funding_shares
    another = await row_of(held, ledger.packages) | {"package_id": uuid4()}
    payment = await row_of(held, ledger.funding_payments) | {"income_id": "another"}
    share = await row_of(held, shares) | {"income_id": "another"}
    split = ((PACKAGE, Decimal("0.1")), (another["package_id"], Decimal("0.15")))
    await written(
        held,
        insert(ledger.packages).values(another),
        insert(ledger.funding_payments).values(payment),
        *(insert(shares).values(share | {"package_id": payer, "amount_usd": amount}) for payer, amount in split),
    )
    with pytest.raises(IntegrityError, match="differ from it by"):
        await written(held, shares.delete().where(shares.c.package_id == another["package_id"]))


async def test_a_package_that_ended_holds_nothing(held: AsyncEngine) -> None:
    end = update(ledger.packages).values(state="closed", closed_at=START)
    still_held = "has ended and still holds something"
    with pytest.raises(IntegrityError, match=still_held):
        await written(held, end)
    await written(held, end, update(ledger.package_legs).values(quantity=Decimal(0), cost=Decimal(0)))
    with pytest.raises(IntegrityError, match=still_held):
        await written(held, update(ledger.package_legs).values(quantity=Decimal("0.5")))


async def test_both_legs_of_a_package_are_never_one_instrument(held: AsyncEngine) -> None:
    other = {"package_id": uuid4()}
    package = await row_of(held, ledger.packages) | other
    leg = await row_of(held, ledger.package_legs, role="long_leg") | other
    with pytest.raises(IntegrityError, match="package_legs_are_of_two_instruments"):
        await written(
            held,
            insert(ledger.packages).values(package),
            insert(ledger.package_legs).values(leg),
            insert(ledger.package_legs).values(leg | {"role": "short_leg"}),
        )


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (ledger.fills, {"price": Decimal(99)}),
        (ledger.funding_payments, {"amount_usd": Decimal(1)}),
        (ledger.funding_shares, {"amount_usd": Decimal(1)}),
    ],
)
async def test_what_was_booked_is_never_changed(held: AsyncEngine, table: Table, changes: Mapping[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="written once and never changed"):
        await written(held, update(table).values(changes))


async def test_what_was_booked_may_be_told_again_as_it_was(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"))
    for _ in range(2):
        async with engine.begin() as connection:
            await REPOSITORY.save(connection, desk.records)


async def test_a_whole_package_s_life_passes_every_check(engine: AsyncEngine) -> None:
    desk = Desk().open_account()
    first, second = PACKAGE, uuid4()
    for package_id in (first, second):
        desk.tell(desk.fill(SPOT, "buy", "1.5", "100", fee="0.0015", fee_currency="BTC", package_id=package_id))
        desk.tell(desk.fill(PERPETUAL, "sell", "1.5", "101", package_id=package_id), desk.opened(package_id))
    desk.tell(desk.funding("0.1000000000000000000000000001"), desk.funding("-0.07"))
    close: dict[str, Any] = {"action": PackageAction.CLOSE, "package_id": first}
    desk.tell(desk.fill(SPOT, "sell", "1.4", "102", **close), desk.fill(PERPETUAL, "buy", "1.5", "102", **close))
    desk.tell(desk.closed(first)).wait(1)
    async with engine.begin() as connection:
        await REPOSITORY.save(connection, desk.records)
    async with engine.connect() as connection:
        shares = await connection.execute(select(func.count()).select_from(ledger.funding_shares))
        assert shares.scalar_one() == 4
