"""What risk reads from its environment."""

from pathlib import Path

from poise_common.platform.settings import ServiceSettings, SettingsSection


class RiskSection(SettingsSection):
    signing_key_file: Path
    """The private Ed25519 key, PEM; nothing else may read it."""


class RiskSettings(ServiceSettings):
    """Settings of the gatekeeper."""

    risk: RiskSection
