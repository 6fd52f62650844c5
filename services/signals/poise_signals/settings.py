"""What signals reads from its environment: what every service does."""

from poise_common.platform.settings import ServiceSettings


class SignalsSettings(ServiceSettings):
    """Settings of signals."""
