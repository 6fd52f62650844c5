"""What the notifier reads from its environment: `POISE_NOTIFIER__…`."""

from pathlib import Path

from pydantic import Field, HttpUrl, TypeAdapter

from poise_common.platform.settings import ServiceSettings, SettingsSection


class NotifierSection(SettingsSection):
    """Where and how often people are told; `webhook_url_file` names a secret file that holds the URL and wins."""

    webhook_url: HttpUrl | None = None
    webhook_url_file: Path | None = None
    repeat_interval_s: float = Field(default=3_600, gt=0)
    retry_delays_s: tuple[float, ...] = (1, 5, 30)

    def read_webhook_url(self) -> str | None:
        """Return the webhook's URL, None where none is configured."""
        if self.webhook_url_file is not None:
            return str(TypeAdapter(HttpUrl).validate_python(self.webhook_url_file.read_text().strip()))
        return None if self.webhook_url is None else str(self.webhook_url)


class NotifierSettings(ServiceSettings):
    notifier: NotifierSection = NotifierSection()
