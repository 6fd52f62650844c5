"""The portfolio's settings: those that all services share."""

from poise_common.platform.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own: what can be tuned is in `config/portfolio.yaml`."""
