"""What of hindsight can be tuned."""

from poise_common.domain.value import Value


class HindsightParameters(Value):
    """The whole section."""
