"""What every service reads from its environment: `POISE_<SECTION>__<KEY>`."""

from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from poise_common.platform.config_problems import problems_of
from poise_common.platform.refusals import ConfigRefused
from poise_common.platform.secret_files import read_secret


class SettingsSection(BaseModel):
    """One section of the environment; a service's own sections derive from it."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class RedisSettings(SettingsSection):
    """Where the bus is; `url_file` names a secret file that holds the URL, with user and password, and wins."""

    url: str = "redis://127.0.0.1:6379/0"
    url_file: Path | None = None

    def read_url(self) -> str:
        """Return the URL; raises SecretRefused."""
        return read_secret(self.url_file) if self.url_file else self.url


class DatabaseSettings(SettingsSection):
    """Where the book of record is; `url_file` names a secret file that holds the URL and wins."""

    url: str | None = None
    url_file: Path | None = None
    pool_size: int = Field(default=4, ge=1)

    def read_url(self) -> str | None:
        """Return the URL, or None where no database is configured; raises SecretRefused."""
        return read_secret(self.url_file) if self.url_file else self.url


class ConfigSettings(SettingsSection):
    dir: Path = Path("config")


class HealthSettings(SettingsSection):
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """0: no health server."""


class BusSettings(SettingsSection):
    handler_timeout_s: float = Field(default=10, gt=0)
    """A commit that takes longer ends the process; a reader that holds a message three times as long counts as dead."""
    max_deliveries: int = Field(default=5, ge=1)
    upkeep_interval_s: float = Field(default=2, gt=0)
    work_retention_s: float = Field(default=600, ge=0)
    """What every reader has taken stays on its stream this long, for people to look at."""
    measure_interval_s: float = Field(default=5, gt=0)
    """How often the streams are measured for `/metrics`; Prometheus asks as often."""
    inbox_retention_days: float = Field(default=14, gt=0)
    stop_grace_s: float = Field(default=5, ge=0)
    """How long effects under way may still take at a stop."""


class LeaseSettings(SettingsSection):
    """How the one writer of a schema is told from a dead or hung one."""

    renew_every_s: float = Field(default=1, gt=0)
    timeout_s: float = Field(default=5, gt=0)
    """Not renewed for so long, the holder stops by itself and a stand-by takes over."""
    stand_by_poll_s: float = Field(default=0.25, gt=0)

    @model_validator(mode="after")
    def _renewed_in_time(self) -> Self:
        if self.timeout_s < 3 * self.renew_every_s:
            message = f"{self.timeout_s} s is too short for a lease renewed each {self.renew_every_s} s; 3 times passes"
            raise ValueError(message)
        return self


class LogSettings(SettingsSection):
    level: str = "INFO"

    @model_validator(mode="after")
    def _known_level(self) -> Self:
        if self.level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            message = f"{self.level!r} is no level; DEBUG, INFO, WARNING and ERROR are"
            raise ValueError(message)
        return self


class ServiceSettings(BaseSettings):
    """Settings all services share; a service derives its own class and adds its sections."""

    model_config = SettingsConfigDict(env_prefix="POISE_", env_nested_delimiter="__", extra="ignore", frozen=True)

    redis: RedisSettings = RedisSettings()
    database: DatabaseSettings = DatabaseSettings()
    config: ConfigSettings = ConfigSettings()
    health: HealthSettings = HealthSettings()
    bus: BusSettings = BusSettings()
    lease: LeaseSettings = LeaseSettings()
    log: LogSettings = LogSettings()


Settings = TypeVar("Settings", bound=ServiceSettings)


def read_settings(settings_type: type[Settings]) -> Settings:
    """Read the environment; raises ConfigRefused with each variable that does not pass."""
    try:
        return settings_type()
    except ValidationError as error:
        raise ConfigRefused("the environment", problems_of(error, settings_type)) from None
