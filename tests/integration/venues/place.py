"""The simulator's two venues, as tests of the same behaviour at both need to know them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from poise_common.platform.config import load_section
from poise_venues.parameters import VenueConfig, VenuesConfig

CONFIG = Path(__file__).parents[3] / "config"


@dataclass(frozen=True)
class Place:
    """One of the simulator's venues, and the words of its protocol."""

    name: str
    has_passphrase: bool
    account_streams: int
    book_update: str
    """What every frame that changes a book holds."""
    refused_as: Mapping[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is configured otherwise than shipped."""

    def config(self, base_url: str, **environment: str) -> VenueConfig:
        """The shipped configuration, at another address."""
        prefix = f"POISE_VENUES__{self.name.upper()}__"
        overrides = {f"{prefix}{key.upper()}": value for key, value in environment.items()}
        address = {f"{prefix}BASE_URL": base_url, f"{prefix}ENABLED": "true"}
        changed = {f"{prefix}{key.upper()}": value for key, value in self.environment.items()}
        return load_section(CONFIG, "venues", VenuesConfig, address | changed | overrides)[self.name]

    def config_of_key(self, base_url: str, key: str, secret: str) -> VenueConfig:
        """The shipped configuration with another key, whose passphrase is its name."""
        passphrase = {"password": key} if self.has_passphrase else {}
        return self.config(base_url, api_key=key, secret=secret, **passphrase)


PAPER = Place(
    name="paper",
    has_passphrase=False,
    account_streams=2,
    book_update="depthUpdate",
    refused_as={
        "too much": "-2010",
        "too small": "-1013",
        "nothing to reduce": "-2022",
        "late": "-1021",
        "banned": "-1003",
    },
)
PAPER_OKX = Place(
    name="paper_okx",
    has_passphrase=True,
    account_streams=1,
    book_update='"update"',
    refused_as={
        "too much": "51008",
        "too small": "51020",
        "nothing to reduce": "51169",
        "late": "50036",
        "banned": "50011",
    },
    environment={
        # A hundred times the venue's, as the simulator's own limits are then.
        "rate_limits__budgets__requests": "{weight: 2000, window_s: 2}",
        "rate_limits__budgets__connections": "{weight: 300, window_s: 1}",
    },
)
