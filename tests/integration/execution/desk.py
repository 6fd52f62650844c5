"""Everybody around execution, over the real bus and at the real venue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Protocol, TypeVar
from uuid import UUID

import aiohttp
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from redis.asyncio import Redis
from tests.integration.common.running import eventually, publish
from tests.integration.service_process import ROOT, ServiceProcess
from tests.integration.simulator.conftest import sign

from poise_common.contracts.control import Acknowledge, Acknowledgement
from poise_common.contracts.execution import (
    AccountReported,
    ApprovalRefused,
    PackageOpened,
    VenueLock,
    VenueState,
)
from poise_common.contracts.market_data import OrderBook, Universe, UniverseAsset
from poise_common.contracts.message import Message
from poise_common.contracts.packages import Approval, ApprovedLeg, LegRole, OrderStyle, PackageAction, PackageApproved
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import stream_of
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import Instrument, Side
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_venues.errors import VenueUnreachable
from poise_venues.market_data import MarketData, open_market_data
from poise_venues.parameters import VenuesConfig

VENUE = "paper"
_EVERY_S = 0.2
_COLLAR = Decimal("0.005")

M = TypeVar("M", bound=Message)


def paper_config(base_url: str) -> VenuesConfig:
    values = yaml.safe_load((ROOT / "config" / "venues.yaml").read_text())
    values[VENUE]["base_url"] = base_url
    return VenuesConfig.model_validate({VENUE: values[VENUE]})


class Desk:
    """Speaks as ingestion and risk do, reads execution's reports, and asks the venue itself what happened."""

    def __init__(self, redis: Redis, venue_url: str, risk_key: Ed25519PrivateKey) -> None:
        self._redis = redis
        self._venue_url = venue_url
        self._risk_key = risk_key
        self._new_id = random_ids()
        self._is_silent = asyncio.Event()
        self._rounds_told = 0
        self._market: MarketData
        self.instruments: dict[LegRole, Instrument]
        self.epoch = 1
        self.mode = SystemMode.ACTIVE

    @asynccontextmanager
    async def speaking(self, asset: str = "BTC") -> AsyncIterator["Desk"]:
        """Repeat books, universe and risk's state, while inside."""
        self._market = open_market_data(VENUE, paper_config(self._venue_url)[VENUE], redis=self._redis, now=utc_now)
        try:
            await self._market.session.connect()
            spot, perpetual = f"{asset}/USDT", f"{asset}/USDT:USDT"
            found = await self._market.instruments((spot, perpetual))
            self.instruments = {LegRole.LONG: found[spot], LegRole.SHORT: found[perpetual]}
            speaking = asyncio.create_task(self._speak(asset))
            try:
                yield self
            finally:
                self._is_silent.set()
                await speaking
                await self._heal()
        finally:
            await self._market.session.close()

    def message(self, kind: type[M], **fields: Any) -> M:
        now = utc_now()
        return kind.first(self._new_id(now), "test", now, **fields)

    async def say(self, message: Message) -> None:
        await publish(self._redis, message)

    async def read(self, kind: type[M]) -> list[M]:
        """Return the messages of a type that are on its stream, each once as an inbox takes it."""
        stream = stream_of(kind)
        entries: Any = await self._redis.xrange(stream.name)
        decode = decoder_of(stream)
        found = [message for _, fields in entries if isinstance(message := decode(fields), kind)]
        return list({message.id: message for message in found}.values())

    async def has_told(self, kind: type[Message], times: int = 1) -> bool:
        return len(await self.read(kind)) >= times

    async def approval(
        self,
        action: PackageAction = PackageAction.OPEN,
        *,
        package_id: UUID | None = None,
        quantities: dict[LegRole, Decimal] | None = None,
        life_s: float = 5,
        collar: Decimal = _COLLAR,
        style: OrderStyle = OrderStyle.IOC,
    ) -> PackageApproved:
        """Return a signed approval of about $5,000 on each leg, at the venue's present books."""
        legs = [await self._leg(role, action, (quantities or {}).get(role), collar) for role in LegRole]
        now = utc_now()
        approval = Approval(
            approval_id=self._new_id(now),
            request_id=self._new_id(now),
            package_id=package_id or self._new_id(now),
            action=action,
            style=style,
            strategy="funding_carry",
            asset=self.instruments[LegRole.LONG].base,
            legs=(legs[0], legs[1]),
            issued_at=now,
            expires_at=now + timedelta(seconds=life_s),
            epoch=self.epoch,
        )
        signature = Signer(self._risk_key).sign(approval)
        return self.message(PackageApproved, approval=approval, signature=signature)

    async def books_are_known(self) -> None:
        """Wait until what is said from now on reached whoever reads books: an order alone needs none."""
        begun = self._rounds_told + 1
        await eventually(lambda: self._rounds_told > begun, "books of both legs to be told")

    async def execution_is_ready(self) -> None:
        """Wait until execution has read the account and set the instruments up: it refuses to open before that.

        Too little of the derivative is asked for: that this is all there is against it is the sign.
        """
        await eventually(lambda: self.has_told(AccountReported), "the opening account report")
        await eventually(self._is_told_too_little, "the instruments to be set up")

    async def _is_told_too_little(self) -> bool:
        too_little = self.instruments[LegRole.SHORT].quantity_step / 2
        asked = await self.approval(quantities={LegRole.SHORT: too_little})
        await self.say(asked)
        return "below the minimum" in (await self.refusal(asked)).detail

    async def refusal(self, asked: PackageApproved) -> ApprovalRefused:
        """Wait until an approval is refused, and return the refusal."""
        approval_id = asked.approval.approval_id

        async def refusals() -> list[ApprovalRefused]:
            return [refused for refused in await self.read(ApprovalRefused) if refused.approval_id == approval_id]

        async def is_refused() -> bool:
            return bool(await refusals())

        await eventually(is_refused, f"approval {approval_id} to be refused")
        return (await refusals())[-1]

    async def opened(self) -> tuple[UUID, dict[LegRole, Decimal]]:
        """Open a package, and return it with what it holds of its legs."""
        approved = await self.approval()
        package_id = approved.approval.package_id
        await self.say(approved)
        await eventually(lambda: self._is_open(package_id), "the package to be open")
        (opened,) = [each for each in await self.read(PackageOpened) if each.package_id == package_id]
        return package_id, {leg.role: leg.held_quantity for leg in (opened.long_leg, opened.short_leg)}

    async def _is_open(self, package_id: UUID) -> bool:
        return any(opened.package_id == package_id for opened in await self.read(PackageOpened))

    async def strike(self, kind: str, **aim: Any) -> None:
        """Have the venue strike requests with a fault."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self._venue_url}/sim/v1/faults", json={"kind": kind, "account": VENUE, **aim}) as answer,
        ):
            assert answer.status == HTTPStatus.OK, await answer.text()

    async def _heal(self) -> None:
        """Leave no faults, and no countdown of an order that rested: it would end an order of the next test."""
        stop = {"symbol": "BTCUSDT", "countdownTime": 0, "timestamp": to_ms(utc_now())}
        countdown = f"{self._venue_url}/fapi/v1/countdownCancelAll?{sign(VENUE, stop)}"
        async with aiohttp.ClientSession(headers={"X-MBX-APIKEY": VENUE}) as client:
            for answering in (client.delete(f"{self._venue_url}/sim/v1/faults"), client.post(countdown)):
                async with answering as answer:
                    assert answer.status == HTTPStatus.OK, await answer.text()

    async def is_listened_to(self) -> bool:
        """Say whether somebody follows the account's events on both markets."""
        async with aiohttp.ClientSession() as client, client.get(f"{self._venue_url}/healthz") as answer:
            return int((await answer.json())["connections"]) >= len(LegRole)

    async def venue_rows(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return all orders and fills of the account as the venue itself has them."""
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{self._venue_url}/sim/v1/ledger", params={"account": VENUE, "rows": "true"}) as answer,
        ):
            (account,) = (await answer.json())["accounts"]
            return account["orders"], account["fills"]

    async def venue_state(self) -> VenueState:
        """Return how execution stands with the venue now."""
        return (await self.read(VenueState))[-1]

    async def lock(self) -> VenueLock | None:
        """Return the venue's lock, if execution has told its state at all."""
        states = await self.read(VenueState)
        return states[-1].lock if states else None

    async def act(self, action: str, **body: Any) -> None:
        """Have something happen at the venue that is none of our doing."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self._venue_url}/sim/v1/actions/{action}", json=body) as answer,
        ):
            assert answer.status == 200, await answer.text()

    async def acknowledge(self, lock: VenueLock, operator_key: Ed25519PrivateKey) -> None:
        """Say the operator's word over a lock as it is shown."""
        word = Acknowledgement(
            lock_id=lock.lock_id,
            venue=VENUE,
            digest=lock.digest,
            operator="olga",
            reason="it was me",
            signed_at=utc_now(),
        )
        await self.say(self.message(Acknowledge, acknowledgement=word, signature=Signer(operator_key).sign(word)))

    async def _leg(
        self, role: LegRole, action: PackageAction, quantity: Decimal | None, collar: Decimal
    ) -> ApprovedLeg:
        instrument = self.instruments[role]
        side = Side.BUY if (role is LegRole.LONG) is (action is PackageAction.OPEN) else Side.SELL
        view = await self._market.book(instrument.symbol, 20)
        best = Decimal(repr((view.asks if side is Side.BUY else view.bids)[0].price))
        coarser = max(each.quantity_step for each in self.instruments.values())
        about = (Decimal(5_000) / best / coarser).to_integral_value() * coarser
        return ApprovedLeg(
            role=role,
            venue=VENUE,
            symbol=instrument.symbol,
            side=side,
            quantity=about if quantity is None else quantity,
            decision_price=best,
            limit_price=best * (1 + side.sign * collar),
            reduce_only=action is PackageAction.CLOSE and instrument.is_derivative,
        )

    async def _speak(self, asset: str) -> None:
        while not self._is_silent.is_set():
            await publish(self._redis, self._universe(asset), self._risk_state())
            with suppress(VenueUnreachable):  # the next round tells it
                for instrument in self.instruments.values():
                    await publish(self._redis, await self._book(instrument))
                self._rounds_told += 1
            await asyncio.sleep(_EVERY_S)

    async def _book(self, instrument: Instrument) -> OrderBook:
        view = await self._market.book(instrument.symbol, 20)
        now = utc_now()
        at = {"venue_time": now, "received_at": now, "sequence": 1}
        return self.message(
            OrderBook, venue=VENUE, symbol=instrument.symbol, tier=1, bids=view.bids, asks=view.asks, **at
        )

    def _risk_state(self) -> RiskState:
        return self.message(RiskState, mode=self.mode, reason="", set_by="test", since=utc_now(), epoch=self.epoch)

    def _universe(self, asset: str) -> Universe:
        listed = UniverseAsset(
            asset=asset,
            tier=1,
            sector="store_of_value",
            venue=VENUE,
            spot=self.instruments[LegRole.LONG],
            hedge=self.instruments[LegRole.SHORT],
            volume_24h_usd=1e9,
            hedge_volume_24h_usd=1e9,
            depth_usd=1e7,
            spread_pct=0.01,
            btc_correlation=None,
        )
        return self.message(Universe, as_of=utc_now(), assets=(listed,))


class ExecutionAt(Protocol):
    """Makes an execution process that trades at an address."""

    def __call__(self, venue_url: str, **environment: str) -> "ExecutionProcess": ...


class ExecutionProcess(ServiceProcess):
    """`python -m poise_execution`."""

    def __init__(self, redis_url: str, database_url: str, venue_url: str, key_file: Path, **environment: str) -> None:
        own = {"POISE_VENUES__PAPER__BASE_URL": venue_url, "POISE_EXECUTION__VERIFY_KEY_FILE": str(key_file)}
        super().__init__("execution", redis_url, database_url, **{**own, **environment})
