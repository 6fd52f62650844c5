"""Everything that the notifier is configured with, checked as a whole."""

from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, HttpUrl, model_validator

from poise_common.contracts.control import Severity
from poise_common.domain.value import Value

Seconds = Annotated[float, Field(gt=0)]
OneOrMore = BeforeValidator(lambda given: (given,) if isinstance(given, int) else given)
"""A variable of the environment may name just one."""


class AlertsConfig(Value):
    repeat_interval_s: Seconds
    unreported_after_s: Seconds

    @cached_property
    def repeat_interval(self) -> timedelta:
        return timedelta(seconds=self.repeat_interval_s)

    @cached_property
    def unreported_after(self) -> timedelta:
        return timedelta(seconds=self.unreported_after_s)


class DeliveryConfig(Value):
    request_timeout_s: Seconds
    retry_delay_s: Seconds
    retry_delay_max_s: Seconds
    unreachable_after_s: Seconds
    retention_days: Seconds

    @model_validator(mode="after")
    def _delays_grow(self) -> Self:
        if self.retry_delay_max_s < self.retry_delay_s:
            message = (
                f"retry_delay_max_s ({self.retry_delay_max_s:g}) is below the first delay, retry_delay_s;"
                f" {self.retry_delay_s:g} or more would pass"
            )
            raise ValueError(message)
        return self

    @cached_property
    def unreachable_after(self) -> timedelta:
        return timedelta(seconds=self.unreachable_after_s)

    @cached_property
    def retention(self) -> timedelta:
        return timedelta(days=self.retention_days)


class TelegramConfig(Value):
    api_url: HttpUrl
    token_file: Path | None = None
    chat_ids: Annotated[tuple[int, ...], OneOrMore] = ()
    user_ids: Annotated[tuple[Annotated[int, Field(gt=0)], ...], OneOrMore] = ()
    commands_in_groups: bool
    min_severity: Severity
    message_interval_s: Annotated[float, Field(ge=1 / 30)]
    """Telegram takes 30 messages a second from a bot."""
    chat_interval_s: Annotated[float, Field(ge=1)]
    group_interval_s: Annotated[float, Field(ge=3)]
    summary_above: Annotated[int, Field(ge=1)]
    poll_timeout_s: Annotated[int, Field(ge=1, le=50)]
    confirm_within_s: Annotated[float, Field(gt=0, le=600)]
    order_age_max_s: Seconds
    outcome_within_s: Seconds
    outcome_given_up_after_s: Seconds
    stranger_interval_s: Seconds
    operator_key_file: Path | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.token_file is None:
            if self.chat_ids or self.user_ids:
                raise ValueError("chat_ids or user_ids are given but no token_file; the bot's token in a file passes")
            return self
        if not self.chat_ids and not self.user_ids:
            raise ValueError(
                "token_file is given, but nobody is told (chat_ids) and nobody may ask (user_ids);"
                " your own id in both would pass, see docs/telegram.md"
            )
        if 0 in self.chat_ids:
            raise ValueError("chat_ids has 0, which is no chat; a person's id, or a group's negative one, would pass")
        return self

    @property
    def is_on(self) -> bool:
        return self.token_file is not None

    def interval(self, chat_id: int) -> timedelta:
        """Return how far apart messages to a chat are; groups have negative ids."""
        return timedelta(seconds=self.group_interval_s if chat_id < 0 else self.chat_interval_s)


class WebhookConfig(Value):
    url: HttpUrl | None = None
    url_file: Path | None = None
    signing_secret_file: Path | None = None
    min_severity: Severity

    @property
    def is_on(self) -> bool:
        return self.url is not None or self.url_file is not None


class AlertmanagerConfig(Value):
    host: str
    port: Annotated[int, Field(ge=0, le=65_535)]
    token_file: Path | None = None
    body_max_bytes: Annotated[int, Field(ge=1_024)]

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if self.port and self.token_file is None:
            raise ValueError(
                f"port {self.port} would take alerts from anybody; a token_file with the token that Alertmanager sends"
                " would pass"
            )
        return self


class NotifierConfig(Value):
    """All of `config/notifier.yaml`."""

    alerts: AlertsConfig
    delivery: DeliveryConfig
    telegram: TelegramConfig
    webhook: WebhookConfig
    alertmanager: AlertmanagerConfig
