"""What the notifier reads from its environment beside its configuration: what all services share."""

from poise_common.platform.settings import ServiceSettings


class NotifierSettings(ServiceSettings):
    """Settings of the notifier; the rest is `config/notifier.yaml` with `POISE_NOTIFIER__…` over it."""
