"""Everything the simulator is set up with, from the environment (`POISE_SIMULATOR__…`) and the command line."""

from __future__ import annotations

import time
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.regimes import PROFILES
from poise_simulator.faults.seeded import SeededFaults
from poise_simulator.faults.targets import Target

DEFAULT_PORT = 9870
FIRST_VENUE = "paper"
Port = Annotated[int, Field(ge=0, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AccountSettings(_Section):
    """An account with what it starts with, in USDT."""

    account_id: str = "paper"
    spot_usdt: Decimal = Field(default=Decimal(60_000), ge=0)
    futures_usdt: Decimal = Field(default=Decimal(40_000), ge=0)


class UnifiedAccountSettings(_Section):
    """An account with one wallet for spot and derivatives, and what it starts with in USDT."""

    account_id: str = "paper"
    usdt: Decimal = Field(default=Decimal(100_000), ge=0)


class ApiKeySettings(_Section):
    """An API key and what it may do; its passphrase is for protocols that ask for one."""

    key: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    account_id: str = "paper"
    may_trade: bool = True
    may_withdraw: bool = False
    passphrase: str = ""


def _named_key(name: str, *, may_trade: bool = True, may_withdraw: bool = False) -> ApiKeySettings:
    return ApiKeySettings(key=name, secret=name, may_trade=may_trade, may_withdraw=may_withdraw, passphrase=name)


# Each key's secret and passphrase are its own name: they open nothing but simulated accounts.
_PAPER_KEYS = (
    _named_key("paper"),
    _named_key("paper-withdraw", may_withdraw=True),
    _named_key("paper-read", may_trade=False),
)


class FeeSettings(_Section):
    """Commission rates of one market, as shares of the notional."""

    taker: Decimal = Field(ge=0, lt=1)
    maker: Decimal = Field(gt=-1, lt=1)


class PoolLimitSettings(_Section):
    """Limits of one market's REST API, the venue's own by default."""

    weight_per_minute: int = Field(gt=0)
    raw_requests_per_5_minutes: int | None = Field(default=None, gt=0)
    orders_per_10_s: int | None = Field(default=None, gt=0)
    orders_per_minute: int | None = Field(default=None, gt=0)
    orders_per_day: int | None = Field(default=None, gt=0)


class BanSettings(_Section):
    """When an address that goes on after 429 gets 418, and for how long; each ban is twice the last."""

    refusals_before_ban: int = Field(default=10, ge=0)
    first_ban_s: int = Field(default=120, gt=0)
    longest_ban_s: int = Field(default=259_200, gt=0)


class StreamLimitSettings(_Section):
    """What one WebSocket connection may do."""

    spot_messages_per_s: int = Field(default=5, gt=0)
    futures_messages_per_s: int = Field(default=10, gt=0)
    spot_streams_max: int = Field(default=1024, gt=0)
    futures_streams_max: int = Field(default=200, gt=0)
    connections_per_5_minutes: int = Field(default=300, gt=0)
    outbox_max_messages: int = Field(default=5_000, gt=0)
    heartbeat_s: float = Field(default=20.0, gt=0)
    lifetime_s: float = Field(default=86_400.0, gt=0)


class DatedSettings(_Section):
    """The dated futures of every venue that lists their assets: contracts of the next quarters.

    With `first_expiry_s`, one more comes first and expires so long after the start: a month's convergence in minutes.
    """

    assets: tuple[str, ...] = ("BTC", "ETH")
    contracts: int = Field(default=2, ge=1, le=8)
    first_expiry_s: int | None = Field(default=None, ge=1)
    delivery_window_s: int = Field(default=3_600, ge=1)
    shown_after_delivery_s: int = Field(default=3_600, ge=0)


def _check_keys(keys: tuple[ApiKeySettings, ...], accounts: list[str]) -> None:
    for key in keys:
        if key.account_id not in accounts:
            message = f"API key {key.key!r} opens account {key.account_id!r}; accounts are {sorted(accounts)}"
            raise ValueError(message)


class OkxSettings(_Section):
    """The world's second venue, which speaks OKX's protocol; there is one where it is given a port.

    It lists fewer assets, to be light; its fees are those of the venue's regular users.
    """

    port: Port | None = None
    name: str = Field(default="paper_okx", min_length=1)
    assets: tuple[str, ...] = ("BTC", "ETH", "SOL", "XRP", "DOGE")
    accounts: tuple[UnifiedAccountSettings, ...] = (UnifiedAccountSettings(),)
    api_keys: tuple[ApiKeySettings, ...] = _PAPER_KEYS
    spot_fees: FeeSettings = FeeSettings(taker=Decimal("0.001"), maker=Decimal("0.0008"))
    derivatives_fees: FeeSettings = FeeSettings(taker=Decimal("0.0005"), maker=Decimal("0.0002"))
    limits_times: int = Field(default=1, gt=0)
    """How many times what the venue says its limits are: for who asks more in little time than anybody would."""

    @model_validator(mode="after")
    def _assets_and_accounts_are_known(self) -> Self:
        known = [asset.base for asset in CATALOGUE]
        unknown = [base for base in self.assets if base not in known]
        if unknown or not self.assets or self.assets[0] != known[0]:
            message = f"assets {', '.join(self.assets) or 'none'}: {known[0]} first, then any of {', '.join(known[1:])}"
            raise ValueError(message)
        _check_keys(self.api_keys, [account.account_id for account in self.accounts])
        return self


class SimulatorSettings(BaseSettings):
    """Settings of a simulated world; its first venue's stand at the top. `start_time` defaults to now."""

    model_config = SettingsConfigDict(
        env_prefix="POISE_SIMULATOR__", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    host: str = "127.0.0.1"
    port: Port = DEFAULT_PORT
    seed: int = Field(default=1, ge=0)
    profile: Literal["demo", "calm"] = "demo"
    funding_interval_s: int = Field(default=28_800, gt=0)
    start_time: AwareDatetime | None = None
    dated: DatedSettings = DatedSettings()
    cross_pairs: tuple[tuple[str, str], ...] = (("BTC", "USDC"), ("ETH", "USDC"))
    fault_seed: int | None = Field(default=None, ge=0)
    fault_rate: float = Field(default=0.2, gt=0, le=1)
    fault_kinds: Annotated[tuple[str, ...], NoDecode] = ()
    fault_targets: Annotated[tuple[Target, ...], NoDecode] = (Target.ORDER_ENTRY,)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    tick_ms: int = Field(default=10, gt=0, le=1_000)
    listen_key_validity_s: int = Field(default=3_600, gt=0)
    accounts: tuple[AccountSettings, ...] = (AccountSettings(),)
    api_keys: tuple[ApiKeySettings, ...] = _PAPER_KEYS
    spot_limits: PoolLimitSettings = PoolLimitSettings(
        weight_per_minute=6_000,
        raw_requests_per_5_minutes=61_000,
        orders_per_10_s=100,
        orders_per_day=200_000,
    )
    wallet_limits: PoolLimitSettings = PoolLimitSettings(weight_per_minute=12_000)
    futures_limits: PoolLimitSettings = PoolLimitSettings(
        weight_per_minute=2_400, orders_per_10_s=300, orders_per_minute=1_200
    )
    bans: BanSettings = BanSettings()
    streams: StreamLimitSettings = StreamLimitSettings()
    okx: OkxSettings = OkxSettings()

    @field_validator("fault_kinds", "fault_targets", mode="before")
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _faults_can_strike(self) -> Self:
        self.seeded_faults()
        return self

    @model_validator(mode="after")
    def _venues_have_ports_of_their_own(self) -> Self:
        if self.port and self.port == self.okx.port:
            message = f"okx.port {self.okx.port} is the first venue's; any other passes, and 0 for a free one"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _keys_open_known_accounts(self) -> Self:
        _check_keys(self.api_keys, [account.account_id for account in self.accounts])
        if self.profile not in PROFILES:
            message = f"profile {self.profile!r} is unknown; profiles are {sorted(PROFILES)}"
            raise ValueError(message)
        return self

    def seeded_faults(self) -> SeededFaults | None:
        """Return the faults that strike from the start, None without a seed for them."""
        if self.fault_seed is None:
            return None
        return SeededFaults(self.fault_seed, self.fault_rate, self.fault_kinds, self.fault_targets)

    def ports(self) -> list[int]:
        """Return each venue's port, the first venue's first."""
        return [self.port] if self.okx.port is None else [self.port, self.okx.port]

    def start_ms(self) -> int:
        """Return when the simulated venue starts, in epoch milliseconds."""
        return _epoch_ms(self.start_time) if self.start_time is not None else time.time_ns() // 1_000_000


def _epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
