"""What ingestion reads from its environment."""

from pydantic import Field

from poise_common.contracts.streams import TIERS
from poise_common.platform.settings import ServiceSettings, SettingsSection


class IngestionSection(SettingsSection):
    tier: int | None = Field(default=None, ge=min(TIERS), le=max(TIERS))
    """The tier whose instruments this process follows; none: all of them."""

    @property
    def tiers(self) -> frozenset[int]:
        return frozenset(TIERS) if self.tier is None else frozenset({self.tier})


class IngestionSettings(ServiceSettings):
    """Settings of one ingestion process."""

    ingestion: IngestionSection = IngestionSection()
