"""What ingestion reads from its environment."""

from typing import Literal

from poise_common.contracts.streams import TIERS
from poise_common.platform.settings import ServiceSettings, SettingsSection


class IngestionSection(SettingsSection):
    tier: Literal[1, 2, 3] | None = None
    """The tier whose instruments this process follows; none: all of them."""

    @property
    def tiers(self) -> frozenset[int]:
        return frozenset(TIERS) if self.tier is None else frozenset({self.tier})


class IngestionSettings(ServiceSettings):
    """Settings of one ingestion process."""

    ingestion: IngestionSection = IngestionSection()
