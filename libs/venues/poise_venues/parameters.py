"""`config/venues.yaml`: which venues there are and how they are reached."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, RootModel, SecretStr, model_validator

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
    """Share of the burst that only orders and account reads may use."""
    background_reserve_share: Share
    """Share of the burst that histories leave to everything else."""
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


class VenueConfig(_Section):
    """One venue, or our simulator in its place."""

    ccxt_id: str = Field(pattern=r"^[a-z0-9]+$")
    base_url: HttpUrl | None = None
    """Where the venue's REST and WebSocket paths are served instead of at the venue; absent: the venue itself."""
    api_key: SecretStr | None = None
    secret: SecretStr | None = None
    api_key_file: Path | None = None
    secret_file: Path | None = None
    fees: FeeSchedule
    fee_override: bool = False
    """Use `fees` even where the account's own schedule could be read."""
    request_timeout_ms: int = Field(gt=0, le=60_000)
    receive_window_ms: int = Field(gt=0, le=60_000)
    stream_ping_s: float = Field(gt=0, le=300)
    """A stream that leaves two pings unanswered is dead."""
    account_streams: AccountStreamPolicy
    rate_limits: RateLimitPolicy

    @model_validator(mode="after")
    def _keys_come_in_pairs_and_in_the_clear_only_for_a_simulator(self) -> Self:
        if (self.api_key is None) != (self.secret is None):
            raise ValueError("api_key and secret come together; give both or none")
        if (self.api_key_file is None) != (self.secret_file is None):
            raise ValueError("api_key_file and secret_file come together; give both or none")
        if self.api_key is not None and self.base_url is None:
            raise ValueError(
                "api_key in the clear is for a simulator (base_url) only; give api_key_file and secret_file"
            )
        return self

    def credentials(self) -> tuple[str, str] | None:
        """Read key and secret; files win over keys in the clear; None where no key is configured."""
        if self.api_key_file is not None and self.secret_file is not None:
            return self.api_key_file.read_text().strip(), self.secret_file.read_text().strip()
        if self.api_key is not None and self.secret is not None:
            return self.api_key.get_secret_value(), self.secret.get_secret_value()
        return None


class VenuesConfig(RootModel[dict[VenueName, VenueConfig]]):
    """All venues by the name they have in messages."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.root:
            raise ValueError("no venue is configured; `paper`, the simulator, would pass")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.root)

    def __getitem__(self, name: str) -> VenueConfig:
        return self.root[name]
