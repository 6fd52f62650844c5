"""Composes the notifier."""

from datetime import timedelta

from poise_common.contracts.streams import Service
from poise_common.platform.service import ServiceSpec
from poise_notifier.adapters.channels import Channel, Channels, LogChannel, WebhookChannel
from poise_notifier.domain.core import NotifierCore
from poise_notifier.settings import NotifierSettings


def compose(settings: NotifierSettings) -> ServiceSpec:
    """Make the service of its settings; it keeps no book."""
    section = settings.notifier
    channels: list[Channel] = [LogChannel()]
    if (url := section.read_webhook_url()) is not None:
        channels.append(WebhookChannel(url))
    return ServiceSpec(
        service=Service.NOTIFIER,
        build_core=lambda _: NotifierCore(timedelta(seconds=section.repeat_interval_s)),
        effects=Channels(channels, section.retry_delays_s),
        tick_interval_s=1.0,
    )
