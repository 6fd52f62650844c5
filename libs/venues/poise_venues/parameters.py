"""`config/venues.yaml`: which venues there are and how they are reached."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, SecretStr, model_validator

from poise_common.platform.secret_files import read_secret

Fee = Annotated[Decimal, Field(ge=Decimal("-0.01"), le=Decimal("0.05"))]
VenueName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(gt=0, lt=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FeeSchedule(_Section):
    """Fees as fractions of notional; used where the account's own schedule cannot be read."""

    taker: Fee
    maker: Fee


class BucketLimit(_Section):
    """A budget of the venue: so much request weight in each window."""

    weight: float = Field(gt=0)
    window_s: float = Field(gt=0, le=86_400)


class RateLimitPolicy(_Section):
    """A venue's budgets, and how much of them the desk uses, all its processes together."""

    safety_margin: Share
    """Share of every budget that is never used."""
    burst_share: Share
    """Share of the usable budget that may be spent at once; the rest flows in over the window."""
    reserve_share: Share
    """Share of the burst that only orders, and questions about them, may use."""
    readings_reserve_share: Share
    """Share of the burst that account reports leave to orders and books."""
    background_reserve_share: Share
    """Share of the burst that histories and scans leave to everything else."""
    offline_share: Share
    """Share of the usable budget that one process may use alone while Redis cannot be reached."""
    order_wait_max_ms: int = Field(gt=0, le=10_000)
    """An order that cannot leave within this is not sent."""
    budgets: dict[str, BucketLimit]


class AccountStreamPolicy(_Section):
    """How the account's own event streams are kept alive."""

    renew_listen_key_s: float = Field(gt=0, le=3600)
    reconnect_wait_min_s: float = Field(gt=0, le=60)
    """After a connection that lasted; doubled for each that breaks at once."""
    reconnect_wait_max_s: float = Field(gt=0, le=600)


class MarketOverride(_Section):
    """What the venue says wrong of one market, or not at all; quantities in what the venue counts in."""

    active: bool | None = None
    """False: as if it were not listed."""
    contract_size: Decimal | None = Field(None, gt=0)
    price_tick: Decimal | None = Field(None, gt=0)
    quantity_step: Decimal | None = Field(None, gt=0)
    min_quantity: Decimal | None = Field(None, ge=0)
    min_notional: Decimal | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError(f"an override says nothing; one of {', '.join(type(self).model_fields)} would pass")
        return self


class Credentials(NamedTuple):
    """What requests to a venue are signed with."""

    api_key: str
    secret: str
    password: str | None = None
    """What some venues call the key's passphrase."""

    def for_ccxt(self) -> dict[str, str]:
        """Return them by ccxt's names."""
        return {"apiKey": self.api_key, "secret": self.secret} | ({"password": self.password} if self.password else {})


class VenueConfig(_Section):
    """One venue, or our simulator in its place."""

    ccxt_id: str = Field(pattern=r"^[a-z0-9]+$")
    enabled: bool = True
    """Whether the desk has to do with it at all."""
    base_url: HttpUrl | None = None
    """Where the venue's REST and WebSocket paths are served instead of at the venue; absent: the venue itself."""
    api_key: SecretStr | None = None
    secret: SecretStr | None = None
    password: SecretStr | None = None
    api_key_file: Path | None = None
    secret_file: Path | None = None
    password_file: Path | None = None
    """Of venues whose keys have a passphrase."""
    fees: FeeSchedule
    fee_override: bool = False
    """Use `fees` even where the account's own schedule could be read."""
    request_timeout_ms: int = Field(gt=0, le=60_000)
    receive_window_ms: int = Field(gt=0, le=60_000)
    stream_ping_s: float = Field(gt=0, le=300)
    """A stream that leaves two pings unanswered is dead."""
    funding_interval_s: int | None = Field(None, gt=0, le=86_400)
    """Of perpetuals whose interval the venue does not say; absent: such a perpetual is refused."""
    funding_poll_s: float | None = Field(None, gt=0, le=3600)
    """How often running fundings are asked for where no dialect knows how they are watched."""
    options: dict[str, Any] = {}
    """ccxt's `options` of this venue, over the desk's own."""
    urls: dict[str, Any] = {}
    """ccxt's `urls['api']` of this venue, over its own."""
    markets: dict[str, MarketOverride] = {}
    """By unified symbol."""
    account_streams: AccountStreamPolicy
    rate_limits: RateLimitPolicy

    @model_validator(mode="after")
    def _keys_come_whole_and_in_the_clear_only_for_a_simulator(self) -> Self:
        if (self.api_key is None) != (self.secret is None):
            raise ValueError("api_key and secret come together; give both or none")
        if (self.api_key_file is None) != (self.secret_file is None):
            raise ValueError("api_key_file and secret_file come together; give both or none")
        if self.password is not None and self.api_key is None:
            raise ValueError("password is of a key; give api_key and secret with it, or leave it out")
        if self.password_file is not None and self.api_key_file is None:
            raise ValueError("password_file is of a key; give api_key_file and secret_file with it, or leave it out")
        if self.api_key is not None and self.base_url is None:
            raise ValueError(
                "api_key in the clear is for a simulator (base_url) only; give api_key_file and secret_file"
            )
        return self

    @model_validator(mode="after")
    def _orders_are_sent_once(self) -> Self:
        if int(self.options.get("maxRetriesOnFailure", 0)) != 0:
            raise ValueError("options.maxRetriesOnFailure would send orders twice; 0 would pass, or leaving it out")
        return self

    @property
    def has_key(self) -> bool:
        """Whether there is an account to trade with; without one the venue's markets are read."""
        return self.api_key is not None or self.api_key_file is not None

    def credentials(self) -> Credentials | None:
        """Read key, secret and passphrase; files win over keys in the clear; None where no key is configured.

        Raises SecretRefused.
        """
        if self.api_key_file is not None and self.secret_file is not None:
            password = read_secret(self.password_file) if self.password_file is not None else None
            return Credentials(read_secret(self.api_key_file), read_secret(self.secret_file), password)
        if self.api_key is not None and self.secret is not None:
            password = self.password.get_secret_value() if self.password is not None else None
            return Credentials(self.api_key.get_secret_value(), self.secret.get_secret_value(), password)
        return None


class VenuesConfig(RootModel[dict[VenueName, VenueConfig]]):
    """All venues by the name they have in messages."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.names:
            raise ValueError("no venue is configured and enabled; `paper`, the simulator, would pass")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Return the enabled ones."""
        return tuple(name for name, venue in self.root.items() if venue.enabled)

    @property
    def traded(self) -> tuple[str, ...]:
        """Return the enabled ones that have an account."""
        return tuple(name for name in self.names if self.root[name].has_key)

    def __getitem__(self, name: str) -> VenueConfig:
        return self.root[name]
