"""Composition: configuration and secrets in, a service for the shell out."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import HttpUrl, TypeAdapter, ValidationError

from poise_common.contracts.core import Core
from poise_common.contracts.streams import Service
from poise_common.domain.clock import Clock
from poise_common.platform.clock import utc_now
from poise_common.platform.config import load_section
from poise_common.platform.ids import random_ids
from poise_common.platform.key_files import read_signer
from poise_common.platform.observed_core import ObservedCore
from poise_common.platform.secret_files import SecretRefused, read_secret
from poise_common.platform.service import ServiceSpec, Source
from poise_notifier.adapters.alertmanager.intake import AlertmanagerIntake
from poise_notifier.adapters.metrics import Shown
from poise_notifier.adapters.outside import Outside
from poise_notifier.adapters.repository import NotifierRepository
from poise_notifier.adapters.tables import SCHEMA, TABLES
from poise_notifier.adapters.telegram.bot_api import BotApi
from poise_notifier.adapters.telegram.courier import TelegramCourier
from poise_notifier.adapters.telegram.poller import TelegramPoller
from poise_notifier.adapters.telegram.token import read_token
from poise_notifier.adapters.webhook import WebhookCourier
from poise_notifier.domain.core import NotifierCore
from poise_notifier.domain.mail.mailroom import ChannelRules, Recipient
from poise_notifier.domain.mail.notices import TELEGRAM, WEBHOOK, chat_mailbox
from poise_notifier.domain.parameters import NotifierConfig, TelegramConfig, WebhookConfig
from poise_notifier.domain.records import Restored
from poise_notifier.ports import Courier
from poise_notifier.settings import NotifierSettings

_TICK_S = 0.25


def compose(settings: NotifierSettings, clock: Clock = utc_now) -> ServiceSpec:
    """Put the notifier together; raises StartRefused where its configuration or a secret does not pass."""
    config = load_section(settings.config.dir, "notifier", NotifierConfig, os.environ)
    new_id = random_ids()
    timeout_s = config.delivery.request_timeout_s
    telegram, webhook = config.telegram, config.webhook
    couriers: dict[str, Courier] = {}
    sources: list[Source] = []
    by_telegram: TelegramCourier | None = None
    if telegram.token_file is not None:
        api = BotApi(str(telegram.api_url), read_token(telegram.token_file), timeout_s=timeout_s)
        couriers[TELEGRAM] = by_telegram = TelegramCourier(api)
        if telegram.user_ids:
            sources.append(TelegramPoller(api, config, clock, new_id))
    if webhook.is_on:
        secret = None if webhook.signing_secret_file is None else read_secret(webhook.signing_secret_file)
        couriers[WEBHOOK] = WebhookCourier(_webhook_url(webhook), secret, timeout_s=timeout_s)
    if config.alertmanager.port and config.alertmanager.token_file is not None:
        token = read_secret(config.alertmanager.token_file)
        sources.append(AlertmanagerIntake(config.alertmanager, token, clock, new_id))
    signer = None if telegram.operator_key_file is None else read_signer(telegram.operator_key_file)

    def build_core(restored: Restored) -> Core:
        core = NotifierCore(config, channel_rules(config), signer, new_id, restored)
        return ObservedCore(core, Shown(core).see)

    return ServiceSpec(
        service=Service.NOTIFIER,
        build_core=build_core,
        repository=NotifierRepository(),
        schema=SCHEMA,
        tables=TABLES,
        effects=Outside(couriers, by_telegram, clock, new_id),
        sources=tuple(sources),
        tick_interval_s=_TICK_S,
    )


def channel_rules(config: NotifierConfig) -> Sequence[ChannelRules]:
    """Return how each channel that is on is used."""
    telegram = [_telegram_rules(config.telegram)] if config.telegram.is_on else []
    return [*telegram, *([_webhook_rules(config.webhook)] if config.webhook.is_on else [])]


def _telegram_rules(config: TelegramConfig) -> ChannelRules:
    told = [
        Recipient(mailbox=chat_mailbox(chat), pause=config.interval(chat)) for chat in dict.fromkeys(config.chat_ids)
    ]
    # Whoever may ask is answered in a private chat, which has the person's own id.
    only_answered = [
        Recipient(mailbox=chat_mailbox(user), pause=config.interval(user), hears_alerts=False)
        for user in dict.fromkeys(config.user_ids)
        if user not in config.chat_ids
    ]
    return ChannelRules(
        name=TELEGRAM,
        min_severity=config.min_severity,
        pause=timedelta(seconds=config.message_interval_s),
        summary_above=config.summary_above,
        recipients=(*told, *only_answered),
    )


def _webhook_rules(config: WebhookConfig) -> ChannelRules:
    """Tell a program each alert by itself, as fast as it takes them."""
    return ChannelRules(
        name=WEBHOOK,
        min_severity=config.min_severity,
        pause=timedelta(0),
        summary_above=None,
        recipients=(Recipient(mailbox=WEBHOOK, pause=timedelta(0)),),
    )


def _webhook_url(config: WebhookConfig) -> str:
    if config.url_file is None:
        return str(config.url)
    return _checked_url(config.url_file)


def _checked_url(file: Path) -> str:
    try:
        return str(TypeAdapter(HttpUrl).validate_python(read_secret(file)))
    except ValidationError:
        raise SecretRefused(file, "it has no http or https address") from None
